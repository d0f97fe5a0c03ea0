"""Flags of skopeo that several commands have, as tables (skopeo(1), skopeo-copy(1))."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

import click

from pycrane._cli.skopeo.settings import gather, gather_for
from pycrane._errors import UnsupportedError

_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_PART = re.compile(r"([0-9]+\.?[0-9]*|\.[0-9]+)(ns|us|µs|ms|s|m|h)")


class Duration(click.ParamType):  # type: ignore[type-arg, unused-ignore]
    """A duration as Go writes it, such as `1m30s`; in seconds."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the seconds. Raises click.BadParameter."""
        if value == "0" or isinstance(value, float):
            return float(value)
        if not re.fullmatch(f"(?:{_PART.pattern})+", value):
            self.fail(f"{value!r} is not a duration such as 90s or 1m30s", param, ctx)
        return sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(value))


_SWITCH: dict[str, Any] = {"is_flag": True, "default": None}
_TEXT: dict[str, Any] = {"default": None}


def _flag(*declarations: str, **attributes: Any) -> click.Option:
    return click.Option(
        declarations, **{"expose_value": False, "callback": gather, "default": None, **attributes}
    )


def refused(*declarations: str, why: str, **attributes: Any) -> click.Option:
    """Return a flag of skopeo that pycrane does not carry out: giving it is an error."""

    def refuse(ctx: click.Context, param: click.Parameter, value: Any) -> None:
        if value and not ctx.resilient_parsing:
            raise UnsupportedError(f"{param.opts[-1]} is not supported: {why}")

    settings = {"expose_value": False, "callback": refuse, "help": f"Refused: {why}.", **attributes}
    return click.Option(declarations, **settings)


_NO_POLICIES = "policies are not checked yet"
_NO_SIGNATURES = "signatures are not made yet"
_NO_ENCRYPTION = "layers are not encrypted or decrypted"

_SIDE_FLAGS: dict[str, dict[str, Any]] = {
    "authfile": {"metavar": "FILE", "help": "File with credentials."},
    "creds": {"metavar": "USERNAME[:PASSWORD]", "help": "Credentials for the registry."},
    "username": {"metavar": "NAME", "help": "User name for the registry."},
    "password": {"metavar": "SECRET", "help": "Password for the registry."},
    "registry-token": {"metavar": "TOKEN", "help": "Bearer token for the registry."},
    "no-creds": {"is_flag": True, "help": "Access the registry without credentials."},
    "cert-dir": {"metavar": "DIR", "help": "Directory with authorities and client certificates."},
    "tls-verify": {"is_flag": True, "help": "Require HTTPS and verify certificates. [default: true]"},
    "daemon-host": {"metavar": "HOST", "help": "Address of the engine, for docker-daemon."},
    "shared-blob-dir": {"metavar": "DIR", "help": "Directory of blobs that OCI layouts share."},
}
IMAGE = tuple(_SIDE_FLAGS)
"""Flags about the location of an image."""
REGISTRY = IMAGE[:-2]
"""Flags about a registry."""


def side(prefix: str, names: tuple[str, ...] = IMAGE) -> list[click.Option]:
    """Return the flags about a side: `src`, `dest`, or without prefix."""
    return [_side_flag(prefix, name) for name in names]


def _side_flag(prefix: str, name: str, **attributes: Any) -> click.Option:
    flag = f"{prefix}-{name}" if prefix else name
    spelling = f"--{flag}/--no-{flag}" if name == "tls-verify" else f"--{flag}"
    settings = {**_SIDE_FLAGS[name], "callback": partial(_gather_side, prefix, name), **attributes}
    return _flag(spelling, flag.replace("-", "_"), **settings)


def _gather_side(prefix: str, name: str, ctx: click.Context, param: click.Parameter, value: Any) -> None:
    gather_for(prefix, name.replace("-", "_"), ctx, value)


SYNC_SIDES = [*side("src", REGISTRY), *side("dest", REGISTRY), _side_flag("", "authfile")]
"""Flags of sync about registries."""
GLOBAL_FLAGS = (
    _flag(
        "--command-timeout",
        "timeout",
        metavar="DURATION",
        type=Duration(),
        help="End the command after this.",
    ),
    _flag("--debug", is_flag=True, help="Log all requests and responses on standard error."),
    _flag("--insecure-policy", is_flag=True, help="Check no policy."),
    _flag("--override-arch", "architecture", metavar="ARCH", help="Choose images for this architecture."),
    _flag("--override-os", "os", metavar="OS", help="Choose images for this operating system."),
    _flag("--override-variant", "variant", metavar="VARIANT", help="Choose images for this variant."),
    _flag(
        "--tmpdir",
        metavar="DIR",
        type=click.Path(exists=True, file_okay=False),
        help="Directory for temporary files.",
    ),
    _flag("--user-agent-prefix", metavar="TEXT", help="Text before the User-Agent of pycrane."),
    _side_flag("", "tls-verify", hidden=True),
    refused("--policy", metavar="FILE", why=_NO_POLICIES),
    refused("--require-signed", is_flag=True, why=_NO_POLICIES),
    refused("--registries.d", metavar="DIR", why="places of signatures are not known yet"),
    refused("--registries-conf", metavar="FILE", why="mirrors and blocked registries are not known yet"),
    refused("--tls-details", metavar="FILE", why="versions and ciphers of TLS are not chosen"),
)
"""Flags of every command, which may stand before its name too."""

