"""Fields of manifests and indexes changed (OCI image spec, manifest.md, image-index.md, annotations.md)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pycrane._errors import expect
from pycrane._image.view import Image, View
from pycrane._mutate.each_image import ImageOrIndex
from pycrane._mutate.lazy import deferred
from pycrane._mutate.rebuild import rewritten_image, rewritten_index
from pycrane._oci.descriptor import Descriptor

Changes = Mapping[str, str | None]
"""New values by key; None takes a key away."""


def annotate(view: ImageOrIndex, annotations: Changes) -> ImageOrIndex:
    """The image or index with these annotations of its own added or replaced, and with None taken away.

    Neither the configuration nor the images of an index are read, whose annotations stay.
    """
    expect(view, View, "a view")
    expect(annotations, Mapping, "a set of annotations")
    for value in annotations.values():
        expect(value, str | None, "an annotation")
    if not annotations:
        return view
    changes = dict(annotations)
    return deferred(view, lambda _: _annotated(view, changes))


def set_subject(view: ImageOrIndex, subject: Descriptor | None) -> ImageOrIndex:
    """The image or index as one that refers to the manifest of this descriptor; None takes that away.

    Nothing below it is read. A registry then lists it among the referrers of the subject (distribution spec,
    Listing referrers).
    """
    expect(view, View, "a view")
    expect(subject, Descriptor | None, "a subject")
    fields = {"subject": subject.to_json() if subject is not None else None}
    return deferred(view, lambda _: _with_fields(view, fields))


def merged(old: Mapping[str, str], changes: Changes) -> dict[str, str]:
    """Return the values with the changes made."""
    return {key: value for key, value in {**old, **changes}.items() if value is not None}


def _annotated(view: View, annotations: Changes) -> View:
    old = (view.manifest if isinstance(view, Image) else view.index_manifest).annotations
    return _with_fields(view, {"annotations": merged(old, annotations)})


def _with_fields(view: View, fields: Mapping[str, Any]) -> View:
    if isinstance(view, Image):
        return rewritten_image(view, manifest={**view.manifest.raw, **fields})
    return rewritten_index(view, {**view.index_manifest.raw, **fields})
