"""`docker://`, names in registries: with a tag and a digest, and with a digest that is not known yet."""

from __future__ import annotations

import pytest

import pycrane
from pycrane._transports.table import parse_location

IMAGE, OTHER = pycrane.random_image(1), pycrane.random_image(2)


def test_an_unknown_digest_is_written_without_a_tag(pycrane_registry, repo):
    name = f"{pycrane_registry.address}/{repo}"
    with pycrane.Client() as client:
        pushed = client.copy(IMAGE, parse_location(f"docker://{name}@@unknown-digest@@"))
        assert pushed.name == f"{name}@{IMAGE.digest}"
        assert client.list_tags(name) == []
        assert client.open(f"{name}@{IMAGE.digest}").digest == IMAGE.digest


def test_an_unknown_digest_is_not_read_and_has_no_tag(pycrane, pycrane_registry):
    name = f"{pycrane_registry.address}/app"
    done = pycrane("cp", f"docker://{name}@@unknown-digest@@", "oci:x", check=False)
    assert done.returncode == 1
    assert f"docker://{name}@@unknown-digest@@ names no image to read" in done.stderr
    done = pycrane("cp", f"{name}:1", f"docker://{name}:1@@unknown-digest@@", check=False)
    assert done.returncode == 2
    assert f"'{name}:1' is not a repository" in done.stderr


def test_a_tag_and_a_digest_are_both_meant(pycrane_registry, repo):
    name = f"{pycrane_registry.address}/{repo}:1"
    both = parse_location(f"docker://{name}@{IMAGE.digest}")
    with pycrane.Client() as client:
        client.copy(IMAGE, both)
        assert client.digest(name) == IMAGE.digest
        client.copy(OTHER, name)
        assert client.open(both).digest == IMAGE.digest
        with pytest.raises(pycrane.PycraneError, match=f"named {IMAGE.digest} and the source"):
            client.copy(OTHER, both)
        # A name alone is crane's, which leaves the tag of such a name out.
        client.copy(IMAGE, f"{name}@{IMAGE.digest}")
        assert client.digest(name) == OTHER.digest
