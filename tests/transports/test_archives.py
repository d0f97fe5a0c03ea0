"""`docker-archive:`, images for `docker load`: several in a file, added to, compressed, chosen by name."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import tarfile

import pytest

import pycrane
from pycrane._layers.compression.codecs import zstd
from pycrane._transports.table import parse_location

IMAGE, OTHER = pycrane.random_image(1), pycrane.random_image(2)


def client():
    return pycrane.Client()


def manifest(path):
    with tarfile.open(path) as tar:
        return json.load(tar.extractfile("manifest.json"))


def tags(path):
    return [each["RepoTags"] for each in manifest(path)]


def test_several_images_are_written_at_once_and_each_is_chosen(pycrane, pycrane_registry, tmp_path):
    names = [f"{pycrane_registry.address}/several:{number}" for number in (1, 2)]
    with client() as session:
        for name, image in zip(names, (IMAGE, OTHER), strict=True):
            session.copy(image, name)
    pycrane("pull", *names, f"docker-archive:{tmp_path}/x.tar")
    assert tags(tmp_path / "x.tar") == [[name] for name in names]
    for chosen, image in ((names[1], OTHER), (names[0], IMAGE), ("@1", OTHER)):
        done = pycrane("config", f"docker-archive:{tmp_path}/x.tar:{chosen}")
        assert done.stdout == image.raw_config_file


@pytest.mark.parametrize(
    "compress",
    [gzip.compress, lzma.compress, bz2.compress, zstd.compress],
    ids=["gzip", "xz", "bzip2", "zstd"],
)
@pytest.mark.parametrize("transport", ["docker-archive", "oci-archive"])
def test_a_compressed_archive_is_read(tmp_path, compress, transport):
    with client() as session:
        session.copy(IMAGE, parse_location(f"{transport}:{tmp_path}/x.tar:app:v1"))
        packed = tmp_path / "x.tar.packed"
        packed.write_bytes(compress((tmp_path / "x.tar").read_bytes()))
        back = session.image(parse_location(f"{transport}:{packed}:app:v1"))
        assert back.config_name == IMAGE.config_name
        assert [each.digest for each in back.layers] == [each.digest for each in IMAGE.layers]


def test_an_archive_that_is_there_is_neither_replaced_nor_added_to_unasked(pycrane, tmp_path):
    with client() as session:
        session.copy(IMAGE, parse_location(f"docker-archive:{tmp_path}/x.tar:app:v1"))
        session.copy(OTHER, parse_location(f"oci:{tmp_path}/layout:v1"))
    before = (tmp_path / "x.tar").read_bytes()
    done = pycrane("cp", "oci:layout:v1", "docker-archive:x.tar:app:v2", check=False)
    assert done.returncode == 1
    assert "x.tar is there already, and docker-archive: does not replace an archive" in done.stderr
    assert "Hint: name a new file, remove this one, or add to it with cp --add" in done.stderr
    assert (tmp_path / "x.tar").read_bytes() == before
    (tmp_path / "empty.tar").touch()
    pycrane("cp", "oci:layout:v1", "docker-archive:empty.tar:app:v2")
    pycrane("push", "docker-archive:x.tar", "oci:y:v1")
    # A bare path is crane's, which replaces what is there.
    pycrane("pull", "oci:layout:v1", "x.tar")
    assert len(manifest(tmp_path / "x.tar")) == 1


def test_an_archive_is_added_to_when_asked(pycrane, tmp_path, skopeo):
    with client() as session:
        session.copy(IMAGE, parse_location(f"oci:{tmp_path}/layout:v1"))
        session.copy(OTHER, parse_location(f"oci:{tmp_path}/layout:v2"))
    skopeo("copy", f"oci:{tmp_path}/layout:v1", f"docker-archive:{tmp_path}/x.tar:app:v1")
    pycrane("cp", "--add", "oci:layout:v2", "docker-archive:x.tar:app:v2")
    pycrane("cp", "--add", "oci:layout:v2", "docker-archive:x.tar:app:v3")
    assert tags(tmp_path / "x.tar") == [["docker.io/library/app:v1"], ["app:v2"], ["app:v3"]]
    with tarfile.open(tmp_path / "x.tar") as tar:
        names = tar.getnames()
        assert len(names) == len(set(names))
    theirs = {"v1": skopeo_config(skopeo, f"oci:{tmp_path}/layout:v1"), "v2": OTHER.raw_config_file}
    for name in ("v1", "v2", "v3"):
        ours = pycrane("config", f"docker-archive:x.tar:app:{name}").stdout
        layout = "v1" if name == "v1" else "v2"
        assert json.loads(ours)["rootfs"] == json.loads(theirs[layout])["rootfs"]
        read = skopeo_config(skopeo, f"docker-archive:{tmp_path}/x.tar:app:{name}")
        assert json.loads(read)["rootfs"] == json.loads(theirs[layout])["rootfs"]
    assert pycrane("validate", "--tarball", "docker-archive:x.tar").stdout.startswith(b"PASS")


def skopeo_config(skopeo, text):
    return skopeo("inspect", "--config", "--raw", text).stdout


def test_a_name_that_is_added_again_moves_to_the_new_image(tmp_path):
    place = parse_location(f"docker-archive:{tmp_path}/x.tar:app:v1")
    with client() as session:
        session.copy(IMAGE, place)
        session.copy(OTHER, place.adding())
        assert session.image(place).config_name == OTHER.config_name
        assert len(manifest(tmp_path / "x.tar")) == 1
        before = (tmp_path / "x.tar").read_bytes()
        session.copy(OTHER, place.adding())
        assert (tmp_path / "x.tar").read_bytes() == before


def test_an_entry_that_is_not_what_its_name_says_is_not_taken_for_a_layer(tmp_path):
    layer = f"{IMAGE.layers[0].digest.encoded}.tar.gz"
    entries = {
        "config.json": OTHER.raw_config_file,
        layer: b"something else",
        "manifest.json": json.dumps([{"Config": "config.json", "Layers": [layer] * 3}]).encode(),
    }
    with tarfile.open(tmp_path / "x.tar", "w") as tar:
        for name, data in entries.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    before = (tmp_path / "x.tar").read_bytes()
    with client() as session, pytest.raises(pycrane.IntegrityError):
        session.copy(IMAGE, parse_location(f"docker-archive:{tmp_path}/x.tar:app:v1").adding())
    assert (tmp_path / "x.tar").read_bytes() == before


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("docker-archive:words.txt:app:v1", "words.txt"),
        ("docker-archive:oci.tar:app:v1", "oci.tar has no manifest.json, so no image can be added to it"),
        ("dir:x", "dir:x is not added to\nHint: docker-archive:FILE:NAME and oci:DIR:NAME are"),
        ("oci-archive:oci.tar:v1", "oci-archive:oci.tar:v1 is not added to"),
    ],
)
def test_what_cannot_be_added_to_is_refused(pycrane, tmp_path, target, message):
    (tmp_path / "words.txt").write_text("words")
    with client() as session:
        session.copy(IMAGE, parse_location(f"oci-archive:{tmp_path}/oci.tar:v1"))
    done = pycrane("cp", "--add", "oci-archive:oci.tar:v1", target, check=False)
    assert done.returncode == 1
    assert message in done.stderr
    assert (tmp_path / "words.txt").read_text() == "words"


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (
            "docker-archive:x.tar",
            "holds 2 images: app:v1, app:v2\nHint: choose one by its name, as in app:v1",
        ),
        ("docker-archive:x.tar:app:v3", "holds no images called app:v3; it has app:v1, app:v2"),
        ("docker-archive:x.tar:@2", "has no image at @2; its positions are @0 or @1"),
        ("docker-archive:none.tar", "there is no file or directory none.tar"),
    ],
)
@pytest.mark.parametrize("command", ["cp", "config", "flatten"])
def test_an_image_that_is_not_there_is_told_with_those_that_are(pycrane, tmp_path, source, message, command):
    first = parse_location(f"docker-archive:{tmp_path}/x.tar:app:v1")
    with client() as session:
        session.copy(IMAGE, first)
        session.copy(OTHER, parse_location(f"docker-archive:{tmp_path}/x.tar:app:v2").adding())
    rest = {"cp": ["dir:y"], "config": [], "flatten": ["-t", "dir:y"]}[command]
    done = pycrane(command, source, *rest, check=False)
    assert (done.returncode, done.stdout) == (1 if "2 images" in message else 3, b"")
    assert message in done.stderr
    assert not (tmp_path / "y").exists()
