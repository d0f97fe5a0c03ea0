"""Versions and ranges of them, as tags have them (Semantic Versioning 2.0.0; ranges as npm writes them).

A tag is a version with or without a `v`, and with one number or two as well: `v1.2` is 1.2.0.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from pycrane._errors import InvalidRangeError

_PART = r"([0-9]{1,18}|[xX*])"
_WORDS = r"[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*"
_VERSION = re.compile(
    rf"v?([0-9]{{1,18}})(?:\.([0-9]{{1,18}})(?:\.([0-9]{{1,18}}))?)?(?:-({_WORDS}))?(?:[+_]{_WORDS})?"
)
_PARTIAL = re.compile(rf"v?{_PART}(?:\.{_PART}(?:\.{_PART}(?:-({_WORDS}))?(?:\+{_WORDS})?)?)?")
_COMPARATOR = re.compile(r"[\s,]*(\^|~>?|>=|<=|>|<|=)?\s*([^\s<>=^~,]+)[\s,]*")
_HYPHEN = re.compile(r"\s*(\S+)\s+-\s+(\S+)\s*")
_DIGITS = re.compile(r"([0-9]+)")
_LONGEST = 512

Key = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Version:
    """A version: three numbers, and of a pre-release the identifiers behind the hyphen."""

    numbers: tuple[int, int, int]
    prerelease: tuple[str, ...] = ()

    @property
    def key(self) -> Key:
        """Return the key that versions are compared by (Semantic Versioning, Precedence)."""
        identifiers = tuple(
            (0, *_magnitude(word)) if word.isdigit() else (1, 0, word) for word in self.prerelease
        )
        return self.numbers, not self.prerelease, identifiers


def parse_version(tag: str) -> Version | None:
    """The version that a tag is, None if it is none."""
    match = _VERSION.fullmatch(tag)
    if match is None:
        return None
    major, minor, patch, prerelease = match.groups()
    numbers = int(major), int(minor or 0), int(patch or 0)
    return Version(numbers, tuple(prerelease.split(".")) if prerelease else ())


def counting_key(tag: str) -> Key:
    """Return the sort key of a tag: other tags first, then versions, v1.9 before v1.10.

    Pre-releases come before their release, and numbers within words count as numbers there as well.
    """
    version = parse_version(tag)
    if version is None:
        return False, _natural(tag)
    words = tuple(_natural(word) for word in version.prerelease)
    return True, version.numbers, not version.prerelease, words, _natural(tag), tag


def _natural(text: str) -> Key:
    """The text with its numbers as numbers; each part says which it is, so that all can be compared."""
    parts = enumerate(_DIGITS.split(text))
    return tuple((0, *_magnitude(part)) if at % 2 else (1, 0, part) for at, part in parts if part)


def _magnitude(digits: str) -> tuple[int, str]:
    """Return the key that numbers of any length are compared by."""
    significant = digits.lstrip("0")
    return len(significant), significant


@dataclass(frozen=True, slots=True)
class _Bounds:
    """Versions from `low` on, below `high` (None: no end); pre-releases count of the numbers in `named`."""

    low: Version
    high: Version | None
    named: frozenset[tuple[int, int, int]] = frozenset()

    def __contains__(self, version: Version) -> bool:
        return self.low.key <= version.key and (self.high is None or version.key < self.high.key)


@dataclass(frozen=True, slots=True)
class VersionRange:
    """A set of versions. A pre-release is in it only where the range names one of the same three numbers."""

    alternatives: tuple[tuple[_Bounds, ...], ...]

    @classmethod
    def parse(cls, text: str) -> VersionRange:
        """Read a range: `1.2.x`, `^1.2`, `~1.2.3`, `>=1.2 <2`, `1.2 - 1.4`, joined by `||`, or `*`.

        Raises:
            InvalidRangeError: the text is not a range.
        """
        if len(text) > _LONGEST:
            raise InvalidRangeError(f"a range of versions has at most {_LONGEST} characters")
        return cls(tuple(tuple(_alternative(part, text)) for part in text.split("||")))

    def __contains__(self, version: Version) -> bool:
        return any(self._all(bounds, version) for bounds in self.alternatives)

    @staticmethod
    def _all(bounds: tuple[_Bounds, ...], version: Version) -> bool:
        if version.prerelease and not any(version.numbers in each.named for each in bounds):
            return False
        return all(version in each for each in bounds)


@dataclass(frozen=True, slots=True)
class _Partial:
    """A version in a range, in which numbers at the end may be left out."""

    given: tuple[int, ...]
    prerelease: tuple[str, ...]

    @classmethod
    def parse(cls, word: str, text: str) -> _Partial:
        match = _PARTIAL.fullmatch(word)
        if match is None:
            raise InvalidRangeError(
                f"{text!r} is not a range of versions: {word!r} is not a version",
                hint="ranges are such as ^1.2, ~1.2.3, 1.x, '>=1.2 <2', '1.2 - 1.4', '^1 || ^2', *",
            )
        *parts, prerelease = match.groups()
        given: list[int] = []
        for part in parts:
            if part is None or not part.isdigit():
                break
            given.append(int(part))
        named = tuple(prerelease.split(".")) if prerelease and len(given) == len(parts) else ()
        return cls(tuple(given), named)

    @property
    def low(self) -> Version:
        """The first version that it means."""
        major, minor, patch, *_ = (*self.given, 0, 0, 0)
        return Version((major, minor, patch), self.prerelease)

    @property
    def after(self) -> Version | None:
        """The first version beyond all that it means; None if it means all."""
        if self.prerelease:
            return Version(self.low.numbers, (*self.prerelease, "0"))
        return self.next(len(self.given))

    def next(self, count: int) -> Version | None:
        """The first version of which one of the first `count` numbers is higher; None for no numbers."""
        if not count:
            return None
        numbers = list(self.low.numbers)
        numbers[count - 1] += 1
        major, minor, patch = (*numbers[:count], 0, 0, 0)[:3]
        return Version((major, minor, patch), ("0",))

    @property
    def compatible(self) -> Version | None:
        """The first version that is not compatible: where the first number that is not 0 is higher."""
        first = next((at for at, number in enumerate(self.given, 1) if number), len(self.given))
        return self.next(first)

    @property
    def named(self) -> frozenset[tuple[int, int, int]]:
        return frozenset({self.low.numbers}) if self.prerelease else frozenset()


_ZERO = Version((0, 0, 0), ("0",))
_BEYOND = Version((10**18, 0, 0))


def _alternative(part: str, text: str) -> list[_Bounds]:
    """Conditions that hold together: a range without `||`."""
    hyphen = _HYPHEN.fullmatch(part)
    if hyphen:
        first, last = (_Partial.parse(word, text) for word in hyphen.groups())
        return [_Bounds(first.low, last.after, first.named | last.named)]
    bounds, at = [], 0
    while match := _COMPARATOR.match(part, at):
        bounds.append(_comparator(match[1] or "=", _Partial.parse(match[2], text)))
        at = match.end()
    if not bounds or at != len(part):
        raise InvalidRangeError(f"{text!r} is not a range of versions", hint="all versions are *")
    return bounds


def _comparator(operator: str, version: _Partial) -> _Bounds:
    match operator:
        case "^":
            low, high = version.low, version.compatible
        case "~" | "~>":
            low, high = version.low, version.next(min(len(version.given), 2))
        case ">=":
            low, high = version.low, None
        case ">":
            low, high = version.after or _BEYOND, None
        case "<":
            low, high = _ZERO, version.low if version.prerelease else Version(version.low.numbers, ("0",))
        case "<=":
            low, high = _ZERO, version.after
        case _:
            low, high = version.low, version.after
    return _Bounds(low, high, version.named)
