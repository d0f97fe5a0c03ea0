"""`pycrane auth`: log in and out, act as a credential helper, get tokens, explain credentials."""

from __future__ import annotations

import click

from pycrane._cli.command import Group
from pycrane._cli.global_options import warn_unused
from pycrane._cli.settings import NOTHING, REGISTRIES, Settings, pass_settings


@click.group(cls=Group)
def auth() -> None:
    """Log in to registries and inspect credentials."""


@auth.command(
    uses=NOTHING,
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
    """Print credentials for REGISTRY as a credential helper does.

    Without an argument the registry is read from standard input.
    """
    from pycrane._cli.credentials import print_credentials

    if not print_credentials(registry):
        context.exit(1)


@auth.command(
    uses=REGISTRIES,
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
    from pycrane._cli.credentials import store_credentials

    if password and password_stdin:
        raise click.UsageError("--password and --password-stdin do not go together")
    if no_verify:
        warn_unused(settings, REGISTRIES, "a login with --no-verify")

    store_credentials(
        settings, server, username, password, password_stdin=password_stdin, verify=not no_verify
    )


@auth.command(uses=NOTHING)
@click.argument("server")
def logout(server: str) -> None:
    """Remove the credentials for SERVER. It is not an error if there are none."""
    from pycrane._cli.credentials import remove_credentials

    remove_credentials(server)


@auth.command(
    uses=REGISTRIES,
    examples="""
# To mount a blob from debian to ubuntu
curl -H "$(pycrane auth token -H --push --mount debian ubuntu)" ...

# To see the response of the registry
curl -H "$(pycrane auth token -H ubuntu)" https://index.docker.io/v2/library/ubuntu/tags/list
""",
    differences="""
The global options apply here too. -H prints the token from either field of the response, token or
access_token.
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
    """Print a token for REPO from its token server."""
    from pycrane._cli.credentials import print_token

    print_token(
        settings,
        repository,
        [name for mount in mounts for name in mount.split(",")],
        push=push,
        header=header,
    )


@auth.command(uses=NOTHING)
@click.argument("reference", metavar="REF")
def explain(reference: str) -> None:
    """Show the source of the credentials for REF.

    Secrets are not shown. REF is an image, a repository or a registry. All files, variables and helpers are
    listed in the order of lookup.
    """
    from pycrane._cli.credentials import print_explanation

    print_explanation(reference)
