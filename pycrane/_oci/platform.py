"""Platforms, `os/arch[/variant][:osversion]`, which serves which wish (OCI image spec, image-index.md)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from pycrane._errors import InvalidPlatformError, MalformedError, expect
from pycrane._oci import json_fields

# The variant that a bare architecture means (Go's and the specification's baselines).
_BASELINE = {"arm64": "v8", "amd64": "v1"}
_OS_SYNONYMS = {"macos": "darwin"}
_ARCHITECTURES = frozenset(
    ("386", "amd64", "arm", "arm64", "loong64", "mips64le", "ppc64le", "riscv64", "s390x", "wasm")
)
_NUMBERED = {"arm": frozenset("5678"), "arm64": frozenset("89")}  # variants that may lack their v
_SYNONYMS = {"x86_64": "amd64", "x86-64": "amd64", "aarch64": "arm64", "i386": "386", "i686": "386"}
_ARM_SYNONYMS = {"armhf": "v7", "armel": "v6"}


@dataclass(frozen=True, slots=True)
class Platform:
    """Operating system and processor that an image runs on (OCI image spec, image-index.md).

    Fields that are empty are not given.
    """

    os: str
    architecture: str
    variant: str = ""
    os_version: str = ""
    os_features: tuple[str, ...] = ()
    features: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Platform:
        """Read `os/arch[/variant][:osversion]`; an architecture alone is Linux's.

        Upper case and other common names, as in `Linux/x86_64` or `macOS/aarch64`, mean what they mean to
        containerd.

        Raises:
            InvalidPlatformError: the text is not a valid platform.

        """
        platform = cls._read(text, 2, "OS/ARCH[/VARIANT][:OSVERSION], as in linux/arm64")
        return platform if platform.os else replace(platform, os="linux")

    @classmethod
    def parse_pattern(cls, text: str) -> Platform:
        """Read `os[/arch[/variant]][:osversion]` or `arch`, for `fits`: parts left out match anything.

        Raises:
            InvalidPlatformError: the text is not a valid pattern.

        """
        return cls._read(text, 1, "OS[/ARCH[/VARIANT]][:OSVERSION], as in linux or linux/arm64")

    @classmethod
    def _read(cls, text: str, least: int, expected: str) -> Platform:
        expect(text, str, "a platform")
        name, colon, os_version = text.partition(":")
        parts = name.lower().split("/")
        alone = len(parts) == 1 and _is_architecture(parts[0])
        if alone:
            parts.insert(0, "")  # any operating system
        named = least <= len(parts) <= 3 and (alone or all(parts)) and bool(os_version or not colon)
        if not named or not text.isprintable() or " " in text:
            raise InvalidPlatformError(f"{text!r} is not a platform: expected {expected}")
        os_name, architecture, variant = (*parts, "", "")[:3]
        if architecture in _ARM_SYNONYMS:
            architecture, variant = "arm", variant or _ARM_SYNONYMS[architecture]
        architecture = _SYNONYMS.get(architecture, architecture)
        if variant in _NUMBERED.get(architecture, ()):
            variant = f"v{variant}"
        return cls(_OS_SYNONYMS.get(os_name, os_name), architecture, variant, os_version)

    @classmethod
    def from_json(cls, value: object, where: str) -> Platform:
        """Read a descriptor's `platform` object; `where` names the descriptor in errors.

        Raises:
            MalformedError: something else than an object of strings and lists of strings.

        """
        if not isinstance(value, dict):
            raise MalformedError(f"{where} has a platform that is not an object")
        what = f"platform of {where}"
        return cls(
            json_fields.text(value, "os", what),
            json_fields.text(value, "architecture", what),
            json_fields.text(value, "variant", what),
            json_fields.text(value, "os.version", what),
            json_fields.texts(value, "os.features", what),
            json_fields.texts(value, "features", what),
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
        whole = replace(
            pattern, os=pattern.os or self.os, architecture=pattern.architecture or self.architecture
        )
        return self.serves(whole)

    @property
    def _whole_variant(self) -> str:
        return self.variant or _BASELINE.get(self.architecture, "")

    def __str__(self) -> str:
        text = "/".join(part for part in (self.os, self.architecture, self.variant) if part)
        return f"{text}:{self.os_version}" if self.os_version else text


def _is_architecture(word: str) -> bool:
    return word in _ARCHITECTURES or word in _SYNONYMS or word in _ARM_SYNONYMS


DEFAULT_PLATFORM = Platform("linux", "amd64")
"""Choice from an index where one image is needed and no platform was named; the same on every host."""


def parse_platforms(texts: Iterable[str]) -> tuple[Platform, ...]:
    """Read `--platform` values: each may be a comma-separated list; `all` alone gives no platforms.

    Raises:
        InvalidPlatformError: a text is not a valid platform, or `all` stands beside others.

    """
    words = [word.strip() for text in texts for word in text.split(",")]
    if words == ["all"]:
        return ()
    if "all" in words:
        raise InvalidPlatformError("platform 'all' stands beside others", hint="name all, or the platforms")
    return tuple(dict.fromkeys(Platform.parse(word) for word in words))
