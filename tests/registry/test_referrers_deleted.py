"""What belongs to an image and is deleted is not listed any more, whoever keeps the list."""

from __future__ import annotations

import json

import pytest
from peers.images import OCI_INDEX, image, index
from peers.media import manifest_of, push
from peers.odd_server import Answer, OddServer, Request, forward, problem, reply
from peers.registry import Registry
from registry.belonging import SUBJECT, listed, referrer, send
from registry.clients import asked

from pycrane._client.delete import delete_alone as delete
from pycrane._client.delete import delete_by_digest
from pycrane._errors import NotFoundError, RegistryError
from pycrane._oci.digest import Digest
from pycrane._reference import Repository
from pycrane._registry.client import RegistryClient

ONE, TWO = referrer("one"), referrer("two")
LIST = SUBJECT.digest.replace(":", "-")


@pytest.fixture
def place(docker_registry: Registry, repo: str, client: RegistryClient) -> Repository:
    """A repository with an image and two artifacts that belong to it, the first with the tag `one`."""
    place = Repository(docker_registry.host, repo)
    push(docker_registry, repo, SUBJECT, "v1")
    for artifact in (ONE, TWO):
        send(client, place, artifact)
    push(docker_registry, repo, ONE, "one")
    docker_registry.reset()
    return place


def test_by_digest_it_goes_and_is_not_listed_any_more(
    docker_registry: Registry, repo: str, client: RegistryClient, place: Repository
) -> None:
    delete(client, place.digest(ONE.digest))
    methods = [method for method, _ in asked(docker_registry, repo)]
    assert methods == ["GET", "DELETE", "GET", "GET", "PUT", "GET"]
    assert [entry["digest"] for entry in listed(docker_registry, repo)] == [TWO.digest]
    assert [str(each.digest) for each in client.referrers(place, Digest.parse(SUBJECT.digest))] == [
        TWO.digest
    ]
    delete(client, place.digest(TWO.digest))
    assert listed(docker_registry, repo) == []


def test_the_digest_that_a_tag_names_goes_in_the_same_way(
    docker_registry: Registry, repo: str, client: RegistryClient, place: Repository
) -> None:
    delete_by_digest(client, place.tag("one"))
    assert [entry["digest"] for entry in listed(docker_registry, repo)] == [TWO.digest]


def test_what_belongs_to_nothing_takes_two_requests(
    docker_registry: Registry, repo: str, client: RegistryClient
) -> None:
    place = Repository(docker_registry.host, repo)
    for by in (place.digest(push(docker_registry, repo, image(), "v1")), place.tag("v1")):
        push(docker_registry, repo, image(), "v1")
        docker_registry.reset()
        (delete if by.digest else delete_by_digest)(client, by)
        assert asked(docker_registry, repo) == [("GET", 200), ("DELETE", 202)]


def test_a_registry_that_lists_referrers_itself_is_asked_once_whether_it_does(
    docker_registry: Registry, repo: str, client: RegistryClient, place: Repository
) -> None:
    def with_api(request: Request) -> Answer:
        if "/referrers/" in request.path:
            return reply(200, manifest_of(docker_registry, repo, LIST).data, {"Content-Type": OCI_INDEX})
        return forward(request, docker_registry.host)

    with OddServer(with_api) as server:
        delete(client, Repository(server.host, repo).digest(ONE.digest))
        assert [method for method, _ in server.seen()] == ["GET", "DELETE", "GET"]
    assert [entry["digest"] for entry in listed(docker_registry, repo)] == [ONE.digest, TWO.digest]


def test_what_is_not_deleted_stays_listed(
    docker_registry: Registry, repo: str, client: RegistryClient, place: Repository
) -> None:
    def refusing(request: Request) -> Answer:
        if request.method == "DELETE":
            return problem(403, "DENIED")
        return forward(request, docker_registry.host)

    with OddServer(refusing) as server, pytest.raises(RegistryError):
        delete(client, Repository(server.host, repo).digest(ONE.digest))
    assert len(listed(docker_registry, repo)) == 2


def test_others_who_write_the_list_at_the_same_time_are_noticed(client: RegistryClient) -> None:
    written = [index(ONE, TWO).data]

    def racing(request: Request) -> Answer:
        if request.method == "DELETE":
            return reply(202)
        if request.method == "PUT":
            # The first time, somebody else puts back what was there.
            written.append(request.body if len(written) > 1 else written[0])
            return reply(201)
        if "/referrers/" in request.path:
            return reply(404)
        return reply(200, written[-1] if request.path.endswith(LIST) else ONE.data)

    with OddServer(racing) as server:
        delete(client, Repository(server.host, "app").digest(ONE.digest))
        assert server.count("PUT") == 2
    assert [entry["digest"] for entry in json.loads(written[-1])["manifests"]] == [TWO.digest]


def test_what_is_no_list_is_left_alone(
    docker_registry: Registry, repo: str, client: RegistryClient, place: Repository
) -> None:
    push(docker_registry, repo, image(), LIST)
    delete(client, place.digest(ONE.digest))
    assert manifest_of(docker_registry, repo, LIST).data == image().data


def test_unknown_fields_of_the_list_live_on(
    docker_registry: Registry, repo: str, client: RegistryClient, place: Repository
) -> None:
    document = json.loads(manifest_of(docker_registry, repo, LIST).data) | {"org.example": [1]}
    client.put_manifest(place.tag(LIST), json.dumps(document).encode(), OCI_INDEX)
    delete(client, place.digest(ONE.digest))
    assert json.loads(manifest_of(docker_registry, repo, LIST).data)["org.example"] == [1]


@pytest.mark.parametrize(
    "answer", [reply(200, b"nonsense"), reply(200, image().data), problem(500, "UNKNOWN")]
)
def test_what_is_broken_can_be_deleted_all_the_same(client: RegistryClient, answer: bytes) -> None:
    def handler(request: Request) -> Answer:
        return reply(202) if request.method == "DELETE" else answer

    with OddServer(handler) as server:
        delete(client, Repository(server.host, "app").digest(Digest.of(b"what it was")))
        assert server.seen()[-1][0] == "DELETE"


def test_what_is_not_there_is_an_error(
    docker_registry: Registry, repo: str, client: RegistryClient, place: Repository
) -> None:
    with pytest.raises(NotFoundError):
        delete(client, place.digest(Digest.of(b"nothing")))
    with pytest.raises(NotFoundError):
        delete_by_digest(client, place.tag("nothing"))
