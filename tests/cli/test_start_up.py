"""What starting costs: help and completion import nothing that talks to registries or draws."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

HEAVY = {"requests", "urllib3", "rich", "ssl", "http.client", "isal", "zlib_ng", "platformdirs", "email"}


def imported(*args: str, **env: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "pycrane", *args],
        env={**os.environ, **env},
        capture_output=True,
        check=True,
    )
    return {line.rpartition("|")[2].strip() for line in done.stderr.decode().splitlines() if "|" in line}


@pytest.mark.parametrize("args", [["--help"], ["version"], ["pull", "--help"], ["auth", "login", "--help"]])
def test_help_imports_nothing_heavy(args):
    names = imported(*args)
    assert "click" in names
    assert names & HEAVY == set()


def test_the_list_of_commands_imports_no_command():
    from pycrane._cli.program import COMMANDS

    assert imported("--help") & {f"pycrane._cli.commands.{name}" for name in COMMANDS} == set()


@pytest.mark.parametrize(
    "words", ["pycrane pu", "pycrane pull --fo", "pycrane pull --format ", "pycrane auth lo"]
)
def test_completion_imports_nothing_heavy(words):
    names = imported(_PYCRANE_COMPLETE="bash", COMP_LINE=words)
    assert "click.shell_completion" in names
    assert names & HEAVY == set()


def test_a_public_image_needs_no_keychain(pycrane_registry):
    import requests

    manifest = b'{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}'
    requests.put(
        f"http://{pycrane_registry.address}/v2/app/manifests/v1",
        data=manifest,
        headers={"Content-Type": "application/vnd.oci.image.index.v1+json"},
        timeout=30,
    ).raise_for_status()
    names = imported("digest", f"{pycrane_registry.address}/app:v1")
    assert "pycrane._registry.session" in names
    assert (
        names
        & {"pycrane._keychain.chain", "pycrane._registry.auth.authorization", "pycrane._image.view", "rich"}
        == set()
    )
