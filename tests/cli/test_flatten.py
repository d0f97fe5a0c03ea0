"""`flatten` makes one layer of all, with the files that a container sees, and keeps all else."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from pathlib import Path

import pytest
from peers import images, media

LAYERS = [
    images.layer({"a": b"old", "d": None, "d/b": b"1"}, compression="gzip"),
    images.layer({"a": b"new", "d/.wh.b": b"", "c": b"3"}, compression=""),
]
FILES = {"a": b"new", "c": b"3", "d": None}
STEPS = [{"created_by": "RUN <x>"}, {"created_by": "ENV", "empty_layer": True}, {"comment": "é"}]
IMAGE = images.image(
    *LAYERS,
    config={"Labels": {"a": "1"}},
    extra={"history": STEPS, "author": "me", "x-mine": {"b": 1}},
    manifest={"annotations": {"k": "v"}, "x-too": [1], "subject": images.image().descriptor},
)
INDEX = images.multi_platform("linux/amd64", "linux/arm64/v8", attested=True)
EPOCH = {"SOURCE_DATE_EPOCH": "1700000000"}
THEN = "2023-11-14T22:13:20Z"


@pytest.fixture
def place(docker_registry, repo):
    def pushed(root):
        media.push(docker_registry, repo, root, "v1")
        return f"{docker_registry.host}/{repo}:v1"

    return pushed


def shown(pycrane, what, *words):
    return json.loads(pycrane(what, *words).stdout)


def layer(pycrane, name, *words):
    """The descriptor of the only layer, and the bytes."""
    (entry,) = shown(pycrane, "manifest", name, *words)["layers"]
    repository = name.partition("@")[0].removesuffix(":v1")
    return entry, pycrane("blob", f"{repository}@{entry['digest']}").stdout


def files(tar):
    with tarfile.open(fileobj=io.BytesIO(tar)) as archive:
        return {
            member.name: archive.extractfile(member).read() if member.isfile() else None for member in archive
        }


def test_one_layer_holds_the_files_that_a_container_sees(pycrane, place):
    name = place(IMAGE)
    pycrane("flatten", name)
    entry, data = layer(pycrane, name)
    assert files(gzip.decompress(data)) == FILES
    assert gzip.decompress(data) == pycrane("export", name).stdout
    assert entry == {"mediaType": f"{images.OCI_LAYER}+gzip", "size": len(data), "digest": entry["digest"]}
    assert shown(pycrane, "config", name)["rootfs"] == {
        "type": "layers",
        "diff_ids": [images.digest_of(gzip.decompress(data))],
    }


def test_the_history_is_one_entry_that_holds_the_old_one(pycrane, place):
    name = place(IMAGE)
    pycrane("flatten", name, env=EPOCH)
    config = shown(pycrane, "config", name)
    (entry,) = config["history"]
    assert (config["created"], entry["created"]) == (THEN, THEN)
    assert entry["created_by"] == f"pycrane flatten {IMAGE.digest}"
    assert json.loads(entry["comment"]) == STEPS


def test_everything_else_is_kept(pycrane, place):
    name = place(IMAGE)
    pycrane("flatten", name)
    own = json.loads(IMAGE.config.data)
    config, manifest = shown(pycrane, "config", name), shown(pycrane, "manifest", name)
    changing = {"created", "history", "rootfs"}
    assert {key: config[key] for key in config if key not in changing} == {
        key: own[key] for key in own if key not in changing
    }
    assert [manifest[key] for key in ("annotations", "x-too", "subject", "mediaType")] == [
        IMAGE.manifest[key] for key in ("annotations", "x-too", "subject", "mediaType")
    ]
    assert manifest["config"]["mediaType"] == images.OCI_CONFIG


@pytest.mark.parametrize(
    ("family", "compression", "expected"),
    [
        ("oci", "none", images.OCI_LAYER),
        ("oci", "zstd", f"{images.OCI_LAYER}+zstd"),
        ("docker", "gzip", f"{images.DOCKER_LAYER}.gzip"),
        ("docker", "none", images.DOCKER_LAYER),
    ],
)
def test_media_types_are_those_of_the_image(pycrane, place, family, compression, expected):
    image = images.image(*(images.layer(one.content, family=family) for one in LAYERS), family=family)
    name = place(image)
    pycrane("flatten", name, "--compression", compression)
    manifest = shown(pycrane, "manifest", name)
    assert [entry["mediaType"] for entry in manifest["layers"]] == [expected]
    assert (manifest["mediaType"], manifest["config"]["mediaType"]) == (
        image.media_type,
        image.config.media_type,
    )
    assert pycrane("validate", "--remote", name).text == f"PASS: {name}"
    assert files(pycrane("export", name).stdout) == FILES


def test_the_level_changes_the_size_and_not_the_files(pycrane, place):
    name = place(images.image(images.layer({"text": Path(tarfile.__file__).read_bytes()})))
    fast = pycrane("flatten", name, "--level", "1", "-t", f"{name}-fast").text
    small = pycrane("flatten", name, "--level", "9", "-t", f"{name}-small").text
    (one, fast_data), (other, small_data) = layer(pycrane, fast), layer(pycrane, small)
    assert other["size"] < one["size"]
    assert gzip.decompress(fast_data) == gzip.decompress(small_data)


@pytest.mark.parametrize(
    "options",
    [
        ["--level", "10"],
        ["--compression", "zstd", "--level", "23"],
        ["--compression", "none", "--level", "1"],
    ],
)
def test_a_level_that_there_is_not_is_refused(pycrane, place, options):
    name = place(IMAGE)
    result = pycrane("flatten", name, *options, check=False)
    assert (result.returncode, "no level" in result.stderr) == (1, True)
    assert pycrane("digest", name).text == IMAGE.digest


def test_two_runs_at_one_time_give_the_same_digest(pycrane, place):
    name = place(INDEX)
    digests = {pycrane("flatten", name, "-t", f"{name}-{run}", env=EPOCH).text for run in "ab"}
    assert len(digests) == 1


def test_the_result_is_printed_by_digest_and_takes_the_place_of_the_image(pycrane, place):
    name = place(IMAGE)
    result = pycrane("flatten", name)
    assert result.text == f"{name.removesuffix(':v1')}@{pycrane('digest', name).text}"
    assert pycrane("digest", name).text != IMAGE.digest


def test_an_image_by_digest_stays(pycrane, place):
    name = place(IMAGE)
    result = pycrane("flatten", name.replace(":v1", f"@{IMAGE.digest}"))
    assert pycrane("digest", name).text == IMAGE.digest
    assert files(pycrane("export", result.text).stdout) == FILES


def test_a_tag_in_another_repository_gets_the_result(pycrane, place):
    name = place(IMAGE)
    other = f"{name.removesuffix(':v1')}/other:flat"
    result = pycrane("flatten", name.replace(":v1", f"@{IMAGE.digest}"), "-t", other)
    assert result.text == f"{other.removesuffix(':flat')}@{pycrane('digest', other).text}"
    assert pycrane("validate", "--remote", other).text == f"PASS: {other}"
    assert pycrane("digest", name).text == IMAGE.digest


def test_all_images_of_an_index_are_flattened_and_its_attestations_left_out(pycrane, place):
    name = place(INDEX)
    result = pycrane("flatten", name)
    assert "attestation" in result.stderr
    manifests = shown(pycrane, "manifest", name)["manifests"]
    assert [entry["platform"] for entry in manifests] == [
        {"architecture": "amd64", "os": "linux"},
        {"architecture": "arm64", "os": "linux", "variant": "v8"},
    ]
    for entry, child in zip(manifests, INDEX.children, strict=False):
        (step,) = shown(pycrane, "config", f"{name.removesuffix(':v1')}@{entry['digest']}")["history"]
        assert step["created_by"] == f"pycrane flatten {child.digest}"
    assert pycrane("validate", "--remote", name).text == f"PASS: {name}"


def test_indexes_within_are_flattened_too(pycrane, place):
    child, noted = images.attestation(IMAGE)
    inner = images.index(images.image(platform="linux/s390x"), child, annotations={child.digest: noted})
    name = place(images.index(inner, IMAGE, manifest={"annotations": {"k": "v"}}))
    pycrane("flatten", name)
    top = shown(pycrane, "manifest", name)
    assert top["annotations"] == {"k": "v"}
    below = shown(pycrane, "manifest", f"{name.removesuffix(':v1')}@{top['manifests'][0]['digest']}")
    assert [entry["platform"]["architecture"] for entry in below["manifests"]] == ["s390x"]
    assert pycrane("validate", "--remote", name).text == f"PASS: {name}"


def test_a_platform_chooses_one_image(pycrane, place):
    name = place(INDEX)
    pycrane("flatten", name, "--platform", "linux/arm64", "-t", f"{name}-arm")
    assert shown(pycrane, "config", f"{name}-arm")["variant"] == "v8"
    assert len(shown(pycrane, "manifest", f"{name}-arm")["layers"]) == 1


def test_an_artifact_is_refused_and_in_an_index_kept(pycrane, place):
    thing = images.assemble(
        images.Blob("application/vnd.oci.empty.v1+json", b"{}"), [images.Layer("a/b", b"?")]
    )
    name = place(thing)
    result = pycrane("flatten", name, check=False)
    assert (result.returncode, "artifact" in result.stderr) == (1, True)
    assert pycrane("digest", name).text == thing.digest
    name = place(images.index(IMAGE, thing))
    pycrane("flatten", name)
    assert shown(pycrane, "manifest", name)["manifests"][1]["digest"] == thing.digest


def test_a_broken_layer_leaves_the_tag_as_it_was(pycrane, place):
    broken = images.layer(LAYERS[0].content[:514], compression="gzip")
    name = place(images.image(LAYERS[1], broken))
    before = pycrane("digest", name).text
    result = pycrane("flatten", name, check=False)
    assert (result.returncode, result.stdout, pycrane("digest", name).text) == (1, b"", before)


def test_skopeo_and_umoci_take_it(pycrane, place, skopeo, umoci, tmp_path):
    name = place(IMAGE)
    pycrane("flatten", name)
    skopeo("copy", "--src-tls-verify=false", f"docker://{name}", "oci:layout:v1")
    umoci("raw", "unpack", "--rootless", "--image", "layout:v1", "unpacked")
    unpacked = tmp_path / "unpacked"
    assert {
        str(path.relative_to(unpacked)): path.read_bytes() if path.is_file() else None
        for path in unpacked.rglob("*")
    } == FILES
