"""`mutate` changes what it is told to change, and nothing else."""

from __future__ import annotations

import json

import pytest
from peers import images
from peers.media import push

LAYER = images.layer({"a": b"1"}, compression="")
CONFIG = {
    "Env": ["PATH=/bin", "X=1"],
    "Entrypoint": ["/run"],
    "Cmd": ["a"],
    "Labels": {"z": "1", "a": "2"},
    "User": "me",
    "WorkingDir": "/w",
    "ExposedPorts": {"80/tcp": {}},
    "StartInterval": 5,
}
IMAGE = images.image(
    LAYER,
    config=CONFIG,
    extra={"moby.buildkit.trace": {"b": 1, "a": "<>"}},
    manifest={"annotations": {"k": "v"}, "x-mine": [1], "subject": images.image().descriptor},
)
INDEX = images.multi_platform("linux/amd64", "linux/arm64/v8", attested=True)


@pytest.fixture
def place(docker_registry, repo):
    def pushed(root, tag="v1"):
        push(docker_registry, repo, root, tag)
        return f"{docker_registry.host}/{repo}:{tag}"

    return pushed


def shown(pycrane, what, *words):
    return json.loads(pycrane(what, *words).stdout)


def settings(pycrane, name):
    return shown(pycrane, "config", name)["config"]


@pytest.mark.parametrize(
    ("options", "key", "expected"),
    [
        (["-l", "n=,a=5"], "Labels", {"a": "5", "n": "", "z": "1"}),
        (["-l", '"n=1,2"'], "Labels", {"a": "2", "n": "1,2", "z": "1"}),
        (["--remove-label", "a,nothing"], "Labels", {"z": "1"}),
        (["--remove-label", "a", "--remove-label", "z"], "Labels", None),
        (["-e", "X=", "-e", "Y=a,b"], "Env", ["PATH=/bin", "X=", "Y=a,b"]),
        (["-e", "Y=1", "-e", "Y=2"], "Env", ["PATH=/bin", "X=1", "Y=2"]),
        (["--remove-env", "PATH"], "Env", ["X=1"]),
        (["--remove-env", "X", "--remove-env", "PATH"], "Env", None),
        (["--entrypoint", "/bin/sh,-c"], "Entrypoint", ["/bin/sh", "-c"]),
        (["--entrypoint", "/bin/sh"], "Cmd", None),
        (["--entrypoint", "x", "--cmd", "y"], "Cmd", ["y"]),
        (["--entrypoint", ""], "Entrypoint", None),
        (["--cmd", ""], "Cmd", None),
        (["--cmd", ""], "Entrypoint", ["/run"]),
        (["-u", ""], "User", None),
        (["-w", ""], "WorkingDir", None),
        (["-u", "0:0"], "User", "0:0"),
        (["--exposed-ports", "443,8/udp"], "ExposedPorts", {"443": {}, "8/udp": {}}),
        (["--exposed-ports", ""], "ExposedPorts", None),
    ],
)
def test_settings_are_replaced_and_taken_away(pycrane, place, options, key, expected):
    name = place(IMAGE)
    pycrane("mutate", name, *options)
    assert settings(pycrane, name).get(key) == expected


def test_annotations_are_replaced_and_taken_away(pycrane, place):
    name = place(IMAGE)
    pycrane("mutate", name, "-a", "n=", "--remove-annotation", "k")
    assert shown(pycrane, "manifest", name)["annotations"] == {"n": ""}
    pycrane("mutate", name, "--remove-annotation", "n")
    assert "annotations" not in shown(pycrane, "manifest", name)


def test_what_pycrane_does_not_know_stays(pycrane, place):
    name = place(IMAGE)
    pycrane("mutate", name, "-l", "a=b")
    config, manifest = shown(pycrane, "config", name), shown(pycrane, "manifest", name)
    assert config["moby.buildkit.trace"] == {"b": 1, "a": "<>"}
    assert config["config"]["StartInterval"] == 5
    assert (manifest["x-mine"], manifest["subject"]) == ([1], images.image().descriptor)


