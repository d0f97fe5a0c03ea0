"""Rows that change images: append, mutate, edit."""

from __future__ import annotations

import json

from cli import crane_images as pictures
from cli.crane_expected import (
    DOCKER_FLAT,
    INDEX_OF_TWO,
    LOSES,
    NEW_LAYER,
    OCI_TYPES,
    ONE,
    ONE_OF_TWO,
    as_set,
    config,
    gives,
    known,
    with_layer,
)
from cli.crane_images import ARM, MULTI, OCI, OLD, UNKNOWN
from cli.crane_row import LOST, Row, short
from cli.crane_world import tagged
from peers import images

APPENDS = (
    gives("append -f one.tar.gz -f two.tar.gz -t {dst}", "88b876dc8559dd42cbc1"),
    gives("append --new_layer one.tar.gz,two.tar.gz --new_tag {dst}:v1", "88b876dc8559dd42cbc1"),
    gives("append --oci-empty-base -f one.tar.gz -t {dst}", "8a82c9c7d2cc181e9d83"),
    gives("append -b {src}/gzipped-docker -f one.tar.gz -t {dst}", "fe8a5638be12268c1b84"),
    gives("append --base {src}/oci -f one.tar.gz -t {dst}", "05ccc97a1cb000e64964"),
    gives("append -b {src}/multi --platform linux/arm64 -f one.tar.gz -t {dst}", "5faf942f8d362f2814ba"),
    gives("append -b {src}/oci --set-base-image-annotations -f one.tar.gz -t {dst}", "03b966b07e465ae817e3"),
    gives("append -b {src}/artifact -f one.tar.gz -t {dst}", "a5fb5932dac7b69b71b3"),
    gives("append -b {src}/zstd -f one.tar.gz -t {dst}", "eeedc5bb296779d08eaf"),
    gives("append -b {src}/oci -f one.tar.zst -t {dst}", "35840436ab06cef229fe"),
    Row("append -b {src}/oci -f one.tar -t {dst}:v1", NEW_LAYER),
    Row("append -b {src}/oci -f - -t {dst}:v1", NEW_LAYER, stdin=ONE.content),
    Row(
        "append -b {src}/oci -f - -t {dst}:v1",
        {"digest": "05ccc97a1cb000e64964"},
        crane={"digest": None},
        why="what comes compressed is not compressed once more",
        stdin=pictures.stored_gzip(ONE.content),
    ),
    Row(
        "append -f one.tar.gz -t example.com/app -o x.tar",
        {"stdout": "", "sum x.tar": "aef633e2287c7edeb759"},
    ),
    Row(
        "append -b {src}/old -f two.tar.gz -t example.com/app:v1 --output x.tar",
        {"sum x.tar": "a114bb4ab7753f51c5be"},
    ),
    Row(
        "append -b {src}/windows -f one.tar -t {dst}:v1",
        {"layers {dst}:v1": [["c: c"], ["Files/", "Hives/", "Files/a: a"]]},
    ),
    Row(
        "append -b {src}/multi -f one.tar.gz -t {dst}:v1",
        {"types {dst}:v1": INDEX_OF_TWO},
        crane={"types {dst}:v1": NEW_LAYER["types {dst}:v1"]},
        why=ONE_OF_TWO,
    ),
    Row(
        "append -b {src}/unknown -f one.tar.gz -t {dst}:v1",
        {"config {dst}:v1": with_layer(UNKNOWN, ONE), "field x-field {dst}:v1": 3},
        crane={"config {dst}:v1": known(with_layer(UNKNOWN, ONE)), "field x-field {dst}:v1": LOST},
        why=LOSES,
    ),
    Row(
        "append -f junk -t {dst}",
        fails=True,
        crane={"fails": False, "stdout": None, "tags {dst}": ["latest"]},
        why="what is no tarball is no layer",
    ),
    Row("append -b {src}/oci --oci-empty-base -f one.tar.gz -t {dst}", fails=True),
    Row("append -f gone.tar -t {dst}", fails=True),
    Row("append -b {src}/gone -f one.tar.gz -t {dst}", fails=True),
    Row("append -f one.tar.gz", fails=True),
    Row("append -t {dst}", fails=True),
)

