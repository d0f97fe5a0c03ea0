"""The library's face: what the commands do, for a person's own program, on one session."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from pycrane._image.medium import Item, Sink
from pycrane._image.view import Image, Index, Layer, View
from pycrane._layers.compression import Compression
from pycrane._library import inputs
from pycrane._library.inputs import Name, PathName, Platforms, Source
from pycrane._library.reader import Reader
from pycrane._mutate.config import ConfigEdit
from pycrane._oci.descriptor import Descriptor
from pycrane._oci.platform import Platform
from pycrane._reference import Reference, Repository, as_reference, as_repository
from pycrane._transfer.engine import transfer
from pycrane._verbs import append, copy, delete, export, flatten, mutate, pull, push, rebase, tag
from pycrane._verbs.platforms import narrowed
from pycrane._verbs.pull import Format
from pycrane._verbs.targets import Target, write


class Client(Reader):
    """What the commands do, on one session. Thread-safe; a context manager.

    `keychain` says who to be at a registry; None is the person's logins with Docker and Podman. At most
    `jobs` blobs move at a time. `listener` is called with each `Event`, from several threads at once.
    `registry` is the client for registries below, for what is no image.

    A text is the name of an image in a registry, a `pathlib.Path` a tarball or layout, unless it is said
    otherwise. Views that the client gave can be read until it is closed.

    Every method raises `PycraneError` or what is below it, and the built-in `TypeError` for a misuse.
    """

    def pull(
        self,
        images: Name | Iterable[Name],
        path: PathName,
        *,
        format: Format | str = Format.TARBALL,  # noqa: A002
        platforms: Platforms = (),
        cache: PathName | None = None,
        annotate_ref: bool = False,
    ) -> list[Descriptor]:
        """Write images of registries to a tarball for `docker load`, or with format `oci` into a layout.

        A tarball takes the images for `platforms` (none: linux/amd64), a layout whole indexes or those of
        them. `cache` is a folder that keeps layers. Returns what was written, in order; a file appears whole
        or not at all.
        """
        names = [images] if isinstance(images, str | Reference) else list(images)
        views = pull.pull(
            self.registry,
            [as_reference(name) for name in names],
            Path(path),
            format=inputs.format_of(format),
            platforms=inputs.platforms_of(platforms),
            cache=None if cache is None else Path(cache),
            annotate_ref=annotate_ref,
            jobs=self.jobs,
        )
        return [view.descriptor for view in views]

    def save(
        self,
        view: View,
        path: PathName,
        name: Name | None = None,
        *,
        format: Format | str = Format.TARBALL,  # noqa: A002
    ) -> None:
        """Write a view to a tarball or layout, under `name`.

        Raises:
            UnsupportedError: an index, which a tarball cannot hold.
        """
        text = (name.text or name.name) if isinstance(name, Reference) else name
        pull.save(
            [Item(view, text)],
            Path(path),
            format=inputs.format_of(format),
            annotate_ref=text is not None,
            jobs=self.jobs,
            listener=self.listener,
        )

    def push(
        self,
        source: PathName | View,
        target: Name,
        *,
        index: bool = False,
        platforms: Platforms = (),
    ) -> Reference:
        """Push a view, or what a tarball or layout holds, and return it by digest.

        The path is that of one image; with `index` all of a layout is pushed as its index.

        Raises:
            ArchiveError: no tarball or layout, or one with several images.
        """
        wanted = inputs.platforms_of(platforms)
        if isinstance(source, Image | Index):
            return write(self.registry, narrowed(source, wanted), Target(as_reference(target)), self.jobs)
        return push.push(
            self.registry,
            Path(source),
            as_reference(target),
            index=index,
            platforms=wanted,
            jobs=self.jobs,
        )[0]

    def push_all(self, path: PathName, repository: Repository | str) -> list[Reference]:
        """Push every image of a tarball or layout, each under its own tag, and return them by digest."""
        target = as_repository(repository).tag("latest")
        return push.push(self.registry, Path(path), target, all_images=True, jobs=self.jobs)

    def copy(
        self, source: Name, target: Name, *, platforms: Platforms = (), no_clobber: bool = False
    ) -> Reference:
        """Copy an image or index from registry to registry, byte for byte, and return it by digest.

        With `platforms` it is the image (one) or the narrowed index (several) for them. With `no_clobber` a
        tag that is there is an error.
        """
        return copy.copy(
            self.registry,
            as_reference(source),
            as_reference(target),
            platforms=inputs.platforms_of(platforms),
            no_clobber=no_clobber,
            jobs=self.jobs,
        )

    def copy_repository(
        self,
        source: Repository | str,
        target: Repository | str,
        *,
        platforms: Platforms = (),
        no_clobber: bool = False,
    ) -> None:
        """Copy every tag of a repository; with `no_clobber` those that the target does not have."""
        copy.copy_repository(
            self.registry,
            as_repository(source),
            as_repository(target),
            platforms=inputs.platforms_of(platforms),
            no_clobber=no_clobber,
            jobs=self.jobs,
        )

    def export(self, source: Source, path: PathName, platform: str | Platform | None = None) -> None:
        """Write the file system of an image, or of an index's for `platform`, as a tar that appears whole."""
        wanted = inputs.platform_of(platform)
        export.export(self.open(source), Path(path), wanted)

    def send(self, view: View, sink: Sink, name: str | None = None) -> None:
        """Write a view to any medium, under a name as the medium has them. It appears whole or not at all."""
        with sink:
            transfer([Item(view, name)], sink, jobs=self.jobs, listener=self.listener)

    def append(
        self,
        base: Name | View | None,
        layers: Sequence[PathName | Layer],
        target: Name,
        *,
        platforms: Platforms = (),
        annotate_base: bool = False,
        oci_empty_base: bool = False,
        compression: Compression | None = None,
        level: int | None = None,
    ) -> Reference:
        """Push `base` (None: an empty image) with layers on top, on every platform or on `platforms`.

        Layers are views or paths of tarballs; those of paths are compressed as `compression` and `level` say,
        without that only if they are plain. `annotate_base` notes a base that is a name as the base of the
        result. Returns it by digest.
        """
        return append.append(
            self.registry,
            as_reference(base) if isinstance(base, str) else base,
            [layer if isinstance(layer, Layer) else Path(layer) for layer in layers],
            as_reference(target),
            platforms=inputs.platforms_of(platforms),
            annotate_base=annotate_base,
            oci_empty_base=oci_empty_base,
            compression=compression,
            level=level,
            jobs=self.jobs,
        )

    def mutate(
        self,
        source: Name,
        target: Name,
        edit: ConfigEdit,
        *,
        layers: Sequence[PathName] = (),
        platforms: Platforms = (),
    ) -> Reference:
        """Push an image, or an index with all its images or those for `platforms`, changed as `edit` says.

        `layers` are tarballs that are put on top. Returns the result by digest.
        """
        return mutate.mutate(
            self.registry,
            as_reference(source),
            Target(as_reference(target)),
            edit,
            layers=[Path(layer) for layer in layers],
            platforms=inputs.platforms_of(platforms),
            jobs=self.jobs,
        )

    def rebase(
        self,
        source: Name,
        target: Name,
        *,
        old_base: Name | None = None,
        new_base: Name | None = None,
        platforms: Platforms = (),
    ) -> Reference:
        """Push an image, or an index with all its images, put onto another base. Returns it by digest.

        Bases that are not named are those of the image's own annotations.
        """
        return rebase.rebase(
            self.registry,
            as_reference(source),
            Target(as_reference(target)),
            old_base=None if old_base is None else as_reference(old_base),
            new_base=None if new_base is None else as_reference(new_base),
            platforms=inputs.platforms_of(platforms),
            jobs=self.jobs,
        )

    def flatten(
        self,
        source: Name,
        target: Name,
        *,
        compression: Compression = Compression.GZIP,
        level: int | None = None,
        platforms: Platforms = (),
    ) -> Reference:
        """Push an image, or an index with all its images, with all layers made one. Returns it by digest.

        `level` is the compression's, None its default.
        """
        return flatten.flatten(
            self.registry,
            as_reference(source),
            Target(as_reference(target)),
            compression=compression,
            level=level,
            platforms=inputs.platforms_of(platforms),
            jobs=self.jobs,
        )

    def tag(self, reference: Name, new_tag: str) -> Reference:
        """Give a manifest or index another tag in its repository, and return the new reference."""
        return tag.tag(self.registry, as_reference(reference), new_tag)

    def delete(self, reference: Name, *, by_digest: bool = False, untag: bool = False) -> None:
        """Delete a tag alone, or a manifest with all its tags if the reference is a digest.

        Where a registry cannot delete a tag alone: `by_digest` deletes what it names with all its tags,
        `untag` frees it by means of a throw-away manifest.

        Raises:
            NotFoundError: it is not there.
            UnsupportedError: the registry cannot.
        """
        if by_digest and untag:
            raise TypeError("by_digest and untag do not go together")
        verb = delete.delete_by_digest if by_digest else delete.untag if untag else delete.delete
        verb(self.registry, as_reference(reference))
