"""What is seen of a run on this side: its outputs, the files it wrote, what is in tars."""

from __future__ import annotations

import base64
import gzip
import io
import json
import sys
import tarfile
from typing import Any

from cli.crane_row import Look, Run, short
from cli.crane_world import World

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd


def _fails(run: Run, _: str) -> bool:
    return run.returncode != 0


def _stdout(run: Run, _: str) -> str:
    return run.world.unnamed(run.stdout).decode()


def _holds(run: Run, text: str) -> bool:
    return text.encode() in run.world.unnamed(run.stdout)


def _says(run: Run, text: str) -> bool:
    return text.encode() in run.world.unnamed(run.stderr)


def _lines(run: Run, _: str) -> list[str]:
    return sorted(_stdout(run, "").splitlines())


def _document(run: Run, _: str) -> Any:
    """What Google's list says, less what gcrane leaves out."""
    document = json.loads(_stdout(run, "").replace(run.world.names["google"].partition("/")[2], "PREFIX"))
    for manifest in document["manifest"].values():
        manifest.pop("layerId", None)
    return document


def _names(run: Run, _: str) -> list[str]:
    """The names in several lists of Google's."""
    prefix = run.world.names["google"].partition("/")[2]
    documents = [json.loads(line) for line in run.stdout.decode().splitlines()]
    return [document["name"].replace(prefix, "PREFIX") for document in documents]


def _members(run: Run, _: str) -> list[str]:
    """What a printed object has."""
    return sorted(json.loads(run.stdout))


def _access(run: Run, _: str) -> Any:
    """What the printed token gives access to (a JSON Web Token, RFC 7519)."""
    text = run.stdout.decode()
    token = json.loads(text)["token"] if text.startswith("{") else text.removeprefix("Authorization: Bearer ")
    access = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))["access"]
    return [{**each, "actions": sorted(each["actions"])} for each in access]


def _tar(run: Run, name: str) -> list[str]:
    """What is in a tar, `-` being standard output."""
    data = run.stdout if name == "-" else (run.world.folder / name).read_bytes()
    return listing(data, run.world)


def _text_in(run: Run, about: str) -> str:
    """What is in a member of a tar: `TAR MEMBER`."""
    name, _, path = about.partition(" ")
    with tarfile.open(run.world.folder / name) as archive:
        file = archive.extractfile(path)
        return run.world.unnamed(file.read()).decode() if file else ""


def _sum(run: Run, name: str) -> str:
    """How the digest begins of the listing of a tar."""
    return short("\n".join(_tar(run, name)).encode())


def listing(data: bytes, world: World | None = None) -> list[str]:
    """The entries of a tar in their order: name, and contents or where it points."""
    with tarfile.open(fileobj=io.BytesIO(decompressed(data))) as archive:
        return [_entry(archive, info, world) for info in archive]


def decompressed(data: bytes) -> bytes:
    """What is in a layer, however it is compressed."""
    if data.startswith(b"\x1f\x8b"):
        return gzip.decompress(data)
    return zstd.decompress(data) if data.startswith(b"\x28\xb5\x2f\xfd") else data


def _entry(archive: tarfile.TarFile, info: tarfile.TarInfo, world: World | None) -> str:
    if info.isdir():
        return f"{info.name}/"
    if info.issym():
        return f"{info.name} -> {info.linkname}"
    if info.islnk():
        return f"{info.name} = {info.linkname}"
    file = archive.extractfile(info)
    content = file.read() if file else b""
    content = world.unnamed(content) if world else content
    return f"{info.name}: {content.decode() if len(content) < 10 else short(content)}"


def _bytes(run: Run, name: str) -> str:
    """How the digest of a file begins, `-` being standard output; empty if there is no file."""
    if name == "-":
        return short(run.world.unnamed(run.stdout))
    path = run.world.folder / name
    return short(run.world.unnamed(path.read_bytes())) if path.exists() else ""


def _there_is(run: Run, name: str) -> bool:
    """Whether there is a file."""
    return (run.world.folder / name).exists()


def _text(run: Run, name: str) -> str:
    """What is in a file, `home` being the person's home; empty if there is none."""
    path = (
        run.world.home / name.removeprefix("home/") if name.startswith("home/") else run.world.folder / name
    )
    return run.world.unnamed(path.read_bytes()).decode() if path.exists() else ""


def _files(run: Run, name: str) -> dict[str, str]:
    """The files in a folder, and how their digests begin."""
    folder = run.world.folder / name
    return {
        path.relative_to(folder).as_posix(): short(run.world.unnamed(path.read_bytes()))
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def _blob_names(run: Run, name: str) -> list[str]:
    """How the names begin of the blobs in a layout."""
    return sorted(path.name[:12] for path in (run.world.folder / name / "blobs/sha256").iterdir())


LOCAL_LOOKS: dict[str, Look] = {
    "fails": _fails,
    "stdout": _stdout,
    "holds": _holds,
    "says": _says,
    "lines": _lines,
    "document": _document,
    "names": _names,
    "members": _members,
    "access": _access,
    "tar": _tar,
    "sum": _sum,
    "text-in": _text_in,
    "bytes": _bytes,
    "there-is": _there_is,
    "text": _text,
    "files": _files,
    "blobs": _blob_names,
}
"""The ways to look at it."""
