"""What a client changes: images and indexes are read, changed and pushed, or changed where they are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pycrane._client import append, edit, flatten, index, inputs, mutate, rebase
from pycrane._client.base import Reader
from pycrane._client.inputs import AnyImage, Name, PathName, Platforms
from pycrane._client.places import Place
from pycrane._client.subject import Subject
from pycrane._client.targets import Target
from pycrane._errors import expect
from pycrane._image.view import Image, Index, Layer
from pycrane._layers.compression.kinds import Compression, compression_of
from pycrane._mutate.annotations import Changes
from pycrane._mutate.config import ConfigEdit
from pycrane._reference import Reference, as_reference


class Changer(Reader):
    """The part of a `Client` that makes images out of others."""

    def append(
        self,
        base: AnyImage | None,
        layers: Sequence[PathName | Layer],
        target: Name,
        *,
        platforms: Platforms = (),
        annotate_base: bool = False,
        oci_empty_base: bool = False,
        compression: Compression | str | None = None,
        level: int | None = None,
    ) -> Reference:
        """Push `base` (None: an empty image) with layers on top, on every platform or on `platforms`.

        Layers are views or paths of tarballs; those of paths are compressed as `compression` and `level` say,
        without that only if they are plain. `annotate_base` notes a base that is a name as the base of the
        result. Returns the result by digest.

        Raises:
            LayerError: a path is no tarball.
            UnsupportedError: the compression has no such level.
        """
        return append.append(
            self.registry,
            None if base is None else self._subject(base),
            _layers(layers),
            as_reference(target),
            platforms=inputs.platforms_of(platforms),
            annotate_base=annotate_base,
            oci_empty_base=oci_empty_base,
            compression=None if compression is None else compression_of(compression),
            level=level,
            jobs=self.jobs,
        )

    def mutate(
        self,
        source: AnyImage,
        target: Name,
        edit: ConfigEdit,
        *,
        layers: Sequence[PathName | Layer] = (),
        layer_history: Mapping[str, Any] | None = None,
        compression: Compression | str | None = None,
        level: int | None = None,
        platforms: Platforms = (),
    ) -> Reference:
        """Push an image, or an index with all its images or those for `platforms`, changed as `edit` says.

        `layers` are views or paths of tarballs that are put on top, each with `layer_history` as its entry in
        the history. `compression` and `level` compress all layers anew but those that are views. Returns the
        result by digest.

        Raises:
            UnsupportedError: an artifact has no configuration to change, or the compression no such level.
            LayerError: a path is no tarball.
        """
        return mutate.mutate(
            self.registry,
            self._subject(source),
            Target(as_reference(target)),
            edit,
            layers=_layers(layers),
            layer_history=layer_history,
            recompression=inputs.recompression_of(compression, level),
            platforms=inputs.platforms_of(platforms),
            jobs=self.jobs,
        )

    def rebase(
        self,
        source: AnyImage,
        target: Name,
        *,
        old_base: AnyImage | None = None,
        new_base: AnyImage | None = None,
        platforms: Platforms = (),
    ) -> Reference:
        """Push an image, or an index with all its images, put onto another base. Returns it by digest.

        A base that is an index stands for its image of the same platform. Bases that are not given are those
        of the image's own annotations.

        Raises:
            NotBasedError: it does not begin with the layers of the old base.
            PlatformNotFoundError: a base has no image for the platform.
        """
        return rebase.rebase(
            self.registry,
            self._subject(source),
            Target(as_reference(target)),
            old_base=None if old_base is None else self._subject(old_base),
            new_base=None if new_base is None else self._subject(new_base),
            platforms=inputs.platforms_of(platforms),
            jobs=self.jobs,
        )

    def flatten(
        self,
        source: AnyImage,
        target: Name,
        *,
        compression: Compression | str = Compression.GZIP,
        level: int | None = None,
        platforms: Platforms = (),
    ) -> Reference:
        """Push an image, or an index with all its images, with all layers made one. Returns it by digest.

        `level` is the compression's, None a good one. Attestations in an index are left out, which the
        listener hears.

        Raises:
            UnsupportedError: it is an artifact, without files, or the compression has no such level.
        """
        return flatten.flatten(
            self.registry,
            self._subject(source),
            Target(as_reference(target)),
            compression=compression_of(compression),
            level=level,
            platforms=inputs.platforms_of(platforms),
            jobs=self.jobs,
        )

    def edit_file(
        self,
        source: AnyImage,
        target: Name,
        file: str,
        change: Callable[[bytes], bytes | None],
        *,
        platforms: Platforms = (),
    ) -> Reference:
        """Push an image, or an index with all its images, with one file changed by a layer on top.

        `file` is its path in the image; symbolic links are followed. `change` is given what is in it, which
        is nothing if it is not there, and gives what shall be in it, or None to leave it. Owner, mode and
        extended attributes stay. Returns the result by digest.

        Raises:
            UnsupportedError: something else than a file is there, or it is an artifact, without files.
            LimitExceededError: the file is larger than `Limits.edited_file`.
        """
        expect(file, str, "a file's path")
        return edit.edit_file(
            self.registry,
            self._subject(source),
            as_reference(target),
            file,
            change,
            platforms=inputs.platforms_of(platforms),
            jobs=self.jobs,
        )

    def index_append(
        self,
        base: AnyImage | None,
        manifests: Iterable[AnyImage],
        target: Name | None = None,
        *,
        flatten: bool = True,
        annotations: Changes | None = None,
        platforms: Platforms = (),
        docker_empty_base: bool = False,
    ) -> Reference | None:
        """Append images to an index (None: an empty one) and push it as `target` (None: where it is).

        A base that is a path is an OCI layout, made if it is not there, and is appended to where it is. Of
        what is an index itself, all images are appended or those for `platforms`; without `flatten` it is
        appended as one. `annotations` are the index's. Returns it by digest, None for a layout.

        Raises:
            MalformedError: the base is an image.
            PycraneError: there is neither a name in a registry nor a target.
        """
        return index.append_to_index(
            self.registry,
            None if base is None else _place(base),
            [_place(manifest) for manifest in manifests],
            None if target is None else as_reference(target),
            docker_empty_base=docker_empty_base,
            flatten=flatten,
            annotations=annotations,
            platforms=inputs.platforms_of(platforms),
            jobs=self.jobs,
        )

    def index_filter(
        self,
        base: AnyImage,
        platforms: Platforms,
        target: Name | None = None,
        *,
        allow_empty: bool = False,
        annotations: Changes | None = None,
    ) -> Reference | None:
        """Leave only the images for these platforms in an index, and push it as `target` (None: where it is).

        A platform may be an operating system alone, `linux`. A base that is a path is an OCI layout, changed
        where it is if there is no target. Returns the index by digest, None for a layout.

        Raises:
            MalformedError: the base is an image.
            PycraneError: nothing would be left, and `allow_empty` is not set.
        """
        return index.filter_index(
            self.registry,
            _place(base),
            inputs.patterns_of(platforms),
            None if target is None else as_reference(target),
            allow_empty=allow_empty,
            annotations=annotations,
            jobs=self.jobs,
        )


def _layers(layers: Iterable[PathName | Layer]) -> list[Path | Layer]:
    return [layer if isinstance(layer, Layer) else Path(layer) for layer in layers]


def _place(source: AnyImage) -> Place | Subject:
    return source if isinstance(source, Image | Index) else inputs.place_of(source)
