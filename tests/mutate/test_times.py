"""One time is set in the config, the history and every file, and nothing else changes."""

from __future__ import annotations

import io
import re
import subprocess
import tarfile
from datetime import UTC, datetime, timedelta, timezone

import pytest
from mutate.changes import (
    IMAGE,
    SECONDS,
    STATIC,
    WHEN,
    entries_of,
)
from peers import images

import pycrane


@pytest.mark.parametrize(
    "when",
    [
        WHEN,
        f"@{SECONDS}",
        "2021-02-03T05:05:06.75+01:00",
        datetime(2021, 2, 3, 4, 5, 6, 999, tzinfo=UTC),
        datetime(2021, 2, 3, 6, 5, 6, tzinfo=timezone(timedelta(hours=2))),
    ],
    ids=str,
)
def test_a_time_is_set_everywhere_however_it_is_written(when):
    changed = pycrane.set_time(pycrane.append_layers(IMAGE, [STATIC]), when)
    assert changed.config_file.created == WHEN
    assert {entry["created"] for entry in changed.config_file.history} == {WHEN}
    assert {entry.mtime for layer in changed.layers for entry in entries_of(layer)} == {SECONDS}
    assert changed.digest == pycrane.set_time(pycrane.append_layers(IMAGE, [STATIC]), WHEN).digest


@pytest.mark.parametrize(
    "when",
    ["yesterday", "@-1", "2021-02-30T00:00:00Z", datetime(2021, 1, 1), datetime(1960, 1, 1, tzinfo=UTC)],
)
def test_what_is_no_time_is_refused_at_once(when):
    with pytest.raises(pycrane.MalformedError):
        pycrane.set_time(IMAGE, when)


def test_one_time_makes_equal_what_differs_in_nothing_else(tmp_path):
    def made(times):
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
            for name, content in (("a" * 150, b"1" * 700), ("dir/b", b"")):
                entry = tarfile.TarInfo(name)
                entry.size, entry.mtime = len(content), times
                entry.pax_headers = {"atime": str(times), "ctime": f"{times}.5", "comment": "mine"}
                tar.addfile(entry, io.BytesIO(content))
        base = pycrane.append_layers(pycrane.empty_image(), [pycrane.static_layer(out.getvalue())])
        return pycrane.edit_config(base, pycrane.ConfigEdit(created=f"20{times % 90 + 10}-01-01T00:00:00Z"))

    one, two = (pycrane.set_time(made(times), "@5") for times in (1000, 2.25e9 // 1 + 0.5))
    assert one.digest == two.digest
    [first, second] = entries_of(one.layers[0])
    assert (first.name, first.size, first.pax_headers["comment"]) == ("a" * 150, 700, "mine")
    assert (first.pax_headers["atime"], first.pax_headers["ctime"], second.mtime) == ("5", "5", 5)


def listing(path):
    """What GNU tar says of each entry, and the times that it says."""
    command = ["tar", "-tvf", path, "--full-time", "--utc", "--numeric-owner"]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    time = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?")
    return [time.sub("", line).split() for line in lines], {time.search(line)[0] for line in lines}


@pytest.mark.parametrize("form", ["v7", "oldgnu", "gnu", "ustar", "posix"])
def test_the_tars_of_gnu_tar_get_the_time_and_keep_all_else(tmp_path, form):
    modern = form in ("oldgnu", "gnu", "posix")
    (tmp_path / "files/sub").mkdir(parents=True)
    (tmp_path / "files/plain").write_bytes(b"x" * 1000)
    (tmp_path / f"files/sub/{'long' * (30 if modern else 20)}").write_bytes(b"y")
    (tmp_path / "files/link").symlink_to("plain")
    with open(tmp_path / "files/sparse", "wb") as file:
        file.seek(1 << 20)
        file.write(b"end")
    more = ["--sparse"] if modern else []
    if form in ("gnu", "oldgnu"):
        more.append("--incremental")  # these have times of access and change then
    command = ["tar", "-c", f"--format={form}", *more, "-f", "files.tar", "-C", "files", "."]
    subprocess.run(command, cwd=tmp_path, check=True)
    with pycrane.Client() as client:
        image = pycrane.append_layers(pycrane.empty_image(), [client.layer(tmp_path / "files.tar")])
        changed = pycrane.set_time(image, WHEN)
        with changed.layers[0].uncompressed() as stream:
            (tmp_path / "new.tar").write_bytes(stream.read())
        assert client.validate(changed) == []
    (old, _), (new, times) = listing(tmp_path / "files.tar"), listing(tmp_path / "new.tar")
    assert (new, times) == (old, {"2021-02-03 04:05:06"})
    (tmp_path / "out").mkdir()
    subprocess.run(["tar", "-xf", "new.tar", "-C", "out"], cwd=tmp_path, check=True)
    assert (tmp_path / "out/plain").read_bytes() == b"x" * 1000
    assert (tmp_path / "out/plain").stat().st_mtime == SECONDS
    assert (tmp_path / "out/sparse").read_bytes() == bytes(1 << 20) + b"end"
    raw = (tmp_path / "new.tar").read_bytes()
    fields = [
        raw[at + 345 : at + 369] for at in range(0, len(raw), 512) if raw[at + 257 : at + 265] == b"ustar  \0"
    ]
    written = {field for field in fields if field.strip(b"\0")}
    assert written == ({b"%011o\0" % SECONDS * 2} if form in ("gnu", "oldgnu") else set())


@pytest.mark.parametrize("seconds", [0, 8**11 - 1, 8**11, 253402300799])
def test_times_far_away_are_written_too(seconds):
    changed = pycrane.set_time(pycrane.append_layers(pycrane.empty_image(), [STATIC]), f"@{seconds}")
    assert {entry.mtime for entry in entries_of(changed.layers[0])} == {seconds}


def test_compressions_and_media_types_stay_when_times_are_set(view_of):
    layers = [images.layer({"a": b"1"}, compression=kind) for kind in ("", "gzip", "zstd")]
    view = view_of(images.image(*layers))
    changed = pycrane.set_time(view, WHEN)
    assert [layer.media_type for layer in changed.layers] == [layer.media_type for layer in view.layers]
    assert changed.media_type == view.media_type


def test_attestations_stay_when_times_are_set(view_of):
    view = view_of(images.multi_platform(attested=True))
    timed = pycrane.set_time(view, WHEN)
    assert timed.index_manifest.manifests[-1] == view.index_manifest.manifests[-1]
    assert timed.digest != view.digest
