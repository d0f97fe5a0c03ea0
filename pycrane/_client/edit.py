"""edit: the configuration, the manifest or one file of an image, as a person writes it anew."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from io import BytesIO
from typing import TYPE_CHECKING

from pycrane._client.platforms import narrowed
from pycrane._client.subject import Subject, name_of, opened, working
from pycrane._client.targets import Target, write
from pycrane._errors import UnsupportedError
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
from pycrane._oci.digest import Digest
from pycrane._oci.platform import Platform
from pycrane._reference import Reference
from pycrane._registry.source import RegistryContent
from pycrane._transfer.engine import DEFAULT_JOBS

if TYPE_CHECKING:
    from pycrane._registry.client import RegistryClient

Change = Callable[[bytes], bytes | None]
"""Gives new content for what there is, or None to leave it."""


def edit_config(
    client: RegistryClient,
    source: Reference,
    target: Reference,
    change: Change,
    *,
    platforms: Sequence[Platform] = (),
    jobs: int = DEFAULT_JOBS,
) -> Reference:
    """Put what `change` makes of an image's configuration in its place, byte for byte; returns the result.

    That its layers are others than the image's is a warning.

    Raises:
        UnsupportedError: an index, and no platform was chosen.
        MalformedError: what `change` gave is no configuration.
        PycraneError: the image cannot be read or written; what was there stays.
    """
    what = f"editing the configuration of {name_of(source)}"
    with working(client, what, source, target.repository):
        image = narrowed(client.open(source), platforms)
        if not isinstance(image, Image):
            raise UnsupportedError(
                f"it is an index, whose images have a configuration each: {_platforms(image)}",
                hint="choose one of them with --platform",
            )
        new = change(image.raw_config_file)
        if new is not None:
            image = with_config(image, new)
            if wrong := layer_mismatch(image):
                client.session.listener(Warned(wrong))
        return write(client, image, Target(target), jobs)


def edit_manifest(
    client: RegistryClient,
    source: Reference,
    target: Reference,
    change: Change,
    *,
    media_type: str = "",
    platforms: Sequence[Platform] = (),
    jobs: int = DEFAULT_JOBS,
) -> Reference:
    """Put what `change` makes of a manifest or index in its place, byte for byte; returns the result.

    It is pushed as a `media_type`, or as what it says itself, or as what it was. What it names goes with it,
    if the target is another repository.

    Raises:
        MalformedError: what `change` gave is not JSON, or no manifest of the type that it has.
        PycraneError: it cannot be read or written; what was there stays.
    """
    with working(client, f"editing the manifest of {name_of(source)}", source, target.repository):
        raw, descriptor = client.get_manifest(source)
        if platforms:
            image = select_image(client.open(source), platforms[0])
            raw, descriptor = image.raw_manifest, image.descriptor
        new = change(raw)
        if new is None:
            new = raw
        said = go_json.load_object(new, "the edited manifest").get("mediaType")
        kind = media_type or (said if isinstance(said, str) else "") or descriptor.media_type
        described = Descriptor(kind, Digest.of(new), len(new))
        if kind in media_types.IMAGES | media_types.INDEXES:
            content = RegistryContent(client.session, source.repository)
            return write(client, open_view(content, new, described), Target(target), jobs)
        where = target.with_digest(described.digest) if target.digest else target
        client.put_manifest(where, new, kind)
        return target.with_digest(described.digest)


def edit_file(
    client: RegistryClient,
    source: Subject,
    target: Reference,
    name: str,
    change: Change,
    *,
    platforms: Sequence[Platform] = (),
    jobs: int = DEFAULT_JOBS,
) -> Reference:
    """Put what `change` makes of the file `name` on top of an image as a layer; returns the result.

    Owner, mode and extended attributes stay; a file that is not there is made, which is a warning. Without a
    choice of `platforms` it is done with every image of an index.

    Raises:
        UnsupportedError: there is something else than a file, or no file system.
        PycraneError: the image cannot be read or written; what was there stays.
    """

    def edited(image: Image) -> Image:
        file = find_file(image, name.encode(errors="surrogateescape"))
        if file.member is None:
            client.session.listener(Warned(f"{name} is not there yet, and is made"))
        new = change(file.content)
        if new is None:
            return image
        shown = name.encode(errors="surrogateescape").decode(errors="replace")
        history = {"created": now(), "created_by": f"pycrane edit fs --filename {shown}"}
        return append_layers(image, [_layer(files, image, file, new)], history=history)

    what = f"editing {name} in {name_of(source)}"
    with working(client, what, source, target.repository), LayerFiles() as files:
        view = narrowed(opened(client, source), platforms)
        return write(client, edit_each(view, edited), Target(target), jobs)


def _layer(files: LayerFiles, image: Image, file: FoundFile, content: bytes) -> Layer:
    mtime = int(datetime.fromisoformat(now()).timestamp())
    layer = files.read(BytesIO(file_layer(file, content, mtime)))
    return layer_of(files.for_windows(layer) if is_windows(image) else layer)


def _platforms(index: Index) -> str:
    entries = index.index_manifest.manifests
    return ", ".join(str(entry.platform) for entry in entries if entry.platform) or "none says for what"
