"""Comparisons with crane and gcrane, which have to be on PATH. `pytest` alone does not run them."""

from __future__ import annotations

import shutil

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Say which program is missing, once, before any test runs."""
    missing = [name for name in ("crane", "gcrane") if not shutil.which(name)]
    if missing:
        raise pytest.UsageError(f"tests/comparison runs {' and '.join(missing)}, not found on PATH")
