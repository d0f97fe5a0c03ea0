"""`pycrane registry gc`: what no manifest needs goes, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from peers.running import Pycrane
from server.plain_client import Client, descriptor, digest_of, image, index_of

from pycrane._errors import ArchiveError
from pycrane._server.collect import collect_garbage
from pycrane.server import Registry


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The folder of a registry that has stopped, with blobs that are needed and blobs that are not."""
    folder = tmp_path / "registry"
    with Registry(disk=folder) as registry, Client(registry.address) as client:
        layer = {"mediaType": "a/b", "size": 6, "digest": client.push_blob("a", b"needed")}
        client.push_manifest("a", descriptor(image(layers=[layer]))["digest"], image(layers=[layer]))
        client.push_manifest("a", "v", index_of(image(layers=[layer])))
        client.push_manifest("a", descriptor(image("untagged"))["digest"], image("untagged"))
        client.push_blob("a", b"garbage" * 1000)
        client.push_blob("b", b"needed")
    return folder


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.glob("blobs/*/*")}


def test_what_no_manifest_names_goes_and_the_rest_stays(root: Path) -> None:
    before = files(root / "a")
    collected = collect_garbage(root)
    assert {(name, str(digest)) for name, digest in collected.blobs} == {
        ("a", digest_of(b"garbage" * 1000)),
        ("b", digest_of(b"needed")),
    }
    assert collected.freed == 7000
    assert before - files(root / "a") == {digest_of(b"garbage" * 1000).removeprefix("sha256:")}
    with Registry(disk=root) as registry, Client(registry.address) as client:
        assert client.tags("a") == ["v"]
        assert client("GET", f"/v2/a/blobs/{digest_of(b'needed')}").body == b"needed"
        for manifest in (image("untagged"), index_of(image())):
            assert client("HEAD", f"/v2/a/manifests/{descriptor(manifest)['digest']}").status in (200, 404)
        assert client("HEAD", f"/v2/a/manifests/{descriptor(image('untagged'))['digest']}").status == 200


def test_a_second_time_there_is_nothing_to_do(root: Path) -> None:
    collect_garbage(root)
    assert collect_garbage(root).blobs == ()


def test_while_the_folder_is_served_what_is_new_stays(root: Path) -> None:
    with Registry(disk=root):
        assert collect_garbage(root).blobs == ()


def test_a_repository_with_a_manifest_nobody_understands_is_left_alone(root: Path) -> None:
    index = json.loads((root / "a/index.json").read_bytes())
    odd = b"not a manifest"
    entry = {"mediaType": "application/octet-stream", "size": len(odd), "digest": digest_of(odd)}
    (root / "a/index.json").write_text(json.dumps({**index, "manifests": [*index["manifests"], entry]}))
    (root / "a/blobs" / digest_of(odd).replace(":", "/")).write_bytes(odd)
    before = files(root / "a")
    collected = collect_garbage(root)
    assert [name for name, _ in collected.skipped] == ["a"]
    assert files(root / "a") == before


def test_files_that_are_no_blobs_stay(root: Path) -> None:
    note = root / "a/blobs/sha256/README"
    note.write_text("mine")
    collect_garbage(root)
    assert note.exists()


def test_temporary_files_of_a_killed_writer_go(root: Path) -> None:
    left = root / "a/.pycrane-left"
    left.write_bytes(b"x")
    upload = root / ".pycrane/uploads/left"
    upload.write_bytes(b"x")
    collect_garbage(root)
    assert not left.exists()
    assert not upload.exists()


def test_a_folder_that_is_no_registrys_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="is not the directory of a registry"):
        collect_garbage(tmp_path)


def test_the_command_prints_what_it_removed(root: Path, pycrane: Pycrane) -> None:
    result = pycrane("registry", "gc", root)
    garbage = f"a@{digest_of(b'garbage' * 1000)}"
    assert sorted(result.lines) == sorted([garbage, f"b@{digest_of(b'needed')}"])
    assert "2 blobs removed, 7000 bytes freed" in result.stderr
