"""The manual pages of a wheel, each in the directory of its section."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ManualPages(BuildHookInterface):  # type: ignore[type-arg]
    """Puts `man/NAME.1` to `share/man/man1/NAME.1`, and so on."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the pages to what the wheel installs."""
        for page in Path(self.root, "man").iterdir():
            build_data["shared_data"][str(page)] = f"share/man/man{page.suffix[1:]}/{page.name}"
