"""delete: tags alone, or manifests with all their tags; each other way has to be asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from pycrane._errors import UnsupportedError
from pycrane._reference import Reference, as_reference

if TYPE_CHECKING:
    from pycrane._client.base import Base
    from pycrane._client.inputs import Name
    from pycrane._registry.client import RegistryClient


def delete(
    client: Base,
    reference: Name,
    *,
    by_digest: bool = False,
    untag: bool = False,
    agree: Callable[[Sequence[str]], None] | None = None,
) -> None:
    """Delete a tag alone, or a manifest with all its tags if the reference is a digest.

    Where a registry cannot delete a tag alone: `by_digest` deletes what it names with all its tags,
    `untag` frees it by means of a placeholder manifest. With `by_digest`, `agree` is called with the other
    tags, if there are any, and raises if they may not go.

    Raises:
        NotFoundError: it is not there.
        UnsupportedError: the registry cannot.
    """
    if by_digest and untag:
        raise TypeError("by_digest and untag do not go together")
    name = as_reference(reference)
    if by_digest:
        delete_by_digest(client.registry, name, agree)
    elif untag:
        free_tag(client.registry, name)
    else:
        delete_alone(client.registry, name)


def delete_alone(client: RegistryClient, reference: Reference) -> None:
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


def free_tag(client: RegistryClient, reference: Reference) -> None:
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
