"""crane edits as the table of edits says."""

from __future__ import annotations

import subprocess

import pytest
from cli import test_edit as edits

sources, command = edits.sources, edits.command


@pytest.mark.parametrize("row", edits.ROWS)
def test_crane_still_gives_what_the_table_says(command, row, pycrane):
    words, target = command(row)
    typed, digest = edits.ROWS[row]
    done = subprocess.run(["crane", *words], input=typed, capture_output=True, check=True)
    assert done.stdout.decode().strip() == target
    assert pycrane("digest", target).text.removeprefix("sha256:").startswith(digest)
