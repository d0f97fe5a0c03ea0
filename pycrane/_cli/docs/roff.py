"""Formats plain text with the man(7) macros."""

from __future__ import annotations

from collections.abc import Iterable

_ESCAPES = str.maketrans(
    {"\\": r"\e", "-": r"\-", "'": r"\(aq", "`": r"\(ga", "^": r"\(ha", "~": r"\(ti", '"': r"\(dq"}
)


def escape(text: str) -> str:
    """Escape text, so that roff sets it unchanged."""
    escaped = text.translate(_ESCAPES)
    return rf"\&{escaped}" if escaped.startswith(".") else escaped


def header(name: str, version: str, section: int = 1) -> str:
    """Return the first lines of a page; its text is ragged right and not hyphenated."""
    return f'.TH "{escape(name.upper())}" {section} "" "pycrane {version}" "pycrane manual"\n.ad l\n.nh\n'


def section(title: str, body: str) -> str:
    """Return a section, empty if its body is."""
    return f".SH {escape(title)}\n{body}" if body else ""


def paragraphs(text: str) -> str:
    """Paragraphs, separated by empty lines; one that is indented, or begins with \b, is verbatim."""
    parts = []
    for block in text.strip("\n").split("\n\n"):
        lines = block.splitlines()
        if lines[0].strip() == "\b" or lines[0].startswith("  "):
            parts.append(verbatim("\n".join(line.strip() for line in lines if line.strip() != "\b")))
        else:
            parts.append(f".PP\n{escape(' '.join(line.strip() for line in lines))}\n")
    return "".join(parts)


def verbatim(text: str) -> str:
    """Set lines unchanged, indented, in a fixed font."""
    lines = "\n".join(escape(line) for line in text.strip("\n").splitlines())
    return f".PP\n.RS 4\n.nf\n\\fC{lines}\\fR\n.fi\n.RE\n"


def definitions(rows: Iterable[tuple[str, str]]) -> str:
    """Set terms in bold, each with its text indented below."""
    return "".join(f".TP\n\\fB{escape(term)}\\fR\n{escape(text)}\n" for term, text in rows)
