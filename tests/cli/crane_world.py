"""Where the rows run: a folder with files to read, repositories to read and to write, and their names."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from cli import crane_images as pictures
from peers.images import Image, Index, tar
from peers.media import docker_save_files, push, write_docker_save, write_docker_save_25, write_layout
from peers.registry import Registry


@dataclass(frozen=True)
class World:
    """What one run of one row has: `names` stand in braces in its line, longer before shorter
    ones; its results go to `dst`.
    """

    registry: Registry
    repository: str
    folder: Path
    home: Path
    names: dict[str, str] = field(default_factory=dict)

    def words(self, line: str) -> list[str]:
        """The words of a line, with the names of this world."""
        return [self.named(word) for word in shlex.split(line)]

    def named(self, text: str) -> str:
        """Put the names of this world into a text."""
        for name, value in self.names.items():
            text = text.replace(f"{{{name}}}", value)
        return text

    def unnamed(self, data: bytes) -> bytes:
        """Take the names of this world out of what was written, so that worlds can be compared."""
        for name, value in self.names.items():
            data = data.replace(value.encode(), name.upper().encode())
        return data


Preparation = Callable[[World], None]


def tagged(root: Image | Index, *tags: str, below: str = "") -> Preparation:
    """Have an image in `{dst}` already."""

    def prepare(world: World) -> None:
        push(world.registry, world.repository + below, root, *tags)

    return prepare


def wrote(name: str, text: str) -> Preparation:
    """Have a text in a file, `home` being the person's home."""

    def prepare(world: World) -> None:
        path = world.home / name.removeprefix("home/") if name.startswith("home/") else world.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(world.named(text))

    return prepare


def saved(image: Image) -> bytes:
    """The tarball of an image without a name."""
    return tar(dict(docker_save_files(image)))


def write_inputs(folder: Path) -> None:
    """Write the files that every row may read."""
    folder.mkdir(exist_ok=True)
    for name, part in (("one", pictures.PLAIN[0]), ("two", pictures.PLAIN[1])):
        (folder / f"{name}.tar").write_bytes(part.content)
        (folder / f"{name}.tar.gz").write_bytes(pictures.stored_gzip(part.content))
        (folder / f"{name}.tar.zst").write_bytes(pictures.stored_zstd(part.content))
    (folder / "junk").write_bytes(b"neither a tarball nor anything else")
    tags = {pictures.OLD.digest: ["example.com/app:v1"], pictures.BASE1.digest: ["example.com/base:v1"]}
    write_docker_save(folder / "old.tar", pictures.OLD, tags=tags)
    write_docker_save(folder / "several.tar", pictures.OLD, pictures.BASE1, tags=tags)
    write_docker_save_25(folder / "new.tar", pictures.GZIPPED_DOCKER)
    (folder / "cut.tar").write_bytes((folder / "new.tar").read_bytes()[:6000])
    write_layout(folder / "layout", pictures.OCI, pictures.ARM)
    write_layout(folder / "single", pictures.OCI)
    write_layout(folder / "whole", pictures.MULTI)
    write_layout(folder / "littered", pictures.OCI)
    junk = folder / "littered/blobs/sha256" / pictures.ARM.digest.removeprefix("sha256:")
    junk.write_bytes(pictures.ARM.data)
    write_layout(folder / "gapped", pictures.OCI)
    (folder / "gapped/blobs/sha256" / pictures.PLAIN[0].digest.removeprefix("sha256:")).unlink()
