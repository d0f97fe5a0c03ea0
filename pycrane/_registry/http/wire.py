"""What the requests of a session go out by: options, connections, listener, and who fetches tokens."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from pycrane._events import Listener
from pycrane._registry.http.options import ClientOptions
from pycrane._registry.http.transport import Transport

if TYPE_CHECKING:
    from pycrane._registry.auth.token import TokenService


class Wire:
    """The same for all requests of a session. Whoever made it closes its transport."""

    def __init__(self, options: ClientOptions, listener: Listener) -> None:
        self.options = options
        self.listener = listener
        self.transport = Transport(options, listener)

    @cached_property
    def tokens(self) -> TokenService:
        """Who asks for tokens. Imported when a registry wants one."""
        from pycrane._registry.auth.token import TokenService

        return TokenService(self.transport.send, self.options, self.listener)
