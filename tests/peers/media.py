"""Images of `peers.images` put where pycrane finds them: a registry, an OCI layout, a docker-save tarball.

OCI image-layout 1.0.0, distribution-spec v1.1 (push), and Docker's save format before and since 25.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import requests
from peers.images import Blob, Image, Index, encode, every_blob, every_manifest, tar
from peers.registry import Registry

REF_NAME = "org.opencontainers.image.ref.name"


def session_for(registry: Registry, repository: str) -> requests.Session:
    """A session that may pull and push in one repository, whatever the registry wants, without proxies."""
    session = requests.Session()
    session.trust_env = False
    if registry.ca_file:
        session.verify = str(registry.ca_file)
    if registry.client_cert and registry.client_key:
        session.cert = (str(registry.client_cert), str(registry.client_key))
    if registry.issuer:
        access = {"type": "repository", "name": repository, "actions": ["pull", "push"]}
        token = registry.issuer.sign(registry.username, [access])
        session.headers["Authorization"] = f"Bearer {token}"
    elif registry.username:
        session.auth = (registry.username, registry.password)
    return session


def push(registry: Registry, repository: str, root: Image | Index, *tags: str) -> str:
    """Push everything under `root`, tag it, and return its digest.

    The registry's count of requests starts anew. Where it wants tokens, its issuer signs one.
    """
    with session_for(registry, repository) as session:
        base = f"{registry.url}/v2/{repository}"
        for blob in every_blob(root).values():
            _push_blob(session, base, blob)
        for manifest in every_manifest(root):
            names = tags if manifest is root and tags else (manifest.digest,)
            for name in names:
                _push_manifest(session, base, manifest, name)
    registry.reset()
    return root.digest


def push_blob(registry: Registry, repository: str, blob: Blob) -> str:
    """Push one blob, and return its digest."""
    with session_for(registry, repository) as session:
        _push_blob(session, f"{registry.url}/v2/{repository}", blob)
    registry.reset()
    return blob.digest


def _push_blob(session: requests.Session, base: str, blob: Blob) -> None:
    started = session.post(f"{base}/blobs/uploads/", timeout=30)
    _expect(started, 202)
    address, headers = started.headers["Location"], {"Content-Type": "application/octet-stream"}
    where = {"digest": blob.digest}
    _expect(session.put(address, params=where, data=blob.data, headers=headers, timeout=30), 201)


def _push_manifest(session: requests.Session, base: str, manifest: Blob, name: str) -> None:
    headers = {"Content-Type": manifest.media_type}
    url = f"{base}/manifests/{name}"
    _expect(session.put(url, data=manifest.data, headers=headers, timeout=30), 201)


def _expect(answer: requests.Response, status: int) -> None:
    if answer.status_code != status:
        request = f"{answer.request.method} {answer.url}"
        raise AssertionError(f"{request}: {answer.status_code}, not {status}: {answer.text[:500]}")


def manifest_of(registry: Registry, repository: str, reference: str) -> Blob:
    """The manifest that the registry holds, asked for without pycrane."""
    accept = {"Accept": ", ".join(_ACCEPTED)}
    url = f"{registry.url}/v2/{repository}/manifests/{reference}"
    with session_for(registry, repository) as session:
        answer = session.get(url, headers=accept, timeout=30)
    _expect(answer, 200)
    return Blob(answer.headers["Content-Type"], answer.content)


_ACCEPTED = (
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)


def write_layout(path: Path, *roots: Image | Index, names: Mapping[str, str] | None = None) -> Path:
    """Write an OCI layout with `roots` in its index; `names` maps digests to reference names."""
    for name, data in layout_files(*roots, names=names).items():
        target = path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    return path


def layout_files(*roots: Image | Index, names: Mapping[str, str] | None = None) -> dict[str, bytes]:
    """The files of an OCI layout, by their path in it."""
    files = {"oci-layout": b'{"imageLayoutVersion":"1.0.0"}'}
    for root in roots:
        for blob in (*every_blob(root).values(), *every_manifest(root)):
            files[_blob_path(blob.digest)] = blob.data
    manifests = [_named(root, (names or {}).get(root.digest)) for root in roots]
    files["index.json"] = encode(
        {
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.index.v1+json",
            "manifests": manifests,
        }
    )
    return files


def _blob_path(digest: str) -> str:
    return f"blobs/{digest.replace(':', '/')}"


def _named(root: Image | Index, name: str | None) -> dict[str, Any]:
    descriptor = root.descriptor
    if isinstance(root, Image) and root.platform:
        descriptor["platform"] = root.platform
    if name:
        descriptor["annotations"] = {REF_NAME: name}
    return descriptor


def write_archive(path: Path, files: Mapping[str, bytes]) -> Path:
    """Write files as a tar, such as an OCI layout as an OCI archive."""
    path.write_bytes(tar(dict(files)))
    return path


def write_docker_save(path: Path, *images: Image, tags: Mapping[str, list[str]] | None = None) -> Path:
    """Write what Docker saved before 25: `<id>.json`, a folder a layer, manifest.json and repositories.

    Layers are written uncompressed, as Docker did. `tags` maps digests of images to names such as
    `example.com/app:1`; an image without any gets null.
    """
    return write_archive(path, docker_save_files(*images, tags=tags))


def docker_save_files(*images: Image, tags: Mapping[str, list[str]] | None = None) -> dict[str, bytes]:
    """The members of Docker's old save format, in its order."""
    files: dict[str, bytes] = {}
    entries = []
    repositories: dict[str, dict[str, str]] = {}
    for one in images:
        name = f"{_hex(one.config.digest)}.json"
        files[name] = one.config.data
        folders = _legacy_layers(one, files)
        named = (tags or {}).get(one.digest)
        entries.append(
            {"Config": name, "RepoTags": named, "Layers": [f"{folder}/layer.tar" for folder in folders]}
        )
        for tag in named or ():
            repository, _, short = tag.rpartition(":")
            repositories.setdefault(repository, {})[short] = folders[-1]
    files["manifest.json"] = encode(entries)
    files["repositories"] = encode(repositories)
    return files


