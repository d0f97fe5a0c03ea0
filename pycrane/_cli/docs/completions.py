"""The completion scripts as files, with the names that shells expect."""

from __future__ import annotations

import click

from pycrane._cli.shells import script

_FILES = {
    "pycrane.bash": "bash",
    "_pycrane": "zsh",
    "pycrane.fish": "fish",
    "pycrane.ps1": "powershell",
}


def scripts(program: click.Command) -> dict[str, str]:
    """The scripts by file name."""
    return {name: script(program, shell) for name, shell in _FILES.items()}
