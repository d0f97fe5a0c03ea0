"""The folder of a registry: ordinary layouts, blobs stored once, nothing lost and nothing torn."""

from __future__ import annotations

import http.client
import json
import os
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from peers.programs import Process, Program
from peers.running import Pycrane
from server.plain_client import (
    OCI_INDEX,
    OCI_MANIFEST,
    Client,
    descriptor,
    digest_of,
    image,
    index_of,
)

from pycrane._limits import Limits
from pycrane._oci.digest import Digest
from pycrane._server import folders, verified_files
from pycrane.server import Registry

REF_NAME = "org.opencontainers.image.ref.name"


class Served:
    """A folder that is served; `restart` serves it again, as after a stop."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.start()

    def start(self) -> None:
        self.registry = Registry(disk=self.root)
        self.registry.start()
        self.client = Client(self.registry.address)

    def stop(self) -> None:
        self.client.close()
        self.registry.close()

    def restart(self) -> Client:
        self.stop()
        self.start()
        return self.client

    def index(self, repository: str) -> list[dict[str, Any]]:
        return json.loads((self.root / repository / "index.json").read_bytes())["manifests"]

    def blob(self, repository: str, digest: str) -> Path:
        return self.root / repository / "blobs" / digest.replace(":", "/")


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    served = Served(tmp_path / "registry")
    yield served
    served.stop()


def write_layout(folder: Path, entries: list[dict[str, Any]], *contents: bytes) -> None:
    """A layout as another program writes it."""
    blobs = folder / "blobs" / "sha256"
    blobs.mkdir(parents=True)
    for data in contents:
        blobs.joinpath(digest_of(data).removeprefix("sha256:")).write_bytes(data)
    folder.joinpath("index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": entries}))
    folder.joinpath("oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')


def tagged(manifest: dict[str, Any], name: str, **fields: Any) -> dict[str, Any]:
    return {**descriptor(manifest), "annotations": {REF_NAME: name}, **fields}


def data_of(manifest: dict[str, Any]) -> bytes:
    return json.dumps(manifest).encode()


def test_everything_is_there_after_a_restart(served: Served) -> None:
    blob = served.client.push_blob("team/app", b"layer")
    digest = served.client.push_manifest("team/app", "v1", image("1"))
    untagged = served.client.push_manifest("team/app", descriptor(image("2"))["digest"], image("2"))
    referrer = served.client.push_manifest("team/app", "r", image("3", subject=descriptor(image("1"))))
    client = served.restart()
    assert client("GET", "/v2/_catalog").json == {"repositories": ["team/app"]}
    assert client.tags("team/app") == ["r", "v1"]
    assert client("GET", f"/v2/team/app/blobs/{blob}").body == b"layer"
    assert client("HEAD", "/v2/team/app/manifests/v1")["Docker-Content-Digest"] == digest
    assert client("HEAD", f"/v2/team/app/manifests/{untagged}")["Content-Type"] == OCI_MANIFEST
    found = client("GET", f"/v2/team/app/referrers/{digest}").json["manifests"]
    assert [item["digest"] for item in found] == [referrer]


def test_a_repository_is_a_layout_with_its_tags(served: Served) -> None:
    served.client.push_manifest("a", "v1", image())
    served.client.push_manifest("a", "v2", image())
    assert json.loads((served.root / "a/oci-layout").read_bytes()) == {"imageLayoutVersion": "1.0.0"}
    assert served.index("a") == [tagged(image(), "v1"), tagged(image(), "v2")]
    assert served.blob("a", descriptor(image())["digest"]).read_bytes() == data_of(image())


def test_the_layout_lists_an_index_and_not_what_it_leads_to(served: Served) -> None:
    child = served.client.push_manifest("a", descriptor(image())["digest"], image())
    assert served.index("a") == [descriptor(image())]
    index = served.client.push_manifest("a", "v", index_of(image()))
    assert served.index("a") == [tagged(index_of(image()), "v")]
    client = served.restart()
    assert client("HEAD", f"/v2/a/manifests/{child}").status == 200
    client("DELETE", f"/v2/a/manifests/{index}")
    assert served.index("a") == [descriptor(image())]


def test_equal_blobs_are_one_file_however_they_came(served: Served) -> None:
    data = b"x" * 100_000
    digest = served.client.push_blob("a", data)
    served.client.push_blob("b", data)
    served.client("POST", f"/v2/c/blobs/uploads/?mount={digest}&from=a", b"")
    served.client("POST", f"/v2/d/blobs/uploads/?mount={digest}", b"")
    files = {served.blob(name, digest).stat().st_ino for name in "abcd"}
    assert len(files) == 1


def test_a_deleted_blob_frees_its_space(served: Served) -> None:
    digest = served.client.push_blob("a", b"x" * 100_000)
    served.client.push_blob("b", b"x" * 100_000)
    for name in "ab":
        served.client("DELETE", f"/v2/{name}/blobs/{digest}")
    assert list(served.root.rglob(digest.removeprefix("sha256:"))) == []


def test_a_layout_put_there_by_hand_is_served(served: Served) -> None:
    children = [image("amd64"), image("arm64")]
    index = index_of(*children)
    contents = [b"layer", data_of(index), *map(data_of, children)]
    write_layout(served.root / "by/hand", [tagged(index, "v1"), descriptor(image("absent"))], *contents)
    client = served.client
    assert client("GET", "/v2/_catalog").json == {"repositories": ["by/hand"]}
    assert client.tags("by/hand") == ["v1"]
    assert client("GET", "/v2/by/hand/manifests/v1")["Content-Type"] == OCI_INDEX
    for child in children:
        assert client("GET", f"/v2/by/hand/manifests/{descriptor(child)['digest']}").body == data_of(child)
    assert client("GET", f"/v2/by/hand/blobs/{digest_of(b'layer')}").body == b"layer"
    assert client("GET", f"/v2/by/hand/manifests/{descriptor(image('absent'))['digest']}").status == 404


@pytest.mark.parametrize("name", ["v1", "docker.io/library/app:v1", "app:v1"])
def test_a_tag_may_be_written_as_a_whole_name(served: Served, name: str) -> None:
    write_layout(served.root / "a", [tagged(image(), name)], data_of(image()))
    assert served.client.tags("a") == ["v1"]


def test_what_was_in_an_index_stays_when_something_is_added(served: Served) -> None:
    known = tagged(image("1"), "v1", platform={"os": "linux", "architecture": "arm64"})
    again = {**descriptor(image("1")), "annotations": {"note": "the same, untagged"}}
    odd = {"mediaType": "a/b", "size": 4, "digest": digest_of(b"odd!"), "unknown": [1]}
    write_layout(served.root / "a", [known, again, odd], data_of(image("1")), b"odd!")
    served.client.push_manifest("a", "v2", image("2"))
    assert served.index("a") == [known, again, odd, tagged(image("2"), "v2")]
    served.client("DELETE", "/v2/a/manifests/v1")
    without_tag = {key: value for key, value in known.items() if key != "annotations"}
    assert served.index("a") == [without_tag, again, odd, tagged(image("2"), "v2")]


def test_what_another_program_changes_is_seen(served: Served) -> None:
    served.client.push_manifest("a", "v1", image())
    path = served.root / "a" / "index.json"
    path.with_name("new").write_text(
        json.dumps({"schemaVersion": 2, "manifests": [tagged(image(), "other")]})
    )
    path.with_name("new").replace(path)
    assert served.client.tags("a") == ["other"]


def test_a_damaged_index_is_an_error_and_is_not_overwritten(served: Served) -> None:
    served.client.push_manifest("a", "v1", image())
    served.client.push_manifest("b", "v1", image())
    served.root.joinpath("a/index.json").write_text("{ damaged")
    assert served.client("GET", "/v2/a/tags/list").codes == ["UNKNOWN"]
    answer = served.client("PUT", "/v2/a/manifests/v2", data_of(image("2")), Content_Type=OCI_MANIFEST)
    assert answer.status == 500
    assert served.root.joinpath("a/index.json").read_text() == "{ damaged"
    assert served.client.tags("b") == ["v1"]


def upload_files(root: Path) -> list[Path]:
    """The files of uploads, but for the lock of the process that serves."""
    return [
        path
        for path in root.joinpath(".pycrane/uploads").rglob("*")
        if path.is_file() and path.name != "lock"
    ]


def test_a_start_ignores_what_does_not_belong_there(served: Served) -> None:
    served.client.push_manifest("a", "v1", image())
    served.stop()
    for path in ("file", "UPPER/oci-layout", "a/blobs/sha256/garbage", ".hidden/oci-layout", "a/blobs/stray"):
        target = served.root / path
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(b"garbage")
    served.root.joinpath(".pycrane/uploads/left-over").write_bytes(b"garbage")
    served.root.joinpath("empty").mkdir()
    served.start()
    assert served.client("GET", "/v2/_catalog").json == {"repositories": ["a"]}
    assert upload_files(served.root) == []
    served.client.push_manifest("a", "v2", image())
    assert served.client.tags("a") == ["v1", "v2"]


def test_a_link_in_a_layout_leads_nowhere(served: Served, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")
    digest = digest_of(b"secret")
    write_layout(served.root / "a", [])
    served.blob("a", digest).symlink_to(secret)
    os.mkfifo(served.blob("a", digest_of(b"fifo")))
    assert served.client("GET", f"/v2/a/blobs/{digest}").status == 404
    assert served.client("GET", f"/v2/a/blobs/{digest_of(b'fifo')}").status == 404
    assert served.client("POST", f"/v2/b/blobs/uploads/?mount={digest}&from=a", b"").status == 202


def test_a_blob_that_was_cut_short_is_mended_by_a_push(served: Served) -> None:
    write_layout(served.root / "a", [])
    served.blob("a", digest_of(b"whole")).write_bytes(b"who")
    served.client.push_blob("a", b"whole")
    assert served.client("GET", f"/v2/a/blobs/{digest_of(b'whole')}").body == b"whole"


def test_two_registries_may_write_to_one_folder(served: Served) -> None:
    def push(client: Client, start: int) -> None:
        for number in range(start, 40, 2):
            client.push_manifest("a", f"v{number}", image(str(number)))

    with Registry(disk=served.root) as other, Client(other.address) as client, ThreadPoolExecutor() as pool:
        for done in [pool.submit(push, served.client, 0), pool.submit(push, client, 1)]:
            done.result()
        assert len(client.tags("a")) == len(served.client.tags("a")) == 40
    assert len(served.index("a")) == 40


def test_umoci_and_skopeo_read_the_folder_as_it_lies(served: Served, umoci: Program, skopeo: Program) -> None:
    client = served.client
    config = client.push_blob("team/app", json.dumps(RUNNABLE).encode())
    manifest = image(config={"mediaType": CONFIG, "size": len(json.dumps(RUNNABLE)), "digest": config})
    digest = client.push_manifest("team/app", "v1", manifest)
    folder = served.root / "team/app"
    assert umoci("ls", "--layout", folder).stdout.split() == ["v1"]
    seen = json.loads(umoci("stat", "--image", f"{folder}:v1", "--json").stdout)
    assert not seen["history"]
    assert skopeo("inspect", "--raw", f"oci:{folder}:v1").stdout.encode() == data_of(manifest)
    assert json.loads(skopeo("inspect", f"oci:{folder}:v1").stdout)["Digest"] == digest


def test_pycrane_pushes_the_folder_as_it_lies(served: Served, pycrane: Pycrane) -> None:
    config = served.client.push_blob("team/app", json.dumps(RUNNABLE).encode())
    entry = {"mediaType": CONFIG, "size": len(json.dumps(RUNNABLE)), "digest": config}
    digest = served.client.push_manifest("team/app", "v1", image(config=entry))
    name = f"{served.registry.address}/other/app"
    assert pycrane("push", served.root / "team/app", f"{name}:v1").text == f"{name}@{digest}"
    assert served.client.tags("other/app") == ["v1"]


def test_what_umoci_writes_is_served(served: Served, umoci: Program, skopeo: Program, tmp_path: Path) -> None:
    folder = served.root / "made/by"
    folder.parent.mkdir()
    umoci("init", "--layout", folder)
    umoci("new", "--image", f"{folder}:v1")
    image_name = f"{served.registry.address}/made/by:v1"
    skopeo("copy", "--src-tls-verify=false", f"docker://{image_name}", f"dir:{tmp_path / 'out'}")
    served.client.push_manifest("made/by", "v2", image())
    assert sorted(umoci("ls", "--layout", folder).stdout.split()) == ["v1", "v2"]


CONFIG = "application/vnd.oci.image.config.v1+json"
RUNNABLE = {"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": []}}

SERVE = """
import sys, time
from pathlib import Path
from pycrane._limits import Limits
from pycrane._oci.digest import Digest
from pycrane._server import folders, verified_files
from pycrane.server import Registry
registry = Registry(disk=Path(sys.argv[1]))
registry.start()
print(registry.address, flush=True)
time.sleep(600)
"""


def serve_in_process(root: Path, **settings: Any) -> tuple[Process[str], str]:
    command = [sys.executable, "-c", SERVE, str(root)]
    process = Process(command, stdout=subprocess.PIPE, text=True, **settings)
    assert process.stdout
    return process, process.stdout.readline().strip()


def push_until_gone(address: str, number: int, acknowledged: list[tuple[str, str]]) -> None:
    """Push images to a repository of one's own until the registry is no more."""
    client = Client(address)
    try:
        for count in range(10_000):
            blob = client.push_blob(f"r{number}", b"%d-%d " % (number, count) * 10_000)
            layer = {"mediaType": "a/b", "size": 1, "digest": blob}
            client.push_manifest(f"r{number}", f"v{count}", image(layers=[layer]))
            acknowledged.append((f"r{number}", f"v{count}"))
    except (OSError, http.client.HTTPException):
        pass  # The registry has been killed.
    finally:
        client.close()


