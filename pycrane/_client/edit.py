"""edit: the configuration, the manifest or one file of an image, as the user edits it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from io import BytesIO
from typing import TYPE_CHECKING

from pycrane._client.inputs import AnyImage, Name, Platforms, Target, platforms_of
from pycrane._client.platforms import narrowed
from pycrane._client.working import watched, working, write
from pycrane._errors import UnsupportedError, expect
from pycrane._events import Warned
from pycrane._image.select import select_image
from pycrane._image.view import Image, Index, Layer, open_view
from pycrane._layers.local import LayerFiles
from pycrane._mutate.append import append_layers, is_windows, layer_of
from pycrane._mutate.each_image import edit_each
from pycrane._mutate.edit import layer_mismatch, with_config
from pycrane._mutate.edit_file import FoundFile, file_layer, find_file
from pycrane._oci import go_json, media_types
from pycrane._oci.clock import now
from pycrane._oci.descriptor import Descriptor
from pycrane._reference import Reference, as_reference
from pycrane._registry.source import RegistryContent
from pycrane._transports.table import locate

if TYPE_CHECKING:
    from pycrane._client.base import Base

Change = Callable[[bytes], bytes | None]
"""Gives new content for what there is, or None to leave it."""


def edit_config(
    client: Base,
    source: AnyImage,
    target: Target,
    change: Change,
    *,
    platforms: Platforms = (),
) -> Reference:
    """Put what `change` makes of an image's configuration in its place, byte for byte; returns the result.

    That its layers are others than the image's is a warning.

    Raises:
        UnsupportedError: an index, and no platform was chosen.
        MalformedError: what `change` gave is not a configuration.
        PycraneError: the image cannot be read or written; what was there stays.
    """
    origin, place = locate(source), locate(target)
    with working(client, f"editing the configuration of {origin.text}", origin, place):
        image = narrowed(client.open(origin), platforms_of(platforms))
        if not isinstance(image, Image):
            raise UnsupportedError(
                f"it is an index, whose images have a configuration each: {_platforms(image)}",
                hint="choose one of them with --platform",
            )
        new = change(image.raw_config_file)
        if new is not None:
            image = with_config(image, new)
            if wrong := layer_mismatch(image):
                client.listener(Warned(wrong))
        return write(client, image, place)


def edit_manifest(
    client: Base,
    source: Name,
    target: Name,
    change: Change,
    *,
    media_type: str = "",
    platforms: Platforms = (),
) -> Reference:
    """Put what `change` makes of a manifest or index in its place, byte for byte; returns the result.

    It is pushed as a `media_type`, or as what it says itself, or as what it was. What it names goes with it,
    if the target is another repository.

    Raises:
        MalformedError: what `change` gave is not JSON, or no manifest of the type that it has.
        PycraneError: it cannot be read or written; what was there stays.
    """
    origin, place = as_reference(source), as_reference(target)
    wanted = platforms_of(platforms)
    at = locate(origin)
    with working(client, f"editing the manifest of {at.text}", at, locate(place)):
        raw, descriptor = client.registry.get_manifest(origin)
        if wanted:
            image = select_image(narrowed(client.open(origin), wanted[:1]))
            raw, descriptor = image.raw_manifest, image.descriptor
        new = change(raw)
        if new is None:
            new = raw
        said = go_json.load_object(new, "the edited manifest").get("mediaType")
        kind = media_type or (said if isinstance(said, str) else "") or descriptor.media_type
        described = Descriptor.of(kind, new)
        if kind in media_types.IMAGES | media_types.INDEXES:
            content = RegistryContent(client.registry.session, origin.repository)
            return write(client, open_view(content, new, described), locate(place))
        where = place.with_digest(described.digest) if place.digest else place
        client.registry.put_manifest(where, new, kind)
        return place.with_digest(described.digest)


def edit_file(
    client: Base,
    source: AnyImage,
    target: Target,
    file: str,
    change: Change,
    *,
    platforms: Platforms = (),
) -> Reference:
    """Push an image, or an index with all its images, with one file changed by a layer on top.

    `file` is its path in the image; symbolic links are followed. `change` is given its content, empty if the
    file is not there, and returns new content, or None to leave it. Owner, mode and extended attributes stay.
    Returns the result by digest.

    Raises:
        UnsupportedError: something else than a file is there, or it is an artifact, without files.
        LimitExceededError: the file is larger than `Limits.edited_file`.
    """
    expect(file, str, "a file's path")
    origin, place = locate(source), locate(target)

    def edited(image: Image) -> Image:
        found = find_file(image, file.encode(errors="surrogateescape"))
        if found.member is None:
            client.listener(Warned(f"{file} is not there yet, and is made"))
        new = change(found.content)
        if new is None:
            return image
        shown = file.encode(errors="surrogateescape").decode(errors="replace")
        history = {"created": now(), "created_by": f"pycrane edit fs --filename {shown}"}
        return append_layers(image, [_layer(files, image, found, new)], history=history)

    with (
        working(client, f"editing {file} in {origin.text}", origin, place),
        LayerFiles(limits=client.registry.session.limits, listener=client.listener) as files,
    ):
        view = watched(client, narrowed(client.open(origin), platforms_of(platforms)))
        return write(client, edit_each(view, edited), place)


def _layer(files: LayerFiles, image: Image, file: FoundFile, content: bytes) -> Layer:
    mtime = int(datetime.fromisoformat(now()).timestamp())
    layer = files.read(BytesIO(file_layer(file, content, mtime)))
    return layer_of(files.for_windows(layer) if is_windows(image) else layer)


def _platforms(index: Index) -> str:
    entries = index.index_manifest.manifests
    return ", ".join(str(entry.platform) for entry in entries if entry.platform) or "none says for what"
