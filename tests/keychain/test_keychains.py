"""Keychains: the person's own, in the order of their files, and those that a program composes."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from typing import Any

import pytest
from keychain.homes import SECRET, Home, basic

from pycrane._errors import CredentialsError
from pycrane._events import Event, Warned
from pycrane._keychain.base import resolve_for
from pycrane._keychain.chain import (
    ContainersKeychain,
    DefaultKeychain,
    HelperKeychain,
    MultiKeychain,
    RefreshingKeychain,
    StaticKeychain,
)
from pycrane._keychain.config_keychain import EnvironmentKeychain
from pycrane._keychain.credentials import ANONYMOUS, Credentials, Keychain
from pycrane._keychain.explanation import Kind, StepOutcome
from pycrane._keychain.helper import CredentialHelper
from pycrane._keychain.lazy import LazyKeychain
from pycrane._keychain.matching import HUB_KEY
from pycrane._limits import Limits
from pycrane._reference import Repository, parse_repository

APP = parse_repository("r.example/team/app")
UBUNTU = parse_repository("ubuntu")


def user(env: Mapping[str, str], repository: Repository = APP) -> str:
    return DefaultKeychain(env).resolve(repository).username


def config(username: str, key: str = "r.example") -> dict[str, Any]:
    return {"auths": {key: basic(username)}}


def helper_answer(username: str = "helped", secret: str = SECRET) -> str:
    return f"print(json.dumps({{'Username': {username!r}, 'Secret': {secret!r}}}))"


NOT_FOUND = "print('credentials not found in native keychain'); sys.exit(1)"


def test_an_empty_home_is_anonymous(person: Home) -> None:
    assert DefaultKeychain(person.env).resolve(APP) == ANONYMOUS


def test_files_are_read_in_their_order(person: Home) -> None:
    env = dict(person.env)
    person.write(person.lasting, config("lasting"))
    assert user(env) == "lasting"
    person.write(person.session, config("session"))
    assert user(env) == "session"
    person.write(person.docker, config("docker"))
    assert user(env) == "docker"
    env["DOCKER_AUTH_CONFIG"] = json.dumps(config("variable"))
    assert user(env) == "variable"
    env["REGISTRY_AUTH_FILE"] = str(person.write(person.folder / "named.json", config("named")))
    assert user(env) == "named"


def test_after_a_file_without_credentials_comes_the_next_one(person: Home) -> None:
    person.write(person.docker, config("docker", "other.example"))
    person.write(person.session, config("session"))
    assert user(person.env) == "session"


def test_the_variable_counts_without_any_file(person: Home) -> None:
    assert user(person.env | {"DOCKER_AUTH_CONFIG": json.dumps(config("variable"))}) == "variable"


def test_a_named_file_that_is_not_there_is_passed_over(person: Home) -> None:
    person.write(person.docker, config("docker"))
    assert user(person.env | {"REGISTRY_AUTH_FILE": "/nowhere/auth.json"}) == "docker"


def test_docker_config_names_a_directory_and_replaces_the_one_at_home(person: Home) -> None:
    person.write(person.docker, config("home"))
    person.write(person.folder / "else/config.json", config("else"))
    assert user(person.env | {"DOCKER_CONFIG": str(person.folder / "else")}) == "else"
    assert user(person.env | {"DOCKER_CONFIG": str(person.folder / "nothing")}) == ""


def test_podmans_permanent_file_is_where_xdg_says(person: Home) -> None:
    person.write(person.folder / "xdg/containers/auth.json", config("xdg"))
    assert user(person.env | {"XDG_CONFIG_HOME": str(person.folder / "xdg")}) == "xdg"


def test_the_environment_is_read_once_at_the_beginning(person: Home) -> None:
    env = dict(person.env)
    keychain = DefaultKeychain(env)
    env["DOCKER_AUTH_CONFIG"] = json.dumps(config("late"))
    assert keychain.resolve(APP) == ANONYMOUS


def test_files_are_read_once_until_they_are_forgotten(person: Home) -> None:
    person.write(person.docker, config("first"))
    keychain = DefaultKeychain(person.env)
    assert keychain.resolve(APP).username == "first"
    person.write(person.docker, config("second"))
    assert keychain.resolve(APP).username == "first"
    keychain.forget()
    assert keychain.resolve(APP).username == "second"


def test_the_entry_of_a_namespace_takes_precedence_over_the_helper_of_the_host(person: Home) -> None:
    person.helper("test", helper_answer())
    person.write(
        person.docker, {"auths": {"r.example/team": basic("team")}, "credHelpers": {"r.example": "test"}}
    )
    assert user(person.env) == "team"
    assert person.calls("test") == []
    assert user(person.env, parse_repository("r.example/other/app")) == "helped"
    assert person.calls("test") == [["get", "r.example"]]


def test_a_helper_takes_precedence_over_the_entry_of_the_host(person: Home) -> None:
    person.helper("test", helper_answer())
    person.write(person.docker, {**config("file"), "credsStore": "test"})
    assert user(person.env) == "helped"


def test_an_entry_answers_where_the_helper_has_nothing(person: Home) -> None:
    person.helper("test", NOT_FOUND)
    person.write(person.docker, {**config("file"), "credsStore": "test"})
    assert user(person.env) == "file"


def test_the_empty_entry_that_marks_a_login_with_a_helper_is_no_answer(person: Home) -> None:
    person.write(person.docker, {"auths": {"r.example": {}}})
    person.write(person.session, config("session"))
    assert user(person.env) == "session"


def test_helpers_know_docker_hub_by_its_old_url(person: Home) -> None:
    person.helper("test", helper_answer())
    person.write(person.docker, {"credsStore": "test"})
    assert user(person.env, UBUNTU) == "helped"
    assert person.calls("test") == [["get", HUB_KEY]]


def test_a_helper_configured_for_docker_io_is_asked_by_that_name_too(person: Home) -> None:
    person.helper("test", f"if text == 'docker.io': {helper_answer()}\nelse: {NOT_FOUND}")
    person.write(person.docker, {"credHelpers": {"docker.io": "test"}})
    assert user(person.env, UBUNTU) == "helped"
    assert [text for _, text in person.calls("test")] == [HUB_KEY, "docker.io"]


def test_a_helper_runs_once_for_many_lookups(person: Home) -> None:
    person.helper("test", helper_answer())
    person.write(person.docker, {"credsStore": "test"})
    keychain = DefaultKeychain(person.env)
    threads = [threading.Thread(target=keychain.resolve, args=(APP,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert keychain.resolve(parse_repository("r.example/other")).username == "helped"
    assert len(person.calls("test")) == 1


@pytest.mark.parametrize("broken", ["missing", "failing", "hanging", "babbling"])
def test_a_broken_helper_is_an_error_for_a_write_and_a_warning_for_a_read(person: Home, broken: str) -> None:
    person.helper("failing", f"print({SECRET!r}); sys.exit(1)")
    person.helper("hanging", "time.sleep(60)")
    person.helper("babbling", f"print({SECRET!r})")
    person.write(person.docker, {"credsStore": broken})
    keychain = DefaultKeychain(person.env, Limits(helper_timeout=1 if broken == "hanging" else 30))
    events: list[Event] = []
    assert resolve_for(keychain, APP, write=False, listener=events.append) == ANONYMOUS
    [event] = events
    assert isinstance(event, Warned)
    assert f"docker-credential-{broken}" in event.text
    assert event.text.endswith("; going on without it")
    assert SECRET not in event.text
    for _ in range(2):
        with pytest.raises(CredentialsError, match=f"docker-credential-{broken}") as caught:
            resolve_for(keychain, APP, write=True, listener=events.append)
        assert SECRET not in repr(caught.value)
    assert len(events) == 1


def test_a_read_goes_on_to_the_next_source_after_a_broken_one(person: Home) -> None:
    person.write(person.docker, "{broken")
    person.write(person.session, config("session"))
    events: list[Event] = []
    keychain = DefaultKeychain(person.env)
    assert resolve_for(keychain, APP, write=False, listener=events.append).username == "session"
    assert len(events) == 1
    with pytest.raises(CredentialsError, match="not valid JSON"):
        resolve_for(keychain, APP, write=True)


def test_a_broken_source_after_the_answer_does_not_matter(person: Home) -> None:
    person.write(person.docker, config("docker"))
    person.write(person.session, "{broken")
    assert user(person.env) == "docker"


def test_headers_come_from_dockers_file_only(person: Home) -> None:
    person.write(person.session, {"HttpHeaders": {"X-Podman": "1"}})
    assert DefaultKeychain(person.env).http_headers == {}
    person.write(person.docker, {"HttpHeaders": {"X-Docker": "1"}})
    assert DefaultKeychain(person.env).http_headers == {"X-Docker": "1"}
    person.write(person.docker, "{broken")
    assert DefaultKeychain(person.env).http_headers == {}


def test_an_explanation_lists_every_source_up_to_the_answer(person: Home) -> None:
    person.helper("test", NOT_FOUND)
    person.write(person.docker, {"credsStore": "test"})
    person.write(person.session, config("bob", "r.example/team"))
    person.write(person.lasting, config("never"))
    explanation = DefaultKeychain(person.env).explain(APP)
    assert [(step.source, step.outcome, step.key, step.helper) for step in explanation.steps] == [
        ("DOCKER_AUTH_CONFIG", StepOutcome.ABSENT, "", ""),
        (str(person.docker), StepOutcome.NOTHING, "r.example", "docker-credential-test"),
        (str(person.session), StepOutcome.ANSWERED, "r.example/team", ""),
    ]
    assert explanation.answer == explanation.steps[-1]
    assert (explanation.kind, explanation.answer.username) == (Kind.PASSWORD, "bob")
    assert explanation.problems == ()


def test_an_explanation_tells_what_is_broken_and_goes_on(person: Home) -> None:
    person.write(person.docker, {"credsStore": "gone"})
    person.write(person.session, config("bob"))
    explanation = DefaultKeychain(person.env).explain(APP)
    assert explanation.problems == ("credential helper docker-credential-gone is not on PATH",)
    assert explanation.kind is Kind.PASSWORD


@pytest.mark.parametrize(
    ("entry", "kind", "username"),
    [
        ({"username": "bob", "password": SECRET}, Kind.PASSWORD, "bob"),
        ({"username": SECRET, "password": "x-oauth-basic"}, Kind.PASSWORD, ""),
        ({"username": SECRET}, Kind.PASSWORD, ""),
        ({"username": "bob", "identitytoken": SECRET}, Kind.IDENTITY_TOKEN, ""),
        ({"registrytoken": SECRET}, Kind.REGISTRY_TOKEN, ""),
        ({}, Kind.ANONYMOUS, ""),
    ],
)
def test_an_explanation_shows_the_kind_and_no_secret(
    person: Home, entry: dict[str, str], kind: Kind, username: str
) -> None:
    person.write(person.docker, {"auths": {f"https://u:{SECRET}@r.example/v1/": entry}})
    keychain = DefaultKeychain(person.env)
    explanation = keychain.explain(APP)
    assert explanation.kind is kind
    assert SECRET not in repr(explanation)
    assert (explanation.answer.username if explanation.answer else "") == username
    assert SECRET not in repr(list(keychain.look(APP)))


def test_credentials_show_no_secret() -> None:
    assert SECRET not in repr(Credentials("u", SECRET, SECRET, SECRET))


def test_static_credentials_are_found_by_their_keys() -> None:
    keychain = StaticKeychain(
        {"r.example": Credentials("host", "p"), "r.example/team": Credentials("team", "p")}
    )
    assert keychain.resolve(APP).username == "team"
    assert keychain.resolve(parse_repository("r.example/x")).username == "host"
    assert keychain.resolve(parse_repository("s.example/x")) == ANONYMOUS
    assert keychain.resolve(Repository("r.example", "")).username == "host"


def test_a_helper_can_be_a_keychain_for_some_registries(person: Home) -> None:
    person.helper("test", helper_answer())
    keychain = HelperKeychain(CredentialHelper("test", person.env), {"r.example"})
    assert keychain.resolve(APP).username == "helped"
    assert keychain.resolve(UBUNTU) == ANONYMOUS
    assert len(person.calls("test")) == 1


def test_the_variable_alone_can_be_a_keychain() -> None:
    assert EnvironmentKeychain({}).resolve(APP) == ANONYMOUS
    assert EnvironmentKeychain({"DOCKER_AUTH_CONFIG": json.dumps(config("ci"))}).resolve(APP).username == "ci"
    with pytest.raises(CredentialsError, match="DOCKER_AUTH_CONFIG"):
        EnvironmentKeychain({"DOCKER_AUTH_CONFIG": "{"}).resolve(APP)


class FiveLines:
    """A keychain as a person writes it."""

    def __init__(self, username: str = "", error: str = "") -> None:
        self.username, self.error, self.asked = username, error, 0

    def resolve(self, repository: Repository) -> Credentials:
        self.asked += 1
        if self.error:
            raise CredentialsError(self.error)
        return Credentials(self.username, "p") if self.username else ANONYMOUS


def test_keychains_compose_with_one_of_the_caller() -> None:
    mine: Keychain = FiveLines("mine")
    given = StaticKeychain({"s.example": Credentials("static", "p")})
    keychain = MultiKeychain(FiveLines(), given, mine)
    assert keychain.resolve(APP).username == "mine"
    assert keychain.resolve(parse_repository("s.example/x")).username == "static"
    assert [step.source for step in keychain.explain(APP).steps] == ["FiveLines", "FiveLines"]


def test_a_broken_keychain_of_the_caller_is_a_warning_for_a_read_only() -> None:
    keychain = MultiKeychain(FiveLines(error="no luck"), FiveLines("second"))
    events: list[Event] = []
    assert resolve_for(keychain, APP, write=False, listener=events.append).username == "second"
    assert events == [Warned("no luck; going on without it")]
    with pytest.raises(CredentialsError, match="no luck"):
        keychain.resolve(APP)
    assert resolve_for(FiveLines(error="no luck"), APP, write=False) == ANONYMOUS


def test_a_refreshing_keychain_asks_again_after_its_time(person: Home) -> None:
    now = 0.0
    person.helper("test", helper_answer())
    inner = HelperKeychain(CredentialHelper("test", person.env))
    keychain = RefreshingKeychain(inner, 60, lambda: now)
    keychain.resolve(APP)
    now = 59
    keychain.resolve(APP)
    assert len(person.calls("test")) == 1
    now = 60
    keychain.resolve(APP)
    assert len(person.calls("test")) == 2
    keychain.forget()
    keychain.resolve(APP)
    assert len(person.calls("test")) == 3


def test_a_refreshing_keychain_does_not_cache_failures() -> None:
    inner = FiveLines(error="no luck")
    keychain = RefreshingKeychain(inner, 60)
    with pytest.raises(CredentialsError):
        keychain.resolve(APP)
    inner.error, inner.username = "", "mine"
    assert keychain.resolve(APP).username == "mine"
    assert keychain.resolve(APP).username == "mine"
    assert inner.asked == 2


def test_the_lazy_keychain_answers_step_by_step_as_the_default_one(person: Home) -> None:
    person.write(person.docker, {"auths": {"reg.test": basic("alice")}, "HttpHeaders": {"X-Team": "red"}})
    lazy = LazyKeychain(person.env)
    heard: list[Event] = []
    repository = parse_repository("reg.test/app")
    assert lazy.resolve(repository) == Credentials("alice", SECRET)
    assert resolve_for(lazy, repository, write=False, listener=heard.append).username == "alice"
    assert lazy.http_headers == {"X-Team": "red"}


def test_a_broken_source_is_passed_over_by_the_lazy_keychain_too(person: Home) -> None:
    person.write(person.docker, {"credHelpers": {"reg.test": "missing"}})
    person.write(person.lasting, {"auths": {"reg.test": basic("alice")}})
    heard: list[Event] = []
    found = resolve_for(
        LazyKeychain(person.env), parse_repository("reg.test/app"), write=False, listener=heard.append
    )
    assert found.username == "alice"
    assert [type(event) for event in heard] == [Warned]


def test_podmans_logins_come_before_dockers_where_podman_and_skopeo_look(person: Home) -> None:
    person.write(person.docker, config("docker"))
    assert ContainersKeychain(person.env).resolve(APP).username == "docker"
    person.write(person.lasting, config("lasting"))
    assert ContainersKeychain(person.env).resolve(APP).username == "lasting"
    person.write(person.session, config("session"))
    assert ContainersKeychain(person.env).resolve(APP).username == "session"


def test_a_file_that_is_named_is_the_only_one_they_read(person: Home) -> None:
    person.write(person.session, config("session"))
    named = person.write(person.folder / "named.json", config("named", "other.example"))
    assert ContainersKeychain(person.env, named).resolve(APP) == ANONYMOUS
    by_variable = {**person.env, "REGISTRY_AUTH_FILE": str(named)}
    assert ContainersKeychain(by_variable).resolve(APP) == ANONYMOUS
    assert ContainersKeychain(by_variable, person.session).resolve(APP).username == "session"
