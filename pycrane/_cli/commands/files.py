"""`pycrane files`."""

from __future__ import annotations

import click

from pycrane._cli.command import Command
from pycrane._cli.parameters import one_platform
from pycrane._cli.settings import PLATFORMS, REGISTRIES, Settings, pass_settings
from pycrane._cli.terminal.output import stdout

EXAMPLES = """
pycrane files alpine
pycrane files -l alpine 'etc/*.conf'
pycrane files --setuid docker-archive:app.tar
pycrane files -0 alpine '*.pyc' | xargs -0 -n1 echo
"""
DIFFERENCES = """
crane does not have this command. --json prints one object a line with path, kind (file, directory,
symbolic_link, hard_link, character_device, block_device, pipe), mode (octal), uid, gid, owner, group, size in
bytes, modified (UTC) and link.
"""


@click.command(cls=Command, uses=REGISTRIES | PLATFORMS, examples=EXAMPLES, differences=DIFFERENCES)
@click.argument("place")
@click.argument("glob", required=False)
@click.option("-l", "--long", "is_long", is_flag=True, help="Show mode, owner, size and time.")
@click.option("--setuid", is_flag=True, help="List only programs that run as their owner or group.")
@click.option("-0", "--null", "is_null", is_flag=True, help="End each path with a zero byte.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object a line.")
@pass_settings
def files(
    settings: Settings,
    place: str,
    glob: str | None,
    is_long: bool,
    setuid: bool,
    is_null: bool,
    as_json: bool,
) -> None:
    """List the files of an image as a container sees them, by path, without unpacking it.

    GLOB is a shell pattern for the whole path if it has a slash, else for its last part. All layers are read.
    Of an index it is the image for --platform, or for linux/amd64.
    """
    if is_long + is_null + as_json > 1:
        raise click.UsageError("--long, --null and --json do not go together")
    from pycrane._cli.looking import file_lines

    platform = one_platform(settings)
    form = "long" if is_long else "null" if is_null else "json" if as_json else "path"
    with settings.client() as client:
        for line in file_lines(client, place, glob, platform, form, setuid=setuid):
            stdout.write(line)
