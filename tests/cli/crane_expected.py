"""What several tables expect: configurations after a change, media types, and why crane's differ."""

from __future__ import annotations

import json

from cli import crane_images as pictures
from cli.crane_images import OCI
from cli.crane_row import Row
from peers import images


def gives(line, digest, **more):
    """A row that prints a reference by digest, of which is told how it begins, HOST being the host."""
    return Row(line, {"digest": digest}, **more)


def config(image):
    return json.loads(image.config.data)


def with_layer(image, part):
    """The configuration of an image with one more layer."""
    old = config(image)
    rootfs = {**old["rootfs"], "diff_ids": [*old["rootfs"]["diff_ids"], part.diff_id]}
    return {**old, "rootfs": rootfs, "history": [*old["history"], {"created": "0001-01-01T00:00:00Z"}]}


def as_set(image, **settings):
    """The configuration of an image with other settings; None takes one away."""
    section = {**config(image)["config"], **settings}
    return {**config(image), "config": {key: value for key, value in section.items() if value is not None}}


def known(document):
    """A configuration less what crane does not know."""
    section = {key: value for key, value in document["config"].items() if key != "x-c"}
    section["Healthcheck"] = {"Test": ["CMD", "x"]}
    return {key: value for key, value in document.items() if "." not in key} | {"config": section}


OCI_TYPES = [images.OCI_MANIFEST, images.OCI_CONFIG]
INDEX_OF_TWO = [images.OCI_INDEX, images.OCI_MANIFEST, images.OCI_MANIFEST]
ONE_OF_TWO = "crane takes one image of the index and no longer has the others"
LOSES = "crane loses what it does not know"
DOCKER_FLAT = [images.DOCKER_MANIFEST, images.DOCKER_CONFIG, f"{images.DOCKER_LAYER}.gzip"]
ONE, TWO, THREE = pictures.PLAIN
NEW_LAYER = {
    "config {dst}:v1": with_layer(OCI, ONE),
    "layers {dst}:v1": [["a: a"], ["b: b"], ["a: a"]],
    "types {dst}:v1": [*OCI_TYPES, images.OCI_LAYER, images.OCI_LAYER, f"{images.OCI_LAYER}+gzip"],
}
