from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from peers.authority import Authority
from peers.odd_server import OddServer, Request, reply, reply_json
from peers.proxy import ForwardProxy
from peers.registry import Registry
from registry.clients import MakeClient

from pycrane._errors import ConnectionFailedError, CredentialsError, TLSError
from pycrane._reference import parse_repository


def ping(make_client: MakeClient, registry: Registry, **options: object) -> None:
    make_client(**options).ping(registry.host)


def certs_dir(tmp_path: Path, registry: Registry) -> Path:
    folder = tmp_path / "certs.d" / registry.host
    folder.mkdir(parents=True)
    return folder


def test_an_authority_may_be_named(docker_registry_tls: Registry, make_client: MakeClient) -> None:
    ping(make_client, docker_registry_tls, ca_bundle=docker_registry_tls.ca_file)
    with pytest.raises(TLSError, match="certificate") as caught:
        ping(make_client, docker_registry_tls)
    assert f"--insecure-registry {docker_registry_tls.host}" in (caught.value.hint or "")


def test_an_authority_may_lie_in_certs_d(
    docker_registry_tls: Registry, make_client: MakeClient, tmp_path: Path
) -> None:
    folder = certs_dir(tmp_path, docker_registry_tls)
    assert docker_registry_tls.ca_file
    shutil.copy(docker_registry_tls.ca_file, folder / "ca.crt")
    ping(make_client, docker_registry_tls, certs_dirs=(tmp_path / "missing", tmp_path / "certs.d"))


@pytest.mark.parametrize("place", [".docker/certs.d", ".config/containers/certs.d"])
def test_the_persons_own_certs_d_is_looked_at(
    docker_registry_tls: Registry, make_client: MakeClient, home: Path, place: str
) -> None:
    assert docker_registry_tls.ca_file
    folder = home / place / docker_registry_tls.host
    folder.mkdir(parents=True)
    shutil.copy(docker_registry_tls.ca_file, folder / "mine.crt")
    ping(make_client, docker_registry_tls)


def test_certs_d_of_another_registry_does_not_count(
    docker_registry_tls: Registry, make_client: MakeClient, tmp_path: Path
) -> None:
    folder = tmp_path / "certs.d" / "127.0.0.1:1"
    folder.mkdir(parents=True)
    assert docker_registry_tls.ca_file
    shutil.copy(docker_registry_tls.ca_file, folder / "ca.crt")
    with pytest.raises(TLSError):
        ping(make_client, docker_registry_tls, certs_dirs=(tmp_path / "certs.d",))


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"])
def test_an_authority_may_come_from_the_environment(
    docker_registry_tls: Registry, make_client: MakeClient, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    monkeypatch.setenv(variable, str(docker_registry_tls.ca_file))
    ping(make_client, docker_registry_tls)


def test_a_folder_of_authorities_is_read_by_any_names(
    docker_registry_tls: Registry, make_client: MakeClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "certs").mkdir()
    (tmp_path / "certs" / "readme").write_text("no certificate\n")
    assert docker_registry_tls.ca_file
    shutil.copy(docker_registry_tls.ca_file, tmp_path / "certs" / "mine")
    monkeypatch.setenv("SSL_CERT_DIR", f"{tmp_path / 'missing'}:{tmp_path / 'certs'}")
    ping(make_client, docker_registry_tls)


def test_both_variables_count(
    docker_registry_tls: Registry,
    make_client: MakeClient,
    monkeypatch: pytest.MonkeyPatch,
    authority: Authority,
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority.server(file="unrelated").cert))
    monkeypatch.setenv("SSL_CERT_FILE", str(docker_registry_tls.ca_file))
    ping(make_client, docker_registry_tls)


def test_no_verification_may_be_asked_for(docker_registry_tls: Registry, make_client: MakeClient) -> None:
    ping(make_client, docker_registry_tls, insecure=True)
    ping(make_client, docker_registry_tls, insecure_registries=frozenset({docker_registry_tls.host}))


def test_a_client_certificate_may_be_named(docker_registry_mtls: Registry, make_client: MakeClient) -> None:
    registry = docker_registry_mtls
    ping(
        make_client,
        registry,
        ca_bundle=registry.ca_file,
        client_cert=registry.client_cert,
        client_key=registry.client_key,
    )
    with pytest.raises((TLSError, ConnectionFailedError)):
        ping(make_client, registry, ca_bundle=registry.ca_file)


def test_a_client_certificate_that_is_wanted_is_asked_for(
    docker_registry_mtls: Registry, make_client: MakeClient
) -> None:
    with pytest.raises((TLSError, ConnectionFailedError), match="certificate") as caught:
        ping(make_client, docker_registry_mtls, ca_bundle=docker_registry_mtls.ca_file)
    assert "--cert and --key" in (caught.value.hint or "")
    assert "_ssl.c" not in str(caught.value)


def test_a_client_certificate_may_lie_in_certs_d(
    docker_registry_mtls: Registry, make_client: MakeClient, tmp_path: Path
) -> None:
    registry = docker_registry_mtls
    folder = certs_dir(tmp_path, registry)
    assert registry.ca_file
    assert registry.client_cert
    assert registry.client_key
    shutil.copy(registry.ca_file, folder / "ca.crt")
    shutil.copy(registry.client_cert, folder / "client.cert")
    shutil.copy(registry.client_key, folder / "client.key")
    ping(make_client, registry, certs_dirs=(tmp_path / "certs.d",))


