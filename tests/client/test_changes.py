"""Changes of images: pure, composed at will, on images and indexes alike, and lazy."""

from __future__ import annotations

import dataclasses
import gc
import io
import re
import subprocess
import tarfile
import tracemalloc
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from peers import images

import pycrane

TAR = images.tar({"etc/motd": b"hello\n"})
LABEL = pycrane.ConfigEdit(labels={"a": "b"})
WHEN = "2021-02-03T04:05:06Z"
SECONDS = 1612325106


class Counted:
    """Content that writes down what is asked of it."""

    def __init__(self, below):
        self.below = below
        self.read = []

    def origin(self, descriptor):
        return self.below.origin(descriptor)

    def read_manifest(self, descriptor):
        self.read.append(descriptor.media_type)
        return self.below.read_manifest(descriptor)

    def open_blob(self, descriptor):
        self.read.append(descriptor.media_type)
        return self.below.open_blob(descriptor)


def counted(view):
    """The same view over content that counts, and what was read of it: kinds of things, in order."""
    content = Counted(view.content)
    kind = pycrane.Image if isinstance(view, pycrane.Image) else pycrane.Index
    return kind(content, view.raw_manifest, view.descriptor), content.read


def view_of(root):
    held = {pycrane.Digest.parse(digest): blob.data for digest, blob in images.every_blob(root).items()}
    held |= {pycrane.Digest.parse(one.digest): one.data for one in images.every_manifest(root)}
    return pycrane.open_view(pycrane.MemoryContent(held), root.data, media_type=root.media_type)


def images_of(view):
    if isinstance(view, pycrane.Image):
        return [view]
    return [view.image(entry.digest) for entry in view.index_manifest.manifests]


def entries_of(layer):
    with layer.uncompressed() as stream, tarfile.open(fileobj=io.BytesIO(stream.read())) as tar:
        return tar.getmembers()


IMAGE, INDEX = pycrane.random_image(1), pycrane.random_index(2)
CONFIG, MANIFEST = IMAGE.manifest.config.media_type, IMAGE.media_type
LAYER = IMAGE.layers[0].media_type
STATIC = pycrane.static_layer(TAR)
OTHER = pycrane.random_index(3)
ON_BASE = pycrane.append_layers(INDEX, [STATIC])

CHANGES = {
    "append_layers": lambda view: pycrane.append_layers(view, [STATIC]),
    "edit_config": lambda view: pycrane.edit_config(view, LABEL),
    "annotate": lambda view: pycrane.annotate(view, {"a": "b"}),
    "set_subject": lambda view: pycrane.set_subject(view, IMAGE.descriptor),
    "set_time": lambda view: pycrane.set_time(view, WHEN),
    "flatten_image": lambda view: pycrane.flatten_image(view, created=WHEN),
    "recompress_layers": lambda view: pycrane.recompress_layers(view, pycrane.Compression.ZSTD),
}
CHANGES_OF_IMAGES = {
    "set_config": lambda view: pycrane.set_config(view, {**IMAGE.config_file.raw, "author": "me"}),
}
CHANGES_OF_INDEXES = {
    "append_entries": lambda view: pycrane.append_entries(view, [view, IMAGE]),
    "edit_images": lambda view: pycrane.edit_images(view, CHANGES["edit_config"]),
    "filter_entries": lambda view: pycrane.filter_entries(view, [pycrane.Platform("linux", "arm64")]),
    "rebase_image": lambda view: pycrane.rebase_image(view, pycrane.empty_image(), IMAGE),
}
MAKE_LAYERS = ("set_time", "flatten_image", "recompress_layers")
READ_OF_AN_IMAGE = {"append_layers": [CONFIG], "edit_config": [CONFIG], "annotate": [], "set_subject": []}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("view", [IMAGE, INDEX], ids=["image", "index"])
def test_what_was_an_image_or_index_still_is_and_the_old_one_stays(change, view):
    before = view.raw_manifest
    changed = CHANGES[change](view)
    assert isinstance(changed, pycrane.Image) == isinstance(view, pycrane.Image)
    assert changed.digest != view.digest
    assert changed.digest == pycrane.Digest.of(changed.raw_manifest)
    assert view.raw_manifest == before
    assert CHANGES[change](view).digest == changed.digest
    with pycrane.Client() as client:
        assert client.validate(changed) == []


