"""Digests and bytes that crane gives for the same command lines, written down from runs of crane.

Each case says what is compared. Inputs are the same bytes everywhere: layers are gzipped without
compression, by hand. The registry is reached through a proxy under a name, because pulled files hold names.
"""

from __future__ import annotations

import hashlib
import json
import struct
import zlib

import pytest
from peers import images
from peers.media import (
    docker_save_files,
    push,
    write_archive,
    write_docker_save,
    write_docker_save_25,
    write_layout,
)
from peers.proxy import ForwardProxy

HOST = "registry.test"
NAME = f"{HOST}/some/app:v1"


def gzipped(content):
    """A gzip file with one stored block (RFC 1952; RFC 1951, 3.2.4)."""
    head = b"\x1f\x8b\x08\0\0\0\0\0\x04\xff"
    block = b"\x01" + struct.pack("<HH", len(content), len(content) ^ 0xFFFF) + content
    return head + block + struct.pack("<II", zlib.crc32(content), len(content))


def layer(files, family="oci"):
    content = images.tar(files)
    media_type = images.OCI_LAYER + "+gzip" if family == "oci" else images.DOCKER_LAYER + ".gzip"
    return images.Layer(media_type, gzipped(content), "sha256", content)


def picture(family, platform="linux/amd64", **more):
    layers = layer({"etc": None, "etc/motd": b"hello\n"}, family), layer({"link": "etc/motd"}, family)
    labels = {"Labels": {"text": "<&> \u2028 é", "a": "1"}, "ExposedPorts": {"80/tcp": {}}, "User": "1"}
    return images.image(*layers, platform=platform, family=family, config=labels, **more)


