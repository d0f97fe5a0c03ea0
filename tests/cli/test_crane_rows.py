"""Command lines whose results have, digest for digest, what crane makes of the same images.

Each row is a command line and how the digest of crane's answer begins, with HOST in place of the host and
port of the registry, which some manifests hold. Where a crane is on PATH it is asked again.
"""

from __future__ import annotations

import shlex
import shutil
import subprocess
from typing import Any

import pytest
from peers import images
from peers.media import push, session_for, write_layout

PLAIN = [images.layer({name: name.encode()}, compression="") for name in "abc"]
DOCKER = [images.layer({name: name.encode()}, compression="", family="docker") for name in "abc"]
FULL = {
    "Env": ["PATH=/bin", "X=<1>"],
    "Entrypoint": ["/run"],
    "Cmd": ["a", "b"],
    "Labels": {"z": "1", "a": "2"},
    "User": "me",
    "WorkingDir": "/w",
    "ExposedPorts": {"80/tcp": {}},
    "Volumes": {"/v": {}},
    "StopSignal": "SIGTERM",
    "Healthcheck": {"Test": ["CMD", "x"], "Interval": 30000000000, "Retries": 3},
}
NOTED = {"annotations": {"z": "<1>", "b": "2"}}
OCI = images.image(*PLAIN[:2], config=FULL, manifest=NOTED)
ARM = images.image(*PLAIN[:2], platform="linux/arm64/v8", config=FULL)
OLD = images.image(*DOCKER[:2], family="docker", config=FULL, extra={"docker_version": "18", "author": "A"})
WINDOWS = images.image(DOCKER[2], platform="windows/amd64", family="docker", extra={"os.version": "10.0.1"})
WINDOWS.platform.update({"os.version": "10.0.1"})
ARTIFACT = images.assemble(
    images.Blob("application/vnd.oci.empty.v1+json", b"{}"),
    [images.Layer("a/b", b"?")],
    manifest={"artifactType": "application/x-thing"},
)
MANIFESTS = (images.OCI_MANIFEST, images.OCI_INDEX, images.DOCKER_MANIFEST, images.DOCKER_LIST)

# crane loses the time of creation, so these have none.
TIMELESS: dict[str, Any] = {"created": None, "os.version": "10"}
STEPS = [{"created_by": "base 1"}, {"created_by": "ENV", "empty_layer": True}]
BASE1 = images.image(DOCKER[0], family="docker", extra={**TIMELESS, "history": STEPS})
BASE2 = images.image(
    DOCKER[1], DOCKER[2], family="docker", extra={"created": None, "history": [STEPS[1], *STEPS, STEPS[0]]}
)
BUILT = images.image(
    DOCKER[0],
    DOCKER[2],
    family="docker",
    config=FULL,
    extra={**TIMELESS, "history": [*STEPS, {"created_by": "RUN <x>"}, STEPS[1]]},
)
SOURCES = {
    "base1": BASE1,
    "base2": BASE2,
    "built": BUILT,
    "oci": OCI,
    "arm": ARM,
    "old": OLD,
    "windows": WINDOWS,
    "artifact": ARTIFACT,
    "multi": images.index(OCI, ARM),
    "noted": images.index(
        OCI,
        WINDOWS,
        ARTIFACT,
        manifest={**NOTED, "artifactType": "a/t"},
        annotations={OCI.digest: {"k": "v"}},
    ),
    "nested": images.index(images.index(ARM), OCI),
}

