"""`pycrane skopeo login` (skopeo-login(1))."""

from __future__ import annotations

import click

from pycrane._cli.skopeo.command import SkopeoCommand
from pycrane._cli.skopeo.flags import LOGIN_FILES
from pycrane._cli.skopeo.settings import SkopeoSettings, pass_settings

EXAMPLES = """
pycrane skopeo login registry.example.com -u reader --password-stdin < password
pycrane skopeo login --get-login registry.example.com
"""
DIFFERENCES = """
Unknown fields of the file and the order of its entries are kept; skopeo drops and sorts them. Without a
terminal, a missing user name or password is an error at once, and nothing is printed.
"""


@click.command(cls=SkopeoCommand, examples=EXAMPLES, differences=DIFFERENCES, params=LOGIN_FILES)
@click.argument("registry")
@click.option("-u", "--username", metavar="NAME", default="", help="The user name.")
@click.option("-p", "--password", metavar="SECRET", default="", help="The password, visible to all users.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@click.option("--get-login", is_flag=True, help="Print the user name that is logged in.")
@click.option("-v", "--verbose", is_flag=True, help="Print the file that is used.")
@pass_settings
def login(
    settings: SkopeoSettings,
    /,
    registry: str,
    username: str,
    password: str,
    password_stdin: bool,
    get_login: bool,
    verbose: bool,
) -> None:
    """Log in to REGISTRY, HOST[:PORT] with a path or without, and keep the credentials."""
    if password_stdin and password:
        raise click.UsageError("--password and --password-stdin cannot be used together")
    if password_stdin and not username:
        raise click.UsageError("--password-stdin needs --username")
    from pycrane._cli.skopeo.logins import print_login, store_login

    if get_login:
        print_login(settings, registry)
    else:
        store_login(settings, registry, username, password, password_stdin=password_stdin, verbose=verbose)
