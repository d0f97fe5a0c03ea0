"""`index`: manifests listed, appended and filtered, in a registry and in a layout."""

from __future__ import annotations

import json

import pytest
from peers import images
from peers.media import push, write_layout

AMD, ARM = images.image(), images.image(platform="linux/arm64/v8")
S390X = images.image(platform="linux/s390x")
BOTH = images.index(AMD, ARM)


@pytest.fixture
def place(docker_registry, repo):
    """A function that pushes and gives the name; without arguments the name of a new repository."""

    def pushed(root=None, name="from", tag="v1"):
        if root is not None:
            push(docker_registry, f"{repo}/{name}", root, tag)
        return f"{docker_registry.host}/{repo}/{name}:{tag}"

    return pushed


def manifest(pycrane, name):
    return json.loads(pycrane("manifest", name).stdout)


def digests(pycrane, name):
    return [entry["digest"] for entry in manifest(pycrane, name)["manifests"]]


def test_list_has_digest_media_type_and_platform_in_columns(pycrane, place, tmp_path):
    root = images.index(AMD, images.index(ARM), images.attestation(AMD)[0])
    lines = pycrane("index", "list", place(root)).lines
    assert lines[0] == f"{'Digest':<70} {'MediaType':<20} Platform"
    assert lines[1] == f"{AMD.digest} application/vnd.oci.image.manifest.v1+json linux/amd64"
    assert [line.split()[2] for line in lines[1:]] == ["linux/amd64", "-", "unknown/unknown"]
    assert pycrane("index", "list", write_layout(tmp_path / "layout", AMD, ARM)).lines[2].endswith("arm64/v8")


def test_list_wants_an_index(pycrane, place):
    result = pycrane("index", "list", place(AMD), check=False)
    assert result.returncode == 1
    assert "to be an index, found application/vnd.oci.image.manifest.v1+json" in result.stderr


def test_what_is_appended_is_there_with_all_its_blobs(pycrane, place):
    where = place(name="to")
    result = pycrane("index", "append", place(BOTH), "-m", place(S390X, "other"), "-t", where)
    assert result.text == f"{where.removesuffix(':v1')}@{pycrane('digest', where).text}"
    assert digests(pycrane, where) == [AMD.digest, ARM.digest, S390X.digest]
    assert pycrane("validate", "--remote", where).text == f"PASS: {where}"


def test_without_a_tag_the_base_itself_changes(pycrane, place):
    base = place(BOTH)
    pycrane("index", "append", base, place(S390X, "other"))
    assert digests(pycrane, base) == [AMD.digest, ARM.digest, S390X.digest]


def test_a_base_by_digest_is_not_changed_and_the_result_is_named_by_its_own(pycrane, place):
    base = place(BOTH)
    by_digest = base.replace(":v1", f"@{BOTH.digest}")
    result = pycrane("index", "append", by_digest, "-m", place(S390X, "other"))
    assert digests(pycrane, result.text) == [AMD.digest, ARM.digest, S390X.digest]
    assert pycrane("digest", base).text == BOTH.digest


def test_a_manifest_that_is_there_is_not_listed_twice(pycrane, place):
    where = place(name="to")
    base, amd = place(BOTH), place(AMD, "amd")
    pycrane("index", "append", base, "-m", f"{amd},{amd}", "-m", base, "-t", where)
    assert digests(pycrane, where) == [AMD.digest, ARM.digest]


def test_blobs_in_the_same_registry_are_mounted(pycrane, docker_registry, place):
    base, other, where = place(BOTH), place(S390X, "other"), place(name="to")
    docker_registry.reset()
    pycrane("index", "append", base, "-m", other, "-t", where)
    methods = [seen.method for seen in docker_registry.requests()]
    assert "PATCH" not in methods
    assert [seen.method for seen in docker_registry.requests() if "uploads/" in seen.path] == ["POST"] * 6


def test_an_index_as_a_whole_can_be_an_entry(pycrane, place):
    where = place(name="to")
    pycrane("index", "append", "-m", place(BOTH), "--flatten=false", "-t", where)
    assert digests(pycrane, where) == [BOTH.digest]
    assert pycrane("validate", "--remote", where).text == f"PASS: {where}"


def test_a_platform_chooses_among_what_is_appended(pycrane, place):
    where = place(name="to")
    pycrane("index", "append", "-m", place(BOTH), "--platform", "linux/arm64", "-t", where)
    assert digests(pycrane, where) == [ARM.digest]
    entry = manifest(pycrane, where)["manifests"][0]
    assert entry["platform"] == {"architecture": "arm64", "os": "linux", "variant": "v8"}


