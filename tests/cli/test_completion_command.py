"""`completion` prints the scripts, and the program answers what they ask."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest
from keychain.homes import basic
from peers import images
from peers.fixtures import PASSWORD, USERNAME
from peers.media import push
from peers.odd_server import OddServer, Pause, reply_json

FILES = {"bash": "pycrane.bash", "zsh": "_pycrane", "fish": "pycrane.fish", "powershell": "pycrane.ps1"}


@pytest.mark.parametrize("shell", FILES)
def test_the_script_is_the_one_that_packages_install(pycrane, shell):
    packaged = Path(__file__).parents[2] / "completions" / FILES[shell]
    assert pycrane("completion", shell).stdout == packaged.read_bytes()


def answer(pycrane, line, shell="zsh"):
    words = line.split(" ")
    env = {"_PYCRANE_COMPLETE": shell, "COMP_WORDS": "\n".join(words[:-1]), "COMP_WORD": words[-1]}
    return pycrane(env=env)


def values(pycrane, line):
    return [text.split("\t")[1] for text in answer(pycrane, line).lines]


@pytest.mark.parametrize("shell", ["zsh", "fish", "powershell"])
def test_answers_have_a_kind_a_value_and_a_description(pycrane, shell):
    expected = ["plain\tvalidate\tCheck that an image is well-formed"]
    assert answer(pycrane, "pycrane valid", shell).lines == expected
    assert answer(pycrane, "pycrane pull --format=le", shell).lines == ["plain\t--format=legacy\t"]
    assert answer(pycrane, "pycrane push --", shell).lines[0].startswith("plain\t--index\t")
    assert answer(pycrane, "pycrane validate --layout=x", shell).lines == ["dir\t--layout=\t"]


@pytest.mark.parametrize("shell", FILES)
def test_descriptions_can_be_left_out(pycrane, shell):
    assert f"{shell}-plain" in pycrane("completion", shell, "--no-descriptions").text
    line = {"COMP_LINE": "pycrane valid"} if shell == "bash" else {}
    env = {"_PYCRANE_COMPLETE": f"{shell}-plain", "COMP_WORDS": "pycrane", "COMP_WORD": "valid", **line}
    assert pycrane(env=env).text.rstrip("\t") == "plain\tvalidate"


@pytest.mark.parametrize(
    ("line", "lines"),
    [
        ("ls --platform=linux/arm6", ["plain\tlinux/arm64"]),
        ("ls '--platform=linux/arm6", ["plain\t--platform=linux/arm64"]),
        ("registry serve --disk=a/", ["dir\t"]),
        ("tag --insec", ["plain\t--insecure", "plain\t--insecure-registry"]),
        ("auth login --username ", []),
    ],
)
def test_bash_gets_what_stands_behind_the_last_break(pycrane, line, lines):
    breaks = " \t\n\"'@><=;|&(:"
    env = {"_PYCRANE_COMPLETE": "bash", "COMP_LINE": f"pycrane {line}", "COMP_WORDBREAKS": breaks}
    assert pycrane(env=env).lines == lines


def test_hosts_come_from_logins_and_from_use_at_a_terminal(
    pycrane, terminal, docker_config, docker_registry, repo
):
    docker_config.write_text(
        json.dumps({"auths": {"reg.example": basic("a"), "https://index.docker.io/v1/": {}}})
    )
    assert values(pycrane, "pycrane pull ") == ["reg.example/", "docker.io/"]
    push(docker_registry, repo, images.image(), "v1")
    name = f"{docker_registry.host}/{repo}:v1"
    pycrane("digest", name)
    assert values(pycrane, "pycrane pull ") == ["reg.example/", "docker.io/"]
    terminal("digest", name)
    assert values(pycrane, "pycrane pull ") == ["reg.example/", "docker.io/", f"{docker_registry.host}/"]
    assert values(pycrane, "pycrane auth logout ") == ["reg.example", "docker.io"]


def test_lists_are_kept_for_the_user_alone(pycrane, home, docker_registry_basic, docker_config, repo):
    docker_config.write_text(json.dumps({"auths": {docker_registry_basic.host: basic(USERNAME, PASSWORD)}}))
    push(docker_registry_basic, repo, images.image(), "v1")
    line = f"pycrane digest {docker_registry_basic.host}/{repo}:"
    while not (found := values(pycrane, line)):
        pass  # an answer that comes too late is kept for the next time
    assert found == [f"{docker_registry_basic.host}/{repo}:v1"]
    kept = list((home / ".cache/pycrane/completion").iterdir())
    assert [stat.S_IMODE(path.stat().st_mode) for path in (kept[0].parent, *kept)] == [0o700, 0o600]
    push(docker_registry_basic, repo, images.image(), "v2")
    assert values(pycrane, line) == found
    os.utime(kept[0], (0, 0))
    while (found := values(pycrane, line)) in ([], [f"{docker_registry_basic.host}/{repo}:v1"]):
        pass
    assert found == [f"{docker_registry_basic.host}/{repo}:{tag}" for tag in ("v1", "v2")]


def test_no_credential_helper_is_run(pycrane, docker_registry_basic, docker_config, credential_helper, repo):
    docker_config.write_text(json.dumps({"credsStore": credential_helper.name}))
    assert answer(pycrane, f"pycrane ls {docker_registry_basic.host}/t").stdout == b""
    assert credential_helper.calls() == []


def test_a_registry_that_does_not_answer_is_not_waited_for(pycrane):
    with OddServer(lambda request: [Pause()]) as server:
        result = answer(pycrane, f"pycrane ls {server.host}/te")
    assert (result.stdout, result.stderr) == (b"", "")


def test_names_that_a_shell_would_interpret_are_left_out(pycrane):
    names = ["good", "$(touch bad)", "a;b", "a\nb", "`c`"]
    with OddServer(lambda request: reply_json({"repositories": names})) as server:
        while not (found := values(pycrane, f"pycrane ls {server.host}/")):
            pass
        assert found == [f"{server.host}/good"]
