"""Completion in bash, zsh, fish and PowerShell, with and without descriptions.

A completion script runs the program with the environment variable `COMPLETE` set, as to `zsh_complete`.
"""

from __future__ import annotations

import os
from typing import ClassVar

import click
from click.shell_completion import (
    BashComplete,
    CompletionItem,
    FishComplete,
    ShellComplete,
    ZshComplete,
    add_completion_class,
    split_arg_string,
)

COMPLETE = "_PYCRANE_COMPLETE"

_POWERSHELL = """\
Register-ArgumentCompleter -Native -CommandName '%(prog_name)s' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $before = $commandAst.CommandElements | Where-Object { $_.Extent.StartOffset -lt $cursorPosition }
    $env:COMP_WORDS = @($before | ForEach-Object { $_.Extent.Text }) -join "`n"
    $env:COMP_CWORD = $wordToComplete
    $env:%(complete_var)s = 'powershell_complete'
    try {
        & '%(prog_name)s' | ForEach-Object {
            $type, $value, $text = $_ -split "`t", 3
            if ($type -eq 'plain') {
                [System.Management.Automation.CompletionResult]::new($value, $value, 'ParameterValue', $text)
            } else {
                Get-ChildItem -Path "$wordToComplete*" -Directory:($type -eq 'dir') | ForEach-Object {
                    [System.Management.Automation.CompletionResult]::new($_.FullName)
                }
            }
        }
    } finally {
        Remove-Item Env:COMP_WORDS, Env:COMP_CWORD, Env:%(complete_var)s
    }
}
"""


class PowerShellComplete(ShellComplete):
    """Completion for PowerShell: words one a line, completions with tabs between their fields."""

    name: ClassVar[str] = "powershell"
    source_template: ClassVar[str] = _POWERSHELL

    def get_completion_args(self) -> tuple[list[str], str]:
        """Return the words before the incomplete one, and that one."""
        incomplete = os.environ.get("COMP_CWORD", "")
        words = [word for line in os.environ["COMP_WORDS"].split("\n") for word in split_arg_string(line)]
        arguments = words[1:]
        if incomplete and arguments and arguments[-1] == incomplete:
            arguments.pop()
        return arguments, incomplete

    def format_completion(self, item: CompletionItem) -> str:
        """Format one line. PowerShell does not accept an empty description."""
        text = " ".join((item.help or item.value or "-").split())
        return f"{item.type}\t{item.value}\t{text}"


_WITH_DESCRIPTIONS: dict[str, type[ShellComplete]] = {
    "bash": BashComplete,
    "zsh": ZshComplete,
    "fish": FishComplete,
    "powershell": PowerShellComplete,
}
SHELLS = tuple(_WITH_DESCRIPTIONS)
"""Supported shells."""


def script(program: click.Command, shell: str, *, descriptions: bool = True) -> str:
    """Return the script that makes a shell ask the program for completions."""
    kind = _WITH_DESCRIPTIONS[shell]
    # Not `source()`: for bash that runs the installed bash to check its version.
    complete = kind(program, {}, "pycrane", COMPLETE)
    text = complete.source_template % complete.source_vars()
    return text if descriptions else text.replace(f"{shell}_complete", f"{shell}plain_complete")


def register() -> None:
    """Register the shells that click does not support itself."""
    add_completion_class(PowerShellComplete)
    for kind in _WITH_DESCRIPTIONS.values():
        add_completion_class(_without_descriptions(kind))


def _without_descriptions(kind: type[ShellComplete]) -> type[ShellComplete]:
    class Plain(kind):  # type: ignore[misc, valid-type]
        name: ClassVar[str] = f"{kind.name}plain"

        def format_completion(self, item: CompletionItem) -> str:
            item.help = None
            return str(super().format_completion(item))

    return Plain
