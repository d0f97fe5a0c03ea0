"""Images to change, the table of changes, and content that counts what is read of it."""

from __future__ import annotations

import io
import tarfile

from peers import images

import pycrane

TAR = images.tar({"etc/motd": b"hello\n"})
LABEL = pycrane.ConfigEdit(labels={"a": "b"})
WHEN = "2021-02-03T04:05:06Z"
SECONDS = 1612325106


class Counted:
    """Content that writes down what is asked of it."""

    def __init__(self, below):
        self.below = below
        self.read = []

    def origin(self, descriptor):
        return self.below.origin(descriptor)

    def read_manifest(self, descriptor):
        self.read.append(descriptor.media_type)
        return self.below.read_manifest(descriptor)

    def open_blob(self, descriptor):
        self.read.append(descriptor.media_type)
        return self.below.open_blob(descriptor)


def counted(view):
    """The same view over content that counts, and what was read of it: kinds of things, in order."""
    content = Counted(view.content)
    kind = pycrane.Image if isinstance(view, pycrane.Image) else pycrane.Index
    return kind(content, view.raw_manifest, view.descriptor), content.read


def images_of(view):
    if isinstance(view, pycrane.Image):
        return [view]
    return [view.image(entry.digest) for entry in view.index_manifest.manifests]


def entries_of(layer):
    with layer.uncompressed() as stream, tarfile.open(fileobj=io.BytesIO(stream.read())) as tar:
        return tar.getmembers()


IMAGE, INDEX = pycrane.random_image(1), pycrane.random_index(2)
CONFIG, MANIFEST = IMAGE.manifest.config.media_type, IMAGE.media_type
LAYER = IMAGE.layers[0].media_type
STATIC = pycrane.static_layer(TAR)
OTHER = pycrane.random_index(3)
ON_BASE = pycrane.append_layers(INDEX, [STATIC])
CHANGES = {
    "append_layers": lambda view: pycrane.append_layers(view, [STATIC]),
    "edit_config": lambda view: pycrane.edit_config(view, LABEL),
    "annotate": lambda view: pycrane.annotate(view, {"a": "b"}),
    "set_subject": lambda view: pycrane.set_subject(view, IMAGE.descriptor),
    "set_time": lambda view: pycrane.set_time(view, WHEN),
    "flatten_image": lambda view: pycrane.flatten_image(view, created=WHEN),
    "recompress_layers": lambda view: pycrane.recompress_layers(view, pycrane.Compression.ZSTD),
}
CHANGES_OF_IMAGES = {
    "set_config": lambda view: pycrane.set_config(view, {**IMAGE.config_file.raw, "author": "me"}),
}
CHANGES_OF_INDEXES = {
    "append_entries": lambda view: pycrane.append_entries(view, [view, IMAGE]),
    "edit_images": lambda view: pycrane.edit_images(view, CHANGES["edit_config"]),
    "filter_entries": lambda view: pycrane.filter_entries(view, [pycrane.Platform("linux", "arm64")]),
    "rebase_image": lambda view: pycrane.rebase_image(view, pycrane.empty_image(), IMAGE),
}
MAKE_LAYERS = ("set_time", "flatten_image", "recompress_layers")
READ_OF_AN_IMAGE = {"append_layers": [CONFIG], "edit_config": [CONFIG], "annotate": [], "set_subject": []}
