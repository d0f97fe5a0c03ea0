"""Some of a repository's tags: by pattern, by expression, by range of versions, the newest."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from heapq import nlargest

from pycrane._client.versions import VersionRange, counting_key, parse_version

_DIGEST_TAG = "sha256-"


@dataclass(frozen=True, slots=True)
class TagChoice:
    """Which tags are wanted; None does not care, and all that is given must hold.

    `glob` is as shells have it and fits the whole tag, `regex` may fit anywhere in it. `versions` takes tags
    that are versions in this range. `newest` then leaves so many with the highest versions: registries do not
    tell when a tag was written. `digest_tags` are those that stand for a digest, such as signatures have.
    """

    glob: str | None = None
    regex: re.Pattern[str] | None = None
    versions: VersionRange | None = None
    newest: int | None = None
    digest_tags: bool = True

    @property
    def chooses(self) -> bool:
        """Whether there is a tag that it leaves out."""
        return self != TagChoice()

    def of(self, tags: Iterable[str]) -> Iterator[str]:
        """The tags that are wanted, in the order they come."""
        wanted = (tag for tag in tags if self._wants(tag))
        if self.newest is None:
            return wanted
        versions = [tag for tag in wanted if parse_version(tag) is not None]
        best = set(nlargest(self.newest, versions, key=counting_key))
        return (tag for tag in versions if tag in best)

    def _wants(self, tag: str) -> bool:
        if not self.digest_tags and tag.startswith(_DIGEST_TAG):
            return False
        if self.glob is not None and not fnmatchcase(tag, self.glob):
            return False
        if self.regex is not None and not self.regex.search(tag):
            return False
        if self.versions is None:
            return True
        version = parse_version(tag)
        return version is not None and version in self.versions


EVERY_TAG = TagChoice()
