"""Versions and ranges of them: what tags are sorted by and chosen by."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pycrane._client.tag_choice import TagChoice
from pycrane._client.versions import InvalidRangeError, Version, VersionRange, counting_key, parse_version


def inside(text, tag):
    version = parse_version(tag)
    assert version is not None
    return version in VersionRange.parse(text)


@pytest.mark.parametrize(
    ("text", "yes", "no"),
    [
        ("*", "0.0.0 1 99.9.9", "1.0.0-rc.1"),
        ("x", "1.2.3", "1.2.3-a"),
        ("1.2.3", "1.2.3 v1.2.3 1.2.3_build", "1.2.4 1.2.2 1.2.3-a"),
        ("=1.2.3", "1.2.3", "1.2.4"),
        ("1.2", "1.2 1.2.0 1.2.9", "1.3.0 1.1.9"),
        ("1.2.x", "1.2.0 1.2.9", "1.3.0"),
        ("1.x", "1 1.0.0 1.99.0", "2 0.9"),
        ("1.*", "1.5", "2"),
        ("^1.2.3", "1.2.3 1.99.0", "1.2.2 2.0.0 2.0.0-rc.1 1.5.0-rc.1"),
        ("^0.2.3", "0.2.3 0.2.9", "0.3.0 0.2.2"),
        ("^0.0.3", "0.0.3", "0.0.4"),
        ("^0.0", "0.0.9", "0.1.0"),
        ("^0", "0.9.0", "1.0.0"),
        ("^1", "1.9", "2"),
        ("~1.2.3", "1.2.3 1.2.9", "1.3.0"),
        ("~>1.2", "1.2.9", "1.3.0"),
        ("~1", "1.9.9", "2.0.0"),
        (">1.2", "1.3.0", "1.2.9"),
        (">1.2.3", "1.2.4", "1.2.3"),
        (">= 1.2.3, < 2", "1.2.3 1.9.9", "2.0.0 2.0.0-rc.1 1.2.2"),
        (">=1.2.3 <=1.4", "1.4.9", "1.5.0"),
        ("<=1.2.3", "1.2.3 0.1", "1.2.4"),
        ("<1.2", "1.1.9", "1.2.0"),
        ("1.2 - 1.4", "1.2.0 1.4.9", "1.5.0 1.1.9"),
        ("1.2.3 - 2.3.4", "2.3.4", "2.3.5"),
        ("^1.2 || ^3", "1.3.0 3.0.0", "2.0.0"),
        (">1.2.3-rc.1", "1.2.3-rc.2 1.2.3 1.2.4", "1.2.3-rc.1 1.2.4-rc.1"),
        ("^1.2.3-beta.2", "1.2.3-beta.10 1.2.3 1.4.0", "1.2.3-beta.1 1.2.4-beta.3 2.0.0"),
        ("1.2.3-rc.1", "1.2.3-rc.1", "1.2.3-rc.2 1.2.3"),
        ("<=1.2.3-rc.1", "1.2.3-rc.1 1.2.2", "1.2.3-rc.2 1.2.3"),
        ("<1.2.3-rc.1", "1.2.3-rc.0 1.2.3-beta", "1.2.3-rc.1"),
        ("*", "2024.01.05 v7", "1-alpine"),
        (">*", "", "1.2.3"),
        ("<*", "", "1.2.3 0.0.0"),
    ],
)
def test_ranges_hold_what_npm_has_them_hold(text, yes, no):
    assert [tag for tag in yes.split() if not inside(text, tag)] == []
    assert [tag for tag in no.split() if inside(text, tag)] == []


@pytest.mark.parametrize(
    "text", ["", " ", "||", "^1 ||", "one", "1.2.3.4", ">", "^", "1 -", "1..2", "=>1", "1" * 600]
)
def test_what_is_no_range_is_refused(text):
    with pytest.raises(InvalidRangeError):
        VersionRange.parse(text)


@pytest.mark.parametrize(
    "tag", ["latest", "", "v", "1.2.3.4", "1.", "1.2.3-", "a1", "-1", "1.2.3-a..b", "1_"]
)
def test_other_tags_are_no_versions(tag):
    assert parse_version(tag) is None


def test_precedence_is_that_of_the_specification():
    order = (
        "1.0.0-alpha 1.0.0-alpha.1 1.0.0-alpha.beta 1.0.0-beta 1.0.0-beta.2 1.0.0-beta.11 1.0.0-rc.1 1.0.0"
    )
    versions = [parse_version(tag) for tag in order.split()]
    assert all(low.key < high.key for low, high in pairwise(versions))


def test_tags_sort_as_people_count():
    order = "edge1 edge2 edge10 latest v1.9 v1.10-rc9 v1.10-rc10 v1.10 1.10.1 2-alpine3.9 2-alpine3.10 2"
    tags = order.split()
    tags.reverse()
    assert sorted(tags, key=counting_key) == order.split()


TAGS = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,20}", fullmatch=True)
VERSIONS = st.builds(
    lambda numbers, words: ".".join(map(str, numbers)) + (f"-{'.'.join(words)}" if words else ""),
    st.tuples(*[st.integers(0, 3)] * 3),
    st.lists(st.sampled_from(["0", "1", "10", "a", "b-1"]), max_size=2),
)


@given(st.lists(TAGS | VERSIONS | st.text(), unique=True))
def test_any_tags_can_be_sorted(tags):
    in_order = sorted(tags, key=counting_key)
    tags.reverse()
    assert sorted(tags, key=counting_key) == in_order


@given(st.text(max_size=30))
def test_no_text_breaks_the_reading_of_ranges(text):
    try:
        found = VersionRange.parse(text)
    except InvalidRangeError:
        return
    assert found == VersionRange.parse(text)


def test_numbers_may_be_longer_than_python_reads():
    long = "1.2.3-" + "9" * 5000
    assert parse_version(long).key < parse_version(long + "0").key
    assert sorted([f"a{'9' * 5000}1", f"a{'9' * 5000}"], key=counting_key)[0] == f"a{'9' * 5000}"


@given(VERSIONS, VERSIONS)
def test_comparators_agree_with_precedence(one, other):
    first, second = parse_version(one), parse_version(other)
    # Where both have the same numbers, no pre-release is left out.
    if first.numbers != second.numbers:
        first, second = Version(first.numbers), Version(second.numbers)
        one, other = (".".join(map(str, version.numbers)) for version in (first, second))
    holds = {
        ">": second.key > first.key,
        ">=": second.key >= first.key,
        "<": second.key < first.key,
        "<=": second.key <= first.key,
        "=": second.key == first.key,
    }
    named = bool(first.prerelease) or not second.prerelease
    for operator, expected in holds.items():
        assert (second in VersionRange.parse(f"{operator}{one}")) is (expected and named)


def test_all_that_is_asked_of_a_tag_must_hold():
    tags = ["1.0", "v1.1", "1.2-rc", "1.2", "1.10", "2.0", "latest", "sha256-abc"]
    assert [*TagChoice().of(tags)] == tags
    assert [*TagChoice(digest_tags=False).of(tags)] == tags[:-1]
    assert [*TagChoice(glob="1.*").of(tags)] == ["1.0", "1.2-rc", "1.2", "1.10"]
    assert [*TagChoice(regex=re.compile("^v|rc$")).of(tags)] == ["v1.1", "1.2-rc"]
    assert [*TagChoice(versions=VersionRange.parse("^1.1")).of(tags)] == ["v1.1", "1.2", "1.10"]
    assert [*TagChoice(newest=3).of(tags)] == ["1.2", "1.10", "2.0"]
    assert [*TagChoice(glob="1.2*", newest=1).of(tags)] == ["1.2"]
    assert [*TagChoice(versions=VersionRange.parse("^1"), newest=2).of(tags)] == ["1.2", "1.10"]
