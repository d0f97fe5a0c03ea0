"""The fixture that comes with pycrane, as another project uses it."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

TEST = """
import urllib.request

def catalog(registry):
    return urllib.request.build_opener().open(f"{registry.url}/v2/_catalog").read()

def test_a_registry_is_there(pycrane_registry):
    assert catalog(pycrane_registry) == b'{"repositories": []}'
    request = urllib.request.Request(
        f"{pycrane_registry.url}/v2/a/manifests/v", b'{"schemaVersion": 2}', method="PUT"
    )
    assert urllib.request.urlopen(request).status == 201
    assert catalog(pycrane_registry) != b'{"repositories": []}'

def test_each_test_has_its_own(pycrane_registry):
    assert catalog(pycrane_registry) == b'{"repositories": []}'
"""


def test_another_projects_tests_get_a_registry_each(tmp_path: Path) -> None:
    tmp_path.joinpath("test_it.py").write_text(TEST)
    installed = any(point.value == PLUGIN for point in entry_points(group="pytest11"))
    command = [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider"]
    command += [] if installed else ["-p", PLUGIN]
    environment = {**os.environ, "NO_PROXY": "*", "PYTEST_ADDOPTS": ""}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert "2 passed" in done.stdout, done.stdout + done.stderr


def test_the_plugin_costs_nothing_until_it_is_used() -> None:
    script = f"import sys, {PLUGIN}; print([name for name in sys.modules if name.startswith('pycrane')])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert (
        done.stdout.strip()
        == f"['pycrane._lazy', 'pycrane._version', 'pycrane', 'pycrane._server', '{PLUGIN}']"
    )


PLUGIN = "pycrane._server.pytest_plugin"
