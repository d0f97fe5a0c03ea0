"""Trees on a real disk: what umoci leaves of an image's layers, and what GNU tar leaves of one tar."""

from __future__ import annotations

import os
import stat
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from peers import images, media
from peers.programs import Program, locate


@dataclass(frozen=True, slots=True)
class OnDisk:
    """What one path shows; `names` are all paths of its inode."""

    kind: int
    about: tuple[int, ...]
    target: str
    content: bytes
    xattrs: tuple[tuple[str, bytes], ...]
    names: frozenset[str]

    @property
    def is_directory(self) -> bool:
        return stat.S_ISDIR(self.kind)

    def without_time(self) -> OnDisk:
        return replace(self, about=(*self.about[:3], self.about[4]))


def by_umoci(umoci: Program, folder: Path, layers: Sequence[bytes]) -> dict[str, OnDisk]:
    """Let umoci unpack an image of these layers as root."""
    made = images.image(*(images.layer(layer, compression="") for layer in layers))
    layout = media.write_layout(folder / "layout", made, names={made.digest: "1"})
    umoci("unpack", "--image", f"{layout}:1", folder / "bundle")
    return look(folder / "bundle/rootfs")


def by_tar(folder: Path, tar: bytes) -> dict[str, OnDisk]:
    """Let GNU tar extract one tar as root."""
    target = folder / "extracted"
    target.mkdir()
    command = [locate("tar"), "-x", "-p", "--numeric-owner", "--xattrs", "--xattrs-include=*"]
    command += ["--delay-directory-restore", "-C", str(target)]
    done = subprocess.run(command, input=tar, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    return look(target)


def look(root: Path) -> dict[str, OnDisk]:
    """All paths below a folder."""
    found = {str(path.relative_to(root)): path.lstat() for path in root.rglob("*")}
    names: dict[int, set[str]] = {}
    for path, status in found.items():
        names.setdefault(status.st_ino, set()).add(path)
    return {
        path: _on_disk(root / path, status, frozenset(names[status.st_ino])) for path, status in found.items()
    }


def _on_disk(path: Path, status: os.stat_result, names: frozenset[str]) -> OnDisk:
    link = stat.S_ISLNK(status.st_mode)
    return OnDisk(
        stat.S_IFMT(status.st_mode),
        (stat.S_IMODE(status.st_mode), status.st_uid, status.st_gid, int(status.st_mtime), status.st_rdev),
        str(path.readlink()) if link else "",
        path.read_bytes() if stat.S_ISREG(status.st_mode) else b"",
        tuple(
            (name, os.getxattr(path, name, follow_symlinks=False))
            for name in sorted(os.listxattr(path, follow_symlinks=False))
        ),
        names,
    )
