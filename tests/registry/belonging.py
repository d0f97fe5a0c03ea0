"""Artifacts that belong to an image, and the list of them under the fallback tag."""

from __future__ import annotations

import json
from typing import Any

from peers.images import OCI_INDEX, Blob, Image, assemble, every_blob, image, layer
from peers.media import manifest_of
from peers.registry import Registry

from pycrane._image.content import MemoryContent
from pycrane._image.medium import Item
from pycrane._image.view import open_view
from pycrane._oci.digest import Digest
from pycrane._reference import Repository
from pycrane._registry.client import RegistryClient
from pycrane._transfer.engine import transfer

SUBJECT = image()
CONFIG = Blob("application/vnd.example.sbom.config", b"{}")


def referrer(text: str, **manifest: Any) -> Image:
    """An artifact that belongs to SUBJECT."""
    fields = {"subject": SUBJECT.descriptor, "annotations": {"text": text}, **manifest}
    return assemble(CONFIG, [layer({text: b""})], manifest=fields)


def send(client: RegistryClient, target: Repository, root: Image) -> None:
    held = {Digest.parse(digest): blob.data for digest, blob in every_blob(root).items()}
    view = open_view(MemoryContent(held), root.data, media_type=root.media_type)
    with client.sink(target) as sink:
        transfer([Item(view, root.digest)], sink)


def listed(registry: Registry, repo: str) -> list[dict[str, Any]]:
    found = manifest_of(registry, repo, SUBJECT.digest.replace(":", "-"))
    assert found.media_type == OCI_INDEX
    document = json.loads(found.data)
    assert document["schemaVersion"] == 2
    assert document["mediaType"] == OCI_INDEX
    manifests: list[dict[str, Any]] = document["manifests"]
    return manifests
