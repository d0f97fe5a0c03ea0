"""`validate` says PASS or FAIL for what is in a registry, a tarball or a layout."""

from __future__ import annotations

import pytest
from peers import images
from peers.media import push, push_blob, write_docker_save, write_docker_save_25, write_layout

A, B = images.layer({"a": b"1\n"}), images.layer({"b": b"2\n"})
WRONG = images.image(A, extra={"rootfs": {"type": "layers", "diff_ids": [B.diff_id]}})


def test_a_good_image_passes(pycrane, docker_registry, repo):
    push(docker_registry, repo, images.image(A, B), "v1")
    name = f"{docker_registry.host}/{repo}:v1"
    result = pycrane("validate", "--remote", name)
    assert (result.stdout, result.stderr) == (f"PASS: {name}\n".encode(), "")


def test_each_layer_is_downloaded_once(pycrane, docker_registry, repo):
    root = images.index(images.image(A, B), images.image(A, B, platform="linux/arm64"))
    push(docker_registry, repo, root, "v1")
    pycrane("validate", "--remote", f"{docker_registry.host}/{repo}:v1")
    blobs = [seen.path for seen in docker_registry.requests() if A.digest in seen.path]
    assert len(blobs) == 1
    assert len(docker_registry.requests()) == 1 + 2 + 2 + 2


def test_fast_downloads_no_layer(pycrane, docker_registry, repo):
    push(docker_registry, repo, images.image(A), "v1")
    pycrane("validate", "--fast", "--remote", f"{docker_registry.host}/{repo}:v1")
    layer = [seen.method for seen in docker_registry.requests() if A.digest in seen.path]
    assert layer == ["HEAD"]


def test_what_is_wrong_is_said_and_the_exit_code_is_1(pycrane, docker_registry, repo):
    push(docker_registry, repo, WRONG, "v1")
    name = f"{docker_registry.host}/{repo}:v1"
    result = pycrane("validate", "--remote", name, check=False)
    assert result.returncode == 1
    assert result.text.startswith(f"FAIL: {name}: layers[0]: ")
    assert len(result.lines) == 1


def test_fast_says_which_layer_a_registry_has_lost(pycrane, start_docker_registry, repo):
    registry = start_docker_registry()
    push(registry, repo, images.image(A, B), "v1")
    kept = next(registry.root.rglob(f"_layers/sha256/{A.digest.removeprefix('sha256:')}/link"))
    kept.unlink()
    name = f"{registry.host}/{repo}:v1"
    for flags in (("--fast",), ()):
        result = pycrane("validate", *flags, "--remote", name, check=False)
        assert result.returncode == 1
        assert result.text.startswith(f"FAIL: {name}: layers[0]: ")


def test_one_platform_of_an_index_can_be_validated_alone(pycrane, docker_registry, repo):
    wrong = images.image(A, platform="linux/arm64", extra={"history": [{}, {}]})
    push(docker_registry, repo, images.index(images.image(B), wrong), "v1")
    name = f"{docker_registry.host}/{repo}:v1"
    assert pycrane("validate", "--remote", name, check=False).returncode == 1
    assert pycrane("validate", "--remote", name, "--platform", "linux/amd64").text == f"PASS: {name}"


def test_an_image_that_is_not_there_is_an_error_and_no_verdict(pycrane, docker_registry, repo):
    push_blob(docker_registry, repo, A)
    result = pycrane("validate", "--remote", f"{docker_registry.host}/{repo}:v1", check=False)
    assert (result.returncode, result.stdout) == (3, b"")
    assert "MANIFEST_UNKNOWN" in result.stderr


@pytest.mark.parametrize("write", [write_docker_save, write_docker_save_25], ids=["save", "save-25"])
def test_tarballs_are_validated_with_all_their_images(pycrane, tmp_path, write):
    zstd = images.layer({"a": b"1\n"}, compression="zstd")
    good = write(tmp_path / "good.tar", images.image(A, zstd), images.image(B))
    assert pycrane("validate", "--tarball", good).text == f"PASS: {good}"
    assert pycrane("validate", "--tarball", "-", stdin=good.read_bytes()).text == "PASS: -"
    bad = write(tmp_path / "bad.tar", images.image(A), WRONG)
    result = pycrane("validate", "--tarball", bad, check=False)
    assert result.returncode == 1
    assert result.text.startswith(f"FAIL: {bad}: ")


def test_layouts_are_validated(pycrane, tmp_path):
    folder = write_layout(tmp_path / "layout", images.multi_platform(attested=True), images.image(A))
    assert pycrane("validate", "--layout", folder).text == f"PASS: {folder}"
    blob = folder / "blobs" / A.digest.replace(":", "/")
    blob.write_bytes(b"other bytes")
    (folder / "oci-layout").unlink()
    result = pycrane("validate", "--layout", folder, check=False)
    assert result.returncode == 1
    assert result.lines == [
        f"FAIL: {folder}: manifests[1]: layers[0]: {A.digest} ends after 11 of {len(A.data)} bytes",
        f"FAIL: {folder}: layout {folder} has no file oci-layout",
    ]
    blob.unlink()
    result = pycrane("validate", "--fast", "--layout", folder, check=False)
    assert "layers[0]: " in result.lines[0]


def test_several_things_are_validated_in_one_run(pycrane, docker_registry, repo, tmp_path):
    push(docker_registry, repo, images.image(B), "v1")
    name, bad = f"{docker_registry.host}/{repo}:v1", write_docker_save(tmp_path / "bad.tar", WRONG)
    result = pycrane("validate", "--tarball", bad, "--remote", name, check=False)
    assert result.returncode == 1
    assert [line.partition(":")[0] for line in result.lines] == ["FAIL", "PASS"]


def test_with_nothing_to_validate_it_says_so(pycrane):
    result = pycrane("validate", check=False)
    assert result.returncode == 2
    assert "one of --remote, --tarball and --layout" in result.stderr
