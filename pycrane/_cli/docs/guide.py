"""Guides, pages of section 7: written in a subset of Markdown, whose examples run as tests."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from pycrane._cli.docs.roff import definitions, escape, header, paragraph, section, verbatim
from pycrane._version import __version__

LIBRARY = Path(__file__).with_name("library.md")
"""The manual of the library."""
GUIDES = {f"pycrane-{path.stem}": path for path in sorted(Path(__file__).parent.glob("*.md"))}
"""The guides by the names of their pages."""

_FENCED = re.compile(r"```\w*\n(.*?)\n*```\n?", re.DOTALL)
_CODE = re.compile(r"`([^`]+)`")


def page(guide: Path) -> str:
    """Return the manual page of a guide.

    A guide has a title `# NAME - SHORT`, sections `## TITLE`, and paragraphs; those that are indented or
    between fences are set unchanged. A paragraph of a line and a second one that begins with `: ` is a
    definition.
    """
    head, *sections = guide.read_text(encoding="utf-8").split("\n## ")
    title, _, opening = head.partition("\n")
    name, _, short = title.removeprefix("# ").partition(" - ")
    parts = [header(name, __version__, 7), section("NAME", rf"{escape(name)} \- {escape(short)}" + "\n")]
    parts.append(section("DESCRIPTION", _body(opening)))
    for text in sections:
        heading, _, body = text.partition("\n")
        parts.append(section(heading, _body(body)))
    return "".join(parts)


def _body(text: str) -> str:
    return "".join(_blocks(text))


def _blocks(text: str) -> Iterator[str]:
    for number, part in enumerate(_FENCED.split(text)):
        if number % 2:
            yield verbatim(part)
            continue
        for block in filter(str.strip, part.split("\n\n")):
            lines = block.strip("\n").splitlines()
            if lines[0].startswith("    "):
                yield verbatim("\n".join(line.removeprefix("    ") for line in lines))
            elif len(lines) == 2 and lines[1].startswith(": "):
                yield definitions([(lines[0].strip("`"), lines[1].removeprefix(": "))])
            else:
                yield paragraph(_set(" ".join(line.strip() for line in lines)))


def _set(text: str) -> str:
    """Format a paragraph, its code in bold."""
    pieces = _CODE.split(text)
    marked = (
        rf"\fB{escape(piece)}\fR" if number % 2 else escape(piece) for number, piece in enumerate(pieces)
    )
    return "".join(marked)