def test_unknown_fields_of_index_and_entries_stay(pycrane, place):
    root = images.index(AMD, manifest={"x-mine": {"b": 1, "a": [2]}, "subject": S390X.descriptor})
    document = root.manifest
    document["manifests"][0]["x-too"] = "<>"
    root = images.Index(root.media_type, images.encode(document), children=root.children)
    base = place(root)
    for words in (["append", base, "-m", place(ARM, "arm")], ["filter", base, "--platform", "linux/amd64"]):
        pycrane("index", *words)
        changed = manifest(pycrane, base)
        assert (changed["x-mine"], changed["subject"]) == ({"b": 1, "a": [2]}, S390X.descriptor)
        assert changed["manifests"][0]["x-too"] == "<>"


def test_the_index_can_be_annotated(pycrane, place):
    base = place(images.index(AMD, manifest={"annotations": {"z": "1", "k": "old"}}))
    pycrane("index", "append", base, "-m", place(ARM, "arm"), "-a", "k=v=w", "--annotation", "b=")
    assert manifest(pycrane, base)["annotations"] == {"b": "", "k": "v=w", "z": "1"}


def test_a_layout_is_appended_to_where_it_is_and_made_if_it_is_not_there(pycrane, place, tmp_path):
    folder = tmp_path / "new" / "layout"
    result = pycrane("index", "append", folder, "-m", place(BOTH))
    assert result.stdout == b""
    pycrane("index", "append", folder, "-m", place(S390X, "other"), "-m", place(AMD, "amd"))
    listed = json.loads((folder / "index.json").read_text())["manifests"]
    assert [entry["digest"] for entry in listed] == [AMD.digest, ARM.digest, S390X.digest]
    assert listed[2]["platform"] == {"architecture": "s390x", "os": "linux"}
    assert pycrane("validate", "--layout", folder).text == f"PASS: {folder}"


def test_what_begins_with_a_dot_is_a_path(pycrane, place, tmp_path):
    write_layout(tmp_path / "layout", AMD)
    where = place(name="to")
    pycrane("index", "append", "-m", "./layout", "-t", where)
    assert digests(pycrane, where) == [AMD.digest]
    result = pycrane("index", "append", "-m", "./nowhere", "-t", where, check=False)
    assert result.returncode == 3
    assert "there is no file or directory nowhere" in result.stderr


@pytest.mark.parametrize(
    ("platforms", "kept"),
    [
        (["linux/arm64"], [1]),
        (["linux/arm64/v8"], [1]),
        (["linux/amd64,linux/s390x"], [0, 2]),
        (["linux/s390x", "--platform", "linux/amd64"], [0, 2]),
        (["linux"], [0, 1, 2]),
    ],
)
def test_filter_keeps_the_platforms_that_are_named(pycrane, place, platforms, kept):
    children = [AMD, ARM, S390X]
    base = place(images.index(*children))
    pycrane("index", "filter", base, "--platform", *platforms)
    assert digests(pycrane, base) == [children[number].digest for number in kept]


def test_filter_leaves_out_what_has_no_platform_and_attestations(pycrane, place):
    attested, inner = images.multi_platform("linux/amd64", attested=True), images.index(ARM)
    base = place(images.index(*attested.children, inner))
    pycrane("index", "filter", base, "--platform", "linux")
    assert digests(pycrane, base) == [attested.children[0].digest]


def test_nothing_is_pushed_if_nothing_would_be_left(pycrane, docker_registry, place):
    base = place(BOTH)
    docker_registry.reset()
    result = pycrane("index", "filter", base, "--platform", "windows", check=False)
    assert result.returncode == 1
    assert "it has linux/amd64, linux/arm64/v8" in result.stderr
    assert "--allow-empty" in result.stderr
    assert {seen.method for seen in docker_registry.requests()} == {"GET"}
    pycrane("index", "filter", base, "--platform", "windows", "--allow-empty")
    assert manifest(pycrane, base)["manifests"] == []


def test_a_platform_that_is_not_there_is_a_warning(pycrane, place):
    result = pycrane("index", "filter", place(BOTH), "--platform", "linux/amd64,windows")
    assert "is for windows" in result.stderr


def test_a_layout_is_filtered_where_it_is(pycrane, tmp_path):
    folder = write_layout(tmp_path / "layout", AMD, ARM)
    assert pycrane("index", "filter", folder, "--platform", "linux/arm64").stdout == b""
    listed = json.loads((folder / "index.json").read_text())["manifests"]
    assert [entry["digest"] for entry in listed] == [ARM.digest]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["append", "-m", "app"], "at least one of BASE and --tag must be given"),
        (["append", "./layout", "-m", "app", "-t", "x"], "is a layout"),
        (["filter", "app"], "missing option --platform"),
        (["append", "base", "-a", "novalue"], "--annotation takes KEY=VALUE, found 'novalue'"),
    ],
)
def test_a_command_line_that_makes_no_sense_is_refused(pycrane, words, message):
    result = pycrane("index", *words, check=False)
    assert (result.returncode, result.stdout) == (2, b"")
    assert message in result.stderr
