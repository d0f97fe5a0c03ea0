"""wait: until a reference is in its registry, or has a digest."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from pycrane._client.inputs import Name
from pycrane._errors import MalformedError, TimedOutError
from pycrane._limits import timeout_of
from pycrane._oci.digest import Digest, as_digest
from pycrane._reference import Reference, as_reference

if TYPE_CHECKING:
    from pycrane._client.base import Base

_SHORTEST = 0.1


def wait(
    client: Base,
    reference: Name,
    digest: Digest | str | None = None,
    *,
    timeout: float = 600.0,
    interval: float = 5.0,
) -> Reference:
    """Wait until a registry has a reference, with `digest` until it has that one; returns it by digest.

    It is looked up every `interval` seconds, for `timeout` seconds at most; both are in seconds.

    Raises:
        TimedOutError: it is not there in time, or has another digest.
        MalformedError: a time is not positive.
        RegistryError: the registry refuses.
    """
    name = as_reference(reference)
    wanted = None if digest is None else as_digest(digest)
    if not (timeout >= 0 and interval >= _SHORTEST):
        raise MalformedError(
            f"waiting {timeout} seconds and looking every {interval}, expected at least 0 and {_SHORTEST}"
        )
    end = time.monotonic() + timeout
    while True:
        found = client.registry.find_manifest(name)
        if found is not None and wanted in (None, found.digest):
            return name.with_digest(found.digest)
        left = end - time.monotonic()
        if left <= 0:
            raise _too_late(name, found.digest if found else None, wanted, timeout)
        time.sleep(timeout_of(min(interval, left)))


def _too_late(name: Reference, found: Digest | None, wanted: Digest | None, timeout: float) -> TimedOutError:
    state = f"has the digest {found}, expected {wanted}" if found else "is not there"
    return TimedOutError(f"{name.text or name} {state} after {timeout:g} seconds")
