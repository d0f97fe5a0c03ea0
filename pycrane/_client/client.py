"""The library's face: what the commands do, for a person's own program, on one session."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from pycrane._client import copy, delete, export, inputs, pull, push, tag
from pycrane._client.changer import Changer
from pycrane._client.inputs import AnyImage, Name, PathName, Platforms
from pycrane._client.platforms import narrowed
from pycrane._client.pull import Format
from pycrane._client.targets import Target, write
from pycrane._errors import expect
from pycrane._image.medium import Item, Sink
from pycrane._image.view import Image, Index, View
from pycrane._layers.compression.kinds import Compression
from pycrane._oci.descriptor import Descriptor
from pycrane._oci.platform import Platform
from pycrane._reference import Reference, Repository, as_reference, as_repository
from pycrane._transfer.engine import transfer


class Client(Changer):
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
        them. `cache` is a folder that keeps layers. With `annotate_ref` a layout notes whole names and not
        only tags. Returns what was written, in order; a file appears whole or not at all.

        Raises:
            NotFoundError: the registry has no such image.
            PlatformNotFoundError: an index has no image for a platform.
            IntegrityError: other bytes came than were promised.
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
        """Write a view to a tarball or layout, under `name`. It appears whole or not at all.

        Raises:
            UnsupportedError: an index, which a tarball cannot hold.
        """
        expect(view, View, "a view")
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

        The path is that of one image; with `index` all of a layout is pushed as its index. Of an index, the
        images for `platforms` are pushed, or all.

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
        """Push every image of a tarball or layout, each under its own tag, and return them by digest.

        Raises:
            ArchiveError: no tarball or layout, or one of which two images would get one tag.
        """
        target = as_repository(repository).tag("latest")
        return push.push(self.registry, Path(path), target, all_images=True, jobs=self.jobs)

    def copy(
        self,
        source: AnyImage,
        target: Name,
        *,
        platforms: Platforms = (),
        no_clobber: bool = False,
        compression: Compression | str | None = None,
        level: int | None = None,
    ) -> Reference:
        """Copy an image or index to a registry, byte for byte, and return it by digest.

        With `platforms` it is the image (one) or the narrowed index (several) for them. With `no_clobber` a
        tag that is there is an error. With `compression`, layers are compressed so; with a `level` of it,
        also those that are already. Digests change then, files and diff ids do not.

        Raises:
            NotFoundError: there is no such image.
            TagExistsError: with `no_clobber`, the tag is there.
            UnsupportedError: the compression has no such level.
        """
        return copy.copy(
            self.registry,
            self._subject(source),
            as_reference(target),
            platforms=inputs.platforms_of(platforms),
            no_clobber=no_clobber,
            recompression=inputs.recompression_of(compression, level),
            jobs=self.jobs,
        )

    def copy_repository(
        self,
        source: Repository | str,
        target: Repository | str,
        *,
        glob: str | None = None,
        regex: str | re.Pattern[str] | None = None,
        versions: str | None = None,
        newest: int | None = None,
        platforms: Platforms = (),
        no_clobber: bool = False,
        compression: Compression | str | None = None,
        level: int | None = None,
    ) -> list[Reference]:
        """Copy the tags of a repository, and return what was copied, by tag and digest.

        `glob`, `regex`, `versions` and `newest` choose tags as with `list_tags`. With `no_clobber` only what
        the target does not have is copied. The others are those of `copy`.

        Raises:
            NotFoundError: there is no such repository.
            InvalidRangeError: `versions` is no range.
        """
        return copy.copy_repository(
            self.registry,
            as_repository(source),
            as_repository(target),
            choice=inputs.choice_of(glob, regex, versions, newest),
            platforms=inputs.platforms_of(platforms),
            no_clobber=no_clobber,
            recompression=inputs.recompression_of(compression, level),
            jobs=self.jobs,
        )

    def copy_tree(
        self,
        source: Repository | str,
        target: Repository | str,
        *,
        glob: str | None = None,
        regex: str | re.Pattern[str] | None = None,
        versions: str | None = None,
        newest: int | None = None,
        platforms: Platforms = (),
        no_clobber: bool = False,
        compression: Compression | str | None = None,
        level: int | None = None,
    ) -> list[Reference]:
        """Copy a repository and all below it, which get their places below `target`; see `walk`.

        Everything else is as with `copy_repository`, of each of them. Manifests without a tag are copied
        where the registry tells of them and nothing is chosen.
        """
        return copy.copy_tree(
            self.registry,
            as_repository(source),
            as_repository(target),
            choice=inputs.choice_of(glob, regex, versions, newest),
            platforms=inputs.platforms_of(platforms),
            no_clobber=no_clobber,
            recompression=inputs.recompression_of(compression, level),
            jobs=self.jobs,
        )

    def export(self, source: AnyImage, path: PathName, platform: str | Platform | None = None) -> None:
        """Write the file system of an image, or of an index's for `platform`, as a tar that appears whole.

        `platform` is linux/amd64 where none is named. The one blob of an artifact is written as it is.

        Raises:
            PlatformNotFoundError: the index has no such image.
            UnsupportedError: an artifact of several blobs.
        """
        wanted = inputs.platform_of(platform)
        with inputs.naming(source):
            export.export(self.open(source), Path(path), wanted)

    def send(self, view: View, sink: Sink, name: str | None = None) -> None:
        """Write a view to any medium, under a name as the medium has them; None is no name.

        The sink is entered and left here. What it holds appears whole or not at all.
        """
        expect(view, View, "a view")
        with sink:
            transfer([Item(view, name)], sink, jobs=self.jobs, listener=self.listener)

    def tag(self, reference: Name, new_tag: str) -> Reference:
        """Give a manifest or index another tag in its repository, and return the new reference.

        Raises:
            NotFoundError: it is not there.
            InvalidReferenceError: the text is no tag; nothing was asked of the registry.
        """
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
