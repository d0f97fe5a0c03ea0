"""Rows that put images and indexes together anew: rebase, flatten, index append, index filter."""

from __future__ import annotations

from cli import crane_images as pictures
from cli.crane_copying import OUR_MARK, layout
from cli.crane_expected import DOCKER_FLAT, INDEX_OF_TWO, OCI_TYPES, THREE, TWO, config, gives
from cli.crane_images import ARM, MULTI, OCI, OLD
from cli.crane_row import LOST, Row, short
from cli.crane_world import tagged
from peers import images
from peers.images import encode

BASES = "--old_base {src}/base1 --new_base {src}/base2"
OCI_BASES = "--old_base {src}/oci-base1 --new_base {src}/oci-base2"
BASED = {
    "org.opencontainers.image.base.digest": pictures.OCI_BASE2.digest,
    "org.opencontainers.image.base.name": "SRC/oci-base2",
}
ON_BASE2 = {
    "rootfs": {"type": "layers", "diff_ids": [TWO.diff_id, THREE.diff_id]},
    "history": config(pictures.OCI_BUILT)["history"],
}
REBASES = (
    gives(f"rebase {{src}}/built {BASES} -t {{dst}}", "4947022e15fe4532137b"),
    gives(f"rebase {{dst}}:v1 {BASES}", "4947022e15fe4532137b", given=(tagged(pictures.BUILT, "v1"),)),
    gives("rebase {src}/annotated --tag {dst}", "ea8b5c90b3dd2e7a5068"),
    Row(
        f"rebase {{src}}/oci-built {OCI_BASES} -t {{dst}}:v1",
        {
            "types {dst}:v1": [*OCI_TYPES, images.OCI_LAYER, images.OCI_LAYER],
            "config {dst}:v1": config(pictures.OCI_BUILT) | ON_BASE2,
            "field annotations {dst}:v1": {**pictures.NOTED["annotations"], **BASED},
        },
        crane={
            "types {dst}:v1": [
                images.DOCKER_MANIFEST,
                images.DOCKER_CONFIG,
                images.OCI_LAYER,
                images.OCI_LAYER,
            ],
            "config {dst}:v1": config(pictures.OCI_BUILT) | ON_BASE2 | {"created": "0001-01-01T00:00:00Z"},
            "field annotations {dst}:v1": BASED,
        },
        why="crane makes OCI Docker, and loses annotations and the time of creation",
    ),
    Row(
        f"rebase --original {{src}}/built --rebased {{dst}} {BASES}",
        {"digest": "4947022e15fe4532137b"},
        crane={"fails": True, "stdout": "", "tags {dst}": [], "digest": None},
        why="crane's own old options do not work",
    ),
    Row(
        "rebase {src}/multi --old_base {src}/multi-base --new_base {src}/multi-base -t {dst}:v1",
        {"types {dst}:v1": INDEX_OF_TWO},
        crane={"fails": True, "stdout": "", "tags {dst}": [], "types {dst}:v1": None},
        why="every image of an index gets its base",
    ),
    Row(f"rebase {{src}}/multi {BASES} -t {{dst}}", fails=True),
    Row("rebase {src}/built --old_base {src}/base2 --new_base {src}/base1 -t {dst}", fails=True),
    Row("rebase {src}/built --old_base {src}/gone --new_base {src}/base2 -t {dst}", fails=True),
    Row("rebase {src}/built -t {dst}", fails=True),
    Row("rebase", fails=True),
)


def flattened(image):
    """The configuration of an image of one layer, less what tells of this layer."""
    history = {
        "created": "now",
        "created_by": f"crane flatten {image.digest}",
        "comment": encode(config(image)["history"]).decode(),
    }
    told = {key: value for key, value in config(image).items() if key != "rootfs"}
    return {**told, "created": "now", "history": [history]}


FLAT = [*OCI_TYPES, f"{images.OCI_LAYER}+gzip"]
MIXED = {"types {dst}:v1": [images.OCI_MANIFEST, *DOCKER_FLAT[1:]]}
KEEPS_TYPES = "crane makes configuration and layer Docker's"
FLATTENINGS = (
    Row(
        "flatten {src}/gzipped-docker -t {dst}:v1",
        {
            "types {dst}:v1": DOCKER_FLAT,
            "config-but rootfs {dst}:v1": flattened(pictures.GZIPPED_DOCKER),
            "layers {dst}:v1": [["c: c", "b: b", "a: a"]],
        },
    ),
    Row(
        "flatten {src}/gzipped --tag {dst}:v1",
        {
            "types {dst}:v1": FLAT,
            "layers {dst}:v1": [["etc/kept: 4", "etc/new: 3", "etc/", "run -> etc/kept"]],
        },
        crane=MIXED,
        why=KEEPS_TYPES,
    ),
    Row(
        "flatten {src}/zstd -t {dst}:v1",
        {"types {dst}:v1": FLAT, "layers {dst}:v1": [["c: c", "b: b", "a: a"]]},
        crane=MIXED,
        why=KEEPS_TYPES,
    ),
    Row(
        "flatten {dst}:v1",
        {"tags {dst}": ["v1"], "layers {dst}:v1": [["b: b", "a: a"]]},
        given=(tagged(OLD, "v1"),),
    ),
    Row(
        f"flatten {{dst}}@{OLD.digest}",
        {"holds DST@sha256:": True, "tags {dst}": ["v1"], "digest {dst}:v1": short(OLD.data)},
        given=(tagged(OLD, "v1"),),
    ),
    Row(
        f"flatten {{dst}}@{OLD.digest} -t {{dst}}:v2",
        {"tags {dst}": ["v1", "v2"]},
        given=(tagged(OLD, "v1"),),
        crane={"tags {dst}": ["v1"]},
        why="--tag counts for what is named by digest too",
    ),
    Row(
        "flatten {src}/noted-images -t {dst}:v1",
        {"types {dst}:v1": INDEX_OF_TWO, "field annotations {dst}:v1": pictures.NOTED["annotations"]},
    ),
    Row("flatten {src}/attested -t {dst}:v1", {"types {dst}:v1": INDEX_OF_TWO}),
    Row(
        "flatten {src}/multi --platform linux/arm64 -t {dst}:v1",
        {"types {dst}:v1": FLAT},
        crane={"types {dst}:v1": INDEX_OF_TWO},
        why="a platform of an index may be chosen",
    ),
    Row("flatten {src}/corrupt -t {dst}", fails=True),
    Row("flatten {src}/truncated -t {dst}", fails=True),
    Row("flatten {src}/cut-short -t {dst}", fails=True),
    Row("flatten {src}/artifact -t {dst}", fails=True),
    Row("flatten {src}/gone -t {dst}", fails=True),
)

