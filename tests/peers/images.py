"""Images made by hand from raw JSON and bytes, so that no test of pycrane leans on pycrane.

OCI image-spec v1.1 (manifest, config, index, layer) and Docker's schema 2 media types. Everything is the
same bytes in every run, but for gzip and zstd, whose bytes depend on the library's version.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import sys
import tarfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
OCI_LAYER = "application/vnd.oci.image.layer.v1.tar"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json"
DOCKER_LAYER = "application/vnd.docker.image.rootfs.diff.tar"
DOCKER_FOREIGN_LAYER = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"
IN_TOTO = "application/vnd.in-toto+json"

Compression = Literal["gzip", "zstd", ""]
Family = Literal["oci", "docker"]
Algorithm = Literal["sha256", "sha512"]

_SUFFIX: dict[Family, dict[str, str]] = {
    "oci": {"gzip": "+gzip", "zstd": "+zstd", "": ""},
    "docker": {"gzip": ".gzip", "zstd": ".zstd", "": ""},
}


def digest_of(data: bytes, algorithm: Algorithm = "sha256") -> str:
    """`algorithm:hex` of some bytes."""
    return f"{algorithm}:{hashlib.new(algorithm, data).hexdigest()}"


def encode(document: Any) -> bytes:
    """Compact JSON, the order of keys kept."""
    return json.dumps(document, separators=(",", ":")).encode()


@dataclass(frozen=True, slots=True)
class Blob:
    """Bytes under a media type and a digest."""

    media_type: str
    data: bytes = field(repr=False)
    algorithm: Algorithm = "sha256"

    @property
    def digest(self) -> str:
        return digest_of(self.data, self.algorithm)

    @property
    def descriptor(self) -> dict[str, Any]:
        """mediaType, size and digest, in Go's order."""
        return {"mediaType": self.media_type, "size": len(self.data), "digest": self.digest}


@dataclass(frozen=True, slots=True)
class Layer(Blob):
    """A blob that is a tar stream, perhaps compressed; `content` is the tar."""

    content: bytes = field(default=b"", repr=False)

    @property
    def diff_id(self) -> str:
        """The digest of the tar (config.md, rootfs)."""
        return digest_of(self.content)


@dataclass(frozen=True, slots=True)
class Image(Blob):
    """A manifest (its bytes are `data`), its config and its layers."""

    config: Blob = field(default_factory=lambda: Blob("", b""))
    layers: tuple[Layer, ...] = ()
    platform: dict[str, Any] | None = None

    @property
    def manifest(self) -> dict[str, Any]:
        manifest: dict[str, Any] = json.loads(self.data)
        return manifest

    @property
    def blobs(self) -> tuple[Blob, ...]:
        """Config and layers, each digest once."""
        return tuple({blob.digest: blob for blob in (self.config, *self.layers)}.values())


@dataclass(frozen=True, slots=True)
class Index(Blob):
    """An index (its bytes are `data`) and its children."""

    children: tuple[Image | Index, ...] = ()

    @property
    def manifest(self) -> dict[str, Any]:
        manifest: dict[str, Any] = json.loads(self.data)
        return manifest


def tar(files: Mapping[str, bytes | str | None] | Iterable[tarfile.TarInfo | tuple[str, bytes]]) -> bytes:
    """A tar of files by name, all with the epoch's time and root's ids.

    In a mapping, bytes are a file, None is a folder and text is where a symbolic link points. Otherwise
    TarInfo objects (without content) and (name, bytes) pairs are written as they come.
    """
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for item in files.items() if isinstance(files, Mapping) else files:
            if isinstance(item, tarfile.TarInfo):
                archive.addfile(item)
            else:
                member, content = _member(*item)
                archive.addfile(member, io.BytesIO(content))
    return out.getvalue()


def _member(name: str, content: bytes | str | None) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.mode = 0o644
    if isinstance(content, bytes):
        info.size = len(content)
        return info, content
    if content is None:
        info.type, info.mode = tarfile.DIRTYPE, 0o755
    else:
        info.type, info.linkname, info.mode = tarfile.SYMTYPE, content, 0o777
    return info, b""


def layer(
    files: Mapping[str, bytes | str | None] | bytes,
    *,
    compression: Compression = "gzip",
    family: Family = "oci",
    algorithm: Algorithm = "sha256",
) -> Layer:
    """A layer of `files` (see `tar`), or of a tar's bytes."""
    content = files if isinstance(files, bytes) else tar(files)
    base = OCI_LAYER if family == "oci" else DOCKER_LAYER
    media_type = base + _SUFFIX[family][compression]
    return Layer(media_type, _compress(content, compression), algorithm, content)


def _compress(content: bytes, compression: Compression) -> bytes:
    if compression == "gzip":
        return gzip.compress(content, mtime=0)
    return zstd.compress(content) if compression == "zstd" else content


