"""Values of parameters: the metavar of a parameter, which its help shows too, says what completes it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import click

from pycrane._cli.command import command_context
from pycrane._cli.shells.candidates import Candidate, plain

Complete = Callable[[click.Context, click.Parameter, str], Iterable[Candidate]]

_PLATFORMS = (
    "linux/386",
    "linux/amd64",
    "linux/arm/v7",
    "linux/arm64",
    "linux/ppc64le",
    "linux/riscv64",
    "linux/s390x",
    "windows/amd64",
)


def values(context: click.Context, param: click.Parameter, word: str) -> Iterable[Candidate]:
    """Return the candidates for a value of a parameter; none where it may be anything."""
    if isinstance(param.type, click.Choice):
        return plain(map(str, param.type.choices), word)
    # `delete IMAGE...` and `[COMMAND]...` are several of one kind.
    name = (param.metavar or (param.name or "").upper()).strip("[].")
    complete = _BY_METAVAR.get(name)
    if isinstance(param.type, click.Path) and complete is None:
        complete = _files
    return complete(context, param, word) if complete else ()


def _files(context: click.Context, param: click.Parameter, word: str) -> list[Candidate]:
    # `edit fs --filename` is in the image.
    return [] if param.name == "filename" else [Candidate("file", "")]


def _directories(context: click.Context, param: click.Parameter, word: str) -> list[Candidate]:
    # `mutate --workdir` is in the image.
    return [Candidate("dir", "")] if isinstance(param.type, click.Path) else []


def _platforms(context: click.Context, param: click.Parameter, word: str) -> list[Candidate]:
    before, comma, last = word.rpartition(",")
    names = ("all", *_PLATFORMS) if param.name == "platforms" else _PLATFORMS
    return [each._replace(value=before + comma + each.value) for each in plain(names, last)]


def _command(context: click.Context, param: click.Parameter, word: str) -> list[Candidate]:
    """Return programs for the first word behind `registry run --`, then files; for `help` commands."""
    given = context.params.get(param.name or "") or ()
    if param.type is click.UNPROCESSED:
        return [Candidate("file" if given else "command", "")]
    at = context.find_root()
    for name in given:
        below = at.command.get_command(at, name) if isinstance(at.command, click.Group) else None
        if below is None:
            return []
        at = command_context(below, at, name)
    items = at.command.shell_complete(at, word) if isinstance(at.command, click.Group) else []
    return [Candidate("plain", item.value, item.help or "") for item in items if item.value[:1] != "-"]


def _images(context: click.Context, param: click.Parameter, word: str) -> list[Candidate]:
    from pycrane._cli.shells.images import images  # most completions are of commands and options

    found = list(images(context, word))
    if param.metavar in _PLACES or context.info_name == "export":
        return found or _paths(context, param, word)
    behind = context.command.params[context.command.params.index(param) + 1 :] if param.nargs == -1 else ()
    if any(isinstance(each.type, click.Path) and context.params.get(each.name or "") for each in behind[:1]):
        found.append(Candidate("file", ""))  # the word may be the path that follows the images
    return found


def _repositories(context: click.Context, param: click.Parameter, word: str) -> Iterable[Candidate]:
    from pycrane._cli.shells.images import repositories

    return repositories(context, word)


def _tag(context: click.Context, param: click.Parameter, word: str) -> Iterable[Candidate]:
    """Return the tags of the repository of the image that is named already."""
    from pycrane._cli.shells.images import tags_beside

    return tags_beside(context, str(context.params.get("image") or ""), word)


def _hosts(context: click.Context, param: click.Parameter, word: str) -> list[Candidate]:
    from pycrane._cli.shells.hosts import known_hosts, logins

    return plain(logins() if context.info_name == "logout" else known_hosts(), word)


def _paths(context: click.Context, param: click.Parameter, word: str) -> list[Candidate]:
    from pycrane._cli.shells.places import places

    return places(word)


_PLACES = frozenset({"INDEX", "BASE"})
"""Metavars of images that may be paths."""
_BY_METAVAR: dict[str, Complete] = {
    "BASE": _images,
    "COMMAND": _command,
    "DIR": _directories,
    "DST": _images,
    "FILE": _files,
    "HOST": _hosts,
    "IMAGE": _images,
    "INDEX": _images,
    "MANIFEST": _images,
    "PATH": _paths,
    "PLATFORM": _platforms,
    "REF": _images,
    "REGISTRY": _hosts,
    "REPO": _repositories,
    "REPO@DIGEST": _repositories,
    "SERVER": _hosts,
    "SRC": _images,
    "TAG": _tag,
    "TARBALL": _files,
}
