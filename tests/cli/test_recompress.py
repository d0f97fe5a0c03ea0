"""`--compression` changes how layers are compressed, and nothing that is in them."""

from __future__ import annotations

import json
import tarfile
from io import BytesIO

import pytest
from peers import images
from peers.media import push

TYPES = {
    "oci": {
        name: images.OCI_LAYER + suffix
        for name, suffix in [("gzip", "+gzip"), ("zstd", "+zstd"), ("none", "")]
    },
    "docker": {
        "gzip": images.DOCKER_LAYER + ".gzip",
        "zstd": images.OCI_LAYER + "+zstd",
        "none": images.DOCKER_LAYER,
    },
}
MAGIC = {"gzip": b"\x1f\x8b", "zstd": b"\x28\xb5\x2f\xfd", "none": b"a"}


def layers(family="oci"):
    return [
        images.layer({f"a{number}": b"text\n" * 500}, compression=compression, family=family)
        for number, compression in enumerate(("gzip", "zstd", ""))
    ]


@pytest.fixture
def place(docker_registry, repo):
    def pushed(root, tag="v1"):
        push(docker_registry, repo, root, tag)
        return f"{docker_registry.host}/{repo}:{tag}"

    return pushed


def manifest(pycrane, *words):
    return json.loads(pycrane("manifest", *words).stdout)


def blob(pycrane, name, entry):
    return pycrane("blob", f"{name.rpartition(':')[0]}@{entry['digest']}").stdout


@pytest.mark.parametrize("family", ["oci", "docker"])
@pytest.mark.parametrize("compression", ["gzip", "zstd", "none"])
@pytest.mark.parametrize("verb", ["cp", "mutate"])
def test_all_layers_get_the_compression(pycrane, place, verb, compression, family):
    source = images.image(*layers(family), family=family)
    name = place(source)
    other = name.replace(":v1", ":v2")
    words = ["cp", name, other] if verb == "cp" else ["mutate", name, "-t", other]
    pycrane(*words, "--compression", compression)
    changed = manifest(pycrane, other)
    types = {entry["mediaType"] for entry in changed["layers"]}
    assert types - {one.media_type for one in source.layers} <= {TYPES[family][compression]}
    assert all(blob(pycrane, other, one).startswith(MAGIC[compression]) for one in changed["layers"])
    config = json.loads(pycrane("config", other).stdout)
    assert config["rootfs"]["diff_ids"] == [one.diff_id for one in source.layers]
    assert pycrane("validate", "--remote", other).text == f"PASS: {other}"
    if verb == "cp":
        assert pycrane("config", other).stdout == source.config.data


def test_layers_that_have_the_compression_stay_and_are_not_read(pycrane, docker_registry, place):
    source = images.image(*layers())
    name = place(source)
    pycrane("cp", name, name.replace(":v1", ":v2"), "--compression", "gzip")
    assert [
        one
        for one in docker_registry.requests()
        if source.layers[0].digest in one.path and one.method == "GET"
    ] == []
    kept = manifest(pycrane, name.replace(":v1", ":v2"))["layers"]
    assert [entry["digest"] == one.digest for entry, one in zip(kept, source.layers, strict=True)] == [
        True,
        False,
        False,
    ]


def test_a_level_compresses_all_of_them_anew(pycrane, place):
    data = b"".join(b"line %d is the line after line %d\n" % (n * 7 % 5003, n) for n in range(20000))
    name = place(images.image(images.layer({"a": data})))
    sizes = []
    for level in ("1", "9"):
        other = name.replace(":v1", f":{level}")
        pycrane("cp", name, other, "--compression", "gzip", "--level", level)
        sizes.append(manifest(pycrane, other)["layers"][0]["size"])
    assert sizes[1] < sizes[0]


def test_the_same_bytes_come_out_every_time(pycrane, place):
    name = place(images.image(*layers()))
    answers = [
        pycrane("mutate", name, "--compression", "zstd", "-t", name.replace(":v1", f":{number}")).text
        for number in (1, 2)
    ]
    assert answers[0] == answers[1]


