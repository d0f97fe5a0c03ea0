from __future__ import annotations

import base64

import pytest
from peers.images import image
from peers.media import push
from peers.odd_server import OddServer, Request, problem, reply
from peers.registry import Registry
from registry.clients import Heard, Keys, MakeClient, asked

from pycrane._errors import CredentialsError, UnauthorizedError
from pycrane._events import Warned
from pycrane._keychain.credentials import Credentials
from pycrane._oci import media_types
from pycrane._reference import parse_reference, parse_repository
from pycrane._registry.client import RegistryClient

ALICE = Credentials("alice", "correct:horse")


def know(registry: Registry, keys: Keys) -> None:
    keys.known[registry.host] = Credentials(registry.username, registry.password)


def test_the_question_is_asked_first_and_again_with_the_password(
    docker_registry_basic: Registry, repo: str, client: RegistryClient, keys: Keys
) -> None:
    digest = push(docker_registry_basic, repo, image(), "v1")
    know(docker_registry_basic, keys)
    reference = parse_reference(f"{docker_registry_basic.host}/{repo}:v1")

    assert str(client.head_manifest(reference).digest) == digest
    assert asked(docker_registry_basic, repo) == [("HEAD", 401), ("HEAD", 200)]

    docker_registry_basic.reset()
    client.get_manifest(reference)
    assert asked(docker_registry_basic, repo) == [("GET", 200)]
    assert keys.asked == [reference.repository.name]


def test_a_wrong_password_is_tried_once(
    docker_registry_basic: Registry, repo: str, client: RegistryClient, keys: Keys
) -> None:
    keys.known[docker_registry_basic.host] = Credentials("alice", "hunter2")
    with pytest.raises(UnauthorizedError) as caught:
        client.get_manifest(parse_reference(f"{docker_registry_basic.host}/{repo}:v1"))
    assert asked(docker_registry_basic, repo) == [("GET", 401), ("GET", 401)]
    assert caught.value.codes == ("UNAUTHORIZED",)
    assert "hunter2" not in str(caught.value)
    assert caught.value.hint is not None
    assert f"pycrane auth login {docker_registry_basic.host}" in caught.value.hint


def test_without_a_password_there_is_no_second_question(
    docker_registry_basic: Registry, repo: str, client: RegistryClient
) -> None:
    with pytest.raises(UnauthorizedError):
        client.get_manifest(parse_reference(f"{docker_registry_basic.host}/{repo}:v1"))
    assert asked(docker_registry_basic, repo) == [("GET", 401)]


def test_nobody_is_asked_for_credentials_that_are_not_wanted(
    docker_registry: Registry, repo: str, client: RegistryClient, keys: Keys
) -> None:
    push(docker_registry, repo, image(), "v1")
    client.get_manifest(parse_reference(f"{docker_registry.host}/{repo}:v1"))
    assert keys.asked == []


def test_a_login_is_tried_with_the_credentials_given(
    docker_registry_basic: Registry, client: RegistryClient, keys: Keys
) -> None:
    client.ping(docker_registry_basic.host, Credentials("alice", docker_registry_basic.password))
    with pytest.raises(UnauthorizedError):
        client.ping(docker_registry_basic.host, Credentials("alice", "hunter2"))
    assert keys.asked == []


def test_reading_goes_on_without_a_broken_source_and_says_so(
    docker_registry_basic: Registry, repo: str, client: RegistryClient, keys: Keys, heard: Heard
) -> None:
    keys.broken = True
    with pytest.raises(UnauthorizedError):
        client.get_manifest(parse_reference(f"{docker_registry_basic.host}/{repo}:v1"))
    (warning,) = heard.of(Warned)
    assert "the credential helper gave up" in warning.text


def test_writing_does_not_go_on_without_a_broken_source(
    docker_registry_basic: Registry, repo: str, client: RegistryClient, keys: Keys
) -> None:
    keys.broken = True
    reference = parse_reference(f"{docker_registry_basic.host}/{repo}:v1")
    with pytest.raises(CredentialsError):
        client.put_manifest(reference, b"{}", media_types.OCI_MANIFEST)


def authorized(request: Request) -> str:
    kind, _, value = (request.header("Authorization") or "").partition(" ")
    return f"{kind} {base64.b64decode(value).decode()}" if kind == "Basic" else f"{kind} {value}"


def test_a_refusal_without_a_challenge_is_answered_with_the_password(
    client: RegistryClient, keys: Keys
) -> None:
    def handler(request: Request) -> bytes:
        if authorized(request) == "Basic alice:correct:horse":
            return reply(200, b'{"tags":["v1"]}')
        return reply(401)

    with OddServer(handler) as server:
        keys.known[server.host] = ALICE
        assert list(client.tags(parse_repository(f"{server.host}/app"))) == ["v1"]
        assert len(server.requests) == 2


@pytest.mark.parametrize(
    "challenge",
    [
        'Bearer realm="http://127.0.0.1:1/token',
        "Negotiate",
        ", ".join(f'Odd{number} realm="x"' for number in range(50)),
        'Odd realm="' + "x" * 60000 + '"',
        'Bearer service="nobody says where"',
    ],
)
def test_a_challenge_that_nobody_can_answer_is_an_ordinary_refusal(
    client: RegistryClient, challenge: str
) -> None:
    with OddServer(lambda _: problem(401, "UNAUTHORIZED", "no", {"WWW-Authenticate": challenge})) as server:
        with pytest.raises(UnauthorizedError, match="UNAUTHORIZED: no"):
            client.get_manifest(parse_reference(f"{server.host}/app"))
        assert len(server.requests) == 1


def test_who_is_unknown_and_forbidden_asks_how_to_become_known(client: RegistryClient, keys: Keys) -> None:
    def handler(request: Request) -> bytes:
        if authorized(request) == "Basic alice:correct:horse":
            return reply(200, b'{"tags":["v1"]}')
        if request.path == "/v2/":
            return reply(401, b"", {"WWW-Authenticate": 'Basic realm="x"'})
        return problem(403, "DENIED", "who are you?")

    with OddServer(handler) as server:
        keys.known[server.host] = ALICE
        assert list(client.tags(parse_repository(f"{server.host}/app"))) == ["v1"]
        assert [path for _, path in server.seen()] == ["/v2/app/tags/list", "/v2/", "/v2/app/tags/list"]


def test_two_namespaces_of_one_registry_may_have_two_passwords(client: RegistryClient, keys: Keys) -> None:
    def handler(request: Request) -> bytes:
        if request.header("Authorization") is None:
            return reply(401, b"", {"WWW-Authenticate": 'Basic realm="x"'})
        return reply(200, f'{{"tags":["{authorized(request)[6:].partition(":")[0]}"]}}')

    with OddServer(handler) as server:
        one, two = (parse_repository(f"{server.host}/{name}/app") for name in ("one", "two"))
        keys.known = {one.name: Credentials("first", "1"), two.name: Credentials("second", "2")}
        assert [*client.tags(one), *client.tags(two), *client.tags(one)] == ["first", "second", "first"]
        assert keys.asked == [one.name, two.name]


def test_headers_of_the_persons_configuration_go_to_the_registry(make_client: MakeClient) -> None:
    client = make_client(headers={"X-Meta": "mine", "User-Agent": "not mine", "Accept": "nothing"})
    with OddServer(lambda _: reply(200, b'{"tags":[]}')) as server:
        list(client.tags(parse_repository(f"{server.host}/app")))
        (request,) = server.requests
    assert request.header("X-Meta") == "mine"
    assert request.header("Accept") == "application/json"
    assert (request.header("User-Agent") or "").startswith("pycrane/")
