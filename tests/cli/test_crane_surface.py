"""The rows leave nothing of crane's surface out, and pycrane has all of it."""

from __future__ import annotations

import pytest
from cli.crane_serving import STARTS
from cli.crane_surface import ALIASES, COMMANDS, EVERYWHERE, GCRANE, called, shown, wanted
from cli.test_crane_rows import ROWS

from pycrane._cli.command import command_context
from pycrane._cli.docs import man
from pycrane._cli.program import pycrane as program


def test_every_command_and_flag_of_crane_has_a_row():
    assert sorted(wanted() - shown([*ROWS, *STARTS])) == []


def test_every_row_that_is_not_as_crane_says_why_and_differs():
    for row in ROWS:
        assert bool(row.crane) == bool(row.why), row
        differing = [name for name, seen in row.crane.items() if seen != row.expected.get(name)]
        assert bool(differing) == bool(row.why), row


def test_the_manual_of_a_command_tells_where_its_rows_are_not_as_crane():
    pages = man.pages(program)
    for row in ROWS:
        if row.why and (name := called(row)) in COMMANDS | GCRANE:
            page = pages[f"pycrane-{name.replace(' ', '-')}.1"]
            assert ".SH DIFFERENCES FROM CRANE\n" in page, row


def found(command):
    """The command of pycrane, and the flags that it takes, in every spelling."""
    place, context = program, command_context(program, None, "pycrane")
    for word in command.split():
        place = place.get_command(context, word)
        context = command_context(place, context, word)
    parameters = place.get_params(context)
    return {flag for parameter in parameters for flag in (*parameter.opts, *parameter.secondary_opts)}


@pytest.mark.parametrize("command", [*COMMANDS, *GCRANE, *ALIASES])
def test_every_command_takes_cranes_flags_and_those_that_all_have(command):
    flags = f"{COMMANDS.get(command, '')} {GCRANE.get(command, '')} {EVERYWHERE}".split()
    assert set(flags) - found(command) == set()
