"""A request as a value: what is asked, of whom, and what only the one asked may see.

Named tuples here and elsewhere on this floor: every command imports them, and they are quicker to define.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from pycrane._io.stream import ByteStream
from pycrane._registry.http.addresses import Reach
from pycrane._registry.http.redaction import safe_url

PeerRule = Callable[[Reach], bool]
"""Whether a request may go to an address that lies there."""

_NONE: Mapping[str, str] = MappingProxyType({})


class Body(NamedTuple):
    """Body of a request.

    `open` gives a stream from the first byte; it is called anew for each try, and who calls it closes the
    stream. With `replayable` false it can be called once. `length` is in bytes; None sends it in chunks.
    """

    open: Callable[[], ByteStream]
    length: int | None = None
    replayable: bool = True

    @classmethod
    def of(cls, data: bytes) -> Body:
        """A body of these bytes."""
        return cls(lambda: io.BytesIO(data), len(data))


class Request(NamedTuple):
    """One request. `private` headers are for the origin of `url` alone; redirects elsewhere lose them.

    `peer` is the rule for the address that is connected to; None allows all, where the user named the host.
    `secrets` are further texts, beside those in `private`, that no message may repeat.
    """

    method: str
    url: str
    headers: Mapping[str, str] = _NONE
    private: Mapping[str, str] = _NONE
    body: Body | None = None
    peer: PeerRule | None = None
    secrets: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"<{self.method} {safe_url(self.url)}>"
