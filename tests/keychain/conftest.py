"""What the tests of keychains share."""

from __future__ import annotations

from pathlib import Path

import pytest
from keychain.homes import Home


@pytest.fixture
def person(tmp_path: Path) -> Home:
    """A person with an empty home."""
    return Home(tmp_path / "person")
