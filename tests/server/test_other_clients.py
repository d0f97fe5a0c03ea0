"""skopeo and podman push to the registry and pull from it: plain, with TLS, with passwords."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from peers import images, media
from peers.authority import Authority
from peers.programs import Program, locate, private_environment
from server.plain_client import Client

from pycrane._server.htpasswd import Htpasswd
from pycrane._server.listener import server_tls
from pycrane.server import Registry

USERS = "alice:$2y$04$IJzIUjifMKBxJPPxgDO9gu1/G5MLP4k0k0dByJvrtJQrUsY0bmySW\n"
ALICE = "alice:correct:horse"


@dataclass(frozen=True, slots=True)
class Door:
    """A registry and the options with which skopeo gets in, as source and as destination."""

    address: str
    source: tuple[str, ...]
    destination: tuple[str, ...]


@pytest.fixture(params=["plain", "tls", "htpasswd", "tls and htpasswd"])
def door(request: pytest.FixtureRequest, authority: Authority, tmp_path: Path) -> Iterator[Door]:
    users = tmp_path / "users"
    users.write_text(USERS)
    certificate = authority.server(file="pycrane")
    folder = tmp_path / "trusted"
    folder.mkdir()
    folder.joinpath("ca.crt").write_bytes(authority.ca_file.read_bytes())
    tls, passwords = "tls" in request.param, "htpasswd" in request.param
    options = (f"cert-dir={folder}",) if tls else ("tls-verify=false",)
    options += (f"creds={ALICE}",) if passwords else ()
    with Registry(
        disk=tmp_path / "registry",
        tls=server_tls(certificate.cert, certificate.key) if tls else None,
        gate=Htpasswd.read(users) if passwords else None,
    ) as registry:
        yield Door(
            registry.address,
            tuple(f"--src-{option}" for option in options),
            tuple(f"--dest-{option}" for option in options),
        )


def test_skopeo_pushes_and_pulls(door: Door, skopeo: Program, tmp_path: Path) -> None:
    root = images.multi_platform()
    source = media.write_layout(tmp_path / "source", root, names={root.digest: "v1"})
    name = f"docker://{door.address}/team/app:v1"
    skopeo("copy", "--all", *door.destination, f"oci:{source}:v1", name)
    skopeo("copy", "--all", *door.source, name, f"oci:{tmp_path / 'copy'}:v1")
    copied = json.loads((tmp_path / "copy" / "index.json").read_bytes())["manifests"]
    assert [entry["digest"] for entry in copied] == [root.digest]
    for blob in images.every_blob(root).values():
        path = tmp_path / "copy" / "blobs" / blob.digest.replace(":", "/")
        assert path.read_bytes() == blob.data
    listed = skopeo("list-tags", *(option.replace("--src-", "--") for option in door.source), name[:-3])
    assert json.loads(listed.stdout)["Tags"] == ["v1"]


def test_what_was_pushed_is_a_layout_that_umoci_unpacks(
    skopeo: Program, umoci: Program, tmp_path: Path
) -> None:
    root = images.image(images.layer({"etc/motd": b"hello"}), images.layer({"etc/more": b"x" * 100_000}))
    source = media.write_layout(tmp_path / "source", root, names={root.digest: "v1"})
    with Registry(disk=tmp_path / "registry") as registry:
        name = f"docker://{registry.address}/team/app:v1"
        skopeo("copy", "--dest-tls-verify=false", f"oci:{source}:v1", name)
    umoci("unpack", "--rootless", "--image", f"{tmp_path}/registry/team/app:v1", tmp_path / "bundle")
    assert (tmp_path / "bundle/rootfs/etc/motd").read_text() == "hello"


def test_without_the_password_there_is_nothing(tmp_path: Path, skopeo: Program) -> None:
    users = tmp_path / "users"
    users.write_text(f"# people\n\n{USERS}")
    with Registry(gate=Htpasswd.read(users)) as registry, Client(registry.address) as client:
        answer = client("GET", "/v2/")
        assert (answer.status, answer.codes) == (401, ["UNAUTHORIZED"])
        assert answer["WWW-Authenticate"].startswith('Basic realm="')
        assert client("GET", "/v2/_catalog", Authorization="Basic not-base64!").status == 401
        assert client("GET", "/v2/_catalog", Authorization="Bearer token").status == 401
        for credentials in ("alice:wrong", "bob:correct:horse", "alice:"):
            done = skopeo(
                "list-tags",
                "--tls-verify=false",
                f"--creds={credentials}",
                f"docker://{registry.address}/a",
                check=False,
            )
            assert done.returncode != 0
            assert "401" in done.stderr or "unauthorized" in done.stderr.lower()


@pytest.mark.peer
def test_what_htpasswd_writes_is_understood(tmp_path: Path, skopeo: Program) -> None:
    users = tmp_path / "users"
    for options in (["-cbB"], ["-bBC", "10"]):
        name = f"user{len(options)}"
        subprocess.run([locate("htpasswd"), *options, users, name, "pass:word"], check=True)
    with Registry(gate=Htpasswd.read(users)) as registry:
        for name in ("user1", "user2"):
            skopeo("login", "--tls-verify=false", "-u", name, "-p", "pass:word", registry.address)


@pytest.fixture
def podman(home: Path, docker_config: Path, tmp_path: Path) -> Iterator[Program]:
    """podman with storage of its own; skipped where it cannot run, as inside some containers."""
    docker_config.write_text("{}")  # podman wants it to exist
    with TemporaryDirectory() as short:  # podman has a limit on this path
        storage = ("--root", f"{tmp_path}/root", "--runroot", short, "--storage-driver", "vfs")
        program = Program((locate("podman"), *storage), private_environment(home), tmp_path)
        if program("info", check=False).returncode:
            pytest.skip("podman cannot run here")
        yield program


@pytest.mark.peer
def test_podman_pulls_and_pushes(podman: Program, skopeo: Program, tmp_path: Path) -> None:
    root = images.image(images.layer({"hello.txt": "hello"}))
    source = media.write_layout(tmp_path / "source", root, names={root.digest: "v1"})
    policy = tmp_path / "policy.json"
    policy.write_text('{"default": [{"type": "insecureAcceptAnything"}]}')
    with Registry() as registry, Client(registry.address) as client:
        first, second = f"{registry.address}/first:v1", f"{registry.address}/second:v2"
        skopeo("copy", "--dest-tls-verify=false", f"oci:{source}:v1", f"docker://{first}")
        podman("pull", "--tls-verify=false", "--signature-policy", policy, first)
        podman("tag", first, second)
        podman("push", "--tls-verify=false", "--signature-policy", policy, second)
        assert client.tags("second") == ["v2"]
        podman("rmi", "--all", "--force")
