"""The command tree, and running it: one exit status, one message."""

from __future__ import annotations

import os

import click

from pycrane._cli.command import LazyGroup
from pycrane._cli.terminal.output import stdout
from pycrane._cli.terminal.process import discard_standard_output, exit_on_signals, raise_on_signals
from pycrane._cli.terminal.report import report
from pycrane._version import __version__

COMMANDS = {
    "append": "Append layers to an image and push the result",
    "auth": "Log in to registries and inspect credentials",
    "blob": "Print a blob (layer or configuration) from a registry",
    "cat": "Print one file of an image",
    "catalog": "List the repositories of a registry",
    "completion": "Print a completion script for a shell",
    "config": "Print the configuration of an image",
    "copy": "Copy an image from registry to registry, byte for byte",
    "delete": "Delete tags and manifests from a registry",
    "diff": "Compare two images",
    "digest": "Print the digest of an image",
    "du": "Show how many bytes images take and share",
    "edit": "Edit the configuration, the manifest or a file of an image",
    "export": "Write the file system of an image as a tar",
    "files": "List the files of an image",
    "flatten": "Flatten all layers of an image into one",
    "gc": "List or delete manifests that are not reachable from a tag",
    "help": "Show the help of a command",
    "index": "List, append to or filter the manifests of an index",
    "inspect": "Describe an image, index or artifact",
    "layout": "Maintain an OCI layout",
    "list-tags": "List the tags of a repository or archive as JSON",
    "ls": "List the tags of a repository",
    "manifest": "Print the manifest of an image",
    "manifest-digest": "Print the digest of a manifest in a file",
    "mutate": "Change the configuration and annotations of an image",
    "pull": "Save images from a registry as a tarball or layout",
    "push": "Push images from a tarball or layout to a registry",
    "rebase": "Rebase an image onto another base image",
    "ref": "Take a reference apart",
    "registry": "Run a local registry",
    "skopeo": "Run a command line of skopeo",
    "sync": "Copy many images between registries and directories",
    "tag": "Tag an image in a registry",
    "tree": "Show what an index or image names and what refers to it",
    "validate": "Check that an image is well-formed",
    "version": "Print the version",
    "wait": "Wait until a reference is in its registry",
}
GROUPS = {
    "images": "copy pull push sync export",
    "change": "append mutate edit rebase flatten index",
    "look": "inspect tree ls manifest config digest blob files cat diff du validate wait",
    "registries": "auth tag delete catalog list-tags gc skopeo",
    "local": "registry layout ref manifest-digest",
    "help": "help completion version",
}
"""The commands in the order of the help, in groups."""
EXAMPLES = """
pycrane pull alpine:3.22 alpine.tar
pycrane copy alpine:3.22 registry.example.com/alpine:3.22
pycrane append -b alpine -f layer.tar.gz -t registry.example.com/app
pycrane ls registry.example.com/app
"""
ALIASES = {"cp": "copy"}
ELSEWHERE = {
    "list": "ls",
    "load": "push",
    "login": "auth login",
    "logout": "auth logout",
    "rm": "delete",
    "rmi": "delete",
    "save": "pull",
    "serve": "registry serve",
    "tags": "ls",
    "untag": "delete",
}
"""Commands of other programs, and their names here."""


@click.group(
    cls=LazyGroup,
    summaries=COMMANDS,
    groups=GROUPS,
    aliases=ALIASES,
    elsewhere=ELSEWHERE,
    examples=EXAMPLES,
)
@click.version_option(__version__, message="%(version)s")
def pycrane() -> None:
    """Move, inspect and change container images in registries and files.

    IMAGE is a name as in docker pull: ubuntu, ghcr.io/org/app:v1, localhost:5000/app@sha256:...
    """


def run(arguments: list[str]) -> int:
    """Run one command line. Returns the exit status; an error is reported on standard error."""
    if "_PYCRANE_COMPLETE" in os.environ:
        from pycrane._cli.shells.answer import answer  # only shells that complete a line need it

        return answer(pycrane)
    try:
        raise_on_signals()
        try:
            code = pycrane.main(arguments, prog_name="pycrane", standalone_mode=False)
        finally:
            stdout.flush()
        exit_on_signals()
    except SystemExit:
        raise
    except BaseException as error:
        exit_on_signals()
        discard_standard_output()
        return report(error)
    return code if isinstance(code, int) else 0
