"""Descriptors (OCI image spec, descriptor.md): what a manifest says about a thing it names."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pycrane._errors import InvalidReferenceError, MalformedError
from pycrane._oci import json_fields
from pycrane._oci.digest import Digest
from pycrane._oci.platform import Platform

_MAX_SIZE = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Descriptor:
    """Media type, digest and size in bytes, with what else a manifest may add (OCI spec, descriptor.md).

    `urls` are where else the content is, `data` are its bytes if they are embedded, `artifact_type` is empty
    if it is not said.
    `raw` is the JSON object it was read from, unknown fields and order kept; None if it was made here.
    """

    media_type: str
    digest: Digest
    size: int
    urls: tuple[str, ...] = ()
    annotations: Mapping[str, str] | None = None
    platform: Platform | None = None
    artifact_type: str = ""
    data: bytes | None = None
    raw: Mapping[str, Any] | None = None

    @classmethod
    def of(cls, media_type: str, data: bytes, platform: Platform | None = None) -> Descriptor:
        """Return the descriptor of these bytes, with the digest of SHA-256."""
        return cls(media_type, Digest.of(data), len(data), platform=platform)

    def __hash__(self) -> int:
        return hash((self.digest, self.size, self.media_type))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Descriptor):
            return NotImplemented
        return self.to_json() == other.to_json()

    @classmethod
    def from_json(cls, value: object, where: str) -> Descriptor:
        """Read a JSON object; `where` names it in errors, as in `layers[2]`.

        Raises:
            MalformedError: no descriptor: a wrong type, size, digest, or `data` that it does not describe.

        """
        if not isinstance(value, dict):
            raise MalformedError(
                f"{where} is not a descriptor: expected an object, found {type(value).__name__}"
            )
        size = value.get("size")
        if type(size) is not int or not 0 <= size <= _MAX_SIZE:
            raise MalformedError(f"{where} is not a descriptor: its size is {size!r}")
        try:
            digest = Digest.parse(json_fields.text(value, "digest", where))
        except InvalidReferenceError as error:
            raise MalformedError(f"{where} is not a descriptor: {error}") from error
        data = _data(value, where)
        if data is not None and (len(data) != size or (digest.verifiable and not digest.matches(data))):
            raise MalformedError(f"{where} embeds data that is not what its digest and size say")
        platform = value.get("platform")
        return cls(
            media_type=json_fields.text(value, "mediaType", where),
            digest=digest,
            size=size,
            urls=json_fields.texts(value, "urls", where),
            annotations=read_annotations(value, where),
            platform=Platform.from_json(platform, where) if platform is not None else None,
            artifact_type=json_fields.text(value, "artifactType", where),
            data=data,
            raw=value,
        )

    def to_json(self) -> dict[str, Any]:
        """The JSON object: what it was read from, or the known fields in Go's order."""
        if self.raw is not None:
            return dict(self.raw)
        value: dict[str, Any] = {"mediaType": self.media_type, "size": self.size, "digest": str(self.digest)}
        if self.data:
            value["data"] = base64.b64encode(self.data).decode()
        if self.urls:
            value["urls"] = list(self.urls)
        if self.annotations:
            value["annotations"] = dict(sorted(self.annotations.items()))
        if self.platform:
            value["platform"] = self.platform.to_json()
        if self.artifact_type:
            value["artifactType"] = self.artifact_type
        return value

    def __str__(self) -> str:
        return str(self.digest)


def read_annotations(value: Mapping[str, Any], where: str) -> Mapping[str, str] | None:
    """Read the annotations of an object, None without any.

    Raises:
        MalformedError: something else than an object of strings.

    """
    if value.get("annotations") is None:
        return None
    return json_fields.text_mapping(value, "annotations", where)


def _data(value: Mapping[str, Any], where: str) -> bytes | None:
    if value.get("data") is None:
        return None
    try:
        return base64.b64decode(json_fields.text(value, "data", where), validate=True)
    except (binascii.Error, ValueError) as error:
        raise MalformedError(f"{where} has data that is not base64") from error
