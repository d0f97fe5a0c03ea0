"""The text of --help, wrapped to the width of the terminal.

Click's formatter is not used: it imports shutil and textwrap, which take a tenth of a start, and needs 80
columns.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from inspect import cleandoc

import click

_NARROWEST, _WIDEST, _PIPE = 20, 100, 80
_TWO_COLUMNS = 60  # columns of a terminal from which on options and their texts stand side by side
_TERM = 26  # columns of an option before its text begins on the next line
_WORD = re.compile(r"""(?:[^\s'"]|'[^']*'|"(?:\\.|[^"\\])*"|['"])+""")

Row = tuple[str, str]
"""A term, such as an option, and its text."""


def columns() -> int:
    """Return the columns for text on standard output: COLUMNS, or the terminal's, or 80 without one."""
    text = os.environ.get("COLUMNS", "")
    found = int(text) if text.isdecimal() else 0
    if not found:
        try:
            found = os.get_terminal_size(1).columns or _PIPE
        except OSError:
            found = _PIPE
    return max(_NARROWEST, min(found, _WIDEST))


def wrapped(text: str, width: int, indent: str = "", following: str | None = None) -> str:
    """Wrap a paragraph between words; lines after the first are indented by `following`."""
    return _lines(text.split(), width, indent, indent if following is None else following, "")


def command_line(line: str, width: int, indent: str = "") -> str:
    """Wrap a command line with backslashes between words, outside of quotes."""
    return _lines(_WORD.findall(line), width, indent, f"{indent}  ", " \\")


def _lines(words: Iterable[str], width: int, indent: str, following: str, end: str) -> str:
    done, line = "", ""
    for word in words:
        begin = f"{line} {word}" if line else f"{indent}{word}"
        if line and len(begin) > width - len(end):
            done += f"{line}{end}\n"
            begin = f"{following}{word}"
        line = begin
    return f"{done}{line}\n"


def paragraphs(text: str, width: int, indent: str = "") -> str:
    """Wrap paragraphs that are separated by empty lines."""
    return "\n".join(wrapped(each, width, indent) for each in text.strip().split("\n\n"))


def definitions(rows: Sequence[Row], width: int) -> str:
    """Set terms with their texts: side by side, or in a narrow terminal below each other."""
    beside = width >= _TWO_COLUMNS
    start = min(_TERM, max(len(term) for term, _ in rows) + 4) if beside else 6
    text = ""
    for term, explained in rows:
        first = f"  {term}"
        if beside and len(first) + 2 <= start:
            text += wrapped(explained, width, f"{first:<{start}}", " " * start)
        else:
            text += wrapped(first, width, "  ", "    ") + wrapped(explained, width, " " * start)
    return text


def option_row(option: click.Option, context: click.Context) -> Row:
    """Return the names of an option with its metavar, and its text."""
    names = ", ".join(sorted(option.opts, key=lambda name: name.startswith("--")))
    if option.secondary_opts:
        names += f", {', '.join(option.secondary_opts)}"
    if isinstance(option.type, click.Choice):
        names += f" {'|'.join(map(str, option.type.choices))}"
    elif not (option.is_flag or option.count):
        names += f" {option.make_metavar(context)}"
    return names, f"{option.help or ''}{' (required)' if option.required else ''}"


def option_rows(params: Iterable[click.Parameter], context: click.Context) -> list[Row]:
    """Return the rows of the options that are not hidden."""
    options = (param for param in params if isinstance(param, click.Option) and not param.hidden)
    return [option_row(option, context) for option in options]


def usage(context: click.Context) -> str:
    """Return the synopsis of a command."""
    return " ".join([context.command_path, *context.command.collect_usage_pieces(context)])


def section(title: str, body: str) -> str:
    """Return a section with an empty line before it, empty if its body is."""
    return f"\n{title}:\n{body}" if body else ""


def help_text(
    context: click.Context, examples: str, commands: str, options: Sequence[Row], closing: str
) -> str:
    """Return the help of a command, without the last newline.

    The examples follow the first paragraph, so that they stand on the first page; other paragraphs follow
    the options.
    """
    width = columns()
    first, _, more = cleandoc(context.command.help or "").partition("\n\n")
    text = wrapped(f"Usage: {usage(context)}", width, "", " " * 7)
    text += f"\n{wrapped(first, width)}"
    text += section("Examples", "".join(_example_lines(examples, width))) if examples else ""
    text += commands
    text += section("Options", definitions(options, width)) if options else ""
    text += f"\n{paragraphs(more, width)}" if more else ""
    return f"{text}\n{wrapped(closing, width)}".removesuffix("\n")


def _example_lines(examples: str, width: int) -> Iterator[str]:
    for line in examples.strip().splitlines():
        if line.startswith("#"):
            yield wrapped(line, width, "  ", "  # ")
        else:
            yield command_line(line, width, "  ") if line else "\n"
