"""Exit statuses of real failures: not there, not allowed, not reachable, wrong usage, and others."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import click
import pytest
from peers import images
from peers.media import push, write_docker_save, write_layout
from peers.odd_server import OddServer, reply

from pycrane import copy
from pycrane._cli.terminal.report import common_status, exit_status
from pycrane._client.client import Client
from pycrane._errors import ConnectionFailedError, LayerError, MalformedError, NotFoundError, RegistryError
from pycrane._limits import Limits
from pycrane._registry.http.options import ClientOptions
from pycrane.server import Registry

FAILED, USAGE, MISSING, DENIED, UNREACHABLE = range(1, 6)
GONE = f"sha256:{'0' * 64}"


@pytest.fixture(scope="module")
def docker(docker_registry):
    """The host of docker's registry, in which status:v1 is an index."""
    push(docker_registry, "status", images.multi_platform(), "v1")
    return docker_registry.host


@pytest.fixture(scope="module")
def embedded(docker):
    """The host of the embedded registry, with the images of docker's."""
    with Registry() as registry:
        copy(f"{docker}/status:v1", f"{registry.address}/status:v1")
        yield registry.address


@pytest.fixture(params=["docker", "embedded"])
def name(request):
    """A repository of docker's registry or of the embedded one."""
    return f"{request.getfixturevalue(request.param)}/status"


NOT_THERE = (
    "digest {name}:gone",
    "manifest {name}:gone",
    "manifest {name}@" + GONE,
    "config {name}:gone",
    "config --platform plan9/mips {name}:v1",
    "digest --platform plan9/mips {name}:v1",
    "blob {name}@" + GONE,
    "ls {name}/gone",
    "pull {name}:gone x.tar",
    "pull --format oci {name}:gone layout",
    "pull --platform plan9/mips {name}:v1 x.tar",
    "pull {name}:v1 gone/x.tar",
    "copy {name}:gone {name}:new",
    "copy --all-tags {name}/gone {name}/new",
    "copy oci:layout:gone {name}:new",
    "copy docker-archive:x.tar:gone {name}:new",
    "tag {name}:gone new",
    "delete {name}:gone",
    "delete {name}:gone {name}:gone2",
    "append -b {name}:gone -f layer.tar -t {name}:new",
    "append -b {name}:v1 -f gone.tar -t {name}:new",
    "mutate {name}:gone -l a=b",
    "rebase {name}:gone --old_base {name}:v1 --new_base {name}:v1",
    "flatten {name}:gone",
    "export {name}:gone x.tar",
    "export ./gone.tar x.tar",
    "edit config {name}:gone",
    "index list {name}:gone",
    "index list ./gone",
    "index append {name}:gone -m {name}:v1",
    "index filter {name}:gone --platform linux/amd64",
    "validate --remote {name}:gone",
    "push gone.tar {name}:new",
    "push layout:gone {name}:new",
    "push layout:@7 {name}:new",
    "digest --tarball gone.tar",
    "digest --tarball x.tar gone:v1",
    "layout gc gone",
    "registry serve --htpasswd gone",
)


@pytest.mark.parametrize("line", NOT_THERE)
def test_a_thing_that_is_not_there_is_status_3(pycrane, name, tmp_path, line):
    image = images.image(family="docker")
    write_docker_save(tmp_path / "x.tar", image, tags={image.digest: ["a:1"]})
    write_layout(tmp_path / "layout", images.image())
    (tmp_path / "layer.tar").write_bytes(images.layer({"a": b"1"}, compression="").data)
    result = pycrane(*line.format(name=name).split(), check=False)
    assert result.returncode == MISSING, result
    assert result.stdout == b""


NOT_ALLOWED = (
    "digest {name}:v1",
    "manifest {name}:v1",
    "config {name}:v1",
    "ls {name}",
    "catalog {host}",
    "blob {name}@" + GONE,
    "pull {name}:v1 x.tar",
    "copy {name}:v1 {name}:new",
    "push layout {name}:new",
    "tag {name}:v1 new",
    "delete {name}:v1",
    "mutate {name}:v1 -l a=b",
    "validate --remote {name}:v1",
    "auth login {host} -u alice -p wrong",
)


