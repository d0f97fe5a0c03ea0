"""A missing tag or repository is answered with similar names: on a terminal, or with --hints."""

from __future__ import annotations

import pytest
from peers import images
from peers.media import push


@pytest.fixture(scope="module")
def host(start_docker_registry):
    """A registry with repositories team/app and team/api; team/app has some tags."""
    registry = start_docker_registry()
    push(registry, "team/app", images.image(), "v1.2.3", "v1.2.4", "stable", "2026-01")
    push(registry, "team/api", images.image(), "latest")
    return registry.host


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("digest {}/team/app:v1.2.5", "did you mean {0}/team/app:v1.2.4 or {0}/team/app:v1.2.3?"),
        ("manifest {}/team/app:stabel", "did you mean {0}/team/app:stable?"),
        ("config {}/team/app:2026", "did you mean {0}/team/app:2026-01?"),
        ("pull {}/team/app:2026 x.tar", "did you mean {0}/team/app:2026-01?"),
        ("copy {0}/team/app:stabel {0}/team/new", "did you mean {0}/team/app:stable?"),
        ("tag {}/team/app:stabel new", "did you mean {0}/team/app:stable?"),
        ("digest {}/team/app:zzz", "{}/team/app has stable, v1.2.3, v1.2.4 and others"),
        ("digest {}/team/ap:v1", "did you mean {0}/team/app or {0}/team/api?"),
        ("ls {}/team/ap", "did you mean {0}/team/app or {0}/team/api?"),
        ("ls {}/app", "did you mean {}/team/app?"),
    ],
)
def test_similar_names_are_hints(pycrane, host, line, hint):
    words = line.format(host).split()
    told = pycrane("--hints", *words, check=False)
    assert told.returncode == 3
    assert told.stderr.splitlines()[-1] == f"Hint: {hint.format(host)}"
    quiet = pycrane(*words, check=False)
    assert quiet.stderr.splitlines() == told.stderr.splitlines()[:-1]


@pytest.mark.parametrize("name", ["zzz/qqqqqqqq", f"team/app@sha256:{'0' * 64}"])
def test_without_a_similar_name_there_is_no_hint(pycrane, host, name):
    assert "Hint:" not in pycrane("digest", "--hints", f"{host}/{name}", check=False).stderr


def test_a_registry_without_lists_gives_no_hint_and_no_other_error(pycrane, docker_registry, repo):
    from peers.odd_server import OddServer, reply

    with OddServer(lambda request: reply(404 if "manifests" in request.path else 401)) as server:
        result = pycrane("digest", "--hints", f"{server.host}/app:v1", check=False)
    assert (result.returncode, "404" in result.stderr, "Hint:" in result.stderr) == (3, True, False)