MUTATIONS = (
    gives("mutate {src}/oci -l a=3,n=4 -t {dst}", "01df811f5afc46ea7d39"),
    gives("mutate {src}/oci -l 'a=<x>' --label n=4 -t {dst}", "9be08c985dbb72391524"),
    gives("mutate {src}/oci -a b=3 -a z=4,new=5 -t {dst}", "f21fe06abd145e634654"),
    gives("mutate {src}/oci -e X=2 -e NEW=a,b -e PATH=/x -t {dst}", "752ed7cf815eed5eb196"),
    gives("mutate {src}/old --entrypoint /bin/sh,-c -t {dst}", "16a3f9f95b578a4f7f39"),
    gives("mutate {src}/old --entrypoint x --cmd y --cmd z -t {dst}", "124691947ed78d593c20"),
    gives("mutate {src}/oci --cmd 'a b,c' -u root -w / -t {dst}", "6ca78219fd178ac58b00"),
    gives("mutate {src}/oci --user me:us --workdir /home --env A=1 --tag {dst}", "ffe307e6e2741bf4e7c0"),
    gives("mutate {src}/oci --annotation a=1 --annotation b=2 --tag {dst}", "75708686b2e5fd3c2867"),
    gives(
        "mutate {src}/old --exposed-ports 443/tcp,80 --exposed-ports 1/udp -t {dst}", "c6285da301bc83b94b59"
    ),
    gives("mutate {src}/old --set-platform linux/arm64/v8 -t {dst}", "3364f8137c305c1a2618"),
    gives(
        "mutate {src}/windows --set-platform windows/amd64:10.0.2 -e new=1 -t {dst}", "e355f2d12a52e4315355"
    ),
    gives("mutate {src}/multi --platform linux/arm64 -l a=b -t {dst}", "536d8ee85a044b1a9276"),
    gives("mutate {src}/artifact -a a=b -t {dst}", "9dcfbd79572c282cd747"),
    gives("mutate {src}/corrupt -l a=b -t {dst}", "170dce0cbd489edb8937"),
    gives("mutate {src}/gzipped --append one.tar.zst -t {dst}", "ea0f8803cc9108e4d0d7"),
    gives("mutate {src}/zstd -e A=1 -t {dst}", "ac5700ac674844ebe08d"),
    gives("mutate {src}/old --repo {dst}/sub -l a=b", "cb5fab53ecf5fb4e119c"),
    gives("mutate {src}/oci --append one.tar.gz,two.tar.gz -t {dst}", "b40b3c4a2f9d28c17b96"),
    gives("mutate {src}/gzipped-docker --append one.tar.gz -l a=b -t {dst}", "1cbaa13edcf468f27890"),
    gives("mutate {dst}:v1 -l a=b", "cb5fab53ecf5fb4e119c", given=(tagged(OLD, "v1"),)),
    gives(f"mutate {{dst}}@{OLD.digest} -l a=b", "cb5fab53ecf5fb4e119c", given=(tagged(OLD, "v1"),)),
    Row(
        "mutate {src}/old -l a=b -o x.tar -t example.com/app:v1",
        {"stdout": "", "sum x.tar": "6f0dcc0d1aa8e58f341f"},
    ),
    Row("mutate {src}/oci -l a=b --output x.tar", {"stdout": "", "sum x.tar": "68545a2d179e2990ad5b"}),
    Row(
        "mutate {src}/oci --append one.tar -t {dst}:v1",
        {name: seen for name, seen in NEW_LAYER.items() if not name.startswith("config")},
    ),
    Row(
        "mutate {src}/unknown -l a=b -t {dst}:v1",
        {"config {dst}:v1": as_set(UNKNOWN, Labels={"a": "b"}), "field x-field {dst}:v1": 3},
        crane={"config {dst}:v1": known(as_set(UNKNOWN, Labels={"a": "b"})), "field x-field {dst}:v1": LOST},
        why=LOSES,
    ),
    Row(
        "mutate {src}/subject -a a=b -t {dst}:v1",
        {"field subject {dst}:v1": OCI.descriptor},
        crane={"field subject {dst}:v1": LOST},
        why=LOSES,
    ),
    Row(
        "mutate {src}/multi -l a=b -t {dst}:v1",
        {"types {dst}:v1": INDEX_OF_TWO},
        crane={"types {dst}:v1": [*OCI_TYPES, images.OCI_LAYER, images.OCI_LAYER]},
        why=ONE_OF_TWO,
    ),
    Row(
        "mutate {src}/multi -a a=b -t {dst}:v1",
        {"field annotations {dst}:v1": {"a": "b"}},
        crane={"fails": True, "stdout": "", "tags {dst}": [], "field annotations {dst}:v1": None},
        why="an index has annotations too",
    ),
    Row(
        "mutate {src}/oci --cmd '' -t {dst}:v1",
        {"config {dst}:v1": as_set(OCI, Cmd=None)},
        crane={"config {dst}:v1": config(OCI)},
        why="an empty value takes it away",
    ),
    Row(
        "mutate {src}/oci -l a= -t {dst}:v1",
        {"config {dst}:v1": as_set(OCI, Labels={"a": "", "z": "1"})},
        crane={"fails": True, "stdout": "", "tags {dst}": [], "config {dst}:v1": None},
        why="a label may be empty",
    ),
    Row(
        "mutate {src}/oci -e N=1 -e N=2 -t {dst}:v1",
        {"config {dst}:v1": as_set(OCI, Env=["PATH=/bin", "X=<1>", "N=2"])},
        crane={"config {dst}:v1": as_set(OCI, Env=["PATH=/bin", "X=<1>", "N=1", "N=2"])},
        why="a variable has one value",
    ),
    Row(
        "mutate {src}/oci --append junk -t {dst}",
        fails=True,
        crane={"fails": False, "stdout": None, "tags {dst}": ["latest"]},
        why="what is no tarball is no layer",
    ),
    Row("mutate {src}/oci -l nothing -t {dst}", fails=True),
    Row("mutate {src}/oci -e nothing -t {dst}", fails=True),
    Row("mutate {src}/oci -a nothing -t {dst}", fails=True),
    Row("mutate {src}/oci --set-platform a/b/c/d -t {dst}", fails=True),
    Row("mutate {src}/oci --set-platform all -t {dst}", fails=True),
    Row("mutate {src}/oci --append gone.tar -t {dst}", fails=True),
    Row("mutate {src}/oci --repo {dst} -t {dst} -l a=b", fails=True),
    Row("mutate {src}/gone -l a=b -t {dst}", fails=True),
    Row("mutate {src}/wrong-size -l a=b -t {dst}", fails=True),
    Row(
        "mutate {src}/two-blobs -l a=b -t {dst}",
        fails=True,
        crane={"fails": False, "stdout": None, "tags {dst}": ["latest"]},
        why="crane pushes the artifact without the label",
    ),
)

