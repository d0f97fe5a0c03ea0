"""The images of the rows, the same bytes everywhere: what is compressed here is stored in blocks, by hand."""

from __future__ import annotations

import struct
import tarfile
import zlib
from dataclasses import replace
from typing import Any

from peers import images
from peers.images import Blob, Family, Image, Index, Layer

FULL = {
    "Env": ["PATH=/bin", "X=<1>"],
    "Entrypoint": ["/run"],
    "Cmd": ["a", "b"],
    "Labels": {"z": "1", "a": "2"},
    "User": "me",
    "WorkingDir": "/w",
    "ExposedPorts": {"80/tcp": {}},
    "Volumes": {"/v": {}},
    "StopSignal": "SIGTERM",
    "Healthcheck": {"Test": ["CMD", "x"], "Interval": 30000000000, "Retries": 3},
}


def stored_gzip(content: bytes) -> bytes:
    """A gzip file with one stored block (RFC 1952; RFC 1951, 3.2.4)."""
    head = b"\x1f\x8b\x08\0\0\0\0\0\x04\xff\x01"
    sizes = struct.pack("<HH", len(content), len(content) ^ 0xFFFF)
    return head + sizes + content + struct.pack("<II", zlib.crc32(content), len(content))


def stored_zstd(content: bytes) -> bytes:
    """A Zstandard frame with one raw block (RFC 8878, 3.1.1)."""
    block = (len(content) << 3 | 1).to_bytes(3, "little")
    return b"\x28\xb5\x2f\xfd\xa0" + struct.pack("<I", len(content)) + block + content


def stored(part: Layer, compression: str = "gzip") -> Layer:
    """The plain layer, compressed without getting smaller."""
    data = stored_gzip(part.content) if compression == "gzip" else stored_zstd(part.content)
    joint = "." if "docker" in part.media_type else "+"
    return replace(part, media_type=f"{part.media_type}{joint}{compression}", data=data)


def plain(files: Any, family: Family = "oci") -> Layer:
    return images.layer(
        files if isinstance(files, dict) else images.tar(files), compression="", family=family
    )


