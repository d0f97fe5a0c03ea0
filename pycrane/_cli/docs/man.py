"""Manual pages: one for pycrane and one for each command, from the same texts as --help."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator

import click

from pycrane._cli.command import Command, LazyGroup, command_context
from pycrane._cli.docs import guide, texts
from pycrane._cli.docs.roff import definitions, header, paragraphs, section, verbatim
from pycrane._cli.global_options import GLOBAL_OPTIONS
from pycrane._cli.help_text import option_rows, usage
from pycrane._cli.settings import PLATFORMS, REGISTRIES
from pycrane._version import __version__


def pages(program: click.Command) -> dict[str, str]:
    """Return the pages by file name."""
    context = command_context(program, None, "pycrane")
    written = {f"{_page_name(each)}.1": _page(each) for each in _tree(context)}
    if isinstance(program, LazyGroup):
        for alias, name in program.aliases.items():
            written[f"pycrane-{alias}.1"] = written[f"pycrane-{name}.1"]
    return {**written, **{f"{name}.7": guide.page(path) for name, path in guide.GUIDES.items()}}


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
    original = command.original if isinstance(command, Command) else ""
    if context.parent is None:
        options = [param for param in command.get_params(context) if param not in GLOBAL_OPTIONS]
        shared = _options(context, options) + _options(context, GLOBAL_OPTIONS)
        text = section("OPTIONS", paragraphs(texts.GLOBAL_OPTIONS) + shared)
    elif isinstance(command, Command):
        text = section("OPTIONS", definitions(command.shown_options(context)) + _global_options(command))
    return (
        section("COMMANDS", _commands(context))
        + text
        + section(f"DIFFERENCES FROM {original.upper()}", _differences(context))
    )


def _global_options(command: Command) -> str:
    names = [option.opts[0] for option in command.global_options if option.name in command.uses - PLATFORMS]
    if isinstance(command, click.Group) or not names:
        return ""
    return paragraphs(f"{', '.join(names)}, -q and -v are global options: see pycrane(1).")


def _closing(context: click.Context) -> str:
    command = context.command
    original = command.original if isinstance(command, Command) else ""
    examples = command.examples if isinstance(command, Command) else ""
    text = texts.POINTERS.get(original if context.parent else "")
    return (
        section("EXIT STATUS", paragraphs(text) if text else "")
        + section("EXAMPLES", verbatim(examples) if examples else "")
        + section("SEE ALSO", paragraphs(", ".join(_related(context))))
    )


def _related(context: click.Context) -> list[str]:
    """Return the related pages: commands of the same group, the main page, and guides."""
    command = context.command
    if context.parent is None:
        return [*(f"{name}(7)" for name in guide.GUIDES), "docker(1)", "podman(1)", "skopeo(1)"]
    own = context.command_path.split()[1:]
    near = texts.RELATED.get(own[0], "").split()
    if isinstance(context.parent.command, click.Group) and context.parent.parent is not None:
        near = [f"{own[0]}-{name}" for name in context.parent.command.list_commands(context)] + near
    uses = command.uses if isinstance(command, Command) else frozenset()
    guides = ["authentication"] if uses >= REGISTRIES else []
    guides = ["platforms"] * (uses >= PLATFORMS) + guides
    pages = dict.fromkeys(f"pycrane-{name}(1)" for name in near)
    pages.pop(f"{_page_name(context)}(1)", None)
    return ["pycrane(1)", *pages, *(f"pycrane-{name}(7)" for name in guides)]


def _commands(context: click.Context) -> str:
    if not isinstance(context.command, click.Group):
        return ""
    below = [each for each in _tree(context) if each.parent is context]
    return definitions(
        (f"{_page_name(each)}(1)", each.command.get_short_help_str(limit=200)) for each in below
    )


def _options(context: click.Context, params: Iterable[click.Parameter]) -> str:
    return definitions(option_rows(params, context))


def _differences(context: click.Context) -> str:
    if context.parent is None:
        return paragraphs(texts.DIFFERENCES)
    command = context.command
    return paragraphs(command.differences) if isinstance(command, Command) and command.differences else ""
