"""Where credentials files are looked for."""

from __future__ import annotations

import os
from pathlib import Path

from pycrane._keychain.locations import (
    docker_config_path,
    login_path,
    named_login_path,
    podman_paths,
)


def test_without_xdg_variables_podmans_files_are_where_podman_puts_them() -> None:
    assert list(podman_paths({"HOME": "/home/me"})) == [
        Path(f"/run/containers/{os.getuid()}/auth.json"),
        Path("/home/me/.config/containers/auth.json"),
    ]


def test_xdg_variables_move_podmans_files() -> None:
    assert list(
        podman_paths({"HOME": "/home/me", "XDG_RUNTIME_DIR": "/run/me", "XDG_CONFIG_HOME": "/cfg"})
    ) == [
        Path("/run/me/containers/auth.json"),
        Path("/cfg/containers/auth.json"),
    ]


def test_an_empty_variable_counts_as_unset() -> None:
    env = {"HOME": "/home/me", "DOCKER_CONFIG": "", "REGISTRY_AUTH_FILE": ""}
    assert login_path(env) == docker_config_path(env) == Path("/home/me/.docker/config.json")


def test_without_a_home_variable_that_of_the_account_is_used() -> None:
    assert docker_config_path({}).is_absolute()


def test_logins_of_podman_are_in_the_file_that_a_variable_names() -> None:
    env = {"HOME": "/home/me", "DOCKER_CONFIG": "/docker", "REGISTRY_AUTH_FILE": "/auth.json"}
    assert named_login_path(env) == Path("/auth.json")
    assert named_login_path({**env, "REGISTRY_AUTH_FILE": ""}) == Path("/docker/config.json")
    assert named_login_path({"HOME": "/home/me"}) is None
