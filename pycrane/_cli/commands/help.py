"""`pycrane help`."""

from __future__ import annotations

from typing import cast

import click

from pycrane._cli.command import Command, LazyGroup, command_context
from pycrane._cli.global_options import GLOBAL_OPTIONS
from pycrane._cli.help_text import columns, definitions, option_rows, section, wrapped
from pycrane._cli.settings import NOTHING
from pycrane._cli.terminal.output import stdout

EXAMPLES = """
pycrane help pull
pycrane help auth login
pycrane help commands
pycrane help options
"""


@click.command(cls=Command, uses=NOTHING, examples=EXAMPLES)
@click.argument("words", metavar="[COMMAND]...", nargs=-1)
@click.pass_context
def help(context: click.Context, words: tuple[str, ...]) -> None:  # noqa: A001
    """Show the help of a command or of pycrane, all commands, or the global options.

    COMMAND --help shows it too. The manual pages have more: man pycrane-pull.
    """
    at = context.find_root()
    stdout.write(_TOPICS[words](at).encode() if words in _TOPICS else f"{_help(at, words)}\n".encode())


def _help(at: click.Context, words: tuple[str, ...]) -> str:
    for word in words:
        if not isinstance(at.command, click.Group):
            raise click.UsageError(f"{at.command_path} has no commands of its own", at)
        _, command, _ = at.command.resolve_command(at, [word])
        if command is not None:
            at = command_context(command, at, word)
    return at.get_help()


def _commands(root: click.Context) -> str:
    """Return all commands with their summaries, in groups."""
    program = cast("LazyGroup", root.command)
    text = wrapped("See pycrane COMMAND --help for the options of a command.", columns())
    for title, group in program.groups.items():
        rows = [(name, program.summaries[name]) for name in group.split()]
        text += section(title.capitalize(), definitions(rows, columns()))
    return text


def _options(root: click.Context) -> str:
    """Return the global options with their texts."""
    intro = (
        "Every command accepts these options, before or after its name. One that has no effect on a command "
        "is a warning."
    )
    return wrapped(intro, columns()) + section(
        "Global options", definitions(option_rows(GLOBAL_OPTIONS, root), columns())
    )


_TOPICS = {("commands",): _commands, ("options",): _options}
