"""Hand-made images as views in memory, and views brought to a sink by the engine."""

from __future__ import annotations

import base64
import tarfile
from pathlib import Path

from peers.images import OCI_LAYER, Image, Index, Layer, every_blob, every_manifest, image, layer

from pycrane._image.content import MemoryContent
from pycrane._image.medium import Item, Sink
from pycrane._image.view import View, open_view
from pycrane._oci.digest import Digest
from pycrane._transfer.engine import transfer

# What gzip makes of "hello world\n", kept because its bytes depend on the version of zlib.
_GZIPPED = base64.b64decode("H4sIAAAAAAACA8tIzcnJVyjPL8pJ4QIALTsIrwwAAAA=")


def golden() -> Image:
    """An image whose bytes are the same everywhere: one gzipped layer, one plain one."""
    base = Layer(f"{OCI_LAYER}+gzip", _GZIPPED, "sha256", b"hello world\n")
    return image(
        base,
        layer(b"second layer\n", compression=""),
        config={"Labels": {"a": "<&>", "z": "ä"}},
        manifest={"annotations": {"k": "v"}},
    )


def view_of(root: Image | Index, without: str = "", instead: bytes | None = None) -> View:
    """The view of a hand-made image; the blob `without` is missing, or other bytes than it should be."""
    held = {blob.digest: blob.data for blob in (*every_blob(root).values(), *every_manifest(root))}
    if without:
        del held[without]
        if instead is not None:
            held[without] = instead
    content = MemoryContent({Digest.parse(digest): data for digest, data in held.items()})
    return open_view(content, root.data, media_type=root.media_type)


def bring(sink: Sink, *named: tuple[Image | Index | View, str | None]) -> None:
    """Bring images with their names to a sink."""
    items = [Item(view_of(root) if isinstance(root, Image | Index) else root, name) for root, name in named]
    with sink:
        transfer(items, sink)


def members(path: Path) -> dict[str, bytes]:
    """The names and contents of a tar's entries, in order."""
    with tarfile.open(path) as archive:
        found = {}
        for member in archive:
            file = archive.extractfile(member)
            found[member.name] = file.read() if file else b""
        return found


def names_in(folder: Path) -> list[str]:
    """The names in a directory itself."""
    return [path.name for path in folder.iterdir()]


def everything_in(folder: Path) -> dict[str, bytes | None]:
    """Every path in a directory, and the bytes of those that are files."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in folder.rglob("*")
    }
