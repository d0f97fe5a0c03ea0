"""`rebase` puts an image's own layers onto another base, and keeps all else that is its own."""

from __future__ import annotations

import json

import pytest
from peers import images
from peers.media import push

NAME, DIGEST = "org.opencontainers.image.base.name", "org.opencontainers.image.base.digest"


def layer(name, family="oci", compression="gzip"):
    return images.layer({name: name.encode()}, family=family, compression=compression)


OLD = images.image(layer("old"), extra={"history": [{"created_by": "old"}]})
NEW = images.image(
    layer("new 1"),
    layer("new 2"),
    platform="linux/arm64/v9",
    extra={"history": [{"created_by": "new 1"}, {"created_by": "new 2"}], "os.features": ["x"]},
)
OWN = {"author": "A", "x-mine": [1], "created": "2020-01-01T00:00:00Z"}
APP = images.image(
    layer("old"),
    layer("own"),
    extra={**OWN, "history": [{"created_by": "old"}, {"created_by": "own"}]},
    manifest={"annotations": {"k": "v"}, "x-too": 1},
)


@pytest.fixture
def place(docker_registry, repo):
    def pushed(root, name, tag="v1"):
        push(docker_registry, f"{repo}/{name}", root, tag)
        return f"{docker_registry.host}/{repo}/{name}:{tag}"

    return pushed


@pytest.fixture
def bases(place):
    return ["--old_base", place(OLD, "old"), "--new_base", place(NEW, "new")]


def shown(pycrane, what, *words):
    return json.loads(pycrane(what, *words).stdout)


def layers(pycrane, *words):
    return [entry["digest"] for entry in shown(pycrane, "manifest", *words)["layers"]]


def digests(*some):
    return [one.digest for one in some]


def test_layers_history_and_platform_are_those_of_the_new_base(pycrane, place, bases):
    name = place(APP, "app")
    result = pycrane("rebase", name, *bases)
    assert result.text == f"{name.removesuffix(':v1')}@{pycrane('digest', name).text}"
    assert layers(pycrane, name) == digests(*NEW.layers, APP.layers[1])
    config = shown(pycrane, "config", name)
    assert [entry["created_by"] for entry in config["history"]] == ["new 1", "new 2", "own"]
    assert (config["architecture"], config["variant"], config["os.features"]) == ("arm64", "v9", ["x"])
    assert pycrane("validate", "--remote", name).text == f"PASS: {name}"


def test_what_is_the_images_own_stays(pycrane, place, bases):
    name = place(APP, "app")
    pycrane("rebase", name, *bases)
    config, manifest = shown(pycrane, "config", name), shown(pycrane, "manifest", name)
    assert {key: config[key] for key in OWN} == OWN
    assert (manifest["x-too"], manifest["annotations"]["k"]) == (1, "v")
    assert manifest["mediaType"] == images.OCI_MANIFEST


def test_the_base_is_annotated_so_that_the_next_time_it_need_not_be_named(pycrane, place, bases):
    name = place(APP, "app")
    pycrane("rebase", name, *bases)
    annotations = shown(pycrane, "manifest", name)["annotations"]
    assert (annotations[NAME], annotations[DIGEST]) == (bases[3], NEW.digest)
    newer = images.image(layer("newest"))
    place(newer, "new")
    pycrane("rebase", name)
    assert layers(pycrane, name) == digests(*newer.layers, APP.layers[1])


def test_another_tag_leaves_the_image_alone(pycrane, place, bases):
    name = place(APP, "app")
    other = name.replace(":v1", ":v2")
    pycrane("rebase", name, *bases, "-t", other)
    assert pycrane("digest", name).text == APP.digest
    pycrane("rebase", "--original", name, *bases, "--rebased", other + "b")
    assert pycrane("digest", other + "b").text == pycrane("digest", other).text


def test_no_layer_is_downloaded_or_sent(pycrane, docker_registry, place, bases):
    name = place(APP, "app")
    docker_registry.reset()
    pycrane("rebase", name, *bases)
    seen = docker_registry.requests()
    parts = digests(*NEW.layers, *APP.layers)
    assert [one for one in seen if one.method == "GET" and any(part in one.path for part in parts)] == []
    assert len([one for one in seen if one.method == "PUT"]) == 2
    assert len(seen) <= 19


def test_the_layers_of_a_docker_base_fit_an_oci_image(pycrane, place):
    old, new = layer("old"), images.image(layer("new", "docker"), family="docker")
    name = place(images.image(old, layer("own")), "app")
    pycrane("rebase", name, "--old_base", place(images.image(old), "old"), "--new_base", place(new, "new"))
    types = {entry["mediaType"] for entry in shown(pycrane, "manifest", name)["layers"]}
    assert types == {images.OCI_LAYER + "+gzip"}


