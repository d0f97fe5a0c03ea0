"""Layers are merged in one pass, bytes kept, and what no runtime can apply is refused."""

from __future__ import annotations

import io
import tarfile
import tempfile
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
from layers.filesystem import FileSystem, entries_of
from layers.hard_images import ALL, directory, file, layer, link, symlink, whiteout

from pycrane._errors import DigestMismatchError, LayerError, LimitExceededError
from pycrane._io.verified import VerifiedStream
from pycrane._layers.merge.merge import merge, merged
from pycrane._layers.tar.walk import END, TarWalk
from pycrane._limits import Limits
from pycrane._oci.descriptor import Descriptor
from pycrane._oci.digest import Digest


class Layers:
    """Layers that count how often each is opened, and whether all was closed."""

    def __init__(self, *tars: bytes) -> None:
        self.tars = tars
        self.opened = [0] * len(tars)
        self.streams: list[io.BytesIO] = []

    @property
    def openers(self) -> list[Callable[[], io.BytesIO]]:
        return [lambda number=number: self._open(number) for number in range(len(self.tars))]

    def _open(self, number: int) -> io.BytesIO:
        self.opened[number] += 1
        self.streams.append(io.BytesIO(self.tars[number]))
        return self.streams[-1]

    def merge(self, limits: Limits | None = None) -> bytes:
        stream = merge(self.openers, limits or Limits())
        data = stream.read()
        assert all(one.closed for one in self.streams)
        return data


def names(tar: bytes) -> list[str]:
    return [member.name for member, _ in entries_of(tar)]


def parts(tar: bytes) -> list[bytes]:
    """Each entry of a tar with its header and its data."""
    walk = TarWalk(io.BytesIO(tar))
    return [one.header + b"".join(walk.blocks()) for one in walk]


STYLES = [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT]


@pytest.mark.parametrize("style", STYLES)
def test_one_layer_comes_out_as_it_is(style: int) -> None:
    made = layer(directory("d"), file("d/" + "x" * 90, b"1" * 700), symlink("s", "../d"), style=style)
    assert Layers(made).merge() == b"".join([*parts(made), END])


def test_entries_keep_their_bytes_and_order_the_highest_layer_first() -> None:
    low = layer(directory("a"), file("a/1", b"1", pax_headers={"SCHILY.xattr.user.x": "y"}), file("b"))
    high = layer(directory("a"), file("a/2", b"2"), link("a/3", "a/2"), style=tarfile.GNU_FORMAT)
    assert Layers(low, high).merge() == b"".join([*parts(high), *parts(low)[1:], END])


def test_no_layers_are_an_empty_tar() -> None:
    assert Layers().merge() == END


@pytest.mark.parametrize("name", ALL)
def test_no_image_needs_more_than_a_look_ahead_and_a_second_reading(name: str) -> None:
    layers = Layers(*ALL[name])
    layers.merge()
    assert max(layers.opened) <= 2


def test_a_replaced_file_is_read_again_only_for_a_link_that_comes_after_it() -> None:
    low = (file("a", b"1"), file("b", b"2"), link("c", "b"))
    replaced, linked = Layers(layer(*low), layer(file("a"))), Layers(layer(*low), layer(file("b")))
    replaced.merge()
    linked.merge()
    assert (replaced.opened, linked.opened) == ([1, 1], [2, 1])


def test_a_replaced_file_that_a_higher_link_waits_for_is_written_in_passing() -> None:
    layers = Layers(layer(file("a", b"1")), layer(directory("d"), link("d/b", "a")), layer(file("a", b"2")))
    made = layers.merge()
    assert {member.name: content for member, content in entries_of(made)}["d/b"] == b"1"
    assert layers.opened == [1, 1, 1]


def test_layers_with_an_entry_for_each_parent_need_no_look_at_those_below() -> None:
    low = layer(directory("usr"), directory("usr/lib"), symlink("lib", "usr/lib"))
    whole = Layers(low, layer(directory("usr"), directory("usr/lib"), file("usr/lib/x")))
    bare = Layers(low, layer(file("lib/x")))
    assert names(whole.merge())[:3] == ["usr", "usr/lib", "usr/lib/x"]
    assert names(bare.merge())[0] == "usr/lib/x"
    assert (whole.opened, bare.opened) == ([1, 1], [1, 1])


def test_layers_that_are_looked_at_before_are_kept_if_there_is_room_and_read_again_if_not() -> None:
    low, middle = layer(directory("usr"), symlink("lib", "usr")), layer(file("b", b"2" * 2000))
    tars = low, middle, layer(file("lib/x"))
    wide, narrow = Layers(*tars), Layers(*tars)
    made = wide.merge()
    assert names(made) == ["usr/x", "b", "usr", "lib"]
    assert wide.opened == [1, 1, 1]
    assert narrow.merge(Limits(kept_layers=len(low) + len(middle) - 1)) == made
    assert narrow.opened == [1, 2, 1]


def test_layers_are_read_again_where_nothing_can_be_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    layers = Layers(layer(directory("usr"), symlink("lib", "usr")), layer(file("lib/x")))
    made = layers.merge()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "none"))
    assert layers.merge() == made
    assert layers.opened == [3, 2]


def test_names_become_plain_paths() -> None:
    made = layer(directory("./"), file("./a"), file("/b"), file("c//d/./e"), file("f/../g"), link("h", "./a"))
    found = [(one.name, one.link) for one in TarWalk(io.BytesIO(Layers(made).merge()))]
    plain = [b"./", b"a", b"b", b"c/d/e", b"g", b"h", b"f/"]
    assert found[:6] == [(name, b"a" if name == b"h" else b"") for name in plain[:6]]