def image(
    *layers: Layer,
    platform: str = "linux/amd64",
    family: Family = "oci",
    config: Mapping[str, Any] | None = None,
    extra: Mapping[str, Any] | None = None,
    manifest: Mapping[str, Any] | None = None,
    algorithm: Algorithm = "sha256",
) -> Image:
    """An image of `layers` (one small layer when there are none).

    `config` is merged into the config's "config" section, `extra` into the config itself and `manifest`
    into the manifest; so unknown fields can be put into each.
    """
    layers = layers or (layer({"hello.txt": f"hello {platform}\n".encode()}, family=family),)
    os_name, architecture, *variant = platform.split("/")
    where: dict[str, Any] = {"architecture": architecture, "os": os_name}
    where |= {"variant": variant[0]} if variant else {}
    document = {
        **where,
        "config": {"Env": ["PATH=/usr/bin:/bin"], "Cmd": ["/bin/true"], **(config or {})},
        "created": "2024-01-02T03:04:05Z",
        "history": [{"created": "2024-01-02T03:04:05Z", "created_by": "the tests"} for _ in layers],
        "rootfs": {"type": "layers", "diff_ids": [one.diff_id for one in layers]},
        **(extra or {}),
    }
    kind = DOCKER_CONFIG if family == "docker" else OCI_CONFIG
    return assemble(
        Blob(kind, encode(document), algorithm),
        layers,
        media_type=DOCKER_MANIFEST if family == "docker" else OCI_MANIFEST,
        platform=where,
        manifest=manifest,
        algorithm=algorithm,
    )


def assemble(
    config: Blob,
    layers: Sequence[Layer],
    *,
    media_type: str = OCI_MANIFEST,
    platform: dict[str, Any] | None = None,
    manifest: Mapping[str, Any] | None = None,
    algorithm: Algorithm = "sha256",
) -> Image:
    """An image of any config, also of one that is no image config (an artifact)."""
    document = {
        "schemaVersion": 2,
        "mediaType": media_type,
        "config": config.descriptor,
        "layers": [one.descriptor for one in layers],
        **(manifest or {}),
    }
    return Image(media_type, encode(document), algorithm, config, tuple(layers), platform)


def index(
    *children: Image | Index,
    family: Family = "oci",
    manifest: Mapping[str, Any] | None = None,
    annotations: Mapping[str, Mapping[str, str]] | None = None,
    algorithm: Algorithm = "sha256",
) -> Index:
    """An index of `children`, each image with its platform.

    `manifest` is merged into the index, `annotations` into the descriptors, by digest.
    """
    media_type = DOCKER_LIST if family == "docker" else OCI_INDEX
    document = {
        "schemaVersion": 2,
        "mediaType": media_type,
        "manifests": [_child(child, (annotations or {}).get(child.digest)) for child in children],
        **(manifest or {}),
    }
    return Index(media_type, encode(document), algorithm, children)


def _child(child: Image | Index, annotations: Mapping[str, str] | None) -> dict[str, Any]:
    descriptor = child.descriptor
    if isinstance(child, Image) and child.platform:
        descriptor["platform"] = child.platform
    if annotations:
        descriptor["annotations"] = dict(annotations)
    return descriptor


def attestation(subject: Image) -> tuple[Image, dict[str, str]]:
    """What BuildKit adds for an image: a child for no platform, and the annotations of its descriptor."""
    statement = encode({"_type": "https://in-toto.io/Statement/v0.1", "subject": []})
    child = image(Layer(IN_TOTO, statement, content=statement), platform="unknown/unknown")
    return child, {
        "vnd.docker.reference.digest": subject.digest,
        "vnd.docker.reference.type": "attestation-manifest",
    }


def multi_platform(
    *platforms: str,
    family: Family = "oci",
    attested: bool = False,
) -> Index:
    """An index of one small image a platform; with `attested`, also the attestation of the first."""
    names = platforms or ("linux/amd64", "linux/arm64/v8")
    images = [image(platform=name, family=family) for name in names]
    if not attested:
        return index(*images, family=family)
    child, annotations = attestation(images[0])
    return index(*images, child, family=family, annotations={child.digest: annotations})


def nested() -> Index:
    """An index that holds an index beside an image."""
    return index(multi_platform("linux/arm64/v8", "linux/s390x"), image(platform="linux/amd64"))


def every_blob(root: Image | Index) -> dict[str, Blob]:
    """All configs and layers under a manifest, by digest, each once."""
    if isinstance(root, Image):
        return {blob.digest: blob for blob in root.blobs}
    return {digest: blob for child in root.children for digest, blob in every_blob(child).items()}


def every_manifest(root: Image | Index) -> list[Image | Index]:
    """All manifests under one and itself, children before parents, each once."""
    below = [one for child in getattr(root, "children", ()) for one in every_manifest(child)]
    return list({one.digest: one for one in (*below, root)}.values())
