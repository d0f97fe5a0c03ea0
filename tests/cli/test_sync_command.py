"""The command `sync`: skopeo's forms with pycrane's own options."""

from __future__ import annotations

import pytest
from peers.images import image, layer, multi_platform
from peers.media import push

ONE = image(layer({"one": b"1"}))
MULTI = multi_platform()


@pytest.fixture
def host(docker_registry, repo):
    push(docker_registry, f"{repo}/app", ONE, "v1")
    push(docker_registry, f"{repo}/multi", MULTI, "v1")
    return f"{docker_registry.host}/{repo}"


def test_each_copy_is_printed(pycrane, host, tmp_path):
    done = pycrane("sync", "--src", "docker", "--dest", "dir", f"{host}/app", "out")
    assert done.lines == [f"{ONE.digest} {host}/app:v1 dir:out/app:v1"]
    done = pycrane("sync", "-s", "dir", "-d", "docker", "out", f"{host}/back")
    assert done.lines == [f"{ONE.digest} dir:out/app:v1 {host}/back/app:v1"]


def test_a_dry_run_prints_what_would_be_copied(pycrane, host, tmp_path):
    done = pycrane("sync", "--dry-run", "--scoped", "-s", "docker", "-d", "dir", f"{host}/app:v1", "out")
    assert done.lines == [f"- {host}/app:v1 dir:out/{host}/app:v1"]
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("options", "chosen"),
    [(("--all",), None), ((), 0), (("--platform=linux/arm64",), 1)],
)
def test_options_choose_the_part_of_an_index(pycrane, host, options, chosen):
    done = pycrane("sync", *options, "-s", "docker", "-d", "dir", f"{host}/multi:v1", "out")
    wanted = MULTI if chosen is None else MULTI.children[chosen]
    assert done.lines[0].split()[0] == wanted.digest


def test_a_second_run_goes_on_where_the_first_ended(pycrane, host):
    for _ in range(2):
        assert pycrane("sync", "-s", "docker", "-d", "dir", f"{host}/app", "out").returncode == 0


def test_one_failure_never_hides(pycrane, host, tmp_path):
    registry, _, path = host.partition("/")
    (tmp_path / "l.yaml").write_text(f"{registry}:\n  images: {{{path}/nope: [], {path}/app: [v1]}}\n")
    done = pycrane("sync", "--keep-going", "-s", "yaml", "-d", "dir", "l.yaml", "out", check=False)
    assert done.returncode == 1
    assert (tmp_path / "out/app:v1/manifest.json").exists()
    assert "1 failed" in done.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("-s", "dir", "-d", "dir", "a", "b"),
        ("-s", "docker", "-d", "dir", "--all", "--platform=linux/amd64", "a", "b"),
        ("-s", "oci", "-d", "dir", "a", "b"),
        ("-s", "docker", "a", "b"),
        ("-s", "docker", "-d", "dir", "a"),
    ],
)
def test_a_wrong_command_line_is_refused(pycrane, words):
    assert pycrane("sync", *words, check=False).returncode == 2
