"""The embedded registry, for tests and CI.

`with pycrane.server.Registry() as registry:` serves at `registry.address`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pycrane.server.embedded import Registry as Registry
    from pycrane.server.exchange import Options as Options
    from pycrane.server.htpasswd import Htpasswd as Htpasswd
    from pycrane.server.upstream import Upstream as Upstream

__all__ = ["Htpasswd", "Options", "Registry", "Upstream"]

_HOMES = {
    "Htpasswd": "pycrane.server.htpasswd",
    "Options": "pycrane.server.exchange",
    "Registry": "pycrane.server.embedded",
    "Upstream": "pycrane.server.upstream",
}


def __getattr__(name: str) -> object:
    """Import a public name when it is first asked for."""
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
