"""Platforms are read, shown, and chosen by what an image serves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pycrane._errors import InvalidPlatformError, MalformedError
from pycrane._oci.platform import Platform, parse_platforms

word = st.from_regex(r"[a-z0-9._-]+", fullmatch=True)
platforms = st.builds(
    Platform,
    os=word,
    architecture=word.filter(lambda text: Platform.parse(f"x/{text}").architecture == text),
    variant=st.just("") | word,
    os_version=st.just("") | word,
)


@given(platforms)
def test_a_platform_is_read_as_it_is_shown(platform: Platform) -> None:
    assert Platform.parse(str(platform)) == platform


@given(platforms, st.lists(word), st.lists(word))
def test_a_platform_is_read_from_json_as_it_is_written(
    platform: Platform, os_features: list[str], features: list[str]
) -> None:
    whole = Platform(
        platform.os,
        platform.architecture,
        platform.variant,
        platform.os_version,
        tuple(os_features),
        tuple(features),
    )
    assert Platform.from_json(whole.to_json(), "it") == whole


@pytest.mark.parametrize(
    ("text", "platform"),
    [
        ("linux/amd64", Platform("linux", "amd64")),
        ("linux/arm64/v8", Platform("linux", "arm64", "v8")),
        ("linux/arm/v7", Platform("linux", "arm", "v7")),
        ("windows/amd64:10.0.17763.1", Platform("windows", "amd64", "", "10.0.17763.1")),
        ("windows/arm64/v8:10.0", Platform("windows", "arm64", "v8", "10.0")),
        ("linux/x86_64", Platform("linux", "amd64")),
        ("linux/aarch64", Platform("linux", "arm64")),
        ("linux/ARM/V7", Platform("linux", "arm", "v7")),
        ("linux/i386", Platform("linux", "386")),
        ("linux/armhf", Platform("linux", "arm", "v7")),
        ("linux/armel", Platform("linux", "arm", "v6")),
        ("Linux/ARM/V7", Platform("linux", "arm", "v7")),
        ("linux/arm64/8", Platform("linux", "arm64", "v8")),
        ("linux/arm/7", Platform("linux", "arm", "v7")),
        ("aarch64", Platform("linux", "arm64")),
        ("x86_64", Platform("linux", "amd64")),
        ("armhf", Platform("linux", "arm", "v7")),
    ],
)
def test_platforms_have_one_spelling_and_common_others(text: str, platform: Platform) -> None:
    assert Platform.parse(text) == platform


@pytest.mark.parametrize(
    "text",
    [
        "",
        "linux",
        "linux/",
        "/amd64",
        "a/b/c/d",
        "linux/amd64:",
        "linux//v8",
        "linux /amd64",
        "linux/amd64\n",
        "all",
    ],
)
def test_an_invalid_platform_is_refused(text: str) -> None:
    with pytest.raises(InvalidPlatformError, match="is not a platform: expected OS/ARCH"):
        Platform.parse(text)


@given(st.text())
def test_text_is_a_platform_or_refused(text: str) -> None:
    try:
        platform = Platform.parse(text)
    except InvalidPlatformError:
        return
    assert Platform.parse(str(platform)) == platform


@pytest.mark.parametrize(
    ("has", "wish", "serves"),
    [
        ("linux/amd64", "linux/amd64", True),
        ("linux/amd64", "linux/arm64", False),
        ("linux/amd64", "windows/amd64", False),
        ("linux/arm64/v8", "linux/arm64", True),
        ("linux/arm64", "linux/arm64/v8", True),
        ("linux/arm64/v9", "linux/arm64/v8", False),
        ("linux/amd64", "linux/amd64/v1", True),
        ("linux/amd64", "linux/amd64/v2", False),
        ("linux/amd64/v3", "linux/amd64", True),
        ("linux/arm/v7", "linux/arm", True),
        ("linux/arm", "linux/arm/v7", False),
        ("windows/amd64:10.0.1", "windows/amd64", True),
        ("windows/amd64:10.0.1", "windows/amd64:10.0.1", True),
        ("windows/amd64:10.0.1", "windows/amd64:10.0.2", False),
        ("windows/amd64", "windows/amd64:10.0.2", False),
    ],
)
def test_an_image_serves_a_wish_that_it_fulfils_in_every_field(has: str, wish: str, serves: bool) -> None:
    assert Platform.parse(has).serves(Platform.parse(wish)) is serves


@pytest.mark.parametrize("has", ["linux/arm64", "windows/arm64"])
def test_a_pattern_may_be_an_architecture_alone(has: str) -> None:
    assert Platform.parse(has).fits(Platform.parse_pattern("aarch64"))
    assert not Platform.parse(has).fits(Platform.parse_pattern("amd64"))


def test_the_features_that_are_wished_for_must_be_there() -> None:
    has = Platform("windows", "amd64", os_features=("win32k", "other"), features=("sse4",))
    assert has.serves(Platform("windows", "amd64", os_features=("win32k",)))
    assert not has.serves(Platform("windows", "amd64", os_features=("gpu",)))
    assert has.serves(Platform("windows", "amd64", features=("sse4",)))
    assert not has.serves(Platform("windows", "amd64", features=("avx",)))


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        "linux/amd64",
        {"os": 1},
        {"architecture": ["amd64"]},
        {"os.features": "win32k"},
        {"os.features": [1]},
        {"variant": {}},
    ],
)
def test_json_of_an_invalid_platform_is_refused(value: object) -> None:
    with pytest.raises(MalformedError, match=r"manifests\[3\] (has a platform|is not)"):
        Platform.from_json(value, "manifests[3]")


def test_null_fields_are_fields_that_are_not_given() -> None:
    assert Platform.from_json({"os": "linux", "architecture": "amd64", "variant": None}, "it") == Platform(
        "linux", "amd64"
    )


def test_several_platforms_are_named_one_by_one_or_in_a_list() -> None:
    assert parse_platforms(["linux/amd64,linux/arm64", "linux/amd64"]) == (
        Platform("linux", "amd64"),
        Platform("linux", "arm64"),
    )
    assert parse_platforms(["linux/amd64, linux/arm64"]) == parse_platforms(["linux/amd64", "linux/arm64"])


def test_all_platforms_are_chosen_by_no_pattern() -> None:
    assert parse_platforms(["all"]) == ()
    assert parse_platforms([]) == ()


def test_all_beside_another_platform_is_refused() -> None:
    with pytest.raises(InvalidPlatformError, match="beside others"):
        parse_platforms(["all,linux/amd64"])
