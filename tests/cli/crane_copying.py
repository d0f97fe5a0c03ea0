"""Rows that move images: copy, tag, delete, pull, push, layout gc."""

from __future__ import annotations

import json

from cli import crane_images as pictures
from cli.crane_images import ARM, ARTIFACT, ATTESTED, GZIPPED_DOCKER, LIST, MULTI, NESTED, OCI, OLD, ZSTD
from cli.crane_row import Row, short
from cli.crane_world import tagged
from peers.images import encode, every_blob, every_manifest


def arrives(line, root, name="{dst}:v1", **more):
    """A row that prints nothing and leaves a manifest in the registry as it was."""
    return Row(line, {"stdout": "", f"digest {name}": short(root.data)}, **more)


V1 = (tagged(OLD, "v1"),)
SEVERAL = (tagged(OCI, "v1", "v2", below="/from"), tagged(ATTESTED, "v3", below="/from"))
COPIES = (
    arrives("copy {src}/oci {dst}:v1", OCI),
    arrives("cp {src}/old {dst}", OLD, "{dst}:latest"),
    arrives("cp {src}/zstd {dst}:v1", ZSTD),
    arrives("cp {src}/artifact {dst}:v1", ARTIFACT),
    arrives("cp {src}/two-blobs {dst}:v1", pictures.TWO_BLOBS),
    arrives("cp {src}/unknown {dst}:v1", pictures.UNKNOWN),
    arrives("cp {src}/multi {dst}:v1", MULTI),
    arrives("cp {src}/list {dst}:v1", LIST),
    arrives("cp {src}/nested {dst}:v1", NESTED),
    arrives("cp {src}/attested {dst}:v1", ATTESTED),
    arrives("cp {src}/noted {dst}:v1 -j 2", pictures.NOTED_INDEX),
    arrives("cp {src}/multi {dst}:v1 --jobs 1", MULTI),
    arrives("cp {src}/multi {dst}:v1 --platform linux/arm64", ARM),
    arrives(f"cp {{src}}/oci@{OCI.digest} {{dst}}:v1", OCI),
    arrives(f"cp {{src}}/oci {{dst}}@{OCI.digest}", OCI, f"{{dst}}@{OCI.digest}"),
    arrives("cp --no-clobber {src}/oci {dst}:v1", OCI),
    arrives("cp {src}/oci {dst}:v1", OCI, given=V1),
    Row(
        "cp -n {src}/oci {dst}:v1",
        {"tags {dst}": ["v1"], "digest {dst}:v1": short(OLD.data)},
        fails=True,
        given=V1,
    ),
    Row(
        "cp -a {dst}/from {dst}",
        {"tags {dst}": ["v1", "v2", "v3"], "digest {dst}:v3": short(ATTESTED.data)},
        given=SEVERAL,
    ),
    Row(
        "copy --all-tags --no-clobber {dst}/from {dst}",
        {"tags {dst}": ["v1", "v2", "v3"], "digest {dst}:v1": short(OLD.data)},
        given=(*SEVERAL, *V1),
    ),
    Row(
        "cp -a --platform linux/arm64 {dst}/from {dst}",
        {"tags {dst}": ["v3"], "digest {dst}:v3": short(ARM.data)},
        crane={"digest {dst}:v3": short(MULTI.data)},
        why="a platform counts for all tags too",
        given=(tagged(MULTI, "v3", below="/from"),),
    ),
    Row(
        "cp {src}/foreign {dst}:v1",
        {"digest {dst}:v1": short(pictures.FOREIGN.data), "blob {dst} 0": False, "blob {dst} 1": True},
    ),
    Row(
        "cp {src}/foreign {dst}:v1 --allow-nondistributable-artifacts",
        {"digest {dst}:v1": short(pictures.FOREIGN.data), "blob {dst} 0": True, "blob {dst} 1": True},
    ),
    Row(
        f"cp {{src}}/oci {{dst}}@{OLD.digest}",
        fails=True,
    ),
    Row("cp {src}/gone {dst}", fails=True),
    Row("cp {src}/multi {dst} --platform plan9/mips", fails=True),
    Row("cp {src}/oci", fails=True),
    Row("cp -a {src}/gone {dst}", fails=True),
)

TAGS = (
    Row(
        "tag {dst}:v1 v2",
        {"stdout": "", "tags {dst}": ["v1", "v2"], "digest {dst}:v2": short(OLD.data)},
        given=V1,
    ),
    Row(
        f"tag {{dst}}@{MULTI.digest} latest",
        {"stdout": "", "digest {dst}:latest": short(MULTI.data)},
        given=(tagged(MULTI),),
    ),
    Row(
        "tag {dst}:v1 v2",
        {"stdout": "", "digest {dst}:v2": short(OLD.data)},
        given=(*V1, tagged(OCI, "v2")),
    ),
    Row("tag {dst}:gone v2", {"tags {dst}": ["v1"]}, fails=True, given=V1),
    Row("tag {dst}:v1 .not/a-tag", {"tags {dst}": ["v1"]}, fails=True, given=V1),
    Row("tag {dst}:v1", {"tags {dst}": ["v1"]}, fails=True, given=V1),
)

