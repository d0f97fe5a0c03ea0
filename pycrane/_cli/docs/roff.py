"""Formats plain text with the man(7) macros."""

from __future__ import annotations

from collections.abc import Iterable

from pycrane._cli.help_text import wrapped

DATE = "2026-12-01"
"""Date of the manual."""
_PARAGRAPH = ".PP\n"
_LINE = 78  # bytes; mandoc complains about lines of more than 80
_ESCAPES = str.maketrans(
    {"\\": r"\e", "-": r"\-", "'": r"\(aq", "`": r"\(ga", "^": r"\(ha", "~": r"\(ti", '"': r"\(dq"}
)


def escape(text: str) -> str:
    """Escape text, so that roff sets it unchanged."""
    escaped = text.translate(_ESCAPES)
    return rf"\&{escaped}" if escaped.startswith(".") else escaped


def header(name: str, version: str, section: int = 1) -> str:
    """Return the first lines of a page; its text is ragged right."""
    return f'.TH "{escape(name.upper())}" {section} {DATE} "pycrane {version}" "pycrane manual"\n.ad l\n'


def section(title: str, body: str) -> str:
    """Return a section, empty if its body is. It is not hyphenated, and begins without a paragraph macro."""
    return f".SH {escape(title)}\n.nh\n{body.removeprefix(_PARAGRAPH)}" if body else ""


def paragraph(text: str) -> str:
    """Return a paragraph of escaped text, in lines of at most 80 bytes where words allow it."""
    return f"{_PARAGRAPH}{filled(text)}"


def paragraphs(text: str) -> str:
    """Paragraphs, separated by empty lines; one that is indented, or begins with \b, is verbatim."""
    parts = []
    for block in text.strip("\n").split("\n\n"):
        lines = block.splitlines()
        if lines[0].strip() == "\b" or lines[0].startswith("  "):
            parts.append(verbatim("\n".join(line.strip() for line in lines if line.strip() != "\b")))
        else:
            parts.append(paragraph(escape(" ".join(line.strip() for line in lines))))
    return "".join(parts)


def verbatim(text: str) -> str:
    """Set lines unchanged, indented, in a fixed font."""
    lines = "\n".join(escape(line) for line in text.strip("\n").splitlines())
    return f"{_PARAGRAPH}.RS 4\n.EX\n{lines}\n.EE\n.RE\n.nh\n"


def definitions(rows: Iterable[tuple[str, str]]) -> str:
    """Set terms in bold, each with its text indented below."""
    return "".join(f".TP\n\\fB{escape(term)}\\fR\n{filled(escape(text))}" for term, text in rows)


def filled(text: str) -> str:
    """Break escaped text into lines; none begins with a control character."""
    lines = wrapped(text, _LINE).splitlines()
    return "".join(rf"\&{line}" + "\n" if line.startswith(".") else f"{line}\n" for line in lines)
