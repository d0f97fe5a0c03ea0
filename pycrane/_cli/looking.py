"""Output of commands that look into images: `files`, `cat`, `tree`, `diff`, `du`, `ref`, `wait`."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from pycrane._cli.terminal.difference_lines import difference_lines, difference_value
from pycrane._cli.terminal.file_lines import fields, long_line
from pycrane._cli.terminal.go_template import report
from pycrane._cli.terminal.go_template_values import Record
from pycrane._cli.terminal.listings import json_line
from pycrane._cli.terminal.report import printable
from pycrane._cli.terminal.sizes import human
from pycrane._cli.terminal.tree_lines import tree_lines, tree_value
from pycrane._errors import doing
from pycrane._reference import parse_reference
from pycrane._transports.table import parse_place

if TYPE_CHECKING:
    from pycrane._client.client import Client
    from pycrane._image.file_entries import FileEntry
    from pycrane._oci.platform import Platform

_BAR = 20  # columns


def file_lines(
    client: Client, place: str, glob: str | None, platform: Platform | None, form: str, *, setuid: bool
) -> Iterator[bytes]:
    """Yield the files of an image by path, each as `path`, `long`, `json` or `null` has it.

    Raises:
        PycraneError: they cannot be listed.
    """
    with doing(f"listing the files of {place}"):
        source = client.sole(parse_place(place))
        found = client.files(source, glob, platform)
    for entry in found:
        if entry.setuid or not setuid:
            yield _line(entry, form)


def _line(entry: FileEntry, form: str) -> bytes:
    if form == "json":
        return json_line(fields(entry))
    if form == "null":
        return os.fsencode(entry.path) + b"\0"
    return f"{printable(long_line(entry) if form == 'long' else entry.path)}\n".encode()


def file_content(client: Client, place: str, path: str, platform: Platform | None) -> bytes:
    """Return one file of an image. Raises PycraneError."""
    with doing(f"reading {path} of {place}"):
        return client.read_file(client.sole(parse_place(place)), path, platform)


def tree_output(client: Client, place: str, *, referrers: bool, as_json: bool) -> bytes:
    """Return an index or image as a tree, drawn or as JSON. Raises PycraneError."""
    with doing(f"reading the tree of {place}"):
        root = client.tree(parse_place(place), referrers=referrers)
    if as_json:
        return json_line(tree_value(root))
    return "".join(f"{printable(line)}\n" for line in tree_lines(root)).encode()


def difference_output(
    client: Client, before: str, after: str, platform: Platform | None, *, files: bool, as_json: bool
) -> tuple[bool, bytes]:
    """Return whether two images are the same, and what is printed of them. Raises PycraneError."""
    with doing(f"comparing {before} and {after}"):
        found = client.diff(parse_place(before), parse_place(after), platform, files=files)
    if as_json:
        return found.same, json_line(difference_value(found))
    return found.same, "".join(f"{printable(line)}\n" for line in difference_lines(found)).encode()


def awaited(
    client: Client, text: str, digest: str | None, timeout: float, interval: float, *, as_json: bool
) -> bytes:
    """Wait for a reference, and return what is printed of it. Raises PycraneError."""
    with doing(f"waiting for {text}"):
        found = client.wait(text.removeprefix("docker://"), digest, timeout=timeout, interval=interval)
    if as_json:
        return json_line({"reference": str(found), "digest": str(found.digest)})
    return f"{found}\n".encode()


def parts_of(text: str, template: str | None, *, as_json: bool) -> bytes:
    """Return the parts of a reference as lines, JSON or by a template. Raises PycraneError."""
    found = parse_reference(text.removeprefix("docker://"))
    parts = {
        "Name": found.name,
        "Registry": found.registry,
        "Repository": found.repository.path,
        "Tag": found.tag or "",
        "Digest": str(found.digest or ""),
    }
    if template is not None:
        return report(template, [Record("pycrane.Reference", parts)])
    if as_json:
        return json_line({name.lower(): part for name, part in parts.items()})
    return "".join(f"{name:<12}{part}\n" for name, part in parts.items() if part).encode()


def usage_output(
    client: Client, places: Sequence[str], *, all_tags: bool, in_bytes: bool, as_json: bool
) -> bytes:
    """Return the bytes of images as lines, or as JSON. Raises PycraneError."""
    with doing(f"counting the bytes of {' '.join(places)}"):
        found = client.usage(*map(parse_place, places), all_tags=all_tags)
    if as_json:
        images = [
            {"name": each.name, "digest": str(each.digest), "size": each.size, "unique": each.unique}
            for each in found.images
        ]
        return json_line({"total": found.total, "images": images})
    size = str if in_bytes else human
    most = max((each.size for each in found.images), default=0) or 1
    lines = [f"{'SIZE':>12} {'OWN':>12}  {'':<{_BAR}}  NAME"]
    for each in found.images:
        own, whole = each.unique * _BAR // most, each.size * _BAR // most
        bar = f"{'█' * own}{'░' * (whole - own)}"
        lines.append(f"{size(each.size):>12} {size(each.unique):>12}  {bar:<{_BAR}}  {printable(each.name)}")
    lines.append(f"{size(found.total):>12} {'':>12}  {'':<{_BAR}}  total")
    return "".join(f"{line}\n" for line in lines).encode()
