"""Logging in and out: what is written, where, and what is left alone."""

from __future__ import annotations

import json
from typing import Any

import pytest
from keychain.homes import SECRET, Home, basic
from peers.programs import Program
from peers.registry import Registry

from pycrane._errors import CredentialsError
from pycrane._keychain.chain import DefaultKeychain
from pycrane._keychain.credentials import ANONYMOUS, Credentials
from pycrane._keychain.login import log_in, log_out, log_out_of_all
from pycrane._keychain.matching import HUB_KEY
from pycrane._reference import Repository

ALICE = Credentials("alice", SECRET)
HUB = "index.docker.io"


def read(person: Home) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(person.docker.read_text())
    return document


def test_a_first_login_writes_what_docker_writes(person: Home) -> None:
    login = log_in("r.example", Credentials("a<&>é", "pa:ss"), person.env)
    assert (login.path, login.helper, login.plaintext) == (person.docker, "", True)
    assert person.docker.read_bytes() == (
        b'{\n\t"auths": {\n\t\t"r.example": {\n\t\t\t"auth": "YTwmPsOpOnBhOnNz"\n\t\t}\n\t}\n}'
    )


def test_docker_hub_is_written_under_its_old_url(person: Home) -> None:
    log_in(HUB, ALICE, person.env)
    assert list(read(person)["auths"]) == [HUB_KEY]


def test_what_is_logged_in_is_found(person: Home) -> None:
    for registry in ("r.example:5000", HUB, "localhost"):
        log_in(registry, ALICE, person.env)
        assert DefaultKeychain(person.env).resolve(Repository(registry, "a/b")) == ALICE


def test_entries_stay_sorted_as_docker_sorts_them(person: Home) -> None:
    for registry in ("m.example", HUB, "z.example", "a.example"):
        log_in(registry, ALICE, person.env)
    assert list(read(person)["auths"]) == sorted(["m.example", HUB_KEY, "z.example", "a.example"])


def test_the_rest_of_the_file_is_left_alone(person: Home) -> None:
    old = {
        "HttpHeaders": {"User-Agent": "x", "X": "1"},
        "auths": {"z.example": {"auth": "*", "mine": 1}, "b.example": basic("b")},
        "unknown": {"b": [1], "a": None},
    }
    person.write(person.docker, old)
    log_in("c.example", ALICE, person.env)
    new = read(person)
    assert list(new) == list(old)
    assert new["auths"].pop("c.example") == basic("alice")
    assert new == old


def test_logging_in_again_replaces_the_entry_where_it_is(person: Home) -> None:
    person.write(
        person.docker,
        {"auths": {"z": basic("z"), "r.example": {"identitytoken": "old", "email": "e"}, "a": basic("a")}},
    )
    log_in("r.example", ALICE, person.env)
    assert list(read(person)["auths"].items()) == [
        ("z", basic("z")), ("r.example", {**basic("alice"), "email": "e"}), ("a", basic("a")),
    ]  # fmt: skip


def test_the_same_login_again_writes_nothing(person: Home) -> None:
    log_in("r.example", ALICE, person.env)
    before = person.docker.stat()
    assert not log_in("r.example", ALICE, person.env).plaintext
    assert person.docker.stat().st_ino == before.st_ino


def test_a_login_goes_to_the_file_that_the_user_names(person: Home) -> None:
    named = person.folder / "deep/named.json"
    env = person.env | {"REGISTRY_AUTH_FILE": str(named)}
    assert log_in("r.example", ALICE, env).path == named
    assert not person.docker.exists()
    assert DefaultKeychain(env).resolve(Repository("r.example", "a")) == ALICE
    log_out("r.example", env)
    assert json.loads(named.read_text()) == {"auths": {}}


@pytest.mark.parametrize("setting", [{"credsStore": "test"}, {"credHelpers": {"r.example": "test"}}])
def test_a_helper_keeps_the_login_and_the_file_only_marks_it(person: Home, setting: dict[str, Any]) -> None:
    person.helper("test", "")
    person.write(person.docker, {**setting, "auths": {"r.example": basic("old")}})
    login = log_in("r.example", ALICE, person.env)
    assert (login.helper, login.plaintext) == ("docker-credential-test", False)
    assert read(person) == {**setting, "auths": {"r.example": {}}}
    assert person.calls("test") == [
        ["store", f'{{"ServerURL":"r.example","Username":"alice","Secret":"{SECRET}"}}\n']
    ]


