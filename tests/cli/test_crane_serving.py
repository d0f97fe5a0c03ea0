"""A registry that pycrane serves answers as one that crane serves."""

from __future__ import annotations

import os
import re
import subprocess
from contextlib import contextmanager

import pytest
import requests
from cli.crane_row import short
from cli.crane_serving import EXCHANGES, STARTS
from peers import images


@contextmanager
def serving(command, row, folder):
    """A registry in a process of its own; the port that it tells, in whichever words."""
    (folder / "kept").mkdir()
    with subprocess.Popen(
        [*command, *row.line.split()],
        env={**os.environ, "TMPDIR": str(folder), **row.env},
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            told = (re.search(r"(?:^127\.0\.0\.1:|serving on port )(\d+)$", line) for line in process.stdout)
            yield next(found[1] for found in told if found)
        finally:
            process.kill()


def answers(port):
    """What the registry at a port answers, to be compared with EXCHANGES."""
    with requests.Session() as session:
        session.trust_env = False
        for wanted in EXCHANGES:
            answer = session.request(
                wanted.method,
                f"http://127.0.0.1:{port}/v2/{wanted.path}",
                data=wanted.sends,
                headers={"Content-Type": wanted.type, "Accept": wanted.type},
                timeout=30,
            )
            is_list = wanted.path.endswith(("list", "_catalog"))
            content = images.encode(answer.json()) if is_list else answer.content
            yield str(wanted), answer.status_code, short(content) if wanted.body else None


EXPECTED = [(str(wanted), wanted.status, wanted.body) for wanted in EXCHANGES]


@pytest.mark.parametrize("row", STARTS, ids=str)
def test_pycrane_serves_as_the_table_says(pycrane, row, tmp_path):
    with serving(pycrane.command, row, tmp_path) as port:
        assert list(answers(port)) == EXPECTED
