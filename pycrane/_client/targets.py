"""Where a changed image goes: to a registry under a name, or into a tarball."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pycrane._errors import UnsupportedError, doing
from pycrane._image.medium import Item
from pycrane._image.view import Index, View
from pycrane._reference import Reference, Repository
from pycrane._transfer.engine import transfer

if TYPE_CHECKING:
    from pycrane._registry.client import RegistryClient


@dataclass(frozen=True, slots=True)
class Target:
    """A tag that is written, or for a digest and with `by_digest` a repository, where only digests count.

    With `output` the result goes into this tarball, under the name of the reference.
    """

    reference: Reference
    output: Path | None = None
    by_digest: bool = False

    @property
    def repository(self) -> Repository | None:
        """The repository that is written to, if one is."""
        return None if self.output else self.reference.repository


def write(client: RegistryClient, view: View, target: Target, jobs: int) -> Reference:
    """Write a view, and give the reference of it by digest.

    Raises:
        UnsupportedError: an index, which a tarball cannot hold.
        PycraneError: it cannot be written; a tag or file names what it named before.
    """
    reference = target.reference
    name = reference.text or reference.name
    if target.output is not None:
        if isinstance(view, Index):
            raise UnsupportedError(
                f"{name} is an index, and a tarball holds one image",
                hint="choose one of them with --platform",
            )
        from pycrane._archive.docker_sink import DockerArchiveSink

        with doing(f"writing {target.output}", path=target.output), DockerArchiveSink(target.output) as file:
            transfer([Item(view, name)], file, jobs=jobs, listener=client.session.listener)
        return reference.with_digest(view.digest)
    unnamed = target.by_digest or reference.digest is not None
    where = reference.with_digest(view.digest) if unnamed else reference
    with doing(f"pushing {name}", reference=reference), client.sink(where.repository) as sink:
        transfer([Item(view, where.identifier)], sink, jobs=jobs, listener=client.session.listener)
    return where.with_digest(view.digest)
