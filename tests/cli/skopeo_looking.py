"""Rows of skopeo list-tags, delete, layers and manifest-digest, and of commands that are refused."""

from __future__ import annotations

from cli.crane_row import short
from cli.crane_world import tagged, wrote
from cli.skopeo_images import AMD, ARM
from cli.skopeo_row import FREE, OLD, Row, kept
from cryptography.hazmat.primitives.asymmetric import ec
from oci import signing
from peers.fixtures import PASSWORD, USERNAME
from peers.images import digest_of

KEY = ec.generate_private_key(ec.SECP256R1())
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
    Row("delete oci:single", {"stdout": "", "layout single": {}, "blobs single": []}, runs=False),
    Row("delete oci:single:nope", {"stdout": ""}, 2, runs=False),
    fails("delete oci:layout"),
    fails("delete dir:single"),
    fails("delete docker-archive:several.tar:example.com/app:v1"),
    fails("delete"),
)


def _parts(image, *wanted):
    """The files of an image directory with some blobs."""
    blobs = {blob.digest.partition(":")[2]: short(blob.data) for blob in wanted}
    version = short(b"Directory Transport Version: 1.1\n")
    return {"manifest.json": short(image.data), "version": version, **dict(sorted(blobs.items()))}


FIRST, SECOND = AMD.layers[0], AMD.layers[1]
PLACE = "docker://{sk}/amd"
LAYERS = (
    Row(f"layers {FREE} {PLACE}", {"stdout": "", "new": _parts(AMD, AMD.config, *AMD.layers)}),
    Row(f"layers {FREE} {PLACE} {FIRST.digest} {SECOND.digest}", {"new": _parts(AMD, FIRST, SECOND)}),
    Row(f"layers {FREE} {PLACE} {FIRST.digest.partition(':')[2]}", {"new": _parts(AMD, FIRST)}, runs=False),
    Row(
        f"layers --creds {LOGIN} {FREE} docker://{{basic}}/skopeo/app:v1 {FIRST.digest}",
        {"new": _parts(AMD, FIRST)},
    ),
    Row(
        f"layers --username {USERNAME} --password {PASSWORD} {FREE} docker://{{basic}}/skopeo/app:v1",
        {"new": _parts(AMD, AMD.config, *AMD.layers)},
    ),
    Row(
        f"layers --authfile auth.json --retry-times 1 {FREE} docker://{{basic}}/skopeo/app:v1",
        {"new": _parts(AMD, AMD.config, *AMD.layers)},
        given=AUTHFILE,
    ),
    Row(f"layers --retry-delay 1s {FREE} {PLACE} {FIRST.digest}", {"new": _parts(AMD, FIRST)}, runs=False),
    Row("layers --cert-dir certs docker://{tls-host}/amd", {"new": _parts(AMD, AMD.config, *AMD.layers)}),
    Row(
        f"layers --shared-blob-dir b --daemon-host h {FREE} {PLACE}",
        {"new": _parts(AMD, AMD.config, *AMD.layers)},
    ),
    fails(f"layers --no-creds {FREE} docker://{{basic}}/skopeo/app:v1"),
    fails(f"layers --registry-token wrong {FREE} docker://{{basic}}/skopeo/app:v1"),
    fails(f"layers {FREE} {PLACE} {ARM.digest}"),
    fails("layers dir:nowhere"),
    fails("layers"),
)
SIGNED = signing.signed(signing.payload(), signing.signature(signing.payload(), KEY)).decode()
DIGESTS = (
    Row("manifest-digest junk", {"stdout": f"{digest_of(b'neither a tarball nor anything else')}\n"}),
    Row(
        "manifest-digest signed.json",
        {"stdout": f"{digest_of(signing.payload())}\n"},
        given=(wrote("signed.json", SIGNED),),
    ),
    fails("manifest-digest nowhere"),
    fails("manifest-digest"),
)
REFUSALS = tuple(
    Row(line, {"says is not supported": True}, 1, runs=False)
    for line in (
        "generate-sigstore-key --output-prefix a --passphrase-file b",
        "standalone-sign m r f -o s",
        "standalone-sign m r f --output s --passphrase-file p",
        "standalone-verify --public-key-file k m r f s",
        "untrusted-signature-dump-without-verification s",
    )
)

ROWS = (*LAYERS, *DIGESTS, *REFUSALS, *LISTS, *DELETIONS)