@pytest.mark.parametrize(
    ("view", "change"),
    [
        *((IMAGE, change) for change in (CHANGES | CHANGES_OF_IMAGES).values()),
        *((INDEX, change) for change in (CHANGES | CHANGES_OF_INDEXES).values()),
    ],
    ids=[*CHANGES, *CHANGES_OF_IMAGES, *CHANGES, *CHANGES_OF_INDEXES],
)
def test_nothing_is_read_before_the_result_is(view, change):
    view, read = counted(view)
    once = change(view)
    twice = change(once)
    assert read == []
    assert len({view.digest, once.digest, twice.digest}) > 1
    read_then = list(read)
    assert once.raw_manifest
    assert twice.raw_manifest
    assert read == read_then


def test_a_change_of_what_cannot_be_read_is_no_error_before_it_is_read():
    broken = pycrane.Index(pycrane.MemoryContent({}), INDEX.raw_manifest, INDEX.descriptor)
    changed = pycrane.annotate(
        pycrane.edit_config(pycrane.append_layers(broken, [STATIC]), LABEL), {"a": "b"}
    )
    for _ in range(2):
        with pytest.raises(pycrane.NotFoundError, match="is not in this image"):
            _ = changed.digest


def test_what_was_given_may_change_before_the_result_is_read():
    layers, labels, annotations, entries = [STATIC], {"a": "b"}, {"c": "d"}, [IMAGE]
    history = {"comment": "e"}
    appended = pycrane.append_layers(IMAGE, layers, history=history)
    labelled = pycrane.edit_config(appended, pycrane.ConfigEdit(labels=labels))
    config = {**IMAGE.config_file.raw, "author": "f"}
    replaced = pycrane.set_config(IMAGE, config)
    noted = pycrane.annotate(IMAGE, annotations)
    index = pycrane.append_entries(pycrane.empty_index(), entries)
    for each in (layers, labels, annotations, entries, history, config):
        each.clear()
    assert len(labelled.layers) == len(IMAGE.layers) + 1
    assert labelled.config_file.history[-1]["comment"] == "e"
    assert labelled.config_file.config["Labels"] == {"a": "b"}
    assert replaced.config_file.author == "f"
    assert noted.manifest.annotations == {"c": "d"}
    assert [entry.digest for entry in index.index_manifest.manifests] == [IMAGE.digest]


def test_a_long_row_of_changes_is_not_too_deep():
    changed = IMAGE
    for number in range(400):
        changed = pycrane.annotate(pycrane.append_layers(changed, [STATIC]), {"number": str(number)})
    assert changed.manifest.annotations == {"number": "399"}
    assert len(changed.layers) == len(IMAGE.layers) + 400
    assert changed.layers[0].uncompressed().read()
    with pycrane.Client() as client:
        assert client.validate(changed) == []


@pytest.mark.parametrize("change", READ_OF_AN_IMAGE)
def test_a_change_of_an_image_reads_no_layer(change):
    view, read = counted(IMAGE)
    changed = CHANGES[change](view)
    assert changed.manifest.layers
    assert read == READ_OF_AN_IMAGE[change]


@pytest.mark.parametrize("change", READ_OF_AN_IMAGE)
def test_a_change_of_an_index_reads_no_layer(change):
    view, read = counted(INDEX)
    assert CHANGES[change](view).index_manifest.manifests
    assert set(read) <= {CONFIG, MANIFEST}


@pytest.mark.parametrize("change", MAKE_LAYERS)
@pytest.mark.parametrize("view", [IMAGE, INDEX], ids=["image", "index"])
def test_what_changes_layers_reads_nothing_before_it_is_read_and_then_each_layer_once(change, view):
    view, read = counted(view)
    changed = CHANGES[change](view)
    assert read == []
    assert changed.digest
    assert read.count(LAYER) == len([layer for image in images_of(view) for layer in image.layers])
    here = len(read)
    for image in images_of(changed):
        for layer in image.layers:
            layer.uncompressed().read()
    assert LAYER not in read[here:]


