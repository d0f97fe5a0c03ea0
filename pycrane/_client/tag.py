"""tag: one more name for what a registry has, byte for byte."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pycrane._errors import doing
from pycrane._reference import Reference, as_reference, check_tag

if TYPE_CHECKING:
    from pycrane._client.base import Base
    from pycrane._client.inputs import Name
    from pycrane._registry.client import RegistryClient


def tag(client: Base, reference: Name, new_tag: str) -> Reference:
    """Give a manifest or index another tag in its repository, and return the new reference.

    Raises:
        NotFoundError: it is not there.
        InvalidReferenceError: the text is not a valid tag; nothing was asked of the registry.
    """
    return put_tag(client.registry, as_reference(reference), new_tag)


def put_tag(client: RegistryClient, reference: Reference, new_tag: str) -> Reference:
    """Give a manifest or index another tag in its repository. Returns the new reference.

    Raises:
        InvalidReferenceError: no tag; nothing was asked of the registry.
        RegistryError: the registry refuses, or has no such manifest.
    """
    target = reference.repository.tag(check_tag(new_tag))
    with doing(f"tagging {reference.text or reference} as {new_tag}", reference=reference):
        client.session.expect(reference.repository, "pull", "push")
        raw, descriptor = client.get_manifest(reference)
        client.put_manifest(target, raw, descriptor.media_type)
    return target
