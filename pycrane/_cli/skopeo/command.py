"""Command and group classes of `pycrane skopeo`: skopeo's global flags and exit codes (skopeo(1))."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from pycrane._cli.command import Command, LazyGroup
from pycrane._cli.help_text import Row, option_rows
from pycrane._cli.skopeo.flags import GLOBAL_FLAGS
from pycrane._cli.skopeo.settings import settings_of
from pycrane._cli.terminal.report import FAILURE
from pycrane._errors import NotFoundError, PycraneError

NOT_THERE = 2

_HINTS = {
    "--insecure-registry": "--tls-verify=false allows plain HTTP and certificates that cannot be verified",
    "--platform": "choose one with --override-os, --override-arch and --override-variant, or take --all",
}
"""Hints about options of pycrane, and what to do here."""


@contextmanager
def _exit_codes() -> Iterator[None]:
    """Give errors the exit codes that skopeo has for them, and hints the names of its flags."""
    try:
        with _hints():
            yield
    except Exception as error:
        missing = isinstance(error, NotFoundError) and "MANIFEST_UNKNOWN" in error.codes
        code = NOT_THERE if missing else getattr(error, "exit_code", FAILURE)
        error.exit_code = FAILURE if isinstance(error, click.UsageError) else code  # type: ignore[attr-defined]
        raise


@contextmanager
def _hints() -> Iterator[None]:
    try:
        yield
    except PycraneError as error:
        hint = error.hint or ""
        error.hint = next((there for here, there in _HINTS.items() if here in hint), error.hint)
        raise


class SkopeoCommand(Command):
    """A command of skopeo."""

    original = "skopeo"

    @property
    def closing(self) -> str:
        """The last line of the help."""
        return "Global options: see pycrane skopeo --help."

    @property
    def global_options(self) -> list[click.Option]:
        """The flags that every command has, except those that this command defines itself."""
        own = {name for param in self.params for name in param.opts}
        return [option for option in GLOBAL_FLAGS if own.isdisjoint(option.opts)]

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the arguments. Raises click.UsageError with skopeo's exit code."""
        ctx.obj = settings_of(ctx)
        with _exit_codes():
            return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command. Raises errors with skopeo's exit codes."""
        with _exit_codes():
            return super().invoke(ctx)


class SkopeoGroup(SkopeoCommand, LazyGroup):
    """The group of skopeo's commands."""

    command_class = SkopeoCommand
    closing = LazyGroup.closing

    def shown_options(self, ctx: click.Context) -> list[Row]:
        """Return the rows of its own options, and of those that all commands have."""
        return option_rows([*self.params, *self.global_options], ctx)