DELETIONS = (
    Row(
        f"delete {{dst}}@{OLD.digest}",
        {"stdout": "", "tags {dst}": [], f"there {{dst}}@{OLD.digest}": False},
        given=V1,
    ),
    Row("delete {dst}:v1", {"tags {dst}": ["v1"], "there {dst}:v1": True}, fails=True, given=V1),
    Row(f"delete {{dst}}@{OCI.digest}", {"tags {dst}": ["v1"]}, fails=True, given=V1),
    Row("delete", fails=True),
)

SUFFIXES = {"zstd": ".tar.zst", ".tar": ".tar"}


def hex_of(part):
    return part.digest.removeprefix("sha256:")


def files_of(image):
    return [f"{hex_of(one)}{SUFFIXES.get(one.media_type[-4:], '.tar.gz')}" for one in image.layers]


def listed(*images, **more):
    """The manifest.json of a pulled tarball."""
    entries = [
        {"Config": image.config.digest, "RepoTags": [name], "Layers": files_of(image), **more}
        for image, name in images
    ]
    return encode(entries).decode()


def tarball(image, name, **more):
    """What is in a pulled tarball."""
    return [
        f"{image.config.digest}: {short(image.config.data)}",
        *(f"{file}: {short(one.data)}" for file, one in zip(files_of(image), image.layers, strict=True)),
        f"manifest.json: {short(listed((image, name), **more).encode())}",
    ]


def layout(*roots, index):
    """The files of a pulled layout, of which `index` is how the digest of index.json begins."""
    below = [one for root in roots for one in (*every_blob(root).values(), *every_manifest(root))]
    blobs = {f"blobs/sha256/{hex_of(one)}": short(one.data) for one in below}
    return {**blobs, "index.json": index, "oci-layout": "b66dbb27a73334db6ac9"}


def blobs(*roots):
    below = [one for root in roots for one in (*every_blob(root).values(), *every_manifest(root))]
    return sorted({hex_of(one)[:12] for one in below})


OUR_MARK = {"oci-layout": short(b'{"imageLayoutVersion":"1.0.0"}')}
"""A layout that is there keeps its own file of this name."""


def cached(*parts):
    return {one.digest: short(one.data) for one in parts}


