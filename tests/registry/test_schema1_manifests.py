"""Docker's old manifests in a real registry that still takes them."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from oci.signing import payload, signature, signed
from peers.odd_server import OddServer, reply
from peers.programs import locate
from peers.registry import RegistryProcess, configuration

from pycrane._errors import DigestMismatchError, RegistryError, UnsupportedError
from pycrane._oci import media_types
from pycrane._oci.digest import Digest
from pycrane._oci.schema1 import Schema1Manifest
from pycrane._reference import parse_reference, parse_repository

KEY = ec.generate_private_key(ec.SECP256R1())


@pytest.fixture(scope="module")
def old_registry(tmp_path_factory):
    folder = tmp_path_factory.mktemp("old-registry")
    settings = configuration(folder / "storage")
    settings["compatibility"] = {"schema1": {"enabled": True}}
    process = RegistryProcess(locate("docker-registry"), folder, settings)
    yield process
    process.end()


@pytest.fixture
def put(old_registry, client):
    def put(repo, tag="1"):
        name = f"{old_registry.host}/{repo}"
        client.upload_blob(name, b"a layer")
        document = payload(repo, tag, str(Digest.of(b"a layer")))
        raw = signed(document, signature(document, KEY))
        return name, document, client.put_manifest(f"{name}:{tag}", raw, media_types.DOCKER_SCHEMA1_SIGNED)

    return put


def test_one_is_got_by_tag_and_by_digest_and_verified(put, client, repo):
    name, document, _ = put(repo)
    by_tag = client.manifest(f"{name}:1")
    assert isinstance(by_tag, Schema1Manifest)
    assert by_tag.payload == document
    assert len(by_tag.verify()) == 1
    by_digest = client.manifest(f"{name}@{by_tag.digest}")
    assert isinstance(by_digest, Schema1Manifest)
    assert by_digest.payload == document
    assert len(by_digest.verify()) == 1


def test_its_digest_is_what_the_registry_calls_it(put, client, repo):
    name, document, digest = put(repo)
    assert digest == client.manifest_digest(f"{name}:1") == Digest.of(document)
    _, descriptor = client.get_manifest(f"{name}:1")
    assert (descriptor.digest, descriptor.media_type) == (digest, media_types.DOCKER_SCHEMA1_SIGNED)


def test_a_changed_one_is_refused_by_the_registry(put, client, repo):
    name, document, _ = put(repo)
    raw = signed(document, signature(document, KEY)).replace(b"amd64", b"arm64")
    with pytest.raises(RegistryError) as caught:
        client.put_manifest(f"{name}:1", raw, media_types.DOCKER_SCHEMA1_SIGNED)
    assert caught.value.codes == ("MANIFEST_UNVERIFIED",)


def test_a_schema_1_manifest_cannot_be_opened_as_an_image(put, client, repo):
    name, _, _ = put(repo)
    with pytest.raises(UnsupportedError, match="schema 1"):
        client.open(f"{name}:1")


def test_a_registry_cannot_pass_something_else_off_as_one(client):
    document = payload()
    made = signature(document, KEY)
    shown = signed(document.replace(b"amd64", b"arm64"), made)
    digest = Digest.of(document)
    headers = {"Content-Type": media_types.DOCKER_SCHEMA1_SIGNED, "Docker-Content-Digest": str(digest)}
    with (
        OddServer(lambda _: reply(200, shown, headers)) as server,
        pytest.raises(DigestMismatchError),
    ):
        client.get_manifest(parse_repository(f"{server.host}/team/old").digest(digest))


def test_texts_and_values_name_the_same(put, client, repo):
    name, _, digest = put(repo)
    assert (
        client.manifest_digest(parse_reference(f"{name}:1")) == client.manifest_digest(f"{name}:1") == digest
    )
    assert list(client.tags(parse_repository(name))) == list(client.tags(name)) == ["1"]
