"""Whoever gives something else than is asked for gets a TypeError or an error of ours, wherever it is."""

from __future__ import annotations

import inspect
import math
from pathlib import Path

import pytest

import pycrane

IMAGE = pycrane.random_image(1)
INDEX = pycrane.random_index(1)
LAYER = pycrane.static_layer(b"")
EMPTY, BYTES = [], b"\xff"
WRONG = [
    None,
    0,
    1.5,
    BYTES,
    EMPTY,
    [1],
    {"a": 1},
    object(),
    Path("nowhere"),
    "",
    "a b",
    "x",
    IMAGE,
    INDEX,
    int,
]
CALLS = {
    pycrane.annotate: (IMAGE, {"a": "b"}),
    pycrane.append_entries: (INDEX, [IMAGE]),
    pycrane.append_layers: (INDEX, [LAYER]),
    pycrane.edit_config: (INDEX, pycrane.ConfigEdit(user="a")),
    pycrane.edit_images: (INDEX, lambda image: image),
    pycrane.filter_entries: (INDEX, [pycrane.Platform("linux", "arm64")]),
    pycrane.flatten_image: (INDEX,),
    pycrane.open_path: (Path("nowhere"),),
    pycrane.open_view: (IMAGE.content, IMAGE.raw_manifest),
    pycrane.parse_manifest: (IMAGE.raw_manifest,),
    pycrane.parse_reference: ("a",),
    pycrane.parse_repository: ("a",),
    pycrane.parse_schema1: (b"{}",),
    pycrane.random_image: (1,),
    pycrane.rebase_image: (IMAGE, IMAGE, IMAGE),
    pycrane.recompress_layers: (IMAGE, "gzip"),
    pycrane.select_image: (INDEX,),
    pycrane.select_index: (INDEX, [pycrane.Platform("linux", "arm64")]),
    pycrane.set_config: (IMAGE, IMAGE.config_file),
    pycrane.set_subject: (IMAGE, IMAGE.descriptor),
    pycrane.set_time: (IMAGE, "@0"),
    pycrane.static_layer: (b"",),
    pycrane.Client: (),
    pycrane.Daemon: (),
    pycrane.HelperKeychain: ("pass",),
    pycrane.ClientOptions: (),
    pycrane.Layer: (IMAGE.content, IMAGE.descriptor),
    pycrane.Image: (IMAGE.content, IMAGE.raw_manifest, IMAGE.descriptor),
    pycrane.Index: (INDEX.content, INDEX.raw_manifest, INDEX.descriptor),
    pycrane.Digest.parse: ("a:b",),
    pycrane.Platform.parse: ("linux/arm64",),
    pycrane.Platform.parse_pattern: ("linux",),
    IMAGE.layer_by_digest: (IMAGE.digest,),
    IMAGE.layer_by_diff_id: (IMAGE.digest,),
    INDEX.child: (IMAGE.descriptor,),
    INDEX.image: (IMAGE.digest,),
}
VIEWS = (IMAGE, INDEX)
RIGHT = {
    pycrane.annotate: (VIEWS, ()),
    pycrane.append_entries: ((INDEX,), (EMPTY, "")),
    pycrane.append_layers: (VIEWS, (EMPTY, "")),
    pycrane.edit_config: (VIEWS, ()),
    pycrane.edit_images: (VIEWS, ()),
    pycrane.filter_entries: ((INDEX,), (EMPTY, "")),
    pycrane.flatten_image: (VIEWS,),
    pycrane.open_view: (WRONG, ()),
    pycrane.parse_reference: (("x",),),
    pycrane.parse_repository: (("x",),),
    pycrane.random_image: ((None, 0, 1.5, BYTES, "", "a b", "x"),),
    pycrane.rebase_image: ((IMAGE,), (IMAGE,), VIEWS),
    pycrane.recompress_layers: (VIEWS, ()),
    pycrane.select_image: (VIEWS,),
    pycrane.select_index: ((INDEX,), (EMPTY, "")),
    pycrane.set_config: ((IMAGE,), ()),
    pycrane.set_subject: (VIEWS, (None,)),
    pycrane.set_time: (VIEWS, ()),
    pycrane.static_layer: ((BYTES,),),
    pycrane.HelperKeychain: (("", "a b", "x"),),
    pycrane.Layer: (WRONG, ()),
    pycrane.Image: (WRONG, (BYTES,), ()),
    pycrane.Index: (WRONG, (BYTES,), ()),
    pycrane.Platform.parse_pattern: (("x",),),
}
"""Values among the wrong ones that a call takes, by place. Content is any object with three methods."""
NAMES_ONLY = {"copy", "delete", "edit_file", "garbage", "list_tags", "push_all", "tag", "walk"}


def accepted(call, *given):
    """Whether a call gives a result that can be read. It raises only our errors, TypeError and ValueError."""
    try:
        result = call(*given)
        if isinstance(result, pycrane.Image | pycrane.Index):
            _ = result.digest
    except (pycrane.PycraneError, TypeError, ValueError):
        return False
    return True


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.__qualname__)
def test_a_wrong_value_is_refused_and_a_right_one_is_taken(call):
    given = CALLS[call]
    for place in range(len(given)):
        taken = [each for each in WRONG if accepted(call, *given[:place], each, *given[place + 1 :])]
        right = RIGHT[call][place] if call in RIGHT else ()
        assert taken == [each for each in WRONG if any(each is one for one in right)], place


