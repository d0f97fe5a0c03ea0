"""JSON as registries and crane have it: read strictly (RFC 7493), written byte for byte as Go writes it.

Objects stay ordinary dicts in the order they came. `ordered` brings one into the order of the fields of a Go
struct, with its omissions, so that its written form has the bytes that crane would write.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from pycrane._errors import LimitExceededError, MalformedError, expect
from pycrane._limits import DEFAULT_LIMITS, Limits

ESCAPES = str.maketrans({char: f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"})
_TIME = re.compile(
    r"(?P<head>[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.(?P<fraction>[0-9]+))?"
    r"(?P<zone>Z|[+-][0-9]{2}:[0-9]{2})"
)
# A string without an end runs to the end of the text, and nothing is tried twice: time stays linear.
_STRING = re.compile(r'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)', re.DOTALL)
_ZERO_TIME = "0001-01-01T00:00:00Z"


def loads(raw: bytes, what: str, limits: Limits = DEFAULT_LIMITS) -> Any:
    """Read JSON; `what` names it in errors.

    Raises:
        MalformedError: not UTF-8, not JSON, a name twice in one object, NaN, Infinity or a lone surrogate.
        LimitExceededError: nested too deeply, or more values than `limits` allow.
    """
    expect(raw, bytes | bytearray, what)
    try:
        text = raw.decode("utf-8")
        _check_count(text, what, limits.json_values)
        value = json.loads(text, object_pairs_hook=_object, parse_constant=_constant, parse_float=_number)
    except RecursionError:
        raise LimitExceededError(f"{what} is nested too deeply") from None
    except ValueError as error:
        raise MalformedError(f"{what} is not valid JSON: {error}") from error
    if _depth(value, limits.json_depth) > limits.json_depth:
        raise LimitExceededError(f"{what} is nested deeper than {limits.json_depth} levels")
    if "\\u" in text:
        _reject_surrogates(value, what)
    return value


def load_object(raw: bytes, what: str, limits: Limits = DEFAULT_LIMITS) -> dict[str, Any]:
    """Read a JSON object, as `loads` does. Raises MalformedError for any other value too."""
    value = loads(raw, what, limits)
    if not isinstance(value, dict):
        raise MalformedError(f"{what} is not a JSON object")
    return value


def dumps(value: Any, indent: int | str | None = None) -> bytes:
    """Write JSON as Go does: compact or indented, `<`, `>` and `&` escaped, other text as UTF-8."""
    separators = (",", ":") if indent is None else (",", ": ")
    text = json.dumps(value, ensure_ascii=False, separators=separators, indent=indent, allow_nan=False)
    return text.translate(ESCAPES).encode()


def _check_count(text: str, what: str, limit: int) -> None:
    """Raise LimitExceededError for more than `limit` values, which take far more memory than their text."""
    if _separators(text) > limit and _separators(_STRING.sub("", text)) > limit:
        raise LimitExceededError(f"{what} has more than {limit} JSON values")


def _separators(text: str) -> int:
    return sum(text.count(sign) for sign in ",[{")


def _number(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise ValueError(f"number {text} is out of range")
    return value


def _constant(text: str) -> float:
    raise ValueError(f"{text} is not a JSON number")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise ValueError(f"name {twice!r} stands twice in one object")
    return value


def _depth(value: Any, limit: int) -> int:
    """Levels of nesting, counted no further than just beyond the limit and without recursion."""
    level, values = 0, [value]
    while values and level <= limit:
        inner: list[Any] = []
        for item in values:
            if isinstance(item, dict):
                inner.extend(item.values())
            elif isinstance(item, list):
                inner.extend(item)
        level, values = level + 1, inner
    return level


def _reject_surrogates(value: Any, what: str) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise MalformedError(f"{what} is not valid JSON: a lone surrogate") from None


class Field(NamedTuple):
    """A field of a Go struct: its JSON name, whether its zero value is left out, and what is inside."""

    name: str
    keep_empty: bool = False
    zero: Any = None
    inside: Struct | None = None
    each: bool = False
    sorted: bool = False

    @property
    def pointer(self) -> bool:
        """Whether an empty object still counts as given."""
        return self.inside is not None and not self.each


class Struct(NamedTuple):
    """A Go struct: its fields in order."""

    fields: tuple[Field, ...]


def _plain(*names: str) -> tuple[Field, ...]:
    return tuple(Field(name) for name in names)


PLATFORM = Struct(
    (
        Field("architecture", True, ""),
        Field("os", True, ""),
        *_plain("os.version", "os.features", "variant", "features"),
    )
)
DESCRIPTOR = Struct(
    (
        Field("mediaType", True, ""),
        Field("size", True, 0),
        Field("digest", True, ""),
        *_plain("data", "urls"),
        Field("annotations", sorted=True),
        Field("platform", inside=PLATFORM),
        Field("artifactType"),
    )
)
_TAIL = (Field("annotations", sorted=True), Field("subject", inside=DESCRIPTOR), Field("artifactType"))
MANIFEST = Struct(
    (
        Field("schemaVersion", True, 2),
        Field("mediaType"),
        Field("config", True, {}, DESCRIPTOR),
        Field("layers", True, None, DESCRIPTOR, each=True),
        *_TAIL,
    )
)
INDEX = Struct(
    (
        Field("schemaVersion", True, 2),
        Field("mediaType"),
        Field("manifests", True, None, DESCRIPTOR, each=True),
        *_TAIL,
    )
)
HISTORY = Struct(
    (Field("author"), Field("created", True, _ZERO_TIME), *_plain("created_by", "comment", "empty_layer"))
)
_HEALTHCHECK = Struct(_plain("Test", "Interval", "Timeout", "StartPeriod", "Retries"))
_CONFIG = Struct(
    (
        *_plain("AttachStderr", "AttachStdin", "AttachStdout", "Cmd"),
        Field("Healthcheck", inside=_HEALTHCHECK),
        *_plain("Domainname", "Entrypoint", "Env", "Hostname", "Image"),
        Field("Labels", sorted=True),
        *_plain("OnBuild", "OpenStdin", "StdinOnce", "Tty", "User"),
        Field("Volumes", sorted=True),
        Field("WorkingDir"),
        Field("ExposedPorts", sorted=True),
        *_plain("ArgsEscaped", "NetworkDisabled", "MacAddress", "StopSignal", "Shell"),
    )
)
CONFIG_FILE = Struct(
    (
        Field("architecture", True, ""),
        *_plain("author", "container"),
        Field("created", True, _ZERO_TIME),
        Field("docker_version"),
        Field("history", inside=HISTORY, each=True),
        Field("os", True, ""),
        Field("rootfs", True, {}, Struct((Field("type", True, ""), Field("diff_ids", True, None)))),
        Field("config", True, {}, _CONFIG),
        *_plain("os.version", "variant", "os.features"),
    )
)


def ordered(value: Mapping[str, Any], struct: Struct) -> dict[str, Any]:
    """The object in the order, and with the omissions and always-present fields, of a Go struct.

    Fields that the struct does not have follow in the order they came.
    """
    result: dict[str, Any] = {}
    for field in struct.fields:
        item = value.get(field.name)
        if item is None and field.keep_empty:
            item = field.zero
        if not field.keep_empty and (item is None if field.pointer else not item):
            continue
        result[field.name] = _arranged(item, field)
    known = {field.name for field in struct.fields}
    result.update((name, item) for name, item in value.items() if name not in known)
    return result


def _arranged(item: Any, field: Field) -> Any:
    if field.inside is not None:
        if field.each and isinstance(item, list):
            return [ordered(each, field.inside) if isinstance(each, dict) else each for each in item]
        if isinstance(item, dict):
            return ordered(item, field.inside)
    if field.sorted and isinstance(item, dict):
        return dict(sorted(item.items()))
    if field.name == "created" and isinstance(item, str):
        return _go_time(item)
    return item


def _go_time(text: str) -> str:
    """RFC 3339 as Go writes what it read: nine digits of fraction, without trailing zeros; Z for UTC."""
    match = _TIME.fullmatch(text)
    if match is None:
        return text
    fraction = (match["fraction"] or "")[:9].rstrip("0")
    zone = "Z" if match["zone"] in ("+00:00", "-00:00") else match["zone"]
    return match["head"] + (f".{fraction}" if fraction else "") + zone