def test_all_images_of_an_index_are_compressed_anew_and_attestations_stay(pycrane, place):
    root = images.multi_platform("linux/amd64", "linux/arm64", attested=True)
    name = place(root)
    pycrane("cp", name, name.replace(":v1", ":v2"), "--compression", "zstd")
    changed = manifest(pycrane, name.replace(":v1", ":v2"))
    assert changed["manifests"][2] == root.manifest["manifests"][2]
    for platform in ("linux/amd64", "linux/arm64"):
        [entry] = manifest(pycrane, "--platform", platform, name.replace(":v1", ":v2"))["layers"]
        assert entry["mediaType"] == TYPES["oci"]["zstd"]
    result = pycrane("validate", "--remote", name.replace(":v1", ":v2"))
    assert result.text.startswith("PASS: ")


def test_all_tags_of_a_repository_can_be_compressed_anew(pycrane, place):
    name = place(images.image(layers()[0]))
    place(images.image(layers()[2]), "v2")
    repository = name.removesuffix(":v1")
    pycrane("cp", "-a", repository, f"{repository}/new", "--compression", "zstd")
    for tag in ("v1", "v2"):
        [entry] = manifest(pycrane, f"{repository}/new:{tag}")["layers"]
        assert entry["mediaType"] == TYPES["oci"]["zstd"]


def test_annotations_that_describe_the_old_bytes_go_and_others_stay(pycrane, place):
    document = images.image(layers()[0]).manifest
    plain = images.image(layers()[0])
    document["layers"][0]["annotations"] = {"containerd.io/snapshot/stargz/toc.digest": "x", "mine": "y"}
    document["layers"][0]["x-mine"] = 1
    name = place(
        images.Image(plain.media_type, images.encode(document), config=plain.config, layers=plain.layers)
    )
    pycrane("mutate", name, "--compression", "zstd")
    [entry] = manifest(pycrane, name)["layers"]
    assert (entry["annotations"], entry["x-mine"]) == ({"mine": "y"}, 1)


def test_a_layer_that_is_not_what_its_config_says_is_not_passed_on(pycrane, place):
    wrong = images.image(layers()[0], extra={"rootfs": {"type": "layers", "diff_ids": [layers()[1].diff_id]}})
    name = place(wrong)
    result = pycrane("cp", name, name.replace(":v1", ":v2"), "--compression", "zstd", check=False)
    assert result.returncode == 1
    assert "its config says" in result.stderr
    assert pycrane("ls", name.removesuffix(":v1")).lines == ["v1"]


@pytest.mark.parametrize("compression", ["gzip", "zstd", "none"])
def test_appended_layers_get_the_compression_and_the_others_stay(pycrane, place, tmp_path, compression):
    base = images.image(*layers())
    name = place(base)
    (tmp_path / "new.tar").write_bytes(images.tar({"a new one": b"1"}))
    pycrane("append", "-b", name, "-t", name, "-f", "new.tar", "--compression", compression)
    *old, new = manifest(pycrane, name)["layers"]
    assert [entry["digest"] for entry in old] == [one.digest for one in base.layers]
    assert new["mediaType"] == TYPES["oci"][compression]
    assert pycrane("validate", "--remote", name).text == f"PASS: {name}"


@pytest.mark.parametrize("verb", ["append", "mutate"])
def test_layers_on_a_windows_base_take_the_form_of_windows(pycrane, place, tmp_path, verb):
    name = place(images.image(platform="windows/amd64"))
    (tmp_path / "new.tar").write_bytes(images.tar({"app.exe": b"1"}))
    words = ["append", "-b", name, "-t", name, "-f"] if verb == "append" else ["mutate", name, "--append"]
    pycrane(*words, "new.tar", "--compression", "none")
    top = manifest(pycrane, name)["layers"][-1]
    with tarfile.open(fileobj=BytesIO(blob(pycrane, name, top))) as tar:
        assert [member.name for member in tar] == ["Files", "Hives", "Files/app.exe"]


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (["--level", "3"], 2, "--level needs --compression"),
        (["--compression", "gzip", "--level", "10"], 1, "compression gzip has no level 10"),
        (["--compression", "none", "--level", "1"], 1, "compression none has no level 1"),
        (["--compression", "lzma"], 2, "'lzma' is not one of 'gzip', 'zstd', 'none'"),
    ],
)
def test_what_there_is_not_is_refused(pycrane, options, code, message):
    for words in (["cp", "127.0.0.1:1/a", "127.0.0.1:1/b"], ["mutate", "127.0.0.1:1/a"]):
        result = pycrane(*words, *options, check=False)
        assert result.returncode == code
        assert message in result.stderr
