"""Paths of credentials files, in the order of lookup (docker/cli, containers-auth.json(5))."""

from __future__ import annotations

import os
import pwd
from collections.abc import Iterator, Mapping
from pathlib import Path

ENVIRONMENT_VARIABLE = "DOCKER_AUTH_CONFIG"
"""Variable that holds the text of a Docker configuration."""


def docker_config_path(env: Mapping[str, str]) -> Path:
    """Docker's file: `$DOCKER_CONFIG/config.json`, or `~/.docker/config.json`."""
    directory = env.get("DOCKER_CONFIG")
    return (Path(directory) if directory else _home(env) / ".docker") / "config.json"


def explicit_path(env: Mapping[str, str]) -> Path | None:
    """The file that the user names: `$REGISTRY_AUTH_FILE`, None if it is not set."""
    named = env.get("REGISTRY_AUTH_FILE")
    return Path(named) if named else None


def login_path(env: Mapping[str, str]) -> Path:
    """The file that a login is written to: the one that the user names, else Docker's.

    It is the first of all files to be read, so that the next command finds the login.
    """
    return explicit_path(env) or docker_config_path(env)


def named_login_path(env: Mapping[str, str]) -> Path | None:
    """The file that logins of Podman and Skopeo are in: of `$REGISTRY_AUTH_FILE`, else `$DOCKER_CONFIG`.

    None where neither is set: then they are in the first of `podman_paths`, and read from all files.
    """
    return explicit_path(env) or (docker_config_path(env) if env.get("DOCKER_CONFIG") else None)


def podman_paths(env: Mapping[str, str]) -> Iterator[Path]:
    """Podman's files other than `$REGISTRY_AUTH_FILE`: that of the session, then the permanent one."""
    runtime = env.get("XDG_RUNTIME_DIR")
    yield (
        Path(runtime, "containers/auth.json") if runtime else Path(f"/run/containers/{os.getuid()}/auth.json")
    )
    config = env.get("XDG_CONFIG_HOME")
    yield (Path(config) if config else _home(env) / ".config") / "containers/auth.json"


def _home(env: Mapping[str, str]) -> Path:
    home = env.get("HOME")
    if home:
        return Path(home)
    try:
        return Path(pwd.getpwuid(os.getuid()).pw_dir)
    except KeyError:  # a user without an account, as containers have them: their home is the root
        return Path("/")