BOTH_SIDES = [
    *side("src"),
    *side("dest"),
    _side_flag("", "authfile"),
]
"""Flags of a command that copies images."""

RETRIES = [
    _flag("--retry-times", metavar="N", type=click.IntRange(0), help="Number of retries of a request."),
    _flag("--retry-delay", metavar="DURATION", type=Duration(), help="Time between retries."),
]
"""Flags about requests that fail."""

SIGNING = [
    refused("--sign-by", metavar="FINGERPRINT", why=_NO_SIGNATURES),
    refused("--sign-by-sigstore", metavar="FILE", why=_NO_SIGNATURES),
    refused("--sign-by-sigstore-private-key", metavar="FILE", why=_NO_SIGNATURES),
    refused("--sign-by-sq-fingerprint", metavar="FINGERPRINT", why=_NO_SIGNATURES),
    refused("--sign-passphrase-file", metavar="FILE", why=_NO_SIGNATURES),
]
"""Flags about signatures that a copy gets."""
ENCRYPTION = [
    refused("--sign-identity", metavar="REFERENCE", why=_NO_SIGNATURES),
    refused("--encryption-key", metavar="KEY", multiple=True, why=_NO_ENCRYPTION),
    refused("--encrypt-layer", metavar="N", multiple=True, why=_NO_ENCRYPTION),
    refused("--decryption-key", metavar="KEY", multiple=True, why=_NO_ENCRYPTION),
]
"""Flags of copy about the identity in a signature, and encrypted layers."""


def _copying(*declarations: str, **attributes: Any) -> click.Option:
    """Return a flag whose value fills a field of `CopyFlags`."""
    return click.Option(declarations, **attributes)


FORMS = [
    _copying("-a", "--all", "all", is_flag=True, help="Copy an index with all its images."),
    _copying(
        "-f", "--format", "format", type=click.Choice(["oci", "v2s1", "v2s2"]), help="Convert to this format."
    ),
    _copying("--preserve-digests", is_flag=True, help="Fail where a digest would change."),
    _copying("--remove-signatures", is_flag=True, help="Leave signatures out."),
]
"""Flags about the form that images get, of copy and sync."""
COPYING = [
    *FORMS,
    _copying(
        "--multi-arch",
        type=click.Choice(["system", "all", "index-only"]),
        help="Part of an index to copy: the image for this machine, all images, or the index alone.",
    ),
    _copying("--dest-compress", is_flag=True, help="Compress layers, for dir."),
    _copying("--dest-decompress", is_flag=True, help="Decompress layers, for dir."),
    _copying(
        "--dest-compress-format",
        metavar="FORMAT",
        type=click.Choice(["gzip", "zstd"]),
        help="Compress layers in this way.",
    ),
    _copying("--dest-compress-level", metavar="LEVEL", type=int, help="Level of the compression."),
    _copying(
        "--dest-force-compress-format", is_flag=True, help="Compress all layers in this way; always so here."
    ),
    _copying("--dest-oci-accept-uncompressed-layers", is_flag=True, help="Keep plain layers, for oci."),
    _copying("--dest-precompute-digests", is_flag=True, help="Send no layer that is there; always so here."),
    _flag(
        "--image-parallel-copies",
        "parallel",
        metavar="N",
        type=click.IntRange(1),
        help="Number of parallel transfers.",
    ),
    _flag("-q", "--quiet", is_flag=True, help="Print nothing."),
]
"""Flags of copy about the images that it makes."""

LOGIN_FILES = [
    *side("", ("authfile", "cert-dir", "tls-verify")),
    _flag("--compat-auth-file", metavar="FILE", help="Configuration of Docker to keep the credentials in."),
]
"""Flags of login about the registry and the file with credentials."""
LOGOUT_FILES = [
    *side("", ("authfile", "tls-verify")),
    _flag("--compat-auth-file", metavar="FILE", help="Configuration of Docker to remove credentials from."),
]
"""Flags of logout about the file with credentials."""
