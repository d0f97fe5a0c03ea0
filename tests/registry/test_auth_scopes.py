from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pycrane._reference import Repository
from pycrane._registry.auth.scope import Scope, cover, merge, parse_scopes

REPOSITORY = Repository("registry.example", "team/app")


def texts(scopes: tuple[Scope, ...]) -> list[str]:
    return [str(scope) for scope in scopes]


def test_actions_have_one_order_and_come_once() -> None:
    assert (
        str(Scope.of(REPOSITORY, "push", "delete", "pull", "push")) == "repository:team/app:pull,push,delete"
    )


def test_scopes_of_one_repository_become_one_and_the_first_named_stays_first() -> None:
    found = parse_scopes("repository:b:push repository:a:pull repository:b:pull registry:catalog:*")
    assert texts(merge(found)) == ["repository:b:pull,push", "repository:a:pull", "registry:catalog:*"]


def test_a_name_may_hold_a_host_with_a_port() -> None:
    (scope,) = parse_scopes("repository:mirror.example:5000/a/b:pull,push")
    assert (scope.name, scope.actions) == ("mirror.example:5000/a/b", ("pull", "push"))


def test_words_that_are_no_scopes_are_left_out() -> None:
    assert parse_scopes("x :: a:b repository:a: repository::pull  ") == ()


def test_more_covers_less_and_not_the_other_way_round() -> None:
    much = parse_scopes("repository:a:pull,push repository:b:pull")
    assert cover(much, parse_scopes("repository:a:pull"))
    assert cover(much, parse_scopes("repository:b:pull repository:a:push"))
    assert not cover(much, parse_scopes("repository:b:push"))
    assert not cover(much, parse_scopes("repository:c:pull"))
    assert cover((), ())


def test_only_changing_a_repository_is_writing() -> None:
    reads = parse_scopes("repository:a:pull registry:catalog:*")
    assert not any(scope.writes for scope in reads)
    assert all(
        scope.writes for scope in parse_scopes("repository:a:push repository:a:pull,delete repository:a:*")
    )


names = st.from_regex(r"[a-z0-9]{1,5}(:[0-9]{1,4}/[a-z]{1,5})?", fullmatch=True)
actions = st.lists(st.sampled_from(["pull", "push", "delete", "*"]), min_size=1)


@given(st.lists(st.tuples(names, actions)))
def test_merging_loses_and_adds_nothing(pairs: list[tuple[str, list[str]]]) -> None:
    scopes = parse_scopes(" ".join(f"repository:{name}:{','.join(wanted)}" for name, wanted in pairs))
    merged = merge(scopes)
    assert len({scope.name for scope in merged}) == len(merged)
    assert cover(merged, scopes)
    asked = {(scope.name, action) for scope in scopes for action in scope.actions}
    assert {(scope.name, action) for scope in merged for action in scope.actions} == asked
