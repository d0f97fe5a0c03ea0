"""Challenges: the WWW-Authenticate header (RFC 9110, section 11; RFC 6750), read as leniently as is safe."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

_WORD = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_SEPARATORS = re.compile(r"[\s,]*")
_SCHEME = re.compile(rf"({_WORD})(?=[\s,]|\Z)[ \t]*")
_TOKEN68 = re.compile(r"([A-Za-z0-9\-._~+/]+=*)(?=[ \t]*(?:,|\Z))")
_NAME = re.compile(rf"({_WORD})[ \t]*=[ \t]*")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*+)"', re.DOTALL)
_BARE = re.compile(r'[^\s,"]*')
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Challenge:
    """One challenge: `scheme` and the names of `parameters` are lower-case, values as they came."""

    scheme: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    token68: str = ""

    def get(self, name: str) -> str:
        """A parameter's value, empty if it is not there."""
        return self.parameters.get(name, "")


def parse_challenges(header: str) -> tuple[Challenge, ...]:
    """All challenges of a header; several headers are joined with commas first.

    Values may lack their quotes and parameters the commas between them, as some registries write them. At the
    first text that fits nothing, as an unbalanced quote, the challenge it stands in and the rest are dropped.
    """
    challenges: list[Challenge] = []
    position = 0
    while True:
        position = _skip(header, position)
        if position == len(header):
            return tuple(challenges)
        match = _SCHEME.match(header, position)
        if not match:
            return tuple(challenges)
        challenge, position = _challenge(header, match)
        if challenge is None:
            return tuple(challenges)
        challenges.append(challenge)


def _challenge(header: str, match: re.Match[str]) -> tuple[Challenge | None, int]:
    scheme, position = match[1].lower(), match.end()
    token68 = _TOKEN68.match(header, position)
    # "Negotiate, Basic realm=x": what follows a lone scheme is not its token68.
    if token68 and position > match.end(1):
        return Challenge(scheme, token68=token68[1]), token68.end()
    parameters: dict[str, str] = {}
    while name := _NAME.match(header, _skip(header, position)):
        found = _value(header, name.end())
        if found is None:
            return None, position
        parameters.setdefault(name[1].lower(), found[0])
        position = found[1]
    return Challenge(scheme, parameters), position


def _value(header: str, position: int) -> tuple[str, int] | None:
    quoted = _QUOTED.match(header, position)
    if quoted:
        return _ESCAPE.sub(r"\1", quoted[1]), quoted.end()
    if header.startswith('"', position):
        return None
    bare = _BARE.match(header, position)
    return (bare[0], bare.end()) if bare else None


def _skip(header: str, position: int) -> int:
    match = _SEPARATORS.match(header, position)
    return match.end() if match else position
