"""`layout gc` deletes blobs that nothing leads to, and nothing else."""

from __future__ import annotations

import json

import pytest
from peers import images
from peers.media import layout_files, write_layout

KEPT = images.index(
    images.multi_platform("linux/amd64", "linux/arm64", attested=True), images.image(platform="linux/s390x")
)
GONE = images.image(images.layer({"gone": b"1"}), platform="linux/ppc64le")


def blobs(folder):
    return {f"{file.parent.name}:{file.name}" for file in (folder / "blobs").glob("*/*")}


def blobs_of(root):
    return {path.removeprefix("blobs/").replace("/", ":") for path in layout_files(root) if "blobs/" in path}


def forget(folder, digest):
    index = json.loads((folder / "index.json").read_text())
    index["manifests"] = [entry for entry in index["manifests"] if entry["digest"] != digest]
    (folder / "index.json").write_text(json.dumps(index))


@pytest.fixture
def folder(tmp_path):
    folder = write_layout(tmp_path / "layout", KEPT, GONE)
    forget(folder, GONE.digest)
    return folder


def test_only_what_nothing_leads_to_is_deleted(pycrane, folder):
    result = pycrane("layout", "gc", folder)
    assert blobs(folder) == blobs_of(KEPT)
    garbage = sorted(blobs_of(GONE) - blobs_of(KEPT))
    assert result.stdout == b""
    assert result.stderr.splitlines() == [f"garbage collecting: {digest}" for digest in garbage]
    assert pycrane("layout", "gc", folder).stderr == ""


def test_a_dry_run_only_tells(pycrane, folder):
    before = blobs(folder)
    result = pycrane("layout", "gc", "--dry-run", folder)
    assert blobs(folder) == before
    assert f"garbage: {GONE.digest}" in result.stderr.splitlines()


def test_images_that_are_not_complete_are_not_an_error(pycrane, folder):
    missing = KEPT.children[1]
    (folder / "blobs" / missing.digest.replace(":", "/")).unlink()
    pycrane("layout", "gc", folder)
    assert KEPT.children[0].digest in blobs(folder)
    assert GONE.digest not in blobs(folder)


def test_files_that_are_not_blobs_stay(pycrane, folder):
    others = [folder / "blobs" / "sha256" / ".temporary", folder / "blobs" / "sha256" / "README"]
    for other in others:
        other.write_text("mine")
    link = folder / "blobs" / "sha256" / ("f" * 64)
    link.symlink_to(folder / "index.json")
    pycrane("layout", "gc", folder)
    assert all(path.is_symlink() or path.exists() for path in [*others, link])


def test_nothing_is_deleted_if_a_manifest_cannot_be_read(pycrane, folder):
    broken = folder / "blobs" / KEPT.children[0].digest.replace(":", "/")
    broken.write_bytes(b"{}" + broken.read_bytes()[2:])
    before = blobs(folder)
    result = pycrane("layout", "gc", folder, check=False)
    assert result.returncode == 1
    assert KEPT.children[0].digest in result.stderr
    assert blobs(folder) == before


def test_a_directory_that_is_not_a_layout_is_an_error(pycrane, tmp_path):
    result = pycrane("layout", "gc", tmp_path, check=False)
    assert result.returncode == 1
    assert "is not an OCI layout" in result.stderr
