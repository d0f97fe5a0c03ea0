"""What skopeo has: its commands and their flags, as its help and its manual pages tell them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable

from cli.skopeo_row import Row

EVERYWHERE = (
    "--command-timeout --debug --insecure-policy --override-arch --override-os --override-variant "
    "--policy --registries.d --registries-conf --require-signed --tls-details --tls-verify --tmpdir "
    "--user-agent-prefix"
)
_REGISTRY = [
    "authfile",
    "creds",
    "username",
    "password",
    "registry-token",
    "no-creds",
    "cert-dir",
    "tls-verify",
]
_PLACES = ["daemon-host", "shared-blob-dir"]


def _flags(prefix: str, names: Iterable[str]) -> str:
    return " ".join(f"--{prefix}{name}" for name in names)


_RETRIES = "--retry-times --retry-delay"
_SIGNING = (
    "--sign-by --sign-by-sigstore --sign-by-sigstore-private-key --sign-by-sq-fingerprint "
    "--sign-passphrase-file"
)
_FORMS = "-a --all -f --format --preserve-digests --remove-signatures"
_IMAGE = f"{_flags('', [*_REGISTRY, *_PLACES])} {_RETRIES}"
COMMANDS = {
    "copy": f"{_FORMS} {_flags('src-', [*_REGISTRY, *_PLACES])} {_flags('dest-', [*_REGISTRY, *_PLACES])} "
    f"--authfile {_RETRIES} {_SIGNING} --sign-identity --multi-arch --digestfile --additional-tag -q --quiet "
    "--encryption-key --encrypt-layer --decryption-key --dest-compress --dest-decompress "
    "--dest-compress-format --dest-compress-level --dest-force-compress-format --dest-precompute-digests "
    "--dest-oci-accept-uncompressed-layers --image-parallel-copies",
    "delete": _IMAGE,
    "generate-sigstore-key": "--output-prefix --passphrase-file",
    "inspect": f"{_IMAGE} --raw --config -f --format -n --no-tags --manifest-digest",
    "layers": _IMAGE,
    "list-tags": f"{_flags('', _REGISTRY)} {_RETRIES}",
    "login": "--authfile --compat-auth-file --cert-dir --tls-verify --get-login -u --username -p --password "
    "--password-stdin -v --verbose",
    "logout": "--authfile --compat-auth-file --tls-verify -a --all",
    "manifest-digest": "",
    "standalone-sign": "-o --output --passphrase-file",
    "standalone-verify": "--public-key-file",
    "untrusted-signature-dump-without-verification": "",
    "sync": f"{_FORMS} {_flags('src-', _REGISTRY)} {_flags('dest-', _REGISTRY)} --authfile {_RETRIES} "
    f"{_SIGNING} -s --src -d --dest --scoped --append-suffix --dry-run --keep-going --digestfile",
}


def wanted() -> set[tuple[str, str]]:
    """Every command and flag that a row has to show; commands without a flag too."""
    found = {("copy", flag) for flag in EVERYWHERE.split()}
    for command, flags in COMMANDS.items():
        found |= {(command, flag) for flag in ("", *flags.split())}
    return found


def called(row: Row) -> str:
    """The command of a row."""
    return next(word for word in shlex.split(row.line) if word in COMMANDS)


def shown(rows: Iterable[Row]) -> set[tuple[str, str]]:
    """Every command and flag that rows show."""
    found = set()
    for row in rows:
        words = shlex.split(row.line)
        flags = [re.sub("=.*", "", word) for word in words if re.match("--?[a-zA-Z]", word)]
        found |= {(called(row), flag) for flag in ("", *flags)}
    return found
