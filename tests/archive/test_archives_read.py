"""Archives of all writers are read: old and new docker save, crane's, OCI's, compressed, from a pipe."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import os
import random
import subprocess
import sys
import tarfile
import threading
from pathlib import Path

import pytest
from archive.views import bring, golden, names_in, view_of
from peers.images import (
    DOCKER_CONFIG,
    DOCKER_LAYER,
    DOCKER_MANIFEST,
    encode,
    image,
    layer,
    multi_platform,
    tar,
)
from peers.media import (
    docker_save_files,
    layout_files,
    write_archive,
    write_docker_save,
    write_docker_save_25,
    write_layout,
)

from pycrane._archive.archive import open_archive
from pycrane._archive.docker_sink import DockerArchiveSink
from pycrane._archive.legacy_sink import LegacyArchiveSink
from pycrane._archive.source import open_path
from pycrane._errors import ArchiveError, DigestMismatchError, LayerError, LimitExceededError, PycraneError
from pycrane._image.view import Image, Index
from pycrane._layers.compression.decompress import open_decompressed
from pycrane._limits import Limits
from pycrane._oci.digest import Digest

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

TAG = "example.com/app:1"


def plain_layers(view: Image) -> list[bytes]:
    contents = []
    for each in view.layers:
        with open_decompressed(each.compressed()) as stream:
            contents.append(stream.read())
    return contents


def select(path: Path, name: str | None = None) -> tuple[Image, list[bytes]]:
    """An image of an archive, and its layers uncompressed."""
    with open_path(path) as archive:
        view = archive.select(name)
        assert isinstance(view, Image)
        return view, plain_layers(view)


def two_layers():
    return image(layer({"a": b"1" * 5000}), layer({"b": b"2"}))


def test_what_is_compressed_keeps_its_bytes_and_gets_the_manifest_that_crane_makes(folder):
    one = golden()
    bring(DockerArchiveSink(folder / "a.tar"), (one, TAG))
    view, _ = select(folder / "a.tar")
    # crane calls the second layer gzip as well, which is plain.
    config, packed, plain = (
        {"mediaType": kind, "size": len(blob.data), "digest": blob.digest}
        for kind, blob in (
            (DOCKER_CONFIG, one.config),
            (f"{DOCKER_LAYER}.gzip", one.layers[0]),
            (DOCKER_LAYER, one.layers[1]),
        )
    )
    assert view.raw_manifest == encode(
        {
            "schemaVersion": 2,
            "mediaType": DOCKER_MANIFEST,
            "config": config,
            "layers": [packed, plain],
        }
    )


@pytest.mark.parametrize("write", [write_docker_save, write_docker_save_25])
def test_docker_save_is_read_old_and_new(folder, write):
    one = two_layers()
    view, contents = select(write(folder / "a.tar", one, tags={one.digest: [TAG]}))
    assert view.raw_config_file == one.config.data
    assert contents == [each.content for each in one.layers]


def test_plain_layers_are_gzipped_to_the_same_bytes_each_time(folder):
    path = write_docker_save(folder / "a.tar", two_layers())
    first, _ = select(path)
    second, _ = select(path)
    assert first.digest == second.digest
    assert {each.media_type for each in first.layers} == {"application/vnd.docker.image.rootfs.diff.tar.gzip"}


def test_a_legacy_tarball_is_read_back(folder):
    one = two_layers()
    bring(LegacyArchiveSink(folder / "a.tar"), (one, TAG))
    view, contents = select(folder / "a.tar")
    assert view.raw_config_file == one.config.data
    assert contents == [each.content for each in one.layers]


def test_an_oci_archive_keeps_manifests_and_digests(folder):
    both = multi_platform()
    with open_path(write_archive(folder / "a.tar", layout_files(both, names={both.digest: "v1"}))) as archive:
        view = archive.select("v1")
        assert isinstance(view, Index)
        assert view.raw_manifest == both.data
        assert archive.index is not None


def test_a_file_that_is_both_shows_both(folder):
    one = two_layers()
    with open_path(write_docker_save_25(folder / "a.tar", one, tags={one.digest: [TAG]})) as archive:
        assert [tuple(entry.names) for entry in archive.entries] == [(TAG,)]
        assert archive.index is not None
        assert archive.index.image(Digest.parse(one.digest)).raw_manifest == one.data


def test_a_file_that_is_both_and_contradicts_itself_is_refused(folder):
    files = {**layout_files(golden()), **docker_save_files(two_layers())}
    with pytest.raises(ArchiveError, match="contradicts itself"):
        select(write_archive(folder / "a.tar", files))


def test_platforms_that_were_not_saved_do_not_matter_until_they_are_asked_for(folder):
    both = multi_platform("linux/amd64", "linux/arm64/v8")
    here, gone = both.children
    files = {**layout_files(both), **docker_save_files(here)}
    del files["blobs/" + gone.digest.replace(":", "/")]
    path = write_archive(folder / "a.tar", files)
    assert select(path)[0].raw_config_file == here.config.data
    with open_path(path) as archive:
        index = archive.index.image_index(Digest.parse(both.digest))
        assert index.image(Digest.parse(here.digest))
        with pytest.raises(ArchiveError, match="has no blobs/sha256/") as caught:
            index.image(Digest.parse(gone.digest))
        assert "fewer platforms" in caught.value.hint


def test_every_image_of_an_archive_is_there(folder):
    one, two = two_layers(), image(layer({"c": b"3"}))
    path = write_docker_save(
        folder / "a.tar", one, two, tags={one.digest: [TAG, "app:one"], two.digest: ["app:two"]}
    )
    with open_path(path) as archive:
        assert [tuple(entry.names) for entry in archive.entries] == [(TAG, "app:one"), ("app:two",)]
        assert [entry.open().raw_config_file for entry in archive.entries] == [
            one.config.data,
            two.config.data,
        ]
    assert select(path, "app:two")[0].raw_config_file == two.config.data
    assert select(path, "docker.io/library/app:one")[0].raw_config_file == one.config.data
    with pytest.raises(
        ArchiveError, match=r"no images called app:three; it has example.com/app:1, app:one, app:two"
    ):
        select(path, "app:three")
    with pytest.raises(ArchiveError, match="holds 2 images"):
        select(path)


COMPRESSIONS = {"gzip": gzip.compress, "zstd": zstd.compress, "xz": lzma.compress, "bzip2": bz2.compress}


@pytest.mark.parametrize("compress", COMPRESSIONS.values(), ids=COMPRESSIONS)
def test_a_compressed_archive_is_read(folder, compress):
    one = two_layers()
    plain = write_docker_save(folder / "a.tar", one)
    (folder / "b").write_bytes(compress(plain.read_bytes()))
    assert select(folder / "b")[0].digest == select(plain)[0].digest


@pytest.mark.parametrize("compress", COMPRESSIONS.values(), ids=COMPRESSIONS)
def test_an_archive_compressed_in_several_pieces_is_read(folder, compress):
    plain = write_docker_save(folder / "a.tar", two_layers())
    data = plain.read_bytes()
    (folder / "b").write_bytes(compress(data[:3000]) + compress(data[3000:]))
    assert select(folder / "b")[0].digest == select(plain)[0].digest


@pytest.mark.parametrize("compress", [lzma.compress, bz2.compress])
def test_layers_that_no_media_type_fits_are_gzipped_anew(folder, compress):
    one = two_layers()
    files = docker_save_files(one)
    expected, contents = select(write_archive(folder / "a.tar", files))
    packed = {name: compress(data) if name.endswith(".tar") else data for name, data in files.items()}
    found = select(write_archive(folder / "b.tar", packed))
    assert (found[0].raw_manifest, found[1]) == (expected.raw_manifest, contents)


@pytest.mark.parametrize("name", ["BZh9", "BZh91", "\x1f"])
def test_a_tar_whose_first_name_is_like_the_mark_of_a_compression_is_a_tar(folder, name):
    path = write_archive(folder / "a.tar", {name: b"", **docker_save_files(two_layers())})
    assert select(path)


def test_a_pipe_is_read(folder):
    plain = write_docker_save(folder / "a.tar", two_layers())
    os.mkfifo(folder / "pipe")
    writer = threading.Thread(target=lambda: (folder / "pipe").write_bytes(plain.read_bytes()))
    writer.start()
    try:
        assert select(folder / "pipe")[0].digest == select(plain)[0].digest
    finally:
        writer.join()


@pytest.mark.parametrize("redirected", [True, False], ids=["file", "pipe"])
def test_standard_input_is_read(folder, redirected):
    plain = write_docker_save(folder / "a.tar", two_layers())
    program = (
        "from pycrane._archive.source import open_path\nwith open_path(None) as a: print(a.select().digest)"
    )
    with plain.open("rb") as file:
        source = {"stdin": file} if redirected else {"input": plain.read_bytes()}
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, **source)
    assert done.stdout.decode().strip() == str(select(plain)[0].digest)


def test_the_order_of_the_entries_does_not_matter(folder):
    files = list(docker_save_files(two_layers()).items())
    expected = select(write_archive(folder / "a.tar", dict(files)))[0].digest
    random.Random(1).shuffle(files)
    assert select(write_archive(folder / "b.tar", dict(files)))[0].digest == expected
    assert (
        select(write_archive(folder / "c.tar", {f"./{name}": data for name, data in files}))[0].digest
        == expected
    )


def linked(name: str, target: str, kind: bytes) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


@pytest.mark.parametrize(
    ("kind", "target"),
    [
        (tarfile.SYMTYPE, "../{first}/layer.tar"),
        (tarfile.LNKTYPE, "{first}/layer.tar"),
        (tarfile.LNKTYPE, "../{first}/layer.tar"),
    ],
)
def test_a_layer_that_is_a_link_to_another_is_that_one(folder, kind, target):
    same = layer({"a": b"1"})
    one = image(same, same)
    files = docker_save_files(one)
    first, second = (name for name in files if name.endswith("/layer.tar"))
    del files[second]
    link = linked(second, target.format(first=first.partition("/")[0]), kind)
    (folder / "a.tar").write_bytes(tar([link, *files.items()]))
    assert select(folder / "a.tar")[1] == [same.content] * 2


def test_links_in_a_circle_are_refused(folder):
    files = docker_save_files(image(layer({"a": b"1"})))
    name = next(name for name in files if name.endswith("/layer.tar"))
    del files[name]
    loop = [linked(name, "../b", tarfile.SYMTYPE), linked("b", name, tarfile.SYMTYPE)]
    (folder / "a.tar").write_bytes(tar([*loop, *files.items()]))
    with pytest.raises(ArchiveError, match="link in a circle"):
        select(folder / "a.tar")


@pytest.mark.parametrize("target", ["../../outside", "/etc/passwd", ".."])
def test_links_out_of_the_archive_are_refused(folder, target):
    files = docker_save_files(image(layer({"a": b"1"})))
    name = next(name for name in files if name.endswith("/layer.tar"))
    del files[name]
    (folder / "a.tar").write_bytes(tar([linked(name, target, tarfile.SYMTYPE), *files.items()]))
    with pytest.raises(ArchiveError, match=r"leads out of it|has no"):
        select(folder / "a.tar")


@pytest.mark.parametrize("name", ["../secret", "/../secret", "a/../../secret", "", "."])
@pytest.mark.parametrize("key", ["Config", "Layers"])
def test_names_that_lead_out_of_the_archive_are_refused(folder, name, key):
    files = docker_save_files(image(layer({"a": b"1"})))
    entry = json.loads(files["manifest.json"])[0]
    files["manifest.json"] = encode([entry | {key: name if key == "Config" else [name]}])
    files["../secret"] = b"{}"
    with pytest.raises(ArchiveError, match=r"leads out of it|names no config"):
        select(write_archive(folder / "a.tar", files))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"nonsense", "not valid JSON"),
        (b"[]", "is not a list of images"),
        (b"{}", "is not a list of images"),
        (b"[1]", "names no config"),
        (b'[{"Config":1}]', "'Config' of entry 0 of manifest.json is not a string"),
        (b'[{"Config":"a","Layers":1}]', "'Layers' of entry 0 of manifest.json is not a list"),
        (
            b'[{"Config":"a","RepoTags":[1]}]',
            "'RepoTags' of entry 0 of manifest.json is not a list",
        ),
        (
            b'[{"Config":"a","LayerSources":[1]}]',
            "'LayerSources' of entry 0 of manifest.json is not an",
        ),
        (b'[{"Config":"missing","Layers":[]}]', "has no 'missing'"),
    ],
)
def test_a_broken_list_of_images_is_named(folder, content, reason):
    with pytest.raises(PycraneError, match=reason):
        select(write_archive(folder / "a.tar", {"manifest.json": content}))


def test_a_missing_layer_is_named(folder):
    files = docker_save_files(two_layers())
    gone = [name for name in files if name.endswith("/layer.tar")][1]
    del files[gone]
    with pytest.raises(ArchiveError, match=f"a.tar has no '{gone}'"):
        select(write_archive(folder / "a.tar", files))


def test_a_config_that_counts_other_layers_is_refused(folder):
    files = docker_save_files(two_layers())
    entry = json.loads(files["manifest.json"])[0]
    files["manifest.json"] = encode([entry | {"Layers": entry["Layers"][:1]}])
    with pytest.raises(ArchiveError, match="names 2 layers, the archive 1"):
        select(write_archive(folder / "a.tar", files))


def test_a_plain_layer_that_is_not_the_config_s_is_refused(folder):
    files = docker_save_files(two_layers())
    name = next(name for name in files if name.endswith("/layer.tar"))
    files[name] = files[name][:-1] + b"x"
    with pytest.raises(DigestMismatchError, match="its config says"):
        select(write_archive(folder / "a.tar", files))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"this is a text, not a tar" * 40, "is not a tarball"),
        (b"short", "is not a tarball"),
        (b"", "holds no images: it has neither manifest.json nor index.json"),
        (tar({"some": b"file"}), "holds no images"),
        (b"\xfd7zXZ\0", "is truncated: its xz data has no end"),
        (lzma.compress(b"text" * 400)[:-20], "is truncated: its xz data has no end"),
        (b"\xfd7zXZ\0" + b"x" * 100, "is not valid xz"),
        (bz2.compress(b"text" * 400)[:-20], "is truncated: its bzip2 data has no end"),
        (b"BZh91AY&SY" + b"x" * 100, "is not valid bzip2"),
        (lzma.compress(tar({"a": b"1"})) + b"more", "has other bytes after its xz data"),
        (gzip.compress(b"text" * 400, mtime=0), "is not a tarball"),
        (gzip.compress(tar({"a": b"1"}), mtime=0)[:-20], "a.tar"),
    ],
)
def test_a_file_that_is_not_an_archive_is_named(folder, content, reason):
    (folder / "a.tar").write_bytes(content)
    with pytest.raises(PycraneError, match=reason):
        select(folder / "a.tar")


def test_a_tarball_that_is_cut_short_is_named(folder):
    whole = write_docker_save(folder / "a.tar", two_layers()).read_bytes()
    (folder / "a.tar").write_bytes(whole[:700])
    with pytest.raises(ArchiveError, match="is cut short"):
        select(folder / "a.tar")


def test_sizes_and_counts_are_bounded(folder):
    path = write_docker_save(folder / "a.tar", two_layers())
    with (
        pytest.raises(ArchiveError, match="larger than 10 bytes"),
        open_archive(path, Limits(archive_json=10)) as it,
    ):
        it.select()
    with (
        pytest.raises(ArchiveError, match="larger than 10 bytes"),
        open_archive(path, Limits(config_size=10)) as it,
    ):
        it.select()
    with pytest.raises(LimitExceededError, match="more than 3 entries"):
        open_archive(path, Limits(archive_entries=3))
    with pytest.raises(LimitExceededError, match="more than 50 bytes of names"):
        open_archive(path, Limits(archive_names=50))


def extended(kind: bytes, payload: bytes) -> bytes:
    """The blocks of a header that says more of the entry after it."""
    info = tarfile.TarInfo("extension")
    info.type, info.size = kind, len(payload)
    return info.tobuf(tarfile.USTAR_FORMAT) + payload.ljust(-(-len(payload) // 512) * 512, b"\0")


@pytest.mark.parametrize("kind", [b"x", b"L", b"K"])
def test_headers_before_an_entry_are_bounded_together(folder, kind):
    payloads = [b"%d %s=%s\n" % (400, letter, b"v" * 393) for letter in (b"a", b"b", b"c")]
    path = folder / "a.tar"
    path.write_bytes(b"".join(extended(kind, each) for each in payloads) + tar(docker_save_files(image())))
    assert open_archive(path, Limits(tar_extension=1200)).close() is None
    with pytest.raises(LimitExceededError, match="1200 bytes of headers before one entry"):
        open_archive(path, Limits(tar_extension=1199))


def test_headers_of_many_entries_are_not_counted_together(folder):
    name = b"long/" * 60 + b"%d"
    entries = [extended(b"L", name % number) + tar({"x": b""})[:512] for number in range(20)]
    path = folder / "a.tar"
    path.write_bytes(b"".join(entries) + tar(docker_save_files(image())))
    with open_archive(path, Limits(tar_extension=320)) as archive:
        assert archive.select()


@pytest.mark.parametrize("compress", COMPRESSIONS.values(), ids=COMPRESSIONS)
def test_a_compressed_archive_that_grows_without_end_is_stopped(folder, compress):
    (folder / "a.tar").write_bytes(compress(bytes(5 << 20)))
    with pytest.raises(LimitExceededError):
        open_archive(folder / "a.tar", Limits(expansion=2, expansion_free=1 << 20))


def test_nothing_is_left_open_or_behind(folder, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(folder / "temporary"))
    (folder / "temporary").mkdir()
    (folder / "a.tar").write_bytes(
        gzip.compress(write_docker_save(folder / "b.tar", two_layers()).read_bytes())
    )
    before = len(names_in(Path("/proc/self/fd")))
    select(folder / "a.tar")
    (folder / "a.tar").write_bytes(b"nonsense" * 100)
    with pytest.raises(ArchiveError):
        open_path(folder / "a.tar")
    assert len(names_in(Path("/proc/self/fd"))) == before
    assert names_in(folder / "temporary") == []


def test_an_xz_archive_that_needs_much_memory_is_refused(folder):
    plain = write_docker_save(folder / "a.tar", two_layers()).read_bytes()
    huge = [{"id": lzma.FILTER_LZMA2, "preset": 0, "dict_size": 256 << 20}]
    (folder / "a.tar").write_bytes(lzma.compress(plain, filters=huge))
    with pytest.raises(LayerError, match="is not valid xz: Memory usage limit exceeded"):
        open_archive(folder / "a.tar")


def test_streams_of_one_layer_may_be_open_together(folder):
    with open_path(write_docker_save(folder / "a.tar", two_layers())) as archive:
        found = archive.select().layers[0]
        with found.compressed() as first, found.compressed() as second:
            assert first.read(5) == second.read(5)
            assert first.read() == second.read()


def test_long_names_of_gnu_and_pax_are_read(folder):
    files = docker_save_files(image(layer({"a": b"1"})))
    entry = json.loads(files["manifest.json"])[0]
    long = "long/" * 60 + "layer.tar"
    files[long] = files.pop(entry["Layers"][0])
    files["manifest.json"] = encode([entry | {"Layers": [long]}])
    for form in (tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
        with tarfile.open(folder / "a.tar", "w", format=form) as archive:
            for name, data in files.items():
                info = tarfile.TarInfo(name)
                info.size = len(data)
                archive.addfile(info, io.BytesIO(data))
        assert select(folder / "a.tar")


@pytest.mark.peer
def test_what_skopeo_writes_is_read(folder, skopeo):
    one = image(layer({"a": b"1"}), layer({"b": b"2"}))
    write_layout(folder / "layout", one, names={one.digest: "v1"})
    for transport in ("docker-archive", "oci-archive"):
        skopeo("copy", f"oci:{folder / 'layout'}:v1", f"{transport}:{folder / transport}:example.com/app:1")
        view, contents = select(folder / transport)
        assert view.raw_config_file == one.config.data or transport == "docker-archive"
        assert contents == [each.content for each in one.layers]


def test_a_view_goes_from_archive_to_archive(folder):
    one = two_layers()
    bring(DockerArchiveSink(folder / "a.tar"), (view_of(one), TAG))
    with open_path(folder / "a.tar") as archive:
        bring(DockerArchiveSink(folder / "b.tar"), (archive.select(), TAG))
    assert (folder / "a.tar").read_bytes() == (folder / "b.tar").read_bytes()
