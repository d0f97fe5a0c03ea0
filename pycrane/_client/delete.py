"""delete: tags alone, or manifests with all their tags; nothing is done instead unless it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from pycrane._errors import UnsupportedError
from pycrane._reference import Reference

if TYPE_CHECKING:
    from pycrane._registry.client import RegistryClient


def delete(client: RegistryClient, reference: Reference) -> None:
    """Delete a tag alone, or a manifest with all its tags if the reference is a digest.

    Raises:
        NotFoundError: it is not there.
        UnsupportedError: the registry cannot; the hint names `untag` and `delete_by_digest`.
        PycraneError: the registry refuses, or does not answer.
    """
    client.session.expect(reference.repository, "pull", "push", "delete")
    try:
        # What a tag names stays, so only of a digest it is asked what it belongs to.
        subject = client.digest_and_subject(reference)[1] if reference.digest else None
        client.delete_manifest(reference, subject=subject)
    except UnsupportedError:
        client.head_manifest(reference)  # of what is not there, it is said that it is not there
        raise


def untag(client: RegistryClient, reference: Reference) -> None:
    """Free a tag alone: the plain way where the registry can, else by means of a throw-away manifest.

    Raises:
        UnsupportedError: the reference is a digest, or the registry deletes nothing.
        PycraneError: as `delete`.
    """
    if reference.digest is not None:
        raise UnsupportedError("a digest has no tag to free", hint="name a tag, or leave out --untag")
    try:
        client.delete_manifest(reference)
    except UnsupportedError:
        client.delete_tag_by_placeholder(reference)


def delete_by_digest(
    client: RegistryClient, reference: Reference, agree: Callable[[Sequence[str]], None] | None = None
) -> None:
    """Delete what a reference names, with all tags that name it.

    `agree` is called with the other tags, if there are any, and raises if they may not go; None is agreed.

    Raises:
        PycraneError: as `delete`, and whatever `agree` raises; nothing is deleted then.
    """
    client.session.expect(reference.repository, "pull", "push", "delete")
    digest, subject = client.digest_and_subject(reference)
    if agree is not None:
        tags = client.tags_of_digest(reference.repository, digest)
        others = [tag for tag in tags if tag != reference.tag or reference.digest]
        if others:
            agree(others)
    client.delete_manifest(reference.with_digest(digest), subject=subject)
