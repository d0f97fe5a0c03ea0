"""Rows of `registry serve`: how it is started, and what it answers to the requests of a push and a pull."""

from __future__ import annotations

from dataclasses import dataclass

from cli.crane_images import ARM, MULTI, OCI
from cli.crane_row import Row, short
from peers import images

NOWHERE = "127.0.0.1:0"
STARTS = (
    Row(f"registry serve --address {NOWHERE}"),
    Row(f"registry serve --address {NOWHERE} --disk kept"),
    Row(f"registry serve --blobs-to-disk --address {NOWHERE}"),
    Row("registry serve", env={"PORT": "0"}),
)


@dataclass(frozen=True)
class Exchange:
    """One request, the status of its answer, and how the digest of the answer's body begins."""

    method: str
    path: str
    status: int
    body: str | None = None
    sends: bytes = b""
    type: str = "application/octet-stream"

    def __str__(self) -> str:
        return f"{self.method} {self.path[:40]}"


def manifest(root, name):
    return Exchange("PUT", f"a/b/manifests/{name}", 201, sends=root.data, type=root.media_type)


LAYER = OCI.layers[0]
EXCHANGES = (
    Exchange("GET", "", 200),
    Exchange("GET", "a/b/tags/list", 404),
    Exchange("HEAD", f"a/b/blobs/{LAYER.digest}", 404),
    *(
        Exchange("POST", f"a/b/blobs/uploads/?digest={blob.digest}", 201, sends=blob.data)
        for blob in (*OCI.blobs, ARM.config)
    ),
    Exchange("HEAD", f"a/b/blobs/{LAYER.digest}", 200),
    Exchange("GET", f"a/b/blobs/{LAYER.digest}", 200, short(LAYER.data)),
    manifest(OCI, OCI.digest),
    manifest(ARM, "arm"),
    manifest(MULTI, "v1"),
    Exchange("GET", "a/b/manifests/v1", 200, short(MULTI.data), type=images.OCI_INDEX),
    Exchange("GET", f"a/b/manifests/{OCI.digest}", 200, short(OCI.data), type=images.OCI_MANIFEST),
    Exchange("GET", "a/b/manifests/gone", 404),
    Exchange("GET", "_catalog", 200, short(b'{"repositories":["a/b"]}')),
    Exchange("GET", "a/b/tags/list", 200, short(b'{"name":"a/b","tags":["arm","v1"]}')),
    Exchange("DELETE", "a/b/manifests/arm", 202),
    Exchange("GET", "a/b/manifests/arm", 404),
)
