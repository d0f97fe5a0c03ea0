"""Platforms, `os/arch[/variant][:osversion]`, which serves which wish (OCI image spec, image-index.md)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from pycrane._errors import InvalidPlatformError, MalformedError, expect

# The variant that a bare architecture means (Go's and the specification's baselines).
_BASELINE = {"arm64": "v8", "amd64": "v1"}
_SYNONYMS = {"x86_64": "amd64", "x86-64": "amd64", "aarch64": "arm64", "i386": "386", "i686": "386"}
_OS_SYNONYMS = {"macos": "darwin"}
_ARM_SYNONYMS = {"armhf": "v7", "armel": "v6"}


@dataclass(frozen=True, slots=True)
class Platform:
    """Platform of an image (OCI image spec, image-index.md). Empty fields are not set."""

    os: str
    architecture: str
    variant: str = ""
    os_version: str = ""
    os_features: tuple[str, ...] = ()
    features: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Platform:
        """Read `os/arch[/variant][:osversion]`. Letters of either case and common other names are understood.

        Raises:
            InvalidPlatformError: the text is no platform.

        """
        return cls._read(text, 2, "OS/ARCH[/VARIANT][:OSVERSION], as in linux/arm64")

    @classmethod
    def parse_pattern(cls, text: str) -> Platform:
        """Read `os[/arch[/variant]][:osversion]`, for `fits`: what is left out may be anything.

        Raises:
            InvalidPlatformError: the text is no such pattern.

        """
        return cls._read(text, 1, "OS[/ARCH[/VARIANT]][:OSVERSION], as in linux or linux/arm64")

    @classmethod
    def _read(cls, text: str, least: int, expected: str) -> Platform:
        expect(text, str, "a platform")
        name, colon, os_version = text.partition(":")
        parts = name.split("/")
        named = least <= len(parts) <= 3 and all(parts) and bool(os_version or not colon)
        if not named or not text.isprintable() or " " in text:
            raise InvalidPlatformError(f"{text!r} is not a platform: expected {expected}")
        os_name, architecture, variant = (part.lower() for part in (*parts, "", "")[:3])
        os_name = _OS_SYNONYMS.get(os_name, os_name)
        if architecture in _ARM_SYNONYMS:
            architecture, variant = "arm", variant or _ARM_SYNONYMS[architecture]
        return cls(os_name, _SYNONYMS.get(architecture, architecture), variant, os_version)

    @classmethod
    def from_json(cls, value: object, where: str) -> Platform:
        """Read a descriptor's `platform` object; `where` names the descriptor in errors.

        Raises:
            MalformedError: something else than an object of strings and lists of strings.

        """
        if not isinstance(value, dict):
            raise MalformedError(f"{where} has a platform that is not an object")
        given = {key: item for key, item in value.items() if item is not None}
        texts = {key: given.get(key, "") for key in ("os", "architecture", "variant", "os.version")}
        lists = {key: given.get(key, []) for key in ("os.features", "features")}
        if not all(isinstance(text, str) for text in texts.values()) or not all(
            isinstance(items, list) and all(isinstance(item, str) for item in items)
            for items in lists.values()
        ):
            raise MalformedError(f"{where} has a platform whose fields are not text")
        return cls(
            texts["os"],
            texts["architecture"],
            texts["variant"],
            texts["os.version"],
            tuple(lists["os.features"]),
            tuple(lists["features"]),
        )

    def to_json(self) -> dict[str, Any]:
        """The JSON object, in Go's field order."""
        value: dict[str, Any] = {"architecture": self.architecture, "os": self.os}
        if self.os_version:
            value["os.version"] = self.os_version
        if self.os_features:
            value["os.features"] = list(self.os_features)
        if self.variant:
            value["variant"] = self.variant
        if self.features:
            value["features"] = list(self.features)
        return value

    def serves(self, wish: Platform) -> bool:
        """Whether an image for this platform is what `wish` asks for.

        Variant and version count only if the wish has them; arm64 and arm64/v8 are the same, as are amd64 and
        amd64/v1; the features of the wish must all be here.
        """
        return (
            self.os == wish.os
            and self.architecture == wish.architecture
            and (not wish.variant or self._whole_variant == wish._whole_variant)
            and (not wish.os_version or self.os_version == wish.os_version)
            and set(wish.os_features) <= set(self.os_features)
            and set(wish.features) <= set(self.features)
        )

    def fits(self, pattern: Platform) -> bool:
        """Whether an image for this platform is one of those that `pattern` describes."""
        return self.serves(replace(pattern, architecture=pattern.architecture or self.architecture))

    @property
    def _whole_variant(self) -> str:
        return self.variant or _BASELINE.get(self.architecture, "")

    def __str__(self) -> str:
        text = "/".join(part for part in (self.os, self.architecture, self.variant) if part)
        return f"{text}:{self.os_version}" if self.os_version else text


DEFAULT_PLATFORM = Platform("linux", "amd64")
"""What is taken of an index where one image is needed and nothing was asked for; the same on every host."""


def parse_platforms(texts: Iterable[str]) -> tuple[Platform, ...]:
    """Read `--platform` values: each may be a comma-separated list; `all` alone is no wish at all.

    Raises:
        InvalidPlatformError: a text is no platform, or `all` stands beside others.

    """
    words = [word.strip() for text in texts for word in text.split(",")]
    if words == ["all"]:
        return ()
    if "all" in words:
        raise InvalidPlatformError("platform 'all' stands beside others", hint="name all, or the platforms")
    return tuple(dict.fromkeys(Platform.parse(word) for word in words))
