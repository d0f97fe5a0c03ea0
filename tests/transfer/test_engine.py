"""The engine moves blobs before manifests before names, verified, side by side, and nothing twice."""

from __future__ import annotations

import threading

import pytest
from peers import images
from transfer.memory import MemorySink, Source, held_of, move, view_of

from pycrane._errors import ArchiveError, DigestMismatchError, PycraneError
from pycrane._events import BlobFinished, BlobProgress, ManifestFinished, Outcome, Planned
from pycrane._transfer.workers import Workers

LAYERS = [images.layer({str(number): bytes(2000 * number)}, compression="") for number in range(1, 7)]
IMAGE = images.image(*LAYERS)
NESTED = images.nested()


@pytest.mark.parametrize("root", [IMAGE, NESTED], ids=["image", "index"])
def test_everything_arrives_with_its_bytes_and_the_name_leads_to_the_top(root):
    sink = MemorySink()
    move(sink, (view_of(root), "v1"))
    assert sink.held == {str(digest): data for digest, data in held_of(root).items()}
    assert sink.names == {"v1": root.digest}


def test_blobs_are_written_before_manifests_and_children_before_what_names_them():
    sink = MemorySink()
    move(sink, (view_of(NESTED), "v1"))
    kinds = [kind for kind, _ in sink.calls]
    assert kinds == sorted(kinds)  # "blob" is before "manifest"
    written = sink.written("manifest")
    inner, outer = NESTED.children
    for child in (*inner.children, inner, outer):
        assert written.index(child.digest) < written.index(NESTED.digest)
    for child in inner.children:
        assert written.index(child.digest) < written.index(inner.digest)


def test_a_blob_or_manifest_that_is_reached_twice_is_written_once():
    sink, source = MemorySink(), Source(images.index(IMAGE, NESTED))
    move(sink, (view_of(images.index(IMAGE, NESTED), source), "both"), (view_of(IMAGE, source), None))
    assert len(sink.calls) == len(set(sink.calls))
    assert sorted(source.blobs) == sorted({*source.blobs})


def test_two_names_of_one_image_are_both_written_and_its_blobs_once():
    sink = MemorySink()
    move(sink, (view_of(IMAGE), "a"), (view_of(IMAGE), "b"))
    assert sink.names == {"a": IMAGE.digest, "b": IMAGE.digest}
    assert sorted(sink.written("blob")) == sorted(blob.digest for blob in IMAGE.blobs)


def test_an_image_that_is_there_is_not_moved_and_the_sink_is_not_begun():
    sink, source, heard = MemorySink(there=[IMAGE.digest]), Source(IMAGE), []
    move(sink, (view_of(IMAGE, source), "v1"), listener=heard.append)
    assert (sink.begun, sink.calls, source.blobs) == ([], [], [])
    assert [(type(event), event.outcome, event.name) for event in heard] == [
        (ManifestFinished, Outcome.EXISTING, "v1")
    ]


def test_a_child_that_is_there_is_neither_read_nor_moved_with_all_below_it():
    inner, outer = NESTED.children
    sink, source = MemorySink(there=[inner.digest]), Source(NESTED)
    move(sink, (view_of(NESTED, source), "v1"))
    assert sink.written("manifest") == [outer.digest, NESTED.digest]
    assert sorted(sink.written("blob")) == sorted(blob.digest for blob in outer.blobs)
    assert source.manifests == [outer.digest]


@pytest.mark.parametrize("jobs", [1, 4])
def test_no_manifest_is_written_and_nothing_named_when_a_blob_fails(jobs):
    sink = MemorySink(refused=[LAYERS[2].digest])
    with pytest.raises(ArchiveError, match="no room") as caught:
        move(sink, (view_of(IMAGE), "v1"), workers=Workers(jobs))
    assert f"blob {LAYERS[2].digest}" in str(caught.value)
    assert (sink.written("manifest"), sink.names) == ([], {})


@pytest.mark.parametrize(
    "wrong", [lambda data: data[:-1] + b"?", lambda data: data[:-1], lambda data: data + b"?"]
)
def test_bytes_that_are_not_those_of_the_digest_stop_the_transfer(wrong):
    digest = LAYERS[-1].digest
    sink, source = MemorySink(), Source(IMAGE, {digest: wrong(LAYERS[-1].data)})
    with pytest.raises(PycraneError) as caught:
        move(sink, (view_of(IMAGE, source), "v1"))
    assert digest in str(caught.value)
    assert digest not in sink.held
    assert (sink.written("manifest"), sink.names) == ([], {})


def test_a_child_manifest_that_is_not_what_the_index_names_stops_before_anything_is_written():
    _, outer = NESTED.children
    sink = MemorySink()
    with pytest.raises(DigestMismatchError):
        move(sink, (view_of(NESTED, Source(NESTED, {outer.digest: outer.data[:-2] + b" }"})), "v1"))
    assert (sink.begun, sink.calls) == ([], [])


@pytest.mark.parametrize("jobs", [1, 3])
def test_so_many_blobs_are_under_way_as_there_are_jobs_and_never_more(jobs):
    sink, running, most = MemorySink(), set(), []
    together = threading.Barrier(jobs)
    first = threading.Semaphore(jobs)

    def during():
        running.add(threading.get_ident())
        most.append(len(running))
        if first.acquire(blocking=False):
            together.wait(10)
        running.discard(threading.get_ident())

    sink.during_blob = during
    move(sink, (view_of(IMAGE), "v1"), workers=Workers(jobs))
    assert max(most) == jobs


def test_the_largest_blobs_are_moved_first():
    sink = MemorySink()
    move(sink, (view_of(IMAGE), "v1"), workers=Workers(1))
    sizes = [len(sink.held[digest]) for digest in sink.written("blob")]
    assert sizes == sorted(sizes, reverse=True)


def test_the_listener_hears_the_plan_first_and_every_byte_of_every_blob():
    heard = []
    move(MemorySink(), (view_of(IMAGE), "v1"), listener=heard.append)
    [planned] = [event for event in heard if isinstance(event, Planned)]
    assert heard[0] is planned
    moved = dict.fromkeys((str(blob.digest) for blob in planned.descriptors), 0)
    for event in heard:
        if isinstance(event, BlobProgress):
            moved[str(event.descriptor.digest)] += event.bytes
    assert moved == {blob.digest: len(blob.data) for blob in IMAGE.blobs}
    finished = [str(event.descriptor.digest) for event in heard if isinstance(event, BlobFinished)]
    assert sorted(finished) == sorted(moved)
    assert isinstance(heard[-1], ManifestFinished)


def test_a_blob_that_is_opened_once_more_is_counted_once():
    class Repeating(MemorySink):
        def put_blob(self, blob):
            blob.open().read(100)
            return super().put_blob(blob)

    heard = []
    move(Repeating(), (view_of(IMAGE), "v1"), listener=heard.append)
    total = sum(event.bytes for event in heard if isinstance(event, BlobProgress))
    assert total == sum(len(blob.data) for blob in IMAGE.blobs)
