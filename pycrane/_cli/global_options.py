"""Options of every command, before or after its name, collected in `ctx.obj`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from pycrane._cli.settings import Settings
from pycrane._cli.terminal.modes import JSON, MODES
from pycrane._cli.terminal.report import be_quiet, speak_json, warn

if TYPE_CHECKING:
    from pycrane._oci.platform import Platform


def _gathered(ctx: click.Context, **values: Any) -> None:
    ctx.obj = replace(ctx.obj or Settings(), **values)


def _gather(ctx: click.Context, param: click.Parameter, value: Any) -> None:
    """Store a value, also for completion: lists grow, other values are replaced."""
    if not value:
        return
    if isinstance(value, tuple):
        value = (*getattr(ctx.obj or Settings(), str(param.name)), *value)
    _gathered(ctx, **{str(param.name): value})


def _gather_quiet(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    _gather(ctx, param, value)
    if value and not ctx.resilient_parsing:
        be_quiet()


def _gather_progress(ctx: click.Context, param: click.Parameter, value: str | None) -> None:
    _gather(ctx, param, value)
    if value == JSON and not ctx.resilient_parsing:
        speak_json()


def _gather_platforms(ctx: click.Context, param: click.Parameter, value: tuple[str, ...]) -> None:
    if not value or ctx.resilient_parsing:
        return
    from pycrane._oci.platform import parse_platforms  # most commands are given no platform

    given: tuple[Platform, ...] = parse_platforms(value)
    before = ctx.obj.platforms if ctx.obj and given else ()
    _gathered(ctx, platforms=tuple(dict.fromkeys((*before, *given))))


def _option(*declarations: str, **attributes: Any) -> click.Option:
    return click.Option(declarations, **{"expose_value": False, "callback": _gather, **attributes})


GLOBAL_OPTIONS: tuple[click.Option, ...] = (
    _option(
        "--platform",
        "platforms",
        metavar="PLATFORM",
        multiple=True,
        callback=_gather_platforms,
        help="Platform to select from an index: os/arch[/variant][:osversion], or all. May be repeated, or a "
        "comma-separated list.",
    ),
    _option(
        "--insecure",
        is_flag=True,
        help="Allow plain HTTP and skip certificate verification for all registries.",
    ),
    _option(
        "--insecure-registry",
        "insecure_registries",
        metavar="HOST",
        multiple=True,
        help="Do so for the registry at HOST[:PORT] only. May be repeated.",
    ),
    _option(
        "--cacert",
        metavar="FILE",
        type=click.Path(),
        help="Also trust the certificate authorities in this PEM file.",
    ),
    _option(
        "--cert",
        metavar="FILE",
        type=click.Path(),
        help="Client certificate (PEM) for registries that require it.",
    ),
    _option("--key", metavar="FILE", type=click.Path(), help="Private key of --cert, if not in its file."),
    _option(
        "--allow-nondistributable-artifacts",
        "nondistributable",
        is_flag=True,
        help="Push non-distributable (foreign) layers too.",
    ),
    _option(
        "--hints",
        is_flag=True,
        help="Name similar tags or repositories if one does not exist. [default: on a terminal]",
    ),
    _option(
        "-q",
        "--quiet",
        "--no-progress",
        "quiet",
        is_flag=True,
        callback=_gather_quiet,
        help="Print nothing but errors on standard error: no progress, no warnings, no summary.",
    ),
    _option(
        "--progress",
        type=click.Choice(MODES),
        callback=_gather_progress,
        help="Show progress as bars (tty), lines (plain), lines of JSON (json) or not at all (none). "
        "[default: auto: bars on a terminal, else lines]",
    ),
    _option(
        "--summary",
        metavar="FILE",
        type=click.Path(dir_okay=False),
        help="Add a summary in Markdown to the end of this file.",
    ),
    _option(
        "--log-group",
        metavar="TITLE",
        help="Fold progress and messages in the logs of GitHub Actions and GitLab CI under this title.",
    ),
    _option("-v", "--verbose", is_flag=True, help="Log all requests and responses on standard error."),
)


def warn_unused(settings: Settings | None, names: frozenset[str], where: str) -> None:
    """Warn of the settings in `names` that the command line sets; `where` says when they have no effect."""
    for name in (settings or Settings()).given(names):
        option = next(option for option in GLOBAL_OPTIONS if option.name == name)
        warn(f"{option.opts[0]} has no effect on {where}")
