"""Texts that name no transport, or one that is not supported."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("ostree:app@/ostree", "the transport ostree: is not supported: no program writes images to OSTree"),
        ("ostree:app@/ostree", "Hint: use oci:DIR:NAME; an image in a registry that is called so is docker:"),
        ("atomic:ns/app:1", "Hint: use the registry, as docker://HOST/NAMESPACE/NAME:TAG"),
        ("sif:app.sif", "a Singularity image is a file system and has no layers"),
        ("sif:app.sif", "tarball:FILE; an image in a registry that is called so is docker://sif:app.sif"),
        ("docker-deamon:app:v1", "Hint: no transport is called docker-deamon: there are dir, docker"),
        ("foo:/x", "Hint: no transport is called foo: there are dir, docker, docker-archive, docker-daemon"),
        ("https://quay.io/app", "Hint: write quay.io/app"),
        ("quay.io:/app", "'quay.io:' is not a registry: expected HOST or HOST:PORT"),
    ],
)
@pytest.mark.parametrize("command", ["cp", "manifest"])
def test_a_text_with_an_unknown_transport_is_refused(pycrane, command, text, message):
    rest = ["oci:x"] if command == "cp" else []
    done = pycrane(command, text, *rest, check=False)
    assert (done.returncode, done.stdout) == (1 if text.startswith(("ostree", "atomic", "sif")) else 2, b"")
    assert message in done.stderr
