"""Forms of `pycrane inspect`: a page, JSON, what a template makes of it, and raw bytes."""

from __future__ import annotations

import shutil
from dataclasses import dataclass

from pycrane._cli.inspection_values import config_values, indented, pycrane_values
from pycrane._cli.terminal.go_template import report
from pycrane._cli.terminal.inspection_page import page
from pycrane._cli.terminal.output import stdout
from pycrane._client.client import Client
from pycrane._client.inspection import Inspection
from pycrane._errors import MalformedError, doing
from pycrane._oci.platform import Platform
from pycrane._transports.table import parse_place


@dataclass(frozen=True, slots=True)
class Form:
    """Options of `pycrane inspect` on what is printed. A template that is empty or `json` is JSON."""

    as_json: bool = False
    template: str | None = None
    raw: bool = False
    config: bool = False
    tags: bool = False


def described(client: Client, place: str, platform: Platform | None, form: Form) -> bytes:
    """Return what is printed of a place. Raises PycraneError."""
    source = parse_place(place)
    with doing(f"inspecting {place}"):
        if form.raw and not form.config:
            view = client.sole(source) if platform is None else client.image(source, platform)
            return view.raw_manifest
        tags = form.tags or "RepoTags" in (form.template or "")
        return _shown(client.inspect(source, platform, tags=tags), form)


def _shown(inspection: Inspection, form: Form) -> bytes:
    if form.config and form.raw and inspection.image is not None:
        return inspection.image.raw_config_file
    if form.config and inspection.config is None:
        raise MalformedError(
            f"{inspection.digest} has no configuration of an image", hint="--raw prints the manifest"
        )
    values = (
        config_values(inspection.config) if form.config and inspection.config else pycrane_values(inspection)
    )
    if form.template not in (None, "", "json"):
        return report(form.template or "", [values])
    if form.config or form.as_json or form.template is not None:
        return indented(values)
    width = shutil.get_terminal_size().columns if stdout.terminal else None
    return "".join(f"{line}\n" for line in page(inspection, width)).encode()
