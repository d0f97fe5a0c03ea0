"""Edits of an image's configuration and annotations (OCI image spec, config.md and manifest.md).

Only what is asked for changes; fields that nobody here knows stay where they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pycrane._errors import UnsupportedError
from pycrane._image.view import Image, Index
from pycrane._mutate.entries import annotate_index
from pycrane._mutate.index import edit_images
from pycrane._mutate.rewrite import is_runnable, rewritten_image
from pycrane._oci.platform import Platform

Changes = Mapping[str, str | None]
"""New values by key; None takes a key away."""


@dataclass(frozen=True, slots=True)
class ConfigEdit:
    """What is to change. None leaves a thing as it is, an empty value takes it away.

    `history` are entries to add, for which there are no layers. A new `entrypoint` takes `cmd` away, as with
    Docker, unless there is a new one too. `created` is RFC 3339.
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


def edit_config(image: Image, edit: ConfigEdit) -> Image:
    """The image with these changes to its configuration and annotations.

    Raises:
        UnsupportedError: it is an artifact, without such a configuration, and more than annotations change.
        MalformedError: its configuration cannot be read.
    """
    manifest = {**image.manifest.raw, "annotations": _changed(image.manifest.annotations, edit.annotations)}
    if not is_runnable(image):
        if edit.touches_config:
            raise UnsupportedError(f"{image.digest} is an artifact: it has no configuration to change")
        return rewritten_image(image, manifest=manifest)
    return rewritten_image(image, manifest=manifest, config=_edited(image.config_file.raw, edit))


def edit_configs(index: Index, edit: ConfigEdit) -> Index:
    """The index with these changes to each of its images, and its own annotations changed alike.

    Attestations, artifacts and entries that are no images stay as they are.

    Raises:
        UnsupportedError: all images would get one platform.
        PycraneError: an image below cannot be read.
    """
    if edit.platform is not None:
        raise UnsupportedError(
            f"the images of index {index.digest} would all be for {edit.platform}",
            hint="choose one of them with --platform",
        )
    return annotate_index(edit_images(index, lambda image: edit_config(image, edit)), edit.annotations)


def _edited(config: Mapping[str, Any], edit: ConfigEdit) -> dict[str, Any]:
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
        changed["history"] = [*(config.get("history") or ()), *edit.history]
    return changed


def _edited_settings(config: Mapping[str, Any], edit: ConfigEdit) -> dict[str, Any]:
    """The part of the configuration that says how a container runs."""
    settings = dict(config.get("config") or {})
    settings["Labels"] = _changed(settings.get("Labels") or {}, edit.labels)
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


def _changed(old: Mapping[str, str], changes: Changes) -> dict[str, str]:
    return {key: value for key, value in {**old, **changes}.items() if value is not None}


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