MORE = json.dumps(config(OCI) | {"author": "me"}, indent=2).encode()
NOTED = images.encode({**OCI.manifest, "annotations": {"new": "<2>"}})
AS_LIST = images.encode({"schemaVersion": 2, "manifests": [ARM.descriptor]})
OCI_V1, OLD_V1, MULTI_V1 = ((tagged(root, "v1"),) for root in (OCI, OLD, MULTI))
UNTOUCHED = {"tags {dst}": ["v1"], "digest {dst}:v1": short(OCI.data)}


def only_at_home(line, told, digest, stdin):
    """An edit into another repository, which crane cannot do."""
    name = f"digest {told.strip().replace('DST', '{dst}')}"
    crane = {"fails": True, "stdout": "", "tags {dst}": [], name: None}
    why = "what the manifest names is brought to the other repository too"
    return Row(line, {"stdout": told, name: digest}, stdin=stdin, crane=crane, why=why)


EDITS = (
    Row(
        "edit config {dst}:v1",
        {"stdout": "DST:v1\n", "digest {dst}:v1": "0c3f239efe0d3067b7d7"},
        stdin=MORE,
        given=OCI_V1,
    ),
    Row(
        "edit config {dst}:v1 -t {dst}",
        {
            "stdout": "DST\n",
            "digest {dst}:latest": "e6bcf97f3044f1cc20b5",
            "digest {dst}:v1": short(OLD.data),
        },
        stdin=MORE,
        given=OLD_V1,
    ),
    gives(f"edit config {{dst}}@{OCI.digest}", "0c3f239efe0d3067b7d7", stdin=MORE, given=OCI_V1),
    Row(
        "edit config {dst}:v1 --platform linux/arm64 --tag {dst}:v2",
        {"stdout": "DST:v2\n", "digest {dst}:v2": "ccb6eecf2fe56cdd95c0"},
        stdin=MORE,
        given=MULTI_V1,
    ),
    Row(
        "edit config {dst}:v1",
        {"digest {dst}:v1": "8a70aacca801ce91fcad"},
        stdin=MORE,
        given=(tagged(UNKNOWN, "v1"),),
    ),
    only_at_home("edit config {src}/oci -t {dst}:v1", "DST:v1\n", "0c3f239efe0d3067b7d7", MORE),
    Row("edit config {src}/oci -t {dst}", fails=True, stdin=b"{"),
    Row("edit config {src}/oci -t {dst}", fails=True, stdin=b""),
    Row("edit config {src}/multi -t {dst}", fails=True, stdin=MORE),
    Row("edit config {src}/gone -t {dst}", fails=True, stdin=MORE),
    Row(
        "edit manifest {dst}:v1",
        {"stdout": "DST:v1\n", "digest {dst}:v1": short(NOTED)},
        stdin=NOTED,
        given=OCI_V1,
    ),
    Row(
        "edit manifest {dst}:v1 -t {dst}:v2",
        {"stdout": "DST:v2\n", "digest {dst}:v2": short(NOTED), "tags {dst}": ["v1", "v2"]},
        stdin=NOTED,
        given=OCI_V1,
    ),
    only_at_home("edit manifest {src}/oci --tag {dst}:v1", "DST:v1\n", short(NOTED), NOTED),
    Row(
        f"edit manifest {{dst}}:v1 -m {images.OCI_MANIFEST}",
        {"digest {dst}:v1": short(NOTED)},
        stdin=NOTED,
        given=OCI_V1,
    ),
    Row(
        f"edit manifest {{dst}}:v1 --media-type {images.OCI_INDEX}",
        {"digest {dst}:v1": short(AS_LIST)},
        stdin=AS_LIST,
        given=MULTI_V1,
    ),
    Row(f"edit manifest {{dst}}:v1 -m {images.OCI_INDEX}", UNTOUCHED, stdin=NOTED, fails=True, given=OCI_V1),
    Row("edit manifest {dst}:v1", UNTOUCHED, stdin=b"{", fails=True, given=OCI_V1),
    Row("edit manifest {src}/gone -t {dst}", fails=True, stdin=NOTED),
    Row(
        "edit fs {src}/oci -f new -t {dst}:v1",
        {
            "stdout": "DST:v1\n",
            "layers {dst}:v1": [["a: a"], ["b: b"], ["new: text"]],
            "field annotations {dst}:v1": OCI.manifest["annotations"],
            "types {dst}:v1": NEW_LAYER["types {dst}:v1"],
        },
        crane={"types {dst}:v1": [*NEW_LAYER["types {dst}:v1"][:-1], f"{images.DOCKER_LAYER}.gzip"]},
        why="the layer's media type is of the image's family",
        stdin=b"text",
    ),
    Row(
        "edit fs {src}/gzipped-docker --filename a --tag {dst}:v1",
        {
            "layers {dst}:v1": [["a: a"], ["b: b"], ["c: c"], ["a: text"]],
            "types {dst}:v1": [*DOCKER_FLAT[:2], *[DOCKER_FLAT[2]] * 4],
        },
        stdin=b"text",
    ),
    Row(
        "edit fs {src}/oci -f /etc/new -t {dst}:v1",
        {"layers {dst}:v1": [["a: a"], ["b: b"], ["etc/new: text"]]},
        crane={"layers {dst}:v1": [["a: a"], ["b: b"], ["/etc/new: text"]]},
        why="names in layers are below the root",
        stdin=b"text",
    ),
    Row(
        "edit fs {src}/multi -f new -t {dst}:v1",
        {"types {dst}:v1": INDEX_OF_TWO},
        crane={"types {dst}:v1": [*NEW_LAYER["types {dst}:v1"][:-1], f"{images.DOCKER_LAYER}.gzip"]},
        why=ONE_OF_TWO,
        stdin=b"text",
    ),
    Row(
        "edit fs {src}/corrupt -f new -t {dst}",
        fails=True,
        crane={"fails": False, "stdout": "DST\n", "tags {dst}": ["latest"]},
        why="the file is looked for in the layers, to keep its owner and mode",
        stdin=b"text",
    ),
    Row("edit fs {src}/gone -f new -t {dst}", fails=True, stdin=b"text"),
    Row("edit fs {src}/oci -t {dst}", fails=True, stdin=b"text"),
)

ROWS = (*APPENDS, *MUTATIONS, *EDITS)
