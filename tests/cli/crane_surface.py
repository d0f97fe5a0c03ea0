"""What crane has: its commands and their flags, in every spelling, as its help tells them.

The flags that every command has stand by themselves, and so do those that the help does not show.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable

from cli.crane_row import Row

EVERYWHERE = "-h --help --insecure --platform -v --verbose --allow-nondistributable-artifacts"
COMMANDS = {
    "append": "-b --base -f --new_layer -t --new_tag -o --output --oci-empty-base "
    "--set-base-image-annotations",
    "auth get": "",
    "auth login": "-u --username -p --password --password-stdin",
    "auth logout": "",
    "auth token": "-H --header --push -m --mount",
    "blob": "",
    "catalog": "--full-ref",
    "completion bash": "--no-descriptions",
    "completion fish": "--no-descriptions",
    "completion powershell": "--no-descriptions",
    "completion zsh": "--no-descriptions",
    "config": "",
    "copy": "-a --all-tags -n --no-clobber -j --jobs",
    "delete": "",
    "digest": "--full-ref --tarball",
    "edit config": "-t --tag",
    "edit fs": "-f --filename -t --tag",
    "edit manifest": "-m --media-type -t --tag",
    "export": "",
    "flatten": "-t --tag",
    "index append": "--docker-empty-base --flatten -m --manifest -t --tag",
    "index filter": "--platform -t --tag",
    "index list": "",
    "layout gc": "",
    "ls": "--full-ref -O --omit-digest-tags",
    "manifest": "",
    "mutate": "-a --annotation --append --cmd --entrypoint -e --env --exposed-ports -l --label -o --output "
    "--repo --set-platform -t --tag -u --user -w --workdir",
    "pull": "--annotate-ref -c --cache_path --format",
    "push": "--image-refs --index",
    "rebase": "--new_base --old_base --original --rebased -t --tag",
    "registry serve": "--address --disk",
    "tag": "",
    "validate": "--fast --remote --tarball",
    "version": "",
}
GCRANE = {"copy": "-j --jobs -r --recursive", "gc": "-r --recursive", "ls": "--json -r --recursive"}
"""Commands of gcrane that are not as crane's."""
HIDDEN = {"registry serve": "--blobs-to-disk"}
ALIASES = {"cp": "copy"}
GROUPS = ("auth", "completion", "edit", "index", "layout", "registry")
CHOOSES = (
    "append",
    "config",
    "copy",
    "digest",
    "edit config",
    "export",
    "flatten",
    "manifest",
    "mutate",
    "pull",
)
"""Commands that --platform has a meaning for; it is the same option for all others, which leave it unread."""


def wanted() -> set[tuple[str, str, str]]:
    """Every program, command and flag that a row has to show; commands without a flag too."""
    found = {("crane", "help", "")} | {("crane", "manifest", flag) for flag in EVERYWHERE.split()}
    found |= {("crane", command, "--platform") for command in CHOOSES} | {("crane", "cp", "")}
    for program, surface in (("crane", COMMANDS), ("crane", HIDDEN), ("gcrane", GCRANE)):
        for command, flags in surface.items():
            found |= {(program, command, flag) for flag in ("", *flags.split())}
    return found


def called(row: Row) -> str:
    """The command of a row, under its own name."""
    names = [word for word in shlex.split(row.line) if not word.startswith("-")]
    name = " ".join(names[: 2 if names and names[0] in GROUPS else 1])
    return ALIASES.get(name, name)


def shown(rows: Iterable[Row]) -> set[tuple[str, str, str]]:
    """Every program, command and flag that rows show."""
    found = set()
    for row in rows:
        words = shlex.split(row.line)
        flags = [re.sub("=.*", "", word) for word in words if re.match("--?[a-zA-Z]", word)]
        found |= {(row.program, name, flag) for name in (called(row), words[0]) for flag in ("", *flags)}
    return found
