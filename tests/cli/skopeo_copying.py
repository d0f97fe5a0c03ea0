"""Rows of skopeo copy."""

from __future__ import annotations

from cli.crane_images import FULL, GZIPPED_DOCKER, NESTED
from cli.crane_row import short
from cli.crane_world import wrote
from cli.skopeo_images import AMD, ARM, ARM_V7, LIST, MULTI, image_in
from cli.skopeo_row import BOTH, DEST, OLD, SRC, Row, kept
from peers.fixtures import PASSWORD, USERNAME
from peers.images import (
    DOCKER_CONFIG,
    DOCKER_LAYER,
    DOCKER_LIST,
    DOCKER_MANIFEST,
    OCI_CONFIG,
    OCI_INDEX,
    OCI_LAYER,
    OCI_MANIFEST,
)
from peers.media import write_layout

GZIP, ZSTD = f"{OCI_LAYER}+gzip", f"{OCI_LAYER}+zstd"
OCI_TYPES = [OCI_MANIFEST, OCI_CONFIG, GZIP, GZIP, GZIP]
DOCKER_TYPES = [DOCKER_MANIFEST, DOCKER_CONFIG, *[f"{DOCKER_LAYER}.gzip"] * 3]
AMD_PLACE, OUT = "docker://{sk}/amd", "docker://{dst}:v1"
MULTI_PLACE = "docker://{sk}/multi"
LOGIN = f"{USERNAME}:{PASSWORD}"
IGNORED = "skopeo ignores it"
STORED = {"bytes out/manifest.json": short(AMD.data)}


def copy(flags, source=AMD_PLACE, target=OUT, image=AMD, **more):
    """A row that copies an image to the registry, byte for byte."""
    return Row(f"copy {BOTH} {flags} {source} {target}", {"digest {dst}:v1": short(image.data)}, **more)


def layout(flags, source, *types, **more):
    """A row that copies an image to an OCI layout, where manifest, config and layers get these types."""
    return Row(f"copy {SRC} {flags} {source} oci:out:v1", {"layout out": {"v1": [*types]}}, **more)


def archive(flags, name, *names):
    """A row that copies an image to a docker-archive, its layers plain, with these names."""
    image = [list(names), short(AMD.config.data), *(short(part.content) for part in AMD.layers)]
    place = f"docker-archive:out.tar{name}"
    return Row(f"copy {SRC} {flags} {AMD_PLACE} {place}", {"archive out.tar": [image]})


def _in_hub(name):
    return f"docker.io/library/{name}"


def directory(flags, source, image, **more):
    """A row that copies an image to a directory, byte for byte."""
    return Row(f"copy {SRC} {flags} {source} dir:out", {"bytes out/manifest.json": short(image.data)}, **more)


def fails(flags, source=AMD_PLACE, target="dir:out", code=1, **more):
    return Row(f"copy {flags} {source} {target}", code=code, **more)


def _apart(world):
    """Have a layout whose blobs are elsewhere."""
    (world.folder / "apart").mkdir()
    single = world.folder / "single"
    write_layout(single, AMD)
    for name in ("index.json", "oci-layout"):
        (single / name).rename(world.folder / "apart" / name)


def lines_of(image):
    """What is printed of a copy of an image, sorted."""
    blobs = {f"Copying blob {part.digest}" for part in image.layers}
    first, last = "Getting image source signatures", "Writing manifest to image destination"
    return sorted([first, *blobs, f"Copying config {image.config.digest}", last])


def lines_of_index(index):
    """What is printed of a copy of an index with all its images, sorted."""
    count = len(index.children)
    lines = [f"Copying {count} images generated from {count} images in list"]
    for number, child in enumerate(index.children, 1):
        lines += [f"Copying image {child.digest} ({number}/{count})", *lines_of(child)]
    return sorted([*lines, "Writing manifest list to image destination"])


def older(lines):
    """The same as older versions print it."""
    return sorted(line.replace("images generated from", "of") for line in lines)