def test_a_kill_in_the_middle_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    root = tmp_path / "registry"
    acknowledged: list[tuple[str, str]] = []
    for _ in range(3):
        process, address = serve_in_process(root)
        pushers = [
            threading.Thread(target=push_until_gone, args=(address, number, acknowledged))
            for number in range(4)
        ]
        goal = len(acknowledged) + 20
        with process:
            for pusher in pushers:
                pusher.start()
            while len(acknowledged) < goal:
                pushers[0].join(0.005)
            process.send_signal(signal.SIGKILL)
            for pusher in pushers:
                pusher.join()
    with Registry(disk=root) as registry, Client(registry.address) as client:
        for repository, tag in acknowledged:
            manifest = client("GET", f"/v2/{repository}/manifests/{tag}")
            assert manifest.status == 200
            layer = manifest.json["layers"][0]["digest"]
            assert digest_of(client("GET", f"/v2/{repository}/blobs/{layer}").body) == layer
        assert upload_files(root) == []


def test_a_full_disk_is_said_and_leaves_the_session_as_it_was(tmp_path: Path) -> None:
    limit = 1_000_000
    process, address = serve_in_process(
        tmp_path / "registry",
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )
    with process, Client(address) as client:
        location = client.open_session("a")
        client("PATCH", location, b"x" * 400_000)
        full = client("PATCH", location, b"y" * 700_000)
        assert (full.status, full.codes) == (507, ["UNAVAILABLE"])
        assert client("GET", location)["Range"] == "0-399999"
        digest = digest_of(b"x" * 400_000 + b"z")
        assert client("PUT", f"{location}?digest={digest}", b"z").status == 201
        large = data_of(image("x" * 1_100_000))
        assert client("PUT", "/v2/a/manifests/v", large, Content_Type=OCI_MANIFEST).status == 507
        client.push_manifest("a", "v", image())
        assert client.tags("a") == ["v"]
        process.kill()
    leftovers = [path for path in (tmp_path / "registry").rglob("*") if path.name.startswith(".pycrane-")]
    assert leftovers == []