def member(name: str, kind: bytes, link: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.mode = kind, link, 0o644
    return info


PLAIN = [plain({name: name.encode()}) for name in "abc"]
DOCKER = [plain({name: name.encode()}, "docker") for name in "abc"]
NOTED = {"annotations": {"z": "<1>", "b": "2"}}
OCI = images.image(*PLAIN[:2], config=FULL, manifest=NOTED)
ARM = images.image(*PLAIN[:2], platform="linux/arm64/v8", config=FULL)
OLD = images.image(*DOCKER[:2], family="docker", config=FULL, extra={"docker_version": "18", "author": "A"})
WINDOWS = images.image(DOCKER[2], platform="windows/amd64", family="docker", extra={"os.version": "10.0.1"})
WINDOWS.platform.update({"os.version": "10.0.1"})
EMPTY = Blob("application/vnd.oci.empty.v1+json", b"{}")
ARTIFACT = images.assemble(EMPTY, [Layer("a/b", b"?")], manifest={"artifactType": "application/x-thing"})
TWO_BLOBS = images.assemble(EMPTY, [Layer("a/b", b"?"), Layer("a/b", b"!")])
SQUEEZED = images.assemble(EMPTY, [Layer("a/b+gzip", stored_gzip(b"text"))])

# crane loses the time of creation, so these have none.
TIMELESS: dict[str, Any] = {"created": None, "os.version": "10"}
STEPS = [{"created_by": "base 1"}, {"created_by": "ENV", "empty_layer": True}]
BASE1 = images.image(DOCKER[0], family="docker", extra={**TIMELESS, "history": STEPS})
BASE2 = images.image(
    DOCKER[1], DOCKER[2], family="docker", extra={"created": None, "history": [STEPS[1], *STEPS, STEPS[0]]}
)
BUILT = images.image(
    DOCKER[0],
    DOCKER[2],
    family="docker",
    config=FULL,
    extra={**TIMELESS, "history": [*STEPS, {"created_by": "RUN <x>"}, STEPS[1]]},
)
OCI_BASE1 = images.image(PLAIN[0])
OCI_BASE2 = images.image(PLAIN[1])
OCI_BUILT = images.image(PLAIN[0], PLAIN[2], config=FULL, manifest=NOTED)

GZIPPED = images.image(
    stored(plain({"etc": None, "etc/old": b"1", "etc/kept": b"2", "run": "etc/kept"})),
    stored(plain({"etc/.wh.old": b"", "etc/new": b"3"})),
    stored(plain({"etc/kept": b"4"})),
)
GZIPPED_DOCKER = images.image(
    *(stored(part) for part in DOCKER), family="docker", config=FULL, extra={"docker_version": "18"}
)
ZSTD = images.image(stored(PLAIN[0], "zstd"), stored(PLAIN[1]), PLAIN[2])
OPAQUE = images.image(
    plain({"d": None, "d/x": b"x", "d/y": b"y", "e": None, "e/x": b"x"}),
    plain({"d/z": b"z", "d/.wh..wh..opq": b"", ".wh.e": b""}),
)
LINKED = images.image(
    plain([("one", b"1"), member("two", tarfile.LNKTYPE, "one"), member("three", tarfile.LNKTYPE, "one")]),
    plain({"one": b"changed"}),
)
IN_LAYER = images.image(plain({"f": b"old"}), plain([(".wh.f", b""), ("f", b"new")]))
TWICE = images.image(plain([("f", b"first"), ("f", b"last")]))
CLIMBING = images.image(plain([("f", b"1"), member("up", tarfile.SYMTYPE, "../../etc"), ("g", b"2")]))
CLIMBER = images.image(stored(plain([("f", b"1"), ("../evil", b"2")])))

UNKNOWN = images.image(
    *PLAIN[:1],
    config={"Healthcheck": {"Test": ["CMD", "x"], "StartInterval": 5}, "x-c": 1},
    extra={"moby.buildkit.buildinfo.v1": "abc"},
    manifest={"x-field": 3},
)
SUBJECT = images.image(*PLAIN[:1], manifest={"subject": OCI.descriptor})
FOREIGN_LAYER = Layer(images.DOCKER_FOREIGN_LAYER, stored_gzip(DOCKER[0].content), content=DOCKER[0].content)
FOREIGN = images.image(
    FOREIGN_LAYER,
    DOCKER[1],
    family="docker",
    manifest={
        "layers": [{**FOREIGN_LAYER.descriptor, "urls": ["https://nowhere.invalid/a"]}, DOCKER[1].descriptor]
    },
)

CORRUPT = images.image(replace(stored(PLAIN[0]), data=b"this is no gzip"))
TRUNCATED = images.image(replace(stored(PLAIN[0]), data=stored(PLAIN[0]).data[:-600]))
HALF = PLAIN[0].content[:512]
CUT_SHORT = images.image(replace(stored(PLAIN[0]), data=stored_gzip(HALF), content=HALF))
WRONG_DIFF_ID = images.image(
    stored(PLAIN[0]), extra={"rootfs": {"type": "layers", "diff_ids": [PLAIN[1].diff_id]}}
)
WRONG_SIZE = images.assemble(
    GZIPPED.config,
    GZIPPED.layers,
    manifest={"config": {**GZIPPED.config.descriptor, "size": len(GZIPPED.config.data) + 1}},
)

MULTI = images.index(OCI, ARM)
LIST = images.index(OLD, WINDOWS, family="docker")
ATTESTED = images.multi_platform("linux/amd64", "linux/arm64/v8", attested=True)
NOTED_INDEX = images.index(
    OCI,
    WINDOWS,
    ARTIFACT,
    manifest={**NOTED, "artifactType": "a/t"},
    annotations={OCI.digest: {"k": "v"}},
)
NESTED = images.index(images.index(ARM), OCI)


def based(host: str) -> Image:
    """An image whose annotations name its base, in the registry at `host`."""
    names = {"org.opencontainers.image.base.name": f"{host}/rows/base2:latest"}
    digest = {"org.opencontainers.image.base.digest": BASE1.digest}
    return images.assemble(
        BUILT.config,
        BUILT.layers,
        media_type=images.DOCKER_MANIFEST,
        manifest={"annotations": names | digest},
    )


SOURCES: dict[str, Image | Index] = {
    "base1": BASE1,
    "base2": BASE2,
    "built": BUILT,
    "oci": OCI,
    "arm": ARM,
    "old": OLD,
    "windows": WINDOWS,
    "artifact": ARTIFACT,
    "multi": MULTI,
    "noted": NOTED_INDEX,
    "nested": NESTED,
    "oci-base1": OCI_BASE1,
    "oci-base2": OCI_BASE2,
    "oci-built": OCI_BUILT,
    "two-blobs": TWO_BLOBS,
    "squeezed": SQUEEZED,
    "gzipped": GZIPPED,
    "gzipped-docker": GZIPPED_DOCKER,
    "zstd": ZSTD,
    "opaque": OPAQUE,
    "linked": LINKED,
    "in-layer": IN_LAYER,
    "twice": TWICE,
    "climbing": CLIMBING,
    "climber": CLIMBER,
    "unknown": UNKNOWN,
    "subject": SUBJECT,
    "corrupt": CORRUPT,
    "truncated": TRUNCATED,
    "cut-short": CUT_SHORT,
    "wrong-diff-id": WRONG_DIFF_ID,
    "wrong-size": WRONG_SIZE,
    "list": LIST,
    "attested": ATTESTED,
    "foreign": FOREIGN,
    "multi-base": images.index(images.image(PLAIN[0]), images.image(PLAIN[0], platform="linux/arm64/v8")),
    "noted-images": images.index(OCI, ARM, manifest=NOTED),
    "artifact-first": images.index(ARTIFACT, OCI),
}
"""What is in the registry before any row, each under its name below `{src}`."""
