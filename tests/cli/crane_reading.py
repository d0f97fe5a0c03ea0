"""Rows that read: manifest, config, digest, blob, ls, catalog, index list, validate, export, version."""

from __future__ import annotations

from cli import crane_images as pictures
from cli.crane_images import ARM, ARTIFACT, ATTESTED, LIST, MULTI, OCI, OLD, ZSTD
from cli.crane_row import Row, short
from cli.crane_world import saved, tagged

import pycrane


def text(part):
    return part.data.decode()


HEADER = f"{'Digest':<70} {'MediaType':<20} Platform\n"


def table(*rows):
    return HEADER + "".join(f"{one.digest:<70} {one.media_type:<20} {platform}\n" for one, platform in rows)


MANIFESTS = (
    Row("manifest {src}/oci", {"stdout": text(OCI)}),
    Row("manifest {src}/old:latest", {"stdout": text(OLD)}),
    Row(f"manifest {{src}}/oci@{OCI.digest}", {"stdout": text(OCI)}),
    Row("manifest {src}/multi", {"stdout": text(MULTI)}),
    Row("manifest {src}/list", {"stdout": text(LIST)}),
    Row("manifest {src}/artifact", {"stdout": text(ARTIFACT)}),
    Row("manifest {src}/multi --platform linux/arm64", {"stdout": text(ARM)}),
    Row("manifest --platform linux/arm64/v8 {src}/multi", {"stdout": text(ARM)}),
    Row(
        "--platform linux/amd64 manifest {src}/nested",
        {"stdout": text(OCI)},
        crane={"fails": True, "stdout": ""},
        why="crane looks for the image in the index that has no platform",
    ),
    Row("manifest {src}/multi --platform all", {"stdout": text(MULTI)}),
    Row("manifest {src}/oci --platform windows/arm64", {"stdout": text(OCI)}),
    Row("manifest {src}/list --platform windows/amd64:10.0.1", {"stdout": text(pictures.WINDOWS)}),
    Row(
        "manifest {src}/attested --platform linux/arm64/v8",
        {"stdout": text(ATTESTED.children[1])},
    ),
    Row("manifest {src}/unknown", {"stdout": text(pictures.UNKNOWN)}),
    Row("manifest {src}/oci -v", {"stdout": text(OCI)}),
    Row("--verbose manifest {src}/oci", {"stdout": text(OCI), "says /v2/rows/oci/manifests/latest": True}),
    Row("manifest {tls}/oci --insecure", {"stdout": text(OCI)}),
    Row("manifest {tls}/oci", fails=True),
    Row("manifest {src}/oci --allow-nondistributable-artifacts", {"stdout": text(OCI)}),
    Row("manifest {src}/multi --platform plan9/mips", fails=True),
    Row("manifest {src}/multi --platform a/b/c/d", fails=True),
    Row("manifest {src}/gone", fails=True),
    Row("manifest {src}/oci:gone", fails=True),
    Row("manifest {src}/oci@sha256:" + "0" * 64, fails=True),
    Row("manifest {host}/Bad", fails=True),
    Row("manifest", fails=True),
    Row("manifest {src}/oci {src}/oci", fails=True),
)

CONFIGS = (
    Row("config {src}/oci", {"stdout": text(OCI.config)}),
    Row("config {src}/old", {"stdout": text(OLD.config)}),
    Row("config {src}/zstd", {"stdout": text(ZSTD.config)}),
    Row("config {src}/unknown", {"stdout": text(pictures.UNKNOWN.config)}),
    Row("config {src}/artifact", {"stdout": "{}"}),
    Row("config {src}/multi", {"stdout": text(OCI.config)}),
    Row("config {src}/multi --platform linux/arm64", {"stdout": text(ARM.config)}),
    Row("config {src}/list --platform windows/amd64", {"stdout": text(pictures.WINDOWS.config)}),
    Row(
        "config {src}/artifact-first",
        {"stdout": text(OCI.config)},
        crane={"stdout": "{}"},
        why="to crane what has no platform is linux/amd64",
    ),
    Row("config {src}/list --platform linux/s390x", fails=True),
    Row("config {src}/gone", fails=True),
)

DIGESTS = (
    Row("digest {src}/oci", {"stdout": f"{OCI.digest}\n"}),
    Row("digest {src}/multi", {"stdout": f"{MULTI.digest}\n"}),
    Row("digest {src}/multi --platform linux/arm64", {"stdout": f"{ARM.digest}\n"}),
    Row("digest {src}/artifact", {"stdout": f"{ARTIFACT.digest}\n"}),
    Row("digest --full-ref {src}/oci", {"stdout": f"SRC/oci@{OCI.digest}\n"}),
    Row("digest --full-ref --platform linux/arm64 {src}/multi", {"stdout": f"SRC/multi@{ARM.digest}\n"}),
    Row(
        "digest --tarball new.tar",
        {"stdout": "sha256:0c2fe87ddb9a1e422fe161c658d59a692b58187fcedeb33a6cd9580dcbf3a50d\n"},
    ),
    Row("digest --tarball several.tar example.com/app:v1", {"holds sha256:": True}),
    Row("digest --tarball several.tar", fails=True),
    Row("digest --tarball several.tar example.com/gone:v1", fails=True),
    Row("digest --tarball new.tar --full-ref", fails=True),
    Row("digest --tarball junk", fails=True),
    Row("digest --tarball gone.tar", fails=True),
    Row("digest {src}/gone", fails=True),
    Row(
        "digest",
        fails=True,
        crane={"stdout": None, "holds Usage:": True},
        why="crane prints its help where a result is expected",
    ),
)

