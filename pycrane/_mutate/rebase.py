"""An image moved from an old base to a new one: its own layers on top of other ones below.

OCI image spec, config.md, rootfs and history. The layers of the base and what the base says of the platform
are replaced; all else of the image stays.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pycrane._errors import MalformedError, NotBasedError, UnsupportedError, expect
from pycrane._image.select import select_image
from pycrane._image.view import Image, Layer, View, platform_of
from pycrane._mutate.annotations import Changes, merged
from pycrane._mutate.each_image import ImageOrIndex, edit_images
from pycrane._mutate.rebuild import is_runnable, rewritten_image
from pycrane._oci import media_types
from pycrane._oci.annotations import BASE_DIGEST

_PLATFORM = ("architecture", "os", "os.version", "variant", "os.features")


def rebase_image(
    view: ImageOrIndex, old: View, new: View, annotations: Changes | None = None
) -> ImageOrIndex:
    """The image, or the index with each of its images, with the layers of `new` in place of those of `old`.

    Of bases that are indexes, each image gets the one for its own platform. Platform, lower layers and their
    history are then those of the new base; all else is the image's own, also the family of its media types. A
    layer counts as the same if its digest or its diff id is. The digest of `new` is noted as the base's in
    the annotations (annotations.md), and `annotations` are merged into them. Nothing is read before the
    result is; then manifests and configurations are, and no layers.

    Raises, when the result is read:
        NotBasedError: the image is not based on `old`; the message says which layer differs.
        PlatformNotFoundError: a base has no image for the platform.
        UnsupportedError: one of them is an artifact.
        MalformedError: a configuration cannot be read, or its history tells of more layers than there are.
    """
    for base in (old, new):
        expect(base, View, "a base")
    noted = dict(annotations or {})

    def rebased(image: Image) -> Image:
        platform = platform_of(image)
        changes: Changes = {BASE_DIGEST: str(new.digest), **noted}
        return _rebased(image, select_image(old, platform), select_image(new, platform), changes)

    return edit_images(view, rebased)


def _rebased(image: Image, old: Image, new: Image, annotations: Changes) -> Image:
    for each in (image, old, new):
        if not is_runnable(each):
            raise UnsupportedError(f"{each.digest} is an artifact: it has no base")
    _check_based(image, old)
    layers = [
        *(_descriptor(layer, media_types.is_oci(image.media_type)) for layer in new.layers),
        *(layer.descriptor.to_json() for layer in image.layers[len(old.layers) :]),
    ]
    fields = {**image.manifest.raw, "layers": layers}
    fields["annotations"] = merged(image.manifest.annotations, annotations)
    blobs = {layer.digest: new.content for layer in new.layers}
    return rewritten_image(image, manifest=fields, config=_config(image, old, new), blobs=blobs)


def _check_based(image: Image, old: Image) -> None:
    if len(old.layers) > len(image.layers):
        raise NotBasedError(
            f"{image.digest} is not based on {old.digest}: "
            f"it has {len(image.layers)} layers, the base has {len(old.layers)}"
        )
    for number, (own, base) in enumerate(zip(image.layers, old.layers, strict=False)):
        if own.digest != base.digest and own.diff_id != base.diff_id:
            raise NotBasedError(
                f"{image.digest} is not based on {old.digest}: "
                f"layer {number} is {own.digest}, in the base it is {base.digest}",
                hint="name the base that it was built from with --old_base",
            )


def _descriptor(layer: Layer, oci: bool) -> dict[str, Any]:
    to_family = media_types.as_oci if oci else media_types.as_docker
    return {**layer.descriptor.to_json(), "mediaType": to_family(layer.media_type)}


def _config(image: Image, old: Image, new: Image) -> dict[str, Any]:
    own, base = image.config_file.raw, new.config_file.raw
    config = {key: value for key, value in own.items() if key not in _PLATFORM}
    config |= {key: base[key] for key in _PLATFORM if key in base}
    layers = (*new.layers, *image.layers[len(old.layers) :])
    rootfs = {
        **(own.get("rootfs") or {}),
        "type": "layers",
        "diff_ids": [str(layer.diff_id) for layer in layers],
    }
    history = [*_history(new, 0, 0), *_history(image, len(old.layers), len(old.config_file.history))]
    return {**config, "rootfs": rootfs, "history": history}


def _history(image: Image, layers: int, entries: int) -> Iterator[Mapping[str, Any]]:
    """The history of what lies above so many layers and entries; a layer without any gets an empty one."""
    made = 0
    told: Sequence[Mapping[str, Any]] = image.config_file.history
    for number, entry in enumerate(told):
        empty = bool(entry.get("empty_layer"))
        made += not empty
        if made > layers or (empty and number >= entries):
            yield entry
    if made > len(image.layers):
        raise MalformedError(
            f"the history of {image.digest} tells of {made} layers, it has {len(image.layers)}"
        )
    yield from ({} for _ in range(len(image.layers) - max(made, layers)))