ROWS = {
    "mutate {src}/oci -l a=3,n=4 -t {dst}": "01df811f5afc46ea7d39",
    "mutate {src}/oci -l 'a=<x>' --label n=4 -t {dst}": "9be08c985dbb72391524",
    "mutate {src}/oci -a b=3 -a z=4,new=5 -t {dst}": "f21fe06abd145e634654",
    "mutate {src}/oci -e X=2 -e NEW=a,b -e PATH=/x -t {dst}": "752ed7cf815eed5eb196",
    "mutate {src}/old --entrypoint /bin/sh,-c -t {dst}": "16a3f9f95b578a4f7f39",
    "mutate {src}/old --entrypoint x --cmd y --cmd z -t {dst}": "124691947ed78d593c20",
    "mutate {src}/oci --cmd 'a b,c' -u root -w / -t {dst}": "6ca78219fd178ac58b00",
    "mutate {src}/old --exposed-ports 443/tcp,80 --exposed-ports 1/udp -t {dst}": "c6285da301bc83b94b59",
    "mutate {src}/old --set-platform linux/arm64/v8 -t {dst}": "3364f8137c305c1a2618",
    "mutate {src}/windows --set-platform windows/amd64:10.0.2 -e new=1 -t {dst}": "e355f2d12a52e4315355",
    "mutate {src}/multi --platform linux/arm64 -l a=b -t {dst}": "536d8ee85a044b1a9276",
    "mutate {src}/artifact -a a=b -t {dst}": "9dcfbd79572c282cd747",
    "mutate {src}/old --repo {dst}/sub -l a=b": "cb5fab53ecf5fb4e119c",
    "rebase {src}/built --old_base {src}/base1 --new_base {src}/base2 -t {dst}": "4947022e15fe4532137b",
    "index append -m {src}/oci -m {src}/arm,{src}/old -t {dst}": "9904125085272486ebc2",
    "index append -m {src}/multi -t {dst}": "7720011a849e12a24547",
    "index append -m {src}/multi --flatten=false -t {dst}": "5517f8c6687d23da0e67",
    "index append -m {src}/nested --docker-empty-base -t {dst}": "27cf7bf5d3b0201529df",
    "index append {src}/multi -m {src}/windows -t {dst}": "f4f9a000f14377532629",
    "index append {src}/noted {src}/arm -t {dst}": "52aa856dbabc5e747ed8",
    "index append -m {src}/artifact -t {dst}": "75f1d0d03344d84b1a28",
    "index append -m {src}/noted -t {dst}": "4739c5cd2aeecfa279c6",
    "index append -m {layout} -t {dst}": "7720011a849e12a24547",
    "index filter {src}/noted --platform linux -t {dst}": "47d30c6ebbb59f399d3b",
    "index filter {src}/multi --platform linux/arm64 -t {dst}": "cafd0eba9af404dc7942",
    "index filter {src}/noted --platform windows --platform linux/amd64 -t {dst}": "57d1ad885ce1b67567ac",
    "index filter {src}/noted --platform windows/amd64:10.0.1 -t {dst}": "abeb3322407f567f071d",
}


@pytest.fixture(scope="session")
def sources(docker_registry):
    """Where the images are."""
    for name, image in SOURCES.items():
        push(docker_registry, f"rows/{name}", image, "latest")
    return f"{docker_registry.host}/rows"


@pytest.fixture
def command(sources, docker_registry, repo, tmp_path):
    """The words of a row, with names of this test."""
    layout = write_layout(tmp_path / "layout", OCI, ARM)
    names = {"src": sources, "dst": f"{docker_registry.host}/{repo}", "layout": str(layout)}
    return lambda row: [word.format(**names) for word in shlex.split(row)]


@pytest.fixture
def digest_of(docker_registry):
    """How the digest begins of what a printed reference names, in a registry called HOST."""

    def found(reference):
        path, _, digest = reference.strip().removeprefix(f"{docker_registry.host}/").partition("@")
        with session_for(docker_registry, path) as session:
            url = f"{docker_registry.url}/v2/{path}/manifests/{digest}"
            headers = {"Accept": ",".join(MANIFESTS)}
            answer = session.get(url, headers=headers, timeout=30)
        answer.raise_for_status()
        assert images.digest_of(answer.content) == digest
        raw = answer.content.replace(docker_registry.host.encode(), b"HOST")
        return images.digest_of(raw).removeprefix("sha256:")[:20]

    return found


@pytest.mark.parametrize("row", ROWS)
def test_the_result_is_cranes(pycrane, command, digest_of, row):
    assert digest_of(pycrane(*command(row)).text) == ROWS[row]


@pytest.mark.skipif(not shutil.which("crane"), reason="crane is not installed")
@pytest.mark.parametrize("row", ROWS)
def test_crane_still_gives_what_the_table_says(command, digest_of, row):
    done = subprocess.run(["crane", *command(row)], capture_output=True, text=True, check=True)
    assert digest_of(done.stdout) == ROWS[row]
