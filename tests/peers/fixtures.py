"""Fixtures: registries of each kind, other people's programs, and names to use in them."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from peers.authority import Authority, self_signed
from peers.credential_helper import CredentialHelper
from peers.issuer import ISSUER, SERVICE, SigningKey, TokenIssuer
from peers.programs import Program, locate, private_environment
from peers.registry import Registry, RegistryProcess, configuration

USERNAME = "alice"
PASSWORD = "correct:horse"  # with a colon, for those who split at the last one
_HTPASSWD = "alice:$2y$04$IJzIUjifMKBxJPPxgDO9gu1/G5MLP4k0k0dByJvrtJQrUsY0bmySW\n"

_PEERS = frozenset({"start_docker_registry", "start_token_registry", "skopeo", "umoci", "credential_helper"})

StartRegistry = Callable[..., Registry]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that use another program as `peer`."""
    for item in items:
        if _PEERS.intersection(getattr(item, "fixturenames", ())):
            item.add_marker("peer")


@pytest.fixture(scope="session")
def start_docker_registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartRegistry]:
    """Start a docker-registry with the keywords of `peers.registry.configuration`.

    `root` may name a folder to store in, so that a second start finds what the first one kept;
    `known` holds further fields of `Registry`. All are ended with the session.
    """
    processes: list[RegistryProcess] = []

    def start(root: Path | None = None, known: dict[str, Any] | None = None, **settings: Any) -> Registry:
        program = locate("docker-registry")
        folder = tmp_path_factory.mktemp("docker-registry")
        root = root or folder / "storage"
        root.mkdir(exist_ok=True)
        process = RegistryProcess(program, folder, configuration(root, **settings))
        processes.append(process)
        return Registry(process.host, root, process, **(known or {}))

    yield start
    for process in processes:
        process.end()


@pytest.fixture(scope="session")
def docker_registry(start_docker_registry: StartRegistry) -> Registry:
    """A docker-registry on plain HTTP, open to all, that deletes."""
    return start_docker_registry()


@pytest.fixture(scope="session")
def docker_registry_no_delete(start_docker_registry: StartRegistry) -> Registry:
    """A docker-registry that answers 405 when asked to delete."""
    return start_docker_registry(delete=False)


@pytest.fixture(scope="session")
def docker_registry_basic(
    start_docker_registry: StartRegistry, tmp_path_factory: pytest.TempPathFactory
) -> Registry:
    """A docker-registry that wants Basic credentials."""
    passwords = tmp_path_factory.mktemp("htpasswd") / "htpasswd"
    passwords.write_text(_HTPASSWD)
    return start_docker_registry(
        auth={"htpasswd": {"realm": "the tests", "path": str(passwords)}},
        known={"username": USERNAME, "password": PASSWORD},
    )


@pytest.fixture(scope="session")
def start_token_registry(
    start_docker_registry: StartRegistry, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[StartRegistry]:
    """Start a docker-registry with an issuer of its own: `start(key, header=...)`."""
    issuers: list[TokenIssuer] = []

    def start(key: SigningKey, **options: Any) -> Registry:
        certificate = self_signed(key)
        bundle = tmp_path_factory.mktemp("issuer") / "bundle.pem"
        bundle.write_bytes(certificate.public_bytes(Encoding.PEM))
        issuer = TokenIssuer(key, certificate, {USERNAME: PASSWORD}, **options)
        issuers.append(issuer)
        settings = {
            "realm": issuer.realm,
            "service": SERVICE,
            "issuer": ISSUER,
            "rootcertbundle": str(bundle),
        }
        known = {"username": USERNAME, "password": PASSWORD, "issuer": issuer}
        return start_docker_registry(auth={"token": settings}, known=known)

    yield start
    for issuer in issuers:
        issuer.close()


@pytest.fixture(scope="session")
def _token_registry(start_token_registry: StartRegistry) -> Registry:
    return start_token_registry(rsa.generate_private_key(public_exponent=65537, key_size=2048))


@pytest.fixture(scope="session")
def _token_registry_es256(start_token_registry: StartRegistry) -> Registry:
    return start_token_registry(ec.generate_private_key(ec.SECP256R1()), header="kid")


@pytest.fixture
def docker_registry_token(_token_registry: Registry) -> Iterator[Registry]:
    """A docker-registry that wants tokens; `issuer.manner` is the test's to change."""
    yield _token_registry
    assert _token_registry.issuer
    _token_registry.issuer.restore()


@pytest.fixture
def docker_registry_token_es256(_token_registry_es256: Registry) -> Iterator[Registry]:
    """The same with ES256 signatures, the key known by its `kid`."""
    yield _token_registry_es256
    assert _token_registry_es256.issuer
    _token_registry_es256.issuer.restore()


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """The certificate authority that the TLS registries' certificates come from."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def docker_registry_tls(start_docker_registry: StartRegistry, authority: Authority) -> Registry:
    """A docker-registry behind TLS, with a certificate of the tests' own authority."""
    mine = authority.server(file="registry")
    return start_docker_registry(
        tls={"certificate": str(mine.cert), "key": str(mine.key)},
        known={"ca_file": authority.ca_file},
    )


@pytest.fixture(scope="session")
def docker_registry_mtls(start_docker_registry: StartRegistry, authority: Authority) -> Registry:
    """A docker-registry that also wants a client certificate of the same authority."""
    mine, client = authority.server(file="mtls-registry"), authority.client()
    return start_docker_registry(
        tls={
            "certificate": str(mine.cert),
            "key": str(mine.key),
            "clientcas": [str(authority.ca_file)],
        },
        known={"ca_file": authority.ca_file, "client_cert": client.cert, "client_key": client.key},
    )


_numbers = itertools.count(1)


@pytest.fixture
def repo(request: pytest.FixtureRequest) -> str:
    """A repository name, without a registry, that no other test of this process has."""
    words = re.findall("[a-z0-9]+", request.node.name.lower())
    return f"{'-'.join(words)[:60].strip('-')}/{next(_numbers)}"


@pytest.fixture
def skopeo(home: Path, tmp_path: Path) -> Program:
    """skopeo with a private home, no policy and a private temporary folder."""
    scratch = tmp_path / "skopeo-tmp"
    scratch.mkdir()
    command = (locate("skopeo"), "--insecure-policy", "--tmpdir", str(scratch))
    return Program(command, private_environment(home), tmp_path)


@pytest.fixture
def umoci(home: Path, tmp_path: Path) -> Program:
    """umoci with a private home."""
    return Program((locate("umoci"),), private_environment(home), tmp_path)


@pytest.fixture
def credential_helper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CredentialHelper:
    """A credential helper on PATH, for programs and in-process code alike."""
    helper = CredentialHelper(tmp_path / "helper-bin")
    monkeypatch.setenv("PATH", str(helper.folder), prepend=":")
    return helper
