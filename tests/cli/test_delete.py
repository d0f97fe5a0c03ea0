"""`pycrane delete`: what may go, what goes with it, and what to do where a registry cannot delete a tag."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from peers import images
from peers.media import push


@pytest.fixture
def tagged(docker_registry, repo):
    """A repository with three tags: `one` and `same` name one image, `other` another."""
    shared = push(docker_registry, repo, images.image(), "one", "same")
    push(docker_registry, repo, images.image(platform="linux/arm64"), "other")
    return SimpleNamespace(repo=f"{docker_registry.host}/{repo}", digest=shared)


def tags(pycrane, repo):
    return sorted(pycrane("ls", repo).lines)


def test_a_registry_that_cannot_delete_a_tag_is_named_with_the_two_ways_out(pycrane, tagged):
    result = pycrane("delete", f"{tagged.repo}:one", check=False)
    error, hint = result.stderr.splitlines()
    assert result.returncode == 1
    assert "cannot delete the tag one" in error
    assert "--by-digest" in hint
    assert "--untag" in hint
    assert tags(pycrane, tagged.repo) == ["one", "other", "same"]


def test_a_tag_can_be_freed_alone(pycrane, tagged):
    pycrane("delete", "--untag", f"{tagged.repo}:one")
    assert tags(pycrane, tagged.repo) == ["other", "same"]
    assert pycrane("digest", f"{tagged.repo}:same").text == tagged.digest


def test_by_digest_the_other_tags_are_listed_and_stay_without_a_yes(pycrane, tagged):
    result = pycrane("delete", "--by-digest", f"{tagged.repo}:one", check=False)
    assert result.returncode == 1
    assert "these tags would be deleted too: same" in result.stderr
    assert "--yes" in result.stderr
    assert tags(pycrane, tagged.repo) == ["one", "other", "same"]


def test_by_digest_with_yes_all_tags_go(pycrane, tagged):
    pycrane("delete", "--by-digest", "--yes", f"{tagged.repo}:one")
    assert tags(pycrane, tagged.repo) == ["other"]


def test_by_digest_a_lone_tag_goes_without_asking(pycrane, tagged):
    pycrane("delete", "--by-digest", f"{tagged.repo}:other")
    assert tags(pycrane, tagged.repo) == ["one", "same"]


@pytest.mark.parametrize(("answer", "left"), [(b"n\n", ["one", "other", "same"]), (b"y\n", ["other"])])
def test_a_terminal_gets_a_prompt(pycrane, terminal, tagged, answer, left):
    result = terminal("delete", "--by-digest", f"{tagged.repo}:one", typed=answer)
    assert "same" in result.screen
    assert tags(pycrane, tagged.repo) == left
    assert result.returncode == (1 if answer == b"n\n" else 0)


def test_a_digest_is_deleted_with_its_tags(pycrane, tagged):
    pycrane("delete", f"{tagged.repo}@{tagged.digest}")
    assert tags(pycrane, tagged.repo) == ["other"]


@pytest.mark.parametrize("way", [[], ["--untag"], ["--by-digest"]])
def test_what_is_not_there_is_an_error_unless_it_may_be_missing(pycrane, tagged, way):
    gone = f"{tagged.repo}:gone"
    result = pycrane("delete", *way, gone, check=False)
    assert result.returncode == 3
    assert "MANIFEST_UNKNOWN" in result.stderr
    assert pycrane("delete", *way, "--ignore-missing", gone).stderr == ""


def test_several_are_deleted_though_one_of_them_fails(pycrane, tagged):
    names = [f"{tagged.repo}:{tag}" for tag in ("one", "gone", "other")]
    result = pycrane("delete", "--untag", *names, check=False)
    assert result.returncode == 3
    assert "gone" in result.stderr
    assert tags(pycrane, tagged.repo) == ["same"]


def test_a_name_that_cannot_be_stops_all_before_anything_is_deleted(pycrane, tagged):
    result = pycrane("delete", "--untag", f"{tagged.repo}:one", f"{tagged.repo}:-bad", check=False)
    assert result.returncode == 2
    assert tags(pycrane, tagged.repo) == ["one", "other", "same"]


def test_a_registry_that_deletes_nothing_says_so_and_the_tag_names_what_it_did(
    pycrane, docker_registry_no_delete, repo
):
    digest = push(docker_registry_no_delete, repo, images.image(), "v1")
    name = f"{docker_registry_no_delete.host}/{repo}:v1"
    for way in ([], ["--untag"], ["--by-digest"]):
        result = pycrane("delete", *way, name, check=False)
        assert result.returncode == 1
        assert "UNSUPPORTED" in result.stderr
    assert pycrane("digest", name).text == digest


def test_the_two_ways_exclude_each_other(pycrane):
    assert pycrane("delete", "--untag", "--by-digest", "x.test/a", check=False).returncode == 2
