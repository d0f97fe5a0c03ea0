"""One request and what its handler needs: store, options, limits."""

from __future__ import annotations

from dataclasses import dataclass

from pycrane._limits import KIB, Limits
from pycrane._oci.digest import Digest
from pycrane._server.budget import Budget
from pycrane._server.messages import Request, Response
from pycrane._server.routes import Route, check_digest
from pycrane._server.store import Store

_API_VERSION = ("Docker-Distribution-Api-Version", "registry/2.0")


@dataclass(frozen=True, slots=True)
class Options:
    """Options of a registry.

    `delete` allows manifests, tags and blobs to be deleted, `read_only` refuses every write. `warnings` are
    sent with every response (distribution spec, Warnings), as many as fit into 4096 bytes.
    """

    delete: bool = True
    read_only: bool = False
    warnings: tuple[str, ...] = ()

    def headers(self) -> tuple[tuple[str, str], ...]:
        """The headers that every response has."""
        return (_API_VERSION, *(("Warning", text) for text in self._warnings()))

    def _warnings(self) -> list[str]:
        lines: list[str] = []
        for text in self.warnings:
            plain = "".join(char if char.isprintable() and char.isascii() else "?" for char in text)
            quoted = plain.replace("\\", "\\\\").replace('"', '\\"')
            lines.append(f'299 - "{quoted}"')
            if sum(map(len, lines)) > 4 * KIB:
                return lines[:-1]
        return lines


DEFAULT_OPTIONS = Options()


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request, its route, and what its handler needs."""

    store: Store
    options: Options
    limits: Limits
    parsing: Budget
    request: Request
    route: Route

    @property
    def repository(self) -> str:
        """The repository that the path names."""
        return self.route.repository

    def digest(self) -> Digest:
        """The digest at the end of the path. Raises Refusal if it is not valid."""
        return check_digest(self.route.item)

    def created(self, path: str, *headers: tuple[str, str]) -> Response:
        """Response 201 with the location of what was created: `path` within the repository."""
        return Response(201, (("Location", f"/v2/{self.repository}/{path}"), *headers))
