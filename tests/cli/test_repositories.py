"""`ls`, `cp -r` and `gc` on whole repositories: of a registry that tells as Google's do, and of another."""

from __future__ import annotations

import json

import pytest
from peers import images
from peers.google import Google
from peers.media import push

ONE, TWO, THREE = (images.image(images.layer({name: b""}, compression="")) for name in "123")
ARM = images.image(platform="linux/arm64/v8")
BOTH = images.index(ONE, ARM)
SIGNATURE = images.assemble(
    images.Blob("application/vnd.oci.empty.v1+json", b"{}"),
    [images.Layer("a/b", b"?")],
    manifest={"subject": BOTH.descriptor},
)


@pytest.fixture
def google(docker_registry, repo):
    with Google(docker_registry, repo) as front:
        yield front


@pytest.fixture
def tree(google):
    """A repository with tags, an untagged manifest, and two levels below; its name."""
    google.push("", TWO, "v1.9", "v1.10", "latest")
    google.push("", THREE)
    google.push("app", BOTH, "1.0")
    google.push("app/deep", ONE, "x")
    return f"{google.host}/{google.prefix}"


@pytest.fixture
def plain(docker_registry, repo):
    """A repository of another registry with tags and one below; its name."""
    push(docker_registry, repo, ONE, "v1.10", "v1.9", "v1.9-rc1", "v2.0", "latest", "sha256-abc")
    push(docker_registry, f"{repo}/below", TWO, "1")
    return f"{docker_registry.host}/{repo}"


def tags(pycrane, *words):
    return pycrane("ls", *words).lines


def test_tags_sort_as_people_count(pycrane, plain):
    assert tags(pycrane, "--sort", "version", "-O", plain) == ["latest", "v1.9-rc1", "v1.9", "v1.10", "v2.0"]
    assert tags(pycrane, "--sort", "name", "-O", plain) == ["latest", "v1.10", "v1.9", "v1.9-rc1", "v2.0"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--filter", "v1.*"], {"v1.10", "v1.9", "v1.9-rc1"}),
        (["--tag-regex", "^v[12].*0$"], {"v1.10", "v2.0"}),
        (["--semver", "^1"], {"v1.10", "v1.9"}),
        (["--semver", "^1.9.0-0"], {"v1.10", "v1.9", "v1.9-rc1"}),
        (["--newest", "2"], {"v1.10", "v2.0"}),
        (["--filter", "v1*", "--newest", "1"], {"v1.10"}),
        (["--filter", "nothing"], set()),
    ],
)
def test_tags_are_chosen_by_ls_and_by_cp(pycrane, plain, words, expected):
    assert set(tags(pycrane, *words, plain)) == expected
    copied = f"{plain}/copied"
    pycrane("cp", "-a", *words, plain, copied)
    there = pycrane("ls", copied, check=bool(expected)).lines
    assert set(there) == expected


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--tag-regex", "("], "is not a valid regular expression"),
        (["--semver", "one"], "is not a range of versions"),
        (["--newest", "0"], "--newest"),
        (["--sort", "size"], "--sort"),
    ],
)
def test_a_wrong_wish_for_tags_is_refused(pycrane, plain, words, why):
    result = pycrane("ls", *words, plain, check=False)
    assert result.returncode in {1, 2}
    assert why in result.stderr


def test_cp_of_one_image_has_no_tags_to_choose(pycrane, plain):
    result = pycrane("cp", "--semver", "*", plain, f"{plain}/copied", check=False)
    assert result.returncode == 2
    assert "--all-tags" in result.stderr


def test_all_below_is_listed_by_digest_and_tag(pycrane, tree):
    lines = tags(pycrane, "-r", tree)
    assert lines == tags(pycrane, "-r", tree)
    assert set(lines) == {
        f"{tree}@{TWO.digest}",
        f"{tree}:v1.9",
        f"{tree}:v1.10",
        f"{tree}:latest",
        f"{tree}@{THREE.digest}",
        f"{tree}/app@{BOTH.digest}",
        f"{tree}/app:1.0",
        f"{tree}/app@{ONE.digest}",
        f"{tree}/app@{ARM.digest}",
        f"{tree}/app/deep@{ONE.digest}",
        f"{tree}/app/deep:x",
    }


def test_sizes_times_and_children_are_in_columns(pycrane, tree):
    lines = tags(pycrane, "--long", "--sort", "version", tree)
    assert lines[0] == f"{tree}/app"
    tagged = next(line for line in lines if TWO.digest in line)
    assert tagged.split() == [
        f"{tree}@{TWO.digest}",
        str(len(TWO.data)),
        "2020-02-01T00:00:00Z",
        "2020-01-01T00:00:00Z",
        "latest,v1.9,v1.10",
    ]
    assert next(line for line in lines if THREE.digest in line).endswith(" -")


def test_json_has_all_that_is_told(pycrane, tree):
    documents = [json.loads(line) for line in tags(pycrane, "-r", "--json", tree)]
    path = tree.partition("/")[2]
    assert [each["name"] for each in documents] == [path, f"{path}/app", f"{path}/app/deep"]
    assert documents[0]["child"] == ["app"]
    assert documents[0]["tags"] == ["v1.9", "v1.10", "latest"]
    assert documents[0]["manifest"][TWO.digest] == {
        "imageSizeBytes": str(len(TWO.data)),
        "mediaType": TWO.media_type,
        "timeCreatedMs": "1577836800000",
        "timeUploadedMs": "1580515200123",
        "tag": ["v1.9", "v1.10", "latest"],
        "layerId": "",
    }