BLOBS = (
    Row(f"blob {{src}}/oci@{OCI.config.digest}", {"stdout": text(OCI.config)}),
    Row(f"blob {{src}}/oci@{OCI.layers[0].digest}", {"bytes -": short(OCI.layers[0].data)}),
    Row(f"blob {{src}}/zstd@{ZSTD.layers[0].digest}", {"bytes -": short(ZSTD.layers[0].data)}),
    Row(f"blob {{src}}/oci@sha256:{'0' * 64}", fails=True),
    Row("blob {src}/oci:latest", fails=True),
)

LISTS = (
    Row(
        "ls {dst}",
        {"stdout": "latest\nsha256-abc.sig\nv1.9\nv1.10\n"},
        given=(tagged(OCI, "v1.9", "v1.10", "sha256-abc.sig", "latest"),),
    ),
    Row("ls -O {dst}", {"stdout": "latest\nv1\n"}, given=(tagged(OCI, "v1", "sha256-abc.sig", "latest"),)),
    Row(
        "ls --omit-digest-tags --full-ref {dst}",
        {"stdout": "DST:v1\n"},
        given=(tagged(OCI, "v1", "sha256-abc.sig"),),
    ),
    Row("ls {dst} --full-ref", {"stdout": "DST:latest\nDST:v1\n"}, given=(tagged(OCI, "v1", "latest"),)),
    Row("ls {src}/gone", fails=True),
    Row("catalog {small}", {"stdout": "a\nb/c\n"}),
    Row("catalog --full-ref {small}", {"stdout": "SMALL/a\nSMALL/b/c\n"}),
    Row("catalog {nobody}", fails=True),
    Row("index list {src}/multi", {"stdout": table((OCI, "linux/amd64"), (ARM, "linux/arm64/v8"))}),
    Row(
        "index list {src}/noted",
        {"stdout": table((OCI, "linux/amd64"), (pictures.WINDOWS, "windows/amd64:10.0.1"), (ARTIFACT, "-"))},
    ),
    Row("index list ./layout", {"stdout": table((OCI, "linux/amd64"), (ARM, "linux/arm64/v8"))}),
    Row("index list {src}/oci", fails=True),
    Row("index list ./gone", fails=True),
)


def refused(name, crane=()):
    """An image in which both find something wrong, each in its own words."""
    return Row(f"validate --remote {{src}}/{name}", {f"holds FAIL: SRC/{name}: ": True}, fails=True)


def only_here(words, name, why):
    """What crane takes for wrong and is right."""
    crane = {"fails": True, "stdout": None, f"holds FAIL: {name}: ": True}
    return Row(f"validate {words}", {"stdout": f"PASS: {name}\n"}, crane=crane, why=why)


NO_GZIP = "crane takes every layer for gzip"
VALIDATIONS = (
    Row("validate --remote {src}/gzipped", {"stdout": "PASS: SRC/gzipped\n"}),
    Row("validate --remote {src}/gzipped-docker", {"stdout": "PASS: SRC/gzipped-docker\n"}),
    Row("validate --remote {src}/attested", {"stdout": "PASS: SRC/attested\n"}),
    Row("validate --fast --remote {src}/multi", {"stdout": "PASS: SRC/multi\n"}),
    Row("validate --remote {src}/attested --platform linux/arm64", {"stdout": "PASS: SRC/attested\n"}),
    Row("validate --tarball new.tar", {"stdout": "PASS: new.tar\n"}),
    Row("validate --tarball old.tar --fast", {"stdout": "PASS: old.tar\n"}),
    Row(
        "validate --tarball new.tar --remote {src}/gzipped-docker",
        {"stdout": "PASS: new.tar\nPASS: SRC/gzipped-docker\n"},
    ),
    only_here("--remote {src}/oci", "SRC/oci", NO_GZIP),
    only_here("--remote {src}/old", "SRC/old", NO_GZIP),
    only_here("--remote {src}/zstd", "SRC/zstd", NO_GZIP),
    only_here("--remote {src}/artifact", "SRC/artifact", "crane takes every config for an image's"),
    Row(
        "validate --tarball several.tar",
        {"stdout": "PASS: several.tar\n"},
        crane={"fails": True, "stdout": ""},
        why="crane reads tarballs with one image",
    ),
    refused("corrupt"),
    refused("truncated"),
    refused("cut-short"),
    refused("wrong-diff-id"),
    refused("wrong-size"),
    Row(
        "validate --remote {src}/climber",
        {"holds FAIL: SRC/climber: ": True},
        fails=True,
        crane={"fails": False, "holds FAIL: SRC/climber: ": False},
        why="names in layers are looked at too",
    ),
    Row("validate --fast --remote {src}/corrupt", {"stdout": "PASS: SRC/corrupt\n"}),
    Row(
        "validate --tarball cut.tar",
        fails=True,
        seen={"holds FAIL: cut.tar: ": True},
        crane={"holds FAIL: cut.tar: ": False},
        why="crane says it on standard error",
    ),
    Row(
        "validate --tarball junk",
        fails=True,
        seen={"holds FAIL: junk: ": True},
        crane={"holds FAIL: junk: ": False},
        why="crane says it on standard error",
    ),
    Row("validate --remote {src}/gone", fails=True),
    Row("validate", fails=True, crane={"fails": False}, why="to validate nothing is a mistake"),
    Row("validate {src}/oci", fails=True),
)