def test_a_view_of_a_registry_is_changed_without_a_layer_being_read(docker_registry, repo):
    name = f"{docker_registry.host}/{repo}"
    heard = []
    with pycrane.Client(listener=heard.append) as client:
        client.push(INDEX, f"{name}:1")
        heard.clear()
        changed = pycrane.edit_config(pycrane.append_layers(client.open(f"{name}:1"), [STATIC]), LABEL)
        asked = [event.lines[0] for event in heard if isinstance(event, pycrane.Exchange)]
        sizes = {str(layer.digest) for image in images_of(INDEX) for layer in image.layers}
        assert not any(digest in line for line in asked for digest in sizes)
        heard.clear()
        pushed = client.push(changed, f"{name}:2")
        moved = {
            str(event.descriptor.digest)
            for event in heard
            if isinstance(event, pycrane.BlobFinished) and event.outcome is pycrane.Outcome.MOVED
        }
        assert not moved & sizes
        assert client.validate(pushed) == []


def test_changes_compose_in_one_expression():
    made = pycrane.annotate(
        pycrane.set_time(
            pycrane.edit_config(pycrane.append_layers(pycrane.flatten_image(INDEX), [STATIC]), LABEL), WHEN
        ),
        {"made": "by hand"},
    )
    assert made.index_manifest.annotations == {"made": "by hand"}
    for image in images_of(made):
        assert len(image.layers) == 2
        assert image.config_file.config["Labels"] == {"a": "b"}
        assert image.config_file.created == WHEN
        assert {entry.mtime for layer in image.layers for entry in entries_of(layer)} == {SECONDS}
    with pycrane.Client() as client:
        assert client.validate(made) == []


def test_what_is_made_later_can_be_pushed_saved_and_put_into_an_index(docker_registry, repo, tmp_path):
    view = pycrane.set_time(INDEX, WHEN)
    image = pycrane.flatten_image(IMAGE, created=WHEN)
    both = pycrane.append_entries(view, [image])
    with pycrane.Client() as client:
        pushed = client.push(both, f"{docker_registry.host}/{repo}:1")
        assert client.validate(pushed) == []
        client.save(both, tmp_path / "layout", format="oci")
        assert client.validate(tmp_path / "layout") == []
        client.save(image, tmp_path / "image.tar")
        assert client.image(tmp_path / "image.tar").config_name == image.config_name


def test_one_image_of_an_index_may_be_made_later_too():
    changed = pycrane.edit_images(INDEX, lambda image: pycrane.set_time(image, WHEN))
    assert changed.digest == pycrane.set_time(INDEX, WHEN).digest
    with pycrane.Client() as client:
        assert client.validate(changed) == []


def open_files():
    gc.collect()
    return len(list(Path("/proc/self/fd").iterdir()))


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="no list of open files here")
def test_temporary_files_go_with_the_last_view_or_stream_that_needs_them():
    before = open_files()
    view = pycrane.set_time(IMAGE, WHEN)
    assert open_files() == before
    above = pycrane.append_layers(view, [STATIC])
    stream = view.layers[0].compressed()
    del view
    assert open_files() > before
    assert above.layers[1].uncompressed().read()
    del above
    assert stream.read()
    del stream
    assert open_files() == before


def test_threads_that_read_what_is_made_later_have_it_made_once():
    from concurrent.futures import ThreadPoolExecutor

    view, read = counted(IMAGE)
    changed = pycrane.set_time(view, WHEN)
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(lambda _: changed.digest, range(8)))) == 1
    assert read.count(LAYER) == len(IMAGE.layers)


def test_what_cannot_be_made_says_so_when_it_is_read():
    broken = pycrane.Image(pycrane.MemoryContent({}), IMAGE.raw_manifest, IMAGE.descriptor)
    changed = pycrane.set_time(broken, WHEN)
    for _ in range(2):
        with pytest.raises(pycrane.NotFoundError):
            _ = changed.digest


# set_config


def test_a_configuration_is_replaced_as_an_object_or_as_a_value():
    fields = {**IMAGE.config_file.raw, "author": "me", "mine": 1}
    changed = pycrane.set_config(IMAGE, fields)
    assert changed.config_file.raw["mine"] == 1
    assert changed.config_file.author == "me"
    value = dataclasses.replace(IMAGE.config_file, author="me")
    assert pycrane.set_config(IMAGE, value).config_file.author == "me"
    assert changed.manifest.layers == IMAGE.manifest.layers
    view, read = counted(IMAGE)
    pycrane.set_config(view, fields)
    assert read == []


