"""One file of an image is found as a program in it would find it, and becomes a layer of its own."""

from __future__ import annotations

import io
import tarfile

import pytest
from layers.hard_images import directory, file, layer, link, symlink
from peers import images

from pycrane._errors import LayerError, LimitExceededError, UnsupportedError
from pycrane._image.content import MemoryContent
from pycrane._image.view import Image
from pycrane._limits import Limits
from pycrane._mutate.edit_file import FoundFile, file_layer, find_file

WHEN = 1_600_000_000


@pytest.fixture
def image_of(view_of):
    """An image of layers, each a list of members of its tar, the lowest first."""

    def made(*layers):
        return view_of(images.image(*(images.layer(layer(*members)) for members in layers)))

    return made


def written(file, content):
    """The only entry of the layer that is made of a file, and its content."""
    with tarfile.open(fileobj=io.BytesIO(file_layer(file, content, WHEN))) as archive:
        [member] = archive.getmembers()
        return member, archive.extractfile(member).read()


def test_the_file_of_the_highest_layer_is_found(image_of):
    image = image_of([file("etc/motd", b"old")], [file("etc/motd", b"new")])
    found = find_file(image, b"/etc/motd")
    assert (found.path, found.content) == (b"etc/motd", b"new")


@pytest.mark.parametrize("name", [b"motd", b"/motd", b"via/motd", b"/first"])
def test_symbolic_and_hard_links_lead_to_the_file(image_of, name):
    members = [
        directory("etc"),
        file("etc/motd", b"hello"),
        link("hard", "etc/motd"),
        symlink("motd", "hard"),
    ]
    image = image_of([*members, symlink("via", "etc"), symlink("first", "/motd")])
    assert find_file(image, name).content == b"hello"


def test_a_file_that_is_not_there_is_found_empty_at_its_place(image_of):
    image = image_of([directory("etc"), symlink("conf", "etc")])
    assert find_file(image, b"/conf/new") == FoundFile(b"etc/new")


def test_a_file_keeps_owner_mode_and_attributes_and_gets_content_and_time(image_of):
    kept = {"SCHILY.xattr.user.note": "mine"}
    image = image_of([file("a", b"old", mode=0o640, uid=5, gid=6, uname="u", gname="g", pax_headers=kept)])
    member, content = written(find_file(image, b"a"), b"new content")
    assert (member.name, content, member.mtime) == ("a", b"new content", WHEN)
    assert (member.mode, member.uid, member.gid, member.uname, member.gname) == (0o640, 5, 6, "u", "g")
    assert member.pax_headers["SCHILY.xattr.user.note"] == "mine"


def test_a_new_file_belongs_to_root_and_may_be_run():
    member, content = written(FoundFile(b"bin/new"), b"#!/bin/sh")
    assert (member.name, content) == ("bin/new", b"#!/bin/sh")
    assert (member.mode, member.uid, member.gid) == (0o555, 0, 0)


@pytest.mark.parametrize(
    ("name", "error", "message"),
    [
        (b"/", UnsupportedError, "not a file"),
        (b"etc", UnsupportedError, "a directory"),
        (b"../etc", LayerError, r"\.\."),
    ],
)
def test_a_name_that_is_not_of_a_file_is_refused(image_of, name, error, message):
    with pytest.raises(error, match=message):
        find_file(image_of([directory("etc")]), name)


def with_limits(image, limits):
    """The image over content with these limits."""
    content = MemoryContent({}, image.content)
    content.limits = limits
    return Image(content, image.raw_manifest, image.descriptor)


def test_a_file_over_the_limit_is_refused(image_of):
    image = image_of([file("a", b"12345")])
    assert find_file(with_limits(image, Limits(edited_file=5)), b"a").content == b"12345"
    with pytest.raises(LimitExceededError, match="has 5 bytes, more than 4"):
        find_file(with_limits(image, Limits(edited_file=4)), b"a")


def test_an_artifact_has_no_files_to_be_edited(view_of):
    artifact = images.assemble(images.Blob("application/vnd.oci.empty.v1+json", b"{}"), [])
    with pytest.raises(UnsupportedError, match="is an artifact"):
        find_file(view_of(artifact), b"a")
