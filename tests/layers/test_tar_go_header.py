"""Layers for Windows images have the diff ids that crane gives them: recorded from `crane append`."""

from __future__ import annotations

import hashlib
import io
from tarfile import (
    AREGTYPE,
    BLKTYPE,
    CHRTYPE,
    DIRTYPE,
    FIFOTYPE,
    GNU_FORMAT,
    PAX_FORMAT,
    SYMTYPE,
    USTAR_FORMAT,
    TarInfo,
)
from typing import Any

import pytest

from pycrane._layers.tar.windows import open_for_windows


def entry(name: str, size: int = 0, **fields: Any) -> TarInfo:
    made = TarInfo(name)
    made.size, made.mtime = size, 1234567890
    for field, value in fields.items():
        setattr(made, field, value)
    return made


def records(name: str = "a", **values: str) -> TarInfo:
    """A file of one byte with these pax records."""
    return entry(name, 1, pax_headers={key.replace("__", "."): value for key, value in values.items()})


def tar(form: int, entries: list[TarInfo]) -> bytes:
    """A layer in which each file consists of letters `x`."""
    parts = [
        info.tobuf(form, "utf-8", "surrogateescape")
        + (b"x" * info.size).ljust(-(-info.size // 512) * 512, b"\0")
        for info in entries
    ]
    return b"".join(parts) + bytes(1024)


CASES = {
    "plain": (
        GNU_FORMAT,
        [entry("a.txt", 5), entry("bin/run", 3, mode=0o755, uname="root", gname="wheel")],
    ),
    "dots and slashes": (
        GNU_FORMAT,
        [entry("./a", 1), entry("./d/", type=DIRTYPE), entry("./", type=DIRTYPE), entry("/x//y/./z", 1)],
    ),
    "directories": (
        PAX_FORMAT,
        [entry("d", type=DIRTYPE, mode=0o755), entry("d/e/", type=DIRTYPE, mode=0o1777), entry("d/e/f")],
    ),
    "symbolic links": (
        USTAR_FORMAT,
        [entry("s", type=SYMTYPE, linkname=target) for target in ("../t", "/x/y", "C:\\x", "t/")],
    ),
    "a name that fits": (USTAR_FORMAT, [entry("n" * 94, 1)]),
    "a name of 101 bytes": (PAX_FORMAT, [entry("n" * 95, 1)]),
    "a name whose 100th byte is a slash": (GNU_FORMAT, [entry("n" * 93 + "/abc", 1)]),
    "a name whose 99th byte is a slash": (PAX_FORMAT, [entry("n" * 92 + "/abc", 1)]),
    "a name of two parts": (USTAR_FORMAT, [entry("d" * 70 + "/" + "e" * 80, 1)]),
    "a deep name": (GNU_FORMAT, [entry("/".join(["d" * 60] * 4) + "/" + "e" * 80, 1)]),
    "a name of 306 bytes": (PAX_FORMAT, [entry("n" * 300, 1)]),
    "long targets": (
        GNU_FORMAT,
        [entry("s", type=SYMTYPE, linkname=target) for target in ("t" * 100, "t" * 101, "u" * 99 + "/v")],
    ),
    "a very long target": (PAX_FORMAT, [entry("s", type=SYMTYPE, linkname="t" * 300)]),
    "names in UTF-8": (
        GNU_FORMAT,
        [entry("ü/日本.txt", 1), entry("link", type=SYMTYPE, linkname="ziel-ö")],
    ),
    "long names in UTF-8": (PAX_FORMAT, [entry("ü" * 60 + "/日本" * 30, 1)]),
    "a name that is not UTF-8": (GNU_FORMAT, [entry("a\udcff\udcfe", 1)]),
    "owners' names": (
        GNU_FORMAT,
        [entry("a", 1, uname="u" * length, gname="g" * length) for length in (31, 32, 33)],
    ),
    "owners' names in UTF-8": (PAX_FORMAT, [entry("a", 1, uname="jürgen", gname="größe")]),
    "large ids in base 256": (
        GNU_FORMAT,
        [entry("a", 1, uid=2097151, gid=2097152), entry("b", 1, uid=2**31, gid=2**40)],
    ),
    "large ids as records": (
        PAX_FORMAT,
        [entry("a", 1, uid=2097151, gid=2097152), entry("b", 1, uid=2**31, gid=2**40)],
    ),
    "late times": (GNU_FORMAT, [entry("a", 1, mtime=8**11 - 1), entry("b", 1, mtime=8**11)]),
    "fractions of seconds": (
        PAX_FORMAT,
        [records(mtime=text) for text in ("1.5", "1.123456789", "1.1234567891", "5", "1.500", "007.50")],
    ),
    "times before 1970": (PAX_FORMAT, [records(mtime=text) for text in ("-1.5", "-1", "-0.5", "-0", "-3.0")]),
    "times of access and change": (
        PAX_FORMAT,
        [records(atime="1.5", ctime="2"), records(atime="0", ctime="-0.25"), records(atime="1.25000")],
    ),
    "records of no field": (
        PAX_FORMAT,
        [records(SCHILY__xattr__user__x="y", LIBARCHIVE__creationtime="1"), records(comment="", path="b")],
    ),
    "records that repeat fields": (PAX_FORMAT, [records(uid="0", size="1", uname="", gname="x", path="a")]),
    "records of targets": (
        PAX_FORMAT,
        [records(linkpath=""), entry("l", type=SYMTYPE, linkname="x", pax_headers={"linkpath": "x"})],
    ),
    "a security descriptor": (PAX_FORMAT, [records(MSWINDOWS__rawsd="other", MSWINDOWS__fileattr="32")]),
    "devices": (
        USTAR_FORMAT,
        [
            entry("c", type=CHRTYPE, devmajor=1, devminor=3),
            entry("b", type=BLKTYPE, devmajor=8),
            entry("p", type=FIFOTYPE),
        ],
    ),
    "modes": (GNU_FORMAT, [entry("a", 1, mode=0o7777), entry("b", 1, mode=0)]),
    "whiteouts": (PAX_FORMAT, [entry("d/.wh.x"), entry("d/.wh..wh..opq")]),
    "types of old programs": (
        USTAR_FORMAT,
        [entry("file", 1, type=AREGTYPE), entry("directory/", type=AREGTYPE)],
    ),
    "a large file": (GNU_FORMAT, [entry("a", 3_000_000)]),
}

DIFF_IDS = {
    "plain": "5e9a2e7d3d421a0d33200c7bd997e4316ff6f8002d2a86be245323b46ab4fe01",
    "dots and slashes": "5764e9b179bb26e853b81904ddcf32b8f4bebe97721b0eae3a91a947f438ddd1",
    "directories": "ecbbb2f38a4ea6097f2e7acf1008d1a38ee42840cdea00043311e8b30f6e147b",
    "symbolic links": "32e1600e0538583c37a3b8ba43aa85c6956f8dd7ef97acc9fe0ddd46519bdfc1",
    "a name that fits": "9f1a979451d0cae77e1799f5dfe5522261a01719d571c36410e4249973c0ffd6",
    "a name of 101 bytes": "28d343631f9d42f52ac16052d87466dbe11e1bd3464240c1d4121e369cc051e7",
    "a name whose 100th byte is a slash": "179f99c66db3bf2d622a270ec0c5417c59b2c31638f12ed1ad97d6be97de2e49",
    "a name whose 99th byte is a slash": "11dd8163e603a90e9563ae401454702ffc6a32b1d72fec0696faa5bcc621d555",
    "a name of two parts": "d89c3a1ce4287aa53484f796d522b9464b39390704b06c30e6d4e6cee97ab9ee",
    "a deep name": "6e62d864fee7b090ec8afe1d0644995696c5675fcbc70e5543c9c9c94ba330ef",
    "a name of 306 bytes": "856953e14907085a3b2b1c5f1c7a856e082c83e14e1cfa09e9576d40e69b330d",
    "long targets": "ed525873e1ed25bdce1d71d6c9ee203574dc45a08f374f7be6deb5d279e2ca79",
    "a very long target": "5f710d6b9921fb78e2cf581191217a1c68c88665991c1a622212991b6af2b4aa",
    "names in UTF-8": "2badf1cf7563b533e711fc42be488c55d0b3d2727d6d6e2dd13454600b75e82d",
    "long names in UTF-8": "c5a031bca7b03f7e9d083644c7bd43304bb2c9c2b35d74d1416a6e2311f612c0",
    "a name that is not UTF-8": "eb6c2806cb0fd6ac75d5c34ddc02667af0dbadbc692d2bddcf1e053049d45ddc",
    "owners' names": "a330e912e9592c9738526a4d1f51c01b9635803b8818e2441142fd20720f164b",
    "owners' names in UTF-8": "07762bf5204ac6c624e594c6c9aca91ea8b69e0c8b9bbbca28b9dc8abb14e12e",
    "large ids in base 256": "d88c6333bb5bb65a8934250e3e5a32bfd39e0e7ce36c5965a4641fcce9a01b63",
    "large ids as records": "d88c6333bb5bb65a8934250e3e5a32bfd39e0e7ce36c5965a4641fcce9a01b63",
    "late times": "dbadd769dccc6247fa1bc16cf6cdd27814f1240ab1e2d85cdceff97cedd57e7c",
    "fractions of seconds": "b5ca57d44d997f0f37c29030d62facef07631085c0f6265a4a5d595b486b3fee",
    "times before 1970": "2cbf442fec13d99a365256cb481a92b589f9a1311cd6ffb5a9b87eb56f542861",
    "times of access and change": "7bab41a7f43120fd314a7b166526c4bdef6fcce12a452c8f3af8e368ed2625e2",
    "records of no field": "59cca891aba4980b5fa0a225e83315e8c3748e6c05ce90666ffb46ed6d5ac770",
    "records that repeat fields": "0d78db1292eab5ea37645c0b4241ba2b4d98c60e7bfdc2a6f448f321b6ae8bd6",
    "records of targets": "17aac2eaaf5c01231820ee83f832792d6e83bd99eab735fb0474187a4836ae71",
    "a security descriptor": "a206bca5aef56247f32ee9038e47412fbb59675b298ab6c91a7dd1536a651bd0",
    "devices": "1ac1b1563b576bfdb7b933e277cfffdb56320487101fd212e9251b1f695bbae2",
    "modes": "3106d7642932180aebe344fa0293943436c4faaeb4d416ee784bc1395e8fe4ec",
    "whiteouts": "accf0a8ebde837e9d32f08efcae9e1110156c391a1374eb241d3ba91b8116584",
    "types of old programs": "ec7746fde1c1a7b1cb3de9ce6e07214c54f644c9d096dadfcb30f4e8055fc103",
    "a large file": "95f19f79ff3281e25f7d48df0845a0c1557327c40829dabdd14cbb9d0ab62c2c",
}


@pytest.mark.parametrize("case", CASES)
def test_a_layer_for_windows_has_the_diff_id_that_crane_gives_it(case: str) -> None:
    layer = open_for_windows(io.BytesIO(tar(*CASES[case]))).read()
    assert hashlib.sha256(layer).hexdigest() == DIFF_IDS[case]
