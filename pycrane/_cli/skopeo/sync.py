"""`pycrane skopeo sync` (skopeo-sync(1))."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pycrane._cli.skopeo.command import SkopeoCommand
from pycrane._cli.skopeo.flags import FORMS, RETRIES, SIGNING, SYNC_SIDES
from pycrane._cli.skopeo.policy import check_policy
from pycrane._cli.skopeo.settings import CopyFlags, SkopeoSettings, pass_settings
from pycrane._cli.sync_options import check_transports, sync_options
from pycrane._cli.terminal.output import stdout
from pycrane._cli.terminal.report import say
from pycrane._errors import PycraneError

if TYPE_CHECKING:
    from pycrane._client.sync import SyncCopy
    from pycrane._oci.digest import Digest
    from pycrane._transports.location import Location

EXAMPLES = """
pycrane skopeo sync --src docker --dest dir registry.example.com/app /media/usb
pycrane skopeo sync --src dir --dest docker --all /media/usb registry.example.com/apps
pycrane skopeo sync --src yaml --dest docker --scoped images.yaml registry.example.com/mirror
"""
DIFFERENCES = """
Images are copied side by side. A list with an unknown key, a regular expression or range of versions that is
not one, or a repository that is not there, is an error; skopeo leaves it out and succeeds.

Two images that would get one name are an error; skopeo overwrites one with the other.

--dry-run makes no directories.
"""


@click.command(
    cls=SkopeoCommand,
    examples=EXAMPLES,
    differences=DIFFERENCES,
    params=[*FORMS, *SYNC_SIDES, *RETRIES, *SIGNING],
)
@sync_options
@click.option(
    "--digestfile", metavar="FILE", help="Write digests and names of the copied images to this file."
)
@pass_settings
def sync(
    settings: SkopeoSettings,
    /,
    source: str,
    target: str,
    origin: str,
    kind: str,
    scoped: bool,
    append_suffix: str,
    dry_run: bool,
    keep_going: bool,
    digestfile: str | None,
    **flags: Any,
) -> None:
    """Copy all images of SOURCE to DESTINATION.

    SOURCE is an image or repository in a registry (docker), a directory with image directories (dir), or a
    list (yaml). DESTINATION is a registry with a path (docker) or a directory (dir).
    """
    check_transports(origin, kind)
    check_policy(settings)
    from pycrane._cli.skopeo.copying import Copied, Copying
    from pycrane._cli.skopeo.session import SkopeoSession
    from pycrane._cli.skopeo.sync_sources import found
    from pycrane._client.sync import Synchronisation, make_parent, named
    from pycrane._io.whole_file import write_whole

    with SkopeoSession(replace(settings, quiet=True)) as session:
        copying = Copying(session, CopyFlags(**flags))
        work = Synchronisation(session.client, keep_going=keep_going)
        images = found(session, settings.access("src"), origin, source, work.failed)
        place = Path(target) if kind == "dir" else target
        copies = named(images, place, session.registry("dest"), scoped=scoped, suffix=append_suffix)
        numbers = {each: f"{number}/{len(copies)}" for number, each in enumerate(copies, 1)}
        done: dict[SyncCopy, Copied] = {}

        def copied(each: SyncCopy) -> Digest:
            _tell("Copying", each, numbers[each])
            if each.target.path is not None and each.target.path.exists():
                raise PycraneError(f"refusing to overwrite the directory {each.target.path}")
            make_parent(each.target)
            done[each] = copying.copy(each.source, each.target)
            return done[each].digest

        if dry_run:
            for each in copies:
                _tell("Would have copied", each, numbers[each])
            work.finish()
            say(f"Would have synced {len(copies)} images")
            return
        try:
            work.carry_out(copies, copied)
        finally:
            for each in copies:
                for line in done[each].lines if each in done else ():
                    stdout.line(line)
            if digestfile is not None:
                lines = [f"{done[each].digest} {full_name(each.target)}\n" for each in copies if each in done]
                write_whole(Path(digestfile), "".join(lines).encode())
        say(f"Synced {len(copies)} images")


def full_name(place: Location) -> str:
    """Return the name of a location with its transport."""
    return place.text if place.reference is None else f"docker://{place.text}"


def _tell(what: str, each: SyncCopy, number: str) -> None:
    say(f"{what} image ref {number} from={full_name(each.source)} to={full_name(each.target)}")
