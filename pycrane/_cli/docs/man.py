"""Manual pages: one for pycrane and one for each command, from the same texts as --help."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import click

from pycrane._cli.command import Command, LazyGroup, command_context
from pycrane._cli.docs import guide, texts
from pycrane._cli.docs.roff import definitions, header, paragraphs, section, verbatim
from pycrane._cli.global_options import GLOBAL_OPTIONS
from pycrane._cli.help_text import option_rows, usage
from pycrane._version import __version__


def pages(program: click.Command) -> dict[str, str]:
    """Return the pages by file name."""
    context = command_context(program, None, "pycrane")
    written = {f"{_page_name(each)}.1": _page(each) for each in _tree(context)}
    if isinstance(program, LazyGroup):
        for alias, name in program.aliases.items():
            written[f"pycrane-{alias}.1"] = f".so man1/pycrane-{name}.1\n"
    return {**written, "pycrane-library.7": guide.page(guide.LIBRARY)}


def _tree(context: click.Context) -> Iterator[click.Context]:
    """Yield the context of a command, and of all its subcommands that are not hidden."""
    yield context
    if isinstance(context.command, click.Group):
        for name in context.command.list_commands(context):
            command = context.command.get_command(context, name)
            if command is not None and not command.hidden:
                yield from _tree(command_context(command, context, name))


def _page_name(context: click.Context) -> str:
    return context.command_path.replace(" ", "-")


def _page(context: click.Context) -> str:
    return "".join((_opening(context), _middle(context), _closing(context)))


def _opening(context: click.Context) -> str:
    name, command = _page_name(context), context.command
    short = command.get_short_help_str(limit=200).rstrip(".")
    description = inspect.cleandoc(command.help or "") + ("" if context.parent else f"\n{texts.DESCRIPTION}")
    return (
        header(name, __version__)
        + section("NAME", f"{name} - {short}".replace("-", r"\-") + "\n")
        + section("SYNOPSIS", verbatim(usage(context)))
        + section("DESCRIPTION", paragraphs(description))
    )


def _middle(context: click.Context) -> str:
    command = context.command
    params = command.get_params(context)
    own = (param for param in params if param not in GLOBAL_OPTIONS)
    shared = (param for param in params if param in GLOBAL_OPTIONS)
    main = "" if context.parent else texts.GLOBAL_OPTIONS
    return (
        section("COMMANDS", _commands(context))
        + section("OPTIONS", _options(context, own))
        + section("GLOBAL OPTIONS", (paragraphs(main) if main else "") + _options(context, shared))
        + section("DIFFERENCES FROM CRANE", _differences(context))
    )


def _closing(context: click.Context) -> str:
    command = context.command
    examples = command.examples if isinstance(command, Command) else ""
    related = "pycrane(1)" if context.parent else texts.RELATED
    return (
        section("EXIT STATUS", definitions(texts.EXIT_STATUS))
        + section("ENVIRONMENT", definitions(texts.ENVIRONMENT))
        + section("FILES", definitions(texts.FILES))
        + section("EXAMPLES", verbatim(examples or texts.EXAMPLES) if examples or not context.parent else "")
        + section("SEE ALSO", paragraphs(related))
    )


def _commands(context: click.Context) -> str:
    if not isinstance(context.command, click.Group):
        return ""
    below = [each for each in _tree(context) if each.parent is context]
    return definitions(
        (f"{_page_name(each)}(1)", each.command.get_short_help_str(limit=200)) for each in below
    )


def _options(context: click.Context, params: Iterator[click.Parameter]) -> str:
    return definitions(option_rows(params, context))


def _differences(context: click.Context) -> str:
    if context.parent is None:
        return paragraphs(texts.DIFFERENCES)
    command = context.command
    return paragraphs(command.differences) if isinstance(command, Command) and command.differences else ""
