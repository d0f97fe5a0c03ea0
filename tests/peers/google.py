"""A front of a real registry that lists tags as Google's registries do, with manifests and children.

Fields as gcr.io and pkg.dev have them: `child`, `manifest` (by digest: imageSizeBytes, mediaType,
timeCreatedMs, timeUploadedMs, tag), `name`, `tags`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from peers.images import Image, Index
from peers.media import push
from peers.odd_server import Answer, OddServer, Request, forward, problem, reply_json
from peers.registry import Registry

CREATED, UPLOADED = "1577836800000", "1580515200123"


class Google:
    """Pushes to the registry and remembers what it has to tell. `host` is where pycrane is to ask."""

    def __init__(self, registry: Registry, prefix: str) -> None:
        self.registry = registry
        self.prefix = prefix
        self.server = OddServer(self._answer)
        self.host = self.server.host
        self._manifests: dict[str, dict[str, Any]] = {}

    def push(self, below: str, root: Image | Index, *tags: str, **told: Any) -> str:
        """Push under `prefix/below`; gives the name with the first tag, or the digest without tags."""
        path = "/".join(part for part in (self.prefix, below) if part)
        push(self.registry, path, root, *tags)
        for manifest in getattr(root, "children", ()):
            self._manifests.setdefault(path, {}).setdefault(manifest.digest, self._info(manifest))
        self._manifests.setdefault(path, {})[root.digest] = {**self._info(root), "tag": [*tags], **told}
        return f"{self.host}/{path}" + (f":{tags[0]}" if tags else f"@{root.digest}")

    @staticmethod
    def _info(manifest: Image | Index) -> dict[str, Any]:
        return {
            "imageSizeBytes": str(len(manifest.data)),
            "layerId": "",
            "mediaType": manifest.media_type,
            "tag": [],
            "timeCreatedMs": CREATED,
            "timeUploadedMs": UPLOADED,
        }

    def _answer(self, request: Request) -> Answer:
        path = request.path.removeprefix("/v2/").removesuffix("/tags/list")
        if not request.path.endswith("/tags/list"):
            answer = forward(request, self.registry.host)
            if request.method == "DELETE" and answer.startswith(b"HTTP/1.1 202"):
                path, _, digest = path.partition("/manifests/")
                del self._manifests[path][digest]
            return answer
        children = sorted(set(self._children(path)))
        manifests = self._manifests.get(path, {})
        if not children and not manifests:
            return problem(404, "NAME_UNKNOWN")
        tags = [tag for info in manifests.values() for tag in info["tag"]]
        return reply_json({"child": children, "manifest": manifests, "name": path, "tags": tags})

    def _children(self, path: str) -> Iterator[str]:
        for known in self._manifests:
            if known.startswith(f"{path}/"):
                yield known.removeprefix(f"{path}/").split("/")[0]

    def __enter__(self) -> Google:
        self.server.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self.server.__exit__(*error)
