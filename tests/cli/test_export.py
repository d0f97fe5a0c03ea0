"""`export` writes the file system of an image as one tar, from wherever the image is."""

from __future__ import annotations

import io
import json
import os
import tarfile

import pytest
from peers import images, media

LAYERS = [
    images.layer({"a": b"old", "d": None, "d/b": b"1", "gone": b"?"}, compression="gzip"),
    images.layer({"a": b"new", "d/.wh.b": b"", ".wh.gone": b""}, compression="zstd"),
    images.layer({"c": b"3", "link": "a"}, compression=""),
]
IMAGE = images.image(*LAYERS)
FILES = {"a": b"new", "c": b"3", "d": None, "link": "a"}
INDEX = images.multi_platform("linux/amd64", "linux/arm64/v8", attested=True)


def files(tar):
    """Contents by name: bytes of files, targets of links, None for folders."""
    with tarfile.open(fileobj=io.BytesIO(tar)) as archive:
        return {
            member.name: member.linkname or (archive.extractfile(member).read() if member.isfile() else None)
            for member in archive
        }


@pytest.fixture
def place(docker_registry, repo):
    def pushed(root):
        media.push(docker_registry, repo, root, "v1")
        return f"{docker_registry.host}/{repo}:v1"

    return pushed


def artifact(*contents):
    blobs = [images.Layer("application/x-note", data) for data in contents]
    return images.assemble(images.Blob("application/vnd.oci.empty.v1+json", b"{}"), blobs)


@pytest.mark.parametrize("words", [[], ["-"]])
def test_standard_output_gets_the_files_of_an_image_in_a_registry(pycrane, place, words):
    assert files(pycrane("export", place(IMAGE), *words).stdout) == FILES


def test_a_file_gets_the_same_bytes(pycrane, place, tmp_path):
    name = place(IMAGE)
    result = pycrane("export", name, "files.tar")
    assert result.stdout == b""
    assert (tmp_path / "files.tar").read_bytes() == pycrane("export", name).stdout


def test_a_tarball_on_standard_input_is_read(pycrane, tmp_path):
    saved = media.write_docker_save(tmp_path / "saved.tar", IMAGE, tags={IMAGE.digest: ["example.com/a:1"]})
    assert files(pycrane("export", "-", stdin=saved.read_bytes()).stdout) == FILES
    assert files(pycrane("export", "-", "-", stdin=saved.read_bytes()).stdout) == FILES


@pytest.mark.parametrize("medium", ["layout", "tarball"])
def test_local_images_are_read(pycrane, tmp_path, medium):
    if medium == "layout":
        media.write_layout(tmp_path / "local", IMAGE)
    else:
        media.write_docker_save(tmp_path / "local", IMAGE, tags={})
    assert files(pycrane("export", "local").stdout) == FILES


def test_the_files_are_those_that_umoci_unpacks(pycrane, place, tmp_path, umoci):
    plain = images.image(*(images.layer(layer.content, compression="gzip") for layer in LAYERS))
    media.write_layout(tmp_path / "layout", plain, names={plain.digest: "v1"})
    umoci("raw", "unpack", "--rootless", "--image", "layout:v1", "unpacked")
    found = {}
    for path in (tmp_path / "unpacked").rglob("*"):
        name = str(path.relative_to(tmp_path / "unpacked"))
        if path.is_symlink():
            found[name] = str(path.readlink())
        else:
            found[name] = path.read_bytes() if path.is_file() else None
    assert files(pycrane("export", place(plain)).stdout) == found


def test_of_an_index_the_image_for_the_platform_is_taken(pycrane, place):
    name = place(INDEX)
    assert files(pycrane("export", name).stdout) == {"hello.txt": b"hello linux/amd64\n"}
    arm = pycrane("export", "--platform", "linux/arm64", name)
    assert files(arm.stdout) == {"hello.txt": b"hello linux/arm64/v8\n"}
    missing = pycrane("export", "--platform", "linux/s390x", name, "files.tar", check=False)
    assert (missing.returncode, "linux/arm64/v8" in missing.stderr) == (3, True)


def test_several_platforms_are_too_many(pycrane, place):
    result = pycrane("export", "--platform", "linux/amd64,linux/arm64", place(INDEX), check=False)
    assert (result.returncode, result.stdout) == (2, b"")