def test_the_result_is_printed_by_digest_and_takes_the_place_of_the_image(pycrane, place):
    name = place(IMAGE)
    result = pycrane("mutate", name, "-l", "a=b")
    assert result.text == f"{name.removesuffix(':v1')}@{pycrane('digest', name).text}"


def test_an_image_by_digest_stays(pycrane, place):
    name = place(IMAGE)
    result = pycrane("mutate", name.replace(":v1", f"@{IMAGE.digest}"), "-l", "a=b")
    assert pycrane("digest", name).text == IMAGE.digest
    assert settings(pycrane, result.text)["Labels"] == {"a": "b", "z": "1"}


def test_another_repository_gets_the_result_by_digest_only(pycrane, place):
    name = place(images.image(LAYER))
    other = name.removesuffix(":v1") + "/other"
    result = pycrane("mutate", name, "-l", "a=b", "--repo", other)
    assert result.text.startswith(f"{other}@sha256:")
    assert pycrane("validate", "--remote", result.text).text == f"PASS: {result.text}"
    assert pycrane("ls", other, check=False).stdout == b""


def test_all_images_of_an_index_are_changed_and_attestations_stay(pycrane, place):
    name = place(INDEX)
    pycrane("mutate", name, "-l", "a=b", "-a", "n=1")
    changed = shown(pycrane, "manifest", name)
    assert changed["annotations"] == {"n": "1"}
    old = INDEX.manifest["manifests"]
    assert [entry.get("platform") for entry in changed["manifests"]] == [entry["platform"] for entry in old]
    assert changed["manifests"][2] == old[2]
    for platform in ("linux/amd64", "linux/arm64"):
        assert shown(pycrane, "config", "--platform", platform, name)["config"]["Labels"] == {"a": "b"}
        assert shown(pycrane, "manifest", "--platform", platform, name)["annotations"] == {"n": "1"}
    assert pycrane("validate", "--remote", name).text == f"PASS: {name}"


def test_one_image_of_an_index_can_be_chosen(pycrane, place):
    name = place(INDEX)
    pycrane("mutate", name, "--platform", "linux/arm64", "-l", "a=b", "-t", name.replace(":v1", ":arm"))
    assert pycrane("digest", name).text == INDEX.digest
    assert shown(pycrane, "config", name.replace(":v1", ":arm"))["architecture"] == "arm64"


def test_the_images_of_an_index_do_not_all_get_one_platform(pycrane, place):
    name = place(INDEX)
    result = pycrane("mutate", name, "--set-platform", "linux/386", check=False)
    assert result.returncode == 1
    assert "would all be for linux/386" in result.stderr
    assert pycrane("digest", name).text == INDEX.digest


@pytest.mark.parametrize(
    ("given", "created"),
    [
        ("2020-01-02T03:04:05.600Z", "2020-01-02T03:04:05.6Z"),
        ("@0", "1970-01-01T00:00:00Z"),
        ("now", "2001-09-09T01:46:40Z"),
    ],
)
def test_the_time_of_creation_can_be_set(pycrane, place, given, created):
    name = place(IMAGE)
    pycrane("mutate", name, "--set-created", given, env={"SOURCE_DATE_EPOCH": "1000000000"})
    assert shown(pycrane, "config", name)["created"] == created


@pytest.mark.parametrize(
    "given", ["yesterday", "@-1", "2020-13-01T00:00:00Z", "2020-01-02", "@9999999999999"]
)
def test_what_is_no_time_is_refused(pycrane, given):
    result = pycrane("mutate", "127.0.0.1:1/app", "--set-created", given, check=False)
    assert result.returncode == 1
    assert "expected" in result.stderr


