"""A layout is added to and never broken: what is there is verified and kept, what fails leaves nothing."""

from __future__ import annotations

import json
import os
import threading
import time
from pathlib import Path

import pytest
from archive.views import bring, everything_in, golden, view_of
from peers.images import digest_of, image, index, layer, multi_platform, nested
from peers.media import REF_NAME, write_layout

from pycrane._archive.layout import open_layout
from pycrane._archive.layout_sink import LayoutSink
from pycrane._errors import ArchiveError, MalformedError, NotFoundError, PycraneError
from pycrane._events import BlobFinished, ManifestFinished, Outcome
from pycrane._image.medium import Item
from pycrane._image.select import select_image
from pycrane._transfer.engine import transfer
from pycrane._transfer.workers import Workers

NAME = "127.0.0.1:5987/golden:v1"
GOLDEN_INDEX = """{
   "schemaVersion": 2,
   "mediaType": "application/vnd.oci.image.index.v1+json",
   "manifests": [
      {
         "mediaType": "application/vnd.oci.image.manifest.v1+json",
         "size": 572,
         "digest": "sha256:38dca7cce2c6bda1e0faaa7db9b9e167c8c56c252ae00e75d3694ce678ae5f21",
         "annotations": {
            "k": "v",
            "org.opencontainers.image.ref.name": "127.0.0.1:5987/golden:v1"
         },
         "artifactType": "application/vnd.oci.image.config.v1+json"
      }
   ]
}"""


def entries(path: Path) -> list[dict[str, object]]:
    manifests: list[dict[str, object]] = json.loads((path / "index.json").read_text())["manifests"]
    return manifests


def blob(path: Path, digest: str) -> Path:
    return path / "blobs" / digest.replace(":", "/")


def outcomes(path: Path, root: object, name: str = NAME) -> list[Outcome]:
    """The outcome of every blob and manifest that was brought to a layout."""
    events = []
    with LayoutSink(path) as sink:
        transfer([Item(view_of(root), name)], sink, listener=events.append)
    return [event.outcome for event in events if isinstance(event, BlobFinished | ManifestFinished)]


def test_the_files_are_those_that_crane_writes(folder):
    bring(LayoutSink(folder / "new", annotate_ref=True), (golden(), NAME))
    assert (folder / "new/index.json").read_text() == GOLDEN_INDEX
    assert (folder / "new/oci-layout").read_text() == '{\n    "imageLayoutVersion": "1.0.0"\n}'
    one = golden()
    for each in (one, *one.blobs):
        assert blob(folder / "new", each.digest).read_bytes() == each.data


def test_modes_are_those_that_crane_gives(folder):
    before = os.umask(0o022)
    try:
        bring(LayoutSink(folder / "new"), (golden(), NAME))
    finally:
        os.umask(before)
    one = golden()
    modes = {
        path: (folder / "new" / path).stat().st_mode & 0o777 for path in ("index.json", "oci-layout", "blobs")
    }
    assert set(modes.values()) == {0o755}
    assert blob(folder / "new", one.layers[0].digest).stat().st_mode & 0o777 == 0o600
    assert blob(folder / "new", one.config.digest).stat().st_mode & 0o777 == 0o644
    assert blob(folder / "new", one.digest).stat().st_mode & 0o777 == 0o644


def test_an_index_comes_with_all_below_it_and_one_entry(folder):
    both = nested()
    bring(LayoutSink(folder), (both, "example.com/app:v1"))
    assert [entry["digest"] for entry in entries(folder)] == [both.digest]
    view = open_layout(folder).select()
    assert view.raw_manifest == both.data
    assert select_image(view).raw_config_file


def test_entries_stand_in_the_order_in_which_they_were_given(folder):
    given = [multi_platform(), golden(), nested(), image(layer({"other": b"1"}))]
    bring(LayoutSink(folder), *((each, None) for each in given))
    assert [entry["digest"] for entry in entries(folder)] == [each.digest for each in given]


def test_a_blob_that_is_a_link_to_what_it_should_be_is_not_fetched_again(folder):
    one = golden()
    write_layout(folder / "layout", one)
    target = blob(folder / "layout", one.layers[0].digest)
    target.rename(folder / "outside")
    target.symlink_to(folder / "outside")
    assert set(outcomes(folder / "layout", one)) == {Outcome.EXISTING}
    assert target.is_symlink()


