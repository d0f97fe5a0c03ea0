"""The same work for several inputs: one by one here, in parallel with what floors above have for that."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol, TypeVar

In = TypeVar("In")
Out = TypeVar("Out")


class Run(Protocol):
    """Does the same work for several inputs, perhaps in parallel; the results keep their order."""

    def __call__(self, work: Callable[[In], Out], inputs: Iterable[In], /) -> list[Out]:
        """The results. Raises what the work raises."""
        ...


def one_by_one(work: Callable[[In], Out], inputs: Iterable[In], /) -> list[Out]:
    """A `Run` without threads."""
    return [work(each) for each in inputs]
