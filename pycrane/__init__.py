"""pycrane: crane for Python. Container images in registries, tarballs and layouts, with no daemon.

Public names stand in the stub `__init__.pyi`, and in `pycrane.server` for the embedded registry; modules with
an underscore are internal. A name is imported when it is first read, so that importing pycrane costs nothing.
"""

import sys

from pycrane._lazy import homes, importing
from pycrane._version import __version__ as __version__

_HOMES = homes(sys.modules[__name__])
__all__ = sorted(_HOMES)
__getattr__ = importing(sys.modules[__name__], _HOMES)


def __dir__() -> list[str]:
    """Return the public names."""
    return [*__all__, "__version__"]
