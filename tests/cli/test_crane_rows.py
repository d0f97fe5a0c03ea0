"""Command lines whose results have, digest for digest, what crane makes of the same images.

Each row is a command line and the digest that crane answered. Where a crane is on PATH it is asked again.
"""

from __future__ import annotations

import shlex
import shutil
import subprocess

import pytest
from peers import images
from peers.media import push, write_layout

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
ARTIFACT = images.assemble(
    images.Blob("application/vnd.oci.empty.v1+json", b"{}"),
    [images.Layer("a/b", b"?")],
    manifest={"artifactType": "application/x-thing"},
)
SOURCES = {
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
    "index append -m {src}/oci -m {src}/arm,{src}/old -t {dst}": "sha256:9904125085272486ebc27b0a107d4650750853513777c9860e9a879b6b4ef095",
    "index append -m {src}/multi -t {dst}": "sha256:7720011a849e12a24547fa1f5e73bc3cfdd49eec66e8f92b074b0e33ebca05c1",
    "index append -m {src}/multi --flatten=false -t {dst}": "sha256:5517f8c6687d23da0e671e22efa259ba8172c77574f04eeaad8060372fe42697",
    "index append -m {src}/nested --docker-empty-base -t {dst}": "sha256:27cf7bf5d3b0201529df3d1fb0a81dc20d3d5662e7c5ea30895f0ea85a6a9b84",
    "index append {src}/multi -m {src}/windows -t {dst}": "sha256:f4f9a000f14377532629f4f0741bf380214b59086039117c5c95aa953683b4db",
    "index append {src}/noted {src}/arm -t {dst}": "sha256:1b4d13b05469c333cdd498e9d51761d3e44c1c085f4ca55b47d243c8d1950fd3",
    "index append -m {src}/artifact -t {dst}": "sha256:75f1d0d03344d84b1a28be236537f65da49942299a7d60d5d3da5cb631e53ee7",
    "index append -m {src}/noted -t {dst}": "sha256:707f095eef38a2a1912b9b410f9cec8eae246b472bc6de547b501d3fc55fe4e4",
    "index append -m {layout} -t {dst}": "sha256:7720011a849e12a24547fa1f5e73bc3cfdd49eec66e8f92b074b0e33ebca05c1",
    "index filter {src}/noted --platform linux -t {dst}": "sha256:47d30c6ebbb59f399d3b7bd95aad8694c562c3df6da4f453f93ae9ab31b62ddf",
    "index filter {src}/multi --platform linux/arm64 -t {dst}": "sha256:cafd0eba9af404dc79422acb40b5ebc107bf4e75ee02a2533b2c7040354e7822",
    "index filter {src}/noted --platform windows --platform linux/amd64 -t {dst}": "sha256:91c7ab235bae89eba4a06bd468aee68ec914c34589a534548422e95b38f65dc5",
    "index filter {src}/noted --platform windows/amd64:10.0.1 -t {dst}": "sha256:e4b408b6bdcf02242f727e31023ba5d3314f46ecb8127fe31acb3904e2cb9066",
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
    names = {"src": sources, "dst": f"{docker_registry.host}/{repo}:v1", "layout": str(layout)}
    return lambda row: [word.format(**names) for word in shlex.split(row)]


@pytest.mark.parametrize("row", ROWS)
def test_the_result_is_cranes(pycrane, command, row):
    assert pycrane(*command(row)).text.rpartition("@")[2] == ROWS[row]


@pytest.mark.skipif(not shutil.which("crane"), reason="crane is not installed")
@pytest.mark.parametrize("row", ROWS)
def test_crane_still_gives_what_the_table_says(command, row):
    done = subprocess.run(["crane", *command(row)], capture_output=True, text=True, check=True)
    assert done.stdout.strip().rpartition("@")[2] == ROWS[row]
