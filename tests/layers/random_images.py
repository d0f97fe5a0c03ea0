"""Random layers that a runtime can apply, with much that is rare: links of both kinds into lower layers,
replaced files, whiteouts, opaque directories, files in directories behind symbolic links.
"""

from __future__ import annotations

import copy
import io
import tarfile

from hypothesis import strategies as st
from layers.filesystem import XATTR, FileSystem, ImpossibleError, entries_of

_NAMES = st.sampled_from(["a", "b", "c"])
_PATHS = st.lists(_NAMES, min_size=1, max_size=3).map("/".join)
_TARGETS = st.one_of(_PATHS, _PATHS.map("/{}".format), _PATHS.map("../{}".format))
_KINDS = st.sampled_from(
    ["file"] * 3 + ["directory"] * 2 + ["hard link"] * 2 + ["link", "whiteout", "opaque", "fifo"]
)
_FORMATS = {"pax": tarfile.PAX_FORMAT, "gnu": tarfile.GNU_FORMAT, "ustar": tarfile.USTAR_FORMAT}


class RandomLayer:
    """A tar that is shown by its entries."""

    def __init__(self, tar: bytes) -> None:
        self.tar = tar

    def __repr__(self) -> str:
        shown = [f"{one.name} {one.type.decode()} {one.linkname}".strip() for one, _ in entries_of(self.tar)]
        return f"layer({', '.join(shown)})"


@st.composite
def layers(draw: st.DrawFn, *, tidy: bool = False) -> list[RandomLayer]:
    """The tars of an image's layers, the lowest first; every second image has an entry for each parent.

    Tidy layers have each path once, and opaque directories said first.
    """
    state, anchored = FileSystem(tidy=tidy), draw(st.booleans())
    return [RandomLayer(_layer(draw, state, anchored=anchored)) for _ in range(draw(st.integers(1, 4)))]


def _layer(draw: st.DrawFn, state: FileSystem, *, anchored: bool) -> bytes:
    out = io.BytesIO()
    state.begin()
    style = draw(st.sampled_from(sorted(_FORMATS)))
    done: set[str] = set()
    with tarfile.open(fileobj=out, mode="w", format=_FORMATS[style]) as archive:
        for number in range(draw(st.integers(0, 8))):
            for member, content in _members(draw, number, style, anchored=anchored, done=done):
                if _applies(state, member, content):
                    archive.addfile(member, io.BytesIO(content))
                    done.add(member.name)
    return out.getvalue()


def _members(
    draw: st.DrawFn, number: int, style: str, *, anchored: bool, done: set[str]
) -> list[tuple[tarfile.TarInfo, bytes]]:
    member, content = _member(draw, draw(_KINDS), draw(_PATHS), style)
    parents = member.name.split("/")[:-1] if anchored else []
    found = ["/".join(parents[: depth + 1]) for depth in range(len(parents))]
    above = [_member(draw, "directory", path, style) for path in found if path not in done]
    return [*above, (member, content)]


def _member(draw: st.DrawFn, kind: str, path: str, style: str) -> tuple[tarfile.TarInfo, bytes]:
    member, content = tarfile.TarInfo(path), b""
    member.mode = draw(st.sampled_from([0o600, 0o644, 0o755]))
    member.mtime = draw(st.integers(1, 10**9))
    member.uid, member.gid = draw(st.integers(0, 9)), draw(st.integers(0, 9))
    if kind == "file":
        content = draw(st.binary(max_size=5)) * draw(st.sampled_from([1, 1, 200]))
        member.size = len(content)
        if style == "pax" and draw(st.booleans()):
            member.pax_headers = {XATTR + "user.note": draw(st.sampled_from(["x", "y"]))}
    elif kind == "directory":
        member.type, member.mode = tarfile.DIRTYPE, member.mode | 0o700
    elif kind == "link":
        member.type, member.linkname, member.mode = tarfile.SYMTYPE, draw(_TARGETS), 0o777
    elif kind == "hard link":
        member.type, member.linkname = tarfile.LNKTYPE, draw(_PATHS)
    elif kind == "fifo":
        member.type = tarfile.FIFOTYPE
    else:
        directory, _, base = path.rpartition("/")
        name = f".wh.{base}" if kind == "whiteout" else ".wh..wh..opq"
        member.name = f"{directory}/{name}" if directory else name
    return member, content


def _applies(state: FileSystem, member: tarfile.TarInfo, content: bytes) -> bool:
    attempt = copy.deepcopy(state)
    try:
        attempt.add(member, content)
    except ImpossibleError:
        return False
    state.root = attempt.root
    return True
