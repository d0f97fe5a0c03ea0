"""diff: two images compared by configuration, layers and files, without unpacking them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pycrane._client import inputs
from pycrane._client.inputs import AnyImage
from pycrane._image.file_entries import FileEntry, file_entries
from pycrane._image.view import Image
from pycrane._oci import media_types
from pycrane._oci.descriptor import Descriptor
from pycrane._oci.digest import Digest
from pycrane._oci.platform import Platform

if TYPE_CHECKING:
    from pycrane._client.base import Base

_APART = frozenset({"history", "rootfs"})  # compared as layers


@dataclass(frozen=True, slots=True)
class ChangedFile:
    """A file that both images have, and that differs: in content, kind, mode, owner or link."""

    before: FileEntry
    after: FileEntry


@dataclass(frozen=True, slots=True)
class Difference:
    """Two images compared, `before` and `after`, by the digests of their manifests.

    `config` has the fields of the configurations that differ, by their path such as `config.Env`, each with
    both values, None for one that is not there. `common` are layers of both, `removed` and `added` those of
    one. `files` is None if files were not compared; else those added, removed and changed, by path.
    """

    before: Digest
    after: Digest
    config: Mapping[str, tuple[Any, Any]]
    common: tuple[Descriptor, ...]
    removed: tuple[Descriptor, ...]
    added: tuple[Descriptor, ...]
    added_files: tuple[FileEntry, ...] | None = None
    removed_files: tuple[FileEntry, ...] | None = None
    changed_files: tuple[ChangedFile, ...] | None = None

    @property
    def same(self) -> bool:
        """Whether no difference was found in what was compared."""
        files = (self.added_files, self.removed_files, self.changed_files)
        return not (self.config or self.removed or self.added or any(files))


def diff(
    client: Base,
    before: AnyImage,
    after: AnyImage,
    platform: str | Platform | None = None,
    *,
    files: bool = False,
) -> Difference:
    """Compare two images, of indexes those for `platform` (None: linux/amd64).

    Without `files` no layer is read. With it all layers are, unless both images have the same ones; times of
    files are not compared.

    Raises:
        PlatformNotFoundError: an index has no such image.
        PycraneError: one of the images cannot be read.
    """
    wanted = inputs.platform_of(platform)
    one, two = (client.image(client.sole(source), wanted) for source in (before, after))
    ours = {layer.digest: layer for layer in one.manifest.layers}
    theirs = {layer.digest: layer for layer in two.manifest.layers}
    found = Difference(
        one.digest,
        two.digest,
        dict(_changes(_fields(one), _fields(two))),
        common=tuple(layer for digest, layer in ours.items() if digest in theirs),
        removed=tuple(layer for digest, layer in ours.items() if digest not in theirs),
        added=tuple(layer for digest, layer in theirs.items() if digest not in ours),
    )
    if not files:
        return found
    if one.manifest.layers == two.manifest.layers:
        return replace(found, added_files=(), removed_files=(), changed_files=())
    return _with_files(found, _by_path(one), _by_path(two))


def _with_files(
    found: Difference, ours: Mapping[str, FileEntry], theirs: Mapping[str, FileEntry]
) -> Difference:
    both = sorted(ours.keys() & theirs.keys())
    changed = (ChangedFile(ours[path], theirs[path]) for path in both)
    return replace(
        found,
        added_files=tuple(theirs[path] for path in sorted(theirs.keys() - ours.keys())),
        removed_files=tuple(ours[path] for path in sorted(ours.keys() - theirs.keys())),
        changed_files=tuple(each for each in changed if _differ(each)),
    )


def _differ(file: ChangedFile) -> bool:
    return replace(file.before, mtime=0, owner="", group="") != replace(
        file.after, mtime=0, owner="", group=""
    )


def _by_path(image: Image) -> dict[str, FileEntry]:
    return {entry.path: entry for entry in file_entries(image, digests=True)}


def _fields(image: Image) -> dict[str, Any]:
    """Return the configuration's fields by path, those of `config` one level down."""
    if image.manifest.config.media_type not in media_types.CONFIGS:
        return {}
    raw = {name: value for name, value in image.config_file.raw.items() if name not in _APART}
    run = raw.pop("config", None) or {}
    return raw | {f"config.{name}": value for name, value in run.items()}


def _changes(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> Iterator[tuple[str, tuple[Any, Any]]]:
    names: Iterable[str] = dict.fromkeys([*ours, *theirs])
    for name in names:
        if ours.get(name) != theirs.get(name):
            yield name, (ours.get(name), theirs.get(name))