def _legacy_layers(one: Image, files: dict[str, bytes]) -> list[str]:
    """Add the folders of an image's layers, and return their names, which are chained version 1 ids."""
    folders: list[str] = []
    for part in one.layers:
        parent = folders[-1] if folders else ""
        folder = hashlib.sha256(f"{part.diff_id} {parent}".encode()).hexdigest()
        document = {"id": folder} | ({"parent": parent} if parent else {})
        files[f"{folder}/VERSION"] = b"1.0"
        files[f"{folder}/json"] = encode(document)
        files[f"{folder}/layer.tar"] = part.content
        folders.append(folder)
    return folders


def write_docker_save_25(path: Path, *images: Image, tags: Mapping[str, list[str]] | None = None) -> Path:
    """Write what Docker saves since 25: an OCI layout that also holds manifest.json, layers as they are."""
    files = layout_files(*images)
    index = json.loads(files["index.json"])
    entries = []
    for one, descriptor in zip(images, index["manifests"], strict=True):
        named = (tags or {}).get(one.digest)
        if named:
            descriptor["annotations"] = {
                "io.containerd.image.name": named[0],
                REF_NAME: named[0].rpartition(":")[2],
            }
        paths = [_blob_path(part.digest) for part in one.layers]
        sources = {part.diff_id: part.descriptor for part in one.layers}
        entries.append(
            {
                "Config": _blob_path(one.config.digest),
                "RepoTags": named,
                "Layers": paths,
                "LayerSources": sources,
            }
        )
    files["index.json"] = encode(index)
    files["manifest.json"] = encode(entries)
    return write_archive(path, files)


def _hex(digest: str) -> str:
    return digest.partition(":")[2]
