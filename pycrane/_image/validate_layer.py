"""One layer read from end to end, once: is it what manifest and config say (OCI image spec, layer.md)?"""

from __future__ import annotations

from contextlib import closing

from pycrane._errors import IntegrityError, LayerError, LimitExceededError
from pycrane._image.content import limits_of
from pycrane._image.view import Layer
from pycrane._io.measured import MeasuredStream
from pycrane._io.stream import ByteStream, drain
from pycrane._layers.compression.decompress import PlainStream, open_decompressed
from pycrane._layers.compression.kinds import Compression
from pycrane._layers.tar.paths import clean_path
from pycrane._layers.tar.walk import TarWalk
from pycrane._limits import Limits
from pycrane._oci import media_types
from pycrane._oci.digest import Digest

_SUFFIXES = {"gzip": Compression.GZIP, "zstd": Compression.ZSTD}


def examine(layer: Layer, diff_id: Digest | None, *, trust_type: bool = True) -> list[str]:
    """Return the problems of a layer with this diff id, one line each; none if it is well-formed.

    It is read once, compressed and not, in constant memory but for the names in it. A blob of a media type
    that is not a layer's is not looked into. With `trust_type` its compression must be the one its type says.

    Raises:
        PycraneError: the layer cannot be had.
    """
    with closing(layer.compressed()) as stored:
        try:
            if layer.media_type not in media_types.LAYERS:
                problems = []
            else:
                plain = open_decompressed(stored, limits_of(layer.content), f"layer {layer.digest}")
                problems = _wrong_type(layer, plain) if trust_type else []
                problems += _contents(layer, plain, diff_id)
            drain(stored)
        except IntegrityError as error:
            return [error.message]
    return problems


def _wrong_type(layer: Layer, plain: PlainStream) -> list[str]:
    said = _SUFFIXES.get(layer.media_type.replace("+", ".").rpartition(".")[2], Compression.NONE)
    if plain.compression is said:
        return []
    found, expected = _spoken(plain.compression), _spoken(said)
    return [f"layer {layer.digest} is {found}, its media type {layer.media_type} says {expected}"]


def _spoken(compression: Compression) -> str:
    return "not compressed" if compression is Compression.NONE else str(compression)


def _contents(layer: Layer, plain: PlainStream, diff_id: Digest | None) -> list[str]:
    """Return the problems inside the compression; after a first one the rest is still read."""
    measured = MeasuredStream(plain, diff_id.algorithm if diff_id and diff_id.verifiable else "sha256")
    problems: list[str] = []
    try:
        problems += _names(measured, f"layer {layer.digest}", limits_of(layer.content))
    except (LayerError, LimitExceededError) as error:
        problems.append(error.message)
    try:
        drain(measured)
    except (LayerError, LimitExceededError) as error:
        return problems or [error.message]
    if diff_id is not None and measured.digest != diff_id:
        problems.append(f"layer {layer.digest} has the diff id {measured.digest}, its config says {diff_id}")
    return problems


def _names(plain: ByteStream, what: str, limits: Limits) -> list[str]:
    """Return the problems of the paths of a tar: those that lead outside, and those that stand twice."""
    seen: set[bytes] = set()
    twice: dict[bytes, None] = {}
    outside: list[str] = []
    for entry in TarWalk(plain, what, limits):
        try:
            path = clean_path(entry.name, what)
        except LayerError as error:
            outside = outside or [error.message]
            continue
        if path in seen:
            twice[path] = None
        seen.add(path)
    if twice:
        first = next(iter(twice)).decode(errors="backslashreplace")
        return [*outside, f"{what} has {first!r} twice{_others(len(twice) - 1)}"]
    return outside


def _others(count: int) -> str:
    return f", and {count} other paths" if count else ""