@pytest.mark.parametrize("method", sorted(NAMES_ONLY))
def test_what_is_no_name_is_told_as_such(method):
    with pycrane.Client() as client:
        verb = getattr(client, method)
        needed = [each for each in inspect.signature(verb).parameters.values() if each.default is each.empty]
        for wrong in (None, 5, b"a", [1], object()):
            with pytest.raises((TypeError, pycrane.ArchiveError)):
                verb(*[wrong for _ in needed])


@pytest.mark.parametrize(
    "method",
    [
        "contents",
        "digest_and_subject",
        "delete_manifest",
        "delete_tag_by_placeholder",
        "find_manifest",
        "get_manifest",
        "head_manifest",
        "manifest",
        "open",
        "sink",
        "tags",
        "token",
    ],
)
def test_a_registry_client_takes_names_alone(method):
    with pycrane.RegistryClient() as client:
        for wrong in (None, 5, b"a", [1], object()):
            with pytest.raises(TypeError, match="expected"):
                getattr(client, method)(wrong)


def test_a_misuse_says_what_was_expected():
    with pytest.raises(TypeError, match=r"^a view is given as str, expected Image or Index$"):
        pycrane.append_layers("alpine", [LAYER])
    with pytest.raises(TypeError, match=r"^a subject is given as int, expected Descriptor or None$"):
        pycrane.set_subject(IMAGE, 5)


def test_compressions_are_texts_too():
    assert pycrane.flatten_image(IMAGE, compression="zstd").layers[0].media_type.endswith("+zstd")
    assert pycrane.recompress_layers(IMAGE, "gzip").digest == IMAGE.digest
    with pytest.raises(pycrane.UnsupportedError, match="'lzma' is not a compression of layers"):
        pycrane.recompress_layers(IMAGE, "lzma")


def test_a_digest_may_be_its_text(docker_registry, repo):
    name = f"{docker_registry.host}/{repo}"
    entry = INDEX.index_manifest.manifests[0]
    assert INDEX.image(str(entry.digest)).digest == entry.digest
    layer = IMAGE.layers[0]
    assert IMAGE.layer_by_digest(str(layer.digest)) is layer
    assert IMAGE.layer_by_diff_id(str(layer.diff_id)) is layer
    with pycrane.Client() as client:
        client.push(IMAGE, f"{name}:1")
        direct = client.registry
        assert direct.has_blob(name, str(layer.digest))
        assert direct.read_blob(name, str(IMAGE.config_name)) == IMAGE.raw_config_file
        assert list(direct.tags_of_digest(name, str(IMAGE.digest))) == ["1"]
        assert list(direct.referrers(name, str(IMAGE.digest))) == []
        with direct.session.request("GET", name, "tags/list") as answer:
            assert answer.json(1000, "the tags")["tags"] == ["1"]


def test_a_wait_may_be_without_end(docker_registry, repo):
    forever = pycrane.Limits(connect_timeout=math.inf, read_timeout=math.inf, upload_timeout=math.inf)
    with pycrane.Client(options=pycrane.ClientOptions(limits=forever)) as client:
        assert client.push(IMAGE, f"{docker_registry.host}/{repo}:1").digest == IMAGE.digest


def test_what_a_closed_client_held_says_that_it_is_closed(tmp_path):
    pycrane.save(IMAGE, tmp_path / "image.tar")
    (tmp_path / "layer.tar").write_bytes(IMAGE.layers[0].uncompressed().read())
    with pycrane.Client() as client:
        image = client.image(tmp_path / "image.tar")
        layer = client.layer(tmp_path / "layer.tar")
    with pytest.raises(pycrane.ArchiveError, match=r"image\.tar is closed"):
        image.layers[0].compressed()
    with pytest.raises(pycrane.LayerError, match="is closed"):
        layer.compressed()


def test_a_broken_medium_of_the_callers_own_is_not_taken_for_a_broken_view():
    class Broken:
        def origin(self, descriptor):
            return None

        def read_manifest(self, descriptor):
            raise AttributeError("mine")

        open_blob = read_manifest

    view = pycrane.flatten_image(pycrane.Image(Broken(), IMAGE.raw_manifest, IMAGE.descriptor))
    with pytest.raises(RuntimeError, match="mine"):
        _ = view.digest


def test_streams_that_are_given_out_are_context_managers():
    with pycrane.Client() as client, client.exported(IMAGE) as stream:
        assert stream.read()


def test_errors_below_a_name_know_the_name(docker_registry, repo):
    name = f"{docker_registry.host}/{repo}:1"
    with pycrane.Client() as client:
        client.push(INDEX, name)
        for verb in (client.config, client.digest, client.image, client.manifest, client.exported):
            with pytest.raises(pycrane.PlatformNotFoundError) as caught:
                verb(name, "windows/amd64")
            assert caught.value.reference == name


@pytest.mark.parametrize(
    "limits", [{"config_file": 10**30}, {"layers": -1}, {"backoff": -0.1}, {"read_timeout": math.nan}]
)
def test_limits_that_bound_nothing_are_refused(limits):
    with pytest.raises(pycrane.MalformedError, match=f"limit {next(iter(limits))} is .*, expected 0 to"):
        pycrane.Limits(**limits)


@pytest.mark.parametrize("limits", [{"config_file": 1.5}, {"layers": "1"}, {"backoff": None}])
def test_limits_are_numbers(limits):
    with pytest.raises(TypeError, match=f"limit {next(iter(limits))} is given as"):
        pycrane.Limits(**limits)
