"""Output templates in the language of Go's package text/template, as users of docker and skopeo write them.

Not supported are `define`, `block`, `template`, `call` and methods. Nesting, steps and output are bounded.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pycrane._cli.terminal.go_template_nodes import State
from pycrane._cli.terminal.go_template_parser import Parser
from pycrane._cli.terminal.go_template_values import TemplateError, octets

_MOST_TEMPLATE = 64 * 1024


def render(template: str, value: object) -> bytes:
    """Apply a template to a value, and return what it prints.

    Raises:
        TemplateError: the template cannot be read, does not fit the value, or prints too much.
    """
    if len(template) > _MOST_TEMPLATE:
        raise TemplateError(f"a template has more than {_MOST_TEMPLATE} characters")
    state = State(value)
    Parser(template).parse()(state)
    return octets("".join(state.output))


_QUOTED_NEWLINE = re.compile(r'\{\{[^}]*"[^"}]*\\n[^"}]*"')
_ACTION = re.compile(r"\{\{.*?\}\}", re.DOTALL)


def report(template: str, rows: Sequence[object]) -> bytes:
    r"""Apply a template to each value and return its lines, as skopeo's and podman's `--format` do.

    `\n` and `\t` in the text are a line break and a tab, a line break is added at the end; `table ` before
    the template makes columns of what tabs divide.

    Raises:
        TemplateError: as `render` does.
    """
    table = template.startswith("table ")
    text = _unescaped(template.removeprefix("table "))
    if not text.endswith("\n") and not _QUOTED_NEWLINE.search(text):
        text += "\n"
    shown = b"".join(render(text, row) for row in rows)
    return aligned(shown) if table else shown


def _unescaped(template: str) -> str:
    parts: list[str] = []
    at = 0
    for action in _ACTION.finditer(template):
        parts += [_plain(template[at : action.start()]), action[0]]
        at = action.end()
    return "".join([*parts, _plain(template[at:])])


def _plain(text: str) -> str:
    return text.replace("\\n", "\n").replace("\\t", "\t")


def aligned(text: bytes, least: int = 12, padding: int = 2) -> bytes:
    """Make columns of the cells that tabs end, in lines one below another (Go, text/tabwriter)."""
    rows = [line.split("\t") for line in text.decode("utf-8", "surrogateescape").split("\n")]
    widths: list[list[int]] = [[0] * (len(row) - 1) for row in rows]
    for column in range(max(map(len, rows)) - 1):
        start = 0
        while start < len(rows):
            end = start
            while end < len(rows) and len(rows[end]) - 1 > column:
                end += 1
            most = max((len(row[column]) for row in rows[start:end]), default=0)
            for at in range(start, end):
                widths[at][column] = max(least, most + padding) if most else 0
            start = end + 1
    lines = (
        "".join(cell.ljust(width) for cell, width in zip(row, [*wide, 0], strict=True))
        for row, wide in zip(rows, widths, strict=True)
    )
    return octets("\n".join(lines))
