"""Flags about one side reach that side alone, and flags of pycrane itself hold before the word skopeo."""

from __future__ import annotations

import base64
import json

import pytest
from peers.images import image, layer
from peers.media import manifest_of, push
from peers.odd_server import OddServer, forward

ONE = image(layer({"one": b"1"}))
TWO = image(layer({"two": b"2"}), platform="linux/arm64")
BOTH = ("--src-tls-verify=false", "--dest-tls-verify=false")


@pytest.fixture
def watched(docker_registry, repo):
    """A registry, and the credentials that come with each request to it."""
    push(docker_registry, repo, ONE, "v1")
    seen = []

    def handler(request):
        seen.append(request.header("Authorization"))
        if request.header("Authorization") is None:
            return (
                b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=x\r\nContent-Length: 0\r\n\r\n"
            )
        return forward(request, docker_registry.host)

    with OddServer(handler) as server:
        yield server, seen


def basic(text):
    return f"Basic {base64.b64encode(text.encode()).decode()}"


def test_credentials_of_a_side_go_to_its_registry_alone(pycrane, watched, docker_registry, repo):
    server, seen = watched
    source, target = f"docker://{server.host}/{repo}:v1", f"docker://{docker_registry.host}/{repo}/to:v1"
    pycrane("skopeo", "copy", *BOTH, "--src-creds=a:b", "--dest-creds=c:d", source, target)
    assert set(seen) == {None, basic("a:b")}
    seen.clear()
    back = f"docker://{server.host}/{repo}/back:v1"
    pycrane("skopeo", "copy", *BOTH, "--src-creds=a:b", "--dest-creds=c:d", target, back)
    assert set(seen) == {None, basic("c:d")}


def test_two_sides_on_one_registry_keep_their_own_credentials(pycrane, watched, repo):
    server, seen = watched
    source, target = f"docker://{server.host}/{repo}:v1", f"docker://{server.host}/{repo}/to:v1"
    pycrane("skopeo", "copy", *BOTH, "--src-creds=a:b", "--dest-creds=c:d", source, target)
    assert set(seen) == {None, basic("a:b"), basic("c:d")}


def test_a_token_is_sent_as_it_is(pycrane, watched, repo):
    server, seen = watched
    pycrane(
        "skopeo",
        "list-tags",
        "--tls-verify=false",
        "--registry-token=abc",
        f"docker://{server.host}/{repo}",
        check=False,
    )
    assert set(seen) == {None, "Bearer abc"}


def test_a_file_of_credentials_is_the_only_one_that_is_read(pycrane, watched, docker_config, repo, tmp_path):
    server, _ = watched
    docker_config.write_text(json.dumps({"auths": {server.host: {"auth": "YTpi"}}}))
    (tmp_path / "empty.json").write_text("{}")
    line = ("skopeo", "list-tags", "--tls-verify=false", f"docker://{server.host}/{repo}")
    assert pycrane(*line).returncode == 0
    assert pycrane(*line, "--authfile=empty.json", check=False).returncode == 1


def test_options_of_pycrane_itself_hold_too(pycrane, docker_registry_tls, repo):
    push(docker_registry_tls, repo, ONE, "v1")
    line = ("skopeo", "list-tags", f"docker://{docker_registry_tls.host}/{repo}")
    assert pycrane(*line, check=False).returncode == 1
    assert pycrane("--insecure", *line).returncode == 0
    assert pycrane("--cacert", docker_registry_tls.ca_file, *line).returncode == 0


def test_this_machine_needs_no_plain_http_in_skopeo(pycrane, docker_registry, repo):
    push(docker_registry, repo, ONE, "v1")
    done = pycrane("skopeo", "list-tags", f"docker://{docker_registry.host}/{repo}", check=False)
    assert (done.returncode, done.stdout) == (1, b"")
    assert "--tls-verify=false allows plain HTTP" in done.stderr


@pytest.mark.parametrize(
    ("policy", "code"),
    [
        ({"default": [{"type": "insecureAcceptAnything"}]}, 0),
        ({"default": [{"type": "reject"}]}, 1),
        (
            {
                "default": [{"type": "insecureAcceptAnything"}],
                "transports": {"docker": {"a.io": [{"type": "reject"}]}},
            },
            1,
        ),
        ({"default": []}, 1),
        ({}, 1),
    ],
)
def test_a_policy_that_wants_more_than_is_checked_is_not_passed_over(
    pycrane, docker_registry, repo, home, policy, code, tmp_path
):
    push(docker_registry, repo, ONE, "v1")
    place = home / ".config/containers/policy.json"
    place.parent.mkdir(parents=True)
    place.write_text(json.dumps(policy))
    line = ("skopeo", "copy", *BOTH, f"docker://{docker_registry.host}/{repo}:v1", "dir:out")
    done = pycrane(*line, check=False)
    assert (done.returncode, (tmp_path / "out").exists()) == (code, not code)
    assert ("--insecure-policy" in done.stderr) is bool(code)
    assert pycrane("skopeo", "--insecure-policy", *line[1:]).returncode == 0


def test_a_mount_is_asked_for_also_between_sides_with_credentials_of_their_own(
    pycrane, docker_registry, repo
):
    push(docker_registry, repo, ONE, "v1")
    names = (f"docker://{docker_registry.host}/{repo}:v1", f"docker://{docker_registry.host}/{repo}/to:v1")
    pycrane("skopeo", "copy", *BOTH, "--src-creds=a:b", *names)
    mounts = [seen for seen in docker_registry.requests(query=True) if "mount=" in seen.path]
    assert [seen.status for seen in mounts] == [201, 201]
    assert manifest_of(docker_registry, f"{repo}/to", "v1").data == ONE.data


def test_the_command_that_takes_too_long_ends_with_one_message(pycrane, repo):
    with OddServer(lambda _: []) as server:
        line = (
            "skopeo",
            "--command-timeout=300ms",
            "list-tags",
            "--tls-verify=false",
            f"docker://{server.host}/{repo}",
        )
        done = pycrane(*line, check=False)
    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr == "Error: the command took longer than it was given\n"
