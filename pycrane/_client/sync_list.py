"""Lists of images to synchronise, as YAML (skopeo-sync(1), YAML file content)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pycrane._client.tag_choice import TagChoice
from pycrane._client.versions import VersionRange
from pycrane._errors import LimitExceededError, MalformedError, UnsupportedError, about, doing
from pycrane._io.files import open_regular, read_bounded
from pycrane._keychain.credentials import Credentials
from pycrane._limits import DEFAULT_LIMITS, Limits
from pycrane._oci.digest import Digest
from pycrane._reference import Reference, Repository, check_tag, parse_registry, parse_repository

_SECTIONS = ("images", "images-by-tag-regex", "images-by-semver")
_KEYS = frozenset({*_SECTIONS, "credentials", "tls-verify", "cert-dir"})
_BOOLEANS = {"true": True, "false": False, "yes": True, "no": False, "on": True, "off": False}


@dataclass(frozen=True, slots=True)
class SyncHost:
    """One registry of a list: images by name, repositories with a choice of their tags, and how to reach it.

    `credentials`, `tls_verify` and `cert_dir` are None where the list has none.
    """

    registry: str
    images: tuple[Reference, ...] = ()
    repositories: tuple[tuple[Repository, TagChoice], ...] = ()
    credentials: Credentials | None = field(default=None, repr=False)
    tls_verify: bool | None = None
    cert_dir: Path | None = None

    @property
    def has_access(self) -> bool:
        """Whether it says how the registry is reached."""
        return self.credentials is not None or self.tls_verify is not None or self.cert_dir is not None


def read_list(path: Path, limits: Limits = DEFAULT_LIMITS) -> Sequence[SyncHost]:
    """Read a list of images.

    Raises:
        UnsupportedError: PyYAML is not installed.
        MalformedError: it is not YAML, or not such a list; the message names the key.
        PycraneError: it cannot be read.
    """
    with about(path=path):
        raw = read_bounded(open_regular(path, str(path), follow=True), limits.config_file, str(path))
        return [
            _host(registry, section, str(path))
            for registry, section in _mapping(_parse(raw, str(path), limits), str(path)).items()
        ]


def _parse(raw: bytes, what: str, limits: Limits) -> Any:
    """Parse YAML whose scalars are all texts, as tags such as 1.10 are meant to be."""
    try:
        import yaml  # an extra, and slow to import
    except ImportError as error:
        raise UnsupportedError(
            f"{what} is YAML, which needs PyYAML", hint="pip install 'pycrane[yaml]'"
        ) from error
    from pycrane._client.sync_yaml import parse

    try:
        return parse(raw, what, limits)
    except yaml.YAMLError as error:
        raise MalformedError(f"{what} is not YAML: {' '.join(str(error).split())}") from error
    except RecursionError as error:
        raise LimitExceededError(f"{what} is nested too deeply") from error


def _host(name: str, section: Any, what: str) -> SyncHost:
    with doing(f"{name} in {what}"):
        registry = parse_registry(name)
        values = _mapping(section, "its value")
        if unknown := sorted(values.keys() - _KEYS):
            raise MalformedError(
                f"unknown key {unknown[0]!r}", hint=f"known keys are {', '.join(sorted(_KEYS))}"
            )
        images, repositories = _listed(name, values)
        return SyncHost(
            registry,
            images,
            (*repositories, *_chosen(name, values)),
            _credentials(values.get("credentials")),
            _boolean(values.get("tls-verify")),
            Path(_text(values["cert-dir"], "cert-dir")) if values.get("cert-dir") else None,
        )


def _listed(
    host: str, values: Mapping[str, Any]
) -> tuple[tuple[Reference, ...], tuple[tuple[Repository, TagChoice], ...]]:
    """Return the images that are named, and the repositories with all their tags."""
    images: list[Reference] = []
    whole: list[tuple[Repository, TagChoice]] = []
    for path, names in _section(values, "images").items():
        repository = parse_repository(f"{host}/{path}")
        if not names:
            whole.append((repository, TagChoice()))
        elif not isinstance(names, list):
            raise MalformedError(f"images of {path} are not a list of tags and digests")
        else:
            images += [_named(repository, _text(name, path)) for name in names]
    return tuple(images), tuple(whole)


def _named(repository: Repository, name: str) -> Reference:
    return repository.digest(Digest.parse(name)) if ":" in name else repository.tag(check_tag(name))


def _chosen(host: str, values: Mapping[str, Any]) -> Sequence[tuple[Repository, TagChoice]]:
    """Return the repositories with a choice of their tags."""
    found = []
    for path, text in _section(values, "images-by-tag-regex").items():
        try:
            expression = re.compile(_text(text, path))
        except re.error as error:
            raise MalformedError(f"{text!r} of {path} is not a regular expression: {error}") from error
        found.append((parse_repository(f"{host}/{path}"), TagChoice(regex=expression)))
    for path, text in _section(values, "images-by-semver").items():
        versions = VersionRange.parse(_text(text, path))
        found.append((parse_repository(f"{host}/{path}"), TagChoice(versions=versions)))
    return found


def _credentials(value: Any) -> Credentials | None:
    if not value:
        return None
    fields = _mapping(value, "credentials")
    if unknown := sorted(fields.keys() - {"username", "password"}):
        raise MalformedError(f"unknown key {unknown[0]!r} in credentials")
    username, password = (_text(fields.get(name, ""), name) for name in ("username", "password"))
    return Credentials(username, password) if username or password else None


def _boolean(value: Any) -> bool | None:
    if value is None:
        return None
    known = _BOOLEANS.get(value.lower()) if isinstance(value, str) else None
    if known is None:
        raise MalformedError(f"tls-verify is {value!r}, expected true or false")
    return known


def _section(values: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = values.get(name)
    return {} if found is None else _mapping(found, name)


def _mapping(value: Any, what: str) -> Mapping[str, Any]:
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        raise MalformedError(f"{what} is not a mapping of names")
    return value


def _text(value: Any, what: str) -> str:
    if not isinstance(value, str):
        raise MalformedError(f"the value of {what} is not a text")
    return value
