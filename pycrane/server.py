"""The embedded registry, for tests and CI.

`with pycrane.server.Registry() as registry:` serves at `registry.address`. Public names stand in the stub
`server.pyi`.
"""

import sys

from pycrane._lazy import homes, importing

_HOMES = homes(sys.modules[__name__])
__all__ = sorted(_HOMES)
__getattr__ = importing(sys.modules[__name__], _HOMES)


def __dir__() -> list[str]:
    """Return the public names."""
    return list(__all__)
