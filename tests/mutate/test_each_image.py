"""An edit of every image of an index is the edit of each image, in its place."""

from __future__ import annotations

import pytest
from mutate.changes import INDEX, LABEL, WHEN, images_of
from peers import images

import pycrane


def test_one_image_of_an_index_may_be_made_later_too():
    changed = pycrane.edit_images(INDEX, lambda image: pycrane.set_time(image, WHEN))
    assert changed.digest == pycrane.set_time(INDEX, WHEN).digest
    with pycrane.Client() as client:
        assert client.validate(changed) == []


def test_what_the_entries_of_an_index_say_stays_but_for_the_digest_and_the_size(view_of):
    root = images.multi_platform()
    notes = {child.digest: {"note": child.platform["architecture"]} for child in root.children}
    view = view_of(images.index(*root.children, annotations=notes))
    changed = pycrane.edit_images(view, lambda image: pycrane.edit_config(image, LABEL))
    for old, new in zip(view.index_manifest.manifests, changed.index_manifest.manifests, strict=True):
        assert (new.platform, new.annotations, new.media_type) == (
            old.platform,
            old.annotations,
            old.media_type,
        )
        assert new.digest != old.digest
    assert all(image.config_file.config["Labels"] == {"a": "b"} for image in images_of(changed))


def test_an_edit_that_changes_nothing_keeps_the_index(view_of):
    view = view_of(images.nested())
    assert pycrane.edit_images(view, lambda image: image).raw_manifest == view.raw_manifest


def test_the_error_of_an_edit_is_raised_when_the_result_is_read(view_of):
    def refuse(image):
        raise pycrane.UnsupportedError("not this one")

    with pytest.raises(pycrane.UnsupportedError, match="not this one"):
        _ = pycrane.edit_images(view_of(images.nested()), refuse).digest