@given(author=st.text(max_size=5), user=st.text(max_size=5), os_version=st.text("1.", max_size=3))
def test_every_field_of_a_value_counts(author, user, os_version):
    old = IMAGE.config_file
    value = dataclasses.replace(
        old,
        author=author,
        config={"User": user},
        created=WHEN,
        history=({"created_by": "x"}, *old.history),
        platform=dataclasses.replace(old.platform, os_version=os_version),
    )
    new = pycrane.set_config(IMAGE, value).config_file
    assert (new.author, new.config.get("User", ""), new.created) == (author, user, WHEN)
    assert (new.platform, new.diff_ids) == (value.platform, old.diff_ids)
    assert [entry.get("created_by") for entry in new.history] == [
        "x",
        *(e["created_by"] for e in old.history),
    ]


def test_a_configuration_of_other_layers_or_of_none_is_refused():
    with pytest.raises(pycrane.MalformedError, match=r"names 0 layers, image sha256:.* has 3"):
        _ = pycrane.set_config(IMAGE, {"os": "linux"}).digest
    with pytest.raises(pycrane.MalformedError, match="history"):
        pycrane.set_config(IMAGE, {**IMAGE.config_file.raw, "history": 1})


def test_an_artifact_has_no_configuration_and_no_files():
    artifact = view_of(
        images.assemble(images.Blob("application/vnd.oci.empty.v1+json", b"{}"), [images.Layer("a/b", b"?")])
    )
    for change in (
        lambda: pycrane.set_config(artifact, {}),
        lambda: pycrane.set_time(artifact, WHEN),
        lambda: pycrane.flatten_image(artifact),
        lambda: pycrane.edit_config(artifact, LABEL),
    ):
        with pytest.raises(pycrane.UnsupportedError, match="is an artifact"):
            _ = change().digest
    assert pycrane.annotate(artifact, {"a": "b"}).manifest.annotations == {"a": "b"}


# annotations and subjects


def test_annotations_of_images_and_indexes_are_merged_and_taken_away():
    for view in (IMAGE, INDEX):
        once = pycrane.annotate(view, {"a": "1", "b": "2"})
        twice = pycrane.annotate(once, {"a": None, "c": "3"})
        manifest = twice.manifest if isinstance(twice, pycrane.Image) else twice.index_manifest
        assert manifest.annotations == {"b": "2", "c": "3"}
        assert pycrane.annotate(view, {}) is view


def test_a_subject_makes_a_referrer(docker_registry, repo):
    name = f"{docker_registry.host}/{repo}"
    with pycrane.Client() as client:
        client.push(IMAGE, f"{name}:1")
        for view in (pycrane.random_image(8), pycrane.random_index(9)):
            pushed = client.push(pycrane.set_subject(view, IMAGE.descriptor), f"{name}:about")
            assert pushed.digest in [each.digest for each in client.registry.referrers(name, IMAGE.digest)]
    assert pycrane.set_subject(pycrane.set_subject(IMAGE, IMAGE.descriptor), None).manifest.subject is None


# indexes


def test_an_index_is_made_of_images_and_knows_their_platforms():
    made = pycrane.append_entries(
        pycrane.empty_index(), [images_of(INDEX)[0], pycrane.append_layers(images_of(OTHER)[1], [STATIC])]
    )
    assert [str(entry.platform) for entry in made.index_manifest.manifests] == ["linux/amd64", "linux/arm64"]
    alone = pycrane.append_entries(pycrane.empty_index(), [pycrane.set_time(IMAGE, WHEN)])
    assert [str(entry.platform) for entry in alone.index_manifest.manifests] == ["linux/amd64"]
    with pycrane.Client() as client:
        assert client.validate(made) == []


def test_entries_are_kept_by_platform_or_by_what_a_function_says():
    arm = pycrane.Platform("linux", "arm64")
    kept = pycrane.filter_entries(INDEX, [arm])
    assert [entry.platform for entry in kept.index_manifest.manifests] == [arm]
    assert pycrane.filter_entries(INDEX, lambda entry: entry.platform == arm).digest == kept.digest
    view, read = counted(INDEX)
    pycrane.filter_entries(view, [arm])
    assert read == []


# rebase


