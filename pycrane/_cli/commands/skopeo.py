"""`pycrane skopeo`: the command lines of skopeo."""

from __future__ import annotations

import click

from pycrane._cli.skopeo.command import SkopeoGroup
from pycrane._version import __version__

DIFFERENCES = """
Signing, verifying, encryption, policies and registries.conf are not there yet: their flags and commands are
errors. A policy file that does not accept every image is an error too, unless --insecure-policy is given;
without a policy file nothing is checked.

Requests are repeated, and not whole copies. What fails is said in one line with a hint. Progress is drawn on
standard error.

Credential helpers for all registries (credsStore) are asked, as Docker does it.
"""
COMMANDS = {
    "copy": "Copy an image from one location to another",
    "delete": "Delete an image",
    "generate-sigstore-key": "Refused: make keys for signatures",
    "inspect": "Print what an image says of itself",
    "layers": "Copy the layers of an image to a directory",
    "list-tags": "List the tags of a repository or archive",
    "login": "Log in to a registry",
    "logout": "Log out of a registry",
    "manifest-digest": "Print the digest of a manifest in a file",
    "standalone-sign": "Refused: sign a manifest in a file",
    "standalone-verify": "Refused: verify a signature in a file",
    "sync": "Copy many images from one location to another",
    "untrusted-signature-dump-without-verification": "Refused: print a signature",
}


_VERSION = "pycrane skopeo version %(version)s"


@click.group(
    cls=SkopeoGroup,
    differences=DIFFERENCES,
    summaries=COMMANDS,
    room="pycrane._cli.skopeo",
    no_args_is_help=False,
)
@click.version_option(__version__, "-v", "--version", message=_VERSION)
def skopeo() -> None:
    """Run a command line of skopeo, with its flags, outputs, files and exit codes.

    Locations are TRANSPORT:DETAILS, as in docker://registry.example.com/app:v1 or oci:DIR:NAME.
    """
