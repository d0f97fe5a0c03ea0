"""The embedded registry, for tests and CI.

`with pycrane.server.Registry() as registry:` serves at `registry.address`.
"""

TYPE_CHECKING = False  # as in typing, which takes longer to import than all of this
if TYPE_CHECKING:
    from pycrane._server.embedded import Registry as Registry
    from pycrane._server.exchange import Options as Options
    from pycrane._server.htpasswd import Htpasswd as Htpasswd
    from pycrane._server.upstream import Upstream as Upstream

_HOMES = {
    "Htpasswd": "pycrane._server.htpasswd",
    "Options": "pycrane._server.exchange",
    "Registry": "pycrane._server.embedded",
    "Upstream": "pycrane._server.upstream",
}
"""Every public name with the module that has it."""

__all__ = sorted(_HOMES)

if not TYPE_CHECKING:  # a type checker takes a module with this function to have every name

    def __getattr__(name: str) -> object:
        """Import a public name when it is first asked for."""
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module

        value = globals()[name] = getattr(import_module(_HOMES[name]), name)
        return value


def __dir__() -> list[str]:
    """Names that are public."""
    return list(__all__)
