"""What is seen of a run in the registry, asked without pycrane and crane."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

from cli.crane_local_looks import listing
from cli.crane_row import LOST, Look, Run, short
from cli.crane_world import World
from peers.images import DOCKER_LIST, DOCKER_MANIFEST, OCI_INDEX, OCI_MANIFEST
from peers.media import session_for

_ACCEPT = {"Accept": ",".join((OCI_MANIFEST, OCI_INDEX, DOCKER_MANIFEST, DOCKER_LIST))}
_TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$")


def _digest(run: Run, about: str) -> str:
    """How the digest begins of the manifest in a registry, of the printed reference if none is named."""
    return short(_manifest(run, about).replace(run.world.names["host"].encode(), b"HOST"))


def _manifest(run: Run, name: str) -> bytes:
    name = name or run.stdout.decode().strip()
    _, _, path = name.partition("/")
    path, _, reference = path.partition("@") if "@" in path else path.rpartition(":")
    raw = _get(run.world, path, f"manifests/{reference}")
    assert not reference.startswith("sha256:") or reference == f"sha256:{hashlib.sha256(raw).hexdigest()}"
    return raw


def _get(world: World, path: str, what: str) -> bytes:
    with session_for(world.registry, path) as session:
        answer = session.get(f"{world.registry.url}/v2/{path}/{what}", headers=_ACCEPT, timeout=30)
    answer.raise_for_status()
    return answer.content


def _tags(run: Run, name: str) -> list[str]:
    """The tags of a repository in the registry, none if it is not there."""
    path = name.partition("/")[2]
    with session_for(run.world.registry, path) as session:
        answer = session.get(f"{run.world.registry.url}/v2/{path}/tags/list", timeout=30)
    return sorted(answer.json().get("tags") or ())


def _there(run: Run, name: str) -> bool:
    """Whether a manifest is in the registry."""
    path, _, reference = name.partition("/")[2].replace("@", ":", 1).partition(":")
    with session_for(run.world.registry, path) as session:
        url = f"{run.world.registry.url}/v2/{path}/manifests/{reference}"
        return session.head(url, headers=_ACCEPT, timeout=30).status_code == 200


def _blob(run: Run, about: str) -> bool:
    """Whether a layer is in a repository: `REPOSITORY NUMBER` of the image that is `v1` there."""
    name, _, number = about.partition(" ")
    path = name.partition("/")[2]
    layer = json.loads(_manifest(run, f"{name}:v1"))["layers"][int(number)]
    with session_for(run.world.registry, path) as session:
        url = f"{run.world.registry.url}/v2/{path}/blobs/{layer['digest']}"
        return session.head(url, timeout=30).status_code == 200


def _types(run: Run, name: str) -> list[str]:
    """The media types of a manifest, its config and its layers."""
    manifest = json.loads(_manifest(run, name))
    parts = manifest.get("manifests") or [manifest["config"], *manifest["layers"]]
    return [manifest.get("mediaType"), *(part["mediaType"] for part in parts)]


def _config(run: Run, name: str) -> Any:
    """The configuration of an image, without the times of just now and without the program's name."""
    return _timeless(json.loads(_blobs(run, name)[0]))


def _config_but(run: Run, about: str) -> Any:
    """The same without one of its fields: `FIELD NAME`."""
    key, _, name = about.partition(" ")
    return {other: value for other, value in _config(run, name).items() if other != key}


def _timeless(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _timeless(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_timeless(part) for part in value]
    if isinstance(value, str) and _TIME.match(value):
        # What is no older than a day was written by the row.
        since = datetime.now(UTC) - datetime.fromisoformat(value[:19] + "+00:00")
        return "now" if since < timedelta(days=1) else value
    return re.sub("^pycrane ", "crane ", value) if isinstance(value, str) else value


def _blobs(run: Run, name: str) -> list[bytes]:
    """The configuration and the layers of an image in the registry."""
    manifest = json.loads(_manifest(run, name))
    path = re.split("[@:]", (name or run.stdout.decode().strip()).partition("/")[2])[0]
    return [
        _get(run.world, path, f"blobs/{part['digest']}") for part in (manifest["config"], *manifest["layers"])
    ]


def _raw(run: Run, name: str) -> str:
    """A manifest as it is in the registry."""
    return run.world.unnamed(_manifest(run, name)).decode()


def _field(run: Run, about: str) -> Any:
    """A field of a manifest: `subject NAME`."""
    key, _, name = about.partition(" ")
    value = json.loads(_raw(run, name)).get(key)
    return LOST if value is None else value


def _layers(run: Run, name: str) -> list[list[str]]:
    """What is in each layer of an image."""
    return [listing(data) for data in _blobs(run, name)[1:]]


REGISTRY_LOOKS: dict[str, Look] = {
    "digest": _digest,
    "tags": _tags,
    "there": _there,
    "blob": _blob,
    "types": _types,
    "config": _config,
    "config-but": _config_but,
    "raw": _raw,
    "field": _field,
    "layers": _layers,
}
"""The ways to look at it."""
