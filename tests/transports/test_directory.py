"""`dir:`, one image in a directory: read and written, with its signatures, and by the real skopeo."""

from __future__ import annotations

import pytest

import pycrane
from pycrane._transports.table import parse_location

IMAGE = pycrane.random_image(1, layers=2)
INDEX = pycrane.random_index(2)
BOTH = pytest.mark.parametrize("view", [IMAGE, INDEX], ids=["image", "index"])


@BOTH
def test_skopeo_reads_what_is_written(tmp_path, skopeo, view):
    with pycrane.Client() as client:
        client.copy(view, parse_location(f"dir:{tmp_path}/ours"))
    assert (tmp_path / "ours/version").read_bytes() == b"Directory Transport Version: 1.1\n"
    skopeo("copy", "--all", "--preserve-digests", f"dir:{tmp_path}/ours", f"dir:{tmp_path}/theirs")
    with pycrane.Client() as client:
        assert client.open(parse_location(f"dir:{tmp_path}/theirs")).digest == view.digest


@BOTH
def test_skopeos_directory_goes_to_a_registry(tmp_path, skopeo, pycrane_registry, view):
    with pycrane.Client() as client:
        client.copy(view, parse_location(f"dir:{tmp_path}/ours"))
        skopeo("copy", "--all", f"dir:{tmp_path}/ours", f"dir:{tmp_path}/a:b")
        pushed = client.copy(parse_location(f"dir:{tmp_path}/a:b"), f"{pycrane_registry.address}/dir:1")
        assert pushed.digest == view.digest
        assert client.validate(parse_location(f"dir:{tmp_path}/a:b")) == []


def test_blobs_that_are_there_and_right_are_not_fetched_again(tmp_path):
    events = []
    place = parse_location(f"dir:{tmp_path}/x")
    with pycrane.Client(listener=events.append) as client:
        client.copy(IMAGE, place)
        broken = IMAGE.manifest.layers[0].digest
        (tmp_path / "x" / broken.encoded).write_bytes(b"cut off")
        events.clear()
        client.copy(IMAGE, place)
        done = {
            each.descriptor.digest: each.outcome for each in events if isinstance(each, pycrane.BlobFinished)
        }
        assert client.validate(place) == []
    there = {each.digest for each in (IMAGE.manifest.config, *IMAGE.manifest.layers)} - {broken}
    assert done == {broken: pycrane.Outcome.MOVED} | dict.fromkeys(there, pycrane.Outcome.EXISTING)


def test_signatures_go_along_with_the_manifests_that_are_written(tmp_path):
    arm = pycrane.Client().open(INDEX).index_manifest.manifests[1]
    source = parse_location(f"dir:{tmp_path}/a")
    warned = []

    def listen(event):
        if isinstance(event, pycrane.Warned):
            warned.append(event.text)

    with pycrane.Client(listener=listen) as client:
        client.copy(INDEX, source)
        (tmp_path / "a/signature-1").write_bytes(b"top")
        (tmp_path / f"a/{arm.digest.encoded}.signature-1").write_bytes(b"arm 1")
        (tmp_path / f"a/{arm.digest.encoded}.signature-2").write_bytes(b"arm 2")
        client.copy(source, parse_location(f"dir:{tmp_path}/all"))
        assert warned == []
        client.copy(source, parse_location(f"dir:{tmp_path}/one"), platforms=str(arm.platform))
    assert warned == [f"signatures are left out, of manifests that are not written: {INDEX.digest}"]
    assert (tmp_path / "all/signature-1").read_bytes() == b"top"
    assert (tmp_path / f"all/{arm.digest.encoded}.signature-2").read_bytes() == b"arm 2"
    assert sorted(path.name for path in (tmp_path / "one").glob("*signature*")) == [
        "signature-1",
        "signature-2",
    ]
    assert (tmp_path / "one/signature-1").read_bytes() == b"arm 1"


def test_signatures_that_a_target_cannot_hold_are_told_of(pycrane, tmp_path):
    with_signature = tmp_path / "a"
    pycrane("cp", f"oci:{_layout(tmp_path)}", f"dir:{with_signature}")
    (with_signature / "signature-1").write_bytes(b"top")
    done = pycrane("cp", f"dir:{with_signature}", f"oci:{tmp_path}/b")
    assert "signatures are left behind: oci:" in done.stderr


def _layout(path):
    with pycrane.Client() as client:
        client.copy(IMAGE, parse_location(f"oci:{path}/layout"))
    return path / "layout"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: None, "there is no directory"),
        (lambda path: path.touch(), "x is a file, expected an image directory"),
        (lambda path: path.mkdir(), "it has no manifest.json; it seems to be an empty directory"),
        (
            lambda path: _layout(path.parent).rename(path),
            "is an OCI layout, expected an image directory",
        ),
    ],
    ids=["nothing", "file", "empty", "layout"],
)
def test_a_directory_without_an_image_is_refused(pycrane, tmp_path, make, message):
    make(tmp_path / "x")
    done = pycrane("manifest", f"dir:{tmp_path}/x", check=False)
    assert (done.returncode, done.stdout) == (1, b"")
    assert message in done.stderr


def test_a_directory_of_something_else_is_not_written_to(pycrane, tmp_path):
    (tmp_path / "x").mkdir()
    (tmp_path / "x/notes.txt").write_text("mine")
    done = pycrane("cp", f"oci:{_layout(tmp_path)}", f"dir:{tmp_path}/x", check=False)
    assert done.returncode == 1
    assert "is not an image directory: it holds notes.txt and has no version file" in done.stderr
    assert "name an empty directory or a new one" in done.stderr
    assert [path.name for path in (tmp_path / "x").iterdir()] == ["notes.txt"]
