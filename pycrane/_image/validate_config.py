"""Fields of a configuration checked for their types (OCI image spec, config.md, Properties)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pycrane._oci.config import ConfigFile

_TIME = re.compile(
    r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])[Tt]([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)"
    r"(\.[0-9]+)?([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])"
)
_PORT = re.compile(r"[0-9]{1,5}(-[0-9]{1,5})?(/(tcp|udp|sctp))?", re.IGNORECASE)


def config_problems(config: ConfigFile, what: str) -> Iterator[str]:
    """Yield what is wrong with the fields of a configuration, one line each; `what` names it."""
    if config.created and not _TIME.fullmatch(config.created):
        yield f"{what} was created {config.created!r}, expected a time as in 2006-01-02T15:04:05Z"
    for number, entry in enumerate(config.history):
        created = entry.get("created")
        if created is not None and not (isinstance(created, str) and _TIME.fullmatch(created)):
            yield f"{what} has a history[{number}] that was created {created!r}, expected a time"
    for name, (is_valid, expected) in _FIELDS.items():
        value = config.config.get(name)
        if value is not None and not is_valid(value):
            yield f"{what} has the {name} {value!r}, expected {expected}"


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_list_of_text(value: Any) -> bool:
    return isinstance(value, list) and all(map(_is_text, value))


def _is_map_of_text(value: Any) -> bool:
    return isinstance(value, Mapping) and all(map(_is_text, value.values()))


def _is_set(value: Any) -> bool:
    return isinstance(value, Mapping) and all(isinstance(each, Mapping) for each in value.values())


def _is_ports(value: Any) -> bool:
    return _is_set(value) and all(map(_PORT.fullmatch, value))


_FIELDS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "User": (_is_text, "text"),
    "WorkingDir": (_is_text, "text"),
    "StopSignal": (_is_text, "text"),
    "Env": (_is_list_of_text, "a list of NAME=VALUE"),
    "Entrypoint": (_is_list_of_text, "a list of words"),
    "Cmd": (_is_list_of_text, "a list of words"),
    "Shell": (_is_list_of_text, "a list of words"),
    "OnBuild": (_is_list_of_text, "a list of instructions"),
    "Labels": (_is_map_of_text, "an object of texts"),
    "Volumes": (_is_set, "an object of paths"),
    "ExposedPorts": (_is_ports, 'an object of ports, as in {"80/tcp": {}}'),
}