def test_names_that_are_no_utf_8_come_out_as_they_are() -> None:
    made = layer(file("a-b", b"1"), style=tarfile.USTAR_FORMAT)
    high = layer(file("a-c", b"1"), style=tarfile.USTAR_FORMAT)
    (name,) = {one.name for one in TarWalk(io.BytesIO(Layers(made).merge()))}
    assert name == b"a-b"
    assert names(Layers(made, high).merge()) == ["a-c", "a-b"]


def test_a_symbolic_link_that_climbs_out_is_kept_and_not_followed_out() -> None:
    low = layer(symlink("s", "../../x"), symlink("t", "/etc"))
    high = layer(file("s/a"), file("t/b"))
    assert names(Layers(low, high).merge()) == ["x/a", "etc/b", "s", "t"]


def test_every_run_writes_the_same() -> None:
    made = ALL["hard links through all layers"]
    assert len({Layers(*made).merge() for _ in range(5)}) == 1


def test_a_whiteout_said_after_the_file_itself_leaves_the_file() -> None:
    made = Layers(layer(file("a", b"1")), layer(file("a", b"2"), whiteout("a"))).merge()
    assert [(member.name, content) for member, content in entries_of(made)] == [("a", b"2")]


def test_what_aufs_keeps_for_itself_is_left_out_and_its_links_have_their_file() -> None:
    kept = (directory(".wh..wh.plnk"), file(".wh..wh.plnk/1.2", b"2"), file(".wh..wh.aufs"))
    made = Layers(layer(*kept, link("a", ".wh..wh.plnk/1.2"), link("b", ".wh..wh.plnk/1.2"))).merge()
    tree = FileSystem().apply(made).look()
    assert set(tree) == {"a", "b"}
    assert tree["a"].names == {"a", "b"}


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ([layer(file("../a"))], "layer 1 has an entry outside of the root"),
        ([layer(), layer(file("a/../../b"))], "layer 2 has an entry outside of the root"),
        ([layer(link("a", "../b"))], "outside of the root"),
        ([layer(file(".wh."))], "a whiteout that names nothing"),
        ([layer(file("a/.wh."))], "a whiteout that names nothing"),
        ([layer(file("a/.wh..."))], "a whiteout that names nothing"),
        ([layer(file("."))], "a root that is not a directory"),
        ([layer(file("a"), file("a/b"))], "layer 1 has an entry in 'a', which is not a directory"),
        ([layer(file("a"), file("a/b")), layer(file("a"))], "which is not a directory"),
        ([layer(link("a", "b"))], "layer 1 has a hard link to nothing: 'a' to 'b'"),
        ([layer(), layer(link("a", "b"))], "layer 2 has a hard link to nothing"),
        ([layer(link("a", "a"))], "a hard link to itself"),
        ([layer(directory("d"), link("a", "d"))], "a hard link to a directory"),
        ([layer(directory("d")), layer(link("a", "d"))], "a hard link to a directory"),
        ([layer(symlink("a", "b"), symlink("b", "a"), file("a/c"))], "lead in a circle"),
        ([layer(symlink("a", "b"), symlink("b", "a")), layer(file("a/c"))], "lead in a circle"),
        ([layer(file("a", b"x" * 2000))[:1024], layer(file("b"))], "layer 1 is cut short"),
    ],
)
def test_what_no_runtime_can_apply_is_refused(layers: list[bytes], message: str) -> None:
    with pytest.raises(LayerError, match=message):
        Layers(*layers).merge()


def test_a_layer_that_does_not_verify_ends_in_an_error_not_in_a_tar() -> None:
    tar = layer(file("a"))
    wrong = Descriptor("application/x", Digest.of(b"else"), len(tar))
    pieces = []
    with pytest.raises(DigestMismatchError):
        pieces.extend(merged([lambda: VerifiedStream(io.BytesIO(tar), wrong)]))
    assert not b"".join(pieces).endswith(END)


def test_closing_early_closes_the_layer() -> None:
    layers = Layers(layer(file("a", bytes(3 << 20))))
    stream = merge(layers.openers)
    assert stream.read(10)
    stream.close()
    assert [one.closed for one in layers.streams] == [True]


def test_names_that_take_too_much_room_are_refused() -> None:
    tars = [layer(*(file(f"{'x' * 50}{first}{number}") for number in range(10))) for first in range(2)]
    with pytest.raises(LimitExceededError, match="the layers have names of more than 1000 bytes"):
        Layers(*tars).merge(Limits(layer_names=1000))
    with pytest.raises(LimitExceededError, match="layer 2 has names of more than 500 bytes"):
        Layers(*tars).merge(Limits(layer_names=500))


def test_memory_does_not_grow_with_the_size_of_files() -> None:
    class Zeros:
        """A tar of one large file, made while it is read."""

        def __init__(self, size: int) -> None:
            self.head = layer(file("a", b""))[:512]
            member = tarfile.TarInfo("a")
            member.size = size
            self.pieces = iter([member.tobuf(), *([bytes(1 << 20)] * (size >> 20)), END])

        def read(self, size: int = -1, /) -> bytes:
            return next(self.pieces, b"")

        def close(self) -> None:
            pass

    def peak(size: int) -> int:
        tracemalloc.start()
        total = sum(map(len, merged([lambda: Zeros(size)])))
        highest = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert total == size + 512 + len(END)
        return highest

    assert peak(64 << 20) < peak(8 << 20) + (1 << 20)
