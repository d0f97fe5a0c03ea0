"""Parameter types of names and places; their parsers are imported with the first value."""

from __future__ import annotations

import os
from importlib import import_module
from typing import Any

import click


class Name(click.ParamType):  # type: ignore[type-arg]  # generic since click 8.5
    """Parameter that a function below the commands parses. Its values are what that function returns.

    With `optional` an empty text is None.
    """

    name = "name"

    def __init__(self, module: str, function: str, *, optional: bool = False) -> None:
        self._module = module
        self._function = function
        self._optional = optional

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Parse a text. Raises InvalidReferenceError, and click.BadParameter for one that is not UTF-8."""
        if not isinstance(value, str) or (ctx is not None and ctx.resilient_parsing):
            return value
        if not value and self._optional:
            return None
        check_text(value, param, ctx)
        return getattr(import_module(f"pycrane.{self._module}"), self._function)(value)


REFERENCE = Name("_reference", "parse_reference")
SOURCE = Name("_transports.table", "parse_source")
REPOSITORY_OR_LOCAL = Name("_transports.table", "parse_repository_or_local")
REPOSITORY = Name("_reference", "parse_repository")
LOCATION = Name("_transports.table", "parse_location")
OPTIONAL_LOCATION = Name("_transports.table", "parse_location", optional=True)
PLACE = Name("_transports.table", "parse_place")
PATH = Name("_transports.table", "parse_path")


def check_text(text: str, param: click.Parameter | None, ctx: click.Context | None) -> None:
    """Raise click.BadParameter for a text that is not UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise click.BadParameter(f"{os.fsencode(text)!r} is not valid UTF-8", ctx, param) from None
