"""Lists in options, and how many blobs move side by side."""

from __future__ import annotations

import click
import pytest

from pycrane._cli.parameters import comma_separated, job_count
from pycrane._transfer.engine import DEFAULT_JOBS


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
    assert job_count(given) == count


def test_the_help_names_the_default(pycrane):
    assert f"[default: {DEFAULT_JOBS}]" in " ".join(pycrane("copy", "--help").text.split())
