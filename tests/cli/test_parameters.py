"""Lists in options, and how many blobs move side by side."""

from __future__ import annotations

import click
import pytest

from pycrane._cli.command import plain_words
from pycrane._cli.parameters import comma_separated, key_values
from pycrane._cli.program import pycrane as program
from pycrane._cli.settings import Settings
from pycrane._transfer.workers import DEFAULT_JOBS


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (["a.tar"], ["a.tar"]),
        (["a.tar,b.tar", "c.tar"], ["a.tar", "b.tar", "c.tar"]),
        (['"a,b.tar",c.tar'], ["a,b.tar", "c.tar"]),
        (["-"], ["-"]),
    ],
)
def test_a_list_is_repeated_or_comma_separated_and_quotes_keep_a_comma(given, words):
    assert comma_separated(given) == words


def test_a_quote_without_an_end_is_an_error():
    with pytest.raises(click.UsageError, match="cannot be read"):
        comma_separated(['"a,b'])


@pytest.mark.parametrize(("given", "count"), [(None, DEFAULT_JOBS), (0, DEFAULT_JOBS), (7, 7)])
def test_jobs_has_a_default_and_zero_is_it(given, count):
    with Settings().client(given) as client:
        assert client.workers.count == count


def test_the_help_names_the_default(pycrane):
    assert f"[default: {DEFAULT_JOBS}]" in " ".join(pycrane("copy", "--help").text.split())


@pytest.mark.parametrize(
    ("given", "pairs"),
    [
        (["compilers=clang@10.0.0,gcc@9.3.0"], {"compilers": "clang@10.0.0,gcc@9.3.0"}),
        (['json={"a":1,"b":2}'], {"json": '{"a":1,"b":2}'}),
        (["a=1,b=2", "c="], {"a": "1", "b": "2", "c": ""}),
        (['"opts=x=1,y=2"'], {"opts": "x=1,y=2"}),
        (['"a=1,2",b=3'], {"a": "1,2", "b": "3"}),
        (['"a=1,2"'], {"a": "1,2"}),
        (["note=first\nsecond"], {"note": "first\nsecond"}),
    ],
)
def test_the_only_equals_sign_of_an_option_has_the_whole_value_behind_it(given, pairs):
    assert key_values(given, "--label") == pairs


@pytest.mark.parametrize("given", ["a", "=b", "opts=-Dx=1,-Dy"])
def test_a_pair_without_a_key_or_a_value_names_the_option(given):
    with pytest.raises(click.UsageError, match="--label takes KEY=VALUE"):
        key_values([given], "--label")


COPY = click.Command(
    "copy",
    params=[
        click.Option(["-t", "--tag"]),
        click.Option(["-j", "--jobs"], type=int),
        click.Option(["-n", "--no-clobber"], is_flag=True),
        click.Option(["-a/-A", "--all/--one"], is_flag=True),
    ],
)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("-t=v", "-t v"),
        ("-t=", "-t "),
        ("-t==v", "-t =v"),
        ("-tv", "-tv"),
        ("-t v", "-t v"),
        ("-nj=3 x", "-nj 3 x"),
        ("-nj3", "-nj3"),
        ("-n=true", "-n"),
        ("-n -n=false", ""),
        ("-an=true", "-a -n"),
        ("-na=false", "-n -A"),
        ("-xn=true -", "-xn=true -"),
        ("-a=false", "-A"),
        ("--no-clobber=T --jobs=3", "--no-clobber --jobs=3"),
        ("-t -j=3", "-t -j=3"),
        ("--tag -n=false", "--tag -n=false"),
        ("-- -t=v", "-- -t=v"),
        ("x -t=v", "x -t v"),
        ("-x=v -", "-x=v -"),
    ],
)
def test_short_options_take_their_values_as_go_s_flags_do(given, words):
    assert " ".join(plain_words(COPY.params, given.split(" "), interspersed=True)) == words


def test_words_of_a_command_that_is_run_stay_as_they_are():
    words = ["-t=v", "sh", "-t=v"]
    assert plain_words(COPY.params, words, interspersed=False) == ["-t", "v", "sh", "-t=v"]


def test_a_switch_is_true_or_false():
    with pytest.raises(click.BadOptionUsage, match="-n must be true or false, found 'maybe'"):
        plain_words(COPY.params, ["-n=maybe"], interspersed=True)


@pytest.mark.parametrize(
    "words",
    [
        ["mutate", "app", "--label", "k=caf\udce9"],
        ["mutate", "app", "-e", "K=caf\udce9"],
        ["mutate", "app", "--history", "caf\udce9"],
        ["index", "append", "-m", "app", "-a", "k=caf\udce9"],
        ["auth", "login", "example.com", "-u", "u", "-p", "caf\udce9"],
        ["ls", "caf\udce9"],
    ],
)
def test_text_that_is_not_utf_8_is_wrong_usage(words):
    with pytest.raises(click.BadParameter, match=r"xe9' is not valid UTF-8"):
        program.main(words, standalone_mode=False)