PLACES = (
    Row(f"copy {BOTH} {AMD_PLACE} {OUT}", {"copied": lines_of(AMD), "digest {dst}:v1": short(AMD.data)}),
    Row(f"copy -q {SRC} {AMD_PLACE} oci:out:v1", {"stdout": "", "layout out": {"v1": OCI_TYPES}}),
    Row(f"copy --quiet {SRC} {AMD_PLACE} oci:out", {"stdout": "", "layout out": {"": OCI_TYPES}}),
    layout("", "docker://{sk}/plain", *OCI_TYPES[:4]),
    layout(
        "--dest-oci-accept-uncompressed-layers",
        "docker://{sk}/plain",
        OCI_MANIFEST,
        OCI_CONFIG,
        OCI_LAYER,
        OCI_LAYER,
    ),
    layout("", "docker://{sk}/docker", *OCI_TYPES),
    Row(
        f"copy {SRC} docker://{{sk}}/docker oci:out:v1",
        {"settings out": sorted(FULL)},
        skopeo={"settings out": sorted(FULL.keys() - {"Healthcheck"})},
        why="skopeo loses fields of the configuration that it does not know",
    ),
    Row(
        f"copy {SRC} --all docker://{{src}}/nested dir:out",
        {"bytes out/manifest.json": short(NESTED.data)},
        skopeo={"code": 1, "bytes out/manifest.json": None},
        why="skopeo copies no index in an index",
    ),
    layout("", "docker://{sk}/zstd", OCI_MANIFEST, OCI_CONFIG, ZSTD),
    layout("--all", "docker://{sk}/list", OCI_INDEX, OCI_MANIFEST, OCI_MANIFEST),
    Row(
        f"copy {SRC} {AMD_PLACE} oci-archive:out.tar:v1",
        {"copied": lines_of(AMD), "there-is out.tar": True},
    ),
    archive("", ":app:v1", "docker.io/library/app:v1"),
    archive("", ":example.com/team/app", "example.com/team/app:latest"),
    archive("", ""),
    archive(
        "--additional-tag b:1,c:2 --additional-tag d:3",
        ":a",
        *map(_in_hub, ("a:latest", "b:1", "c:2", "d:3")),
    ),
    archive("--additional-tag b:1", "", _in_hub("b:1")),
    fails(SRC, target="docker-archive:several.tar:app:v1"),
    fails(SRC, target=f"docker-archive:out.tar:app@{AMD.digest}"),
    fails(f"{SRC} --preserve-digests", target="docker-archive:out.tar"),
    directory("", AMD_PLACE, AMD),
    Row(
        f"copy {SRC} {AMD_PLACE} dir:out",
        {"text out/version": "Directory Transport Version: 1.1\n"},
    ),
    Row(f"copy {DEST} oci:single {OUT}", {"types {dst}:v1": [OCI_MANIFEST, OCI_CONFIG, GZIP, GZIP]}),
    fails(DEST, "oci:layout", OUT),
    fails("", "docker-archive:several.tar"),
    fails("", "dir:nowhere"),
    fails(SRC, "docker://{sk}/amd:nope", code=2, skopeo={"code": 1}, why=OLD),
    fails(SRC, "docker://{sk}/nope", code=2, skopeo={"code": 1}, why=OLD),
    fails("", "oci:single:nope", code=2, skopeo={"code": 1}, why=OLD),
    fails(SRC, "{sk}/amd"),
    fails(SRC, "nowhere:amd"),
    fails("", AMD_PLACE, "", skopeo={"code": 0}, why=OLD),
    fails("", "", "", skopeo={"code": 0}, why=OLD),
    fails(""),
    fails(BOTH, "docker://{nobody}/x"),
    fails(BOTH, target=f"docker://{{dst}}@{ARM.digest}"),
    Row(f"copy {BOTH} {AMD_PLACE} docker://{{dst}}@{AMD.digest}", {f"there {{dst}}@{AMD.digest}": True}),
)
INDEX_ALONE = [
    "Copying 0 images generated from 3 images in list",
    "Writing manifest list to image destination",
]
VERSION = short(b"Directory Transport Version: 1.1\n")
CHOICES = (
    copy("", MULTI_PLACE),
    copy("--override-arch arm64", MULTI_PLACE, image=ARM),
    copy("--override-arch arm --override-variant v8", MULTI_PLACE, image=ARM_V7),
    copy("--override-os linux --override-arch arm", MULTI_PLACE, image=ARM_V7),
    fails(f"{SRC} --override-arch arm --override-variant v6", MULTI_PLACE),
    fails(f"{SRC} --override-arch arm64 --override-variant v9", MULTI_PLACE),
    fails(f"{SRC} --override-os windows", MULTI_PLACE),
    Row(
        f"copy {BOTH} --all {MULTI_PLACE} {OUT}",
        {"copied": lines_of_index(MULTI), "digest {dst}:v1": short(MULTI.data)},
        skopeo={"copied": older(lines_of_index(MULTI))},
        why=OLD,
    ),
    copy("-a", "docker://{sk}/list", image=LIST),
    copy("--multi-arch all", MULTI_PLACE, image=MULTI),
    copy("--multi-arch system", MULTI_PLACE),
    Row(
        f"copy {SRC} --multi-arch index-only {MULTI_PLACE} dir:out",
        {"copied": INDEX_ALONE, "files out": {"manifest.json": short(MULTI.data), "version": VERSION}},
        skopeo={"copied": older(INDEX_ALONE)},
        why=OLD,
    ),
    copy("--multi-arch index-only"),
    fails(f"{BOTH} --multi-arch index-only", MULTI_PLACE, OUT),
    fails(f"{SRC} --all --multi-arch all", MULTI_PLACE),
    fails(f"{SRC} --multi-arch some", MULTI_PLACE),
    fails(f"{SRC} --all", MULTI_PLACE, "docker-archive:out.tar"),
    directory("--all", MULTI_PLACE, MULTI),
)
FORMS = (
    Row(f"copy {BOTH} --format v2s2 {AMD_PLACE} {OUT}", {"types {dst}:v1": DOCKER_TYPES}),
    Row(f"copy {BOTH} -f oci docker://{{sk}}/docker {OUT}", {"types {dst}:v1": OCI_TYPES}),
    Row(
        f"copy {BOTH} --all --format v2s2 {MULTI_PLACE} {OUT}",
        {"types {dst}:v1": [DOCKER_LIST, *[DOCKER_MANIFEST] * 3]},
    ),
    fails(f"{SRC} --format v3"),
    copy("--preserve-digests", "docker://{sk}/docker", image=GZIPPED_DOCKER),
    Row(
        f"copy {BOTH} --preserve-digests --format oci docker://{{sk}}/docker {OUT}",
        code=1,
        skopeo={"code": None, "stdout": None, "tags {dst}": ["v1"]},
        why=IGNORED,
    ),
    copy("--remove-signatures"),
    Row(
        f"copy {BOTH} --dest-compress-format zstd {AMD_PLACE} {OUT}",
        {"types {dst}:v1": [*OCI_TYPES[:2], *[ZSTD] * 3]},
    ),
    Row(
        f"copy {BOTH} --dest-compress-format zstd docker://{{sk}}/docker {OUT}",
        {"types {dst}:v1": [*OCI_TYPES[:2], *[ZSTD] * 3]},
    ),
    Row(
        f"copy {BOTH} --dest-compress-format gzip --dest-compress-level 9 {AMD_PLACE} {OUT}",
        {"types {dst}:v1": OCI_TYPES},
    ),
    Row(
        f"copy {BOTH} --dest-compress-format zstd --dest-force-compress-format {AMD_PLACE} {OUT}",
        {"types {dst}:v1": [*OCI_TYPES[:2], *[ZSTD] * 3]},
        runs=False,
    ),
    fails(f"{BOTH} --dest-force-compress-format"),
    fails(f"{SRC} --dest-compress-format lz4"),
    fails(f"{SRC} --dest-compress --dest-decompress"),
    Row(f"copy {SRC} --dest-decompress {AMD_PLACE} dir:out", {"there-is out/version": True}),
    Row(f"copy {SRC} --dest-compress docker://{{sk}}/plain dir:out", {"there-is out/version": True}),
    copy("--dest-precompute-digests"),
    copy("--image-parallel-copies 2", runs=False),
    Row(f"copy {BOTH} --digestfile d {AMD_PLACE} {OUT}", {"text d": AMD.digest}),
    Row(f"copy {BOTH} --all --digestfile d {MULTI_PLACE} {OUT}", {"text d": MULTI.digest}),
    Row(
        f"copy {BOTH} --additional-tag x:1 {AMD_PLACE} {OUT}",
        code=1,
        skopeo={"code": 0, "stdout": None, "tags {dst}": ["v1"]},
        why=IGNORED,
    ),
)
MARK = b"\x90 not verified when it is copied"  # a signature of OpenPGP begins so
SIGNED = (image_in("signed", AMD, MARK),)
SIGNATURES = (
    Row("copy dir:signed dir:out", {"bytes out/signature-1": short(MARK), **STORED}, given=SIGNED),
    Row(
        "copy --remove-signatures dir:signed dir:out",
        {"there-is out/signature-1": False, **STORED},
        given=SIGNED,
    ),
    fails("", "dir:signed", "oci:out:v1", given=SIGNED),
    fails("--preserve-digests", "dir:signed", "oci:out:v1", given=SIGNED),
    Row("copy --remove-signatures dir:signed oci:out:v1", {"layout out": {"v1": OCI_TYPES}}, given=SIGNED),
    Row(
        "copy --format v2s2 dir:signed dir:out",
        code=1,
        skopeo={"code": 0, "stdout": None},
        given=SIGNED,
        why=IGNORED,
    ),
)
SHARED = (
    Row(
        f"copy {SRC} --dest-shared-blob-dir blobs {AMD_PLACE} oci:out:v1",
        {f"there-is blobs/{AMD.digest.replace(':', '/')}": True, "there-is out/blobs/sha256": False},
    ),
    Row(
        "copy --src-shared-blob-dir single/blobs oci:apart dir:out",
        {"there-is out/manifest.json": True},
        given=(_apart,),
    ),
    fails("", "oci:apart", given=(_apart,)),
)
BASIC = "docker://{basic}/skopeo/app:v1"
ANYWHERE = "docker://{basic}/skopeo/copy"


