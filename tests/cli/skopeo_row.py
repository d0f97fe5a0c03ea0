"""A row of skopeo's table: a command line, its exit code, and what is to be seen of it."""

from __future__ import annotations

import base64
import json
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cli.crane_looks import LOOKS
from cli.crane_row import Look, Run, Seen, short
from cli.crane_world import Preparation
from peers.fixtures import PASSWORD, USERNAME

OLD = "Debian's skopeo is older"
"""Reason for a difference from the version that the tests run, and not from skopeo as it is now."""

SECRET = base64.b64encode(f"{USERNAME}:{PASSWORD}".encode()).decode()
FREE = "--tls-verify=false"
SRC = "--src-tls-verify=false"
DEST = "--dest-tls-verify=false"
BOTH = f"{SRC} {DEST}"


@dataclass(frozen=True)
class Row:
    """One command line, without the program's name, and what is `seen` of it.

    A row with a `code` other than 0 prints nothing and pushes nothing, if not told otherwise. `skopeo` is
    what is seen of skopeo where that is not the same, for the reason `why`; None is for what has no fixed
    value. With `runs` False skopeo cannot run the line here. `given` is what there is before.
    """

    line: str
    seen: Seen = field(default_factory=dict)
    code: int = 0
    skopeo: Seen = field(default_factory=dict)
    why: str = ""
    runs: bool = True
    stdin: bytes = b""
    given: tuple[Preparation, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.line

    @property
    def expected(self) -> dict[str, Any]:
        """All that is to be seen of pycrane."""
        default = {"stdout": "", "tags {dst}": []} if self.code else {}
        return {"code": self.code, **default, **self.seen}

    @property
    def expected_of_skopeo(self) -> dict[str, Any]:
        """All that is to be seen of skopeo."""
        both = {**self.expected, **self.skopeo}
        if self.code and "stdout" not in {**self.seen, **self.skopeo}:
            both.pop("stdout")  # it tells what it does until it fails
        return {name: value for name, value in both.items() if value is not None}


def kept(*servers: str) -> str:
    """A file with logins, as it is written."""
    return json.dumps({"auths": {server: {"auth": SECRET} for server in servers}}, indent="\t")


_OF_SIGNATURES = ("Storing signatures", "Storing list signatures", "Getting image list signatures")


def _code(run: Run, _: str) -> int:
    return run.returncode


def _copied(run: Run, _: str) -> list[str]:
    """The lines that are printed of a copy, in any order, without those that only some versions print."""
    lines = run.world.unnamed(run.stdout).decode().splitlines()
    return sorted(line for line in lines if line not in _OF_SIGNATURES)


def _layout(run: Run, name: str) -> dict[str, list[str]]:
    """The names in an OCI layout, each with the media types of its manifest and what that names."""
    folder = run.world.folder / name
    found = {}
    for entry in json.loads((folder / "index.json").read_text())["manifests"]:
        manifest = json.loads((folder / "blobs" / entry["digest"].replace(":", "/")).read_text())
        parts = manifest.get("manifests") or [manifest["config"], *manifest["layers"]]
        called = entry.get("annotations", {}).get("org.opencontainers.image.ref.name", "")
        found[called] = [entry["mediaType"], *(part["mediaType"] for part in parts)]
    return found


def _settings(run: Run, name: str) -> list[str]:
    """The names of the settings of the only image of an OCI layout."""
    folder = run.world.folder / name

    def read(descriptor: Any) -> Any:
        return json.loads((folder / "blobs" / descriptor["digest"].replace(":", "/")).read_text())

    (entry,) = json.loads((folder / "index.json").read_text())["manifests"]
    return sorted(read(read(entry)["config"])["config"])


def _archive(run: Run, name: str) -> list[Any]:
    """The images of a docker-archive: names, configuration and layers, how their digests begin."""
    with tarfile.open(run.world.folder / name) as archive:

        def read(member: str) -> bytes:
            file = archive.extractfile(member)
            return file.read() if file else b""

        images = json.loads(read("manifest.json"))
        return [
            [
                each["RepoTags"] or [],
                short(read(each["Config"])),
                *(short(read(part)) for part in each["Layers"]),
            ]
            for each in images
        ]


def _directories(run: Run, name: str) -> list[str]:
    """The directories with images at and below a directory."""
    folder = run.world.folder / name
    found = (path.parent.relative_to(folder).as_posix() for path in folder.rglob("manifest.json"))
    return sorted(run.world.unnamed(path.encode()).decode() for path in found)


def _new(run: Run, _: str) -> dict[str, str]:
    """The files in the directory that `layers` has made."""
    (folder,) = run.world.folder.glob("layers-*")
    return LOOKS["files"](run, folder.name)


def _words(run: Run, name: str) -> list[str]:
    """The lines of a file, sorted."""
    return sorted(run.world.unnamed((run.world.folder / name).read_bytes()).decode().splitlines())


SKOPEO_LOOKS: dict[str, Look] = {
    **LOOKS,
    "code": _code,
    "copied": _copied,
    "layout": _layout,
    "archive": _archive,
    "settings": _settings,
    "directories": _directories,
    "new": _new,
    "words": _words,
}
"""The ways to look at a run."""
