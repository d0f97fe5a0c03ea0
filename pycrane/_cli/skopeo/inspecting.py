"""An image as skopeo describes it: as JSON, or as a template makes it (skopeo-inspect(1))."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from pycrane._cli.inspection_values import config_values, indented, skopeo_values
from pycrane._cli.skopeo.session import SkopeoSession
from pycrane._cli.terminal.go_template import report
from pycrane._client.inspection import Inspection
from pycrane._errors import DeniedError, MalformedError, NotFoundError, UnauthorizedError
from pycrane._events import Warned
from pycrane._image.view import View
from pycrane._mutate.saved_manifest import as_saved
from pycrane._oci import media_types
from pycrane._reference import DOCKER_HUB, Reference, Repository, parse_reference
from pycrane._transports.archives import DockerArchiveLocation
from pycrane._transports.daemon import DaemonLocation
from pycrane._transports.location import Location


def opened(session: SkopeoSession, location: Location) -> View:
    """Open what is to be described; of an archive of docker save with the manifest that skopeo makes."""
    view = session.open(location)
    return as_saved(view) if isinstance(location, DockerArchiveLocation | DaemonLocation) else view


def described(
    session: SkopeoSession,
    location: Location,
    view: View,
    template: str | None,
    *,
    config: bool,
    tags: bool,
    algorithm: str | None,
) -> bytes:
    """Return what is printed of an image. Raises PycraneError."""
    image = session.image(view)
    has_config = image.manifest.config.media_type in media_types.CONFIGS
    read = image.config_file if has_config else None
    if config:
        if read is None:
            raise MalformedError(f"{view.digest} has no configuration of an image")
        values = config_values(read)
    else:
        listed = _tags(session, location) if tags and location.reference else ()
        inspection = Inspection(_named(location), view, image, read, (), None)
        values = skopeo_values(inspection, tuple(listed))
        if algorithm is not None:
            digest = hashlib.new(algorithm, view.raw_manifest).hexdigest()
            values = replace(values, fields={**values.fields, "Digest": f"{algorithm}:{digest}"})
    return indented(values) if template in (None, "", "json") else report(template, [values])


def _tags(session: SkopeoSession, location: Location) -> list[str]:
    """Return the tags of the repository; where they are not to be had, none, with a warning."""
    assert location.reference is not None  # noqa: S101
    try:
        return list(session.registry().tags(location.reference.repository))
    except (DeniedError, NotFoundError, UnauthorizedError) as error:
        session.listener(Warned(f"the tags are left out: {error.message}"))
        return []


def _named(location: Location) -> Reference | None:
    """Return the name that is shown, in a registry or an engine."""
    reference = location.reference
    if isinstance(location, DaemonLocation):
        reference = parse_reference(location.name)
    if reference is None or reference.registry != DOCKER_HUB:
        return reference
    return replace(reference, repository=Repository("docker.io", reference.repository.path))