def test_chosen_tags_leave_out_manifests_without_them(pycrane, tree):
    lines = tags(pycrane, "-r", "--semver", "^1.10", tree)
    assert lines == [f"{tree}@{TWO.digest}", f"{tree}:v1.10"]


def test_elsewhere_the_list_of_all_repositories_tells_what_is_below(pycrane, plain):
    lines = tags(pycrane, "-r", plain)
    assert lines[-1] == f"{plain}/below:1"
    assert set(lines[:-1]) == {f"{plain}:{tag}" for tag in tags(pycrane, plain)}
    assert json.loads(tags(pycrane, "--json", f"{plain}/below")[0]) == {
        "child": None,
        "manifest": None,
        "name": f"{plain}/below".partition("/")[2],
        "tags": ["1"],
    }
    assert tags(pycrane, "--long", f"{plain}/below") == [f"{plain}/below:1 - - - 1"]


def test_a_repository_that_has_only_others_below_is_walked_too(pycrane, docker_registry, repo):
    push(docker_registry, f"{repo}/a/b", ONE, "1")
    assert tags(pycrane, "-r", f"{docker_registry.host}/{repo}") == [f"{docker_registry.host}/{repo}/a/b:1"]
    result = pycrane("ls", "-r", f"{docker_registry.host}/{repo}/nothing", check=False)
    assert result.returncode == 3
    assert "NAME_UNKNOWN" in result.stderr


def test_a_tree_is_copied_with_manifests_that_have_no_tag(pycrane, tree, docker_registry, repo):
    target = f"{docker_registry.host}/{repo}-copy"
    assert pycrane("cp", "-r", tree, target).stdout == b""
    assert set(tags(pycrane, target)) == {"v1.9", "v1.10", "latest"}
    assert pycrane("digest", f"{target}:v1.10").text == TWO.digest
    assert pycrane("digest", f"{target}@{THREE.digest}").text == THREE.digest
    assert pycrane("digest", f"{target}/app:1.0").text == BOTH.digest
    assert pycrane("validate", "--remote", f"{target}/app:1.0").text.startswith("PASS")
    assert tags(pycrane, f"{target}/app/deep") == ["x"]


def test_a_manifest_without_a_tag_is_written_once_also_if_an_index_names_it(pycrane, google, docker_registry):
    source = google.push("app", BOTH, "1.0").removesuffix(":1.0")
    target = f"{docker_registry.host}/{google.prefix}-copy"
    pycrane("cp", "-r", source, target)
    paths = [seen.path for seen in docker_registry.requests() if seen.method == "PUT"]
    written = [path.rpartition("/")[2] for path in paths if "/manifests/" in path]
    assert sorted(written) == sorted([ONE.digest, ARM.digest, "1.0"])
    assert written[-1] == "1.0"


def test_a_tree_of_another_registry_is_copied_by_tags(pycrane, plain, docker_registry, repo):
    target = f"{docker_registry.host}/{repo}-copy"
    pycrane("cp", "-r", "--semver", "^1", plain, target)
    assert set(tags(pycrane, target)) == {"v1.9", "v1.10"}
    assert tags(pycrane, f"{target}/below") == ["1"]


def test_no_clobber_leaves_what_is_there_in_a_tree(pycrane, plain, docker_registry, repo):
    push(docker_registry, f"{repo}-copy/below", THREE, "1")
    target = f"{docker_registry.host}/{repo}-copy"
    result = pycrane("cp", "-r", "-n", plain, target)
    assert "skipping 1: the target has this tag" in result.stderr
    assert pycrane("digest", f"{target}/below:1").text == THREE.digest
    assert pycrane("digest", f"{target}:latest").text == ONE.digest


def test_garbage_is_what_no_tag_leads_to_and_is_only_listed(pycrane, google, tree):
    google.push("app", SIGNATURE)
    assert pycrane("gc", "-r", tree).lines == [f"{tree}@{THREE.digest}"]
    assert google.server.count("DELETE") == 0


def test_garbage_is_deleted_when_it_is_wished_indexes_first(pycrane, google, tree):
    google.push("app", images.index(THREE, ARM))
    outer = images.index(THREE, ARM).digest
    lines = pycrane("gc", "--delete", "-r", tree).lines
    assert lines == [f"{tree}@{THREE.digest}", f"{tree}/app@{outer}", f"{tree}/app@{THREE.digest}"]
    assert pycrane("gc", "-r", tree).lines == []
    assert pycrane("validate", "--remote", f"{tree}/app:1.0").text.startswith("PASS")


def test_garbage_may_have_to_be_old(pycrane, google, tree):
    google.push("", ARM, timeUploadedMs=None)
    google.push("", SIGNATURE, timeUploadedMs="99999999999999")
    assert pycrane("gc", "--older-than", "30", tree).lines == [f"{tree}@{THREE.digest}"]
    assert pycrane("gc", "--older-than", "100000", tree).lines == []


def test_a_registry_that_does_not_tell_of_manifests_has_no_gc(pycrane, plain):
    result = pycrane("gc", plain, check=False)
    assert result.returncode == 1
    assert "does not tell which manifests are in" in result.stderr
    assert "garbage-collect" in result.stderr
