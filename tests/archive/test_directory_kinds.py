"""A directory that holds no image is called what it seems to be, with what to do instead."""

from __future__ import annotations

import os

import pytest
from archive.views import golden
from peers.media import docker_save_files, write_layout

from pycrane._archive.source import open_path
from pycrane._errors import ArchiveError


def message_and_hint(path):
    with pytest.raises(ArchiveError) as caught:
        open_path(path)
    return str(caught.value), caught.value.hint


def made(root, *paths):
    for each in paths:
        (root / each).parent.mkdir(parents=True, exist_ok=True)
        (root / each).mkdir() if each.endswith("/") else (root / each).write_text("{}")
    return root


@pytest.mark.parametrize(
    ("paths", "kind", "hint"),
    [
        ([], "an empty directory", "give a tarball, an OCI layout"),
        (["oci-layout", "blobs/"], "an OCI layout without its index", "copy it again"),
        (["blobs/"], "an OCI layout without its index", "copy it again"),
        (["overlay-images/", "overlay-layers/"], "the storage of Podman or buildah", "podman save -o FILE"),
        (["vfs-images/", "storage.lock"], "the storage of Podman or buildah", "podman save -o FILE"),
        (["image/overlay2/", "containers/"], "the data of a Docker engine", "docker save -o FILE IMAGE"),
        (["io.containerd.content.v1.content/"], "the data of containerd", "ctr images export FILE IMAGE"),
        (["docker/registry/v2/"], "the storage of a registry", "copy the image from there"),
        (
            ["config.json", "rootfs/"],
            "a bundle of an OCI runtime",
            "tar -C {path}/rootfs -c . | pycrane append",
        ),
        (["Dockerfile", "src/"], "a context to build an image from", "docker build -t IMAGE {path}"),
        (["Containerfile"], "a context to build an image from", "docker build -t IMAGE {path}"),
        (
            ["bin/", "etc/", "usr/", "var/"],
            "the file system of an image",
            "tar -C {path} -c . | pycrane append",
        ),
        (["repositories", "aa/layer.tar"], "a tarball of an old docker save, unpacked", "save it again"),
        (["a/index.json", "b/index.json"], "a directory of OCI layouts", "as in {path}/a"),
    ],
)
def test_the_kind_of_a_directory_is_said_and_what_to_do(folder, paths, kind, hint):
    message, said = message_and_hint(made(folder, *paths))
    assert message.startswith(f"{folder} is not an OCI layout: it has no index.json; it seems to be {kind}")
    assert hint.format(path=folder) in said


def test_a_tarball_of_docker_save_that_was_unpacked_is_to_be_packed_again(folder):
    for name, data in docker_save_files(golden()).items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(data)
    message, hint = message_and_hint(folder)
    assert "a tarball of docker save, unpacked" in message
    assert f"tar -C {folder} -c . | pycrane push - IMAGE" in hint


@pytest.mark.parametrize("inside", ["blobs", "blobs/sha256"])
def test_the_inside_of_a_layout_leads_to_the_layout(folder, inside, monkeypatch):
    write_layout(folder, golden())
    message, hint = message_and_hint(folder / inside)
    assert "the inside of an OCI layout" in message
    assert str(folder) in hint
    monkeypatch.chdir(folder / inside)
    assert str(folder) in message_and_hint(".")[1]


def test_a_directory_of_any_other_kind_is_not_guessed_at(folder):
    message, hint = message_and_hint(made(folder, "some/", "file"))
    assert message == f"{folder} is not an OCI layout: it has no index.json"
    assert hint is None


def test_a_pipe_called_like_a_file_of_an_image_is_not_waited_for(folder):
    os.mkfifo(folder / "manifest.json")
    os.mkfifo(folder / "version")
    assert "is not an OCI layout" in message_and_hint(folder)[0]
