"""Endpoints by path (distribution spec, Endpoints), and the grammar of names, digests and tags in it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto

from pycrane._errors import InvalidReferenceError
from pycrane._oci.digest import Digest
from pycrane._reference import check_tag, parse_repository
from pycrane._server.refusals import Code, Refusal


class Endpoint(Enum):
    """The resources of a registry."""

    BASE = auto()
    CATALOG = auto()
    BLOB = auto()
    UPLOADS = auto()
    UPLOAD = auto()
    MANIFEST = auto()
    TAGS = auto()
    REFERRERS = auto()


@dataclass(frozen=True, slots=True)
class Route:
    """An endpoint, the repository it belongs to and the last part of the path (a digest, tag or session)."""

    endpoint: Endpoint
    repository: str = ""
    item: str = ""


# Parts of a repository name may look like endpoints; the last match in the path counts.
_IN_REPOSITORY = tuple(
    (endpoint, re.compile(rf"/v2/(?P<name>.+)/{pattern}"))
    for endpoint, pattern in (
        (Endpoint.UPLOADS, r"blobs/uploads/?(?P<item>)"),
        (Endpoint.UPLOAD, r"blobs/uploads/(?P<item>[^/]+)"),
        (Endpoint.BLOB, r"blobs/(?P<item>[^/]+)"),
        (Endpoint.MANIFEST, r"manifests/(?P<item>[^/]+)"),
        (Endpoint.TAGS, r"tags/list(?P<item>)"),
        (Endpoint.REFERRERS, r"referrers/(?P<item>[^/]+)"),
    )
)
_FIXED = {
    "/v2": Route(Endpoint.BASE),
    "/v2/": Route(Endpoint.BASE),
    "/v2/_catalog": Route(Endpoint.CATALOG),
}


def find_route(path: str) -> Route:
    """The route of a decoded path.

    Raises:
        Refusal: 404 for a path of no endpoint, 400 for an invalid repository name.

    """
    if path in _FIXED:
        return _FIXED[path]
    for endpoint, pattern in _IN_REPOSITORY:
        if match := pattern.fullmatch(path):
            return Route(endpoint, check_repository(match["name"]), match["item"])
    raise Refusal(Code.UNSUPPORTED, "no such endpoint", status=404)


def check_repository(name: str) -> str:
    """Return a valid repository name as it is. Raises Refusal for any other."""
    try:
        return parse_repository(f"localhost/{name}").path
    except InvalidReferenceError as error:
        raise Refusal(Code.NAME_INVALID, "not a repository name") from error


def check_digest(text: str) -> Digest:
    """Read a digest that the registry can verify. Raises Refusal otherwise."""
    try:
        digest = Digest.parse(text)
    except InvalidReferenceError as error:
        raise Refusal(Code.DIGEST_INVALID, "not a digest") from error
    if not digest.verifiable:
        raise Refusal(Code.DIGEST_INVALID, f"digest algorithm {digest.algorithm} is not supported")
    return digest


def check_reference(text: str) -> Digest | str:
    """A digest if there is a colon in it, else a tag. Raises Refusal for text that is neither."""
    if ":" in text:
        return check_digest(text)
    try:
        return check_tag(text)
    except InvalidReferenceError as error:
        raise Refusal(Code.TAG_INVALID, "not a tag") from error
