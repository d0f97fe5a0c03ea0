"""The client for registries alone: everything the protocol has, named by texts or values."""

from __future__ import annotations

import base64
import io
import json

import pytest
from peers.images import multi_platform
from peers.media import push

from pycrane._errors import (
    DigestMismatchError,
    InvalidReferenceError,
    NotFoundError,
    PycraneError,
    SizeMismatchError,
    UnauthorizedError,
)
from pycrane._events import Outcome
from pycrane._keychain.chain import StaticKeychain
from pycrane._keychain.credentials import Credentials
from pycrane._oci.descriptor import Descriptor
from pycrane._oci.digest import Digest
from pycrane._oci.manifest import IndexManifest, Manifest
from pycrane._reference import parse_repository
from pycrane._registry.client import RegistryClient
from pycrane._registry.http.options import ClientOptions

DATA = b"some bytes " * 1000
BLOB = Descriptor("application/octet-stream", Digest.of(DATA), len(DATA))


def test_a_manifest_is_read_as_what_it_is(client, docker_registry, repo):
    root = multi_platform()
    push(docker_registry, repo, root, "v1")
    name = f"{docker_registry.host}/{repo}"
    index = client.manifest(f"{name}:v1")
    assert isinstance(index, IndexManifest)
    image = client.manifest(f"{name}@{index.manifests[0].digest}")
    assert isinstance(image, Manifest)
    assert str(client.manifest_digest(f"{name}:v1")) == root.digest


def test_a_blob_of_bytes_is_sent_once_and_then_found(client, docker_registry, repo):
    name = f"{docker_registry.host}/{repo}"
    assert not client.has_blob(name, BLOB.digest)
    assert client.upload_blob(name, DATA) is Outcome.MOVED
    assert client.upload_blob(name, DATA) is Outcome.EXISTING
    assert client.has_blob(name, BLOB.digest)
    with client.open_blob(name, BLOB.digest) as stream:
        assert stream.read() == DATA


def test_a_blob_is_mounted_from_another_repository(client, docker_registry, repo):
    source, target = (f"{docker_registry.host}/{repo}/{part}" for part in "ab")
    client.upload_blob(source, DATA)
    assert client.upload_blob(target, DATA, mount_from=source) is Outcome.MOUNTED


def test_a_blob_of_a_stream_is_closed(client, docker_registry, repo):
    opened = []

    def content():
        opened.append(io.BytesIO(DATA))
        return opened[-1]

    assert client.upload_blob(f"{docker_registry.host}/{repo}", content, BLOB) is Outcome.MOVED
    assert [stream.closed for stream in opened] == [True]


@pytest.mark.parametrize(
    ("descriptor", "kind"),
    [
        (Descriptor(BLOB.media_type, Digest.of(b"other"), len(DATA)), DigestMismatchError),
        (Descriptor(BLOB.media_type, BLOB.digest, len(DATA) + 1), SizeMismatchError),
        (Descriptor(BLOB.media_type, BLOB.digest, len(DATA) - 1), SizeMismatchError),
    ],
)
def test_a_blob_that_is_not_what_it_should_be_is_not_stored(client, docker_registry, repo, descriptor, kind):
    name = f"{docker_registry.host}/{repo}"
    with pytest.raises(kind):
        client.upload_blob(name, lambda: io.BytesIO(DATA), descriptor)
    assert not client.has_blob(name, descriptor.digest)


def test_a_stream_without_a_descriptor_is_a_mistake_of_the_caller(client, docker_registry, repo):
    with pytest.raises(TypeError, match="descriptor"):
        client.upload_blob(f"{docker_registry.host}/{repo}", lambda: io.BytesIO(DATA))


def test_manifests_are_put_and_deleted_by_text(client, docker_registry, repo):
    root = multi_platform()
    push(docker_registry, repo, root, "v1")
    name = f"{docker_registry.host}/{repo}"
    raw, descriptor = client.get_manifest(f"{name}:v1")
    assert client.put_manifest(f"{name}:v2", raw, descriptor.media_type) == descriptor.digest
    assert sorted(client.tags(name)) == ["v1", "v2"]
    client.delete_manifest(f"{name}@{descriptor.digest}")
    assert client.find_manifest(f"{name}:v1") is None
    with pytest.raises(NotFoundError):
        client.manifest(f"{name}:v1")


def test_repositories_are_listed_and_a_registry_is_pinged(client, docker_registry, repo):
    push(docker_registry, repo, multi_platform(), "v1")
    client.ping(docker_registry.host)
    assert repo in list(client.repositories(docker_registry.host))
    for text in ("http://localhost", "host/path", "a b"):
        with pytest.raises(InvalidReferenceError):
            client.ping(text)


def test_the_session_asks_what_nothing_else_does(client, docker_registry, repo):
    push(docker_registry, repo, multi_platform(), "v1")
    place = parse_repository(f"{docker_registry.host}/{repo}")
    with client.session.request("GET", place, "tags/list") as response:
        assert response.json(1000, "tags") == {"name": repo, "tags": ["v1"]}


@pytest.mark.parametrize("kind", ["docker_registry_basic", "docker_registry_token"])
def test_credentials_are_given_with_a_keychain(request, kind, repo):
    registry = request.getfixturevalue(kind)
    push(registry, repo, multi_platform(), "v1")
    keychain = StaticKeychain({registry.host: Credentials(registry.username, registry.password)})
    with RegistryClient(keychain) as known:
        assert list(known.tags(f"{registry.host}/{repo}")) == ["v1"]
    with RegistryClient(StaticKeychain({})) as unknown, pytest.raises(UnauthorizedError):
        list(unknown.tags(f"{registry.host}/{repo}"))


def test_without_a_keychain_it_has_what_docker_is_configured_with(docker_config, docker_registry_basic, repo):
    registry = docker_registry_basic
    push(registry, repo, multi_platform(), "v1")
    login = base64.b64encode(f"{registry.username}:{registry.password}".encode()).decode()
    config = {"auths": {registry.host: {"auth": login}}, "HttpHeaders": {"X-Team": "a", "X-Own": "b"}}
    docker_config.write_text(json.dumps(config))
    with RegistryClient(options=ClientOptions(headers={"X-Own": "c"})) as client:
        assert list(client.tags(f"{registry.host}/{repo}")) == ["v1"]
        assert client.session.options.headers == {"X-Team": "a", "X-Own": "c"}


def test_a_name_that_is_none_is_refused_before_anything_is_asked(client):
    for call in (client.manifest, client.manifest_digest, client.open, client.tags):
        with pytest.raises(PycraneError):
            call("Not A Name")
