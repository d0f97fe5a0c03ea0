"""One request with all that is needed to respond to it."""

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

    `delete` lets manifests, tags and blobs be deleted, `read_only` refuses every write. `warnings` go out
    with every response (distribution spec, Warnings); what does not fit into 4096 bytes is left out.
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
    """One request with the endpoint it is for and what is needed to answer it."""

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
        """The digest at the end of the path. Raises Refusal if it is none."""
        return check_digest(self.route.item)

    def created(self, path: str, *headers: tuple[str, str]) -> Response:
        """201, with where the new thing is found: `path` within the repository."""
        return Response(201, (("Location", f"/v2/{self.repository}/{path}"), *headers))
