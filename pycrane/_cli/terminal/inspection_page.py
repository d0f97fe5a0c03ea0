"""The page of `pycrane inspect`: an image, index or artifact in labelled lines, its layers in a table."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from pycrane._cli.terminal.report import printable
from pycrane._cli.terminal.sizes import human

if TYPE_CHECKING:
    from pycrane._client.inspection import Inspection

_LABEL = 14


def page(inspection: Inspection, width: int | None = None) -> Iterator[str]:
    """Yield the lines of the page; what is not stated is left out.

    `width` are the columns of a terminal, to which the commands that made layers are cut.
    """
    for label, values in _rows(inspection):
        for number, value in enumerate(values):
            yield f"{'' if number else label:<{_LABEL}}{printable(value)}"
    made = inspection.created_by
    if inspection.layers:
        yield ""
        yield "Layers"
    for layer, command in zip(inspection.layers, made, strict=True):
        stated = command or _title(layer.annotations) or layer.media_type
        line = f"  {human(layer.size):>10}  {layer.digest.encoded[:12]}  {printable(_step(stated))}".rstrip()
        yield line if width is None or len(line) <= width else f"{line[: width - 1]}…"


def _rows(inspection: Inspection) -> Iterator[tuple[str, Iterable[str]]]:
    config = inspection.config
    yield from _some("Name", f"{inspection.reference}" if inspection.reference else "")
    yield "Digest", [str(inspection.digest)]
    yield "Type", [inspection.media_type]
    yield from _some("Artifact", inspection.artifact_type)
    if inspection.image is not inspection.view:
        yield "Platforms", [", ".join(map(str, inspection.platforms)) or "none"]
        yield from _some("Image", str(inspection.image.digest) if inspection.image else "")
    yield from _some("Platform", str(inspection.platform or ""))
    yield from _some("Created", inspection.created)
    yield from _some("Author", config.author if config else "")
    if inspection.image is not None:
        count = len(inspection.layers)
        kind = "layer" if inspection.config else "file"
        yield "Size", [f"{human(inspection.size)} in {count} {kind}{'' if count == 1 else 's'}"]
    base = (inspection.base_name, inspection.base_digest)
    yield from _some("Base", "@".join(part for part in base if part))
    yield from _some("User", inspection.user)
    yield from _some("Entrypoint", _command(inspection.entrypoint))
    yield from _some("Command", _command(inspection.cmd))
    yield from _some("Directory", inspection.working_dir)
    yield from _some("Ports", ", ".join(inspection.ports))
    yield from _some("Volumes", ", ".join(inspection.volumes))
    yield "Environment", inspection.env
    yield "Labels", _pairs(inspection.labels)
    yield "Annotations", _pairs(inspection.annotations)
    yield "Tags", [", ".join(inspection.tags)] if inspection.tags else []


def _some(label: str, text: str) -> Iterator[tuple[str, Iterable[str]]]:
    if text:
        yield label, [text]


def _command(words: Iterable[str]) -> str:
    """Return words as in a Dockerfile: a JSON array."""
    listed = list(words)
    return json.dumps(listed, ensure_ascii=False) if listed else ""


def _pairs(texts: Mapping[str, str]) -> list[str]:
    return [f"{name}={text}" for name, text in sorted(texts.items())]


def _title(annotations: Mapping[str, str] | None) -> str:
    return (annotations or {}).get("org.opencontainers.image.title", "")


def _step(command: str) -> str:
    """Return a step of the history without the shell that Docker writes before it."""
    words = " ".join(command.split())
    for start in ("/bin/sh -c #(nop) ", "/bin/sh -c "):
        if words.startswith(start):
            return words.removeprefix(start).strip()
    return words