def test_the_one_blob_of_an_artifact_is_written_as_it_is_stored(pycrane, place):
    content = LAYERS[0].data
    assert pycrane("export", place(artifact(content))).stdout == content


def test_several_blobs_are_no_file_system(pycrane, place):
    result = pycrane("export", place(artifact(b"1", b"2")), check=False)
    assert (result.returncode, result.stdout) == (1, b"")
    assert "no file system" in result.stderr


def test_several_images_have_to_be_told_apart(pycrane, tmp_path):
    other = images.image()
    media.write_layout(tmp_path / "layout", IMAGE, other, names={IMAGE.digest: "a", other.digest: "b"})
    result = pycrane("export", "layout", check=False)
    assert (result.returncode, result.stdout) == (1, b"")
    assert "2 images: a, b" in result.stderr


def test_a_broken_layer_leaves_the_file_that_was_there(pycrane, tmp_path):
    layout, out = media.write_layout(tmp_path / "layout", IMAGE), tmp_path / "files.tar"
    blob = layout / "blobs" / LAYERS[0].digest.replace(":", "/")
    blob.write_bytes(blob.read_bytes()[:-9])
    out.write_bytes(b"before")
    there = set(tmp_path.iterdir())
    result = pycrane("export", "layout", "files.tar", check=False)
    assert (result.returncode, out.read_bytes()) == (1, b"before")
    assert LAYERS[0].digest in result.stderr
    assert set(tmp_path.iterdir()) == there
    assert pycrane("export", "layout", check=False).returncode == 1


def test_a_terminal_gets_no_tar(terminal, place):
    result = terminal("export", place(IMAGE), all_streams=True)
    assert result.returncode == 2
    assert "terminal" in result.screen
    assert "\0" not in result.screen


def test_a_reader_that_goes_away_ends_it(pycrane, place):
    large = images.image(images.layer({"large": os.urandom(1 << 23)}))
    with pycrane.start("export", place(large)) as process:
        process.stdout.read(512)
        process.stdout.close()
        assert process.wait(30) != 0


def config_of(*diff_ids):
    return json.dumps({"os": "linux", "rootfs": {"type": "layers", "diff_ids": list(diff_ids)}}).encode()


def test_an_image_whose_configuration_names_no_diff_ids_is_exported(pycrane, place):
    image = images.assemble(images.Blob(images.OCI_CONFIG, config_of()), LAYERS)
    assert files(pycrane("export", place(image)).stdout) == FILES


def test_a_layer_that_does_not_have_its_diff_id_is_not_exported_or_flattened(pycrane, place, tmp_path):
    wrong = images.digest_of(b"something else")
    config = config_of(LAYERS[0].diff_id, wrong, LAYERS[2].diff_id)
    name = place(images.assemble(images.Blob(images.OCI_CONFIG, config), LAYERS))
    for words in (("export", name, "files.tar"), ("flatten", name, "-t", f"{name}-flat")):
        done = pycrane(*words, check=False)
        assert done.returncode == 1
        assert f"layer {LAYERS[1].digest} without its compression has the digest" in done.stderr
        assert f"{LAYERS[1].diff_id}, expected {wrong}" in done.stderr
    assert not (tmp_path / "files.tar").exists()


@pytest.mark.parametrize("count", [1, 2])
def test_encrypted_layers_are_copied_and_called_encrypted_where_their_files_are_wanted(pycrane, place, count):
    layers = [
        images.Layer("application/vnd.oci.image.layer.v1.tar+gzip+encrypted", b"?%d" % n)
        for n in range(count)
    ]
    name = place(
        images.assemble(images.Blob(images.OCI_CONFIG, config_of(*[images.digest_of(b"x")] * count)), layers)
    )
    pycrane("copy", name, f"{name}-copy")
    assert pycrane("digest", f"{name}-copy").stdout == pycrane("digest", name).stdout
    for words in (
        ("export", name, "-"),
        ("flatten", name, "-t", f"{name}-flat"),
        ("mutate", name, "--compression", "zstd", "-t", f"{name}-zstd"),
    ):
        done = pycrane(*words, check=False)
        assert done.returncode == 1
        assert f"layer {layers[0].digest} is encrypted" in done.stderr
        assert done.stdout == b""