def test_an_image_chosen_from_an_index_keeps_its_platform(folder):
    chosen = select_image(view_of(multi_platform("linux/amd64", "linux/arm64/v8")))
    bring(LayoutSink(folder), (chosen, "example.com/app:v1"))
    assert entries(folder)[0]["platform"] == {"architecture": "amd64", "os": "linux"}


def test_the_same_again_changes_nothing_and_fetches_nothing(folder):
    bring(LayoutSink(folder, annotate_ref=True), (golden(), NAME))
    before = everything_in(folder)
    with LayoutSink(folder, annotate_ref=True) as sink:
        view = view_of(golden(), without=golden().layers[0].digest)
        transfer([Item(view, NAME)], sink)
    assert everything_in(folder) == before


def test_blobs_that_are_there_are_not_fetched_again(folder):
    base = layer({"base": b"1"})
    first, second = image(base), image(base, layer({"more": b"2"}))
    assert outcomes(folder, first, "example.com/a:1") == [Outcome.MOVED] * 3
    assert sorted(outcomes(folder, second, "example.com/a:2")) == ["existing", "moved", "moved", "moved"]


def test_a_broken_blob_is_fetched_again(folder):
    one = golden()
    bring(LayoutSink(folder), (one, NAME))
    blob(folder, one.layers[0].digest).write_bytes(b"x" * len(one.layers[0].data))
    assert sorted(outcomes(folder, one)) == ["existing", "existing", "moved", "moved"]
    assert blob(folder, one.layers[0].digest).read_bytes() == one.layers[0].data
    assert len(entries(folder)) == 1


def test_a_blob_that_is_a_link_is_replaced_and_not_written_through(folder):
    one = golden()
    (folder / "outside").write_bytes(b"mine")
    target = blob(folder / "layout", one.layers[0].digest)
    target.parent.mkdir(parents=True)
    target.symlink_to(folder / "outside")
    bring(LayoutSink(folder / "layout"), (one, NAME))
    assert (folder / "outside").read_bytes() == b"mine"
    assert not target.is_symlink()


def test_images_are_added_to_what_other_programs_wrote(folder):
    write_layout(folder, image(), names={image().digest: "there"})
    bring(LayoutSink(folder, annotate_ref=True), (golden(), NAME))
    assert [entry["annotations"][REF_NAME] for entry in entries(folder)] == ["there", NAME]


def test_a_name_moves_and_the_image_that_had_it_stays(folder):
    bring(LayoutSink(folder, annotate_ref=True), (image(), "example.com/app:v1"))
    bring(LayoutSink(folder, annotate_ref=True), (golden(), "example.com/app:v1"))
    assert [entry.get("annotations", {}).get(REF_NAME) for entry in entries(folder)] == [
        None,
        "example.com/app:v1",
    ]
    assert [entry["digest"] for entry in entries(folder)] == [image().digest, golden().digest]


@pytest.mark.parametrize("ref_name", ["v1", "docker.io/library/app:v1", "a/b--c"])
def test_a_reference_name_that_is_given_is_kept_as_it_is(folder, ref_name):
    for one in (image(), golden(), golden()):
        bring(LayoutSink(folder, exact_names=True), (one, ref_name))
    names = [entry.get("annotations", {}).get(REF_NAME) for entry in entries(folder)]
    assert names == [ref_name]


def test_unknown_fields_of_the_index_live_on(folder):
    write_layout(folder, image())
    value = json.loads((folder / "index.json").read_text()) | {"x-mine": {"b": 1, "a": 2}}
    (folder / "index.json").write_text(json.dumps(value))
    bring(LayoutSink(folder), (golden(), NAME))
    assert json.loads((folder / "index.json").read_text())["x-mine"] == {"b": 1, "a": 2}


def test_what_fails_leaves_a_directory_as_it_was(folder):
    write_layout(folder / "there", image())
    before = everything_in(folder)
    one = golden()
    for name in ("there", "new/deep"):
        with pytest.raises(NotFoundError):
            bring(LayoutSink(folder / name), (view_of(one, without=one.layers[0].digest), NAME))
    assert everything_in(folder) == before


