"""A request as a value: what is asked, of whom, and what only the one asked may see."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from pycrane.layers.stream import ByteStream


@dataclass(frozen=True, slots=True)
class Body:
    """What a request carries.

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


@dataclass(frozen=True, slots=True)
class Ask:
    """One request. `private` headers are for the origin of `url` alone; redirects elsewhere lose them."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    private: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: Body | None = None
