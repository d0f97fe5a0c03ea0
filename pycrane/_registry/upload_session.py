"""One upload as the registry sees it: begun, continued, closed, cancelled (distribution spec, Push)."""

from __future__ import annotations

import re
from contextlib import suppress
from urllib.parse import quote, urlsplit, urlunsplit

from pycrane._errors import DigestMismatchError, InvalidReferenceError, PycraneError
from pycrane._io.process import ForkLock
from pycrane._oci.digest import Digest
from pycrane._reference import Repository
from pycrane._registry.blobs import OCTETS
from pycrane._registry.http.request import Body
from pycrane._registry.http.response import Response
from pycrane._registry.session import Session

WRITING = ("pull", "push")
"""Actions that a token for an upload needs."""

_RANGE = re.compile(r"0-([0-9]{1,18})")


class UploadSession:
    """An upload that a registry has begun, by the answer that said so.

    `held` is how many bytes the registry has taken, from the first. `minimum` is the smallest part it takes,
    but for the last.
    """

    def __init__(self, session: Session, repository: Repository, answer: Response) -> None:
        self._session = session
        self._repository = repository
        self._location = _address(answer)
        self.held = 0
        self.minimum = _minimum(answer)
        self._cancelling = ForkLock()
        session.uploads.add(self)

    @classmethod
    def begin(cls, session: Session, repository: Repository, digest: Digest) -> UploadSession:
        """Begin an upload.

        Raises:
            MalformedError: the answer does not say where it goes on.
            PycraneError: as `Session.request` does.
        """
        path = "blobs/uploads/"
        if digest.algorithm != "sha256":
            path += f"?digest-algorithm={digest.algorithm}"
        # Begun twice does no harm: what is not used is forgotten.
        with session.request("POST", repository, path, actions=WRITING, replay=True) as answer:
            return cls(session, repository, answer)

    def send(self, part: Body, length: int) -> None:
        """Send the next part (PATCH). Raises as `Session.request` does."""
        headers = {"Content-Range": f"{self.held}-{self.held + length - 1}"}
        self._follow(self._ask("PATCH", self._location, headers, part))
        # Our own count: some registries say less than what they hold.
        self.held += length

    def finish(self, digest: Digest, last: Body | None, length: int) -> int:
        """Send the last part, if any, and have the blob stored (PUT). Gives the status: 201 if it was.

        Raises:
            DigestMismatchError: the registry stored something else.
            PycraneError: as `Session.request` does.
        """
        headers = {"Content-Range": f"{self.held}-{self.held + length - 1}"} if self.held and length else {}
        joint = "&" if urlsplit(self._location).query else "?"
        url = f"{self._location}{joint}digest={quote(str(digest), safe='')}"
        with self._ask("PUT", url, headers, last) as answer:
            self._session.uploads.discard(self)
            check_stored(answer, digest)
            return answer.status

    def ask_held(self) -> int | None:
        """Return the number of bytes that the registry has; None if it does not say so clearly.

        Raises:
            NotFoundError: the upload is over.
            PycraneError: as `Session.request` does.
        """
        answer = self._session.request("GET", self._repository, self._location, actions=WRITING)
        self._follow(answer)
        found = _RANGE.fullmatch(answer.headers.get("Range", "").strip())
        # `0-0` is one byte, and what many answer that have none.
        return int(found[1]) + 1 if found and int(found[1]) else None

    def cancel(self) -> None:
        """Cancel the upload if it is open, or wait for the thread that cancels it. Failures are ignored."""
        with self._cancelling:
            if self not in self._session.uploads:
                return
            try:
                with suppress(PycraneError):
                    self._session.request(
                        "DELETE", self._repository, self._location, actions=WRITING, replay=False
                    ).close()
            finally:
                self._session.uploads.discard(self)

    def _ask(self, method: str, url: str, headers: dict[str, str], body: Body | None) -> Response:
        # Never repeated blindly: the registry may have taken a part of it.
        return self._session.request(
            method,
            self._repository,
            url,
            actions=WRITING,
            headers={"Content-Type": OCTETS, **headers},
            body=body,
            replay=False,
        )

    def _follow(self, answer: Response) -> None:
        with answer:
            if answer.headers.get("Location"):
                self._location = _address(answer)


def check_stored(answer: Response, digest: Digest) -> None:
    """Raise DigestMismatchError if an answer says that the registry has stored something else."""
    try:
        stored = Digest.parse(answer.headers.get("Docker-Content-Digest", ""))
    except InvalidReferenceError:
        return
    if stored.algorithm == digest.algorithm and stored != digest:
        raise DigestMismatchError(f"{answer.registry} stored {stored} in place of {digest}")


def _address(answer: Response) -> str:
    """Return the URL at which the upload continues."""
    url = answer.location()
    here, there = urlsplit(answer.url), urlsplit(url)
    if (here.scheme, there.scheme) == ("https", "http") and here.hostname == there.hostname:
        # A registry that does not know of the TLS in front of it, and perhaps not of the port.
        return urlunsplit(there._replace(scheme=here.scheme, netloc=here.netloc))
    return url


def _minimum(answer: Response) -> int:
    text = answer.headers.get("OCI-Chunk-Min-Length", "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else 0
