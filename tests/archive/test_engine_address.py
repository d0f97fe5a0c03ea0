"""An engine is found where Docker's own client finds it: sockets, ports, TLS, contexts."""

from __future__ import annotations

import hashlib
import json
from contextlib import closing
from pathlib import Path

import pytest
from archive.engine import RecordedEngine, answer

from pycrane._archive.daemon import Daemon
from pycrane._archive.engine_address import EngineAddress, engine_address
from pycrane._errors import ConnectionFailedError, NotFoundError, PycraneError, UnsupportedError
from pycrane._image.medium import Item
from pycrane._image.random import random_image
from pycrane._transfer.engine import transfer


def responding(*_: object) -> bytes:
    return answer("200 OK", b"OK", "text/plain")


@pytest.fixture
def environment(monkeypatch, tmp_path):
    """Set variables of the environment; those that lead to an engine of this machine are not there."""
    for name in ("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "docker"))
    return monkeypatch.setenv


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("", EngineAddress("/var/run/docker.sock", Path("/var/run/docker.sock"))),
        ("unix:///run/a.sock", EngineAddress("/run/a.sock", Path("/run/a.sock"))),
        ("tcp://10.0.0.1", EngineAddress("tcp://10.0.0.1", None, "10.0.0.1", 2375)),
        ("tcp://[::1]:99", EngineAddress("tcp://[::1]:99", None, "::1", 99)),
        ("http://host:80", EngineAddress("http://host:80", None, "host", 80)),
        ("https://host", EngineAddress("https://host", None, "host", 2376, tls=True)),
    ],
)
def test_docker_host_says_where_the_engine_is(host, address):
    assert engine_address(env={"DOCKER_HOST": host} if host else {}) == address


def test_docker_tls_verify_makes_a_port_one_with_tls():
    env = {"DOCKER_HOST": "tcp://host", "DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": "/certs"}
    expected = EngineAddress("tcp://host", None, "host", 2376, tls=True, certificates=Path("/certs"))
    assert engine_address(env=env) == expected
    assert engine_address(env={**env, "DOCKER_HOST": "unix:///a"}).tls is False


@pytest.mark.parametrize(
    "host",
    [
        "ssh://user:secret@host",
        "npipe:////./pipe/docker",
        "unix://relative",
        "nonsense",
        "tcp://",
        "tcp://user:secret@host:1",
        "tcp://host:x",
        "tcp://host:99999",
        "tcp://host/path",
        "tcp://host?x=secret",
        "tcp://[::1",
    ],
)
def test_other_addresses_are_refused(host, environment):
    environment("DOCKER_HOST", host)
    with pytest.raises(UnsupportedError, match="DOCKER_HOST") as caught:
        Daemon()
    assert "secret" not in caught.value.message
    assert "unix:///var/run/docker.sock" in caught.value.hint


def test_an_engine_at_a_port_responds(environment):
    with closing(RecordedEngine(None, responding)) as engine:
        Daemon(f"tcp://127.0.0.1:{engine.port}").ping()
        environment("DOCKER_HOST", f"tcp://127.0.0.1:{engine.port}")
        Daemon().ping()
        assert [target for _, target, _ in engine.requests] == ["/_ping"] * 2


def test_a_port_where_no_engine_is_is_named():
    engine = RecordedEngine(None, responding)
    engine.close()
    with pytest.raises(ConnectionFailedError, match=f"engine at tcp://127.0.0.1:{engine.port} cannot be"):
        Daemon(f"tcp://127.0.0.1:{engine.port}").ping()


def test_tls_is_verified_with_the_certificates_of_the_environment(environment, tmp_path, authority):
    certificates = tmp_path / "certs"
    certificates.mkdir()
    mine = authority.server(file="engine")
    with closing(RecordedEngine(None, responding, mine.server_context())) as engine:
        environment("DOCKER_HOST", f"tcp://127.0.0.1:{engine.port}")
        environment("DOCKER_TLS_VERIFY", "1")
        environment("DOCKER_CERT_PATH", str(certificates))
        with pytest.raises(ConnectionFailedError, match="certificate verify failed"):
            Daemon().ping()
        (certificates / "ca.pem").write_bytes(authority.ca_file.read_bytes())
        Daemon().ping()
        assert len(engine.requests) == 1


