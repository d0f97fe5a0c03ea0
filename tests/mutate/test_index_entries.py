"""Entries of an index are appended with their platforms, and kept by platform or function."""

from __future__ import annotations

from mutate.changes import (
    IMAGE,
    INDEX,
    OTHER,
    STATIC,
    WHEN,
    counted,
    images_of,
)

import pycrane


def test_an_index_is_made_of_images_and_knows_their_platforms():
    made = pycrane.append_entries(
        pycrane.empty_index(), [images_of(INDEX)[0], pycrane.append_layers(images_of(OTHER)[1], [STATIC])]
    )
    assert [str(entry.platform) for entry in made.index_manifest.manifests] == ["linux/amd64", "linux/arm64"]
    alone = pycrane.append_entries(pycrane.empty_index(), [pycrane.set_time(IMAGE, WHEN)])
    assert [str(entry.platform) for entry in alone.index_manifest.manifests] == ["linux/amd64"]
    with pycrane.Client() as client:
        assert client.validate(made) == []


def test_entries_are_kept_by_platform_or_by_what_a_function_says():
    arm = pycrane.Platform("linux", "arm64")
    kept = pycrane.filter_entries(INDEX, [arm])
    assert [entry.platform for entry in kept.index_manifest.manifests] == [arm]
    assert pycrane.filter_entries(INDEX, lambda entry: entry.platform == arm).digest == kept.digest
    view, read = counted(INDEX)
    pycrane.filter_entries(view, [arm])
    assert read == []
