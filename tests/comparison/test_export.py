"""crane exports the same files."""

from __future__ import annotations

import subprocess

import pytest
from cli import test_export as exports

place = exports.place
ROOTS = {"image": exports.IMAGE, "index": exports.INDEX, "artifact": exports.artifact(b"one")}


@pytest.mark.parametrize("root", ROOTS.values(), ids=ROOTS)
def test_crane_exports_the_same(pycrane, place, root):
    name = place(root)
    theirs = subprocess.run(["crane", "export", name], check=True, capture_output=True).stdout
    mine = pycrane("export", name).stdout
    assert mine == theirs if b"\0" not in mine else exports.files(mine) == exports.files(theirs)
