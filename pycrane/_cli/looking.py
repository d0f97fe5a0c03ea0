"""Output of commands that look into images: `files`, `cat`, `tree`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

from pycrane._cli.terminal.file_lines import fields, long_line
from pycrane._cli.terminal.listings import json_line
from pycrane._cli.terminal.report import printable
from pycrane._cli.terminal.tree_lines import tree_lines, tree_value
from pycrane._errors import doing
from pycrane._transports.table import parse_place

if TYPE_CHECKING:
    from pycrane._client.client import Client
    from pycrane._image.file_entries import FileEntry
    from pycrane._oci.platform import Platform


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
