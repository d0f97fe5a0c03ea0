"""What validation finds: everything that is wrong, in one run, and nothing where nothing is."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from peers import images

from pycrane._errors import PlatformNotFoundError
from pycrane._image.content import MemoryContent
from pycrane._image.select import platforms_of, select_image
from pycrane._image.validate import validate
from pycrane._image.view import Index, View, open_view
from pycrane._mutate.convert import convert
from pycrane._mutate.each_image import edit_images
from pycrane._oci import media_types
from pycrane._oci.descriptor import Descriptor
from pycrane._oci.digest import Digest

A, B = images.layer({"a": b"1\n"}), images.layer({"b": b"2\n"})


def view_of(root: images.Image | images.Index, **changed: bytes) -> View:
    """A view of all that is below; `changed` maps what is to be replaced, by hex digest, to other bytes."""
    blobs = {**images.every_blob(root), **{one.digest: one for one in images.every_manifest(root)}}
    held = {
        Digest.parse(digest): changed.get(digest.partition(":")[2], blob.data)
        for digest, blob in blobs.items()
    }
    return open_view(MemoryContent(held), root.data, media_type=root.media_type)


def hex_of(blob: images.Blob) -> str:
    return blob.digest.partition(":")[2]


def gzip_layer(data: bytes, content: bytes) -> images.Layer:
    return images.Layer(images.OCI_LAYER + "+gzip", data, content=content)


@pytest.mark.parametrize(
    "root",
    [
        images.image(A, B),
        images.image(A, A, family="oci"),
        images.image(family="docker"),
        images.image(A, images.layer({"z": b""}, compression="zstd"), images.layer({}, compression="")),
        images.image(images.layer({"x": b""}, compression="zstd", family="docker"), family="docker"),
        images.image(A, algorithm="sha512"),
        images.multi_platform("linux/amd64", "linux/arm64/v8", attested=True),
        images.nested(),
        images.index(),
        images.assemble(images.Blob("application/vnd.oci.empty.v1+json", b"{}"), [images.Layer("a/b", b"?")]),
        images.image(A, extra={"history": None}),
        images.image(A, extra={"history": [{"empty_layer": True}, {}]}),
    ],
    ids=range(12),
)
def test_nothing_is_wrong_with_what_is_well_formed(root):
    assert validate(view_of(root)) == []


@pytest.mark.parametrize(
    ("root", "expected"),
    [
        (
            images.image(A, extra={"rootfs": {"type": "layers", "diff_ids": [B.diff_id]}}),
            [f"layers[0]: layer {A.digest} has the diff id {A.diff_id}, its config says {B.diff_id}"],
        ),
        (
            images.image(A, B, extra={"rootfs": {"type": "layers", "diff_ids": [A.diff_id]}}),
            ["the manifest has 2 layers, config * has 1", "config * has 1 layers, its history tells of 2"],
        ),
        (
            images.image(A, extra={"rootfs": {"diff_ids": [A.diff_id]}}),
            ["config * has a rootfs of type None, expected 'layers'"],
        ),
        (
            images.image(A, extra={"history": [{}, {}]}),
            ["config * has 1 layers, its history tells of 2"],
        ),
        (
            images.image(images.Layer(images.OCI_LAYER, A.data, content=A.content)),
            ["layers[0]: layer * is gzip, its media type * says not compressed"],
        ),
        (
            images.image(gzip_layer(A.content, A.content)),
            ["layers[0]: layer * is not compressed, its media type * says gzip"],
        ),
        (
            images.image(images.layer(images.tar([("a", b"1"), ("./a", b"2"), ("b", b""), ("b", b"")]))),
            ["layers[0]: layer * has 'a' twice, and 1 other paths"],
        ),
        (
            images.image(images.layer(images.tar([("x/../../a", b"1"), ("..", b"2")]))),
            ["layers[0]: layer * has an entry outside of the root: 'x/../../a'"],
        ),
        (
            images.image(gzip_layer(A.data[:-9], A.content)),
            ["layers[0]: layer * is truncated: its gzip data has no end"],
        ),
        (
            images.image(images.layer(A.content[:513])),
            ["layers[0]: layer * is cut short: its tar ends after 513 bytes, *"],
        ),
        (
            images.image(images.layer(b"no tar at all, only text " * 40)),
            ["layers[0]: layer * is not a tar: its first block has a wrong checksum"],
        ),
    ],
    ids=[
        "diff-id",
        "layers",
        "rootfs",
        "history",
        "gzip",
        "plain",
        "twice",
        "outside",
        "cut",
        "cut-tar",
        "no-tar",
    ],
)
def test_what_is_wrong_with_an_image_is_said(root, expected):
    found = validate(view_of(root))
    assert len(found) == len(expected)
    for text, pattern in zip(found, expected, strict=True):
        parts = pattern.split("*")
        assert text.startswith(parts[0])
        assert all(part in text for part in parts)


def test_a_layer_of_other_bytes_than_its_digest_is_told_apart_from_a_shorter_one():
    root = images.image(A, B)
    swapped = A.data[:-1] + bytes([A.data[-1] ^ 1])
    found = validate(view_of(root, **{hex_of(A): swapped, hex_of(B): B.data[:-5]}))
    assert found[0].startswith(f"layers[0]: content of {A.digest} hashes to sha256:")
    assert found[1] == f"layers[1]: {B.digest} ends after {len(B.data) - 5} of {len(B.data)} bytes"


def test_a_config_of_other_bytes_does_not_hide_what_is_wrong_with_the_layers():
    root = images.image(A, B)
    found = validate(view_of(root, **{hex_of(root.config): b"{}", hex_of(B): B.data + b"x"}))
    assert len(found) == 2
    assert root.config.digest in found[0]
    assert found[1] == f"layers[1]: {B.digest} is longer than its {len(B.data)} bytes"


def test_everything_wrong_in_an_index_is_found_in_one_run():
    good, bad = images.image(A), images.image(B, platform="linux/arm64")
    root = images.index(good, bad, images.index(bad))
    found = validate(view_of(root, **{hex_of(B): b"x" * len(B.data), hex_of(good): b"{}"}))
    assert [text.partition(": ")[0] for text in found] == ["manifests[0]", "manifests[1]", "manifests[2]"]
    assert found[2].startswith("manifests[2]: manifests[0]: layers[0]: content of ")


def test_a_blob_is_looked_at_once_for_all_images_that_have_it():
    root = images.index(images.image(A, B), images.image(B, A, platform="linux/arm64"))
    seen = []

    def look(layer, diff_id):
        seen.append(str(layer.digest))
        return ["is strange"] if str(layer.digest) == A.digest else []

    assert validate(view_of(root), look) == [
        "manifests[0]: layers[0]: is strange",
        "manifests[1]: layers[1]: is strange",
    ]
    assert sorted(seen) == sorted([A.digest, B.digest])


@pytest.mark.parametrize(
    ("said", "wrong"),
    [("linux/arm64/v8", False), ("linux/arm64/v9", True), ("linux/s390x", True), ("windows/arm64", True)],
)
def test_the_platform_in_an_index_is_that_of_the_config(said, wrong):
    child = images.image(A, platform="linux/arm64")
    os_name, architecture, *variant = said.split("/")
    child.platform.update(os=os_name, architecture=architecture)
    child.platform.update({"variant": variant[0]} if variant else {})
    found = validate(view_of(images.index(child)))
    assert found == (
        [f"manifests[0]: the index says that it is for {said}, its config says linux/arm64"] if wrong else []
    )


def test_a_child_announced_as_another_type_is_wrong():
    child = images.image(A)
    document = json.loads(images.index(child).data)
    document["manifests"][0]["mediaType"] = images.DOCKER_MANIFEST
    raw = images.encode(document)
    below = view_of(images.index(child)).content
    found = validate(Index(below, raw, Descriptor(media_types.OCI_INDEX, Digest.of(raw), len(raw))))
    assert len(found) == 1
    assert "calls itself" in found[0]


@given(st.binary(max_size=2000))
def test_any_bytes_as_a_layer_give_problems_and_no_crash(data):
    for root in (images.image(gzip_layer(data, data)), images.image(images.layer(data))):
        assert all(problem.startswith("layers[0]") for problem in validate(view_of(root)))


def config_with(**changes: object) -> View:
    """An image whose configuration has these fields, in `config` or, as `created`, at the top."""
    created = changes.pop("created", "2024-01-02T03:04:05.678Z")
    return view_of(images.image(A, extra={"created": created, "config": changes}))


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"User": 1234}, "the User 1234, expected text"),
        ({"Cmd": "sh"}, "the Cmd 'sh', expected a list of words"),
        ({"Env": {"A": "1"}}, "expected a list of NAME=VALUE"),
        ({"Labels": {"a": 1}}, "expected an object of texts"),
        ({"Volumes": ["/data"]}, "expected an object of paths"),
        ({"ExposedPorts": ["80"]}, "expected an object of ports"),
        ({"ExposedPorts": {"http": {}}}, "expected an object of ports"),
        ({"created": "yesterday"}, "was created 'yesterday', expected a time"),
        ({"created": "2024-13-01T00:00:00Z"}, "expected a time"),
    ],
)
def test_a_field_of_a_wrong_type_in_a_configuration_is_found(changes, problem):
    (found,) = validate(config_with(**changes))
    assert problem in found


def test_usual_fields_of_a_configuration_are_fine():
    fields = {
        "User": "1000:1000",
        "Cmd": ["sh"],
        "Entrypoint": None,
        "Env": ["A=1"],
        "ExposedPorts": {"80/tcp": {}, "53/UDP": {}, "8000-9000": {}},
        "Volumes": {"/data": {}},
        "Labels": {"a": ""},
        "Healthcheck": {"Test": ["NONE"]},
    }
    assert validate(config_with(**fields)) == []


def test_a_descriptor_without_a_media_type_is_found():
    image = images.image(A)
    manifest = json.loads(image.data)
    del manifest["layers"][0]["mediaType"]
    held = {Digest.parse(digest): blob.data for digest, blob in images.every_blob(image).items()}
    view = open_view(MemoryContent(held), json.dumps(manifest).encode(), media_type=image.media_type)
    assert "layers[0]: its descriptor has no mediaType" in validate(view)


def test_a_manifest_that_many_indexes_share_is_inspected_once():
    reads: list[Digest] = []

    class Counted(MemoryContent):
        def read_manifest(self, descriptor: Descriptor) -> bytes:
            reads.append(descriptor.digest)
            return super().read_manifest(descriptor)

    held: dict[Digest, bytes] = {}
    data, kind = json.dumps({"schemaVersion": 2, "manifests": []}).encode(), media_types.OCI_INDEX
    for _ in range(9):
        held[Digest.of(data)] = data
        entry = {"mediaType": kind, "digest": str(Digest.of(data)), "size": len(data)}
        data = json.dumps({"schemaVersion": 2, "manifests": [entry] * 10}).encode()
    assert validate(open_view(Counted(held), data, media_type=kind)) == []
    assert len(reads) <= 90


def test_indexes_that_share_others_are_walked_once_by_every_choice_and_change():
    held: dict[Digest, bytes] = {}
    kind = media_types.OCI_INDEX
    data = json.dumps({"schemaVersion": 2, "manifests": []}).encode()
    for _ in range(9):
        held[Digest.of(data)] = data
        entry = {"mediaType": kind, "digest": str(Digest.of(data)), "size": len(data)}
        data = json.dumps({"schemaVersion": 2, "manifests": [entry] * 10}).encode()
    index = open_view(MemoryContent(held), data, media_type=kind)
    assert isinstance(index, Index)
    assert platforms_of(index) == ()
    with pytest.raises(PlatformNotFoundError) as caught:
        select_image(index)
    assert caught.value.hint is None
    assert edit_images(index, lambda image: image).digest == index.digest
    assert convert(index, "docker").media_type == media_types.DOCKER_INDEX
