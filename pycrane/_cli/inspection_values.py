"""An inspection as values for templates and JSON: the fields of `skopeo inspect`, and those of pycrane."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pycrane._cli.terminal.go_template_values import GoTime, NilMap, NilSlice, Record, plain_json
from pycrane._oci import go_json
from pycrane._reference import DOCKER_HUB

if TYPE_CHECKING:
    from pycrane._client.inspection import Inspection
    from pycrane._oci.config import ConfigFile
    from pycrane._oci.descriptor import Descriptor

_TIME = re.compile(
    r"(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})T(?P<time>[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.(?P<fraction>[0-9]+))?"
    r"(?P<zone>Z|[+-][0-9]{2}:[0-9]{2})"
)


def skopeo_values(inspection: Inspection, tags: tuple[str, ...] = ()) -> Record:
    """Return the value that templates of `skopeo inspect` see, in the order of its JSON."""
    return Record("inspect.Output", _skopeo_fields(inspection, tags), optional=frozenset({"Name", "Tag"}))


def pycrane_values(inspection: Inspection) -> Record:
    """Return the same fields, followed by those that skopeo does not have."""
    platform = inspection.platform
    more = {
        "Tag": inspection.tag,
        "MediaType": inspection.media_type,
        "ArtifactType": inspection.artifact_type,
        "Platform": str(platform) if platform else "",
        "PlatformDigest": str(inspection.image.digest) if inspection.image else "",
        "Platforms": [str(each) for each in inspection.platforms],
        "Size": inspection.size,
        "Annotations": dict(inspection.annotations),
        "BaseName": inspection.base_name,
        "BaseDigest": inspection.base_digest,
        "User": inspection.user,
        "WorkingDir": inspection.working_dir,
        "Entrypoint": list(inspection.entrypoint),
        "Cmd": list(inspection.cmd),
        "ExposedPorts": list(inspection.ports),
        "Volumes": list(inspection.volumes),
        "History": [_step(step) for step in inspection.history],
    }
    fields = _skopeo_fields(inspection, inspection.tags or ())
    del fields["Tag"]
    return Record("pycrane.Inspection", {**fields, **more}, optional=frozenset({"Name"}))


def config_values(config: ConfigFile) -> Record:
    """Return a configuration as the struct of the OCI specification in Go (config.md), for templates."""
    run, raw = config.config, config.raw
    settings = {
        "User": run.get("User") or "",
        "ExposedPorts": _set(run.get("ExposedPorts")),
        "Env": _strings(run.get("Env")),
        "Entrypoint": _strings(run.get("Entrypoint")),
        "Cmd": _strings(run.get("Cmd")),
        "Volumes": _set(run.get("Volumes")),
        "WorkingDir": run.get("WorkingDir") or "",
        "Labels": _texts(run.get("Labels")),
        "StopSignal": run.get("StopSignal") or "",
        "ArgsEscaped": run.get("ArgsEscaped") or False,
    }
    diff_ids = [str(each) for each in config.diff_ids]
    layers = Record(
        "v1.RootFS", {"Type": "layers", "DiffIDs": diff_ids}, {"Type": "type", "DiffIDs": "diff_ids"}
    )
    fields = {
        "Created": go_time(config.created) if config.created else None,
        "Author": config.author,
        "Architecture": config.platform.architecture,
        "OS": config.platform.os,
        "OSVersion": config.platform.os_version,
        "OSFeatures": list(config.platform.os_features),
        "Variant": config.platform.variant,
        "Config": Record("v1.ImageConfig", settings, optional=frozenset(settings)),
        "RootFS": layers,
        "History": [_step(step) for step in raw.get("history") or ()],
    }
    keys = {name: name.lower() for name in fields} | {"OSVersion": "os.version", "OSFeatures": "os.features"}
    optional = frozenset({"Created", "Author", "OSVersion", "OSFeatures", "Variant", "History"})
    return Record("v1.Image", fields, keys, optional)


def indented(value: Record) -> bytes:
    """Return a value as JSON with four spaces a level, as skopeo writes it."""
    return go_json.dumps(plain_json(value), indent=4) + b"\n"


def go_time(text: str) -> GoTime:
    """Return a time in RFC 3339 as Go reads it, the beginning of its calendar for one that is not valid."""
    match = _TIME.fullmatch(text)
    if match is None:
        return GoTime("0001-01-01 00:00:00 +0000 UTC", "0001-01-01T00:00:00Z")
    fraction = (match["fraction"] or "")[:9].rstrip("0")
    behind = f".{fraction}" if fraction else ""
    offset = "+0000" if match["zone"] == "Z" else match["zone"].replace(":", "")
    utc = offset in ("+0000", "-0000")
    zone = "+0000 UTC" if utc else f"{offset} {offset}"
    return GoTime(
        f"{match['date']} {match['time']}{behind} {zone}",
        f"{match['date']}T{match['time']}{behind}{'Z' if utc else match['zone']}",
    )


def _skopeo_fields(inspection: Inspection, tags: tuple[str, ...]) -> dict[str, Any]:
    platform = inspection.platform
    return {
        "Name": inspection.name.replace(DOCKER_HUB, "docker.io", 1),
        "Tag": "",
        "Digest": str(inspection.digest),
        "RepoTags": list(tags),
        "Created": go_time(inspection.created),
        "DockerVersion": inspection.docker_version,
        "Labels": dict(inspection.labels) or NilMap(),
        "Architecture": platform.architecture if platform else "",
        "Os": platform.os if platform else "",
        "Layers": [str(layer.digest) for layer in inspection.layers],
        "LayersData": [_layer(layer) for layer in inspection.layers],
        "Env": list(inspection.env) or NilSlice(),
    }


def _layer(layer: Descriptor) -> Record:
    noted = NilMap() if layer.annotations is None else dict(layer.annotations)
    return Record(
        "inspect.Layer",
        {
            "MIMEType": layer.media_type,
            "Digest": str(layer.digest),
            "Size": layer.size,
            "Annotations": noted,
        },
    )


_STEP = {
    "Created": "created",
    "CreatedBy": "created_by",
    "Author": "author",
    "Comment": "comment",
    "EmptyLayer": "empty_layer",
}


def _step(step: Mapping[str, Any]) -> Record:
    fields: dict[str, Any] = {
        name: value if isinstance(value := step.get(key), str) else "" for name, key in _STEP.items()
    }
    fields["Created"] = go_time(fields["Created"]) if fields["Created"] else None
    fields["EmptyLayer"] = step.get("empty_layer") is True
    return Record("v1.History", fields, _STEP, frozenset(_STEP))


def _strings(value: object) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else NilSlice()


def _texts(value: object) -> dict[str, str]:
    return (
        {name: each for name, each in value.items() if isinstance(each, str)}
        if isinstance(value, dict)
        else NilMap()
    )


def _set(value: object) -> dict[str, Any]:
    return {name: Record("struct {}", {}) for name in value} if isinstance(value, dict) else NilMap()
