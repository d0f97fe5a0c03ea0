"""Fixtures of the tests of archives."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty directory."""
    path = tmp_path / "folder"
    path.mkdir()
    return path
