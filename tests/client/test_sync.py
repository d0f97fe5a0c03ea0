"""Many images brought from a registry or directories to the other, side by side."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from peers.images import image, index, layer, multi_platform
from peers.media import manifest_of, push

import pycrane
from pycrane import Client
from pycrane._client.sync import SyncCopy, Synchronisation, named
from pycrane._client.sync_sources import SyncImage, in_directories
from pycrane._transports.directory import DirectoryLocation
from pycrane._transports.table import parse_location

ONE = image(layer({"one": b"1"}))
TWO = image(layer({"two": b"2"}))


@pytest.fixture
def client():
    with Client() as client:
        yield client


@pytest.fixture
def host(docker_registry, repo):
    """A path in a registry with two repositories below it."""
    push(docker_registry, f"{repo}/app", ONE, "v1")
    push(docker_registry, f"{repo}/app", TWO, "v2")
    push(docker_registry, f"{repo}/multi", multi_platform(), "v1")
    return f"{docker_registry.host}/{repo}"


def test_a_repository_goes_to_directories_and_back(client, host, tmp_path, docker_registry, repo):
    stored = client.sync(f"{host}/app", tmp_path / "out")
    assert [str(each.digest) for each in stored] == [ONE.digest, TWO.digest]
    assert (tmp_path / "out/app:v2/manifest.json").read_bytes() == TWO.data
    client.sync(tmp_path / "out", f"{host}/back")
    assert manifest_of(docker_registry, f"{repo}/back/app", "v2").data == TWO.data


def test_what_is_there_is_not_fetched_again(client, host, tmp_path, docker_registry):
    client.sync(f"{host}/app", tmp_path / "out")
    docker_registry.reset()
    client.sync(f"{host}/app", tmp_path / "out")
    assert [seen.path for seen in docker_registry.requests() if "/blobs/" in seen.path] == []


def test_an_index_is_whole_or_of_some_platforms_or_of_this_machine(client, host, tmp_path):
    whole = client.sync(f"{host}/multi:v1", tmp_path / "whole")
    arm = client.sync(f"{host}/multi:v1", tmp_path / "arm", platforms="linux/arm64")
    mine = client.sync(f"{host}/multi:v1", tmp_path / "mine", system=True)
    assert whole[0].digest == client.digest(f"{host}/multi:v1")
    assert arm[0].digest == client.digest(f"{host}/multi:v1", platform="linux/arm64")
    assert mine[0].digest != whole[0].digest


def test_a_failure_stops_the_others_and_says_which(client, host, tmp_path):
    (tmp_path / "list.yaml").write_text(f"{host.partition('/')[0]}:\n  images: {{none: [v1]}}\n")
    with pytest.raises(pycrane.NotFoundError, match="none"):
        client.sync(tmp_path / "list.yaml", tmp_path / "out")


def test_with_keep_going_the_others_are_copied_and_it_is_an_error_at_the_end(host, tmp_path):
    registry, _, path = host.partition("/")
    images = f"{{none: [], {path}/app: [v1, v9, v2]}}"
    (tmp_path / "list.yaml").write_text(f"{registry}:\n  images: {images}\n")
    events = []
    with (
        Client(listener=events.append) as client,
        pytest.raises(pycrane.PycraneError, match=r"2 failed, the first was .*/none"),
    ):
        client.sync(tmp_path / "list.yaml", tmp_path / "out", keep_going=True)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["app:v1", "app:v2"]
    warnings = [event.text for event in events if isinstance(event, pycrane.Warned)]
    assert [text for text in warnings if "app:v9 was not copied" in text]


def test_a_dry_run_tells_the_copies_and_writes_nothing(client, host, tmp_path):
    copies = client.sync(f"{host}/app", tmp_path / "out", dry_run=True, suffix="-x")
    assert [each.target.text for each in copies] == [
        f"dir:{tmp_path}/out/app:{tag}-x" for tag in ("v1", "v2")
    ]
    assert [each.digest for each in copies] == [None, None]
    assert not (tmp_path / "out").exists()


def test_credentials_of_a_list_go_to_its_registry(docker_registry_basic, repo, tmp_path):
    push(docker_registry_basic, repo, ONE, "v1")
    registry = docker_registry_basic
    access = f"{{username: '{registry.username}', password: '{registry.password}'}}"
    (tmp_path / "list.yaml").write_text(
        f"{registry.host}:\n  images: {{{repo}: []}}\n  credentials: {access}\n"
    )
    with Client(pycrane.StaticKeychain({})) as client:
        assert len(client.sync(tmp_path / "list.yaml", tmp_path / "out")) == 1


def test_images_are_copied_side_by_side():
    both = threading.Barrier(2, timeout=30)

    def work(each):
        both.wait()
        return pycrane.Digest.of(each.source.text.encode())

    copies = [SyncCopy(DirectoryLocation(Path(name)), DirectoryLocation(Path(name))) for name in "ab"]
    with Client(jobs=2) as client:
        assert len(Synchronisation(client).carry_out(copies, work)) == 2


def images(*names):
    return [SyncImage(parse_location(f"docker://{name}"), name) for name in names]


def test_two_images_that_would_get_one_name_are_refused(client):
    clashing = images("a.io/x/app:v1", "a.io/y/app:v1")
    with pytest.raises(pycrane.UnsupportedError, match="would both become dir:out/app:v1"):
        named(clashing, Path("out"), client.registry)
    scoped = named(clashing, Path("out"), client.registry, scoped=True)
    assert [str(each.target.path) for each in scoped] == ["out/a.io/x/app:v1", "out/a.io/y/app:v1"]


def test_directories_do_not_go_to_directories(client):
    with pytest.raises(pycrane.UnsupportedError, match="to a registry only"):
        named([SyncImage(DirectoryLocation(Path("a")), "a")], Path("out"), client.registry)


def test_a_directory_without_images_is_an_error(tmp_path):
    with pytest.raises(pycrane.ArchiveError, match="no image directory"):
        in_directories(tmp_path)
    with pytest.raises(pycrane.ArchiveError, match="is not a directory"):
        in_directories(tmp_path / "nowhere")


def test_directories_that_are_links_are_not_followed(tmp_path):
    (tmp_path / "far/app").mkdir(parents=True)
    (tmp_path / "far/app/manifest.json").write_bytes(ONE.data)
    (tmp_path / "near/tool").mkdir(parents=True)
    (tmp_path / "near/tool/manifest.json").write_bytes(TWO.data)
    (tmp_path / "near/link").symlink_to(tmp_path / "far")
    assert [each.name for each in in_directories(tmp_path / "near")] == ["tool"]


def test_too_many_files_are_refused(tmp_path):
    for number in range(5):
        (tmp_path / str(number)).write_text("")
    with pytest.raises(pycrane.LimitExceededError, match="more than 3 files"):
        in_directories(tmp_path, pycrane.Limits(archive_entries=3))


def test_an_index_in_a_directory_goes_with_all_its_images(client, host, tmp_path, docker_registry, repo):
    root = index(ONE, TWO)
    push(docker_registry, f"{repo}/pair", root, "v1")
    client.sync(f"{host}/pair:v1", tmp_path / "out")
    client.sync(tmp_path / "out", f"{host}/back")
    assert manifest_of(docker_registry, f"{repo}/back/pair", "v1").data == root.data
