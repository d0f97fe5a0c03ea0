"""`pycrane auth`, as a person runs it."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import termios
from pathlib import Path

import pytest
from keychain.homes import SECRET, Home, basic
from peers.credential_helper import CredentialHelper
from peers.odd_server import OddServer, Request, reply, reply_json
from peers.programs import Process
from peers.registry import Registry
from peers.running import Pycrane


@pytest.fixture
def own(pycrane: Pycrane, person: Home, monkeypatch: pytest.MonkeyPatch) -> Pycrane:
    """pycrane in the home of `person`."""
    pycrane.env = dict(person.env)
    monkeypatch.setenv("PATH", person.env["PATH"])
    return pycrane


def test_get_prints_what_a_helper_prints(own: Pycrane, person: Home) -> None:
    entries = {
        "basic.example": basic("a<&>é", "p"),
        "name.example": {"username": "x"},
        "token.example": {"identitytoken": "TOK"},
        "bearer.example": {"registrytoken": "TOK"},
        "https://index.docker.io/v1/": basic("hub", "p"),
    }
    person.write(person.docker, {"auths": entries})
    printed = {
        "basic.example": '{"Username":"a\\u003c\\u0026\\u003eé","Secret":"p"}',
        "name.example": '{"Username":"x"}',
        "token.example": '{"Username":"\\u003ctoken\\u003e","Secret":"TOK"}',
        "bearer.example": "{}",
        "docker.io": '{"Username":"hub","Secret":"p"}',
        "https://index.docker.io/v1/": '{"Username":"hub","Secret":"p"}',
    }
    for registry, line in printed.items():
        assert own("auth", "get", registry).stdout.decode() == f"{line}\n"
        assert own("auth", "get", stdin=f"{registry}\n".encode()).stdout.decode() == f"{line}\n"


def test_get_without_credentials_prints_the_message_of_the_protocol(own: Pycrane) -> None:
    result = own("auth", "get", "nowhere.example", check=False)
    assert result.stdout == b"credentials not found in native keychain\n"
    assert (result.returncode, result.stderr) == (1, "")


def test_get_with_a_broken_helper_fails_and_prints_nothing_of_it(own: Pycrane, person: Home) -> None:
    person.helper("test", f"print({SECRET!r}); print({SECRET!r}, file=sys.stderr); sys.exit(1)")
    person.write(person.docker, {"credsStore": "test"})
    result = own("auth", "get", "r.example", check=False)
    assert (result.returncode, result.stdout) == (1, b"")
    assert "docker-credential-test failed to get: exit status 1" in result.stderr
    assert SECRET not in result.stderr


def test_pycrane_can_be_a_helper_itself(own: Pycrane, person: Home) -> None:
    person.write(person.folder / "inner.json", {"auths": {"r.example": basic("inner")}})
    program = person.programs / "docker-credential-pycrane"
    pycrane_program = " ".join(own.command)
    program.write_text(
        f'#!/bin/sh\nREGISTRY_AUTH_FILE={person.folder}/inner.json exec {pycrane_program} auth "$@"\n'
    )
    program.chmod(0o755)
    person.write(person.docker, {"credsStore": "pycrane"})
    assert json.loads(own("auth", "get", "r.example").stdout) == {"Username": "inner", "Secret": SECRET}


def test_login_without_verification_writes_the_file_and_says_where(own: Pycrane, person: Home) -> None:
    result = own("auth", "login", "r.example", "-u", "alice", "-p", SECRET, "--no-verify")
    assert json.loads(person.docker.read_text()) == {"auths": {"r.example": basic("alice")}}
    assert result.stdout == b""
    assert result.stderr.endswith(f"logged in via {person.docker}\n")
    assert f"stored unencrypted in {person.docker}" in result.stderr
    assert SECRET not in result.stderr


def test_a_password_from_standard_input_loses_one_line_ending(own: Pycrane, person: Home) -> None:
    for stdin in (b"pw", b"pw\n", b"pw\r\n"):
        own("auth", "login", "r.example", "-u", "alice", "--password-stdin", "--no-verify", stdin=stdin)
        assert json.loads(person.docker.read_text())["auths"]["r.example"] == basic("alice", "pw")
    own("auth", "login", "r.example", "-u", "alice", "--password-stdin", "--no-verify", stdin=b" p\n\n")
    assert json.loads(person.docker.read_text())["auths"]["r.example"] == basic("alice", " p\n")


def test_login_needs_a_user_name_or_a_password(own: Pycrane, person: Home) -> None:
    result = own("auth", "login", "r.example", check=False)
    assert result.returncode == 1
    assert "username and password required" in result.stderr
    assert not person.docker.exists()


def test_a_login_that_the_variable_hides_is_a_warning(own: Pycrane) -> None:
    env = {"DOCKER_AUTH_CONFIG": json.dumps({"auths": {"r.example": basic("ci")}})}
    result = own("auth", "login", "r.example", "-u", "alice", "--no-verify", env=env)
    assert "DOCKER_AUTH_CONFIG also has credentials for r.example" in result.stderr


def test_logout_removes_the_login_and_names_the_source_that_still_has_one(own: Pycrane, person: Home) -> None:
    person.write(person.docker, {"auths": {"r.example": basic("a")}})
    person.write(person.session, {"auths": {"r.example": basic("b")}})
    result = own("auth", "logout", "r.example")
    assert person.docker.read_bytes() == b'{\n\t"auths": {}\n}'
    assert f"{person.session} still has credentials for r.example" in result.stderr
    assert result.stderr.endswith(f"logged out via {person.docker}\n")


@pytest.mark.parametrize("document", [None, {}, {"auths": {"other.example": basic("a")}}])
def test_logout_says_so_where_there_is_no_login(
    own: Pycrane, person: Home, document: dict[str, object] | None
) -> None:
    if document is not None:
        person.write(person.docker, document)
    result = own("auth", "logout", "r.example")
    expected = f"not logged in to r.example: {person.docker} has no credentials for it\n"
    assert (result.returncode, result.stderr) == (0, expected)


def test_logout_from_a_helper_says_whether_it_had_a_login(own: Pycrane, person: Home) -> None:
    person.write(person.docker, {"credsStore": "test"})
    person.helper("test", "")
    assert own("auth", "logout", "r.example").stderr == f"logged out via {person.docker}\n"
    person.helper("test", "print('credentials not found in native keychain'); sys.exit(1)")
    assert own("auth", "logout", "r.example").stderr.startswith("not logged in to r.example: ")


@pytest.mark.parametrize("words", [["explain", "r.example/x"], ["logout", "r.example"]])
def test_a_pipe_instead_of_a_file_does_not_stop_the_program(
    own: Pycrane, person: Home, words: list[str]
) -> None:
    person.docker.parent.mkdir()
    os.mkfifo(person.docker)
    result = own("auth", *words, check=False, timeout=20)
    assert "it is a pipe that no program writes to" in result.stdout.decode() + result.stderr


def test_a_directory_instead_of_a_file_is_not_written_to(own: Pycrane, person: Home) -> None:
    person.docker.mkdir(parents=True)
    result = own("auth", "login", "r.example", "-u", "a", "-p", "b", "--no-verify", check=False)
    assert result.stderr == f"Error: could not write {person.docker}: it is a directory, expected a file\n"
    assert own("auth", "logout", "r.example").stderr.startswith("not logged in to r.example: ")


def test_a_helper_on_path_keeps_the_login(
    pycrane: Pycrane, docker_config: Path, credential_helper: CredentialHelper
) -> None:
    docker_config.write_text(json.dumps({"credsStore": credential_helper.name}))
    pycrane("auth", "login", "docker.io", "-u", "alice", "-p", SECRET, "--no-verify")
    assert credential_helper.kept() == {
        "https://index.docker.io/v1/": {"Username": "alice", "Secret": SECRET}
    }
    assert json.loads(pycrane("auth", "get", "docker.io").stdout) == {"Username": "alice", "Secret": SECRET}
    pycrane("auth", "logout", "docker.io")
    assert credential_helper.kept() == {}


def test_explain_lists_every_source_and_no_secret(own: Pycrane, person: Home) -> None:
    person.helper("test", "print('credentials not found in native keychain'); sys.exit(1)")
    person.write(person.docker, {"credsStore": "test"})
    person.write(person.session, {"auths": {"r.example/team": basic("bob")}})
    result = own("auth", "explain", "r.example/team/app:v1")
    assert result.lines == [
        f"{'DOCKER_AUTH_CONFIG':<{len(str(person.session))}}  not there",
        f"{person.docker!s:<{len(str(person.session))}}  docker-credential-test for r.example: nothing",
        f"{person.session}  r.example/team: password of bob",
        f"r.example/team/app: password of bob, from {person.session}",
    ]
    assert SECRET not in result.text


def test_explain_takes_registries_and_anything_anonymous(own: Pycrane, person: Home) -> None:
    assert own("auth", "explain", "r.example").lines[-1] == "r.example: anonymous"
    assert own("auth", "explain", "ubuntu:22.04").lines[-1] == "index.docker.io/library/ubuntu: anonymous"
    person.write(person.docker, {"credsStore": "gone"})
    assert own("auth", "explain", "localhost:5000").lines[-1] == (
        "localhost:5000: anonymous; a push fails because of the broken source"
    )


def test_login_verifies_the_credentials_with_the_registry_first(
    pycrane: Pycrane, docker_config: Path, docker_registry_basic: Registry
) -> None:
    host, name = docker_registry_basic.host, docker_registry_basic.username
    wrong = pycrane("auth", "login", host, "-u", name, "-p", SECRET, check=False)
    assert wrong.returncode == 4
    assert f"logging in to {host}: " in wrong.stderr
    assert "check user name and password" in wrong.stderr
    assert SECRET not in wrong.stderr
    assert not docker_config.exists()
    pycrane("auth", "login", host, "-u", name, "-p", docker_registry_basic.password)
    assert json.loads(docker_config.read_text())["auths"] == {
        host: basic(name, docker_registry_basic.password)
    }


def test_login_verifies_the_credentials_with_the_token_server(
    pycrane: Pycrane, docker_config: Path, docker_registry_token: Registry
) -> None:
    host, name = docker_registry_token.host, docker_registry_token.username
    assert pycrane("auth", "login", host, "-u", name, "-p", SECRET, check=False).returncode == 4
    assert not docker_config.exists()
    pycrane(
        "auth", "login", host, "-u", name, "--password-stdin", stdin=docker_registry_token.password.encode()
    )
    assert host in json.loads(docker_config.read_text())["auths"]


def test_token_prints_json_or_a_header(
    pycrane: Pycrane, docker_config: Path, docker_registry_token: Registry
) -> None:
    host, issuer = docker_registry_token.host, docker_registry_token.issuer
    assert issuer
    entry = basic(docker_registry_token.username, docker_registry_token.password)
    docker_config.write_text(json.dumps({"auths": {host: entry}}))
    answer = pycrane("auth", "token", f"{host}/a/b").stdout
    token = json.loads(answer)["token"]
    assert answer.decode() == (
        f'{{"token":"{token}","access_token":"{token}","refresh_token":"","expires_in":300}}\n'
    )
    assert issuer.requests()[-1].scopes == ["repository:a/b:pull"]
    header = pycrane(
        "auth", "token", f"{host}/a/b", "-H", "--push", "-m", f"{host}/c", "--mount", "debian,x/y"
    ).stdout
    assert header.startswith(b"Authorization: Bearer ey")
    assert not header.endswith(b"\n")
    assert sorted(issuer.requests()[-1].scopes) == [
        "repository:a/b:pull,push",
        "repository:c:pull",
        "repository:library/debian:pull",
        "repository:x/y:pull",
    ]


@pytest.mark.parametrize(
    ("said", "printed"),
    [
        ({"token": "t", "expires_in": 3600}, {"token": "t", "refresh_token": "", "expires_in": 3600}),
        (
            {"access_token": "a", "refresh_token": "r<", "issued_at": "2026-01-01T00:00:00Z"},
            {"token": "", "access_token": "a", "refresh_token": "r<", "expires_in": 0},
        ),
        (
            {"token": "t", "access_token": "a", "expires_in": "60", "refresh_token": None},
            {"token": "t", "access_token": "a", "refresh_token": "", "expires_in": 0},
        ),
        ({"token": "t", "expires_in": True}, {"token": "t", "refresh_token": "", "expires_in": 0}),
    ],
)
def test_token_prints_what_the_server_said(
    pycrane: Pycrane, said: dict[str, object], printed: dict[str, object]
) -> None:
    def handler(request: Request) -> bytes:
        if request.path == "/token":
            return reply_json(said)
        if request.header("Authorization"):
            return reply(200)
        return reply(401, b"", {"WWW-Authenticate": f'Bearer realm="{server.url}/token"'})

    with OddServer(handler) as server:
        answer = pycrane("auth", "token", f"{server.host}/a").stdout
        assert list(json.loads(answer).items()) == list(printed.items())
        header = pycrane("auth", "token", "-H", f"{server.host}/a").stdout
        value = printed.get("access_token") or printed["token"]
        assert header == f"Authorization: Bearer {value}".encode()


def test_a_registry_token_of_the_user_is_printed_unchanged(pycrane: Pycrane, docker_config: Path) -> None:
    def handler(request: Request) -> bytes:
        known = request.header("Authorization") == "Bearer mine"
        return reply(200 if known else 401, b"", {"WWW-Authenticate": 'Bearer realm="http://localhost/x"'})

    with OddServer(handler) as server:
        docker_config.write_text(json.dumps({"auths": {server.host: {"registrytoken": "mine"}}}))
        assert json.loads(pycrane("auth", "token", f"{server.host}/a").stdout)["token"] == "mine"


def test_a_registry_without_tokens_has_none_to_print(pycrane: Pycrane, docker_registry: Registry) -> None:
    result = pycrane("auth", "token", f"{docker_registry.host}/a/b", check=False)
    assert (result.returncode, result.stdout) == (1, b"")
    assert docker_registry.host in result.stderr


def test_the_global_options_apply_to_token(pycrane: Pycrane, docker_registry_tls: Registry) -> None:
    refused = pycrane("auth", "token", f"{docker_registry_tls.host}/a", check=False)
    assert "TLS failed" in refused.stderr
    asked = pycrane("auth", "token", f"{docker_registry_tls.host}/a", "--insecure", check=False)
    assert "TLS failed" not in asked.stderr
    assert "does not ask for a token" in asked.stderr


def test_on_a_terminal_login_asks_for_what_is_missing(own: Pycrane, person: Home) -> None:
    ours, theirs = pty.openpty()
    with Process(
        [*own.command, "auth", "login", "r.example", "--no-verify"],
        stdin=theirs,
        stderr=theirs,
        env=own.env,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    ) as process:
        os.close(theirs)
        shown = read_until(ours, b"Username: ")
        os.write(ours, b"alice\n")
        shown += read_until(ours, b"Password: ")
        os.write(ours, f"{SECRET}\n".encode())
        shown += read_until(ours, b"logged in via")
    os.close(ours)
    assert process.returncode == 0
    assert SECRET.encode() not in shown
    assert json.loads(person.docker.read_text())["auths"] == {"r.example": basic("alice")}


def read_until(descriptor: int, text: bytes) -> bytes:
    shown = b""
    while text not in shown:
        shown += os.read(descriptor, 1024)
    return shown


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("DOCKER_CONFIG", ["login", "r.example", "-u", "a", "-p", "b", "--no-verify"]),
        ("DOCKER_CONFIG", ["logout", "r.example"]),
        ("REGISTRY_AUTH_FILE", ["explain", "r.example"]),
        ("DOCKER_AUTH_CONFIG", ["explain", "r.example"]),
        ("HOME", ["explain", "r.example"]),
    ],
)
def test_text_in_the_environment_that_is_not_utf_8_is_no_fault_of_the_program(
    own: Pycrane, tmp_path: Path, name: str, words: list[str]
) -> None:
    result = own("auth", *words, env={name: os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9")})
    assert "caf\\udce9" in result.stderr + result.stdout.decode() or name == "DOCKER_AUTH_CONFIG"
    assert "unexpected" not in result.stderr
