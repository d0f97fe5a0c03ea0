"""Rows of gcrane: whole repositories, in a registry that tells of manifests as Google's do and in another."""

from __future__ import annotations

from cli.crane_images import ARM, MULTI, OCI, OLD, ZSTD
from cli.crane_row import Row, short
from cli.crane_world import tagged
from peers.google import CREATED, UPLOADED


def grown(google):
    """A repository with tags, a manifest without one, and two repositories below; its name."""
    google.push("", OLD, "v1", "latest")
    google.push("", ZSTD)
    google.push("app", MULTI, "1.0")
    google.push("app/deep", OCI, "x")
    return f"{google.host}/{google.prefix}"


TOP = [f"GOOGLE@{OLD.digest}", "GOOGLE:latest", "GOOGLE:v1", f"GOOGLE@{ZSTD.digest}"]
APP = [f"GOOGLE/app@{one.digest}" for one in (MULTI, OCI, ARM)] + ["GOOGLE/app:1.0"]
DEEP = [f"GOOGLE/app/deep@{OCI.digest}", "GOOGLE/app/deep:x"]
PLAIN = (tagged(OCI, "1", "2", below="/from"), tagged(ARM, "x", below="/from/app"))


def told(root, *tags):
    return {
        "imageSizeBytes": str(len(root.data)),
        "mediaType": root.media_type,
        "timeCreatedMs": CREATED,
        "timeUploadedMs": UPLOADED,
        "tag": list(tags),
    }


def row(line, seen, **more):
    return Row(line, seen, program="gcrane", **more)


def arrived(target, *roots):
    return {f"digest {target}{name}": short(root.data) for name, root in roots}


COPIED = arrived(
    "{dst}",
    (":v1", OLD),
    (":latest", OLD),
    (f"@{ZSTD.digest}", ZSTD),
    ("/app:1.0", MULTI),
    ("/app/deep:x", OCI),
)
ROWS = (
    row(
        "ls {google}",
        {"lines": ["latest", "v1"]},
        crane={"lines": sorted([*TOP, "GOOGLE/app"])},
        why="without an option it is crane's ls; --long is gcrane's, with sizes and times",
    ),
    row("ls -r {google}", {"lines": sorted([*TOP, *APP, *DEEP])}),
    row("ls --recursive {google}/app/deep", {"lines": sorted(DEEP)}),
    row(
        "ls --json {google}",
        {
            "document": {
                "child": ["app"],
                "manifest": {OLD.digest: told(OLD, "v1", "latest"), ZSTD.digest: told(ZSTD)},
                "name": "PREFIX",
                "tags": ["v1", "latest"],
            }
        },
    ),
    row("ls -r --json {google}/app", {"names": ["PREFIX/app", "PREFIX/app/deep"]}),
    row(
        "ls {dst}/from",
        {"lines": ["1", "2"]},
        crane={"lines": ["DST/from:1", "DST/from:2"]},
        why="without an option it is crane's ls",
        given=PLAIN,
    ),
    row("ls {src}/gone", {}, fails=True),
    row("cp {src}/multi {dst}:v1", {"stdout": "", "digest {dst}:v1": short(MULTI.data)}),
    row("copy -j 1 {src}/oci {dst}:v1", {"digest {dst}:v1": short(OCI.data)}),
    row("cp -r {google} {dst}", {"stdout": "", **COPIED}),
    row("cp --recursive --jobs 3 {google}/app {dst}", arrived("{dst}", (":1.0", MULTI), ("/deep:x", OCI))),
    row("cp -r {src}/gone {dst}", {}, fails=True),
    row(
        "gc {google}",
        {"lines": [f"GOOGLE@{ZSTD.digest}"]},
    ),
    row(
        "gc -r {google}",
        {"lines": [f"GOOGLE@{ZSTD.digest}"]},
        crane={
            "lines": sorted(
                f"GOOGLE{path}@{one.digest}" for path, one in (("", ZSTD), ("/app", OCI), ("/app", ARM))
            )
        },
        why="what an index names is no garbage",
    ),
    row("gc --recursive {google}/app/deep", {"stdout": ""}),
    row(
        "gc {dst}/from",
        {},
        fails=True,
        given=PLAIN,
        crane={"fails": False},
        why="a registry that does not tell is no empty one",
    ),
    row("gc {src}/gone", {}, fails=True),
)
