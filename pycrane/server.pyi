"""Public names of pycrane.server, for type checkers, editors and the lazy import at run time."""

from pycrane._server.embedded import Registry as Registry
from pycrane._server.exchange import Options as Options
from pycrane._server.htpasswd import Htpasswd as Htpasswd
from pycrane._server.upstream import Upstream as Upstream
