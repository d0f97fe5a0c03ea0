"""What has to move is found by asking the sink, without a blob being opened, and within bounds."""

from __future__ import annotations

import json

import pytest
from peers import images
from transfer.memory import MemorySink, Source, move, view_of

from pycrane._errors import LimitExceededError
from pycrane._events import Planned
from pycrane._image.medium import Item
from pycrane._limits import Limits
from pycrane._transfer.engine import execute
from pycrane._transfer.plan import plan
from pycrane._transfer.workers import Workers

IMAGE = images.image(images.layer({"a": b"1"}), images.layer({"b": b"2"}))
NESTED = images.nested()


def planned(*items, there=(), limits=None):
    """The names and blobs that a sink is told to expect, the blobs that the listener hears of, the sink."""
    sink, heard = MemorySink(there=there), []
    options = {"limits": limits} if limits else {}
    move(sink, *items, listener=heard.append, **options)
    names, blobs = sink.begun[0] if sink.begun else ([], [])
    told = [str(blob.digest) for event in heard if isinstance(event, Planned) for blob in event.descriptors]
    assert told == blobs
    return names, blobs, sink


def test_the_plan_of_an_image_is_its_config_and_layers_in_their_order():
    names, blobs, _ = planned((view_of(IMAGE), "v1"))
    assert names == ["v1"]
    assert blobs == [blob.digest for blob in IMAGE.blobs]


def test_the_plan_of_an_index_has_each_blob_of_its_images_once():
    _, blobs, _ = planned((view_of(images.index(IMAGE, NESTED)), "v1"), (view_of(IMAGE), None))
    assert len(blobs) == len(set(blobs))
    assert set(blobs) == set(images.every_blob(images.index(IMAGE, NESTED)))


def test_the_sink_is_asked_for_each_manifest_once():
    inner, outer = NESTED.children
    _, _, sink = planned((view_of(images.index(NESTED, inner, outer)), "v1"))
    assert len(sink.asked) == len(set(sink.asked))
    assert set(sink.asked) == {
        one.digest for one in images.every_manifest(images.index(NESTED, inner, outer))
    }


def test_the_sink_is_not_asked_for_what_is_below_a_manifest_that_is_there():
    inner, outer = NESTED.children
    _, blobs, sink = planned((view_of(NESTED), "v1"), there=[inner.digest])
    assert set(sink.asked) == {NESTED.digest, inner.digest, outer.digest}
    assert blobs == [blob.digest for blob in outer.blobs]


def test_of_several_images_those_that_are_there_are_not_in_the_plan():
    other = images.image(images.layer({"c": b"3"}))
    names, blobs, _ = planned((view_of(IMAGE), "here"), (view_of(other), "missing"), there=[IMAGE.digest])
    assert names == ["missing"]
    assert blobs == [blob.digest for blob in other.blobs]


def test_an_entry_of_an_index_that_is_no_manifest_moves_as_a_blob():
    note = images.Blob("application/x-note", b"hello")
    image = images.image()
    root = images.Index(
        images.OCI_INDEX,
        images.encode({"schemaVersion": 2, "manifests": [note.descriptor, image.descriptor]}),
        children=(image,),
    )
    source = Source(root, {note.digest: note.data})
    _, blobs, sink = planned((view_of(root, source), "v1"))
    assert note.digest in blobs
    assert sink.held[note.digest] == b"hello"
    assert note.digest not in sink.asked


def test_nothing_is_planned_where_nothing_is_asked_for():
    assert planned()[:2] == ([], [])


def test_indexes_within_indexes_are_followed_to_the_limit_and_no_deeper():
    root = images.index(images.index(images.index(IMAGE)))
    assert planned((view_of(root), "v1"), limits=Limits(index_depth=4))[1] == [b.digest for b in IMAGE.blobs]
    with pytest.raises(LimitExceededError, match="nested deeper than 3 levels"):
        planned((view_of(root), "v1"), limits=Limits(index_depth=3))


def test_more_manifests_below_an_index_than_the_limit_are_refused_before_any_is_read():
    source = Source(NESTED)
    with pytest.raises(LimitExceededError, match="more than 1 manifests"):
        planned((view_of(NESTED, source), "v1"), limits=Limits(index_entries=1))
    assert source.manifests == []
    assert planned((view_of(NESTED), "v1"), limits=Limits(index_entries=4))[0] == ["v1"]


def test_a_plan_is_a_value_that_is_looked_at_without_a_byte_moving():
    source, sink = Source(IMAGE), MemorySink()
    work = plan([Item(view_of(IMAGE, source), "v1")], sink, Workers(2))
    assert (source.blobs, sink.calls) == ([], [])
    assert work.size == sum(len(blob.data) for blob in IMAGE.blobs)
    assert json.loads(json.dumps(work.to_json())) == {
        "present": [],
        "manifests": [
            {"digest": IMAGE.digest, "size": len(IMAGE.data), "mediaType": IMAGE.media_type, "name": "v1"}
        ],
        "blobs": [
            {"digest": blob.digest, "size": len(blob.data), "mediaType": blob.media_type, "origin": None}
            for blob in IMAGE.blobs
        ],
    }
    assert str(work).splitlines()[0] == f"manifest  {IMAGE.digest} v1"
    assert len(str(work).splitlines()) == 1 + len(IMAGE.blobs)
    execute(work, sink, Workers(2))
    assert sink.names == {"v1": IMAGE.digest}
    assert sorted(source.blobs) == sorted(blob.digest for blob in IMAGE.blobs)
