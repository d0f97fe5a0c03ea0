"""Completion scripts for shells. They ask the program itself, so they know all that it has."""

from __future__ import annotations

import click
from click.shell_completion import BashComplete, FishComplete, ShellComplete, ZshComplete

_FILES: dict[str, type[ShellComplete]] = {
    "pycrane.bash": BashComplete,
    "_pycrane": ZshComplete,
    "pycrane.fish": FishComplete,
}


def scripts(program: click.Command) -> dict[str, str]:
    """The scripts by file name."""
    return {
        name: _script(shell(program, {}, "pycrane", "_PYCRANE_COMPLETE")) for name, shell in _FILES.items()
    }


def _script(shell: ShellComplete) -> str:
    # Not `shell.source()`: for bash that asks for the version of the bash at hand.
    return shell.source_template % shell.source_vars()
