"""The registry as a function from request to response (OCI distribution spec 1.1 and its main branch)."""

from __future__ import annotations

import errno
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from pycrane._errors import PycraneError
from pycrane._limits import DEFAULT_LIMITS, Limits
from pycrane._server import blobs, lists, manifests, uploads
from pycrane._server.budget import Budget
from pycrane._server.exchange import DEFAULT_OPTIONS, Exchange, Options
from pycrane._server.messages import BrokenBodyError, Request, Response
from pycrane._server.refusals import Code, Refusal
from pycrane._server.routes import Endpoint, find_route
from pycrane._server.store import Store

Verb = Callable[[Exchange], Response]
Gate = Callable[[Request], None]
"""Allows a request or raises a Refusal."""

_log = logging.getLogger("pycrane.server")


def _base(exchange: Exchange) -> Response:
    return Response(200, (("Content-Type", "application/json"),), b"{}")


_VERBS: Mapping[Endpoint, Mapping[str, Verb]] = {
    Endpoint.BASE: {"GET": _base},
    Endpoint.CATALOG: {"GET": lists.repositories},
    Endpoint.BLOB: {"GET": blobs.get, "DELETE": blobs.delete},
    Endpoint.UPLOADS: {"POST": uploads.begin},
    Endpoint.UPLOAD: {
        "GET": uploads.status,
        "PATCH": uploads.append,
        "PUT": uploads.finish,
        "DELETE": uploads.cancel,
    },
    Endpoint.MANIFEST: {"GET": manifests.get, "PUT": manifests.put, "DELETE": manifests.delete},
    Endpoint.TAGS: {"GET": lists.tags},
    Endpoint.REFERRERS: {"GET": lists.referrers},
}
_DELETABLE = (Endpoint.BLOB, Endpoint.MANIFEST)
_READING = ("GET", "HEAD")


@dataclass(frozen=True, slots=True)
class Application:
    """A registry over a store. Called by an HTTP server with a request, from any number of threads."""

    store: Store
    options: Options = DEFAULT_OPTIONS
    gate: Gate | None = None
    limits: Limits = DEFAULT_LIMITS
    parsing: Budget = field(init=False)
    """Bytes of manifests that are parsed at once: parsed JSON takes ten times the memory of its text."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "parsing", Budget(self.limits.manifest_size))

    def __call__(self, request: Request) -> Response:
        """Respond to one request. Raises BrokenBodyError if the client has gone, and no other error."""
        try:
            response = self._answer(request)
        except Refusal as refusal:
            response = refusal.response()
        except (OSError, PycraneError) as error:
            response = _storage_failure(error).response()
        except BrokenBodyError:
            raise
        except Exception:
            _log.exception("%s %s failed", request.method, request.path)
            response = Refusal(Code.UNKNOWN, "this is a bug in the registry").response()
        return Response(response.status, (*response.headers, *self.options.headers()), response.body)

    def _answer(self, request: Request) -> Response:
        if self.gate:
            self.gate(request)
        route = find_route(request.path)
        verbs = _VERBS[route.endpoint]
        verb = verbs.get("GET" if request.method == "HEAD" else request.method)
        if not verb:
            allow = ("Allow", ", ".join(verbs))
            raise Refusal(Code.UNSUPPORTED, "not a method of this endpoint", headers=(allow,))
        if self.options.read_only and request.method not in _READING:
            raise Refusal(Code.UNSUPPORTED, "this registry is read-only")
        if request.method == "DELETE" and route.endpoint in _DELETABLE and not self.options.delete:
            raise Refusal(Code.UNSUPPORTED, "deleting is switched off in this registry")
        return verb(Exchange(self.store, self.options, self.limits, self.parsing, request, route))


def _storage_failure(error: OSError | PycraneError) -> Refusal:
    reason = error if isinstance(error, OSError) else error.__cause__
    if isinstance(reason, OSError) and reason.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return Refusal(Code.UNAVAILABLE, "the registry's disk is full", status=507)
    _log.error("storage failed: %s", error)
    return Refusal(Code.UNKNOWN, "the registry's storage failed")
