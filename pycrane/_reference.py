"""Names: registry, repository, tag, digest (distribution spec, Pulling manifests; Docker's defaults).

A name is `[HOST[:PORT]/]PATH[:TAG][@DIGEST]`. The first part is a host if it holds a dot, a colon or an
upper-case letter, or is `localhost`; otherwise the registry is Docker Hub, whose one-part paths gain
`library/`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from pycrane._errors import InvalidReferenceError, doing, expect
from pycrane._oci.digest import Digest

DOCKER_HUB = "index.docker.io"
DEFAULT_TAG = "latest"

_PATH_PART = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_PATH = re.compile(rf"{_PATH_PART}(?:/{_PATH_PART})*")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
_HOST_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9])?"
_HOST = re.compile(rf"(?:{_HOST_LABEL}(?:\.{_HOST_LABEL})*\.?|\[[0-9A-Fa-f:.]+\])(?::([0-9]{{1,5}}))?")
_PATH_LENGTH = 255
_HOST_LENGTH = 253 + len(":65535")  # RFC 1035 and a port


@dataclass(frozen=True, slots=True, order=True)
class Repository:
    """A repository of a registry: `registry` is host[:port] as shown (Docker Hub: index.docker.io)."""

    registry: str
    path: str

    @property
    def name(self) -> str:
        """`registry/path`."""
        return f"{self.registry}/{self.path}" if self.registry else self.path

    def tag(self, tag: str) -> Reference:
        """Return the reference of a tag in this repository. Raises InvalidReferenceError for other text."""
        return Reference(self, check_tag(tag), None)

    def digest(self, digest: Digest | str) -> Reference:
        """The reference of a manifest in this repository by its digest."""
        return Reference(self, None, Digest.parse(digest) if isinstance(digest, str) else digest)

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Reference:
    """A tag or digest in a repository. With both, the digest decides and the tag is kept for show.

    `text` is what was typed, for messages and for formats that record it; it does not count in comparisons.
    """

    repository: Repository
    tag: str | None
    digest: Digest | None
    text: str = ""

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Reference):
            return NotImplemented
        return (self.repository, self.tag, self.digest) == (other.repository, other.tag, other.digest)

    def __hash__(self) -> int:
        return hash((self.repository, self.tag, self.digest))

    @property
    def registry(self) -> str:
        """host[:port] of the registry."""
        return self.repository.registry

    @property
    def identifier(self) -> str:
        """Identifier in the URL: the digest if there is one, else the tag."""
        return str(self.digest) if self.digest else self.tag or DEFAULT_TAG

    @property
    def name(self) -> str:
        """The whole name, `registry/path:tag` or `registry/path@digest`."""
        return f"{self.repository.name}{'@' if self.digest else ':'}{self.identifier}"

    def with_digest(self, digest: Digest) -> Reference:
        """The same repository at this digest."""
        return replace(self, tag=None, digest=digest, text="")

    def __str__(self) -> str:
        return self.name


def parse_reference(text: str, *, default_tag: str = DEFAULT_TAG) -> Reference:
    """Read a reference; without tag and digest it is `default_tag`.

    Raises:
        InvalidReferenceError: no registry can hold this name. The message says which part and why.

    """
    expect(text, str, "a reference")
    with doing(f"could not parse reference {text!r}"):
        rest, at, digest_text = text.partition("@")
        digest = Digest.parse(digest_text) if at else None
        head, colon, last = rest.rpartition(":")
        tag: str | None = None
        if colon and "/" not in last:
            rest, tag = head, check_tag(last)
        return Reference(parse_repository(rest), tag if tag or digest else default_tag, digest, text)


def parse_repository(text: str) -> Repository:
    """Read `[host[:port]/]path`, without tag and digest.

    Raises:
        InvalidReferenceError: no registry can hold this name.

    """
    expect(text, str, "a repository")
    if "://" in text:
        raise InvalidReferenceError(
            f"{text!r} is not a repository: a name has no scheme",
            hint=f"write {text.split('://', 1)[1]}; a registry without TLS is named with --insecure-registry",
        )
    first, slash, path = text.partition("/")
    if slash and (first == "localhost" or "." in first or ":" in first or first != first.lower()):
        registry = parse_registry(first)
    else:
        registry, path = DOCKER_HUB, text
    if registry == DOCKER_HUB and "/" not in path and path:
        path = f"library/{path}"
    return Repository(registry, _check_path(text, path))


def as_reference(name: Reference | str) -> Reference:
    """A reference as it is, or read. Raises InvalidReferenceError."""
    expect(name, Reference | str, "a reference")
    return parse_reference(name) if isinstance(name, str) else name


def as_repository(name: Repository | str) -> Repository:
    """A repository as it is, or read. Raises InvalidReferenceError."""
    expect(name, Repository | str, "a repository")
    return parse_repository(name) if isinstance(name, str) else name


def parse_registry(text: str) -> str:
    """Read `host[:port]`; `docker.io` and no text at all are Docker Hub.

    Raises:
        InvalidReferenceError: the text is not a host.

    """
    match = _HOST.fullmatch(text) if len(text) <= _HOST_LENGTH else None
    if text in ("", "docker.io"):
        return DOCKER_HUB
    if not match or (match[1] and int(match[1]) > 65535) or not _is_address(text):
        hint = f"write {text.split('://', 1)[1]}" if "://" in text else None
        raise InvalidReferenceError(f"{text!r} is not a registry: expected HOST or HOST:PORT", hint=hint)
    return text


def _is_address(text: str) -> bool:
    """Whether a host in brackets is an IPv6 address; other hosts are fine."""
    if not text.startswith("["):
        return True
    import socket  # few names have an address in them

    try:
        socket.inet_pton(socket.AF_INET6, text[1 : text.index("]")])
    except OSError:
        return False
    return True


def check_tag(text: str) -> str:
    """The text itself, if it is a tag. Raises InvalidReferenceError otherwise."""
    if not _TAG.fullmatch(text):
        raise InvalidReferenceError(
            f"{text!r} is not a tag: 1 to 128 letters, digits, '_', '.' and '-', beginning with none of '.-'"
        )
    return text


def _check_path(text: str, path: str) -> str:
    if not path:
        raise InvalidReferenceError(f"{text!r} names no repository")
    if len(path) > _PATH_LENGTH:
        raise InvalidReferenceError(
            f"{text!r} is not a repository: its path is longer than {_PATH_LENGTH} characters"
        )
    if not _PATH.fullmatch(path):
        raise InvalidReferenceError(
            f"{text!r} is not a repository: between slashes stand lower-case letters and digits, "
            "joined by '.', '_', '__' or '-'",
            hint=_path_hint(text, path),
        )
    return path


def _path_hint(text: str, path: str) -> str | None:
    bare = re.sub(r"(?::[^/@:]*)?(?:@.*)?$", "", text)
    if bare != text and _PATH.fullmatch(path[: len(path) - len(text) + len(bare)]):
        return f"leave out the tag or digest: {bare}"
    return f"repositories are lower-case: {text.lower()}" if path != path.lower() else None
