"""Images to synchronise, found with the flags about the source side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from pycrane._cli.skopeo.session import SkopeoSession
from pycrane._cli.skopeo.settings import Access
from pycrane._client.sync_list import SyncHost, read_list
from pycrane._client.sync_sources import SyncImage, by_list, in_directories, in_registry
from pycrane._errors import PycraneError
from pycrane._reference import parse_reference
from pycrane._registry.client import RegistryClient


def found(
    session: SkopeoSession,
    access: Access,
    origin: str,
    source: str,
    failed: Callable[[str, PycraneError], None],
) -> Sequence[SyncImage]:
    """Return the images of a source of a kind: docker, dir or yaml. Raises PycraneError."""
    if origin == "docker":
        repository = parse_reference(source).repository
        return in_registry(session.registry("src", repository), source)
    if origin == "dir":
        return in_directories(Path(source))

    def registry_of(host: SyncHost) -> RegistryClient:
        return session.registry_for(_access(host, access))

    return by_list(read_list(Path(source)), registry_of, failed)


def _access(host: SyncHost, access: Access) -> Access:
    """Return the way to access a registry of a list: as the list says, else as the flags say."""
    if host.tls_verify is not None:
        access = replace(access, tls_verify=host.tls_verify)
    if host.cert_dir is not None:
        access = replace(access, cert_dir=str(host.cert_dir))
    if host.credentials is None:
        return access
    username, password = host.credentials.username, host.credentials.password
    return replace(
        access, creds=None, registry_token=None, no_creds=None, username=username, password=password
    )
