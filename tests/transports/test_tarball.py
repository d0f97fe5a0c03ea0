"""`tarball:`, an image made of plain tars, a layer each."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import platform
import tarfile
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest

import pycrane
from pycrane._transports.table import parse_location


def _tar(path: Path, **files: bytes) -> bytes:
    with tarfile.open(path, "w") as tar:
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            tar.addfile(entry, BytesIO(data))
    return path.read_bytes()


def _diff_id(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def test_tars_become_the_layers_of_an_image(tmp_path, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    monkeypatch.setattr(platform, "machine", lambda: "aarch64")
    below, above = _tar(tmp_path / "a.tar", a=b"A"), _tar(tmp_path / "b.tar", b=b"B")
    (tmp_path / "b.tgz").write_bytes(gzip.compress(above))
    with pycrane.Client() as client:
        image = client.image(parse_location(f"tarball:{tmp_path}/a.tar:{tmp_path}/b.tgz"))
        config = json.loads(image.raw_config_file)
        assert config["rootfs"] == {"type": "layers", "diff_ids": [_diff_id(below), _diff_id(above)]}
        assert (config["created"], config["os"], config["architecture"]) == (
            "1970-01-02T00:00:00Z",
            "linux",
            "arm64",
        )
        assert config["history"][0] == {
            "created": "1970-01-02T00:00:00Z",
            "created_by": f"/bin/sh -c #(nop) ADD file:{_diff_id(below)[7:]} in / ",
            "comment": "imported from tarball",
        }
        assert image.media_type == "application/vnd.oci.image.manifest.v1+json"
        assert image.layers[1].digest == pycrane.Digest.of((tmp_path / "b.tgz").read_bytes())
        assert client.validate(image) == []


def test_a_template_has_the_rest_of_the_configuration(tmp_path):
    _tar(tmp_path / "a.tar", a=b"A")
    place = pycrane.TarballLocation((tmp_path / "a.tar",))
    given = {"created": "2020-01-01T00:00:00Z", "architecture": "s390x", "config": {"Cmd": ["a"]}, "x": 1}
    with pycrane.Client() as client:
        config = json.loads(client.image(replace(place, template=given)).raw_config_file)
    assert {key: config[key] for key in given} == given
    assert len(config["history"]) == len(config["rootfs"]["diff_ids"]) == 1


def test_standard_input_is_a_layer_and_skopeo_reads_the_image(pycrane, skopeo, tmp_path):
    plain = _tar(tmp_path / "a.tar", a=b"A")
    pycrane("cp", "tarball:-", f"oci:{tmp_path}/layout:x", stdin=plain)
    config = json.loads(skopeo("inspect", "--config", f"oci:{tmp_path}/layout:x").stdout)
    assert config["rootfs"]["diff_ids"] == [_diff_id(plain)]


def test_it_is_a_base_and_an_image_for_every_command(pycrane, pycrane_registry, tmp_path):
    _tar(tmp_path / "a.tar", a=b"A")
    _tar(tmp_path / "b.tar", b=b"B")
    name = f"{pycrane_registry.address}/from/tars:1"
    pycrane("append", "-b", f"tarball:{tmp_path}/a.tar", "-f", tmp_path / "b.tar", "-t", name)
    pycrane("export", name, tmp_path / "files.tar")
    with tarfile.open(tmp_path / "files.tar") as tar:
        assert sorted(tar.getnames()) == ["a", "b"]


@pytest.mark.parametrize(
    ("text", "status", "message"),
    [
        ("tarball:", 2, "tarball: names no file\nHint: expected tarball:FILE[:FILE…]"),
        ("tarball:-:-", 2, "tarball:-:- reads standard input twice"),
        ("tarball:none.tar", 3, "reading layer none.tar: could not open it: No such file or directory"),
        ("tarball:words.txt", 1, "reading layer words.txt: it is not a tarball"),
    ],
)
def test_what_is_not_a_tar_is_refused(pycrane, tmp_path, text, status, message):
    (tmp_path / "words.txt").write_text("words" * 1000)
    done = pycrane("manifest", text, check=False)
    assert (done.returncode, done.stdout) == (status, b"")
    assert message in done.stderr


def test_nothing_is_written_to_it(pycrane, tmp_path):
    _tar(tmp_path / "a.tar", a=b"A")
    done = pycrane("cp", f"tarball:{tmp_path}/a.tar", f"tarball:{tmp_path}/b.tar", check=False)
    assert done.returncode == 1
    assert "cannot be written to: tarball: makes images of tars" in done.stderr
    assert not os.path.lexists(tmp_path / "b.tar")