def test_history_is_an_entry_of_its_own_or_of_the_appended_layers(pycrane, place, tmp_path):
    name = place(IMAGE)
    clock = {"SOURCE_DATE_EPOCH": "1000000000"}
    pycrane("mutate", name, "-l", "a=b", "--history", "a label", env=clock)
    entry = {"created": "2001-09-09T01:46:40Z", "created_by": "a label"}
    assert shown(pycrane, "config", name)["history"][1:] == [{**entry, "empty_layer": True}]
    (tmp_path / "layer.tar.gz").write_bytes(images.layer({"b": b"2"}).data)
    pycrane("mutate", name, "--append", "layer.tar.gz", "--history", "a layer", env=clock)
    assert shown(pycrane, "config", name)["history"][2:] == [{**entry, "created_by": "a layer"}]
    assert pycrane("validate", "--remote", name).text == f"PASS: {name}"


def test_layers_are_put_on_every_image_of_an_index(pycrane, place, tmp_path):
    name, layer = place(INDEX), images.layer({"b": b"2"})
    (tmp_path / "layer.tar.gz").write_bytes(layer.data)
    pycrane("mutate", name, "--append", "layer.tar.gz", "-l", "a=b")
    for platform in ("linux/amd64", "linux/arm64"):
        top = shown(pycrane, "manifest", "--platform", platform, name)["layers"][-1]
        assert top["digest"] == layer.digest
    assert pycrane("validate", "--remote", name).text == f"PASS: {name}"


def test_a_tarball_can_be_written_instead(pycrane, place, tmp_path):
    name = place(IMAGE)
    result = pycrane("mutate", name, "-l", "a=b", "-o", "out.tar")
    assert result.stdout == b""
    assert pycrane("digest", name).text == IMAGE.digest
    assert pycrane("validate", "--tarball", "out.tar").text == "PASS: out.tar"
    refused = pycrane("mutate", place(INDEX, "index"), "-l", "a=b", "-o", "index.tar", check=False)
    assert refused.returncode == 1
    assert "holds single images" in refused.stderr
    assert not (tmp_path / "index.tar").exists()


def test_an_artifact_can_be_annotated_and_has_no_settings(pycrane, place):
    config = images.Blob("application/vnd.oci.empty.v1+json", b"{ }")
    name = place(images.assemble(config, [images.Layer("a/b", b"?")]))
    pycrane("mutate", name, "-a", "a=b")
    manifest = shown(pycrane, "manifest", name)
    assert (manifest["annotations"], manifest["config"]) == ({"a": "b"}, config.descriptor)
    result = pycrane("mutate", name, "-l", "a=b", check=False)
    assert result.returncode == 1
    assert "is an artifact" in result.stderr


def test_mutate_takes_no_more_requests_than_the_protocol_needs(pycrane, docker_registry, place):
    name = place(images.image(LAYER))
    docker_registry.reset()
    pycrane("mutate", name, "-l", "n=1")
    seen = [(one.method, one.path.rsplit("/", 2)[-2]) for one in docker_registry.requests()]
    read = [("GET", "manifests"), ("GET", "blobs")]
    looked = [("HEAD", "manifests"), ("HEAD", "blobs"), ("HEAD", "blobs")]
    assert sorted(seen[:5]) == sorted([*read, *looked])
    assert [method for method, _ in seen[5:]] in (["POST", "PUT", "PUT"], ["POST", "PATCH", "PUT", "PUT"])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["-l", "novalue"], "--label takes KEY=VALUE, found 'novalue'"),
        (["-e", "novalue"], "--env takes KEY=VALUE, found 'novalue'"),
        (["-a", "=x"], "--annotation takes KEY=VALUE, found '=x'"),
        (["--repo", "a/b", "-t", "c/d"], "--repo and --tag do not go together"),
    ],
)
def test_a_command_line_that_makes_no_sense_is_refused(pycrane, options, message):
    result = pycrane("mutate", "127.0.0.1:1/app", *options, check=False)
    assert (result.returncode, result.stdout) == (2, b"")
    assert message in result.stderr


def test_all_is_no_platform_to_set(pycrane):
    result = pycrane("mutate", "127.0.0.1:1/app", "--set-platform", "all", check=False)
    assert result.returncode == 2
    assert "'all' is not a platform" in result.stderr
