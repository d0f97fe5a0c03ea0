"""Names of images to complete: hosts, repositories, tags and digests, as far as a word goes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING

import click

from pycrane._cli.shells.asking import asked
from pycrane._cli.shells.candidates import Candidate, parts, plain
from pycrane._cli.shells.hosts import known_hosts
from pycrane._cli.shells.places import is_place, places
from pycrane._errors import InvalidReferenceError
from pycrane._reference import Repository, parse_reference, parse_registry, parse_repository

if TYPE_CHECKING:
    from pycrane._registry.client import RegistryClient

_DIGESTS = 8  # tags whose digests are asked for


def images(context: click.Context, word: str) -> Iterator[Candidate]:
    """Yield candidates for the name of an image, or for a path or transport that a word begins."""
    if is_place(word):
        yield from places(word)
        return
    name, at, digest = word.partition("@")
    head, colon, tag = name.rpartition(":")
    if at:
        yield from _digests(context, name, digest)
    elif colon and "/" not in tag and ("/" in head or not _is_host(head)):
        yield from _tags(context, head, f"{head}:", tag)
    else:
        yield from repositories(context, word, kind="part")


def repositories(context: click.Context, word: str, kind: str = "plain") -> Iterator[Candidate]:
    """Yield hosts, and behind a host its repositories, as candidates of a kind."""
    host, slash, path = word.partition("/")
    if not slash:
        yield from parts((f"{known}/" for known in known_hosts()), word)
    elif _is_host(host):
        names = _catalog(context, host)
        yield from (each._replace(kind=kind) for each in plain((f"{host}/{name}" for name in names), word))
        if kind == "part" and path in names:
            yield Candidate("part", f"{word}:")


def tags_beside(context: click.Context, image: str, word: str) -> list[Candidate]:
    """Return the tags of the repository of an image."""
    try:
        repository = parse_reference(image).repository
    except InvalidReferenceError:
        return []
    return _tags(context, repository.name, "", word)


def _tags(context: click.Context, name: str, before: str, tag: str) -> list[Candidate]:
    try:
        repository = parse_repository(name)
    except InvalidReferenceError:
        return []
    found = asked(context, f"tags {repository.name}", lambda client: iter(client.tags(repository)))
    return plain((f"{before}{each}" for each in found), f"{before}{tag}")


def _digests(context: click.Context, name: str, digest: str) -> Iterator[Candidate]:
    """Yield the digest of a tag; without a tag those of a repository's first tags, each with its tag."""
    try:
        reference = parse_reference(name, default_tag="")
    except InvalidReferenceError:
        return
    found = asked(
        context,
        f"digests {reference.repository.name} {reference.tag}",
        lambda client: _digests_of(client, reference.repository, reference.tag),
    )
    for each in found:
        text, _, tag = each.partition(" ")
        yield from plain([f"{name}@{text}"], f"{name}@{digest}", tag)


def _digests_of(client: RegistryClient, repository: Repository, tag: str | None) -> Iterator[str]:
    tags: Iterable[str] = [tag] if tag else islice(client.tags(repository), _DIGESTS)
    for each in tags:
        yield f"{client.manifest_digest(repository.tag(each))} {each}"


def _catalog(context: click.Context, host: str) -> list[str]:
    try:
        registry = parse_registry(host)
    except InvalidReferenceError:
        return []
    return asked(context, f"repositories {registry}", lambda client: iter(client.repositories(registry)))


def _is_host(text: str) -> bool:
    return text == "localhost" or "." in text or ":" in text