def test_a_base_that_was_compressed_anew_is_the_same_base(pycrane, place, bases):
    recompressed = images.image(layer("old", compression="zstd"))
    name = place(APP, "app")
    pycrane("rebase", name, "--old_base", place(recompressed, "zstd"), *bases[2:])
    assert layers(pycrane, name) == digests(*NEW.layers, APP.layers[1])


def test_a_layer_without_history_is_not_lost(pycrane, place, bases):
    name = place(images.image(*APP.layers, extra={"history": None}), "app")
    pycrane("rebase", name, *bases)
    assert layers(pycrane, name) == digests(*NEW.layers, APP.layers[1])
    assert pycrane("validate", "--remote", name).text == f"PASS: {name}"


@pytest.mark.parametrize(
    ("base", "message"),
    [
        (images.image(layer("other")), f"layer 0 is {layer('old').digest}, in the base it is"),
        (images.image(*APP.layers, layer("more")), "it has 2 layers, the base has 3"),
        (images.image(layer("old"), layer("x")), f"layer 1 is {layer('own').digest}, in the base it is"),
    ],
)
def test_an_image_that_is_not_based_on_the_base_is_left_alone(pycrane, place, bases, base, message):
    name = place(APP, "app")
    result = pycrane("rebase", name, "--old_base", place(base, "wrong"), *bases[2:], check=False)
    assert (result.returncode, result.stdout) == (1, b"")
    assert message in result.stderr
    assert pycrane("digest", name).text == APP.digest


def test_bases_that_nobody_names_are_asked_for(pycrane, place, bases):
    name = place(APP, "app")
    assert "name it with --new_base" in pycrane("rebase", name, check=False).stderr
    assert "name it with --old_base" in pycrane("rebase", name, *bases[2:], check=False).stderr


def per_platform(*parts, **extra):
    return [images.image(*parts, platform=platform, **extra) for platform in ("linux/amd64", "linux/arm64")]


def test_every_image_of_an_index_gets_the_base_for_its_platform(pycrane, place):
    amd, arm = layer("new amd"), layer("new arm")
    old = images.index(*per_platform(layer("old")))
    new = images.index(images.image(amd), images.image(arm, platform="linux/arm64"))
    name = place(images.index(*per_platform(layer("old"), layer("own"))), "app")
    new_name = place(new, "new")
    pycrane("rebase", name, "--old_base", place(old, "old"), "--new_base", new_name)
    assert layers(pycrane, "--platform", "linux/amd64", name) == digests(amd, layer("own"))
    assert layers(pycrane, "--platform", "linux/arm64", name) == digests(arm, layer("own"))
    annotations = shown(pycrane, "manifest", "--platform", "linux/arm64", name)["annotations"]
    assert annotations == {NAME: new_name, DIGEST: new.digest}
    assert pycrane("validate", "--remote", name).text == f"PASS: {name}"


def test_a_base_without_one_of_the_platforms_leaves_the_index_alone(pycrane, place):
    root = images.index(*per_platform(layer("old"), layer("own")))
    name, old = place(root, "app"), place(images.index(*per_platform(layer("old"))), "old")
    new = place(images.index(images.image(layer("new"))), "new")
    result = pycrane("rebase", name, "--old_base", old, "--new_base", new, check=False)
    assert result.returncode == 3
    assert "linux/arm64" in result.stderr
    assert pycrane("digest", name).text == root.digest


def test_an_index_is_not_put_onto_a_base_for_one_platform(pycrane, place):
    root = images.index(*per_platform(layer("old"), layer("own")))
    name, old = place(root, "app"), place(images.index(*per_platform(layer("old"))), "old")
    new = place(images.image(layer("new")), "new")
    result = pycrane("rebase", name, "--old_base", old, "--new_base", new, check=False)
    assert result.returncode == 3
    assert "base is for linux/amd64, image is for linux/arm64" in result.stderr
    assert pycrane("digest", name).text == root.digest


def test_what_changes_nothing_is_a_warning(pycrane, place, bases):
    name = place(APP, "app")
    pycrane("rebase", name, *bases)
    assert "rebasing was no-op" in pycrane("rebase", name).stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "exactly one IMAGE"),
        (["app", "--original", "app"], "exactly one IMAGE"),
        (["app", "-t", "x", "--rebased", "y"], "--tag and --rebased do not go together"),
    ],
)
def test_a_command_line_that_makes_no_sense_is_refused(pycrane, words, message):
    result = pycrane("rebase", *words, check=False)
    assert result.returncode == 2
    assert message in result.stderr
