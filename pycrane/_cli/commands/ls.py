"""`pycrane ls`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pycrane._cli.command import Command
from pycrane._cli.names import REPOSITORY_OR_LOCAL
from pycrane._cli.parameters import full_ref
from pycrane._cli.settings import REGISTRIES, Settings, pass_settings
from pycrane._cli.tag_options import EXPLAINED, tag_choice, tag_options
from pycrane._cli.terminal.output import stdout
from pycrane._errors import doing
from pycrane._reference import Repository

if TYPE_CHECKING:
    from pycrane._transports.location import Location

EXAMPLES = """
pycrane ls ghcr.io/org/app
pycrane ls --full-ref --omit-digest-tags ghcr.io/org/app
pycrane ls --sort version --semver '^1.2' ghcr.io/org/app
pycrane ls -r --json gcr.io/project
"""
DIFFERENCES = f"""
Lists of several pages also work over TLS with --insecure. Control characters are printed as escapes.

--recursive and --json are gcrane's, with the same output. The order is always the same, manifests by digest;
unknown fields in --json are kept. Registries other than Google's are searched in their list of all
repositories, and list tags only.

--long is gcrane's ls without options, with sizes and times.
{EXPLAINED}"""


@click.command(cls=Command, uses=REGISTRIES, examples=EXAMPLES, differences=DIFFERENCES)
@click.argument("repository", metavar="REPO", type=REPOSITORY_OR_LOCAL)
@full_ref
@click.option(
    "-O",
    "--omit-digest-tags",
    is_flag=True,
    help="Omit tags derived from a digest, such as those of signatures (sha256-...).",
)
@tag_options
@click.option(
    "--sort",
    type=click.Choice(["registry", "name", "version"]),
    default="registry",
    help="Order: that of the registry, by name, or by version, v1.9 before v1.10. [default: registry]",
)
@click.option("-r", "--recursive", is_flag=True, help="Also list all repositories below.")
@click.option("-l", "--long", "is_long", is_flag=True, help="Show digests, sizes and times, where known.")
@click.option(
    "--json", "as_json", is_flag=True, help="Print everything known as JSON, one repository a line."
)
@pass_settings
def ls(
    settings: Settings,
    repository: Repository | Location,
    full_ref: bool,
    omit_digest_tags: bool,
    glob: str | None,
    tag_regex: str | None,
    semver: str | None,
    newest: int | None,
    sort: str,
    recursive: bool,
    is_long: bool,
    as_json: bool,
) -> None:
    """List the tags of the repository REPO, one a line, in the registry's order, or the names in an archive.

    A REPO that begins with . or / is the path of an archive or layout, as is that of oci:DIR or another
    transport. Its images without a name are listed as @ and their position, --long adds the digests.

    With --recursive, manifests are listed by digest, each with its tags, as full references. With --long
    there are columns: reference, size in bytes, time of upload, time of creation, tags. - is unknown.
    """
    from pycrane._cli.terminal.listings import Listing
    from pycrane._client.repositories import walk

    if as_json and (full_ref or is_long):
        raise click.UsageError(f"--json and {'--full-ref' if full_ref else '--long'} do not go together")
    choice = tag_choice(glob, tag_regex, semver, newest, digest_tags=not omit_digest_tags)
    if not isinstance(repository, Repository):
        if choice.chooses or full_ref or recursive or sort != "registry":
            raise click.UsageError(
                f"{repository.text} is not in a registry: it takes --long and --json alone"
            )
        from pycrane._cli.local_listing import listed

        with doing(f"listing {repository.text}"), settings.client() as local:
            stdout.write(b"".join(listed(local, repository, is_long=is_long, as_json=as_json)))
        return
    with doing(f"listing the tags of {repository}"), settings.registry() as client:
        listing = Listing(choice, sort)
        if not (recursive or is_long or as_json):
            for tag in listing.tags(client.tags(repository)):
                stdout.line(f"{repository}:{tag}" if full_ref else tag)
            return
        for contents in walk(client, repository) if recursive else (client.contents(repository),):
            if as_json:
                stdout.write(listing.json(contents))
                continue
            for line in (
                listing.long(contents, children=not recursive) if is_long else listing.lines(contents)
            ):
                stdout.line(line)
