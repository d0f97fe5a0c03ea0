"""`pycrane completion`: scripts for shells."""

from __future__ import annotations

import click

from pycrane._cli.command import Group
from pycrane._cli.settings import NOTHING
from pycrane._cli.shells.scripts import SHELLS, script
from pycrane._cli.terminal.output import stdout

_LOADING = {
    "bash": "pycrane completion bash > ~/.local/share/bash-completion/completions/pycrane",
    "zsh": 'pycrane completion zsh > "${fpath[1]}/_pycrane"',
    "fish": "pycrane completion fish > ~/.config/fish/completions/pycrane.fish",
    "powershell": "pycrane completion powershell | Out-String | Invoke-Expression",
}
"""Commands that install the script for each shell."""


@click.group(cls=Group)
def completion() -> None:
    """Print a script that makes a shell complete the commands and options of pycrane."""


def _command(shell: str) -> None:
    @completion.command(
        shell,
        uses=NOTHING,
        help=f"Print the completion script for {shell}.",
        examples=_LOADING[shell],
        differences="The script runs pycrane for each completion; its text differs from crane's.",
    )
    @click.option("--no-descriptions", is_flag=True, help="Complete without descriptions.")
    def show(no_descriptions: bool) -> None:
        stdout.write(script(shell, descriptions=not no_descriptions).encode())


for each in SHELLS:
    _command(each)
