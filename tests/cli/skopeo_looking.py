"""Rows of skopeo list-tags and delete."""

from __future__ import annotations

from cli.crane_world import tagged, wrote
from cli.skopeo_images import AMD, ARM
from cli.skopeo_row import FREE, OLD, Row, kept
from peers.fixtures import PASSWORD, USERNAME

LOGIN = f"{USERNAME}:{PASSWORD}"
TAGS = """{
    "Repository": "HOST/skopeo/app",
    "Tags": [
        "v1",
        "v2"
    ]
}
"""
IN_ARCHIVE = """{
    "Tags": [
        "example.com/app:v1",
        "example.com/base:v1"
    ]
}
"""
NAMELESS = """{
    "Tags": [
        "@0"
    ]
}
"""


def lists(flags, host="basic", **more):
    return Row(
        f"list-tags {flags} docker://{{{host}}}/skopeo/app",
        {"stdout": TAGS.replace("HOST", host.upper())},
        **more,
    )


def fails(line, **more):
    return Row(line, code=1, **more)


AUTHFILE = (wrote("auth.json", kept("{basic}")),)
LISTS = (
    lists(f"{FREE} --creds {LOGIN}"),
    lists(f"{FREE} --username {USERNAME} --password {PASSWORD}"),
    lists(f"{FREE} --authfile auth.json", given=AUTHFILE),
    lists(f"{FREE} --retry-times 2 --creds {LOGIN}"),
    lists(f"{FREE} --retry-delay 1s --creds {LOGIN}", runs=False),
    lists("--cert-dir certs", "tls-host"),
    fails(f"list-tags {FREE} --no-creds --authfile auth.json docker://{{basic}}/skopeo/app", given=AUTHFILE),
    fails(f"list-tags {FREE} --registry-token wrong docker://{{basic}}/skopeo/app"),
    fails("list-tags docker://{basic}/skopeo/app"),
    fails(f"list-tags {FREE} docker://{{sk}}/nope"),
    fails(f"list-tags {FREE} docker://{{sk}}/amd:v1"),
    fails("list-tags dir:single"),
    fails("list-tags", skopeo={"code": 0}, why=OLD),
    Row("list-tags docker-archive:several.tar", {"stdout": IN_ARCHIVE}),
    Row("list-tags docker-archive:new.tar", {"stdout": NAMELESS}),
    fails("list-tags docker-archive:several.tar:example.com/app:v1", skopeo={"code": 0}, why=OLD),
    fails("list-tags docker-archive:nowhere.tar"),
)
TWO = (tagged(AMD, "v1", "v2"), tagged(ARM, "v3"))
DELETIONS = (
    Row(f"delete {FREE} docker://{{dst}}:v1", {"stdout": "", "tags {dst}": ["v3"]}, given=TWO),
    Row(f"delete {FREE} docker://{{dst}}@{AMD.digest}", {"stdout": "", "tags {dst}": ["v3"]}, given=TWO),
    Row(
        f"delete {FREE} --no-creds --retry-times 1 docker://{{dst}}:v3",
        {"tags {dst}": ["v1", "v2"]},
        given=TWO,
    ),
    Row(
        f"delete {FREE} --retry-delay 1s docker://{{dst}}:v3",
        {"tags {dst}": ["v1", "v2"]},
        given=TWO,
        runs=False,
    ),
    fails(f"delete {FREE} docker://{{dst}}:nope", given=TWO, seen={"tags {dst}": ["v1", "v2", "v3"]}),
    fails("delete docker://{dst}:v1", given=TWO, seen={"tags {dst}": ["v1", "v2", "v3"]}),
    fails(f"delete {FREE} --creds {USERNAME}:wrong docker://{{basic}}/skopeo/app:v1"),
    fails(f"delete {FREE} --username {USERNAME} docker://{{basic}}/skopeo/app:v1"),
    fails(f"delete {FREE} --password {PASSWORD} docker://{{basic}}/skopeo/app:v1"),
    fails(f"delete {FREE} --registry-token wrong docker://{{basic}}/skopeo/app:v1"),
    fails(
        f"delete {FREE} --authfile auth.json docker://{{basic}}/skopeo/app:v1",
        given=(wrote("auth.json", "{"),),
    ),
    fails("delete --cert-dir certs docker://{tls-host}/skopeo/nope:v1"),
    fails(f"delete {FREE} --daemon-host tcp://127.0.0.1:9 docker://{{dst}}:nope"),
    fails(f"delete {FREE} --shared-blob-dir d docker://{{dst}}:nope"),
    fails("delete dir:single"),
    fails("delete docker-archive:several.tar:example.com/app:v1"),
    fails("delete"),
)

ROWS = (*LISTS, *DELETIONS)