def test_each_image_of_an_index_gets_the_base_for_its_platform():
    moved = pycrane.rebase_image(ON_BASE, INDEX, OTHER)
    for image, base in zip(images_of(moved), images_of(OTHER), strict=True):
        assert [layer.diff_id for layer in image.layers][:-1] == [layer.diff_id for layer in base.layers]
        assert image.config_file.platform == base.config_file.platform
        assert image.manifest.annotations == {"org.opencontainers.image.base.digest": str(OTHER.digest)}


def test_a_rebase_reads_no_layer_and_takes_annotations():
    (view, read), (old, of_old), (new, of_new) = map(counted, (ON_BASE, INDEX, OTHER))
    moved = pycrane.rebase_image(images_of(view)[1], old, new, {"a": "b"})
    assert moved.manifest.annotations["a"] == "b"
    assert {*read, *of_old, *of_new} == {CONFIG, MANIFEST}
    with pytest.raises(pycrane.NotBasedError, match="layer 0 is"):
        _ = pycrane.rebase_image(ON_BASE, OTHER, INDEX).digest


# times


@pytest.mark.parametrize(
    "when",
    [
        WHEN,
        f"@{SECONDS}",
        "2021-02-03T05:05:06.75+01:00",
        datetime(2021, 2, 3, 4, 5, 6, 999, tzinfo=UTC),
        datetime(2021, 2, 3, 6, 5, 6, tzinfo=timezone(timedelta(hours=2))),
    ],
    ids=str,
)
def test_a_time_is_set_everywhere_however_it_is_written(when):
    changed = pycrane.set_time(pycrane.append_layers(IMAGE, [STATIC]), when)
    assert changed.config_file.created == WHEN
    assert {entry["created"] for entry in changed.config_file.history} == {WHEN}
    assert {entry.mtime for layer in changed.layers for entry in entries_of(layer)} == {SECONDS}
    assert changed.digest == pycrane.set_time(pycrane.append_layers(IMAGE, [STATIC]), WHEN).digest


@pytest.mark.parametrize(
    "when",
    ["yesterday", "@-1", "2021-02-30T00:00:00Z", datetime(2021, 1, 1), datetime(1960, 1, 1, tzinfo=UTC)],
)
def test_what_is_no_time_is_refused_at_once(when):
    with pytest.raises(pycrane.MalformedError):
        pycrane.set_time(IMAGE, when)


