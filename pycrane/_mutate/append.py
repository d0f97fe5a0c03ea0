"""Layers put on top of an image, or of every image of an index."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from typing import Any

from pycrane._errors import expect
from pycrane._image.view import Image, Layer
from pycrane._layers.local import LayerFile
from pycrane._mutate.each_image import ImageOrIndex, edit_images
from pycrane._mutate.history import extended
from pycrane._mutate.rebuild import is_runnable, rewritten_image
from pycrane._oci import media_types
from pycrane._oci.annotations import BASE_DIGEST, BASE_NAME
from pycrane._oci.descriptor import Descriptor
from pycrane._reference import Reference


def layer_of(file: LayerFile) -> Layer:
    """The view of a local layer; it can be read as long as the file's `LayerFiles` is open."""
    return Layer(file, file.descriptor, file.diff_id)


def append_layers(
    base: ImageOrIndex,
    layers: Sequence[Layer],
    *,
    windows_layers: Callable[[], Sequence[Layer]] | None = None,
    history: Mapping[str, Any] | None = None,
    based_on: Reference | None = None,
) -> ImageOrIndex:
    """The image, or each image of the index, with these layers on top.

    Each layer gets `history` as its entry (config.md, history; None: one that says nothing), and the media
    type of the base's family, OCI's or Docker's. On Windows images go the layers that `windows_layers` gives,
    if there is such a function. `based_on` names the base if the result is to be annotated with it.

    In an index, attestations, artifacts and entries that are no images stay as they are; an artifact alone
    gets the layers and keeps its config. Nothing is read before the result is; then manifests and
    configurations are, and no layers.

    Raises, when the result is read:
        MalformedError: a configuration cannot be read.
        PycraneError: an image below the index cannot be read.
    """
    expect(based_on, Reference | None, "the base's name")
    added, entry = tuple(layers), deepcopy(history)
    for layer in added:
        expect(layer, Layer, "a layer")

    def appended(image: Image) -> Image:
        return _appended(image, added, windows_layers, entry, based_on)

    return edit_images(base, appended)


def _appended(
    base: Image,
    layers: Sequence[Layer],
    windows_layers: Callable[[], Sequence[Layer]] | None,
    history: Mapping[str, Any] | None,
    based_on: Reference | None,
) -> Image:
    if windows_layers is not None and is_windows(base):
        layers = windows_layers()
    oci = media_types.is_oci(base.media_type)
    added = [described(layer, oci=oci) for layer in layers]
    manifest = {**base.manifest.raw, "layers": [*(base.manifest.raw.get("layers") or ()), *added]}
    if based_on is not None:
        manifest["annotations"] = {**base.manifest.annotations, **_base_annotations(base, based_on)}
    config = _config_with(base, layers, history or {}) if is_runnable(base) else None
    blobs = {layer.digest: layer.content for layer in layers}
    return rewritten_image(base, manifest=manifest, config=config, blobs=blobs)


def is_windows(base: Image) -> bool:
    """Whether this is an image for Windows, whose layers have a form of their own."""
    return is_runnable(base) and base.config_file.platform.os == "windows"


def _base_annotations(base: Image, name: Reference) -> dict[str, str]:
    """Return the annotations that name a base (OCI image spec, annotations.md); a digest has no name."""
    annotations = {BASE_DIGEST: str(base.digest)}
    if name.digest is None:
        annotations[BASE_NAME] = name.name
    return annotations


def described(layer: Layer, *, oci: bool) -> dict[str, Any]:
    """Return the descriptor of a layer made here, for a manifest of OCI's or Docker's family."""
    to_family = media_types.as_oci if oci else media_types.as_docker
    return Descriptor(to_family(layer.media_type), layer.digest, layer.size).to_json()


def _config_with(base: Image, layers: Sequence[Layer], history: Mapping[str, Any]) -> dict[str, Any]:
    config = base.config_file.raw
    rootfs = config.get("rootfs") or {}
    diff_ids = [*(rootfs.get("diff_ids") or ()), *(str(layer.diff_id) for layer in layers)]
    entries = extended(config, (dict(history) for _ in layers))
    return {**config, "rootfs": {**rootfs, "diff_ids": diff_ids}, "history": entries}
