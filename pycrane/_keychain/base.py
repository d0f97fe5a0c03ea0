"""Keychains that can say how they came to their answer, and the rule for sources that are broken."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator

from pycrane._errors import CredentialsError
from pycrane._events import Listener, Warned, ignore
from pycrane._io.process import NotPickled
from pycrane._keychain.credentials import ANONYMOUS, Credentials, Keychain
from pycrane._keychain.explanation import Explanation, Finding, broken, found
from pycrane._reference import Repository


class TracedKeychain(NotPickled, ABC):
    """A keychain that looks at one source after the other. Subclasses say where, in `look`."""

    @abstractmethod
    def look(self, repository: Repository) -> Iterator[Finding]:
        """What each source says, in order, lazily: nobody asks on after the first that answers.

        A source that is broken is a finding with its error; nothing is raised.
        """

    def resolve(self, repository: Repository) -> Credentials:
        """Credentials for this repository, `ANONYMOUS` if no source has any.

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
        """Every source looked at for a repository, as a read does it. Holds no secret, raises nothing."""
        return Explanation(repository, tuple(finding.step for finding in until_answer(self.look(repository))))

    def forget(self) -> None:
        """Read every source anew next time. Here: there is nothing to forget."""
        return


def look(keychain: Keychain, repository: Repository) -> Iterator[Finding]:
    """What any keychain says: step by step if it can, else its answer as one step."""
    traced: Callable[[Repository], Iterator[Finding]] | None = getattr(keychain, "look", None)
    if traced is not None:
        yield from traced(repository)
        return
    source = type(keychain).__name__
    try:
        yield found(source, keychain.resolve(repository))
    except CredentialsError as error:
        yield broken(source, error)


def until_answer(findings: Iterator[Finding]) -> Iterator[Finding]:
    """The findings up to and including the first that answers."""
    for finding in findings:
        yield finding
        if not finding.credentials.anonymous:
            return


def resolve_for(
    keychain: Keychain, repository: Repository, *, write: bool, listener: Listener = ignore
) -> Credentials:
    """Credentials for a read or a write.

    A read may well be anonymous, so it passes over a broken source with a `Warned` event. A write must not
    happen under another name than the person's own.

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