ONE = layer({"new": b"file\n"})
TWO = layer({"newer": b"file\n", "dir": None})
DOCKER = picture("docker")
OCI = picture("oci", manifest={"annotations": {"z": "<1>", "a": "2"}})
EMPTY_LAYERS = picture(
    "oci",
    extra={
        "created": "2024-01-02T03:04:05.120000000Z",
        "author": "somebody",
        "variant": "v2",
        "history": [
            {"created": "2024-01-02T03:04:05.1200Z", "created_by": "ENV a=b", "empty_layer": True},
            {"created": "2024-01-02T03:04:05+02:00", "comment": "<c>"},
            {"created_by": "no time"},
        ],
    },
)
INDEX = images.index(
    picture("oci"),
    picture("oci", "linux/arm64/v8"),
    picture("docker", "windows/amd64"),
    annotations={picture("oci").digest: {"key": "value"}},
)
BASES = {"docker": DOCKER, "oci": OCI, "history": EMPTY_LAYERS, "index": INDEX}


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def files_of(folder):
    return {
        path.relative_to(folder).as_posix(): sha256(path.read_bytes())
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture
def named(docker_registry):
    """The registry under the name that the expected bytes hold, and the option that allows it."""
    hosts = dict.fromkeys((HOST, f"{HOST}:80", f"{HOST}:443"), docker_registry.host)
    with ForwardProxy(hosts=hosts) as proxy:
        yield {"HTTP_PROXY": proxy.url, "HTTPS_PROXY": proxy.url}


@pytest.fixture
def layer_files(tmp_path):
    (tmp_path / "one.tar.gz").write_bytes(ONE.data)
    (tmp_path / "two.tgz").write_bytes(TWO.data)
    return ["-f", "one.tar.gz", "-f", "two.tgz"]


APPENDED = {
    "to nothing": ([], "b22ed54905552fce3f0bf43f815f1f94df756ae03aa367f2841ff0706775431e"),
    "to nothing, in OCI types": (
        ["--oci-empty-base"],
        "0c9bda6644742719a4ba704bf99effbbb7a02971142ccb15d81eb67254e6264a",
    ),
    "to a Docker image": (
        ["-b", "docker"],
        "280f442fab99f807dcf34dd07ea2f9c9e39dcc5ad1a6ea224b2a0ee7346da148",
    ),
    "to an OCI image with annotations": (
        ["-b", "oci"],
        "d3fa84224873d491db590eb51ad8090460375a0ea38ffa81ca128472c42f2b59",
    ),
    "to an image with fractions of seconds and empty layers": (
        ["-b", "history"],
        "b5c4c27885b8051404487a764492eb55731258e96e36a7cb8e44efb83f7c1534",
    ),
    "to one image of an index": (
        ["-b", "index", "--platform", "linux/arm64"],
        "0cd9f00d51c39dd210e8ebd74e51538f10e2b984c204e788cf5647784ee3527d",
    ),
}


@pytest.mark.parametrize("case", APPENDED)
def test_appended_layers_give_cranes_digest(pycrane, docker_registry, repo, layer_files, case):
    options, expected = APPENDED[case]
    for name, root in BASES.items():
        push(docker_registry, repo, root, name)
    options = [f"{docker_registry.host}/{repo}:{word}" if word in BASES else word for word in options]
    target = f"{docker_registry.host}/{repo}/new"
    done = pycrane("append", *options, *layer_files, "-t", target)
    assert done.text == f"{target}@sha256:{expected}"


def test_an_image_that_records_its_base_has_cranes_digest(pycrane, named, docker_registry, repo, layer_files):
    push(docker_registry, "some/app", OCI, "v1")
    done = pycrane(
        *("append", "--insecure", "-b", NAME, "--set-base-image-annotations", *layer_files),
        *("-t", f"{HOST}/{repo}"),
        env=named,
    )
    assert (
        done.text == f"{HOST}/{repo}@sha256:0e46d0710e3316d30642cd5d6f6fb4105380d03951626aba9bcd7a375a4c4e5b"
    )


def test_the_tarball_of_layers_appended(pycrane, tmp_path, layer_files):
    pycrane("append", *layer_files, "-t", "example.com/app", "-o", "x.tar")
    assert (
        sha256((tmp_path / "x.tar").read_bytes())
        == "cab11b611b3bd9e683e31dcae2e26d8ec2c7ea5053813ae1ac7e42052f45329d"
    )


UNKNOWN = {"x-build": {"z": 1, "a": [1, 2]}, "moby.buildkit.buildinfo.v1": "abc"}


def test_fields_that_crane_drops_are_kept_and_the_rest_is_as_crane_gives_it(
    pycrane, docker_registry, repo, layer_files
):
    target = f"{docker_registry.host}/{repo}"
    results = []
    for name, more in (("known", {}), ("unknown", {"extra": UNKNOWN, "manifest": {"x-field": 3}})):
        push(docker_registry, repo, picture("oci", **more), name)
        pycrane("append", "-b", f"{target}:{name}", *layer_files, "-t", f"{target}:new")
        manifest = json.loads(pycrane("manifest", f"{target}:new").stdout)
        results.append((pycrane("config", f"{target}:new").stdout, manifest.get("x-field")))
    (known, _), (unknown, field) = results
    assert sha256(known) == "ad851b5e95b3334269d7972465cf74e718cf6d847ba729057ad12339037d4b33"
    extended = json.loads(unknown)
    assert {key: extended.pop(key) for key in UNKNOWN} == UNKNOWN
    assert extended == json.loads(known)
    assert field == 3


PULLED = {
    "a tarball of a Docker image": (
        "docker",
        [],
        "003dea79a20492481a955c748372cbe799b4d2d2bd5de8137b50917c3a01837b",
    ),
    "a tarball of an OCI image": (
        "oci",
        [],
        "003dea79a20492481a955c748372cbe799b4d2d2bd5de8137b50917c3a01837b",
    ),
    "a tarball out of an index": (
        "index",
        ["--platform", "windows/amd64"],
        "82252f80c44bbee8627669f7916514332517dca654364eecf4e64b28e73684cb",
    ),
    "a legacy tarball of a Docker image": (
        "docker",
        ["--format", "legacy"],
        "40827dcecb8d1c21d97953b6c632a32cb94cc77bec3f3ba331a6d5d27a8f899d",
    ),
    "a legacy tarball of an image with empty layers": (
        "history",
        ["--format", "legacy"],
        "b643aa7c6b750dbaf72b4d814fcd402923eeb07e26f183f1194bde7f0e700cdd",
    ),
}


@pytest.mark.parametrize("case", PULLED)
def test_a_pulled_tarball_has_cranes_bytes(pycrane, named, docker_registry, tmp_path, case):
    base, options, expected = PULLED[case]
    push(docker_registry, "some/app", BASES[base], "v1")
    pycrane("pull", "--insecure", *options, NAME, "x.tar", env=named)
    assert sha256((tmp_path / "x.tar").read_bytes()) == expected


LAYOUTS = {
    "of a Docker image": (
        DOCKER,
        [],
        DOCKER,
        "5f2a3fdf702f767ac30f376c937bb33ca585d719cbf7668d88fcb145ba6143da",
    ),
    "of an OCI image with its name": (
        OCI,
        ["--annotate-ref"],
        OCI,
        "ea78832abc63cf0f7c78d86c2d02db3c869c72e7a92b4a3c0b95c7d0e988f336",
    ),
    "of an index with its name": (
        INDEX,
        ["--annotate-ref"],
        INDEX,
        "0f351a1e6ce2f4995af5c74d25d650e162215af6274eee24b268310d22214f37",
    ),
    "of one image of an index": (
        INDEX,
        ["--platform", "linux/arm64"],
        INDEX.children[1],
        "400324b71bd8aae387d8526ff2a1ea30ce10ee25b4350101232288a6d53a595d",
    ),
}


@pytest.mark.parametrize("case", LAYOUTS)
def test_a_pulled_layout_has_cranes_files(pycrane, named, docker_registry, tmp_path, case):
    root, options, kept, expected = LAYOUTS[case]
    push(docker_registry, "some/app", root, "v1")
    pycrane("pull", "--insecure", "--format", "oci", *options, NAME, "layout", env=named)
    found = files_of(tmp_path / "layout")
    below = {one.digest for one in (*images.every_blob(kept).values(), *images.every_manifest(kept))}
    assert found.pop("oci-layout") == "b66dbb27a73334db6ac9c030475837bd7f4472d835c72b2360534b203edce6cb"
    assert found.pop("index.json") == expected
    assert found == {f"blobs/{digest.replace(':', '/')}": digest[7:] for digest in below}


def saved(image, path):
    """docker save's old form with layers that are compressed already, as build tools write it."""
    files = docker_save_files(image, tags={image.digest: ["example.com/app:v1"]})
    compressed = {part.content: part.data for part in image.layers}
    return write_archive(path, {name: compressed.get(data, data) for name, data in files.items()})


def saved_25(image, path):
    return write_docker_save_25(path, image, tags={image.digest: ["example.com/app:v1"]})


PUSHED = {
    "a tarball in docker save's old form": (
        saved,
        DOCKER,
        "c5d95836c4e0736ad9aa6f27aa52d77e82ea3421aba99c9ec95af0bd85196492",
    ),
    "a tarball of docker save since 25, a Docker image": (
        saved_25,
        DOCKER,
        "c5d95836c4e0736ad9aa6f27aa52d77e82ea3421aba99c9ec95af0bd85196492",
    ),
    "a tarball of docker save since 25, an OCI image": (
        saved_25,
        OCI,
        "6969c79c19ef46aee8d0a677508c4bcfeb222bf0431f6ee00271b055796e0a01",
    ),
}


@pytest.mark.parametrize("case", PUSHED)
def test_a_pushed_tarball_has_cranes_digest(pycrane, docker_registry, repo, tmp_path, case):
    write, image, expected = PUSHED[case]
    write(image, tmp_path / "x.tar")
    target = f"{docker_registry.host}/{repo}"
    assert pycrane("push", "x.tar", target).text == f"{target}@sha256:{expected}"
    assert pycrane("digest", "--tarball", "x.tar").text == f"sha256:{expected}"
    assert pycrane("digest", "--tarball", "x.tar", "example.com/app:v1").text == f"sha256:{expected}"


PUSHED_BACK = {
    "docker": "c5d95836c4e0736ad9aa6f27aa52d77e82ea3421aba99c9ec95af0bd85196492",
    "oci": "c5d95836c4e0736ad9aa6f27aa52d77e82ea3421aba99c9ec95af0bd85196492",
    "history": "b69d21ec54e16e557b30231ca47b88f86684c3b1e8daadc4cb1ae1c53af5802c",
}


@pytest.mark.parametrize("base", PUSHED_BACK)
def test_a_pulled_tarball_that_is_pushed_back_has_cranes_digest(pycrane, docker_registry, repo, base):
    push(docker_registry, repo, BASES[base], "v1")
    target = f"{docker_registry.host}/{repo}"
    pycrane("pull", f"{target}:v1", "x.tar")
    assert pycrane("push", "x.tar", f"{target}/back").text == f"{target}/back@sha256:{PUSHED_BACK[base]}"


def test_a_config_stays_when_layers_have_to_be_compressed(pycrane, docker_registry, repo, tmp_path):
    write_docker_save(tmp_path / "x.tar", DOCKER)
    pycrane("push", "x.tar", f"{docker_registry.host}/{repo}")
    assert pycrane("config", f"{docker_registry.host}/{repo}").stdout == DOCKER.config.data


INDEXES = {
    "of one image": ((OCI,), "26581e219ed5be98f13886531edf9086eb85fcf61bb1513d649c9baf945494f1"),
    "of an index": ((INDEX,), "a0f5f9356e174593a09fa042244ca63178bdfca9924698d86b0e21450c4a236a"),
    "of two images": ((OCI, DOCKER), "ecf10b68340abb7dc5bc1d2ec90b4d0efb9e71d0aa7f77a93f2db01d6e3576a2"),
}


@pytest.mark.parametrize("case", INDEXES)
def test_a_layout_pushed_as_an_index_has_cranes_digest(pycrane, docker_registry, repo, tmp_path, case):
    roots, expected = INDEXES[case]
    write_layout(tmp_path / "layout", *roots)
    target = f"{docker_registry.host}/{repo}"
    assert pycrane("push", "--index", "layout", target).text == f"{target}@sha256:{expected}"