def test_a_bundle_that_cannot_be_read_is_named(
    docker_registry_tls: Registry, make_client: MakeClient, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.pem"
    broken.write_text("nothing\n")
    for path in (broken, tmp_path / "missing.pem"):
        with pytest.raises(CredentialsError, match=f"cannot be read from .*{path.name}"):
            ping(make_client, docker_registry_tls, ca_bundle=path)


def test_a_client_certificate_that_cannot_be_used_is_named(
    docker_registry_mtls: Registry, make_client: MakeClient, tmp_path: Path
) -> None:
    registry = docker_registry_mtls
    with pytest.raises(CredentialsError, match=r"missing\.pem cannot be used"):
        ping(make_client, registry, ca_bundle=registry.ca_file, client_cert=tmp_path / "missing.pem")
    with pytest.raises(CredentialsError, match="cannot be used") as caught:
        ping(make_client, registry, ca_bundle=registry.ca_file, client_cert=registry.ca_file)
    assert "--key" in (caught.value.hint or "")
    assert "_ssl.c" not in str(caught.value)


def test_tls_goes_through_a_proxy_with_a_password(
    make_client: MakeClient, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = authority.server("registry.example", file="proxied").server_context()
    with (
        OddServer(lambda _: reply(200, b'{"tags":["v1"]}'), tls=context) as server,
        ForwardProxy("me", "p@ss:word", hosts={"registry.example:443": server.host}) as proxy,
    ):
        monkeypatch.setenv("HTTPS_PROXY", proxy.url.replace("p@ss", "p%40ss"))
        client = make_client(ca_bundle=authority.ca_file)
        assert list(client.tags(parse_repository("registry.example/app"))) == ["v1"]
        assert [one.target for one in proxy.requests] == ["registry.example:443"]
        assert all(request.header("Proxy-Authorization") is None for request in server.requests)


def test_a_proxy_that_refuses_is_named_without_its_password(
    make_client: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ForwardProxy("me", "right") as proxy:
        monkeypatch.setenv("https_proxy", proxy.url.replace("right", "hunter2"))
        with pytest.raises(ConnectionFailedError, match=r"proxy cannot be used.*407") as caught:
            make_client().ping("registry.example")
    assert "hunter2" not in str(caught.value)
    assert "HTTPS_PROXY" in (caught.value.hint or "")


@pytest.mark.parametrize(("insecure", "tunnels"), [(True, 1), (False, 1)])
def test_a_proxy_that_refuses_a_tunnel_is_asked_once_and_then_for_plain_http_where_that_is_allowed(
    make_client: MakeClient, monkeypatch: pytest.MonkeyPatch, insecure: bool, tunnels: int
) -> None:
    def handler(request: Request) -> bytes:
        return reply(403, b"denied") if request.method == "CONNECT" else reply_json({"tags": ["v1"]})

    with OddServer(handler) as proxy:
        for name in ("http_proxy", "https_proxy"):
            monkeypatch.setenv(name, proxy.url)
        client = make_client(insecure=insecure)
        if insecure:
            assert list(client.tags(parse_repository("registry.example:5000/app"))) == ["v1"]
        else:
            with pytest.raises(ConnectionFailedError, match="the proxy refuses to connect to the host"):
                list(client.tags(parse_repository("registry.example:5000/app")))
        assert [request.method for request in proxy.requests].count("CONNECT") == tunnels


def test_this_machine_is_reached_without_a_proxy(
    docker_registry: Registry, make_client: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    ping(make_client, docker_registry)


def test_no_proxy_is_honoured(make_client: MakeClient, monkeypatch: pytest.MonkeyPatch) -> None:
    with ForwardProxy() as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        monkeypatch.setenv("NO_PROXY", "other.example,.invalid")
        with pytest.raises(ConnectionFailedError, match="host is not known"):
            make_client().ping("registry.invalid")
        assert proxy.requests == []


def test_a_netrc_file_is_not_read(
    docker_registry_basic: Registry, make_client: MakeClient, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = home / ".netrc"
    netrc.write_text(f"machine 127.0.0.1 login alice password {docker_registry_basic.password}\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    with pytest.raises(Exception, match="UNAUTHORIZED"):
        make_client().ping(docker_registry_basic.host)


def test_the_person_has_a_folder_of_certificates_for_pycrane_alone(
    make_client: MakeClient, docker_registry_tls: Registry, home: Path
) -> None:
    assert docker_registry_tls.ca_file
    folder = home / ".config/pycrane/certs.d" / docker_registry_tls.host
    folder.mkdir(parents=True)
    (folder / "ca.crt").write_bytes(docker_registry_tls.ca_file.read_bytes())
    ping(make_client, docker_registry_tls)


def test_a_directory_of_certificates_may_be_named_for_every_host(
    docker_registry_mtls: Registry, make_client: MakeClient, tmp_path: Path
) -> None:
    registry = docker_registry_mtls
    assert registry.ca_file
    assert registry.client_cert
    assert registry.client_key
    shutil.copy(registry.ca_file, tmp_path / "ca.crt")
    shutil.copy(registry.client_cert, tmp_path / "me.cert")
    shutil.copy(registry.client_key, tmp_path / "me.key")
    ping(make_client, registry, cert_dir=tmp_path)
