"""Edits of an image's configuration and annotations (OCI image spec, config.md and manifest.md).

Only what is asked for changes; unknown fields stay where they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from pycrane._errors import MalformedError, UnsupportedError, expect
from pycrane._image.view import Image, View
from pycrane._mutate.annotations import Changes, annotate, merged
from pycrane._mutate.each_image import ImageOrIndex, edit_each
from pycrane._mutate.history import extended
from pycrane._mutate.lazy import deferred
from pycrane._mutate.rebuild import is_runnable, rewritten_image
from pycrane._oci import go_json
from pycrane._oci.config import ConfigFile, parse_config
from pycrane._oci.platform import Platform


@dataclass(frozen=True, slots=True)
class ConfigEdit:
    """Changes to make. None leaves a field as it is, an empty value removes it.

    `labels`, `env` and `annotations` are merged into those there are; a value of None takes a key away.
    `annotations` are the manifest's. A new `entrypoint` takes `cmd` away, as with Docker, unless there is a
    new one too. `exposed_ports` are such as `80/tcp`. `created` is RFC 3339. `history` are entries to add,
    for which there are no layers.
    """

    labels: Changes = field(default_factory=dict)
    env: Changes = field(default_factory=dict)
    annotations: Changes = field(default_factory=dict)
    entrypoint: Sequence[str] | None = None
    cmd: Sequence[str] | None = None
    user: str | None = None
    workdir: str | None = None
    exposed_ports: Sequence[str] | None = None
    platform: Platform | None = None
    created: str | None = None
    history: Sequence[Mapping[str, Any]] = ()

    def __post_init__(self) -> None:
        expect(self.platform, Platform | None, "a platform")

    @property
    def touches_config(self) -> bool:
        """Whether anything but annotations is to change."""
        given = (
            self.entrypoint,
            self.cmd,
            self.user,
            self.workdir,
            self.exposed_ports,
            self.platform,
            self.created,
        )
        changed = any(value is not None for value in given)
        return changed or bool(self.labels or self.env or self.history)


def edit_config(view: ImageOrIndex, edit: ConfigEdit) -> ImageOrIndex:
    """The image, or the index with each of its images, with these changes to configuration and annotations.

    The annotations of an index itself are changed alike; attestations, artifacts and entries in it that are
    no images stay as they are. Nothing is read before the result is; then manifests and configurations are,
    and no layers.

    Raises, when the result is read:
        UnsupportedError: an artifact, without such a configuration, of which more than annotations is to
            change; or all images of an index would get one platform.
        MalformedError: a configuration cannot be read.
        PycraneError: an image below the index cannot be read.
    """
    expect(edit, ConfigEdit, "an edit")
    wanted = deepcopy(edit)
    return deferred(view, lambda _: _edited(view, wanted))


def _edited(view: View, edit: ConfigEdit) -> View:
    if isinstance(view, Image):
        return _edited_image(view, edit)
    if edit.platform is not None:
        raise UnsupportedError(
            f"the images of index {view.digest} would all be for {edit.platform}",
            hint="choose one of them with --platform",
        )
    return annotate(edit_each(view, lambda image: _edited_image(image, edit)), edit.annotations)


def set_config(image: Image, config: ConfigFile | Mapping[str, Any]) -> Image:
    """The image with another configuration in place of its own.

    `config` is the whole of it: a JSON object, or a `ConfigFile`, for instance one made of the image's own
    with `dataclasses.replace`; of that, fields that it does not know come from its `raw`. Nothing is read
    but, when the result is, the image's manifest.

    Raises:
        MalformedError: it is not a configuration; or, when the result is read, it counts other layers than
            the image has.
        UnsupportedError: when the result is read: it is an artifact, without such a configuration.
    """
    expect(image, Image, "an image")
    fields = _fields_of(config) if isinstance(config, ConfigFile) else config
    parsed = parse_config(go_json.dumps(fields), "the new configuration")
    return deferred(image, lambda _: _with_config(image, parsed))


def _with_config(image: Image, config: ConfigFile) -> Image:
    _expect_config(image)
    if len(config.diff_ids) != len(image.manifest.layers):
        raise MalformedError(
            f"the new configuration names {len(config.diff_ids)} layers, "
            f"image {image.digest} has {len(image.manifest.layers)}"
        )
    return rewritten_image(image, config=config.raw)


def _fields_of(config: ConfigFile) -> dict[str, Any]:
    """The JSON object that a configuration stands for; what is empty is left out."""
    platform = config.platform
    return {
        **config.raw,
        "architecture": platform.architecture,
        "os": platform.os,
        "os.version": platform.os_version,
        "os.features": list(platform.os_features),
        "variant": platform.variant,
        "created": config.created or None,
        "author": config.author,
        "config": dict(config.config),
        "history": list(config.history),
        "rootfs": {
            "type": "layers",
            **(config.raw.get("rootfs") or {}),
            "diff_ids": [str(diff_id) for diff_id in config.diff_ids],
        },
    }


def _edited_image(image: Image, edit: ConfigEdit) -> Image:
    manifest = {**image.manifest.raw, "annotations": merged(image.manifest.annotations, edit.annotations)}
    if not is_runnable(image):
        if edit.touches_config:
            _expect_config(image)
        return rewritten_image(image, manifest=manifest)
    return rewritten_image(image, manifest=manifest, config=_edited_config(image.config_file.raw, edit))


def _expect_config(image: Image) -> None:
    if not is_runnable(image):
        raise UnsupportedError(f"{image.digest} is an artifact: it has no configuration to change")


def _edited_config(config: Mapping[str, Any], edit: ConfigEdit) -> dict[str, Any]:
    changed = {**config, "config": _edited_settings(config, edit)}
    if edit.platform is not None:
        platform = edit.platform
        changed |= {
            "os": platform.os,
            "architecture": platform.architecture,
            "variant": platform.variant,
            "os.version": platform.os_version,
        }
    if edit.created is not None:
        changed["created"] = edit.created
    if edit.history:
        changed["history"] = extended(config, edit.history)
    return changed


def _edited_settings(config: Mapping[str, Any], edit: ConfigEdit) -> dict[str, Any]:
    """The part of the configuration that says how a container runs."""
    settings = dict(config.get("config") or {})
    settings["Labels"] = merged(settings.get("Labels") or {}, edit.labels)
    upper = config.get("os") == "windows"
    settings["Env"] = _changed_env(settings.get("Env") or [], edit.env, upper)
    if edit.entrypoint is not None:
        settings["Entrypoint"] = list(edit.entrypoint)
        settings["Cmd"] = None
    if edit.cmd is not None:
        settings["Cmd"] = list(edit.cmd)
    if edit.user is not None:
        settings["User"] = edit.user
    if edit.workdir is not None:
        settings["WorkingDir"] = edit.workdir
    if edit.exposed_ports is not None:
        settings["ExposedPorts"] = {port: {} for port in edit.exposed_ports}
    return settings


def _changed_env(old: Sequence[str], changes: Changes, upper: bool) -> list[str]:
    """New values in the places of the old ones, new names behind; those on Windows in upper case."""
    kept = []
    left = dict(changes)
    for text in old:
        name, equals, _ = text.partition("=")
        if not equals or name not in changes:
            kept.append(text)
        elif (value := left.pop(name, None)) is not None:
            kept.append(f"{name}={value}")
    new = [f"{name.upper() if upper else name}={value}" for name, value in left.items() if value is not None]
    return kept + new
