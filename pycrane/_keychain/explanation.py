"""How an answer came about: each source that was looked at, in order, with no secret in it."""

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
    """What sort of credentials were found."""

    ANONYMOUS = "anonymous"
    PASSWORD = "password"  # noqa: S105
    IDENTITY_TOKEN = "identity token"  # noqa: S105
    REGISTRY_TOKEN = "registry token"  # noqa: S105

    @classmethod
    def of(cls, credentials: Credentials) -> Kind:
        """The kind of credentials; of several, the one a registry is shown."""
        if credentials.registry_token:
            return cls.REGISTRY_TOKEN
        if credentials.identity_token:
            return cls.IDENTITY_TOKEN
        return cls.ANONYMOUS if credentials.anonymous else cls.PASSWORD


class Outcome(StrEnum):
    """What looking at a source gave."""

    ABSENT = "not there"
    NOTHING = "nothing"
    BROKEN = "broken"
    ANSWERED = "answered"


class Step(NamedTuple):
    """One look at one source: a file, a variable, a helper, or a keychain of one's own.

    `key` is the key that matched, `helper` the program that was asked, `username` only set where it is no
    secret, `problem` what is broken.
    """

    source: str
    outcome: Outcome
    key: str = ""
    helper: str = ""
    kind: Kind = Kind.ANONYMOUS
    username: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """A step together with what it must not show: the credentials found, or the error met."""

    step: Step
    credentials: Credentials = field(default=ANONYMOUS, repr=False)
    error: CredentialsError | None = None


class Explanation(NamedTuple):
    """Every source looked at for a repository until one answered."""

    repository: Repository
    steps: tuple[Step, ...]

    @property
    def answer(self) -> Step | None:
        """The step that answered, None if the answer is to be anonymous."""
        return next((step for step in self.steps if step.outcome is Outcome.ANSWERED), None)

    @property
    def kind(self) -> Kind:
        """The kind of credentials that answer."""
        return self.answer.kind if self.answer else Kind.ANONYMOUS

    @property
    def problems(self) -> tuple[str, ...]:
        """What is broken on the way to the answer: a write stops there, a read goes on."""
        return tuple(step.problem for step in self.steps if step.outcome is Outcome.BROKEN)


def absent(source: str) -> Finding:
    """A source that is not there."""
    return Finding(Step(source, Outcome.ABSENT))


def found(source: str, credentials: Credentials, key: str = "", helper: str = "") -> Finding:
    """A source that was looked at; anonymous credentials mean that it has nothing."""
    outcome = Outcome.NOTHING if credentials.anonymous else Outcome.ANSWERED
    kind, username = Kind.of(credentials), _public_username(credentials)
    return Finding(Step(source, outcome, shown(key), helper, kind, username), credentials)


def broken(source: str, error: CredentialsError, key: str = "", helper: str = "") -> Finding:
    """A source that cannot be used. The error is copied: the same one may be met again and again."""
    step = Step(source, Outcome.BROKEN, shown(key), helper, problem=error.message)
    return Finding(step, error=CredentialsError(error.message, hint=error.hint))


def _public_username(credentials: Credentials) -> str:
    if Kind.of(credentials) is not Kind.PASSWORD or credentials.password in ("", _TOKEN_AS_USERNAME):
        return ""
    return credentials.username