@pytest.mark.parametrize("kind", ["docker_registry_basic", "docker_registry_token"])
@pytest.mark.parametrize("line", NOT_ALLOWED)
def test_a_thing_that_is_not_allowed_is_status_4(pycrane, request, tmp_path, kind, line):
    host = request.getfixturevalue(kind).host
    write_layout(tmp_path / "layout", images.image())
    result = pycrane(*line.format(name=f"{host}/app", host=host).split(), check=False)
    assert result.returncode == DENIED, result


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_without_permission_is_status_4(pycrane, tmp_path):
    (tmp_path / "x.tar").write_bytes(b"")
    (tmp_path / "x.tar").chmod(0)
    assert pycrane("push", "x.tar", "localhost:9/app", check=False).returncode == DENIED


@pytest.fixture
def unused():
    """A host and port where nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"127.0.0.1:{server.getsockname()[1]}"


@pytest.mark.parametrize(
    "line",
    ["digest {}/app", "ls {}/app", "catalog {}", "pull {}/app x.tar", "copy {}/a {}/b", "push layout {}/app"],
)
def test_a_registry_that_cannot_be_reached_is_status_5(pycrane, unused, tmp_path, line):
    write_layout(tmp_path / "layout", images.image())
    assert pycrane(*line.format(unused, unused).split(), check=False).returncode == UNREACHABLE


def test_a_name_without_address_and_a_wrong_certificate_are_status_5(pycrane, docker_registry_tls):
    assert pycrane("digest", "nowhere.invalid/app", check=False).returncode == UNREACHABLE
    assert pycrane("digest", f"{docker_registry_tls.host}/app", check=False).returncode == UNREACHABLE


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_registry_that_does_not_serve_now_is_status_5(status):
    limits = Limits(attempts=1)
    with (
        OddServer(lambda request: reply(status, b"")) as server,
        Client(options=ClientOptions(limits=limits)) as client,
        pytest.raises(RegistryError) as caught,
    ):
        client.digest(f"{server.host}/app")
    assert exit_status(caught.value) == UNREACHABLE


@pytest.mark.parametrize(
    "line",
    [
        "nonsense",
        "digest",
        "digest --nonsense a",
        "digest UPPER",
        "digest a:b:c/d",
        "digest --platform x a",
        "ls a --semver >=",
        "copy a UPPER",
        "push layout UPPER",
        "mutate a --set-platform x",
        "auth login UPPER:x",
    ],
)
def test_a_wrong_command_line_is_status_2(pycrane, line):
    assert pycrane(*line.split(), check=False).returncode == USAGE


def test_other_failures_are_status_1(pycrane, docker_registry, repo, tmp_path):
    name = f"{docker_registry.host}/{repo}"
    push(docker_registry, repo, images.image(), "v1")
    (tmp_path / "x.tar").write_bytes(b"not a tarball")
    invalid = {"annotations": {"org.opencontainers.image.base.name": "UPPER"}}
    push(docker_registry, repo, images.image(manifest=invalid), "annotated")
    for line in (
        f"push x.tar {name}:new",
        f"copy --no-clobber {name}:v1 {name}:v1",
        f"rebase {name}:annotated",
        f"delete {name}:gone {docker_registry.host}/UPPER@{GONE}".replace("UPPER", repo),
        f"pull {name}:v1 /dev/full",
        "registry run -- no-such-program",
    ):
        result = pycrane(*line.split(), check=False)
        assert result.returncode == (MISSING if line.startswith("delete") else FAILED), result


def test_the_status_is_that_of_the_class_or_of_the_cause():
    def caused(error: Exception, cause: Exception) -> Exception:
        error.__cause__ = cause
        return error

    assert exit_status(caused(MalformedError("x"), FileNotFoundError())) == MISSING
    assert exit_status(caused(MalformedError("x"), PermissionError())) == DENIED
    assert exit_status(caused(ConnectionFailedError("x"), PermissionError())) == UNREACHABLE
    assert exit_status(caused(LayerError("x"), NotFoundError("y", status=404))) == MISSING
    assert exit_status(caused(MalformedError("x"), click.UsageError("y"))) == FAILED
    assert exit_status(RecursionError()) == FAILED


@pytest.mark.parametrize(
    ("several", "status"),
    [([], 0), ([0], 0), ([3, 3], MISSING), ([3, 0], MISSING), ([3, 4], FAILED), ([1], FAILED)],
)
def test_several_failures_have_their_common_status_or_1(several, status):
    assert common_status(several) == status


def test_the_manual_lists_each_status_once():
    page = (Path(__file__).parents[2] / "man/pycrane-exit-status.7").read_text()
    assert [line for line in page.splitlines() if line.startswith("\\fB") and line[3].isdigit()] == [
        f"\\fB{status}\\fR" for status in (0, 1, 2, 3, 4, 5, 130, 143)
    ]
