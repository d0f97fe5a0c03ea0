"""Directories that are not images, recognised by what is in them, with what to do instead."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from contextlib import closing, suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from pycrane._errors import ArchiveError
from pycrane._io.files import open_regular
from pycrane._io.stream import CHUNK

_LOOKED_AT = 1000
_ROOT_DIRECTORIES = frozenset(
    {"bin", "boot", "dev", "etc", "home", "lib", "proc", "root", "sbin", "usr", "var"}
)


@dataclass(frozen=True, slots=True)
class DirectoryKind:
    """The kind of a directory, as in `an empty directory`, and what to do to come to an image."""

    name: str
    hint: str


def kind_of(path: Path) -> DirectoryKind | None:
    """The kind of a directory that is not a layout and not an image directory; None if it is not known."""
    with suppress(OSError):
        with os.scandir(path) as entries:
            names = frozenset(entry.name for entry in islice(entries, _LOOKED_AT))
        return next((kind for look in _LOOKS if (kind := look(path, names))), None)
    return None


_Names = frozenset[str]


def _empty(path: Path, names: _Names) -> DirectoryKind | None:
    if names:
        return None
    return DirectoryKind("an empty directory", "give a tarball, an OCI layout or an image directory")


def _saved(path: Path, names: _Names) -> DirectoryKind | None:
    if "manifest.json" in names and _begins(path / "manifest.json", b"["):
        return DirectoryKind(
            "a tarball of docker save, unpacked",
            f"give the tarball, or pack it again: tar -C {path} -c . | pycrane push - IMAGE",
        )
    if "repositories" in names:
        return DirectoryKind(
            "a tarball of an old docker save, unpacked",
            "load it into an engine, and save it again from there",
        )
    return None


def _broken_layout(path: Path, names: _Names) -> DirectoryKind | None:
    if "oci-layout" not in names and "blobs" not in names:
        return None
    return DirectoryKind(
        "an OCI layout without its index", "its index.json got lost, or is not written yet: copy it again"
    )


def _inside_layout(path: Path, names: _Names) -> DirectoryKind | None:
    full = path.absolute()
    if full.name != "blobs" and full.parent.name != "blobs":
        return None
    layout = full.parent if full.name == "blobs" else full.parent.parent
    if not (layout / "index.json").is_file():
        return None
    return DirectoryKind("the inside of an OCI layout", f"give the layout itself: {layout}")


def _above(path: Path, names: _Names) -> DirectoryKind | None:
    found = sorted(name for name in names if (path / name / "index.json").is_file())
    if not found:
        return None
    return DirectoryKind("a directory of OCI layouts", f"give one of them, as in {path / found[0]}")


def _by_names(wanted: Iterable[str], least: int, name: str, hint: str) -> Callable[..., DirectoryKind | None]:
    """A look for at least so many of these names."""
    expected = frozenset(wanted)

    def look(path: Path, names: _Names) -> DirectoryKind | None:
        return DirectoryKind(name, hint.format(path=path)) if len(expected & names) >= least else None

    return look


def _by_path(inside: str, name: str, hint: str) -> Callable[..., DirectoryKind | None]:
    """A look for a path below the directory."""

    def look(path: Path, names: _Names) -> DirectoryKind | None:
        return DirectoryKind(name, hint) if (path / inside).exists() else None

    return look


def _begins(path: Path, text: bytes) -> bool:
    with suppress(ArchiveError), closing(open_regular(path, path.name, follow=True)) as file:
        return file.read(CHUNK).lstrip().startswith(text)
    return False


_SAVE_FROM_ENGINE = "save the image from its engine, as with: {} save -o FILE IMAGE"

_LOOKS: tuple[Callable[[Path, _Names], DirectoryKind | None], ...] = (
    _empty,
    _saved,
    _broken_layout,
    _inside_layout,
    _by_names(
        ("overlay-images", "overlay-layers", "vfs-images", "vfs-layers", "libpod", "storage.lock"),
        2,
        "the storage of Podman or buildah",
        _SAVE_FROM_ENGINE.format("podman"),
    ),
    _by_path("image/overlay2", "the data of a Docker engine", _SAVE_FROM_ENGINE.format("docker")),
    _by_names(
        ("io.containerd.content.v1.content", "io.containerd.metadata.v1.bolt"),
        1,
        "the data of containerd",
        "export the image from there: ctr images export FILE IMAGE",
    ),
    _by_path(
        "docker/registry/v2",
        "the storage of a registry",
        "start the registry on it, and copy the image from there",
    ),
    _by_names(
        ("config.json", "rootfs"),
        2,
        "a bundle of an OCI runtime",
        "make a layer of its files: tar -C {path}/rootfs -c . | pycrane append -f - -t IMAGE",
    ),
    _by_names(
        ("Dockerfile", "Containerfile", "dockerfile"),
        1,
        "a context to build an image from",
        "build it first, and save the image: docker build -t IMAGE {path}; docker save -o FILE IMAGE",
    ),
    _by_names(
        _ROOT_DIRECTORIES,
        4,
        "the file system of an image, unpacked",
        "make a layer of it: tar -C {path} -c . | pycrane append -f - -t IMAGE",
    ),
    _above,
)
