"""Text of a template as pieces: text between actions, and the words of actions (Go, text/template/parse)."""

from __future__ import annotations

import re
from typing import NamedTuple

from pycrane._cli.terminal.go_template_values import TemplateError, text_of

_TOKEN = re.compile(
    r"""(?P<space>\s+)
    |(?P<string>"(?:[^"\\\n]|\\.)*")
    |(?P<raw>`[^`]*`)
    |(?P<char>'(?:[^'\\\n]|\\.)+')
    |(?P<number>[+-]?(?:0[xX][0-9a-fA-F_]+|0[bB][01_]+|0[oO][0-7_]+
        |(?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][+-]?[0-9_]+)?))
    |(?P<field>\.[^\W\d]\w*)
    |(?P<variable>\$\w*)
    |(?P<word>[^\W\d]\w*)
    |(?P<sign>:=|[=|(),.])""",
    re.VERBOSE,
)
_COMMENT = re.compile(r"/\*.*?\*/(?P<trim>\s-)?\}\}", re.DOTALL)
_END = re.compile(r"(?P<trim>\s+-)?\}\}")
_ESCAPE = re.compile(
    r"\\(?:(?P<octal>[0-7]{3})|x(?P<hex>[0-9a-fA-F]{2})|u(?P<short>[0-9a-fA-F]{4})|U(?P<long>[0-9a-fA-F]{8})"
    r"|(?P<sign>.))",
    re.DOTALL,
)
_SIGNS = {"a": 7, "b": 8, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11, "\\": 92, '"': 34, "'": 39}
_SPACE = " \t\r\n"


class Lexeme(NamedTuple):
    """A word of an action: its kind (`space`, `string`, `field` …) and its text."""

    kind: str
    text: str


def pieces(template: str) -> list[str | list[Lexeme]]:
    """Split a template into its texts and actions, spaces trimmed where it says so. Raises TemplateError."""
    found: list[str | list[Lexeme]] = []
    at, trimmed = 0, False
    while at < len(template):
        start = template.find("{{", at)
        text = template[at:] if start < 0 else template[at:start]
        if trimmed:
            text = text.lstrip(_SPACE)
        if start < 0:
            found.append(text)
            break
        at = start + 2
        if template.startswith("-", at) and template[at + 1 : at + 2] in tuple(_SPACE):
            text = text.rstrip(_SPACE)
            at += 2
        found.append(text)
        if comment := _COMMENT.match(template, _behind_space(template, at)):
            at, trimmed = comment.end(), bool(comment["trim"])
            continue
        action, at, trimmed = _action(template, at)
        found.append(action)
    return [piece for piece in found if piece != ""]


def _behind_space(template: str, at: int) -> int:
    """Return the place of a comment that a trimmed action has behind more than one space."""
    while template[at : at + 1] in tuple(_SPACE) and template[at - 1 : at] in tuple(_SPACE):
        at += 1
    return at


def _action(template: str, at: int) -> tuple[list[Lexeme], int, bool]:
    """Read an action; return it, the place behind it, and whether the text there loses its leading spaces."""
    tokens: list[Lexeme] = []
    while True:
        end = _END.match(template, at)
        if end:
            return tokens, end.end(), bool(end["trim"])
        token = _TOKEN.match(template, at)
        if token is None or token.lastgroup is None:
            found = repr(template[at]) if at < len(template) else "the end of the template"
            raise TemplateError(f"a template has {found} in an action, expected an operand or }}}}")
        tokens.append(Lexeme(token.lastgroup, token[0]))
        at = token.end()


def literal(text: str) -> str:
    """Return the text of a quoted literal of Go. Raises TemplateError."""
    if text.startswith("`"):
        return text[1:-1]
    raw = bytearray()
    at = 1
    while at < len(text) - 1:
        if text[at] != "\\":
            raw += text[at].encode("utf-8", "surrogateescape")
            at += 1
            continue
        escape = _ESCAPE.match(text, at)
        raw += _escaped(escape, text)
        at = escape.end() if escape else at
    return text_of(bytes(raw))


def _escaped(escape: re.Match[str] | None, text: str) -> bytes:
    code = -1
    if escape and (octal := escape["octal"]) and int(octal, 8) < 256:
        return bytes([int(octal, 8)])
    if escape and escape["hex"]:
        return bytes([int(escape["hex"], 16)])
    if escape and (wide := escape["short"] or escape["long"]):
        code = int(wide, 16)
    elif escape and escape["sign"] in _SIGNS and escape["sign"] != ("'" if text[0] == '"' else '"'):
        code = _SIGNS[escape["sign"]]
    if not 0 <= code <= 0x10FFFF or 0xD800 <= code <= 0xDFFF:
        raise TemplateError(f"a template has {text}, which has an escape that Go does not have")
    return chr(code).encode()


def number(text: str) -> int | float:
    """Return the value of a number of Go. Raises TemplateError."""
    digits = text.lstrip("+-")
    try:
        if digits[:2].lower() in ("0x", "0b", "0o"):
            value: int | float = int(text, 0)
        elif digits.isdigit() and digits.startswith("0"):
            value = int(text, 8)
        elif digits.replace("_", "").isdigit():
            value = int(text)
        else:
            return float(text)
    except ValueError:
        raise TemplateError(f"a template has {text}, which is not a number") from None
    if not -(2**63) <= value < 2**64:
        raise TemplateError(f"a template has {text}, which has more than 64 bits")
    return value