def test_a_helper_that_fails_to_store_leaves_the_file_as_it_was(person: Home) -> None:
    person.helper("test", f"print({SECRET!r}); sys.exit(1)")
    person.write(person.docker, {"credsStore": "test"})
    before = person.docker.read_bytes()
    with pytest.raises(CredentialsError, match="failed to store") as caught:
        log_in("r.example", ALICE, person.env)
    assert SECRET not in repr(caught.value)
    assert person.docker.read_bytes() == before


def test_a_broken_file_is_not_overwritten(person: Home) -> None:
    person.write(person.docker, "{broken")
    for act in (lambda: log_in("r.example", ALICE, person.env), lambda: log_out("r.example", person.env)):
        with pytest.raises(CredentialsError, match="not valid JSON"):
            act()
    assert person.docker.read_text() == "{broken"


@pytest.mark.parametrize("credentials", [Credentials("a:b", SECRET), Credentials("", SECRET)])
def test_credentials_that_a_file_cannot_store_are_refused(person: Home, credentials: Credentials) -> None:
    with pytest.raises(CredentialsError, match="cannot store"):
        log_in("r.example", credentials, person.env)
    assert not person.docker.exists()


def test_logging_out_removes_every_key_of_the_registry_and_no_other(person: Home) -> None:
    gone = {"r.example": basic("r"), "https://r.example/v1/": basic("r")}
    kept = {"r.example/team": basic("t"), "s.example": basic("s")}
    hub = {HUB_KEY: basic("h"), "docker.io": basic("h")}
    person.write(person.docker, {"x": 1, "auths": {**gone, **kept, **hub}})
    log_out("r.example", person.env)
    assert read(person) == {"x": 1, "auths": {**kept, **hub}}
    log_out(HUB, person.env)
    assert read(person)["auths"] == kept
    assert DefaultKeychain(person.env).resolve(Repository(HUB, "library/x")) == ANONYMOUS


def test_logging_out_without_a_login_is_not_an_error_and_writes_nothing(person: Home) -> None:
    assert log_out("r.example", person.env).path == person.docker
    assert not person.docker.exists()
    person.write(person.docker, '{ "auths":{} }')
    log_out("r.example", person.env)
    assert person.docker.read_text() == '{ "auths":{} }'


def test_logging_out_erases_from_the_helper_under_each_name(person: Home) -> None:
    person.helper("test", "print('credentials not found in native keychain'); sys.exit(1)")
    person.write(person.docker, {"credHelpers": {"docker.io": "test"}, "auths": {HUB_KEY: {}}})
    log_out(HUB, person.env)
    assert person.calls("test") == [["erase", HUB_KEY], ["erase", "docker.io"]]
    assert read(person)["auths"] == {}


def test_skopeo_and_pycrane_read_each_others_logins(
    person: Home, skopeo: Program, docker_registry_basic: Registry
) -> None:
    host, alice = docker_registry_basic.host, docker_registry_basic.username
    password = docker_registry_basic.password
    theirs, ours = person.folder / "theirs.json", person.folder / "ours.json"
    skopeo("login", "--authfile", theirs, "--tls-verify=false", "-u", alice, "-p", password, host)
    keychain = DefaultKeychain(person.env | {"REGISTRY_AUTH_FILE": str(theirs)})
    assert keychain.resolve(Repository(host, "a/b")) == Credentials(alice, password)
    log_in(host, Credentials(alice, password), person.env | {"REGISTRY_AUTH_FILE": str(ours)})
    assert skopeo("login", "--authfile", ours, "--get-login", host).stdout == f"{alice}\n"
    assert ours.read_bytes() == theirs.read_bytes()


def test_a_login_may_have_a_file_and_a_key_of_its_own(person: Home) -> None:
    path = person.folder / "auth.json"
    log_in("r.example", ALICE, person.env, path=path, key="r.example/team")
    log_in("r.example", ALICE, person.env, path=path, key="r.example")
    assert list(json.loads(path.read_text())["auths"]) == ["r.example", "r.example/team"]
    assert log_out("r.example", person.env, path=path, key="r.example/team").removed
    assert not log_out("r.example", person.env, path=path, key="r.example/team").removed
    assert list(json.loads(path.read_text())["auths"]) == ["r.example"]
    assert not person.docker.exists()


def test_all_logins_of_a_file_go_also_those_that_helpers_keep(person: Home) -> None:
    person.helper("mine", "")
    document = {
        "HttpHeaders": {"a": "b"},
        "auths": {"r.example": basic("a"), "s.example": basic("b")},
        "credHelpers": {"h.example": "mine"},
    }
    path = person.write(person.folder / "auth.json", document)
    log_out_of_all(path, person.env)
    assert json.loads(path.read_text()) == {"auths": {}, "HttpHeaders": {"a": "b"}}
    assert person.calls("mine") == [["erase", "h.example"]]
