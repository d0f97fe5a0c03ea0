"""crane and gcrane do what the rows say of them."""

from __future__ import annotations

import pytest
from cli import test_crane_rows as rows
from cli.crane_looks import look
from cli.crane_programs import run_crane

inputs, sources, secure_sources, small_registry = (
    rows.inputs,
    rows.sources,
    rows.secure_sources,
    rows.small_registry,
)
basic, token, google, world = rows.basic, rows.token, rows.google, rows.world


@pytest.mark.parametrize("row", rows.ROWS, ids=str)
def test_crane_does_what_the_row_says_of_it(world, row):
    assert look(run_crane(row.program, row, world), row.expected_of_crane) == row.expected_of_crane
