"""Formatting of values as Go's `fmt.Sprintf` does it, for templates."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from pycrane._cli.terminal.go_template_values import (
    GoTime,
    TemplateError,
    check_length,
    float_text,
    kind_of,
    octets,
    printed,
)

_HEX = frozenset("xX")
_INDEX = re.compile(r"\[([0-9]{1,6})\]", re.ASCII)


def formatted(form: str, values: Sequence[object]) -> str:
    """Format values as Go's `fmt.Sprintf` does, its complaints about wrong verbs included."""
    left = _Arguments(values)
    pieces: list[str] = []
    length, at = 0, 0
    while at < len(form):
        end = form.find("%", at)
        end = len(form) if end < 0 else end
        pieces.append(form[at:end])
        at = end
        if end < len(form):
            at, piece = _directive(form, end + 1, left)
            pieces.append(piece)
        length += sum(map(len, pieces[-2:]))
        check_length(length)
    if left and not left.reordered:
        extra = ", ".join(
            f"{kind_of(each)}={printed(each)}" if each is not None else "<nil>" for each in left
        )
        pieces.append(f"%!(EXTRA {extra})")
    return "".join(pieces)


_MOST_WIDTH = 1_000_000


class _Arguments(list[object]):
    """The arguments that are left. `[N]` in a form goes to the Nth of all."""

    def __init__(self, values: Sequence[object]) -> None:
        super().__init__(values)
        self._values = values
        self.reordered = False

    def seek(self, form: str, at: int) -> int:
        """Read `[N]` if it stands at a place; return the place behind it. Raises TemplateError."""
        index = _INDEX.match(form, at)
        if index is None:
            return at
        if not 1 <= int(index[1]) <= len(self._values):
            raise TemplateError(f"printf has {index[0]}, expected an argument up to {len(self._values)}")
        self[:] = self._values[int(index[1]) - 1 :]
        self.reordered = True
        return index.end()


def _directive(form: str, at: int, left: _Arguments) -> tuple[int, str]:
    """Format one value by the directive that begins at a place; return the place behind it, and its text."""
    flags = ""
    while at < len(form) and form[at] in "+-# 0":
        flags += form[at]
        at += 1
    at, width = _number(form, left.seek(form, at), left)
    precision = None
    if form.startswith(".", at):
        at, precision = _number(form, left.seek(form, at + 1), left)
        precision = precision or 0
    at = left.seek(form, at)
    if at >= len(form):
        return at, "%!(NOVERB)"
    verb, at = form[at], at + 1
    if verb == "%":
        return at, "%"
    if not left:
        return at, f"%!{verb}(MISSING)"
    text = _verb(left.pop(0), verb, flags, precision)
    if width is not None and "-" in flags:
        return at, text.ljust(width)
    if width is not None and "0" in flags and verb in "bdoxXeEfFgGv" and text.lstrip("+-")[:1].isdigit():
        sign = text[:1] if text[:1] in "+-" else ""
        return at, sign + text[len(sign) :].rjust(width - len(sign), "0")
    return at, text.rjust(width or 0)


def _number(form: str, at: int, left: list[object]) -> tuple[int, int | None]:
    """Read a width or precision, perhaps `*`. Raises TemplateError if it is too large."""
    start = at
    if form.startswith("*", at):
        given = left.pop(0) if left else None
        if type(given) is not int or not 0 <= given <= _MOST_WIDTH:
            raise TemplateError(f"printf has the width {printed(given)}, expected 0 to {_MOST_WIDTH}")
        return at + 1, given
    while at < len(form) and form[at] in "0123456789":
        at += 1
    if at == start:
        return at, None
    if at - start > 7 or int(form[start:at]) > _MOST_WIDTH:
        raise TemplateError(f"printf has a width of more than {_MOST_WIDTH}")
    return at, int(form[start:at])


def _verb(value: object, verb: str, flags: str, precision: int | None) -> str:
    whole = isinstance(value, int) and not isinstance(value, bool)
    plus = "+" if "+" in flags else " " if " " in flags else ""
    if verb == "T":
        return kind_of(value)
    if verb == "v":
        if whole or isinstance(value, float):
            return _signed(printed(value), plus)
        return printed(value, names="+" in flags)
    if isinstance(value, list | tuple) and verb in "sqxXdt":
        return f"[{' '.join(_verb(each, verb, flags, precision) for each in value)}]"
    if isinstance(value, dict) and verb in "sqxX":
        pairs = (
            f"{_verb(k, verb, flags, precision)}:{_verb(v, verb, flags, precision)}"
            for k, v in sorted(value.items())
        )
        return f"map[{' '.join(pairs)}]"
    if isinstance(value, GoTime):
        value = value.text
    if isinstance(value, str) and verb in "sqxX":
        cut = value if precision is None or verb in _HEX else value[:precision]
        if verb == "s":
            return cut
        code = octets(cut)[:precision].hex()
        return quoted(cut) if verb == "q" else code.upper() if verb == "X" else code
    if isinstance(value, bool) and verb == "t":
        return printed(value)
    if isinstance(value, int) and whole and verb in "dboxXcqU":
        return _whole(value, verb, flags, plus)
    if isinstance(value, float) and verb in "eEfFgG":
        if verb in "gG" and precision is None:
            text = float_text(value)
            return _signed(text.upper() if verb == "G" else text, plus)
        digits = 6 if precision is None else min(precision, 1000)
        return _signed(f"{value:.{digits}{verb}}" if math.isfinite(value) else printed(value), plus)
    return f"%!{verb}({kind_of(value)}={printed(value)})" if value is not None else f"%!{verb}(<nil>)"


def _whole(value: int, verb: str, flags: str, plus: str) -> str:
    if verb in "cqU":
        valid = 0 <= value <= 0x10FFFF and not 0xD800 <= value <= 0xDFFF
        char = chr(value) if valid else "\ufffd"
        return char if verb == "c" else f"U+{value:04X}" if verb == "U" else f"'{quoted(char)[1:-1]}'"
    if verb == "d" and value.bit_length() > 64:
        raise TemplateError("a number has more than 64 bits")
    prefix = {"x": "0x", "X": "0X", "o": "0", "b": "0b"}.get(verb, "") if "#" in flags else ""
    text = f"{prefix}{abs(value):{verb}}"
    return f"-{text}" if value < 0 else plus + text


def _signed(text: str, plus: str) -> str:
    return text if text[:1] in "+-" or not plus else plus + text


_ESCAPES = {"\a": "a", "\b": "b", "\f": "f", "\n": "n", "\r": "r", "\t": "t", "\v": "v", '"': '"', "\\": "\\"}


def quoted(text: str) -> str:
    """Return a text as a literal of Go, as the verb `%q` has it."""
    return f'"{"".join(map(_literal, text))}"'


def _literal(char: str) -> str:
    if char in _ESCAPES:
        return f"\\{_ESCAPES[char]}"
    code = ord(char)
    if char.isprintable():
        return char
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    if code < 0x80:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
