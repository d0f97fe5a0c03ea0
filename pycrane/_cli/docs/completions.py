"""The completion scripts as files, with the names that shells expect."""

from __future__ import annotations

import click

from pycrane._cli.shells.scripts import script

_FILES = {
    "pycrane.bash": "bash",
    "_pycrane": "zsh",
    "pycrane.fish": "fish",
    "pycrane.ps1": "powershell",
}


def scripts(program: click.Command) -> dict[str, str]:
    """Return the scripts by file name."""
    return {name: script(shell) for name, shell in _FILES.items()}
