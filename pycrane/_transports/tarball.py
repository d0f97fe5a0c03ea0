"""Images made of plain tars, a layer each: `tarball:FILE[:FILE…]`, `-` for standard input."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pycrane._errors import InvalidReferenceError, UnsupportedError
from pycrane._image.empty import empty_image
from pycrane._image.medium import Sink
from pycrane._image.view import Image, Layer
from pycrane._layers.local import LayerFiles
from pycrane._mutate.append import described, layer_of
from pycrane._mutate.rebuild import rewritten_image
from pycrane._oci.clock import now
from pycrane._transports.location import Capabilities, Location, SingleSource

if TYPE_CHECKING:
    from pycrane._registry.client import RegistryClient

_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "arm", "i686": "386"}


@dataclass(frozen=True)
class TarballLocation(Location):
    """Tars that are the layers of one OCI image, the lowest first; None is standard input.

    Plain ones are gzipped, others keep their bytes. `template` has fields of the configuration (config.md);
    without them it is of now, for Linux and the architecture of this machine. Layers and history are those
    of the tars.
    """

    paths: tuple[Path | None, ...]
    template: Mapping[str, Any] = field(default_factory=dict, hash=False)
    capabilities = Capabilities(manifest_types=frozenset(), indexes=False)

    @property
    def text(self) -> str:
        """The paths with their prefix."""
        return f"tarball:{':'.join('-' if path is None else str(path) for path in self.paths)}"

    def open(self, registry: RegistryClient) -> TarballSource:
        """Read the tars and make an image of them. Raises LayerError if one is not a tarball."""
        with ExitStack() as undo:
            files = undo.enter_context(LayerFiles(limits=registry.session.limits))
            image = self._image([layer_of(files.read(path)) for path in self.paths])
            undo.pop_all()
        return TarballSource(image, files)

    def _image(self, layers: Sequence[Layer]) -> Image:
        base = empty_image(oci=True)
        created = str(self.template.get("created") or now())
        machine = platform.machine()
        config = {
            "created": created,
            "architecture": _ARCHITECTURES.get(machine, machine),
            "os": "linux",
            **self.template,
            "rootfs": {"type": "layers", "diff_ids": [str(layer.diff_id) for layer in layers]},
            "history": [_history(layer, created) for layer in layers],
        }
        manifest = {**base.manifest.raw, "layers": [described(layer, oci=True) for layer in layers]}
        blobs = {layer.digest: layer.content for layer in layers}
        return rewritten_image(base, manifest=manifest, config=config, blobs=blobs)

    def sink(self, registry: RegistryClient) -> Sink:
        """Raise UnsupportedError: it is read alone."""
        raise UnsupportedError(
            f"{self.text} cannot be written to: tarball: makes images of tars",
            hint="write the files of an image with export, or the image as docker-archive:FILE",
        )


class TarballSource(SingleSource):
    """The image of some tars; closing it closes them."""

    def __init__(self, image: Image, files: LayerFiles) -> None:
        super().__init__(image)
        self.files = files

    def close(self) -> None:
        """Close the tars."""
        self.files.close()


def _history(layer: Layer, created: str) -> dict[str, str]:
    return {
        "created": created,
        "created_by": f"/bin/sh -c #(nop) ADD file:{layer.diff_id.encoded} in / ",
        "comment": "imported from tarball",
    }


def parse(text: str) -> TarballLocation:
    """Parse `FILE[:FILE…]`, the part behind `tarball:`. Raises InvalidReferenceError for an empty path."""
    parts = text.split(":")
    if not all(parts):
        raise InvalidReferenceError(f"tarball:{text} names no file", hint="expected tarball:FILE[:FILE…]")
    if parts.count("-") > 1:
        raise InvalidReferenceError(f"tarball:{text} reads standard input twice")
    return TarballLocation(tuple(None if part == "-" else Path(part) for part in parts))
