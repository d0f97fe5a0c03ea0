"""A tree of manifests and blobs as lines, and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pycrane._cli.terminal.sizes import human
from pycrane._client.tree import TreeNode


def tree_lines(node: TreeNode, start: str = "", below: str = "") -> Iterator[str]:
    """Yield a node and all below it, with branches drawn before them."""
    yield start + _label(node)
    for number, child in enumerate(node.children):
        last = number == len(node.children) - 1
        branch, further = ("└── ", "    ") if last else ("├── ", "│   ")
        yield from tree_lines(child, below + branch, below + further)


def tree_value(node: TreeNode) -> dict[str, Any]:
    """Return a node as an object for JSON."""
    found = node.descriptor
    value: dict[str, Any] = {
        "kind": node.kind.value,
        "digest": str(found.digest),
        "mediaType": found.media_type,
        "size": found.size,
        "totalSize": node.size,
    }
    if found.platform:
        value["platform"] = str(found.platform)
    if node.artifact_type:
        value["artifactType"] = node.artifact_type
    if node.refers:
        value["refers"] = True
    if node.children:
        value["children"] = [tree_value(child) for child in node.children]
    return value


def _label(node: TreeNode) -> str:
    found = node.descriptor
    platform = str(found.platform) if found.platform and found.platform.os != "unknown" else ""
    words = ["referrer" if node.refers else "", node.kind.value, platform, node.artifact_type]
    words += [str(found.digest), human(node.size)]
    return " ".join(word for word in words if word)
