"""inspect: what an image, index or artifact says of itself, from any place, without reading its layers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pycrane._client import inputs
from pycrane._client.inputs import AnyImage
from pycrane._errors import MalformedError, PlatformNotFoundError
from pycrane._image.select import platforms_of, select_image
from pycrane._image.view import Image, View
from pycrane._image.view import platform_of as stated_platform
from pycrane._oci import media_types
from pycrane._oci.annotations import BASE_DIGEST, BASE_NAME, CREATED
from pycrane._oci.config import ConfigFile
from pycrane._oci.descriptor import Descriptor
from pycrane._oci.digest import Digest
from pycrane._oci.platform import Platform
from pycrane._reference import Reference
from pycrane._transports.table import locate

if TYPE_CHECKING:
    from pycrane._client.base import Base


@dataclass(frozen=True)
class Inspection:
    """An image, index or artifact as its manifests and configuration describe it.

    `view` is the image or index that the place names, `image` the image described: the view itself, or the
    one of an index for the platform that was asked for; None for an index without images. `reference` is the
    name in a registry, None for other places. `tags` are all tags of the repository, None if they were not
    asked for. `config` is None for artifacts and for an index without images.
    """

    reference: Reference | None
    view: View
    image: Image | None
    config: ConfigFile | None
    platforms: tuple[Platform, ...]
    tags: tuple[str, ...] | None

    @property
    def name(self) -> str:
        """The repository, `host/path`; empty outside of registries."""
        return str(self.reference.repository) if self.reference else ""

    @property
    def tag(self) -> str:
        """The tag that was named; empty without one."""
        return (self.reference.tag or "") if self.reference else ""

    @property
    def digest(self) -> Digest:
        """The digest of what the place names: of an index where it is one."""
        return self.view.digest

    @property
    def media_type(self) -> str:
        """The media type of what the place names."""
        return self.view.media_type

    @property
    def artifact_type(self) -> str:
        """The type of an artifact: its `artifactType`, else its configuration's media type; else empty."""
        if self.image is None:
            return self.view.descriptor.artifact_type
        manifest = self.image.manifest
        kind = manifest.config.media_type
        return manifest.artifact_type or ("" if kind in media_types.CONFIGS else kind)

    @property
    def platform(self) -> Platform | None:
        """The platform of the image described."""
        if self.config is not None:
            return self.config.platform
        return stated_platform(self.image) if self.image is not None else None

    @property
    def created(self) -> str:
        """Time of creation in RFC 3339; empty if it is not stated."""
        return self.config.created if self.config else self.annotations.get(CREATED, "")

    @property
    def docker_version(self) -> str:
        """The version of Docker that built the image; empty if it is not stated."""
        version = self.config.raw.get("docker_version") if self.config else None
        return version if isinstance(version, str) else ""

    @property
    def size(self) -> int:
        """Bytes of layers and configuration of the image described, as they are stored, each blob once."""
        if self.image is None:
            return 0
        manifest = self.image.manifest
        return sum({each.digest: each.size for each in (manifest.config, *manifest.layers)}.values())

    @property
    def layers(self) -> tuple[Descriptor, ...]:
        """The layers of the image, or blobs of the artifact, the base first."""
        return self.image.manifest.layers if self.image else ()

    @cached_property
    def annotations(self) -> Mapping[str, str]:
        """The annotations of the index and of the image in it; the image's are preferred."""
        found: dict[str, str] = {}
        for view in (self.view, self.image):
            if view is not None:
                manifest = view.manifest if isinstance(view, Image) else view.index_manifest
                found.update(manifest.annotations)
        return found

    @property
    def base_name(self) -> str:
        """The name of the base image (annotation `org.opencontainers.image.base.name`), or empty."""
        return self.annotations.get(BASE_NAME, "")

    @property
    def base_digest(self) -> str:
        """The digest of the base image (annotation `org.opencontainers.image.base.digest`), or empty."""
        return self.annotations.get(BASE_DIGEST, "")

    @property
    def labels(self) -> Mapping[str, str]:
        """The labels of the image."""
        return self._texts_by_name("Labels")

    @property
    def env(self) -> tuple[str, ...]:
        """The environment of a container, each as `NAME=VALUE`."""
        return self._texts("Env")

    @property
    def user(self) -> str:
        """The user of a container; empty if it is not stated."""
        return self._text("User")

    @property
    def working_dir(self) -> str:
        """The working directory of a container; empty if it is not stated."""
        return self._text("WorkingDir")

    @property
    def entrypoint(self) -> tuple[str, ...]:
        """The entrypoint of a container."""
        return self._texts("Entrypoint")

    @property
    def cmd(self) -> tuple[str, ...]:
        """The command of a container, or the arguments of its entrypoint."""
        return self._texts("Cmd")

    @property
    def ports(self) -> tuple[str, ...]:
        """The ports that a container listens on, as `8080/tcp`."""
        return tuple(self._object("ExposedPorts"))

    @property
    def volumes(self) -> tuple[str, ...]:
        """The directories of a container that are volumes."""
        return tuple(self._object("Volumes"))

    @property
    def history(self) -> tuple[Mapping[str, Any], ...]:
        """The steps that made the image, the first first, as in the configuration."""
        return self.config.history if self.config else ()

    @property
    def created_by(self) -> tuple[str, ...]:
        """The command that made each layer; empty where the history does not state it."""
        steps = [step for step in self.history if not step.get("empty_layer")]
        if len(steps) != len(self.layers):
            return ("",) * len(self.layers)
        made = (step.get("created_by") for step in steps)
        return tuple(text if isinstance(text, str) else "" for text in made)

    def _object(self, key: str) -> Mapping[str, Any]:
        value = self.config.config.get(key) if self.config else None
        return self._checked(key, {} if value is None else value, dict)  # type: ignore[no-any-return]

    def _texts_by_name(self, key: str) -> Mapping[str, str]:
        value = self._object(key)
        for each in value.values():
            self._checked(key, each, str)
        return value

    def _texts(self, key: str) -> tuple[str, ...]:
        value = self.config.config.get(key) if self.config else None
        items = self._checked(key, [] if value is None else value, list)
        return tuple(self._checked(key, each, str) for each in items)

    def _text(self, key: str) -> str:
        value = self.config.config.get(key) if self.config else None
        return self._checked(key, "" if value is None else value, str)  # type: ignore[no-any-return]

    def _checked(self, key: str, value: Any, kind: type) -> Any:
        if not isinstance(value, kind):
            raise MalformedError(
                f"the configuration of {self.digest} has a {key} of another type than expected"
            )
        return value


