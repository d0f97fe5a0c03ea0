"""A plain HTTP client that shows every header, and manifests to push with it."""

from __future__ import annotations

import hashlib
import http.client
import json
from dataclasses import dataclass
from typing import Any, Self

OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
EMPTY_CONFIG = {
    "mediaType": "application/vnd.oci.empty.v1+json",
    "size": 2,
    "digest": "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """A response, read to its end."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    def __getitem__(self, header: str) -> str:
        value = self.headers[header]
        assert value is not None, f"no {header} in {self.headers.items()}"
        return value

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def codes(self) -> list[str]:
        """The error codes of the body."""
        return [error["code"] for error in self.json["errors"]]


class Client:
    """One connection to a registry, which is opened again when the registry has closed it."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._connection = http.client.HTTPConnection(address, timeout=20)

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        chunked = body is not None and not isinstance(body, bytes)
        self._connection.request(method, path, body, names, encode_chunked=chunked)
        response = self._connection.getresponse()
        return Answer(response.status, response.headers, response.read())

    def push_blob(self, repository: str, data: bytes, algorithm: str = "sha256") -> str:
        """Push a blob in one request and return its digest."""
        digest = digest_of(data, algorithm)
        assert self("POST", f"/v2/{repository}/blobs/uploads/?digest={digest}", data).status == 201
        return digest

    def push_manifest(self, repository: str, reference: str, manifest: dict[str, Any]) -> str:
        """Push a manifest and return its digest."""
        data = json.dumps(manifest).encode()
        answer = self(
            "PUT", f"/v2/{repository}/manifests/{reference}", data, Content_Type=manifest["mediaType"]
        )
        assert answer.status == 201, answer.body
        return digest_of(data)

    def open_session(self, repository: str) -> str:
        """Open an upload session and return its path."""
        return self("POST", f"/v2/{repository}/blobs/uploads/", b"")["Location"]

    def tags(self, repository: str) -> list[str]:
        return self("GET", f"/v2/{repository}/tags/list").json["tags"]

    def close(self) -> None:
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def digest_of(data: bytes, algorithm: str = "sha256") -> str:
    return f"{algorithm}:{hashlib.new(algorithm, data).hexdigest()}"


def image(note: str = "", **fields: Any) -> dict[str, Any]:
    """An artifact's manifest; different notes have different digests."""
    value = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": EMPTY_CONFIG,
        "layers": [],
        "annotations": {"note": note},
    }
    return value | fields


def descriptor(manifest: dict[str, Any]) -> dict[str, Any]:
    """What points to a manifest that `push_manifest` pushes."""
    data = json.dumps(manifest).encode()
    return {"mediaType": manifest["mediaType"], "size": len(data), "digest": digest_of(data)}


def index_of(*manifests: dict[str, Any], **fields: Any) -> dict[str, Any]:
    value = {
        "schemaVersion": 2,
        "mediaType": OCI_INDEX,
        "manifests": [descriptor(child) for child in manifests],
    }
    return value | fields
