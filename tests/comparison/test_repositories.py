"""gcrane lists repositories and garbage as pycrane does."""

from __future__ import annotations

import json
import subprocess

from cli import test_repositories as repositories
from cli.test_repositories import ARM, ONE

google, tree = repositories.google, repositories.tree


def gcrane(*words):
    done = subprocess.run(["gcrane", *words], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def test_gcrane_lists_the_same(pycrane, tree):
    assert set(pycrane("ls", "-r", tree).lines) == set(gcrane("ls", "-r", tree))
    children = {f"{tree}/app@{ONE.digest}", f"{tree}/app@{ARM.digest}"}
    assert {*pycrane("gc", "-r", tree).lines, *children} == set(gcrane("gc", "-r", tree))
    documents = [json.loads(line) for line in pycrane("ls", "-r", "--json", tree).lines]
    for document in documents:
        for manifest in document["manifest"].values():
            del manifest["layerId"]
    assert documents == [json.loads(line) for line in gcrane("ls", "-r", "--json", tree)]
