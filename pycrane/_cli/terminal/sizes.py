"""Sizes for people: bytes in the largest unit that leaves a number of three digits."""

from __future__ import annotations

_UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")
_NEXT = 1000


def human(size: int) -> str:
    """Return a size in bytes as text, such as `3.4 MiB`."""
    value, unit = float(size), 0
    while value >= _NEXT and unit < len(_UNITS) - 1:
        value, unit = value / 1024, unit + 1
    return f"{size} B" if unit == 0 else f"{value:.1f} {_UNITS[unit]}"
