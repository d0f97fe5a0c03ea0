"""The base of keychains that explain their answers, and the rule for broken sources."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator

from pycrane._errors import CredentialsError
from pycrane._events import Listener, Warned, ignore
from pycrane._io.process import NotPickled
from pycrane._keychain.credentials import ANONYMOUS, Credentials, Keychain
from pycrane._keychain.explanation import Explanation, Finding, broken, found
from pycrane._reference import Repository


class BaseKeychain(NotPickled, ABC):
    """A keychain that looks up one source after the other. Subclasses implement `look`."""

    @abstractmethod
    def look(self, repository: Repository) -> Iterator[Finding]:
        """Yield a finding for each source, in order, lazily: callers stop at the first that has credentials.

        A broken source is a finding with its error; nothing is raised.
        """

    def resolve(self, repository: Repository) -> Credentials:
        """Return credentials for this repository, `ANONYMOUS` if no source has any.

        Raises:
            CredentialsError: a source before the first that answers is broken.

        """
        for finding in until_answer(self.look(repository)):
            if finding.error:
                raise finding.error
            if not finding.credentials.anonymous:
                return finding.credentials
        return ANONYMOUS

    def explain(self, repository: Repository) -> Explanation:
        """Explain the lookup for a repository, as a read does it. Contains no secret; raises nothing."""
        return Explanation(repository, tuple(finding.step for finding in until_answer(self.look(repository))))

    def forget(self) -> None:
        """Drop what is cached: the next lookup reads every source again. The base caches nothing."""
        return


def look(keychain: Keychain, repository: Repository) -> Iterator[Finding]:
    """Yield the findings of any keychain: those of its `look` method, or its answer as the only one."""
    explained: Callable[[Repository], Iterator[Finding]] | None = getattr(keychain, "look", None)
    if explained is not None:
        yield from explained(repository)
        return
    source = type(keychain).__name__
    try:
        yield found(source, keychain.resolve(repository))
    except CredentialsError as error:
        yield broken(source, error)


def until_answer(findings: Iterator[Finding]) -> Iterator[Finding]:
    """Yield the findings up to and including the first that has credentials."""
    for finding in findings:
        yield finding
        if not finding.credentials.anonymous:
            return


def resolve_for(
    keychain: Keychain, repository: Repository, *, write: bool, listener: Listener = ignore
) -> Credentials:
    """Return credentials for a read or a write.

    A read may be anonymous, so a broken source is only a `Warned` event. A write must not happen under
    another identity than the one configured.

    Raises:
        CredentialsError: for a write only: a source is broken.

    """
    if write:
        return keychain.resolve(repository)
    for finding in until_answer(look(keychain, repository)):
        if finding.error:
            listener(Warned(f"{finding.error.message}; going on without it"))
        if not finding.credentials.anonymous:
            return finding.credentials
    return ANONYMOUS
