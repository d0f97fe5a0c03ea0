"""Copies of images as skopeo makes and tells them (skopeo-copy(1))."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from pycrane._cli.skopeo.places import is_docker_archive
from pycrane._cli.skopeo.session import SkopeoSession
from pycrane._cli.skopeo.settings import CopyFlags
from pycrane._client.partial import copy_partly
from pycrane._errors import UnsupportedError
from pycrane._image.view import Image, Index, View, is_manifest
from pycrane._layers.compression.kinds import Compression
from pycrane._mutate.convert import Family
from pycrane._oci import media_types
from pycrane._oci.digest import Digest
from pycrane._registry.client import RegistryClient
from pycrane._transports.archives import OciArchiveLocation
from pycrane._transports.location import Location, ViewLocation
from pycrane._transports.oci_layout import LayoutLocation
from pycrane._transports.registry import RegistryLocation

_PLAIN = frozenset({media_types.OCI_LAYER, media_types.DOCKER_LAYER})
_FORMATS = {"oci": Family.OCI, "v2s2": Family.DOCKER}


class Copied(NamedTuple):
    """A copy that was made: its digest, and the lines that skopeo prints of it."""

    digest: Digest
    lines: tuple[str, ...]


class Copying:
    """Copies images with the flags of one command line.

    Raises:
        UnsupportedError: flags that contradict each other.
    """

    def __init__(self, session: SkopeoSession, flags: CopyFlags) -> None:
        _check(flags)
        self._session = session
        self._flags = flags

    def copy(self, source: Location, target: Location) -> Copied:
        """Copy an image."""
        client = self._session.client
        source.expect(client.registry, "pull")
        target.expect(client.registry, "pull", "push")
        view = self._chosen(self._session.open(source))
        if self._flags.preserve_digests and is_docker_archive(target):
            raise UnsupportedError(f"--preserve-digests: {target.text} keeps no manifest")
        if isinstance(view, Index) and self._flags.multi_arch == "index-only":
            copy_partly(client, source, view, target, ())
            return Copied(view.digest, (*_opening(view, 0), *_CLOSING))
        lines = tuple(_lines(view))
        form, compression = self._format(target), self._compression(view, target)
        signatures = {} if self._flags.remove_signatures else _signatures(source, view, client.registry)
        if signatures and (form or compression or not target.capabilities.signatures):
            raise UnsupportedError(
                f"{source.text} has signatures, and {target.text} cannot hold them as they are",
                hint="--remove-signatures copies the image without them",
            )
        done = client.copy(
            ViewLocation(view, source, signatures),
            target,
            format=form,
            lossy=True,
            compression=compression,
            level=self._flags.dest_compress_level,
        )
        assert done.digest is not None  # noqa: S101
        return Copied(done.digest, (*lines, *(["Storing signatures"] if signatures else [])))

    def _chosen(self, view: View) -> View:
        everything = self._flags.all or self._flags.multi_arch in ("all", "index-only")
        return view if everything else self._session.image(view)

    def _format(self, target: Location) -> Family | None:
        """Return the format asked for, else that which layouts want, and zstd needs."""
        flags = self._flags
        if flags.format or flags.preserve_digests:
            return _FORMATS.get(flags.format or "")
        wanted = (
            isinstance(target, LayoutLocation | OciArchiveLocation) or flags.dest_compress_format == "zstd"
        )
        return Family.OCI if wanted else None

    def _compression(self, view: View, target: Location) -> Compression | None:
        """Return the compression asked for, else gzip where a registry or layout would get plain layers."""
        flags = self._flags
        if flags.dest_compress_format:
            return Compression(flags.dest_compress_format)
        if flags.dest_compress:
            return Compression.GZIP
        if flags.dest_decompress:
            return Compression.NONE
        layout = isinstance(target, LayoutLocation | OciArchiveLocation)
        if is_docker_archive(target):
            return Compression.NONE
        kept = flags.preserve_digests or (layout and flags.dest_oci_accept_uncompressed_layers)
        compresses = (layout or isinstance(target, RegistryLocation)) and not kept
        return Compression.GZIP if compresses and _has_plain_layers(view) else None


def _check(flags: CopyFlags) -> None:
    """Raise UnsupportedError for flags that contradict each other."""
    compress = bool(flags.dest_compress or flags.dest_compress_format)
    refusals = {
        "--all and --multi-arch": flags.all and flags.multi_arch is not None,
        "--dest-compress and --dest-decompress": compress and flags.dest_decompress,
        "--preserve-digests and --format": flags.preserve_digests and flags.format is not None,
        "--preserve-digests and a compression": flags.preserve_digests
        and (compress or flags.dest_decompress),
    }
    for words, refused in refusals.items():
        if refused:
            raise UnsupportedError(f"{words} cannot be used together")
    if flags.dest_force_compress_format and not flags.dest_compress_format:
        raise UnsupportedError("--dest-force-compress-format needs --dest-compress-format")
    if flags.format == "v2s1":
        raise UnsupportedError("--format v2s1 is not supported")


def _signatures(source: Location, view: View, registry: RegistryClient) -> Mapping[Digest, Sequence[bytes]]:
    """Return the signatures of a view and, of an index, of what it lists."""
    found = source.signatures(registry)
    return found if isinstance(view, Index) else {name: found[name] for name in found if name == view.digest}


def _images(view: View) -> Iterator[Image]:
    if isinstance(view, Image):
        yield view
        return
    for entry in view.index_manifest.manifests:
        if is_manifest(entry):
            yield from _images(view.child(entry))


def _has_plain_layers(view: View) -> bool:
    return any(layer.media_type in _PLAIN for image in _images(view) for layer in image.manifest.layers)


_CLOSING = ("Writing manifest list to image destination", "Storing list signatures")


def _opening(index: Index, count: int) -> tuple[str, str]:
    whole = len(index.index_manifest.manifests)
    return "Getting image list signatures", f"Copying {count} images generated from {whole} images in list"


def _lines(view: View) -> Iterator[str]:
    """Yield what is printed of a copy, the last line when the manifest is written."""
    if isinstance(view, Index):
        entries = [entry for entry in view.index_manifest.manifests if is_manifest(entry)]
        yield from _opening(view, len(entries))
        for number, entry in enumerate(entries, 1):
            yield f"Copying image {entry.digest} ({number}/{len(entries)})"
            child = view.child(entry)
            if isinstance(child, Image):
                yield from _lines(child)
        yield from _CLOSING
        return
    yield "Getting image source signatures"
    for layer in dict.fromkeys(layer.digest for layer in view.manifest.layers):
        yield f"Copying blob {layer}"
    yield f"Copying config {view.manifest.config.digest}"
    yield "Writing manifest to image destination"
