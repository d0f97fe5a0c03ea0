"""Images made to be hard to merge, by what is hard in them: the tars of their layers, the lowest first."""

from __future__ import annotations

import io
import tarfile

Member = tuple[tarfile.TarInfo, bytes]


def entry(name: str, kind: bytes, link: str = "", content: bytes = b"", **about: object) -> Member:
    """A member of any type; `about` sets further fields of it."""
    member = tarfile.TarInfo(name)
    member.type, member.linkname, member.size, member.mtime = kind, link, len(content), 1_000_000_000
    for field, value in about.items():
        setattr(member, field, value)
    return member, content


def file(name: str, content: bytes = b"", **about: object) -> Member:
    return entry(name, tarfile.REGTYPE, content=content, **about)


def directory(name: str, **about: object) -> Member:
    return entry(name, tarfile.DIRTYPE, **{"mode": 0o755, **about})


def symlink(name: str, target: str) -> Member:
    return entry(name, tarfile.SYMTYPE, target, mode=0o777)


def link(name: str, target: str) -> Member:
    return entry(name, tarfile.LNKTYPE, target)


def whiteout(path: str) -> Member:
    head, slash, name = path.rpartition("/")
    return file(f"{head}{slash}.wh.{name}")


def opaque(path: str) -> Member:
    return file(f"{path}/.wh..wh..opq".lstrip("/"))


def layer(*members: Member, style: int = tarfile.PAX_FORMAT) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=style) as archive:
        for member, content in members:
            archive.addfile(member, io.BytesIO(content))
    return out.getvalue()


_USR = (directory("usr"), directory("usr/lib"), symlink("lib", "usr/lib"), file("usr/lib/foo", b"old"))
_TREE = (directory("d"), directory("d/e"), file("d/a", b"1"), file("d/e/b", b"2"))
_LINKED = (file("t1", b"old"), link("t2", "t1"), link("t3", "t1"))
_LONG = "/".join(["directory-with-a-long-name"] * 6)

