"""All of crane and gcrane in rows: a command line each, and what is to be seen of it.

What each does is written down; tests/comparison asks crane itself, on the same inputs.
"""

from __future__ import annotations

import contextlib
import shutil

import pytest
from cli import (
    crane_changing,
    crane_copying,
    crane_logins,
    crane_reading,
    crane_rebuilding,
    crane_repositories,
)
from cli.crane_images import OCI, SOURCES, based
from cli.crane_looks import look
from cli.crane_programs import run_pycrane
from cli.crane_world import World, write_inputs
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from peers.authority import self_signed
from peers.fixtures import PASSWORD, USERNAME
from peers.google import Google
from peers.issuer import ISSUER, SERVICE, TokenIssuer
from peers.media import push

TABLES = (
    crane_reading,
    crane_copying,
    crane_changing,
    crane_rebuilding,
    crane_logins,
    crane_repositories,
)
ROWS = [row for table in TABLES for row in table.ROWS]


@pytest.fixture(scope="session")
def inputs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("inputs")
    write_inputs(folder)
    return folder


@pytest.fixture(scope="session")
def sources(docker_registry):
    """Where the images are that rows read."""
    for name, image in SOURCES.items():
        push(docker_registry, f"rows/{name}", image, "latest")
    push(docker_registry, "rows/base2", SOURCES["base1"])
    push(docker_registry, "rows/annotated", based(docker_registry.host), "latest")
    return f"{docker_registry.host}/rows"


@pytest.fixture(scope="session")
def secure_sources(docker_registry_tls):
    push(docker_registry_tls, "rows/oci", OCI, "latest")
    return f"{docker_registry_tls.host}/rows"


@pytest.fixture(scope="session")
def small_registry(start_docker_registry):
    """A registry with known repositories and no others."""
    registry = start_docker_registry()
    for name in ("b/c", "a"):
        push(registry, name, OCI, "latest")
    return registry.host


@pytest.fixture
def basic(docker_registry_basic):
    return docker_registry_basic.host


@pytest.fixture(scope="session")
def token(start_docker_registry, tmp_path_factory):
    """A registry that wants tokens, of an issuer at a name: crane asks none at a private address."""
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = self_signed(key)
    bundle = tmp_path_factory.mktemp("issuer") / "bundle.pem"
    bundle.write_bytes(certificate.public_bytes(Encoding.PEM))
    with contextlib.closing(TokenIssuer(key, certificate, {USERNAME: PASSWORD}, header="kid")) as issuer:
        realm = issuer.realm.replace("127.0.0.1", "localhost")
        settings = {"realm": realm, "service": SERVICE, "issuer": ISSUER, "rootcertbundle": str(bundle)}
        yield start_docker_registry(auth={"token": settings}).host


@pytest.fixture
def google(docker_registry, repo):
    """A repository of a registry that tells as Google's do."""
    with Google(docker_registry, f"{repo}/google") as front:
        yield crane_repositories.grown(front)


def copy_inputs(row, inputs, folder):
    """Copy the files that the row names."""
    for path in inputs.iterdir():
        if path.name in row.line:
            (shutil.copytree if path.is_dir() else shutil.copy)(path, folder / path.name)


PLACES = {
    "google": "google",
    "basic": "basic",
    "token": "token",
    "tls": "secure_sources",
    "small": "small_registry",
}
"""Names in rows of what only some of them need, and the fixtures that are these."""


@pytest.fixture
def world(request, row, sources, docker_registry, repo, tmp_path, home, inputs):
    """Where the row runs, with what there is before."""
    folder = tmp_path / "work"
    folder.mkdir()
    copy_inputs(row, inputs, folder)
    names = {"src": sources, "dst": f"{docker_registry.host}/{repo}"}
    for name, fixture in PLACES.items():
        if f"{{{name}}}" in row.line:
            names[name] = request.getfixturevalue(fixture)
    names |= {"dir": str(folder), "host": docker_registry.host, "nobody": "127.0.0.1:9"}
    made = World(docker_registry, repo, folder, home, names)
    for prepare in row.given:
        prepare(made)
    return made


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_pycrane_does_what_the_row_says(waiting, world, row):
    assert look(run_pycrane(waiting, row, world), row.expected) == row.expected
