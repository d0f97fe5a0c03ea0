"""`pycrane auth`: log in and out, answer as a credential helper, get tokens, tell where credentials are."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from pycrane._cli.command import Group
from pycrane._cli.settings import Settings, pass_settings

if TYPE_CHECKING:
    from pycrane._keychain.credentials import Credentials
    from pycrane._keychain.explanation import Explanation, Step
    from pycrane._reference import Repository

_STDIN_LIMIT = 64 * 1024


@click.group(cls=Group)
def auth() -> None:
    """Log in to registries and see what is logged in."""


@auth.command(
    examples="""
echo reg.example.com | pycrane auth get
pycrane auth get reg.example.com
""",
    differences="""
crane takes a host only; here the server may be a URL too, as Docker writes it to its helpers.

crane lets the entry of a namespace (host/team) answer for the whole host; here it answers for that namespace.
""",
)
@click.argument("registry", required=False)
@click.pass_context
def get(context: click.Context, registry: str | None) -> None:
    """Print the credentials for REGISTRY as a credential helper does.

    Without an argument the registry is read from standard input.
    """
    from pycrane._cli.terminal.output import stdout
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
The registry is asked whether it takes the credentials before they are kept; --no-verify does without.

On a terminal a missing user name or password is asked for.

A login goes to REGISTRY_AUTH_FILE if that is set, because that is what is read first. Unknown fields of the
file and their order are kept, and the file is readable by its owner only.

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
    help="The password. Others may see it in the list of processes.",
)
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@click.option("--no-verify", is_flag=True, help="Keep the credentials without asking the registry.")
@pass_settings
def login(
    settings: Settings, server: str, username: str, password: str, password_stdin: bool, no_verify: bool
) -> None:
    """Log in to SERVER, docker.io for Docker Hub."""
    from pycrane._cli.terminal.report import say, warn
    from pycrane._keychain.login import log_in
    from pycrane._reference import parse_registry

    registry = parse_registry(server)
    credentials = _credentials(username, password, password_stdin)
    if not no_verify:
        _verify(settings, registry, credentials)
    kept = log_in(registry, credentials)
    if kept.plaintext:
        warn(f"the password is kept unencrypted in {kept.path}; a credential helper (credsStore) would not")
    _warn_of_environment(registry)
    say(f"logged in via {kept.path}")


@auth.command()
@click.argument("server")
def logout(server: str) -> None:
    """Forget the credentials for SERVER. That there are none is no error."""
    from pycrane._cli.terminal.report import say, warn
    from pycrane._keychain.chain import DefaultKeychain
    from pycrane._keychain.login import log_out
    from pycrane._reference import Repository, parse_registry

    registry = parse_registry(server)
    left = log_out(registry)
    answer = DefaultKeychain().explain(Repository(registry, "")).answer
    if answer:
        warn(f"{answer.source} still has credentials for {registry}")
    say(f"logged out via {left.path}")


@auth.command(
    examples="""
# To mount a blob from debian to ubuntu
curl -H "$(pycrane auth token -H --push --mount debian ubuntu)" ...

# To see the answer of the registry itself
curl -H "$(pycrane auth token -H ubuntu)" https://index.docker.io/v2/library/ubuntu/tags/list
""",
    differences="""
The global options count here too. -H prints the token whatever the name under which the server gave it.
""",
)
@click.argument("repository", metavar="REPO")
@click.option("-H", "--header", is_flag=True, help="Print a header for curl, without a newline.")
@click.option("--push", is_flag=True, help="Ask for the right to push too.")
@click.option(
    "-m",
    "--mount",
    "mounts",
    metavar="REPO",
    multiple=True,
    help="Ask for the right to mount blobs from this repository. May be repeated or a comma-separated list.",
)
@pass_settings
def token(settings: Settings, repository: str, header: bool, push: bool, mounts: tuple[str, ...]) -> None:
    """Print a token for REPO, as its registry's token server gives it."""
    from dataclasses import asdict

    from pycrane._cli.terminal.output import stdout
    from pycrane._oci import go_json
    from pycrane._reference import parse_repository

    target = parse_repository(repository)
    others = tuple(parse_repository(name) for mount in mounts for name in mount.split(","))
    with settings.registry() as client:
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
    """Show which source answers for REF, and no secret.

    REF is an image, a repository or a registry. Every file, variable and helper that was looked at is listed
    in the order of looking.
    """
    from pycrane._cli.terminal.output import stdout
    from pycrane._keychain.chain import DefaultKeychain

    explanation = DefaultKeychain().explain(_repository(reference))
    width = max(len(step.source) for step in explanation.steps)
    for step in explanation.steps:
        stdout.line(f"{step.source:<{width}}  {_told(step)}")
    stdout.line(f"{explanation.repository.name.rstrip('/')}: {_conclusion(explanation)}")


