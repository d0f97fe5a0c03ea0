"""The calls of `pycrane auth`: credentials read from the user, verified, stored, removed and explained.

A module apart from the commands, because the keychain takes as long to import as all of `pycrane --help`.
"""

from __future__ import annotations

import os
import sys
from dataclasses import asdict

import click

from pycrane._cli.settings import Settings
from pycrane._cli.terminal.output import stdout
from pycrane._cli.terminal.report import printable, say, warn
from pycrane._errors import CredentialsError, DeniedError, UnauthorizedError, doing
from pycrane._keychain.chain import DefaultKeychain
from pycrane._keychain.config_keychain import EnvironmentKeychain
from pycrane._keychain.credentials import Credentials
from pycrane._keychain.explanation import Explanation, Step, StepOutcome
from pycrane._keychain.helper import NOT_FOUND, TOKEN_USERNAME
from pycrane._keychain.locations import ENVIRONMENT_VARIABLE, explicit_path
from pycrane._keychain.login import log_in, log_out
from pycrane._keychain.matching import scope_of
from pycrane._oci import go_json
from pycrane._reference import Repository, parse_reference, parse_registry, parse_repository

_STDIN_LIMIT = 64 * 1024


def print_credentials(server: str | None) -> bool:
    """Answer a request to a credential helper; the server is on standard input if it is None.

    Returns whether there are credentials.
    """
    registry = _requested(server if server is not None else _standard_input().strip())
    credentials = DefaultKeychain().resolve(Repository(registry, ""))
    if credentials.anonymous:
        stdout.line(NOT_FOUND)
        return False
    stdout.write(go_json.dumps(_as_helper(credentials)) + b"\n")
    return True


def store_credentials(
    settings: Settings, server: str, username: str, password: str, *, password_stdin: bool, verify: bool
) -> None:
    """Log in to a registry, and print where the login is kept."""
    registry = parse_registry(server)
    credentials = _completed(username, password, password_stdin)
    if verify:
        _verify(settings, registry, credentials)
    kept = log_in(registry, credentials)
    if kept.plaintext:
        warn(f"the password is stored unencrypted in {kept.path}; a credential helper (credsStore) is safer")
    _warn_of_environment(registry)
    say(f"logged in via {kept.path}")


def remove_credentials(server: str) -> None:
    """Log out of a registry, and print which source still has credentials."""
    registry = parse_registry(server)
    done = log_out(registry)
    answer = DefaultKeychain().explain(Repository(registry, "")).answer
    if answer:
        warn(f"{answer.source} still has credentials for {registry}")
    if done.removed:
        say(f"logged out via {done.path}")
    else:
        say(f"not logged in to {registry}: {done.path} has no credentials for it")


def print_token(settings: Settings, repository: str, mounts: list[str], *, push: bool, header: bool) -> None:
    """Print a token as a header or as JSON."""
    target = parse_repository(repository)
    others = tuple(parse_repository(name) for name in mounts)
    with settings.registry() as client:
        token = client.token(target, ("push", "pull") if push else ("pull",), others)
    if header:
        stdout.write(f"Authorization: Bearer {token.value}".encode())
        return
    fields = asdict(token)
    if not token.access_token:
        del fields["access_token"]
    stdout.write(go_json.dumps(fields) + b"\n")


def print_explanation(reference: str) -> None:
    """Print the sources that were looked at, and the one that answered."""
    explanation = DefaultKeychain().explain(_explained(reference))
    sources = [printable(step.source) for step in explanation.steps]
    width = max(map(len, sources))
    for source, step in zip(sources, explanation.steps, strict=True):
        stdout.line(f"{source:<{width}}  {_step(step)}")
    stdout.line(f"{explanation.repository.name.rstrip('/')}: {_conclusion(explanation)}")


def _completed(username: str, password: str, password_stdin: bool) -> Credentials:
    """Complete a user name and password from standard input or by prompts on a terminal."""
    if password_stdin:
        password = read_password()
    elif sys.stdin.isatty() and not (username and password):
        username = username or click.prompt("Username", err=True)
        password = password or click.prompt("Password", hide_input=True, err=True)
    if not (username or password):
        raise CredentialsError("username and password required", hint="give -u NAME and --password-stdin")
    return Credentials(username, password)


def read_password() -> str:
    """Read a password from standard input, without the line break at its end. Raises CredentialsError."""
    return _standard_input().removesuffix("\n").removesuffix("\r")


def _standard_input() -> str:
    raw = sys.stdin.buffer.read(_STDIN_LIMIT + 1)
    if len(raw) > _STDIN_LIMIT:
        raise CredentialsError(f"standard input is longer than {_STDIN_LIMIT} bytes")
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise CredentialsError("standard input is not UTF-8 text") from None


def _requested(text: str) -> str:
    """Return the registry in a request to a helper: a host, or a URL as Docker writes it."""
    return parse_registry(scope_of(text).host if "://" in text else text)


def _explained(text: str) -> Repository:
    """Return the repository of a reference, or a registry as a whole."""
    host = text.partition(":")[0]
    if "/" not in text and ("." in host or host == "localhost" or host.startswith("[")):
        return Repository(parse_registry(text), "")
    return parse_reference(text).repository


def _verify(settings: Settings, registry: str, credentials: Credentials) -> None:
    """Verify the credentials with the registry. Raises PycraneError if it does not accept them."""
    with doing(f"logging in to {registry}"), settings.registry() as client:
        try:
            client.ping(registry, credentials)
        except (UnauthorizedError, DeniedError) as error:
            error.hint = "check user name and password; nothing has been stored"
            raise


def _warn_of_environment(registry: str) -> None:
    """Warn if a login has no effect: the variable is read before all files but `REGISTRY_AUTH_FILE`."""
    answer = EnvironmentKeychain().explain(Repository(registry, "")).answer
    if answer and not explicit_path(os.environ):
        warn(f"{ENVIRONMENT_VARIABLE} also has credentials for {registry} and is read first")


def _as_helper(credentials: Credentials) -> dict[str, str]:
    """Return credentials in the fields of the helper protocol, without empty ones."""
    username, secret = credentials.username, credentials.password
    if credentials.identity_token:
        username, secret = TOKEN_USERNAME, credentials.identity_token
    return {name: text for name, text in (("Username", username), ("Secret", secret)) if text}


def _step(step: Step) -> str:
    place = f"{step.helper} for {step.key}: " if step.helper else f"{step.key}: " if step.key else ""
    match step.outcome:
        case StepOutcome.BROKEN:
            return f"{place}broken: {step.problem}"
        case StepOutcome.ANSWERED:
            return f"{place}{_found(step)}"
        case _:
            return f"{place}{step.outcome}"


def _found(step: Step) -> str:
    return f"{step.kind} of {step.username}" if step.username else str(step.kind)


def _conclusion(explanation: Explanation) -> str:
    answer = explanation.answer
    text = f"{_found(answer)}, from {answer.source}" if answer else "anonymous"
    return f"{text}; a push fails because of the broken source" if explanation.problems else text