def test_an_engine_may_want_a_certificate_of_the_client(environment, tmp_path, authority):
    own = authority.client("engine-client")
    context = authority.server(file="engine").server_context()
    context.load_verify_locations(authority.ca_file)
    context.verify_mode = context.verify_mode.CERT_REQUIRED
    (tmp_path / "ca.pem").write_bytes(authority.ca_file.read_bytes())
    with closing(RecordedEngine(None, responding, context)) as engine:
        environment("DOCKER_HOST", f"tcp://localhost:{engine.port}")
        environment("DOCKER_TLS_VERIFY", "1")
        environment("DOCKER_CERT_PATH", str(tmp_path))
        with pytest.raises(PycraneError):
            Daemon().ping()
        (tmp_path / "cert.pem").write_bytes(own.cert.read_bytes())
        (tmp_path / "key.pem").write_bytes(own.key.read_bytes())
        Daemon().ping()


def test_certificates_that_are_not_valid_are_named(environment, tmp_path):
    (tmp_path / "ca.pem").write_text("nonsense")
    environment("DOCKER_HOST", "tcp://127.0.0.1:1")
    environment("DOCKER_TLS_VERIFY", "1")
    environment("DOCKER_CERT_PATH", str(tmp_path))
    with pytest.raises(PycraneError, match=f"could not read the certificates in {tmp_path}"):
        Daemon().ping()


def context_of(config: Path, name: str, **endpoint: object) -> Path:
    """Write a context as `docker context create` does; its directory for TLS files is returned."""
    encoded = hashlib.sha256(name.encode()).hexdigest()
    meta = config / "contexts/meta" / encoded / "meta.json"
    meta.parent.mkdir(parents=True)
    meta.write_text(json.dumps({"Name": name, "Metadata": {}, "Endpoints": {"docker": endpoint}}))
    return config / "contexts/tls" / encoded / "docker"


def test_a_context_of_the_environment_says_where_the_engine_is(environment, tmp_path):
    files = context_of(tmp_path / "docker", "remote", Host="tcp://host", SkipTLSVerify=False)
    environment("DOCKER_CONTEXT", "remote")
    assert engine_address() == EngineAddress("tcp://host", None, "host", 2375)
    files.mkdir(parents=True)
    assert engine_address() == EngineAddress("tcp://host", None, "host", 2376, tls=True, certificates=files)
    environment("DOCKER_HOST", "unix:///run/a.sock")
    assert engine_address().path == Path("/run/a.sock")


def test_a_context_that_docker_uses_says_where_the_engine_is(environment, tmp_path):
    context_of(tmp_path / "docker", "remote", Host="tcp://host:1")
    context_of(tmp_path / "docker", "other", Host="tcp://other:1")
    config = tmp_path / "docker/config.json"
    config.write_text(json.dumps({"currentContext": "remote"}))
    assert engine_address().host == "host"
    environment("DOCKER_CONTEXT", "other")
    assert engine_address().host == "other"
    environment("DOCKER_CONTEXT", "default")
    assert engine_address().path == Path("/var/run/docker.sock")
    environment("DOCKER_CONTEXT", "")
    config.write_text("no JSON")
    with pytest.raises(PycraneError, match=str(config)):
        engine_address()
    environment("DOCKER_HOST", "unix:///run/a.sock")
    assert engine_address().path == Path("/run/a.sock")


@pytest.mark.parametrize("name", ["default", ""])
def test_the_default_context_is_docker_s_default(environment, name):
    environment("DOCKER_CONTEXT", name)
    assert engine_address().path == Path("/var/run/docker.sock")


def test_a_context_that_is_not_there_or_not_safe_is_refused(environment, tmp_path):
    context_of(tmp_path / "docker", "open", Host="tcp://host", SkipTLSVerify=True)
    context_of(tmp_path / "docker", "odd", Host=1)
    for name, match in (
        ("gone", "there is no Docker context gone"),
        ("open", "does not verify certificates"),
        ("odd", "has no address"),
    ):
        environment("DOCKER_CONTEXT", name)
        with pytest.raises(UnsupportedError, match=match):
            engine_address()


def test_images_are_asked_of_an_engine_at_a_port_and_loaded_into_it():
    responses = {
        "GET": answer("404 Not Found", b'{"message":"no such image"}'),
        "POST": answer("200 OK", b""),
    }
    with closing(RecordedEngine(None, lambda method, *_: responses[method])) as engine:
        daemon = Daemon(f"tcp://127.0.0.1:{engine.port}")
        with pytest.raises(NotFoundError, match="no such image"):
            daemon.open("x")
        with daemon.sink() as sink:
            transfer([Item(random_image(5), "example.com/app:1")], sink)
        assert [(method, target) for method, target, _ in engine.requests] == [
            ("GET", "/images/x/get"),
            ("POST", "/images/load?quiet=1"),
        ]
