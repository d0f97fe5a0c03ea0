"""Bad input and a bad world: one clear line that names what and where, and nothing lost or half-written."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import socket

import pytest
from peers import images
from peers.media import docker_save_files, push, write_archive, write_docker_save, write_layout
from peers.odd_server import OddServer, reply

OLD = b"what was there before"


def failed(pycrane, *args, code=1, **settings):
    """Run what has to fail with an exit status, and return its message."""
    result = pycrane(*args, check=False, **settings)
    assert result.returncode == code, result
    assert result.stdout == b""
    error, *hints = [
        line for line in result.stderr.splitlines() if not line.startswith(("Warning: ", "Retrying "))
    ]
    assert error.startswith("Error: ")
    assert all(line.startswith("Hint: ") for line in hints)
    assert len(hints) <= 1
    assert "bug in pycrane" not in result.stderr
    return error


@pytest.fixture
def target(docker_registry, repo):
    return f"{docker_registry.host}/{repo}:v1"


@pytest.fixture
def unused_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def untouched(pycrane, target):
    assert "NAME_UNKNOWN" in failed(pycrane, "ls", target.removesuffix(":v1"), code=3)


def test_a_file_that_is_not_there_is_named_and_nothing_pushed(pycrane, target):
    assert "no file or directory gone.tar" in failed(pycrane, "push", "gone.tar", target, code=3)
    untouched(pycrane, target)


def test_a_layer_that_is_not_there_is_named_and_nothing_pushed(pycrane, target):
    message = failed(pycrane, "append", "-f", "gone.tgz", "-t", target, code=3)
    assert "gone.tgz" in message
    untouched(pycrane, target)


@pytest.mark.parametrize(
    "content", [b"", b"hello", bytes(4096), b"\x1f\x8b\x08\x00broken", os.urandom(20_000)]
)
def test_a_file_that_is_not_a_tarball_is_named_and_nothing_pushed(pycrane, tmp_path, target, content):
    (tmp_path / "x.tar").write_bytes(content)
    assert "x.tar" in failed(pycrane, "push", "x.tar", target)
    assert "x.tar" in failed(pycrane, "digest", "--tarball", "x.tar")
    untouched(pycrane, target)


def test_a_directory_that_is_not_a_layout_is_named(pycrane, tmp_path, target):
    (tmp_path / "folder").mkdir()
    assert "folder" in failed(pycrane, "push", "folder", target)


@pytest.fixture
def saved():
    """The files of a docker-save tarball with one image, by name."""
    return docker_save_files(images.image(family="docker"))


def broken(tmp_path, files):
    write_archive(tmp_path / "x.tar", files)
    return "x.tar"


def test_a_layer_that_a_tarball_does_not_have_is_named(pycrane, tmp_path, saved, target):
    layers = json.loads(saved["manifest.json"])[0]["Layers"]
    del saved[layers[0]]
    message = failed(pycrane, "push", broken(tmp_path, saved), target)
    assert "x.tar" in message
    assert layers[0] in message
    untouched(pycrane, target)


@pytest.mark.parametrize("place", ["Config", "Layers"])
@pytest.mark.parametrize("name", ["../secret", "/etc/passwd"])
def test_a_tarball_that_points_outside_itself_is_refused(pycrane, tmp_path, saved, target, place, name):
    (tmp_path.parent / "secret").write_text("{}")
    manifest = json.loads(saved["manifest.json"])
    manifest[0][place] = name if place == "Config" else [name]
    saved["manifest.json"] = json.dumps(manifest).encode()
    assert name in failed(pycrane, "push", broken(tmp_path, saved), target)
    untouched(pycrane, target)


@pytest.mark.parametrize("text", [b"{", b"[]", b"null", b'[{"Config": 1}]', b"\xff\xfe"])
def test_a_broken_manifest_of_a_tarball_is_named(pycrane, tmp_path, saved, target, text):
    saved["manifest.json"] = text
    assert "manifest.json" in failed(pycrane, "push", broken(tmp_path, saved), target)
    untouched(pycrane, target)


def test_a_broken_index_of_a_layout_is_named(pycrane, tmp_path, target):
    write_layout(tmp_path / "layout", images.image())
    (tmp_path / "layout/index.json").write_text("{")
    message = failed(pycrane, "push", "layout", target)
    assert "index.json" in message
    assert "not valid JSON" in message


def test_a_blob_of_a_layout_with_other_bytes_is_named(pycrane, tmp_path, target):
    image = images.image()
    write_layout(tmp_path / "layout", image)
    blob = tmp_path / "layout/blobs/sha256" / image.layers[0].digest.partition(":")[2]
    blob.write_bytes(bytes(len(image.layers[0].data)))
    assert image.layers[0].digest in failed(pycrane, "push", "layout", target)


def test_a_layout_with_several_images_asks_which(pycrane, tmp_path, target):
    write_layout(tmp_path / "layout", images.image(), images.image(platform="linux/arm64"))
    result = pycrane("push", "layout", target, check=False)
    assert result.returncode == 1
    assert "--index" in result.stderr


def test_a_platform_that_an_index_does_not_have_is_refused_and_those_it_has_are_listed(
    pycrane, docker_registry, repo, target, tmp_path
):
    push(docker_registry, repo, images.multi_platform(), "v1")
    for args in (["config", target], ["pull", target, "x.tar"], ["copy", target, f"{target}-copy"]):
        message = failed(pycrane, *args, "--platform", "plan9/mips", code=3)
        assert "plan9/mips" in message
        assert "linux/amd64, linux/arm64/v8" in message
    assert not (tmp_path / "x.tar").exists()


def test_a_host_that_refuses_connections_is_named(pycrane, unused_port):
    name = f"127.0.0.1:{unused_port}/app"
    for args in (["digest", name], ["ls", name], ["pull", name, "x.tar"]):
        message = failed(pycrane, *args, code=5)
        assert name in message
        assert "refused" in message


def test_a_host_that_has_no_address_is_named(pycrane):
    assert "nowhere.invalid" in failed(pycrane, "digest", "nowhere.invalid/app", code=5)


def test_an_unknown_tag_leaves_the_file_as_it_was(pycrane, docker_registry, repo, tmp_path):
    push(docker_registry, repo, images.image(), "v1")
    (tmp_path / "x.tar").write_bytes(OLD)
    message = failed(pycrane, "pull", f"{docker_registry.host}/{repo}:v2", "x.tar", code=3)
    assert f"{docker_registry.host}/{repo}:v2" in message
    assert "MANIFEST_UNKNOWN" in message
    assert (tmp_path / "x.tar").read_bytes() == OLD


def test_a_refusal_without_credentials_shows_how_to_log_in(pycrane, docker_registry_basic):
    result = pycrane("digest", f"{docker_registry_basic.host}/app", check=False)
    assert result.returncode == 4
    assert "401 Unauthorized" in result.stderr
    assert f"pycrane auth login {docker_registry_basic.host}" in result.stderr


def test_a_wrong_password_is_not_stored(pycrane, docker_registry_basic, docker_config):
    host = docker_registry_basic.host
    message = failed(
        pycrane, "auth", "login", host, "-u", docker_registry_basic.username, "-p", "Xwrong-secretX", code=4
    )
    assert host in message
    assert "Xwrong-secretX" not in message
    assert not docker_config.exists()


@pytest.mark.parametrize("kind", ["docker_registry_basic", "docker_registry_token"])
def test_a_broken_credential_helper_is_an_error_for_a_push(pycrane, docker_config, tmp_path, request, kind):
    docker_config.write_text(json.dumps({"credsStore": "gone"}))
    write_layout(tmp_path / "layout", images.image())
    message = failed(pycrane, "push", "layout", f"{request.getfixturevalue(kind).host}/app")
    assert "docker-credential-gone is not on PATH" in message


@pytest.mark.parametrize("kind", ["docker_registry_basic", "docker_registry_token"])
def test_a_login_that_is_refused_is_not_taken_for_none(pycrane, docker_config, request, kind):
    host = request.getfixturevalue(kind).host
    missing = pycrane("digest", f"{host}/app", check=False)
    assert missing.stderr.endswith(f"pycrane auth login {host}\n")
    secret = base64.b64encode(b"alice:Xwrong-secretX").decode()
    docker_config.write_text(json.dumps({"auths": {host: {"auth": secret}}}))
    refused = pycrane("digest", "-v", f"{host}/app", check=False)
    assert refused.stderr.splitlines()[-1].startswith("Hint: the login is refused: pycrane auth explain")
    assert secret not in refused.stderr
    assert "Xwrong-secretX" not in refused.stderr


def test_a_certificate_of_an_unknown_authority_is_refused(pycrane, docker_registry_tls):
    name = f"{docker_registry_tls.host}/app"
    result = pycrane("digest", name, check=False)
    assert result.returncode == 5
    assert "certificate" in result.stderr
    assert "--cacert" in result.stderr


def test_a_certificate_file_that_is_not_there_is_named(pycrane, docker_registry_tls):
    message = failed(pycrane, "--cacert", "gone.pem", "digest", f"{docker_registry_tls.host}/app", code=3)
    assert "gone.pem" in message


def test_a_missing_directory_is_an_error(pycrane, docker_registry, repo, target):
    push(docker_registry, repo, images.image(), "v1")
    message = failed(pycrane, "pull", target, "no/such/folder/x.tar", code=3)
    assert "no/such/folder/x.tar" in message
    assert "No such file or directory" in message


def test_a_file_in_the_place_of_a_layout_is_left_as_it_is(pycrane, docker_registry, repo, target, tmp_path):
    push(docker_registry, repo, images.image(), "v1")
    (tmp_path / "file").write_bytes(OLD)
    message = failed(pycrane, "pull", "--format", "oci", target, "file")
    assert message.endswith("file: it is a file, expected a directory")
    assert (tmp_path / "file").read_bytes() == OLD


def test_a_full_disk_is_named_as_the_cause(pycrane, docker_registry, repo, target):
    push(docker_registry, repo, images.image(), "v1")
    message = failed(pycrane, "pull", target, "/dev/full")
    assert "/dev/full" in message
    assert "No space left on device" in message


def test_a_manifest_that_is_not_json_is_refused(pycrane, tmp_path, odd_registry):
    message = failed(pycrane, "pull", f"{odd_registry(b'{')}/app:v1", "x.tar")
    assert "app:v1" in message
    assert "not valid JSON" in message
    assert not (tmp_path / "x.tar").exists()


@pytest.fixture
def odd_registry():
    """A function that starts a registry which answers every request for a manifest with these bytes."""
    with contextlib.ExitStack() as stack:

        def start(manifest):
            answer = reply(200, manifest, {"Content-Type": images.OCI_MANIFEST})
            return stack.enter_context(OddServer(lambda request: answer)).host

        yield start


def test_several_images_in_a_tarball_ask_which(pycrane, tmp_path, target):
    one, two = images.image(family="docker"), images.image(family="docker", platform="linux/arm64")
    write_docker_save(tmp_path / "x.tar", one, two, tags={one.digest: ["a:1"], two.digest: ["b:1"]})
    result = pycrane("push", "x.tar", target, check=False)
    assert result.returncode == 1
    assert "--all" in result.stderr
