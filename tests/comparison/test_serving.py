"""A registry that crane serves answers as the table says."""

from __future__ import annotations

import pytest
from cli.crane_serving import STARTS
from cli.test_crane_serving import EXPECTED, answers, serving


@pytest.mark.parametrize("row", STARTS, ids=str)
def test_crane_serves_as_the_table_says(row, tmp_path):
    with serving(["crane"], row, tmp_path) as port:
        assert list(answers(port)) == EXPECTED
