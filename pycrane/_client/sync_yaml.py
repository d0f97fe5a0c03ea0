"""YAML from files of others: texts, lists and mappings alone, bounded in depth and count, no key twice."""

from __future__ import annotations

from typing import Any

import yaml

from pycrane._errors import LimitExceededError, MalformedError
from pycrane._limits import Limits


def parse(raw: bytes, what: str, limits: Limits) -> Any:
    """Parse a document. Raises yaml.YAMLError, MalformedError and LimitExceededError."""
    depth = count = 0
    for event in yaml.parse(raw, yaml.SafeLoader):
        if isinstance(event, yaml.AliasEvent):
            raise MalformedError(f"{what} has an alias, *{event.anchor}, and these are not expanded")
        count += isinstance(event, yaml.NodeEvent)
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > limits.json_depth or count > limits.json_values:
            raise LimitExceededError(
                f"{what} has more than {limits.json_values} values, or more than {limits.json_depth} levels"
            )
    return _value(yaml.compose(raw, yaml.SafeLoader), what)


def _value(node: Any, what: str) -> Any:
    if isinstance(node, yaml.SequenceNode):
        return [_value(each, what) for each in node.value]
    if isinstance(node, yaml.MappingNode):
        pairs = [(_value(key, what), _value(value, what)) for key, value in node.value]
        found: dict[Any, Any] = {}
        for key, value in pairs:
            if not isinstance(key, str) or key in found:
                raise MalformedError(f"{what} has a key twice, or one that is not a text: {key!r}")
            found[key] = value
        return found
    return None if node is None or node.tag == "tag:yaml.org,2002:null" else node.value
