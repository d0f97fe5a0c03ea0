"""Completion in the shells themselves, as it is typed."""

from __future__ import annotations

import json

import pytest
from cli.typing_shell import STARTS, TAB, TypingShell
from keychain.homes import basic
from peers import images
from peers.fixtures import PASSWORD, USERNAME
from peers.media import push, write_layout


@pytest.fixture(params=STARTS)
def shell(request, pycrane, tmp_path):
    folder = tmp_path / "typed"
    folder.mkdir()
    typing = TypingShell(request.param, pycrane.command[0], pycrane.env, folder)
    yield typing
    typing.close()


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "typed"


@pytest.fixture
def logged_in(docker_registry_basic, docker_config):
    """A registry with a password that the user is logged in to."""
    login = {"auths": {docker_registry_basic.host: basic(USERNAME, PASSWORD)}}
    docker_config.write_text(json.dumps(login))
    return docker_registry_basic


def test_commands_options_and_values(shell):
    for typed, run in (
        (f"mani{TAB}", ["manifest"]),
        (f"auth logi{TAB}", ["auth", "login"]),
        (f"pull --annot{TAB}", ["pull", "--annotate-ref"]),
        (f"--insecure-r{TAB}", ["--insecure-registry"]),
        (f"pull --format leg{TAB}", ["pull", "--format", "legacy"]),
        (f"pull --format=o{TAB}x", ["pull", "--format=oci", "x"]),
        (f"ls --platform linux/arm6{TAB}", ["ls", "--platform", "linux/arm64"]),
        (f"ls --platform=linux/386,linux/arm6{TAB}", ["ls", "--platform=linux/386,linux/arm64"]),
        (f"help auth logi{TAB}", ["help", "auth", "login"]),
    ):
        assert shell.run(f"pycrane {typed}") == run


def test_files_and_directories_where_they_belong(shell, folder):
    (folder / "some-file").touch()
    for typed, run in (
        ("pull alpine some-f", ["pull", "alpine", "some-file"]),
        ("append -f some-f", ["append", "-f", "some-file"]),
        ("mutate app --append some-f", ["mutate", "app", "--append", "some-file"]),
        ("mutate app -o some-f", ["mutate", "app", "-o", "some-file"]),
        ("push some-f", ["push", "some-file"]),
        ("registry run --htpasswd=some-f", ["registry", "run", "--htpasswd=some-file"]),
        ("registry run -- cat some-f", ["registry", "run", "--", "cat", "some-file"]),
    ):
        assert shell.run(f"pycrane {typed}{TAB}") == run
    (folder / "some-directory").mkdir()
    (folder / "some-document").touch()
    for typed, run in (
        ("validate --layout some-d", ["validate", "--layout", "some-directory"]),
        ("layout gc some-d", ["layout", "gc", "some-directory"]),
        ("registry serve --disk some-d", ["registry", "serve", "--disk", "some-directory"]),
        ("push oci:some-d", ["push", "oci:some-directory"]),
    ):
        # Zsh takes the slash back when the line is run.
        assert [word.rstrip("/") for word in shell.run(f"pycrane {typed}{TAB}")] == run


def test_programs_behind_registry_run(shell):
    assert shell.run(f"pycrane registry run -- docker-regist{TAB}") == [
        "registry",
        "run",
        "--",
        "docker-registry",
    ]


def test_hosts_of_logins(shell, docker_config):
    docker_config.write_text(json.dumps({"auths": {"reg.example:5000": basic("a"), "other.example": {}}}))
    assert shell.run(f"pycrane auth logout re{TAB}") == ["auth", "logout", "reg.example:5000"]
    assert shell.run(f"pycrane --insecure-registry oth{TAB}") == ["--insecure-registry", "other.example"]
    assert shell.run(f"pycrane pull reg.example:{TAB}team/app x") == [
        "pull",
        "reg.example:5000/team/app",
        "x",
    ]


def test_repositories_tags_and_digests_of_a_registry_with_a_password(shell, logged_in, repo):
    digest = push(logged_in, f"{repo}/app", images.image(), "v1-first", "v2")
    name = f"{logged_in.host}/{repo}/app"
    shell.completes(f"pycrane ls {name[:-2]}{TAB}", ["ls", name])
    shell.completes(f"pycrane pull {name}:v1{TAB}x", ["pull", f"{name}:v1-first", "x"])
    shell.completes(f"pycrane tag {name} v1{TAB}", ["tag", name, "v1-first"])
    shell.completes(f"pycrane digest {name}:v2@{TAB}", ["digest", f"{name}:v2@{digest}"])
    shell.completes(f"pycrane digest {name}@{TAB}", ["digest", f"{name}@{digest}"])


def test_names_in_layouts(shell, folder):
    image = images.image()
    write_layout(folder / "layout", image, names={image.digest: "example.com/app:v1"})
    shell.completes(f"pycrane push layout:exa{TAB}x", ["push", "layout:example.com/app:v1", "x"])
    shell.completes(f"pycrane copy oci:layout:{TAB}x", ["copy", "oci:layout:example.com/app:v1", "x"])


def test_nothing_is_shown_where_a_registry_fails(shell):
    assert shell.run(f"pycrane ls 127.0.0.1:9/te{TAB}") == ["ls", "127.0.0.1:9/te"]


@pytest.mark.parametrize("shell", ["zsh", "fish"], indirect=True)
def test_descriptions_are_whole(shell):
    shell.lists(f"pycrane copy --all{TAB}", "Copy all tags; SRC and DST are repositories.")
