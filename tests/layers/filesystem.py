"""A file system in memory, to which layers are applied one after another as a runtime does.

It is made from the specification (OCI image spec, layer.md) and leans on no code of pycrane: its tars are
read by Python's tarfile.
"""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

XATTR = "SCHILY.xattr."


class ImpossibleError(Exception):
    """What no file system does: a file in a file, a link to nothing."""


@dataclass(eq=False, slots=True)
class Node:
    """An inode. A directory that no entry describes has no `about`; `since` tells which layer put a child."""

    kind: str
    about: tuple[object, ...] | None
    target: str = ""
    children: dict[str, Node] = field(default_factory=dict)
    since: dict[str, int] = field(default_factory=dict)

    @property
    def is_directory(self) -> bool:
        return self.kind == "directory"


@dataclass(frozen=True, slots=True)
class Seen:
    """What one path shows: `names` are all paths of its inode."""

    kind: str
    about: tuple[object, ...] | None
    target: str
    names: frozenset[str]


def entries_of(tar: bytes) -> Iterator[tuple[tarfile.TarInfo, bytes]]:
    """Members of a tar with their contents."""
    with tarfile.open(fileobj=io.BytesIO(tar), errorlevel=2, encoding="utf-8") as archive:
        for member in archive:
            content = archive.extractfile(member) if member.isreg() else None
            yield member, content.read() if content else b""


class FileSystem:
    """Starts empty. With `careful`, a file never replaces a directory that has something in it; with `tidy`,
    a layer has each path once, and opaque directories said first.
    """

    def __init__(self, *, careful: bool = False, tidy: bool = False) -> None:
        self.root = Node("directory", None)
        self.careful = careful
        self.tidy = tidy
        self.layers = -1
        self.lacked_parents = False

    def apply(self, tar: bytes) -> FileSystem:
        """Apply a whole layer."""
        self.begin()
        for member, content in entries_of(tar):
            self.add(member, content)
        return self

    def begin(self) -> None:
        self.layers += 1

    def add(self, member: tarfile.TarInfo, content: bytes = b"") -> None:
        """Apply one entry. Raises ImpossibleError, and leaves no change then but new parents."""
        *parents, base = [part for part in member.name.split("/") if part not in ("", ".")] or [""]
        if base == "":
            self.root.about = _about(member, content)
            return
        if base.startswith(".wh."):
            self._remove(parents, base)
        elif member.isdir():
            self._make_directory(self._directory(parents), base, member)
        else:
            self._make_file(self._directory(parents), base, self._inode(member, content))

    def _remove(self, parents: list[str], base: str) -> None:
        parent = self._find(parents)
        if parent is None:
            return
        if base == ".wh..wh..opq":
            if self.tidy and any(self._is_touched(parent, one) for one in parent.children):
                raise ImpossibleError("an opaque directory said late")
            self._prune(parent)
        else:
            self._white_out(parent, base.removeprefix(".wh."))

    def _inode(self, member: tarfile.TarInfo, content: bytes) -> Node:
        if member.islnk():
            *parents, base = [part for part in member.linkname.split("/") if part not in ("", ".")]
            parent = self._find(parents)
            found = parent.children.get(base) if parent else None
            if found is None or found.is_directory:
                raise ImpossibleError(f"a link to {member.linkname}")
            return found
        kind = "link" if member.issym() else f"type {member.type!r}"
        return Node(kind, _about(member, content), member.linkname)

    def _make_file(self, parent: Node, base: str, node: Node) -> None:
        old = parent.children.get(base)
        if old is node:
            raise ImpossibleError("a link to itself")
        self._check_first(parent, base)
        if old is not None and any(one is node for _, one in _below(old, "")):
            raise ImpossibleError("a link to what it replaces")
        if old is not None and old.children and (self.careful or self._is_touched(parent, base)):
            raise ImpossibleError("a file over a directory")
        parent.children[base], parent.since[base] = node, self.layers

    def _make_directory(self, parent: Node, base: str, member: tarfile.TarInfo) -> None:
        self._check_first(parent, base)
        node = parent.children.get(base)
        if node is None or not node.is_directory:
            node = parent.children[base] = Node("directory", None)
        node.about, parent.since[base] = _about(member), self.layers

    def _check_first(self, parent: Node, base: str) -> None:
        if self.tidy and base in parent.children and parent.since.get(base) == self.layers:
            raise ImpossibleError("one path twice")

    def _white_out(self, parent: Node, base: str) -> None:
        if base in parent.children and self._is_touched(parent, base):
            raise ImpossibleError("a whiteout after what it is for")
        parent.children.pop(base, None)

    def _prune(self, directory: Node) -> None:
        for base, child in list(directory.children.items()):
            if not self._is_touched(directory, base):
                del directory.children[base]
            elif child.is_directory:
                if directory.since.get(base) != self.layers:
                    child.about = None
                self._prune(child)

    def _is_touched(self, directory: Node, base: str) -> bool:
        child = directory.children[base]
        here = directory.since.get(base) == self.layers
        return here or any(self._is_touched(child, one) for one in child.children)

    def _directory(self, parents: Iterable[str]) -> Node:
        found = self._find(parents, make=True)
        assert found is not None
        return found

    def _find(self, parents: Iterable[str], *, make: bool = False) -> Node | None:
        way, todo, links = [self.root], list(parents)[::-1], 0
        while todo:
            part = todo.pop()
            if part == "..":
                way = way[:-1] or way
            if part in ("", ".", ".."):
                continue
            node = way[-1].children.get(part)
            if node is None:
                if not make:
                    return None
                self.lacked_parents = True
                node = way[-1].children[part] = Node("directory", None)
            if node.kind == "link":
                links += 1
                if links > 40:
                    raise ImpossibleError("a circle of links")
                way = way[:1] if node.target.startswith("/") else way
                todo += node.target.split("/")[::-1]
            elif node.is_directory:
                way.append(node)
            else:
                raise ImpossibleError("something in a file")
        return way[-1]

    def look(self) -> dict[str, Seen]:
        """All paths, without a slash in front."""
        found = dict(_below(self.root, ""))
        names: dict[int, set[str]] = {}
        for path, node in found.items():
            names.setdefault(id(node), set()).add(path)
        return {
            path: Seen(node.kind, node.about, node.target, frozenset(names[id(node)]))
            for path, node in found.items()
        }


def _below(directory: Node, prefix: str) -> Iterator[tuple[str, Node]]:
    for base, node in directory.children.items():
        yield prefix + base, node
        yield from _below(node, f"{prefix}{base}/")


def _about(member: tarfile.TarInfo, content: bytes = b"") -> tuple[object, ...]:
    xattrs = {key: value for key, value in member.pax_headers.items() if key.startswith(XATTR)}
    return (member.mode, member.uid, member.gid, int(member.mtime), content, tuple(sorted(xattrs.items())))
