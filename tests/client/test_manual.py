"""The library's manual: its examples do what they say, are typed, and one of them is a whole program."""

from __future__ import annotations

import doctest
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from archive.engine import RecordedEngine, answer
from cryptography.hazmat.primitives.asymmetric import ec
from mypy import api
from oci import signing
from peers.images import image, layer
from peers.images import multi_platform as picture
from peers.media import push, write_docker_save

import pycrane
import pycrane.server
from pycrane._cli.docs.guide import LIBRARY

TEXT = LIBRARY.read_text(encoding="utf-8")
DEV = image(layer({"etc/motd": b"hello\n"}))
PROGRAM = re.search(r"```python\n(.*?)```", TEXT, re.DOTALL)[1]


@pytest.fixture
def engine(tmp_path, monkeypatch):
    """A container engine that answers as a recorded Docker did, and has `app:dev`."""
    saved = write_docker_save(tmp_path / "saved.tar", DEV, tags={DEV.digest: ["app:dev"]}).read_bytes()

    def handler(method, target, body):
        if method == "GET":
            return answer("200 OK", saved, "application/x-tar")
        return answer("200 OK", b'{"stream":"Loaded image: registry.example.com/app:dev\\n"}\r\n')

    # The path of a socket is short: the folders of tests are not.
    with tempfile.TemporaryDirectory() as folder:
        engine = RecordedEngine(Path(folder) / "docker.sock", handler)
        monkeypatch.setenv("DOCKER_HOST", f"unix://{engine.path}")
        yield engine
        engine.close()


def test_the_examples_give_what_they_show(tmp_path, monkeypatch, engine):
    monkeypatch.chdir(tmp_path)
    payload = signing.payload()
    key = ec.generate_private_key(ec.SECP256R1())
    Path("old.json").write_bytes(signing.signed(payload, signing.signature(payload, key)))
    failed, tried = doctest.testfile(str(LIBRARY), module_relative=False)
    assert (failed, tried > 100) == (0, True)
    assert [request[:2] for request in engine.requests] == [
        ("GET", "/images/app:dev/get"),
        ("POST", "/images/load?quiet=1"),
    ]


@pytest.mark.parametrize("module", [pycrane, pycrane.server], ids=lambda module: module.__name__)
def test_every_public_name_is_mentioned(module):
    assert [name for name in module.__all__ if not re.search(rf"\b{name}\b", TEXT)] == []


def test_a_strict_type_checker_accepts_the_examples(tmp_path, request):
    (tmp_path / "examples.py").write_text(doctest.script_from_examples(TEXT))
    (tmp_path / "program.py").write_text(PROGRAM)
    cache = request.config.cache.mkdir("mypy")
    files = [str(tmp_path / name) for name in ("examples.py", "program.py")]
    said, errors, status = api.run(["--strict", "--config-file=", f"--cache-dir={cache}", *files])
    assert (status, errors) == (0, ""), said


def test_a_strict_type_checker_sees_what_the_verbs_take(tmp_path, request):
    wrong = tmp_path / "wrong.py"
    wrong.write_text(
        "import pycrane\npycrane.pull(1, 'x')\npycrane.pull('a', 'b', formt='oci')\npycrane.none\n"
    )
    cache = request.config.cache.mkdir("mypy")
    said, _, _ = api.run(["--strict", "--config-file=", f"--cache-dir={cache}", str(wrong)])
    assert [line for line in (2, 3, 4) if f"wrong.py:{line}: error" not in said] == []


@pytest.mark.parametrize("attested", [False, True])
def test_the_program_adds_a_layer_and_a_label_on_every_platform(
    tmp_path, skopeo, docker_registry, repo, attested
):
    root = picture(attested=attested)
    push(docker_registry, repo, root, "base")
    (tmp_path / "add.py").write_text(PROGRAM)
    (tmp_path / "motd.tar").write_bytes(layer({"etc/motd": b"hello\n"}).content)
    base, target = (f"{docker_registry.host}/{repo}:{tag}" for tag in ("base", "new"))
    done = subprocess.run(
        [sys.executable, "add.py", base, target, "motd.tar"],
        cwd=tmp_path,
        env=os.environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"{docker_registry.host}/{repo}@sha256:")
    read = ["inspect", "--tls-verify=false"]
    index = json.loads(skopeo(*read, "--raw", f"docker://{target}").stdout)
    before = json.loads(root.data)
    assert len(index["manifests"]) == len(before["manifests"])
    for entry in index["manifests"]:
        platform = entry["platform"]
        if platform["os"] == "unknown":
            assert entry in before["manifests"]
            continue
        chosen = [f"--override-os={platform['os']}", f"--override-arch={platform['architecture']}"]
        if platform.get("variant"):
            chosen.append(f"--override-variant={platform['variant']}")
        image = json.loads(skopeo(*chosen, *read, f"docker://{target}").stdout)
        old = json.loads(skopeo(*chosen, *read, f"docker://{base}").stdout)
        assert image["Labels"] == {**(old["Labels"] or {}), "org.example.team": "storage"}
        assert image["Layers"][:-1] == old["Layers"]