def reads(flags, **more):
    """A row that reads from a registry that wants a login."""
    return copy(flags, BASIC, **more)


def writes(flags, code=0, **more):
    """A row that writes to a registry that wants a login."""
    return Row(f"copy {BOTH} {flags} {AMD_PLACE} {ANYWHERE}", code=code, **more)


HELPED = '{"credHelpers": {"{host}": "that-is-not-there"}}'
AUTHFILE = (wrote("auth.json", kept("{basic}")),)
LOGINS = (
    reads(f"--src-creds {LOGIN}"),
    reads(f"--src-username {USERNAME} --src-password {PASSWORD}"),
    reads("--src-authfile auth.json", given=AUTHFILE),
    reads("--authfile auth.json", given=AUTHFILE),
    reads("--dest-authfile auth.json", env={"REGISTRY_AUTH_FILE": "auth.json"}, given=AUTHFILE),
    reads("", given=(wrote("home/run/containers/auth.json", kept("{basic}")),)),
    reads("", given=(wrote("home/.docker/config.json", kept("{basic}")),)),
    reads("", env={"REGISTRY_AUTH_FILE": "auth.json"}, given=AUTHFILE),
    fails(SRC, BASIC),
    fails(f"{SRC} --src-creds {USERNAME}:wrong", BASIC),
    fails(f"{SRC} --dest-creds {LOGIN}", BASIC),
    fails(f"{SRC} --src-no-creds --authfile auth.json", BASIC, given=AUTHFILE),
    fails(f"{SRC} --src-registry-token wrong", BASIC),
    fails(f"{SRC} --src-creds {LOGIN} --src-no-creds", BASIC),
    fails(f"{SRC} --src-creds {LOGIN} --src-username {USERNAME}", BASIC),
    fails(f"{SRC} --src-username {USERNAME}", BASIC),
    fails(f"{SRC} --src-password {PASSWORD}", BASIC),
    fails(f"{SRC} --src-creds :x", BASIC),
    fails(f"{SRC} --authfile auth.json", BASIC, given=(wrote("auth.json", "{"),)),
    fails(f"{SRC} --authfile auth.json", given=(wrote("auth.json", "{"),)),
    fails(f"{SRC} --authfile auth.json", given=(wrote("auth.json", HELPED),)),
    writes(f"--dest-creds {LOGIN}"),
    writes(f"--dest-username {USERNAME} --dest-password {PASSWORD}"),
    writes("--dest-authfile auth.json", given=AUTHFILE),
    writes(f"--src-creds {LOGIN}", code=1),
    writes("--dest-no-creds --authfile auth.json", code=1, given=AUTHFILE),
    writes("--dest-registry-token wrong", code=1),
    Row(
        f"copy {BOTH} --src-creds {LOGIN} --dest-creds {LOGIN} {BASIC} {ANYWHERE}",
        {"copied": lines_of(AMD)},
    ),
)
TLS = (
    Row(f"copy --src-cert-dir certs {DEST} docker://{{tls}}/amd {OUT}", {"digest {dst}:v1": short(AMD.data)}),
    Row(f"copy {BOTH} docker://{{tls}}/amd {OUT}", {"digest {dst}:v1": short(AMD.data)}),
    Row(f"copy --tls-verify=false docker://{{tls}}/amd {OUT}", {"digest {dst}:v1": short(AMD.data)}),
    Row(f"--tls-verify=false copy docker://{{tls}}/amd {OUT}", {"digest {dst}:v1": short(AMD.data)}),
    fails(DEST, "docker://{tls}/amd", OUT),
    fails(f"--src-tls-verify {DEST}", "docker://{tls}/amd", OUT),
    fails("--src-tls-verify", AMD_PLACE),
    fails("--src-tls-verify=true", AMD_PLACE),
    fails("--src-tls-verify=maybe", AMD_PLACE),
    Row(f"copy {SRC} --dest-cert-dir certs {AMD_PLACE} docker://{{tls}}/copy", {"copied": lines_of(AMD)}),
    fails(f"{SRC} --dest-tls-verify", target=OUT),
    fails("--src-cert-dir nowhere", "docker://{tls}/amd"),
)
OTHERS = (
    copy("--retry-times 3"),
    copy("--retry-times 1 --retry-delay 1ms", runs=False),
    fails(f"{SRC} --retry-times some"),
    copy("--command-timeout 1m"),
    fails(f"{SRC} --command-timeout 1ms"),
    fails(f"{SRC} --command-timeout soon"),
    copy("--debug"),
    copy("--insecure-policy"),
    copy("--tmpdir {dir}"),
    copy("--user-agent-prefix mine", runs=False),
    directory("--src-shared-blob-dir blobs --dest-shared-blob-dir blobs", AMD_PLACE, AMD),
    directory("--src-daemon-host tcp://127.0.0.1:9 --dest-daemon-host tcp://127.0.0.1:9", AMD_PLACE, AMD),
    fails(f"{SRC} --unknown"),
)
REFUSED = "signing, policies and encryption are not there yet"


def refused(flags, **more):
    """A row that is refused; skopeo needs keys and files for it that no row has."""
    return Row(f"copy {SRC} {flags} {AMD_PLACE} dir:out", {"says is not supported": True}, code=1, runs=False)


REFUSALS = tuple(
    map(
        refused,
        (
            "--sign-by ABC",
            "--sign-by-sigstore f",
            "--sign-by-sigstore-private-key f",
            "--sign-by-sq-fingerprint ABC",
            "--sign-identity x",
            "--sign-passphrase-file f",
            "--encryption-key jwe:k",
            "--encrypt-layer 0",
            "--decryption-key k",
            "--policy p",
            "--require-signed",
            "--registries.d d",
            "--registries-conf c",
            "--tls-details t",
            "--format v2s1",
        ),
    )
)

ROWS = (*PLACES, *CHOICES, *FORMS, *SIGNATURES, *SHARED, *LOGINS, *TLS, *OTHERS, *REFUSALS)