def _server(text: str) -> str:
    """The registry that a helper is asked about: a host, or a URL as Docker writes it."""
    from pycrane._keychain.matching import scope_of
    from pycrane._reference import parse_registry

    return parse_registry(scope_of(text).host if "://" in text else text)


def _repository(text: str) -> Repository:
    """The repository of a reference, or a registry as a whole."""
    from pycrane._reference import Repository, parse_reference, parse_registry

    host = text.partition(":")[0]
    if "/" not in text and ("." in host or host == "localhost" or host.startswith("[")):
        return Repository(parse_registry(text), "")
    return parse_reference(text).repository


def _standard_input() -> str:
    from pycrane._errors import CredentialsError

    raw = sys.stdin.buffer.read(_STDIN_LIMIT + 1)
    if len(raw) > _STDIN_LIMIT:
        raise CredentialsError(f"standard input is longer than {_STDIN_LIMIT} bytes")
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise CredentialsError("standard input is not UTF-8 text") from None


def _credentials(username: str, password: str, password_stdin: bool) -> Credentials:
    from pycrane._errors import CredentialsError
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
    """Ask the registry whether it takes the credentials. Raises PycraneError if it does not say so."""
    from pycrane._errors import DeniedError, UnauthorizedError, doing

    with doing(f"logging in to {registry}"), settings.registry() as client:
        try:
            client.ping(registry, credentials)
        except (UnauthorizedError, DeniedError) as error:
            error.hint = "check user name and password; nothing has been kept"
            raise


def _warn_of_environment(registry: str) -> None:
    """Say so if a login has no effect: the variable is read before every file but the one a person names."""
    from pycrane._cli.terminal.report import warn
    from pycrane._keychain.config_keychain import ENVIRONMENT_VARIABLE, EnvironmentKeychain
    from pycrane._keychain.locations import explicit_path
    from pycrane._reference import Repository

    answer = EnvironmentKeychain().explain(Repository(registry, "")).answer
    if answer and not explicit_path(os.environ):
        warn(f"{ENVIRONMENT_VARIABLE} has credentials for {registry} too and is read first")


def _as_helper(credentials: Credentials) -> dict[str, str]:
    """Credentials in the words of the helper protocol, empty ones left out."""
    from pycrane._keychain.helper import TOKEN_USERNAME

    username, secret = credentials.username, credentials.password
    if credentials.identity_token:
        username, secret = TOKEN_USERNAME, credentials.identity_token
    return {name: text for name, text in (("Username", username), ("Secret", secret)) if text}


def _told(step: Step) -> str:
    from pycrane._keychain.explanation import Outcome

    place = f"{step.helper} for {step.key}: " if step.helper else f"{step.key}: " if step.key else ""
    match step.outcome:
        case Outcome.BROKEN:
            return f"{place}broken: {step.problem}"
        case Outcome.ANSWERED:
            return f"{place}{_credentials_told(step)}"
        case _:
            return f"{place}{step.outcome}"


def _credentials_told(step: Step) -> str:
    return f"{step.kind} of {step.username}" if step.username else str(step.kind)


def _conclusion(explanation: Explanation) -> str:
    answer = explanation.answer
    text = f"{_credentials_told(answer)}, from {answer.source}" if answer else "anonymous"
    return f"{text}; a push stops at what is broken" if explanation.problems else text
