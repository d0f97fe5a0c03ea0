from __future__ import annotations

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pycrane._registry.auth.challenge import Challenge, parse_challenges


def only(header: str) -> Challenge:
    (challenge,) = parse_challenges(header)
    return challenge


def test_a_docker_challenge_is_read() -> None:
    found = only(
        'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull,push"'
    )
    assert found.scheme == "bearer"
    assert found.parameters == {
        "realm": "https://auth.docker.io/token",
        "service": "registry.docker.io",
        "scope": "repository:a/b:pull,push",
    }


@pytest.mark.parametrize(
    ("header", "schemes"),
    [
        ("", []),
        (" , ,", []),
        ('Basic realm="x"', ["basic"]),
        ('Bearer realm="x", Basic realm="y"', ["bearer", "basic"]),
        ('Basic realm="y",Bearer realm="x",service=s', ["basic", "bearer"]),
        ("Negotiate, Basic realm=x", ["negotiate", "basic"]),
        ("Negotiate abc==, Bearer realm=x", ["negotiate", "bearer"]),
        ('NTLM\t,\tBASIC realm = "x"', ["ntlm", "basic"]),
    ],
)
def test_several_challenges_stand_in_one_header(header: str, schemes: list[str]) -> None:
    assert [challenge.scheme for challenge in parse_challenges(header)] == schemes


def test_names_are_read_without_regard_to_case_and_values_with() -> None:
    assert only('BEARER ReAlM="https://A/B"').get("realm") == "https://A/B"


def test_values_without_quotes_are_read_though_no_token_holds_a_slash() -> None:
    assert only("Basic realm=/").get("realm") == "/"
    assert only("Bearer realm=https://a.example/t?x=1,service=s").parameters == {
        "realm": "https://a.example/t?x=1",
        "service": "s",
    }


def test_quoted_values_keep_commas_and_escaped_quotes() -> None:
    assert only(r'Bearer realm="a \"b\", c\\"').get("realm") == r'a "b", c\\'.replace(r"\\", "\\")


def test_parameters_may_lack_the_comma_between_them() -> None:
    assert only('Bearer realm="x" service="y"').parameters == {"realm": "x", "service": "y"}


def test_a_parameter_that_comes_twice_is_what_it_was_first() -> None:
    assert only('Bearer realm="x",realm="y"').get("realm") == "x"


def test_token68_is_kept() -> None:
    assert only("Negotiate abc/+==").token68 == "abc/+=="


@pytest.mark.parametrize(
    "header", ['Bearer realm="https://a', 'Bearer realm="a\\', '="x"', '"', 'Bearer realm="x']
)
def test_what_cannot_be_read_is_no_challenge(header: str) -> None:
    assert parse_challenges(header) == ()


def test_challenges_before_an_unbalanced_quote_count() -> None:
    assert [one.scheme for one in parse_challenges('Basic realm="x", Bearer realm="')] == ["basic"]


def test_a_long_quoted_text_takes_no_memory_but_its_own() -> None:
    header = 'Bearer realm="' + r"\"" * 100_000
    tracemalloc.start()
    try:
        assert parse_challenges(header) == ()
        assert tracemalloc.get_traced_memory()[1] < len(header)
    finally:
        tracemalloc.stop()


def test_a_long_header_is_read_in_linear_time() -> None:
    assert parse_challenges('Bearer realm="' + "\\" * 65536) == ()
    assert len(parse_challenges("a, " * 20000)) == 20000
    assert len(parse_challenges("Basic " + "realm=x," * 8000)) == 1


tokens = st.text("abcXYZ019-_.", min_size=1)
values = st.text(st.characters(codec="latin-1", exclude_categories=["Cc"]))
parameters = st.dictionaries(tokens.map(str.lower), values, min_size=1)


@given(st.lists(st.tuples(tokens, parameters)), st.booleans())
def test_what_is_written_by_the_rules_is_read_back(
    wanted: list[tuple[str, dict[str, str]]], spaced: bool
) -> None:
    def quoted(text: str) -> str:
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'

    joint = " , " if spaced else ","
    equals = " = " if spaced else "="
    header = joint.join(
        f"{scheme} {joint.join(f'{name}{equals}{quoted(value)}' for name, value in pairs.items())}"
        for scheme, pairs in wanted
    )
    found = parse_challenges(header)
    assert [(one.scheme, dict(one.parameters)) for one in found] == [
        (scheme.lower(), pairs) for scheme, pairs in wanted
    ]


@given(st.text(max_size=200))
def test_no_text_breaks_the_parser(header: str) -> None:
    for challenge in parse_challenges(header):
        assert challenge.scheme == challenge.scheme.lower()