PIECES = "a failed run leaves nothing half-written"
BA = ["b: b", "a: a"]
EXPORTS = (
    Row("export {src}/oci", {"tar -": BA}),
    Row("export {src}/oci -", {"tar -": BA}),
    Row("export {src}/old files.tar", {"stdout": "", "tar files.tar": BA}),
    Row("export {src}/gzipped", {"tar -": ["etc/kept: 4", "etc/new: 3", "etc/", "run -> etc/kept"]}),
    Row("export {src}/gzipped-docker", {"tar -": ["c: c", *BA]}),
    Row("export {src}/zstd", {"tar -": ["c: c", *BA]}),
    Row("export {src}/multi --platform linux/arm64", {"tar -": BA}),
    Row("export {src}/multi", {"tar -": BA}),
    Row("export {src}/list", {"tar -": BA}),
    Row("export - x.tar", {"tar x.tar": BA}, stdin=saved(OLD)),
    Row("export {src}/opaque", {"tar -": ["d/z: z", "d/"]}),
    Row(
        "export {src}/linked",
        {"tar -": ["one: changed", "two: 1", "three = two"]},
        crane={"tar -": ["one: changed", "two = one", "three = one"]},
        why="a hard link holds what its file held in its layer",
    ),
    Row(
        "export {src}/in-layer",
        {"tar -": ["f: new"]},
        crane={"tar -": []},
        why="a whiteout is about the layers below",
    ),
    Row(
        "export {src}/twice",
        {"tar -": ["f: first", "f: last"]},
        crane={"tar -": ["f: first"]},
        why="of a file that is there twice the last counts, as when it is unpacked",
    ),
    Row(
        "export {src}/climbing",
        {"tar -": ["f: 1", "up -> ../../etc", "g: 2"]},
        crane={"tar -": ["f: 1", "g: 2"]},
        why="a container sees the link",
    ),
    Row("export {src}/artifact", {"stdout": "?"}),
    Row(
        "export {src}/squeezed",
        {"bytes -": short(pictures.SQUEEZED.layers[0].data)},
        crane={"bytes -": short(b"text")},
        why="the blob of an artifact stays as it is",
    ),
    Row(
        "export {src}/two-blobs",
        fails=True,
        crane={"stdout": "\0" * 1024},
        why="crane writes the end of a tar before it fails",
    ),
    *(
        Row(
            f"export {{src}}/{name} x.tar",
            {"there-is x.tar": False},
            fails=True,
            crane={"there-is x.tar": True},
            why=PIECES,
        )
        for name in ("corrupt", "truncated", "cut-short", "climber")
    ),
    Row("export {src}/gone x.tar", {"there-is x.tar": False}, fails=True),
    Row("export - x.tar", {"there-is x.tar": False}, fails=True, stdin=b"junk"),
)

PROGRAM = (
    Row(
        "version",
        {"stdout": f"{pycrane.__version__}\n"},
        crane={"stdout": None, "holds \n": True},
        why="each tells its own",
    ),
    *(
        Row(f"completion {shell}{words}", {"holds complet": True, "holds crane": True})
        for shell in ("bash", "zsh", "fish", "powershell")
        for words in ("", " --no-descriptions")
    ),
    Row(
        "completion tcsh",
        fails=True,
        crane={"fails": False, "stdout": None, "holds powershell": True},
        why="crane shows its help and takes that for success",
    ),
    Row("nonsense", fails=True),
    Row("manifest {src}/oci --nonsense", fails=True),
    Row("help manifest", {"holds manifest": True}),
    Row("manifest -h", {"holds manifest": True}),
    Row("manifest --help", {"holds manifest": True}),
)

ROWS = (*MANIFESTS, *CONFIGS, *DIGESTS, *BLOBS, *LISTS, *VALIDATIONS, *EXPORTS, *PROGRAM)
