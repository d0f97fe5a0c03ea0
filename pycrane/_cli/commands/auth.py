"""`pycrane auth`: log in and out, act as a credential helper, get tokens, explain credentials."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from pycrane._cli.command import Group
from pycrane._cli.settings import Settings, pass_settings
from pycrane._cli.terminal.output import stdout
from pycrane._cli.terminal.report import say, warn
from pycrane._errors import CredentialsError, DeniedError, UnauthorizedError, doing

if TYPE_CHECKING:
    from pycrane._keychain.credentials import Credentials
    from pycrane._keychain.explanation import Explanation, Step
    from pycrane._reference import Repository

_STDIN_LIMIT = 64 * 1024


@click.group(cls=Group)
def auth() -> None:
    """Log in to registries and inspect credentials."""


@auth.command(
    examples="""
echo reg.example.com | pycrane auth get
pycrane auth get reg.example.com
""",
    differences="""
crane takes a host only; here the server may also be a URL, as Docker sends it to its helpers.

crane uses the entry of a namespace (host/team) for the whole host; here it is used for that namespace.
""",
)
@click.argument("registry", required=False)
@click.pass_context
def get(context: click.Context, registry: str | None) -> None:
    """Print the credentials for REGISTRY as a credential helper does.

    Without an argument the registry is read from standard input.
    """
    from pycrane._keychain.chain import DefaultKeychain
    from pycrane._keychain.helper import NOT_FOUND
    from pycrane._oci import go_json
    from pycrane._reference import Repository

    name = _server(registry if registry is not None else _standard_input().strip())
    credentials = DefaultKeychain().resolve(Repository(name, ""))
    if credentials.anonymous:
        stdout.line(NOT_FOUND)
        stdout.flush()
        context.exit(1)
    stdout.write(go_json.dumps(_as_helper(credentials)) + b"\n")


@auth.command(
    examples="""
pycrane auth login reg.example.com -u AzureDiamond --password-stdin < password
""",
    differences="""
The credentials are verified with the registry before they are stored; --no-verify skips that.

On a terminal, a missing user name or password is prompted for.

A login is written to REGISTRY_AUTH_FILE if that is set, because it is read first. Unknown fields of the file
and their order are kept, and the file is readable by its owner only.

A password without a user name is refused: crane and Docker cannot read a file with such an entry.
""",
)
@click.argument("server")
@click.option("-u", "--username", metavar="NAME", default="", help="The user name.")
@click.option(
    "-p",
    "--password",
    metavar="SECRET",
    default="",
    help="The password. It is visible in the list of processes.",
)
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@click.option("--no-verify", is_flag=True, help="Store the credentials without verifying them.")
@pass_settings
def login(
    settings: Settings, server: str, username: str, password: str, password_stdin: bool, no_verify: bool
) -> None:
    """Log in to SERVER, docker.io for Docker Hub."""
    from pycrane._keychain.login import log_in
    from pycrane._reference import parse_registry

    registry = parse_registry(server)
    credentials = _credentials(username, password, password_stdin)
    if not no_verify:
        _verify(settings, registry, credentials)
    kept = log_in(registry, credentials)
    if kept.plaintext:
        warn(f"the password is stored unencrypted in {kept.path}; a credential helper (credsStore) is safer")
    _warn_of_environment(registry)
    say(f"logged in via {kept.path}")


@auth.command()
@click.argument("server")
def logout(server: str) -> None:
    """Remove the credentials for SERVER. It is not an error if there are none."""
    from pycrane._keychain.chain import DefaultKeychain
    from pycrane._keychain.login import log_out
    from pycrane._reference import Repository, parse_registry

    registry = parse_registry(server)
    done = log_out(registry)
    answer = DefaultKeychain().explain(Repository(registry, "")).answer
    if answer:
        warn(f"{answer.source} still has credentials for {registry}")
    if done.removed:
        say(f"logged out via {done.path}")
    else:
        say(f"not logged in to {registry}: {done.path} has no credentials for it")


@auth.command(
    examples="""
# To mount a blob from debian to ubuntu
curl -H "$(pycrane auth token -H --push --mount debian ubuntu)" ...

# To see the response of the registry
curl -H "$(pycrane auth token -H ubuntu)" https://index.docker.io/v2/library/ubuntu/tags/list
""",
    differences="""
