"""The policy of this machine, as far as it is known here: whether it accepts everything (policy.json(5))."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pycrane._cli.skopeo.settings import SkopeoSettings
from pycrane._errors import MalformedError, PycraneError, UnsupportedError
from pycrane._limits import DEFAULT_LIMITS
from pycrane._oci import go_json

_ACCEPT = "insecureAcceptAnything"


def check_policy(settings: SkopeoSettings) -> None:
    """Raise UnsupportedError where a policy that is to be checked does not accept every image."""
    if settings.insecure_policy:
        return
    path = next((path for path in _paths(os.environ) if path.exists()), None)
    if path is not None and not _accepts_everything(path):
        raise UnsupportedError(
            f"the policy {path} does not accept every image, and policies are not checked yet",
            hint="--insecure-policy goes on without checking it",
        )


def _paths(env: Mapping[str, str]) -> Iterator[Path]:
    """Return the places of a policy, the first to be read first."""
    if named := env.get("CONTAINERS_POLICY_JSON"):
        yield Path(named)
    home = env.get("XDG_CONFIG_HOME") or (env.get("HOME", "") and f"{env['HOME']}/.config")
    if home:
        yield Path(home, "containers/policy.json")
    yield Path("/etc/containers/policy.json")
    yield Path("/usr/share/containers/policy.json")


def _accepts_everything(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            raw = file.read(DEFAULT_LIMITS.config_file + 1)
    except OSError as error:
        raise PycraneError(f"could not read the policy {path}: {error.strerror}") from error
    if len(raw) > DEFAULT_LIMITS.config_file:
        raise MalformedError(f"the policy {path} is larger than {DEFAULT_LIMITS.config_file} bytes")
    policy = go_json.load_object(raw, f"policy {path}")
    scopes = policy.get("transports")
    listed = (
        [scope for scope in scopes.values() if isinstance(scope, dict)] if isinstance(scopes, dict) else []
    )
    every = [policy.get("default"), *(requirements for scope in listed for requirements in scope.values())]
    return all(map(_accepts, every))


def _accepts(requirements: Any) -> bool:
    """Whether this is a list of requirements that every image meets."""
    return (
        isinstance(requirements, list)
        and bool(requirements)
        and all(isinstance(each, dict) and each.get("type") == _ACCEPT for each in requirements)
    )
