"""Annotations are merged, and a subject makes a referrer."""

from __future__ import annotations

import pytest
from mutate.changes import (
    IMAGE,
    INDEX,
)

import pycrane


def test_annotations_of_images_and_indexes_are_merged_and_taken_away():
    for view in (IMAGE, INDEX):
        once = pycrane.annotate(view, {"a": "1", "b": "2"})
        twice = pycrane.annotate(once, {"a": None, "c": "3"})
        manifest = twice.manifest if isinstance(twice, pycrane.Image) else twice.index_manifest
        assert manifest.annotations == {"b": "2", "c": "3"}
        assert pycrane.annotate(view, {}) is view


def test_a_subject_makes_a_referrer(docker_registry, repo):
    name = f"{docker_registry.host}/{repo}"
    with pycrane.Client() as client:
        client.push(IMAGE, f"{name}:1")
        for view in (pycrane.random_image(8), pycrane.random_index(9)):
            pushed = client.push(pycrane.set_subject(view, IMAGE.descriptor), f"{name}:about")
            assert pushed.digest in [each.digest for each in client.registry.referrers(name, IMAGE.digest)]
    assert pycrane.set_subject(pycrane.set_subject(IMAGE, IMAGE.descriptor), None).manifest.subject is None


@pytest.mark.parametrize("annotations", [None, 0, "", [], [("a", "b")], {"a": 1}, {"a": b"b"}])
def test_annotations_that_are_not_texts_by_key_are_refused_at_once(annotations):
    with pytest.raises(TypeError, match="annotation"):
        pycrane.annotate(IMAGE, annotations)
