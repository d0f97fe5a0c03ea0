"""`pycrane help`."""

from __future__ import annotations

import click

from pycrane._cli.command import Command, command_context
from pycrane._cli.settings import NOTHING
from pycrane._cli.terminal.output import stdout


@click.command(cls=Command, uses=NOTHING, examples="pycrane help pull\npycrane help auth login")
@click.argument("words", metavar="[COMMAND]...", nargs=-1)
@click.pass_context
def help(context: click.Context, words: tuple[str, ...]) -> None:  # noqa: A001
    """Show the help of a command, or of pycrane.

    COMMAND --help prints it too. The manual pages have more: man pycrane-pull.
    """
    at = context.find_root()
    for word in words:
        if not isinstance(at.command, click.Group):
            raise click.UsageError(f"{at.command_path} has no commands of its own", at)
        _, command, _ = at.command.resolve_command(at, [word])
        if command is not None:
            at = command_context(command, at, word)
    stdout.write(f"{at.get_help()}\n".encode())
