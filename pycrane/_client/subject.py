"""What a verb works on: the name of an image or index in a registry, or a view of one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pycrane._errors import doing
from pycrane._image.view import View
from pycrane._reference import Reference, Repository

if TYPE_CHECKING:
    from pycrane._registry.client import RegistryClient

Subject = Reference | View


def name_of(subject: Subject) -> str:
    """What a person calls it: the name as it was typed, or the digest of a view."""
    return subject.text or subject.name if isinstance(subject, Reference) else str(subject.digest)


def opened(client: RegistryClient, subject: Subject) -> View:
    """The view of it, which is one request where it is a name. Raises as `RegistryClient.open` does."""
    return client.open(subject) if isinstance(subject, Reference) else subject


@contextmanager
def working(
    client: RegistryClient, what: str, subject: Subject, target: Repository | None = None
) -> Iterator[None]:
    """Say in errors what is being done to which image, and have one token for all that is to come.

    `target` is the repository that is written to, if one is.
    """
    named = subject if isinstance(subject, Reference) else None
    with doing(what, reference=named):
        if named is not None:
            client.session.expect(named.repository, "pull")
        if target is not None:
            client.session.expect(target, "pull", "push")
        yield
