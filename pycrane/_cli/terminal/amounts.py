"""Sizes and times as people read them: three or four digits and a unit."""

from __future__ import annotations


def size_text(count: float) -> str:
    """Return a number of bytes in decimal units, as `12.3 MB`."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 999.5:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.{_places(count)}f} {unit}"
        count /= 1000
    return f"{count:.{_places(count)}f} TB"


def time_text(seconds: float) -> str:
    """Return a time as `3.2 s`, `45 s`, `2:05` or `1:02:03`."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def count_text(count: int, what: str) -> str:
    """Return a count with its noun, as `1 layer` or `3 layers`."""
    return f"{count} {what}{'' if count == 1 else 's'}"


def _places(count: float) -> int:
    return 1 if count < 99.95 else 0
