"""Images of a layout deleted: the entry in the index, and the blobs of it alone (image-layout.md)."""

from __future__ import annotations

from pathlib import Path

from pycrane._archive.entries import select_entry
from pycrane._archive.layout import INDEX_JSON, LayoutContent, layout_index, open_layout
from pycrane._archive.layout_gc import delete_unlisted
from pycrane._io.files import writing
from pycrane._io.lock import locked
from pycrane._io.whole_file import write_whole
from pycrane._limits import DEFAULT_LIMITS, Limits
from pycrane._oci import go_json
from pycrane._oci.annotations import REF_NAME
from pycrane._oci.go_json import INDEX

_INDENT = 3


def delete_image(
    path: Path, name: str | None, limits: Limits = DEFAULT_LIMITS, *, shared: Path | None = None
) -> None:
    """Delete the image or index called `name`, at the position `@N`, or the only one.

    Other names of it stay, and so do blobs that others need, or that nothing has led to before. Of blobs in a
    directory that layouts share (`shared`), none is deleted.

    Raises:
        ImageNotFoundError: there is none of the name.
        ArchiveError: the path is not a layout, or it has several images and none is named.
        PycraneError: the layout cannot be written.
    """
    open_layout(path, limits, shared)  # raises before the lock is taken if the path is not a layout
    with locked(path), writing(str(path)):
        layout = open_layout(path, limits, shared)
        chosen = select_entry(layout.entries, name, f"layout {path}")
        listed = [entry.to_json() for entry in layout.index.index_manifest.manifests]
        named = [at for at in chosen.positions if (listed[at].get("annotations") or {}).get(REF_NAME) == name]
        gone = named or chosen.positions
        kept = [entry for at, entry in enumerate(listed) if at not in gone]
        value = go_json.ordered({**layout.index.index_manifest.raw, "manifests": kept}, INDEX)
        raw = go_json.dumps(value, indent=_INDENT)
        write_whole(path / INDEX_JSON, raw, 0o777, durable=True)
        if shared is None:
            delete_unlisted(path, layout.index, layout_index(LayoutContent(path, limits), raw), limits)