NOTHING_LEFT = {"fails": False, "stdout": None, "digest {dst}:v1": "529c6ab77d3c1159e256"}
EMPTIED = "crane pushes an index of nothing"
INDEXES = (
    gives("index append -m {src}/oci -m {src}/arm,{src}/old -t {dst}", "9904125085272486ebc2"),
    gives("index append --manifest {src}/oci --tag {dst}", "9d9edec48558ef9b7f3d"),
    gives("index append -m {src}/multi -t {dst}", "7720011a849e12a24547"),
    gives("index append -m {src}/multi --flatten -t {dst}", "7720011a849e12a24547"),
    gives("index append -m {src}/multi --flatten=false -t {dst}", "5517f8c6687d23da0e67"),
    gives("index append -m {src}/nested --docker-empty-base -t {dst}", "27cf7bf5d3b0201529df"),
    gives("index append {src}/multi -m {src}/windows -t {dst}", "f4f9a000f14377532629"),
    gives("index append {src}/noted {src}/arm -t {dst}", "52aa856dbabc5e747ed8"),
    gives("index append -m {src}/artifact -t {dst}", "75f1d0d03344d84b1a28"),
    gives("index append -m {src}/noted -t {dst}", "4739c5cd2aeecfa279c6"),
    gives("index append -m ./layout -t {dst}", "7720011a849e12a24547"),
    gives("index append {dst}:v1 -m {src}/old", "8a7fa6b3f61ce090f3c3", given=(tagged(MULTI, "v1"),)),
    Row(
        "index append ./single -m {src}/arm",
        {"stdout": "", "files single": layout(OCI, ARM, index="7238030c2a259e786351") | OUR_MARK},
    ),
    Row(
        "index append ./fresh -m {src}/arm",
        {"stdout": "", "files fresh": layout(ARM, index="303671e0d8c85f29134c")},
    ),
    Row(
        "index append {src}/multi -m {src}/oci -t {dst}:v1",
        {"types {dst}:v1": INDEX_OF_TWO},
        crane={"types {dst}:v1": [*INDEX_OF_TWO, images.OCI_MANIFEST]},
        why="what is listed is not listed again",
    ),
    Row("index append {src}/oci -m {src}/arm -t {dst}", fails=True),
    Row("index append -m {src}/gone -t {dst}", fails=True),
    Row("index append -m {src}/oci", fails=True),
    gives("index filter {src}/noted --platform linux -t {dst}", "47d30c6ebbb59f399d3b"),
    gives("index filter {src}/multi --platform linux/arm64 --tag {dst}", "cafd0eba9af404dc7942"),
    gives(
        "index filter {src}/noted --platform windows --platform linux/amd64 -t {dst}", "57d1ad885ce1b67567ac"
    ),
    gives("index filter {src}/noted --platform windows/amd64:10.0.1 -t {dst}", "abeb3322407f567f071d"),
    gives(
        "index filter {dst}:v1 --platform linux/arm64", "cafd0eba9af404dc7942", given=(tagged(MULTI, "v1"),)
    ),
    *(
        Row(
            f"index filter {{dst}}:v1{words}",
            {"tags {dst}": ["v1"], "digest {dst}:v1": short(MULTI.data)},
            fails=True,
            crane=NOTHING_LEFT,
            why=EMPTIED,
            given=(tagged(MULTI, "v1"),),
        )
        for words in ("", " --platform plan9")
    ),
    Row(
        "index filter {src}/multi --platform plan9 --allow-empty -t {dst}:v1",
        {"field manifests {dst}:v1": []},
        crane_line="index filter {src}/multi --platform plan9 -t {dst}:v1",
        crane={"field manifests {dst}:v1": LOST},
        why="the list of manifests is empty, where crane has null",
    ),
    Row(
        "index filter {src}/multi --platform linux/arm64,linux/amd64 -t {dst}:v1",
        {"digest {dst}:v1": short(MULTI.data)},
        crane={"digest {dst}:v1": "529c6ab77d3c1159e256"},
        why="crane announces lists and does not read them",
    ),
    Row("index filter {src}/oci --platform linux -t {dst}", fails=True),
    Row("index filter {src}/gone --platform linux -t {dst}", fails=True),
)

ROWS = (*REBASES, *FLATTENINGS, *INDEXES)
