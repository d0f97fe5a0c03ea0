"""Names are read as crane reads them, and refused where no registry can hold them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pycrane._errors import InvalidReferenceError
from pycrane._oci.digest import Digest
from pycrane._reference import (
    DOCKER_HUB,
    Reference,
    Repository,
    check_tag,
    parse_reference,
    parse_registry,
    parse_repository,
)

HEX = "0123456789abcdef" * 4
DIGEST = f"sha256:{HEX}"

words = st.text("abz019", min_size=1, max_size=6)
separators = st.sampled_from([".", "_", "__", "-", "---"])
part = st.builds(lambda one, between, other: one + between + other, words, separators, words) | words
paths = st.lists(part, min_size=1, max_size=4).map("/".join)
letters = "aZ09_"
tags = st.builds(str.__add__, st.sampled_from(letters), st.text(letters + ".-", max_size=127))
hosts = st.sampled_from(
    [
        "registry.example.com",
        "localhost",
        "localhost:5000",
        "127.0.0.1:80",
        "a.b",
        "x:1",
        "[::1]:5000",
        "[fe80::1]",
    ]
)
digests = st.builds(Digest.of, st.binary(max_size=4), st.sampled_from(["sha256", "sha512"]))


@given(hosts, paths, tags)
def test_a_tag_is_read_as_it_is_shown(host: str, path: str, tag: str) -> None:
    reference = parse_reference(f"{host}/{path}:{tag}")
    assert (reference.registry, reference.repository.path, reference.tag) == (host, path, tag)
    assert reference.digest is None
    assert parse_reference(str(reference)) == reference
    assert reference.identifier == tag


@given(hosts, paths, digests)
def test_a_digest_is_read_as_it_is_shown(host: str, path: str, digest: Digest) -> None:
    reference = parse_reference(f"{host}/{path}@{digest}")
    assert (reference.tag, reference.digest) == (None, digest)
    assert parse_reference(reference.name) == reference
    assert reference.identifier == str(digest)


@given(hosts, paths, tags, digests)
def test_with_tag_and_digest_the_digest_decides(host: str, path: str, tag: str, digest: Digest) -> None:
    reference = parse_reference(f"{host}/{path}:{tag}@{digest}")
    assert (reference.tag, reference.digest) == (tag, digest)
    assert reference.name == f"{host}/{path}@{digest}"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("ubuntu", "index.docker.io/library/ubuntu:latest"),
        ("ubuntu:22.04", "index.docker.io/library/ubuntu:22.04"),
        ("user/app", "index.docker.io/user/app:latest"),
        ("docker.io/ubuntu", "index.docker.io/library/ubuntu:latest"),
        ("docker.io/user/app:1", "index.docker.io/user/app:1"),
        ("index.docker.io/ubuntu", "index.docker.io/library/ubuntu:latest"),
        ("index.docker.io/library/ubuntu", "index.docker.io/library/ubuntu:latest"),
        ("localhost/app", "localhost/app:latest"),
        ("localhost", "index.docker.io/library/localhost:latest"),
        ("host:5000", "index.docker.io/library/host:5000"),
        ("host:5000/app", "host:5000/app:latest"),
        ("host/app", "index.docker.io/host/app:latest"),
        ("gcr.io/a/b/c/d:x", "gcr.io/a/b/c/d:x"),
        ("Registry.Example.COM/app", "Registry.Example.COM/app:latest"),
        (f"ubuntu@{DIGEST}", f"index.docker.io/library/ubuntu@{DIGEST}"),
        (f"ubuntu:22.04@{DIGEST}", f"index.docker.io/library/ubuntu@{DIGEST}"),
        ("a.b./c", "a.b./c:latest"),
        ("EXAMPLE/app", "EXAMPLE/app:latest"),
        ("[::ffff:1.2.3.4]:5000/app", "[::ffff:1.2.3.4]:5000/app:latest"),
        ("under_score.example/c__d/e--f.g", "under_score.example/c__d/e--f.g:latest"),
    ],
)
def test_names_have_dockers_defaults(text: str, name: str) -> None:
    reference = parse_reference(text)
    assert reference.name == name
    assert reference.text == text


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "names no repository"),
        ("[1::2::3]:5000/x", "is not a registry"),
        ("[:::]/x", "is not a registry"),
        ("[1.2.3.4]/x", "is not a registry"),
        ("registry.example.com/", "names no repository"),
        ("Ubuntu", "repositories are lower-case|lower-case letters"),
        ("a//b", "lower-case letters"),
        ("/a", "lower-case letters"),
        ("a/", "lower-case letters"),
        ("a/-b", "lower-case letters"),
        ("a/b-", "lower-case letters"),
        ("a/b..c", "lower-case letters"),
        ("a/b___c", "lower-case letters"),
        ("a/../b", "lower-case letters"),
        ("a b", "lower-case letters"),
        ("a\n", "lower-case letters"),
        ("é", "lower-case letters"),
        ("x/" + "a" * 256, "longer than 255"),
        ("a:", "is not a tag"),
        ("a:-b", "is not a tag"),
        ("a:.b", "is not a tag"),
        ("a:" + "b" * 129, "is not a tag"),
        ("a:b\n", "is not a tag"),
        ("a:b c", "is not a tag"),
        ("a@", "is not a digest"),
        ("a@sha256:abc", "is not a digest"),
        (f"a@{DIGEST}@{DIGEST}", "is not a digest"),
        (f"a@{DIGEST}:b", "is not a digest"),
        ("https://a/b", "has no scheme"),
        ("host:99999/a", "is not a registry"),
        ("host:x/a", "is not a registry"),
        ("host:/a", "is not a registry"),
        ("-a.b/c", "is not a registry"),
        ("a..b/c", "is not a registry"),
        (".a/c", "is not a registry"),
        ("user@host:5000/a", "is not a digest"),
        ("[::1/a", "is not a registry"),
        ("[1::2::3]:5000/a", "is not a registry"),
        ("[::::]/a", "is not a registry"),
        ("[.]/a", "is not a registry"),
        ("[1.2.3.4]:5000/a", "is not a registry"),
        ("[12345::]/a", "is not a registry"),
    ],
)
def test_a_name_that_no_registry_can_hold_is_refused_with_the_reason(text: str, why: str) -> None:
    with pytest.raises(InvalidReferenceError, match=f"could not parse reference.*({why})"):
        parse_reference(text)


@given(st.text() | st.from_regex(r"[a-zA-Z0-9:/@._-]*", fullmatch=True))
def test_any_text_is_a_name_or_refused(text: str) -> None:
    try:
        reference = parse_reference(text)
    except InvalidReferenceError:
        return
    assert parse_reference(reference.name) == Reference(
        reference.repository, None if reference.digest else reference.tag, reference.digest
    )
    assert not {"..", "", "."} & set(reference.repository.path.split("/"))


def test_a_very_long_name_is_refused_quickly() -> None:
    for text in ("a-" * 100_000, "a/" * 100_000, "x." * 100_000 + "/a", "a" * 1_000_000):
        with pytest.raises(InvalidReferenceError):
            parse_reference(text)


def test_an_upper_case_name_is_told_how_to_write_it() -> None:
    with pytest.raises(InvalidReferenceError) as refused:
        parse_reference("registry.example.com/MyApp")
    assert "registry.example.com/myapp" in (refused.value.hint or "")


def test_the_tag_that_is_not_named_may_be_another_than_latest() -> None:
    assert parse_reference("a", default_tag="main").tag == "main"
    assert parse_reference("a:b", default_tag="main").tag == "b"


def test_what_was_typed_does_not_count_in_comparisons() -> None:
    assert parse_reference("ubuntu") == parse_reference("docker.io/library/ubuntu:latest")
    assert len({parse_reference("ubuntu"), parse_reference("docker.io/library/ubuntu:latest")}) == 1
    assert parse_reference("ubuntu:a") != parse_reference("ubuntu:b")
    assert parse_reference("ubuntu") != "index.docker.io/library/ubuntu:latest"


def test_a_repository_gives_its_tags_and_digests() -> None:
    repository = parse_repository("registry.example.com/a/b")
    assert str(repository) == "registry.example.com/a/b"
    assert repository.tag("x").name == "registry.example.com/a/b:x"
    assert repository.digest(DIGEST).name == f"registry.example.com/a/b@{DIGEST}"
    assert repository.digest(Digest.parse(DIGEST)) == repository.digest(DIGEST)
    with pytest.raises(InvalidReferenceError):
        repository.tag("a/b")


def test_a_reference_is_moved_to_a_digest() -> None:
    assert parse_reference("a.b/c:d").with_digest(Digest.parse(DIGEST)).name == f"a.b/c@{DIGEST}"


def test_repositories_are_sorted_by_registry_and_path() -> None:
    one, two, three = Repository("a.b", "x"), Repository("a.b", "y"), Repository("c.d", "a")
    assert sorted([three, two, one]) == [one, two, three]


@pytest.mark.parametrize(
    ("text", "registry"),
    [("", DOCKER_HUB), ("docker.io", DOCKER_HUB), ("index.docker.io", DOCKER_HUB), ("x:5000", "x:5000")],
)
def test_registries_are_read_alone(text: str, registry: str) -> None:
    assert parse_registry(text) == registry


@pytest.mark.parametrize("text", ["a/b", "http://a", "a:b", "a b", "a:123456", "a\n"])
def test_an_invalid_registry_is_refused(text: str) -> None:
    with pytest.raises(InvalidReferenceError, match="is not a registry"):
        parse_registry(text)


def test_a_tag_is_checked_alone() -> None:
    assert check_tag("v1.2_3-x") == "v1.2_3-x"


def test_a_first_part_with_upper_case_letters_is_a_host_as_with_docker() -> None:
    assert parse_reference("EXAMPLE/app").registry == "EXAMPLE"
    assert parse_reference("Example/app:1").name == "Example/app:1"
