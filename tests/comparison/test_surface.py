"""The commands and flags that are written down of crane are those that it has."""

from __future__ import annotations

import re
import subprocess

import pytest
from cli.crane_surface import COMMANDS, EVERYWHERE, GCRANE, GROUPS


def flags_in_help(name, command):
    """The flags that the program's own help tells, and those that all commands have."""
    done = subprocess.run([name, *command.split(), "--help"], capture_output=True, text=True, check=True)
    own, _, everywhere = done.stdout.partition("Flags:\n")[2].partition("Global Flags:\n")
    return [set(re.findall(r"(?<=[ ,] )--?[a-zA-Z][\w-]*(?=[ ,])", text)) for text in (own, everywhere)]


@pytest.mark.parametrize(
    ("name", "command", "flags"),
    [
        (name, *item)
        for name, surface in (("crane", COMMANDS), ("gcrane", GCRANE))
        for item in surface.items()
    ],
)
def test_what_is_written_down_is_what_crane_has(name, command, flags):
    own, everywhere = flags_in_help(name, command)
    assert own - {"-h", "--help"} == set(flags.split())
    assert own | everywhere == {*flags.split(), *EVERYWHERE.split()}


@pytest.mark.parametrize("group", ["", *GROUPS])
def test_no_command_of_crane_is_missing(group):
    done = subprocess.run(["crane", *group.split(), "--help"], capture_output=True, text=True, check=True)
    listed = done.stdout.partition("Available Commands:\n")[2].partition("\n\n")[0]
    names = {line.split()[0] for line in listed.splitlines()} - {"help"}
    below = {name.removeprefix(group).strip() for name in COMMANDS if name.startswith(group)}
    assert names <= {name.split()[0] for name in below}
