"""Copies of images as skopeo makes and tells them (skopeo-copy(1))."""

from __future__ import annotations

from collections.abc import Iterator

from pycrane._cli.skopeo.session import SkopeoSession
from pycrane._cli.skopeo.settings import CopyFlags
from pycrane._cli.terminal.output import stdout
from pycrane._errors import UnsupportedError
from pycrane._image.view import Image, Index, View, is_manifest
from pycrane._io.whole_file import STANDARD_OUTPUT
from pycrane._layers.compression.kinds import Compression
from pycrane._mutate.convert import Family
from pycrane._oci.digest import Digest
from pycrane._transports.location import Location, ViewLocation

_FORMATS = {"oci": Family.OCI, "v2s2": Family.DOCKER}


class Copying:
    """Copies images with the flags of one command line.

    Raises:
        UnsupportedError: flags that contradict each other.
    """

    def __init__(self, session: SkopeoSession, flags: CopyFlags, *, quiet: bool = False) -> None:
        _check(flags)
        self._session = session
        self._flags = flags
        self._quiet = quiet

    def copy(self, source: Location, target: Location) -> Digest:
        """Copy an image, print what is done, and return its digest at the target."""
        client = self._session.client
        view = self._chosen(client.only(source))
        lines = [] if self._quiet or target.path == STANDARD_OUTPUT else list(_lines(view))
        for line in lines[:-1]:
            stdout.line(line)
        done = client.copy(
            ViewLocation(view, source.text),
            target,
            format=self._format(view),
            lossy=True,
            compression=self._compression(),
            level=self._flags.dest_compress_level,
        )
        if lines:
            stdout.line(lines[-1])
        assert done.digest is not None  # noqa: S101
        return done.digest

    def _chosen(self, view: View) -> View:
        everything = self._flags.all or self._flags.multi_arch == "all"
        return view if everything else self._session.image(view)

    def _format(self, view: View) -> Family | None:
        return _FORMATS.get(self._flags.format or "")

    def _compression(self) -> Compression | None:
        flags = self._flags
        if flags.dest_compress_format:
            return Compression(flags.dest_compress_format)
        if flags.dest_compress:
            return Compression.GZIP
        return Compression.NONE if flags.dest_decompress else None


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
    if flags.multi_arch == "index-only":
        raise UnsupportedError("--multi-arch index-only is not supported")


def _lines(view: View) -> Iterator[str]:
    """Yield what is printed of a copy, the last line when the manifest is written."""
    if isinstance(view, Index):
        yield "Getting image list signatures"
        entries = [entry for entry in view.index_manifest.manifests if is_manifest(entry)]
        yield f"Copying {len(entries)} of {len(entries)} images in list"
        for number, entry in enumerate(entries, 1):
            yield f"Copying image {entry.digest} ({number}/{len(entries)})"
            child = view.child(entry)
            if isinstance(child, Image):
                yield from _lines(child)
        yield "Writing manifest list to image destination"
        return
    yield "Getting image source signatures"
    for layer in dict.fromkeys(layer.digest for layer in view.manifest.layers):
        yield f"Copying blob {layer}"
    yield f"Copying config {view.manifest.config.digest}"
    yield "Writing manifest to image destination"
