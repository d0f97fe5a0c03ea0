"""`oci:` and `oci-archive:`, whole indexes by name: nested, replaced, with blobs in a shared directory."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

import pycrane
from pycrane._transports.oci_layout import LayoutLocation
from pycrane._transports.table import parse_location

IMAGE, OTHER = pycrane.random_image(1), pycrane.random_image(2)


def _nested():
    inner = pycrane.random_index(3)
    return pycrane.append_entries(pycrane.empty_index(), [inner, IMAGE])


def _blobs(path):
    return {file.name for file in path.glob("blobs/sha256/*")}


def _own(*images):
    return {
        each.encoded
        for image in images
        for each in (
            image.digest,
            image.config_name,
            *(layer.digest for layer in image.manifest.layers),
        )
    }


@pytest.mark.parametrize("transport", ["oci", "oci-archive"])
def test_nested_indexes_are_kept_whole(tmp_path, transport, pycrane_registry):
    nested = _nested()
    place = parse_location(f"{transport}:{tmp_path}/x:all of it")
    with pycrane.Client() as client:
        client.copy(nested, place)
        assert client.validate(place) == []
        back = client.copy(place, f"{pycrane_registry.address}/nested:1")
        assert back.digest == nested.digest
        assert client.validate(back) == []


def test_a_name_that_is_replaced_leaves_no_blobs_behind(tmp_path):
    layout = tmp_path / "x"
    shares_all = pycrane.annotate(IMAGE, {"a": "b"})
    with pycrane.Client() as client:
        client.copy(_nested(), parse_location(f"oci:{layout}:v1"))
        (layout / "blobs/sha256" / ("0" * 64)).write_bytes(b"of another writer")
        client.copy(OTHER, parse_location(f"oci:{layout}:v1"))
        assert _blobs(layout) == _own(OTHER) | {"0" * 64}
        client.copy(IMAGE, parse_location(f"oci:{layout}:v2"))
        client.copy(IMAGE, parse_location(f"oci:{layout}:v1"))
        assert _blobs(layout) == _own(IMAGE) | {"0" * 64}
        client.copy(shares_all, parse_location(f"oci:{layout}:v1"))
        assert _blobs(layout) == _own(IMAGE, shares_all) | {"0" * 64}
        for name in ("v1", "v2"):
            assert client.validate(parse_location(f"oci:{layout}:{name}")) == []
    names = [each["annotations"] for each in json.loads((layout / "index.json").read_text())["manifests"]]
    assert sorted(each["org.opencontainers.image.ref.name"] for each in names) == ["v1", "v2"]


def test_nothing_is_deleted_where_a_manifest_cannot_be_read(tmp_path):
    layout = tmp_path / "x"
    with pycrane.Client() as client:
        client.copy(IMAGE, parse_location(f"oci:{layout}:v1"))
        client.copy(pycrane.random_index(4), parse_location(f"oci:{layout}:v2"))
        index = client.open(parse_location(f"oci:{layout}:v2"))
        (layout / "blobs/sha256" / index.digest.encoded).write_bytes(b"broken")
        before = _blobs(layout)
        client.copy(OTHER, parse_location(f"oci:{layout}:v1"))
        assert _blobs(layout) == before | _own(OTHER)


def test_layouts_share_the_blobs_of_one_directory(tmp_path, skopeo):
    first, second = (
        LayoutLocation(tmp_path / each, "v1", "oci:", exact=True, shared=tmp_path / "blobs")
        for each in ("a", "b")
    )
    events = []
    with pycrane.Client(listener=events.append) as client:
        client.copy(IMAGE, first)
        events.clear()
        client.copy(IMAGE, second)
        found = {each.outcome for each in events if isinstance(each, pycrane.BlobFinished)}
        assert found == {pycrane.Outcome.EXISTING}
        client.copy(OTHER, second)
        assert client.validate(first) == client.validate(second) == []
    assert {file.name for file in (tmp_path / "blobs/sha256").iterdir()} == _own(IMAGE, OTHER)
    assert not (tmp_path / "a/blobs").exists()
    skopeo(
        "copy",
        "--src-shared-blob-dir",
        f"{tmp_path}/blobs",
        "--dest-shared-blob-dir",
        f"{tmp_path}/theirs",
        f"oci:{tmp_path}/a:v1",
        f"oci:{tmp_path}/c:v2",
    )
    with pycrane.Client() as client:
        third = replace(first, path=tmp_path / "c", name="v2", shared=tmp_path / "theirs")
        assert client.open(third).digest == IMAGE.digest
        assert client.validate(third) == []


@pytest.mark.parametrize("transport", ["oci", "oci-archive"])
def test_what_is_written_is_named_by_its_place(tmp_path, transport):
    with pycrane.Client() as client:
        written = client.copy(IMAGE, parse_location(f"{transport}:{tmp_path}/x:v1"))
    assert written.name == f"{transport}:{tmp_path}/x:v1@{IMAGE.digest}"


@pytest.mark.parametrize("transport", ["oci", "oci-archive"])
def test_an_image_is_read_and_not_written_by_its_position(pycrane, tmp_path, transport):
    with pycrane_client() as client:
        client.copy(IMAGE, parse_location(f"oci:{tmp_path}/x:v1"))
        client.copy(OTHER, parse_location(f"oci:{tmp_path}/x:v2"))
    pycrane("cp", f"oci:{tmp_path}/x:@1", f"{transport}:{tmp_path}/y:v2")
    with pycrane_client() as client:
        assert client.open(parse_location(f"{transport}:{tmp_path}/y:@0")).digest == OTHER.digest
    done = pycrane("cp", f"oci:{tmp_path}/x:@1", f"{transport}:{tmp_path}/y:@0", check=False)
    assert done.returncode == 1
    assert f"{transport}:{tmp_path}/y:@0 is the position of an image that is there" in done.stderr


def pycrane_client():
    return pycrane.Client()


def test_an_archive_is_written_and_read_without_temporary_files(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "not there"))
    (tmp_path / "out").mkdir()
    place = parse_location(f"oci-archive:{tmp_path}/out/x.tar:v1")
    with pycrane.Client() as client:
        client.copy(_nested(), place)
        client.copy(IMAGE, place)
        assert client.open(place).digest == IMAGE.digest
        assert client.validate(place) == []
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["x.tar"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("oci:x:v3", "reading oci:x:v3: layout x holds no images called v3; it has v1, v2"),
        ("oci:x:@2", "reading oci:x:@2: layout x has no image at @2; its positions are @0 or @1"),
        ("oci-archive:x.tar:v3", "reading oci-archive:x.tar:v3: x.tar holds no images called v3; it has v1"),
        ("oci:none", "reading oci:none: there is no directory none"),
        (
            "oci:x.tar",
            "x.tar is a file, expected an OCI layout\nHint: a layout in a file is oci-archive",
        ),
    ],
)
def test_a_name_that_is_not_there_is_told_with_those_that_are(pycrane, tmp_path, text, message):
    with pycrane_client() as client:
        client.copy(IMAGE, parse_location(f"oci:{tmp_path}/x:v1"))
        client.copy(OTHER, parse_location(f"oci:{tmp_path}/x:v2"))
        client.copy(IMAGE, parse_location(f"oci-archive:{tmp_path}/x.tar:v1"))
    done = pycrane("cp", text, "oci:y", check=False)
    assert done.returncode == (1 if "is a file" in message else 3)
    assert message in done.stderr
    assert not (tmp_path / "y").exists()
