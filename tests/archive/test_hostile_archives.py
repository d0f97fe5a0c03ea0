"""Reading any file gives images or an error of pycrane's own, and never another error."""

from __future__ import annotations

import io
import json
import tarfile
import tempfile
from pathlib import Path

from archive.views import golden
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from peers.images import image, layer, tar
from peers.media import docker_save_files, layout_files

from pycrane._archive.archive import open_archive
from pycrane._archive.tar_walk import walk
from pycrane._errors import PycraneError
from pycrane._image.view import Image
from pycrane._limits import Limits

OLD = docker_save_files(image(layer({"a": b"1"}), layer({"b": b"2"})), golden())
NEW = layout_files(golden())
SMALL = Limits(archive_entries=100, expansion=10, expansion_free=1 << 20)
quick = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])

names = st.one_of(
    st.sampled_from([*OLD, *NEW, "../manifest.json", "/manifest.json", "./manifest.json", "a", "."]),
    st.text(max_size=120).filter(lambda text: "\0" not in text and text.encode("utf-8", "replace")),
)
contents = st.one_of(st.sampled_from([*OLD.values(), *NEW.values()]), st.binary(max_size=700))
links = st.builds(
    lambda name, target, kind: (name, target, kind), names, names, st.sampled_from([b"1", b"2"])
)


def member(entry: tuple[str, bytes] | tuple[str, str, bytes]) -> tarfile.TarInfo | tuple[str, bytes]:
    if len(entry) == 2:
        return entry
    info = tarfile.TarInfo(entry[0])
    info.linkname, info.type = entry[1], entry[2]
    return info


def look(data: bytes) -> None:
    """Read all there is to read."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.tar"
        path.write_bytes(data)
        try:
            with open_archive(path, SMALL) as archive:
                for entry in archive.entries:
                    view = entry.open()
                    assert view.raw_manifest
                    if isinstance(view, Image):
                        for each in view.layers:
                            with each.compressed() as stream:
                                stream.read()
        except PycraneError:
            return


@quick
@given(st.lists(st.one_of(st.tuples(names, contents), links), max_size=12))
def test_entries_of_any_kind_in_any_order_are_read_or_refused(entries):
    look(tar([member(entry) for entry in entries]))


@quick
@given(st.permutations([*OLD.items(), *NEW.items()]), st.integers(0, 40_000))
def test_an_archive_that_is_cut_anywhere_is_read_or_refused(files, length):
    look(tar(files)[:length])


@quick
@given(
    st.sampled_from([tar(OLD), tar(NEW)]),
    st.lists(st.tuples(st.integers(0, 20_000), st.integers(0, 255)), max_size=8),
)
def test_an_archive_with_changed_bytes_is_read_or_refused(data, changes):
    damaged = bytearray(data)
    for place, value in changes:
        damaged[place % len(damaged)] = value
    look(bytes(damaged))


@quick
@given(st.binary(max_size=3000))
def test_bytes_that_are_not_an_archive_are_refused(data):
    look(data)


@quick
@given(
    st.dictionaries(st.sampled_from(["manifest.json", "index.json", "oci-layout"]), st.binary(max_size=300))
)
def test_any_bytes_in_place_of_json_are_read_or_refused(files):
    look(tar({**OLD, **NEW, **files}))


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10) | st.sampled_from([*OLD, *NEW]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["Config", "Layers", "RepoTags", "LayerSources", "manifests"]), inner
        )
    ),
    max_leaves=12,
)


@quick
@given(values)
def test_any_json_in_place_of_a_list_of_images_is_read_or_refused(value):
    look(tar({**OLD, "manifest.json": json.dumps(value).encode()}))


@quick
@given(st.lists(st.tuples(st.text("ab/.", min_size=1, max_size=250), st.binary(max_size=600)), max_size=5))
def test_entries_are_found_where_tarfile_finds_them(entries):
    with tempfile.TemporaryFile() as file:
        for form in (tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
            file.seek(0)
            file.truncate()
            with tarfile.open(fileobj=file, mode="w", format=form) as archive:
                for name, data in entries:
                    info = tarfile.TarInfo(name)
                    info.size = len(data)
                    archive.addfile(info, io.BytesIO(data))
            size = file.tell()
            file.seek(0)
            with tarfile.open(fileobj=file) as archive:
                expected = [(info.offset_data, info.size) for info in archive]
            assert [(each.offset, each.size) for each in walk(file.fileno(), size, "it")] == expected
