"""The registries of the tests are what they say: open, behind a password, a token, TLS, and counted."""

from __future__ import annotations

from pathlib import Path

import pytest
import requests
from peers import images
from peers.fixtures import StartRegistry
from peers.media import manifest_of, push, write_layout
from peers.programs import Program
from peers.registry import Registry


def test_requests_are_counted_in_order_since_the_last_reset(docker_registry: Registry, repo: str) -> None:
    requests.get(f"{docker_registry.url}/v2/", timeout=10)
    docker_registry.reset()
    for tag in range(50):
        requests.head(f"{docker_registry.url}/v2/{repo}/manifests/{tag}", timeout=10)
    assert docker_registry.requests() == [("HEAD", f"/v2/{repo}/manifests/{tag}", 404) for tag in range(50)]


def test_a_request_that_no_route_takes_is_counted_too(docker_registry: Registry) -> None:
    docker_registry.reset()
    for _ in range(2):
        requests.get(f"{docker_registry.url}/v2/UPPER/tags/list?n=1", timeout=10)
        requests.get(f"{docker_registry.url}/v2/_catalog?n=1", timeout=10)
    assert (
        docker_registry.requests(query=True)
        == [
            ("GET", "/v2/UPPER/tags/list?n=1", 404),
            ("GET", "/v2/_catalog?n=1", 200),
        ]
        * 2
    )


def test_a_body_larger_than_all_buffers_is_counted_too(docker_registry: Registry, repo: str) -> None:
    base = f"{docker_registry.url}/v2/{repo}/blobs"
    started = requests.post(f"{base}/uploads/", timeout=10)
    digest = "sha256:30e14955ebf1352266dc2ff8067e68104607e750abb9d3b36582b8af909fcb58"
    put = requests.put(
        started.headers["Location"], params={"digest": digest}, data=bytes(1 << 20), timeout=10
    )
    assert put.status_code == 201
    for _ in range(10):
        docker_registry.reset()
        assert requests.get(f"{base}/{digest}", timeout=10).content == bytes(1 << 20)
        assert docker_registry.requests() == [("GET", f"/v2/{repo}/blobs/{digest}", 200)]


def test_delete_is_a_choice(
    docker_registry_no_delete: Registry, docker_registry: Registry, repo: str
) -> None:
    path = f"/v2/{repo}/manifests/sha256:{'0' * 64}"
    assert requests.delete(docker_registry_no_delete.url + path, timeout=10).status_code == 405
    assert requests.delete(docker_registry.url + path, timeout=10).status_code == 404


def test_a_password_is_wanted(docker_registry_basic: Registry) -> None:
    here = docker_registry_basic
    assert requests.get(f"{here.url}/v2/", timeout=10).status_code == 401
    assert requests.get(f"{here.url}/v2/", auth=("alice", "no"), timeout=10).status_code == 401
    assert requests.get(f"{here.url}/v2/", auth=(here.username, here.password), timeout=10).ok


@pytest.mark.parametrize("kind", ["docker_registry_token", "docker_registry_token_es256"])
def test_skopeo_pushes_with_a_token(
    kind: str, request: pytest.FixtureRequest, skopeo: Program, repo: str, tmp_path: Path
) -> None:
    here: Registry = request.getfixturevalue(kind)
    layout = write_layout(tmp_path / "layout", images.image())
    credentials = f"{here.username}:{here.password}"
    target = f"docker://{here.host}/{repo}:1"
    plain = ("copy", "--dest-tls-verify=false")
    skopeo(*plain, f"--dest-creds={credentials}", f"oci:{layout}", target)
    assert here.issuer
    # It may ask for more: to mount what it remembers to have been at this address, also from earlier runs.
    assert f"repository:{repo}:pull,push" in here.issuer.requests()[-1].scopes
    assert skopeo(*plain, "--dest-creds=alice:wrong", f"oci:{layout}", target, check=False).returncode


@pytest.mark.parametrize("kind", ["basic", "token", "token_es256", "tls", "mtls"])
def test_an_image_is_put_into_each_kind(kind: str, request: pytest.FixtureRequest, repo: str) -> None:
    here: Registry = request.getfixturevalue(f"docker_registry_{kind}")
    made = images.image()
    push(here, repo, made, "1")
    assert here.requests() == []
    assert manifest_of(here, repo, "1").data == made.data


def test_each_grant_gives_a_token_the_registry_takes(docker_registry_token: Registry, repo: str) -> None:
    here, issuer = docker_registry_token, docker_registry_token.issuer
    assert issuer
    asked = {"service": "registry.test", "scope": f"repository:{repo}:pull", "access_type": "offline"}
    login = {"grant_type": "password", "username": here.username, "password": here.password}
    first = requests.post(issuer.realm, data=asked | login, timeout=10).json()
    refresh = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    second = requests.post(issuer.realm, data=asked | refresh, timeout=10).json()
    fetched = requests.get(issuer.realm, asked, auth=(here.username, here.password), timeout=10).json()
    for answer in (first, second, fetched):
        headers = {"Authorization": f"Bearer {answer['access_token']}"}
        assert requests.get(f"{here.url}/v2/{repo}/tags/list", headers=headers, timeout=10).status_code == 404
    assert requests.get(issuer.realm, asked, auth=(here.username, "wrong"), timeout=10).status_code == 401
    issuer.manner.refuse_post = 404
    assert requests.post(issuer.realm, data=asked | login, timeout=10).status_code == 404


def test_a_token_that_has_expired_is_refused(docker_registry_token: Registry, repo: str) -> None:
    issuer = docker_registry_token.issuer
    assert issuer
    url = f"{docker_registry_token.url}/v2/{repo}/tags/list"
    access = [{"type": "repository", "name": repo, "actions": ["pull"]}]
    good = {"Authorization": f"Bearer {issuer.sign('alice', access)}"}
    assert requests.get(url, headers=good, timeout=10).status_code == 404
    issuer.manner.lifetime = -100
    late = {"Authorization": f"Bearer {issuer.sign('alice', access)}"}
    assert requests.get(url, headers=late, timeout=10).status_code == 401


def test_only_the_authority_verifies_the_certificate(docker_registry_tls: Registry) -> None:
    here = docker_registry_tls
    assert requests.get(f"{here.url}/v2/", verify=str(here.ca_file), timeout=10).ok
    with pytest.raises(requests.exceptions.SSLError):
        requests.get(f"{here.url}/v2/", timeout=10)


def test_a_client_certificate_is_wanted(docker_registry_mtls: Registry) -> None:
    here, url = docker_registry_mtls, f"{docker_registry_mtls.url}/v2/"
    cert = (str(here.client_cert), str(here.client_key))
    assert requests.get(url, verify=str(here.ca_file), cert=cert, timeout=10).ok
    with pytest.raises(requests.exceptions.ConnectionError):
        requests.get(url, verify=str(here.ca_file), timeout=10)


def test_a_second_start_finds_what_the_first_kept(start_docker_registry: StartRegistry, repo: str) -> None:
    first = start_docker_registry()
    assert requests.post(f"{first.url}/v2/{repo}/blobs/uploads/", timeout=10).status_code == 202
    first.process.end()
    second = start_docker_registry(root=first.root)
    assert requests.get(f"{second.url}/v2/_catalog", timeout=10).ok


def test_a_registry_that_cannot_start_says_why(start_docker_registry: StartRegistry) -> None:
    with pytest.raises(AssertionError, match="no such file or directory"):
        start_docker_registry(tls={"certificate": "/nowhere", "key": "/nowhere"})