ALL: dict[str, list[bytes]] = {
    "no layers but an empty one": [layer()],
    "a replaced file": [layer(file("a", b"1")), layer(file("a", b"2"))],
    "a removed file": [layer(file("a", b"1"), file("b")), layer(whiteout("a"))],
    "a removed directory": [layer(*_TREE), layer(whiteout("d"))],
    "a removed directory made anew": [layer(*_TREE), layer(whiteout("d"), directory("d"), file("d/c"))],
    "a whiteout before the file itself": [layer(file("a", b"1")), layer(whiteout("a"), file("a", b"2"))],
    "a whiteout of nothing": [layer(file("a")), layer(directory("x"), whiteout("x/y"), whiteout("b"))],
    "an opaque directory": [layer(*_TREE), layer(directory("d"), opaque("d"), file("d/c"))],
    "an opaque directory said last": [layer(*_TREE), layer(directory("d"), file("d/c"), opaque("d"))],
    "an opaque directory behind a link that was made after it was asked for": [
        layer(),
        layer(directory("b"), directory("b/c"), file("b/c/a"), symlink("a", "b")),
        layer(whiteout("c/c/a"), symlink("c", "a"), opaque("c/c")),
    ],
    "an opaque directory that is opened again": [
        layer(*_TREE),
        layer(directory("d"), opaque("d")),
        layer(directory("d"), directory("d/e"), file("d/e/c")),
    ],
    "an opaque root": [layer(*_TREE), layer(opaque(""), file("c"))],
    "new attributes for a directory": [layer(*_TREE), layer(directory("d", mode=0o700, uid=5, mtime=9))],
    "a file in place of a directory": [layer(*_TREE), layer(file("d"))],
    "a directory in place of a file": [layer(file("d")), layer(*_TREE)],
    "a directory, a file and a directory again": [
        layer(*_TREE),
        layer(file("d")),
        layer(directory("d"), file("d/c")),
    ],
    "a symbolic link in place of a directory": [layer(*_TREE), layer(symlink("d", "elsewhere"))],
    "a directory in place of a symbolic link": [layer(*_USR), layer(directory("lib"), file("lib/foo"))],
    "a file below a symbolic link of a lower layer": [layer(*_USR), layer(file("lib/foo", b"new"))],
    "a whiteout below a symbolic link of a lower layer": [layer(*_USR), layer(whiteout("lib/foo"))],
    "an opaque directory below a symbolic link": [layer(*_USR), layer(opaque("lib"), file("lib/bar"))],
    "a file below symbolic links of several layers": [
        layer(*_USR),
        layer(symlink("l1", "/lib"), symlink("usr/l2", "../l1")),
        layer(file("usr/l2/foo", b"new")),
        layer(whiteout("l1")),
    ],
    "a file below a symbolic link that was replaced": [
        layer(*_USR),
        layer(file("lib/foo", b"new")),
        layer(directory("lib"), file("lib/x")),
    ],
    "a file below a symbolic link of its own layer": [layer(*_USR, file("lib/bar"))],
    "a file below a symbolic link to nothing": [layer(symlink("s", "x/y")), layer(file("s/a"))],
    "a file without its parents": [layer(file("x/y/z")), layer(file("x/y/w")), layer(whiteout("x/y/z"))],
    "hard links to a replaced file": [layer(*_LINKED), layer(file("t1", b"new"))],
    "hard links to a removed file": [layer(*_LINKED), layer(whiteout("t1"))],
    "a hard link to a file of a lower layer": [layer(file("a", b"1")), layer(link("b", "a"))],
    "a hard link to a file that is replaced above": [
        layer(file("a", b"1", mode=0o600)),
        layer(link("b", "a")),
        layer(link("c", "b")),
        layer(file("a", b"2")),
        layer(whiteout("b")),
    ],
    "hard links through all layers": [
        layer(*_LINKED),
        layer(link("t4", "t2"), file("t2", b"newer")),
        layer(whiteout("t1"), link("t5", "t4"), link("t6", "t2")),
        layer(file("t4"), file("t3")),
    ],
    "a hard link to a symbolic link": [layer(symlink("s", "a"), link("h", "s")), layer(whiteout("s"))],
    "a hard link behind a symbolic link": [layer(*_USR), layer(link("h", "lib/foo"))],
    "a hard link in a removed directory": [
        layer(*_TREE, link("d/e/h", "d/a"), link("h", "d/e/h")),
        layer(whiteout("d")),
    ],
    "one path several times": [layer(file("a", b"1"), link("b", "a"), file("a", b"2"), link("c", "a"))],
    "one hidden path several times": [
        layer(file("a", b"1"), link("b", "a"), file("a", b"2"), link("c", "a")),
        layer(file("a", b"3")),
    ],
    "a late link that is replaced": [
        layer(file("a", b"1"), link("b", "a"), file("b", b"2")),
        layer(whiteout("a")),
    ],
    "a link into a lower layer that is replaced": [
        layer(file("a", b"1")),
        layer(link("b", "a"), file("b", b"2"), link("c", "a")),
    ],
    "a link that a lower layer has and replaces": [
        layer(file("a", b"1")),
        layer(link("b", "a"), file("b", b"2")),
        layer(link("b", "a")),
    ],
    "a removed link between two that stay": [
        layer(file("a", b"1"), link("b", "a"), link("c", "b")),
        layer(whiteout("b")),
    ],
    "a removed link into a lower layer between two that stay": [
        layer(file("a", b"1")),
        layer(link("b", "a"), link("c", "b")),
        layer(whiteout("b")),
    ],
    "two late links to one file": [layer(*_LINKED, link("t4", "t2")), layer(whiteout("t1"))],
    "a file behind a hard link to a symbolic link": [
        layer(*_USR, link("h", "lib")),
        layer(link("i", "h"), file("i/foo", b"new"), file("h/bar")),
    ],
    "a directory in place of a symbolic link, far below": [
        layer(*_USR),
        layer(directory("lib")),
        layer(file("lib/foo", b"new")),
    ],
    "names that are not plain": [
        layer(directory("./"), file("./a", b"1"), directory("./d/"), file(".//d/./b"), file("d/../c")),
        layer(file("/a", b"2"), link("./e", "./c"), link("f", "/d/b")),
    ],
    "long names": [
        layer(directory(_LONG), file(f"{_LONG}/file", b"1"), link(f"{_LONG}/link", f"{_LONG}/file")),
        layer(file(f"{_LONG}/file", b"2"), style=tarfile.GNU_FORMAT),
        layer(link("h", f"{_LONG}/file"), whiteout(f"{_LONG}/file"), style=tarfile.GNU_FORMAT),
    ],
    "names that are no ASCII": [
        layer(directory("ä"), file("ä/ö", b"1"), link("ü", "ä/ö")),
        layer(file("ä/ö", b"2"), style=tarfile.GNU_FORMAT),
    ],
    "names that begin as whiteouts do": [layer(file(".a"), file(".wha"), file("wh.b"), file("...", b"1"))],
    "devices, pipes and attributes": [
        layer(
            entry("c", tarfile.CHRTYPE, devmajor=1, devminor=3, mode=0o666),
            entry("p", tarfile.FIFOTYPE),
            file("s", b"#!", mode=0o4755, uid=7, gid=8),
            file("x", pax_headers={"SCHILY.xattr.user.note": "kept"}),
            link("y", "x"),
        ),
        layer(whiteout("x")),
    ],
}
