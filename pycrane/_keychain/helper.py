"""Credential helpers: programs named docker-credential-* (github.com/docker/docker-credential-helpers).

One verb as the argument, a server or JSON on standard input, the answer on standard output. Answers are never
quoted; of the output of a helper that failed, errors quote what `helper_message` lets through.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping, Sequence

from pycrane._errors import CredentialsError, LimitExceededError, MalformedError
from pycrane._io.process import ForkLock
from pycrane._keychain.credentials import ANONYMOUS, Credentials
from pycrane._keychain.helper_message import message
from pycrane._limits import DEFAULT_LIMITS, Limits
from pycrane._oci import go_json

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
NOT_FOUND = "credentials not found in native keychain"
_KNOWN_FAILURES = ("no credentials server URL", "no credentials username")
TOKEN_USERNAME = "<token>"  # noqa: S105


class CredentialHelper:
    """The helper `docker-credential-NAME` on the `PATH` of `env` (default: this process's).

    Its answers are cached by server until `forget`, failures too, so that it runs once for any number of
    threads.
    """

    def __init__(
        self, name: str, env: Mapping[str, str] | None = None, limits: Limits = DEFAULT_LIMITS
    ) -> None:
        self.name = name
        self._env = dict(os.environ if env is None else env)
        self._limits = limits
        self._lock = ForkLock()
        self._answers: dict[str, Credentials | CredentialsError] = {}

    @property
    def program(self) -> str:
        """The name of the program."""
        return f"docker-credential-{self.name}"

    def get(self, server: str) -> Credentials:
        """Return the helper's credentials for a server, `ANONYMOUS` if it has none.

        Raises:
            CredentialsError: the helper is missing, fails, hangs or gives an invalid answer.

        """
        with self._lock:
            if server not in self._answers:
                self._answers[server] = self._ask(server)
            answer = self._answers[server]
        if isinstance(answer, CredentialsError):
            raise CredentialsError(answer.message, hint=answer.hint)
        return answer

    def store(self, server: str, credentials: Credentials) -> None:
        """Store credentials with the helper. Raises CredentialsError as `get` does."""
        token = credentials.identity_token
        username, secret = (TOKEN_USERNAME, token) if token else (credentials.username, credentials.password)
        request = {"ServerURL": server, "Username": username, "Secret": secret}
        self._run("store", go_json.dumps(request).decode() + "\n", secrets=(secret,))
        self.forget()

    def erase(self, server: str) -> bool:
        """Erase a server's credentials; False if the helper says it has none. Raises CredentialsError."""
        erased = self._run("erase", server) is not None
        self.forget()
        return erased

    def list(self) -> Mapping[str, str]:
        """Return the user names the helper keeps, by server. Raises CredentialsError as `get` does."""
        return self._read(self._run("list", "unused"))

    def forget(self) -> None:
        """Drop the cached answers."""
        with self._lock:
            self._answers.clear()

    def _ask(self, server: str) -> Credentials | CredentialsError:
        try:
            answer = self._run("get", server)
            return ANONYMOUS if answer is None else self._credentials(answer)
        except CredentialsError as error:
            return error

    def _credentials(self, answer: bytes) -> Credentials:
        fields = self._read(answer)
        username, secret = fields.get("Username", ""), fields.get("Secret", "")
        if username == TOKEN_USERNAME:
            return Credentials(identity_token=secret)
        return Credentials(username, secret)

    def _read(self, answer: bytes | None) -> dict[str, str]:
        if answer is None:
            return {}
        try:
            fields = go_json.load_object(answer, "answer")
        except (MalformedError, LimitExceededError):
            raise self._invalid() from None
        if not all(isinstance(text, str) for text in fields.values()):
            raise self._invalid()
        return fields

    def _run(self, verb: str, text: str, secrets: Sequence[str] = ()) -> bytes | None:
        """Return the helper's output, None if it says that it has no credentials."""
        from pycrane._keychain.helper_process import run  # most runs of pycrane start no helper

        program = self._find()
        if verb in ("get", "erase") and _CONTROL.search(text):
            raise CredentialsError(f"{self.program} cannot be asked about {text!r}: not a valid server name")
        try:
            answer = run((program, verb), text, self._env, self._limits)
        except CredentialsError as error:
            raise self._failed(verb, error.message, "") from None
        if answer.status == 0:
            return answer.output
        said = answer.output.decode(errors="replace").strip()
        if said == NOT_FOUND:
            return None
        if said in _KNOWN_FAILURES:
            raise self._failed(verb, said, "")
        status = f"signal {-answer.status}" if answer.status < 0 else f"exit status {answer.status}"
        raise self._failed(verb, status, message(answer.output, answer.errors, secrets))

    def _find(self) -> str:
        if not _NAME.fullmatch(self.name):
            raise CredentialsError(
                f"credential helper {self.name!r} cannot be used: not a valid program name"
            )
        folders = filter(os.path.isabs, self._env.get("PATH", os.defpath).split(os.pathsep))
        program = shutil.which(self.program, path=os.pathsep.join(folders))
        if program is None:
            raise CredentialsError(
                f"credential helper {self.program} is not on PATH",
                hint="install it, or remove it from credsStore and credHelpers",
            )
        return program

    def _failed(self, verb: str, reason: str, words: str) -> CredentialsError:
        text = f"credential helper {self.program} failed to {verb}: {reason}"
        if words:
            return CredentialsError(f"{text}: {words}")
        hint = f"its output may hold secrets and is not shown; run {self.program} by hand to see it"
        return CredentialsError(text, hint=hint)

    def _invalid(self) -> CredentialsError:
        return CredentialsError(f"credential helper {self.program} gave an invalid answer")
