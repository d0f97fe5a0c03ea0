"""Explanation of a lookup: each source that was looked at, in order, without secrets."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from pycrane._errors import CredentialsError
from pycrane._keychain.credentials import ANONYMOUS, Credentials
from pycrane._keychain.matching import shown
from pycrane._reference import Repository

# GitHub's convention: the user name is the token, and the password says so.
_TOKEN_AS_USERNAME = "x-oauth-basic"  # noqa: S105


class Kind(StrEnum):
    """Kind of the credentials that were found."""

    ANONYMOUS = "anonymous"
    PASSWORD = "password"  # noqa: S105
    IDENTITY_TOKEN = "identity token"  # noqa: S105
    REGISTRY_TOKEN = "registry token"  # noqa: S105

    @classmethod
    def of(cls, credentials: Credentials) -> Kind:
        """Return the kind of credentials; of several, the one that is sent to a registry."""
        if credentials.registry_token:
            return cls.REGISTRY_TOKEN
        if credentials.identity_token:
            return cls.IDENTITY_TOKEN
        return cls.ANONYMOUS if credentials.anonymous else cls.PASSWORD


class StepOutcome(StrEnum):
    """Result of looking at a source."""

    ABSENT = "not there"
    NOTHING = "nothing"
    BROKEN = "broken"
    ANSWERED = "answered"


class Step(NamedTuple):
    """Lookup in one source: a file, a variable, a helper, or a keychain of the caller.

    `key` is the key that matched, `helper` the program that ran, `username` only set where it is not
    a secret, `problem` the message of a broken source.
    """

    source: str
    outcome: StepOutcome
    key: str = ""
    helper: str = ""
    kind: Kind = Kind.ANONYMOUS
    username: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """A step with what it must not show: the credentials, or the error."""

    step: Step
    credentials: Credentials = field(default=ANONYMOUS, repr=False)
    error: CredentialsError | None = None


class Explanation(NamedTuple):
    """The steps of the lookup for a repository, until one had credentials."""

    repository: Repository
    steps: tuple[Step, ...]

    @property
    def answer(self) -> Step | None:
        """The step that had credentials, None if the result is anonymous."""
        return next((step for step in self.steps if step.outcome is StepOutcome.ANSWERED), None)

    @property
    def kind(self) -> Kind:
        """The kind of the credentials that were found."""
        return self.answer.kind if self.answer else Kind.ANONYMOUS

    @property
    def problems(self) -> tuple[str, ...]:
        """Messages of broken sources before the answer: a write fails there, a read continues."""
        return tuple(step.problem for step in self.steps if step.outcome is StepOutcome.BROKEN)


def absent(source: str) -> Finding:
    """Finding for a source that does not exist."""
    return Finding(Step(source, StepOutcome.ABSENT))


def found(source: str, credentials: Credentials, key: str = "", helper: str = "") -> Finding:
    """Finding for a source that was read; anonymous credentials mean that it has none."""
    outcome = StepOutcome.NOTHING if credentials.anonymous else StepOutcome.ANSWERED
    kind, username = Kind.of(credentials), _public_username(credentials)
    return Finding(Step(source, outcome, shown(key), helper, kind, username), credentials)


def broken(source: str, error: CredentialsError, key: str = "", helper: str = "") -> Finding:
    """Finding for a broken source. The error is copied: the same one may be raised many times."""
    step = Step(source, StepOutcome.BROKEN, shown(key), helper, problem=error.message)
    return Finding(step, error=CredentialsError(error.message, hint=error.hint))


def _public_username(credentials: Credentials) -> str:
    if Kind.of(credentials) is not Kind.PASSWORD or credentials.password in ("", _TOKEN_AS_USERNAME):
        return ""
    return credentials.username