def test_a_damaged_blob_is_healed_by_the_next_push_in_every_repository(served: Served) -> None:
    data = os.urandom(300_000)
    digest = served.client.push_blob("a", data)
    served.client("POST", f"/v2/b/blobs/uploads/?mount={digest}&from=a", b"")
    with served.blob("a", digest).open("r+b") as file:
        file.write(b"damaged")
    assert served.client("GET", f"/v2/b/blobs/{digest}").body != data
    served.client.push_blob("c", data)
    for repository in "abc":
        assert served.client("GET", f"/v2/{repository}/blobs/{digest}").body == data
    assert len({served.blob(repository, digest).stat().st_ino for repository in "abc"}) == 1


def test_a_damaged_copy_of_one_repository_is_replaced(served: Served) -> None:
    data = os.urandom(300_000)
    digest = served.client.push_blob("a", data)
    served.client.push_blob("b", data)
    copy = served.blob("b", digest)
    copy.unlink()
    copy.write_bytes(b"x" * len(data))
    served.client.push_blob("b", data)
    assert served.client("GET", f"/v2/b/blobs/{digest}").body == data


def test_children_of_all_indexes_are_there_after_a_restart_whatever_their_number(served: Served) -> None:
    child = served.client.push_manifest("a", "child", image())
    small = served.client.push_manifest("a", "small", index_of(image()))
    served.client("DELETE", "/v2/a/manifests/child")
    numbers = range(10_500)
    many = [{"mediaType": OCI_MANIFEST, "size": 1, "digest": digest_of(b"%d" % number)} for number in numbers]
    big = served.client.push_manifest(
        "a", "big", {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": many}
    )
    client = served.restart()
    for digest in (child, small, big):
        assert client("GET", f"/v2/a/manifests/{digest}").status == 200


def test_an_index_that_could_not_be_read_again_is_refused_when_it_is_put(tmp_path: Path) -> None:
    registry = Registry(disk=tmp_path, limits=Limits(archive_json=2000))
    with registry, Client(registry.address) as client:
        data = json.dumps(image()).encode()
        statuses = [
            client("PUT", f"/v2/a/manifests/tag-{number}", data, Content_Type=OCI_MANIFEST).status
            for number in range(20)
        ]
        kept = statuses.count(201)
        assert statuses == [201] * kept + [507] * (20 - kept)
        assert 0 < kept < 20
    with Registry(disk=tmp_path, limits=Limits(archive_json=2000)) as again, Client(again.address) as client:
        assert len(client.tags("a")) == kept


def test_indexes_nested_deeper_than_reading_goes_are_found_after_a_restart(served: Served) -> None:
    digests = [served.client.push_manifest("a", "leaf", image())]
    below = image()
    for _ in range(30):
        below = index_of(below)
        digests.append(served.client.push_manifest("a", digest_of(data_of(below)), below))
    client = served.restart()
    assert [client("GET", f"/v2/a/manifests/{digest}").status for digest in digests] == [200] * 31


@pytest.mark.parametrize("stated", [True, False])
def test_a_child_keeps_its_media_type_after_a_restart_whatever_an_index_calls_it(
    served: Served, stated: bool
) -> None:
    child = image() if stated else {key: value for key, value in image().items() if key != "mediaType"}
    digest = digest_of(data_of(child))
    client = served.client
    assert client("PUT", f"/v2/a/manifests/{digest}", data_of(child), Content_Type=OCI_MANIFEST).status == 201
    wrong = {"mediaType": "application/x.wrong", "size": len(data_of(child)), "digest": digest}
    client.push_manifest("a", "wrong", index_of() | {"manifests": [wrong]})
    answer = served.restart()("GET", f"/v2/a/manifests/{digest}")
    assert (answer.status, answer.headers["Content-Type"]) == (200, OCI_MANIFEST)


def test_a_manifest_that_is_pushed_again_as_another_type_keeps_it_after_a_restart(served: Served) -> None:
    data = data_of({key: value for key, value in image().items() if key != "mediaType"})
    for media_type in (OCI_MANIFEST, "application/x.other"):
        assert served.client("PUT", "/v2/a/manifests/tag", data, Content_Type=media_type).status == 201
    answer = served.restart()("GET", "/v2/a/manifests/tag")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/x.other")


def test_a_manifest_whose_entry_has_the_wrong_type_can_be_pushed_and_is_kept(tmp_path: Path) -> None:
    entry = tagged(image(), "tag", mediaType="application/x.wrong")
    write_layout(tmp_path / "registry" / "a", [entry], data_of(image()))
    served = Served(tmp_path / "registry")
    try:
        assert served.client("GET", "/v2/a/manifests/tag").status == 404
        served.client.push_manifest("a", "tag", image())
        assert served.restart()("GET", "/v2/a/manifests/tag").status == 200
    finally:
        served.stop()


@pytest.mark.parametrize("source", ["&from=a", ""])
@pytest.mark.parametrize("restarted", [False, True])
def test_a_damaged_blob_is_not_mounted_and_the_push_that_follows_heals_it(
    served: Served, source: str, restarted: bool
) -> None:
    data = os.urandom(300_000)
    digest = served.client.push_blob("a", data)
    with served.blob("a", digest).open("r+b") as file:
        file.write(b"damaged")
    if restarted:
        served.restart()
    answer = served.client("POST", f"/v2/b/blobs/uploads/?mount={digest}{source}", b"")
    assert answer.status == 202
    assert served.client("HEAD", f"/v2/b/blobs/{digest}").status == 404
    assert served.client("PUT", f"{answer['Location']}?digest={digest}", data).status == 201
    for repository in "ab":
        assert served.client("GET", f"/v2/{repository}/blobs/{digest}").body == data


def test_a_blob_is_read_for_mounts_once_at_most(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[Path] = []

    def has_digest(path: Path, digest: Digest) -> bool:
        read.append(path)
        return folders.has_digest(path, digest)

    monkeypatch.setattr(verified_files, "has_digest", has_digest)
    digest = served.client.push_blob("a", b"x" * 100_000)
    client = served.client
    for expected in (0, 1):
        for target in "bc":
            path = f"/v2/{target}{expected}/blobs/uploads/?mount={digest}"
            for source in ("", "&from=a"):
                assert client("POST", path + source, b"").status == 201
        assert len(read) == expected
        client = served.restart()