def inspect(
    client: Base, source: AnyImage, platform: str | Platform | None = None, *, tags: bool = False
) -> Inspection:
    """Describe an image, index or artifact, of any place, without reading its layers.

    Of an index the image for `platform` is described; without one that for linux/amd64, else the first. That
    is two requests for an image in a registry, one for an artifact, three for an index. `tags` lists the tags
    of the repository too, which is a request more, or one a page. Of an archive or layout with one image that
    is described, of a layout with several all of it as an index.

    Raises:
        NotFoundError: the registry has no such manifest.
        PlatformNotFoundError: the index has no image for the platform.
        ArchiveError: an archive holds several images, and none is named.
        MalformedError: the configuration is not a valid one.
    """
    wanted = inputs.platform_of(platform)
    reference = locate(source).reference
    with inputs.naming(source):
        view = client.sole(source)
        platforms = () if isinstance(view, Image) else platforms_of(view)
        image = _image(view, wanted, platforms)
        has_config = image is not None and image.manifest.config.media_type in media_types.CONFIGS
        config = image.config_file if image is not None and has_config else None
        listed = tuple(client.registry.tags(reference.repository)) if tags and reference else None
    return Inspection(reference, view, image, config, platforms, listed)


def _image(view: View, wanted: Platform | None, platforms: tuple[Platform, ...]) -> Image | None:
    """Return the image to describe; None for an index without images."""
    try:
        return select_image(view, wanted)
    except PlatformNotFoundError:
        if wanted is not None:
            raise
        return select_image(view, platforms[0]) if platforms else None