def test_one_time_makes_equal_what_differs_in_nothing_else(tmp_path):
    def made(times):
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
            for name, content in (("a" * 150, b"1" * 700), ("dir/b", b"")):
                entry = tarfile.TarInfo(name)
                entry.size, entry.mtime = len(content), times
                entry.pax_headers = {"atime": str(times), "ctime": f"{times}.5", "comment": "mine"}
                tar.addfile(entry, io.BytesIO(content))
        base = pycrane.append_layers(pycrane.empty_image(), [pycrane.static_layer(out.getvalue())])
        return pycrane.edit_config(base, pycrane.ConfigEdit(created=f"20{times % 90 + 10}-01-01T00:00:00Z"))

    one, two = (pycrane.set_time(made(times), "@5") for times in (1000, 2.25e9 // 1 + 0.5))
    assert one.digest == two.digest
    [first, second] = entries_of(one.layers[0])
    assert (first.name, first.size, first.pax_headers["comment"]) == ("a" * 150, 700, "mine")
    assert (first.pax_headers["atime"], first.pax_headers["ctime"], second.mtime) == ("5", "5", 5)


def listing(path):
    """What GNU tar says of each entry, and the times that it says."""
    command = ["tar", "-tvf", path, "--full-time", "--utc", "--numeric-owner"]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    time = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?")
    return [time.sub("", line).split() for line in lines], {time.search(line)[0] for line in lines}


@pytest.mark.parametrize("form", ["v7", "oldgnu", "gnu", "ustar", "posix"])
def test_the_tars_of_gnu_tar_get_the_time_and_keep_all_else(tmp_path, form):
    modern = form in ("oldgnu", "gnu", "posix")
    (tmp_path / "files/sub").mkdir(parents=True)
    (tmp_path / "files/plain").write_bytes(b"x" * 1000)
    (tmp_path / f"files/sub/{'long' * (30 if modern else 20)}").write_bytes(b"y")
    (tmp_path / "files/link").symlink_to("plain")
    with open(tmp_path / "files/sparse", "wb") as file:
        file.seek(1 << 20)
        file.write(b"end")
    more = ["--sparse"] if modern else []
    if form in ("gnu", "oldgnu"):
        more.append("--incremental")  # these have times of access and change then
    command = ["tar", "-c", f"--format={form}", *more, "-f", "files.tar", "-C", "files", "."]
    subprocess.run(command, cwd=tmp_path, check=True)
    with pycrane.Client() as client:
        image = pycrane.append_layers(pycrane.empty_image(), [client.layer(tmp_path / "files.tar")])
        changed = pycrane.set_time(image, WHEN)
        with changed.layers[0].uncompressed() as stream:
            (tmp_path / "new.tar").write_bytes(stream.read())
        assert client.validate(changed) == []
    (old, _), (new, times) = listing(tmp_path / "files.tar"), listing(tmp_path / "new.tar")
    assert (new, times) == (old, {"2021-02-03 04:05:06"})
    (tmp_path / "out").mkdir()
    subprocess.run(["tar", "-xf", "new.tar", "-C", "out"], cwd=tmp_path, check=True)
    assert (tmp_path / "out/plain").read_bytes() == b"x" * 1000
    assert (tmp_path / "out/plain").stat().st_mtime == SECONDS
    assert (tmp_path / "out/sparse").read_bytes() == bytes(1 << 20) + b"end"
    raw = (tmp_path / "new.tar").read_bytes()
    fields = [
        raw[at + 345 : at + 369] for at in range(0, len(raw), 512) if raw[at + 257 : at + 265] == b"ustar  \0"
    ]
    written = {field for field in fields if field.strip(b"\0")}
    assert written == ({b"%011o\0" % SECONDS * 2} if form in ("gnu", "oldgnu") else set())


@pytest.mark.parametrize("seconds", [0, 8**11 - 1, 8**11, 253402300799])
def test_times_far_away_are_written_too(seconds):
    changed = pycrane.set_time(pycrane.append_layers(pycrane.empty_image(), [STATIC]), f"@{seconds}")
    assert {entry.mtime for entry in entries_of(changed.layers[0])} == {seconds}


def test_compressions_and_media_types_stay_when_times_are_set():
    layers = [images.layer({"a": b"1"}, compression=kind) for kind in ("", "gzip", "zstd")]
    view = view_of(images.image(*layers))
    changed = pycrane.set_time(view, WHEN)
    assert [layer.media_type for layer in changed.layers] == [layer.media_type for layer in view.layers]
    assert changed.media_type == view.media_type


def test_attestations_stay_when_times_are_set_and_go_when_images_are_flattened():
    view = view_of(images.multi_platform(attested=True))
    entries = view.index_manifest.manifests
    attested = [entry for entry in entries if entry.platform.os == "unknown"]
    timed = pycrane.set_time(view, WHEN)
    assert [entry for entry in timed.index_manifest.manifests if entry in attested] == attested
    flat = pycrane.flatten_image(view, created=WHEN)
    assert attested
    assert len(flat.index_manifest.manifests) == len(entries) - len(attested)


@pytest.mark.parametrize("change", MAKE_LAYERS)
def test_a_large_layer_is_changed_in_constant_memory(change):
    size = 64 << 20

    class Zeros:
        """The content of one file of zeros, as a tar that is never there as a whole."""

        def __init__(self):
            entry = tarfile.TarInfo("zeros")
            entry.size = size
            self.parts = iter([entry.tobuf(), *[bytes(1 << 20)] * (size >> 20), bytes(1024)])
            self.rest = b""

        def read(self, count=-1, /):
            self.rest = self.rest or next(self.parts, b"")
            piece, self.rest = self.rest[:count], self.rest[count:]
            return piece

        def close(self):
            pass

    with pycrane.Client() as client:
        image = pycrane.append_layers(pycrane.empty_image(), [client.layer(Zeros())])
        changed = CHANGES[change](image)
        tracemalloc.start()
        try:
            assert changed.digest
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert peak < size / 2


@pytest.mark.parametrize("level", [0, 10])
def test_a_level_that_there_is_not_is_refused_at_once(level):
    with pytest.raises(pycrane.UnsupportedError, match="has no level"):
        pycrane.flatten_image(IMAGE, level=level)
    with pytest.raises(pycrane.UnsupportedError, match="has no level"):
        pycrane.recompress_layers(IMAGE, pycrane.Compression.GZIP, level)