GZIPPED_TARBALL = tarball(GZIPPED_DOCKER, "SRC/gzipped-docker:latest")
FOREIGN_SOURCE = {
    "LayerSources": {
        pictures.FOREIGN_LAYER.diff_id: {
            **pictures.FOREIGN_LAYER.descriptor,
            "urls": ["https://nowhere.invalid/a"],
        }
    }
}
LEGACY_ID = "397b3e3ae8d12c838abab7411e7fa1064ec881fa853d662c7f807ec037c0e69a"
PULLS = (
    Row("pull {src}/oci x.tar", {"stdout": "", "tar x.tar": tarball(OCI, "SRC/oci:latest")}),
    Row("pull {src}/gzipped-docker:latest x.tar", {"tar x.tar": GZIPPED_TARBALL}),
    Row("pull {src}/zstd x.tar", {"tar x.tar": tarball(ZSTD, "SRC/zstd:latest")}),
    Row("pull {src}/multi x.tar", {"tar x.tar": tarball(OCI, "SRC/multi:latest")}),
    Row("pull {src}/multi x.tar --platform linux/arm64", {"tar x.tar": tarball(ARM, "SRC/multi:latest")}),
    Row(
        f"pull {{src}}/oci@{OCI.digest} --format tarball x.tar",
        {"tar x.tar": tarball(OCI, "SRC/oci:i-was-a-digest")},
    ),
    Row(
        "pull {src}/foreign x.tar",
        {"tar x.tar": tarball(pictures.FOREIGN, "SRC/foreign:latest", **FOREIGN_SOURCE)},
    ),
    Row("pull --format legacy {src}/old:latest x.tar", {"sum x.tar": "643bbcaf918c23abdffd"}),
    Row("pull --format=legacy {src}/gzipped:latest x.tar", {"sum x.tar": "603f2282905818e46029"}),
    Row(
        "pull --format legacy {src}/old x.tar",
        {"text-in x.tar repositories": f'{{"SRC/old":{{"latest":"{LEGACY_ID}"}}}}'},
        crane={"text-in x.tar repositories": f'{{"SRC/old":{{"":"{LEGACY_ID}"}}}}'},
        why="a tag that is not typed is latest",
    ),
    Row("pull --format oci {src}/oci out", {"files out": layout(OCI, index="3afcbac706c3649b7c29")}),
    Row("pull --format oci {src}/multi out", {"files out": layout(MULTI, index="ba951a84aa6e4345a13b")}),
    Row(
        "pull --format oci --platform linux/arm64 {src}/multi out",
        {"files out": layout(ARM, index="303671e0d8c85f29134c")},
    ),
    Row(
        "pull --format oci --annotate-ref {src}/oci out",
        {"files out": layout(OCI, index="a215f373fffb1c538305")},
    ),
    Row(
        "pull --format oci --annotate-ref {src}/artifact {src}/old out",
        {"files out": layout(ARTIFACT, OLD, index="a7bc0909651354628211"), "blobs out": blobs(ARTIFACT, OLD)},
        crane={"files out": None},
        why="crane lists several images in any order",
    ),
    Row(
        "pull --format oci {src}/arm single",
        {"files single": layout(OCI, ARM, index="ea4b664daf5ce3c091f3") | OUR_MARK},
    ),
    Row(
        "pull -c kept {src}/gzipped-docker x.tar",
        {"files kept": cached(GZIPPED_DOCKER.config, *GZIPPED_DOCKER.layers), "tar x.tar": GZIPPED_TARBALL},
        crane={"files kept": cached(*GZIPPED_DOCKER.layers)},
        why="configurations are kept as well",
    ),
    Row(
        "pull --cache_path kept --format oci {src}/oci out",
        {
            "files kept": cached(OCI.config, *OCI.layers),
            "files out": layout(OCI, index="3afcbac706c3649b7c29"),
        },
        crane={"files kept": cached(*OCI.layers), "files out": layout(OCI, index="54dee612988f52e3015b")},
        why="configurations are kept as well, and the index does not lose the annotations of images",
    ),
    Row(
        "pull {src}/oci {src}/old x.tar",
        {"text-in x.tar manifest.json": listed((OCI, "SRC/oci:latest"), (OLD, "SRC/old:latest"))},
    ),
    Row(
        "pull {src}/artifact x.tar",
        {"text-in x.tar manifest.json": listed((ARTIFACT, "SRC/artifact:latest"))},
    ),
    *(
        Row(
            f"pull {words}",
            {f"there-is {path}": False},
            fails=True,
            crane={f"there-is {path}": True},
            why="a failed run leaves nothing half-written",
        )
        for words, path in (
            ("--format legacy {src}/truncated x.tar", "x.tar"),
            ("{src}/wrong-size x.tar", "x.tar"),
            ("--format oci {src}/wrong-size out", "out"),
        )
    ),
    Row("pull {src}/gone x.tar", {"there-is x.tar": False}, fails=True),
    Row("pull {src}/oci gone/x.tar", fails=True),
    Row("pull --format other {src}/oci x.tar", {"there-is x.tar": False}, fails=True),
    Row("pull {src}/oci", fails=True),
)

PUSHES = (
    Row("push new.tar {dst}:v1", {"digest": "0c2fe87ddb9a1e422fe1"}),
    Row(
        "push old.tar {dst}",
        {"config {dst}:latest": json.loads(OLD.config.data), "layers {dst}:latest": [["a: a"], ["b: b"]]},
    ),
    Row("push single {dst}:v1", {"digest": short(OCI.data)}),
    Row("push whole {dst}:v1", {"digest": short(MULTI.data)}),
    Row("push --index layout {dst}:v1", {"digest": short(MULTI.data)}),
    Row("push --index whole {dst}:v1", {"digest": "5517f8c6687d23da0e67"}),
    Row(
        "push single {dst}:v1 --image-refs refs",
        {"digest": short(OCI.data), "text refs": f"DST@{OCI.digest}"},
    ),
    Row("push layout {dst}", fails=True),
    Row("push several.tar {dst}", fails=True),
    Row("push junk {dst}", fails=True),
    Row("push cut.tar {dst}", fails=True),
    Row("push gapped {dst}", fails=True),
    Row("push gone {dst}", fails=True),
    Row("push single", fails=True),
)

LAYOUTS = (
    Row("layout gc littered", {"stdout": "", "blobs littered": blobs(OCI), "says " + hex_of(ARM): True}),
    Row("layout gc layout", {"stdout": "", "blobs layout": blobs(OCI, ARM)}),
    Row("layout gc gone", fails=True),
)

ROWS = (*COPIES, *TAGS, *DELETIONS, *PULLS, *PUSHES, *LAYOUTS)
