"""Values of skopeo's flags: those of every command, and those about the sides of a copy (skopeo(1))."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import click

from pycrane._cli.settings import Settings


@dataclass(frozen=True, slots=True)
class Access:
    """Values of the flags about one side: credentials, TLS, what is beside an image. None is not given."""

    authfile: str | None = None
    creds: str | None = field(default=None, repr=False)
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    registry_token: str | None = field(default=None, repr=False)
    no_creds: bool | None = None
    cert_dir: str | None = None
    tls_verify: bool | None = None
    daemon_host: str | None = None
    shared_blob_dir: str | None = None

    def over(self, common: Access) -> Access:
        """Return this access, with values of `common` where it has none."""
        given = {name: value for name in Access.__slots__ if (value := getattr(self, name)) is not None}
        return replace(common, **given)


@dataclass(frozen=True, slots=True)
class CopyFlags:
    """Values of the flags about what a copy makes of an image."""

    all: bool = False
    multi_arch: str | None = None
    format: str | None = None
    preserve_digests: bool = False
    remove_signatures: bool = False
    dest_compress: bool = False
    dest_decompress: bool = False
    dest_compress_format: str | None = None
    dest_compress_level: int | None = None
    dest_force_compress_format: bool = False
    dest_oci_accept_uncompressed_layers: bool = False
    dest_precompute_digests: bool = False


@dataclass(frozen=True, slots=True)
class SkopeoSettings:
    """Values of the flags; `base` are pycrane's own, given before the word skopeo.

    `sides` has an `Access` for `src` and `dest`, and under the empty name for flags without a prefix.
    """

    base: Settings = field(default_factory=Settings)
    sides: Mapping[str, Access] = field(default_factory=dict)
    timeout: float = 0.0
    debug: bool = False
    insecure_policy: bool = False
    architecture: str = ""
    os: str = ""
    variant: str = ""
    tmpdir: str | None = None
    user_agent_prefix: str = ""
    retry_times: int = 0
    retry_delay: float = 0.0
    parallel: int | None = None
    quiet: bool = False
    compat_auth_file: str | None = None

    def access(self, side: str = "") -> Access:
        """Return the values about a side; those without a prefix count where it has none of its own."""
        common = self.sides.get("", Access())
        return self.sides.get(side, Access()).over(common)


def settings_of(ctx: click.Context) -> SkopeoSettings:
    """Return the values of the flags so far."""
    found = ctx.obj
    return found if isinstance(found, SkopeoSettings) else SkopeoSettings(base=found or Settings())


def gather(ctx: click.Context, param: click.Parameter, value: Any) -> None:
    """Store the value of a flag under its name."""
    if value is not None and not ctx.resilient_parsing:
        ctx.obj = replace(settings_of(ctx), **{str(param.name): value})


def gather_for(side: str, name: str, ctx: click.Context, value: Any) -> None:
    """Store the value of a flag about a side, by the field of `Access` that it fills."""
    if value is not None and not ctx.resilient_parsing:
        settings = settings_of(ctx)
        changed = replace(settings.sides.get(side, Access()), **{name: value})
        ctx.obj = replace(settings, sides={**settings.sides, side: changed})


pass_settings = click.make_pass_decorator(SkopeoSettings)
"""Decorator of a command's function: its first argument is the SkopeoSettings of this run."""
