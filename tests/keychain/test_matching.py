"""Which keys answer for which repository."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pycrane._keychain.matching import HUB_KEY, host_keys, matching_keys, scope_of, shown, storage_key
from pycrane._reference import Repository, parse_repository


def best(keys: list[str], name: str) -> str | None:
    return next(iter(matching_keys(keys, parse_repository(name))), None)


def test_the_longest_namespace_answers() -> None:
    keys = ["r.example", "r.example/a", "r.example/a/b/c", "r.example/a/b"]
    assert best(keys, "r.example/a/b/x") == "r.example/a/b"
    assert best(keys, "r.example/a/b/c") == "r.example/a/b/c"
    assert best(keys, "r.example/z") == "r.example"


def test_a_namespace_ends_at_a_slash() -> None:
    assert best(["r.example/team"], "r.example/teammate/app") is None


def test_a_namespace_does_not_answer_for_the_whole_registry() -> None:
    assert matching_keys(["r.example/team"], Repository("r.example", "")) == []


@pytest.mark.parametrize(
    "key",
    [
        "https://r.example/v1/",
        "http://r.example",
        "https://r.example/v2/",
        "r.example/v1/",
        "R.Example",
        "https://u:p@r.example/v1/",
    ],
)
def test_old_spellings_mean_the_host(key: str) -> None:
    assert best([key], "r.example/a/b") == key


def test_the_exact_host_goes_before_old_spellings() -> None:
    assert best(["https://r.example/v1/", "r.example"], "r.example/a") == "r.example"


def test_ports_tell_registries_apart() -> None:
    assert best(["r.example:5000"], "r.example/a") is None
    assert best(["r.example"], "r.example:5000/a") is None
    assert best(["https://r.example:5000/v1/"], "r.example:5000/a") == "https://r.example:5000/v1/"


def test_every_name_of_docker_hub_answers_for_it_the_written_one_first() -> None:
    names = ["registry-1.docker.io", "index.docker.io", "docker.io", HUB_KEY]
    assert matching_keys(names, parse_repository("ubuntu")) == [
        HUB_KEY, "docker.io", "index.docker.io", "registry-1.docker.io",
    ]  # fmt: skip


@pytest.mark.parametrize("key", ["docker.io/org", "index.docker.io/org", "docker.io/org/"])
def test_a_namespace_of_docker_hub_goes_by_every_name_of_the_hub(key: str) -> None:
    assert best([HUB_KEY, key], "org/app") == key
    assert best([HUB_KEY, key], "ubuntu") == HUB_KEY


def test_docker_hub_is_filed_under_its_old_url_and_others_under_their_host() -> None:
    assert storage_key("index.docker.io") == HUB_KEY
    assert storage_key("r.example:5000") == "r.example:5000"
    assert host_keys("r.example") == ("r.example",)


def test_a_key_is_shown_without_the_password_in_it() -> None:
    assert shown("https://u:p@r.example/v1/") == "https://r.example/v1/"
    assert shown("r.example/team") == "r.example/team"


hosts = st.from_regex(r"[a-z]{1,8}(\.[a-z]{1,8}){1,2}(:[0-9]{2,4})?", fullmatch=True)
parts = st.lists(st.from_regex(r"[a-z0-9]{1,6}", fullmatch=True), min_size=1, max_size=4)


@settings(deadline=None)
@given(hosts, parts, st.data())
def test_every_prefix_of_a_repository_answers_and_the_longest_comes_first(
    host: str, path: list[str], data: st.DataObject
) -> None:
    prefixes = ["/".join([host, *path[:length]]) for length in range(len(path) + 1)]
    keys = data.draw(st.permutations(prefixes))
    narrow = [key for key in matching_keys(keys, Repository(host, "/".join(path))) if scope_of(key).path]
    expected = [key for key in reversed(prefixes) if scope_of(key).path]
    assert narrow == expected


@settings(deadline=None)
@given(st.text(), hosts, parts)
def test_any_text_can_be_a_key_and_answers_for_its_host_only(key: str, host: str, path: list[str]) -> None:
    repository = Repository(host, "/".join(path))
    assert (matching_keys([key], repository) == [key]) <= (scope_of(key).host == scope_of(host).host)


@settings(deadline=None)
@given(hosts, parts)
def test_another_host_never_answers(host: str, path: list[str]) -> None:
    keys = [f"x{host}", f"{host}x", f"{host}.evil", f"https://{host}.evil/v1/", f"evil/{host}"]
    assert matching_keys(keys, Repository(host, "/".join(path))) == []