@pytest.mark.parametrize("content", ["", "{", "[]", '{"schemaVersion":2,"layers":[]}'])
def test_an_index_that_is_broken_is_left_alone(folder, content):
    (folder / "index.json").write_text(content)
    with pytest.raises(MalformedError, match=r"index\.json"):
        bring(LayoutSink(folder), (golden(), NAME))
    assert everything_in(folder) == {"index.json": content.encode()}


def test_a_layout_of_another_version_is_left_alone(folder):
    write_layout(folder, image())
    (folder / "oci-layout").write_text('{"imageLayoutVersion":"2.0.0"}')
    before = everything_in(folder)
    with pytest.raises(ArchiveError, match=r"'2\.0\.0'"):
        bring(LayoutSink(folder), (golden(), NAME))
    assert everything_in(folder) == before


def test_a_file_in_the_way_is_named(folder):
    (folder / "file").write_bytes(b"mine")
    with pytest.raises(PycraneError, match=f"could not write {folder / 'file'}"):
        bring(LayoutSink(folder / "file"), (golden(), NAME))
    assert (folder / "file").read_bytes() == b"mine"


def test_a_name_that_the_file_system_refuses_is_named(folder):
    with pytest.raises(PycraneError, match="File name too long"):
        bring(LayoutSink(folder / ("x" * 300)), (golden(), NAME))


def test_writers_side_by_side_lose_no_entry(folder):
    images = [image(layer({"number": str(number).encode()})) for number in range(12)]
    together = threading.Barrier(len(images))
    errors = []

    def write(number: int) -> None:
        together.wait(30)
        try:
            bring(LayoutSink(folder, annotate_ref=True), (images[number], f"example.com/app:{number}"))
        except PycraneError as error:
            errors.append(error)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(len(images))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert {entry["digest"] for entry in entries(folder)} == {each.digest for each in images}


def test_a_blob_that_another_writer_took_away_is_noticed(folder):
    one = golden()
    sink = LayoutSink(folder / "new").__enter__()
    transfer([Item(view_of(one), NAME)], sink)
    blob(folder / "new", one.layers[0].digest).unlink()
    with pytest.raises(PycraneError, match="disappeared"):
        sink.__exit__(None, None, None)
    assert everything_in(folder) == {}


def test_nothing_is_left_after_an_error_however_threads_came_together(folder, monkeypatch):
    def slow(path, *args, mkdir=Path.mkdir, **options):
        mkdir(path, *args, **options)
        time.sleep(0.02)  # others write into the folder meanwhile

    monkeypatch.setattr(Path, "mkdir", slow)
    many = image(*(layer({str(number): b"?"}) for number in range(16)))
    sink = LayoutSink(folder / "new").__enter__()
    transfer([Item(view_of(many), NAME)], sink, workers=Workers(16))
    sink.__exit__(PycraneError, PycraneError("no"), None)
    assert everything_in(folder) == {}


def test_digests_of_other_algorithms_have_their_own_directory(folder):
    one = image(layer({"a": b"1"}, algorithm="sha512"), algorithm="sha512")
    bring(LayoutSink(folder), (one, NAME))
    assert blob(folder, digest_of(one.config.data, "sha512")).read_bytes() == one.config.data


@pytest.mark.peer
def test_skopeo_and_umoci_read_it(folder, skopeo, umoci):
    one = image(layer({"hello.txt": b"hello"}))
    bring(LayoutSink(folder / "layout", annotate_ref=True), (one, "example.com/app:v1"))
    seen = json.loads(skopeo("inspect", f"oci:{folder / 'layout'}:example.com/app:v1").stdout)
    assert seen["Layers"] == [each.digest for each in one.layers]
    write_layout(folder / "short", one, names={one.digest: "v1"})
    bring(LayoutSink(folder / "short"), (index(one), NAME))
    umoci("unpack", "--rootless", "--image", f"{folder / 'short'}:v1", folder / "bundle")
    assert (folder / "bundle/rootfs/hello.txt").read_bytes() == b"hello"