The global options apply here too. -H prints the token whichever field the server returned it in.
""",
)
@click.argument("repository", metavar="REPO")
@click.option("-H", "--header", is_flag=True, help="Print a header for curl, without a newline.")
@click.option("--push", is_flag=True, help="Request push access too.")
@click.option(
    "-m",
    "--mount",
    "mounts",
    metavar="REPO",
    multiple=True,
    help="Request access to mount blobs from this repository. May be repeated or a comma-separated list.",
)
@pass_settings
def token(settings: Settings, repository: str, header: bool, push: bool, mounts: tuple[str, ...]) -> None:
    """Print a token for REPO from the token server of its registry."""
    from dataclasses import asdict

    from pycrane._oci import go_json
    from pycrane._reference import parse_repository

    target = parse_repository(repository)
    others = tuple(parse_repository(name) for mount in mounts for name in mount.split(","))
    with settings.client() as client:
        answer = client.token(target, ("push", "pull") if push else ("pull",), others)
    if header:
        stdout.write(f"Authorization: Bearer {answer.value}".encode())
    else:
        fields = asdict(answer)
        if not answer.access_token:
            del fields["access_token"]
        stdout.write(go_json.dumps(fields) + b"\n")


@auth.command()
@click.argument("reference", metavar="REF")
def explain(reference: str) -> None:
    """Show which source has the credentials for REF, without secrets.

    REF is an image, a repository or a registry. All files, variables and helpers are listed in the order of
    lookup.
    """
    from pycrane._keychain.chain import DefaultKeychain

    explanation = DefaultKeychain().explain(_repository(reference))
    width = max(len(step.source) for step in explanation.steps)
    for step in explanation.steps:
        stdout.line(f"{step.source:<{width}}  {_told(step)}")
    stdout.line(f"{explanation.repository.name.rstrip('/')}: {_conclusion(explanation)}")


def _server(text: str) -> str:
    """Return the registry in a request to a helper: a host, or a URL as Docker writes it."""
    from pycrane._keychain.matching import scope_of
    from pycrane._reference import parse_registry

    return parse_registry(scope_of(text).host if "://" in text else text)


def _repository(text: str) -> Repository:
    """Return the repository of a reference, or a registry as a whole."""
    from pycrane._reference import Repository, parse_reference, parse_registry

    host = text.partition(":")[0]
    if "/" not in text and ("." in host or host == "localhost" or host.startswith("[")):
        return Repository(parse_registry(text), "")
    return parse_reference(text).repository


def _standard_input() -> str:

    raw = sys.stdin.buffer.read(_STDIN_LIMIT + 1)
    if len(raw) > _STDIN_LIMIT:
        raise CredentialsError(f"standard input is longer than {_STDIN_LIMIT} bytes")
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise CredentialsError("standard input is not UTF-8 text") from None


def _credentials(username: str, password: str, password_stdin: bool) -> Credentials:
    from pycrane._keychain.credentials import Credentials

    if password_stdin:
        password = _standard_input().removesuffix("\n").removesuffix("\r")
    elif sys.stdin.isatty() and not (username and password):
        username = username or click.prompt("Username", err=True)
        password = password or click.prompt("Password", hide_input=True, err=True)
    if not (username or password):
        raise CredentialsError("username and password required", hint="give -u NAME and --password-stdin")
    return Credentials(username, password)


def _verify(settings: Settings, registry: str, credentials: Credentials) -> None:
    """Verify the credentials with the registry. Raises PycraneError if it does not accept them."""

    with doing(f"logging in to {registry}"), settings.client() as client:
        try:
            client.ping(registry, credentials)
        except (UnauthorizedError, DeniedError) as error:
            error.hint = "check user name and password; nothing has been stored"
            raise


def _warn_of_environment(registry: str) -> None:
    """Warn if a login has no effect: the variable is read before all files but `REGISTRY_AUTH_FILE`."""
    from pycrane._keychain.config_keychain import ENVIRONMENT_VARIABLE, EnvironmentKeychain
    from pycrane._keychain.locations import explicit_path
    from pycrane._reference import Repository

    answer = EnvironmentKeychain().explain(Repository(registry, "")).answer
    if answer and not explicit_path(os.environ):
        warn(f"{ENVIRONMENT_VARIABLE} also has credentials for {registry} and is read first")


def _as_helper(credentials: Credentials) -> dict[str, str]:
    """Return credentials in the fields of the helper protocol, without empty ones."""
    from pycrane._keychain.helper import TOKEN_USERNAME

    username, secret = credentials.username, credentials.password
    if credentials.identity_token:
        username, secret = TOKEN_USERNAME, credentials.identity_token
    return {name: text for name, text in (("Username", username), ("Secret", secret)) if text}


def _told(step: Step) -> str:
    from pycrane._keychain.explanation import StepOutcome

    place = f"{step.helper} for {step.key}: " if step.helper else f"{step.key}: " if step.key else ""
    match step.outcome:
        case StepOutcome.BROKEN:
            return f"{place}broken: {step.problem}"
        case StepOutcome.ANSWERED:
            return f"{place}{_credentials_told(step)}"
        case _:
            return f"{place}{step.outcome}"


def _credentials_told(step: Step) -> str:
    return f"{step.kind} of {step.username}" if step.username else str(step.kind)


def _conclusion(explanation: Explanation) -> str:
    answer = explanation.answer
    text = f"{_credentials_told(answer)}, from {answer.source}" if answer else "anonymous"
    return f"{text}; a push fails because of the broken source" if explanation.problems else text
