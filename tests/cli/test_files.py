"""files and cat: what an image holds, as a container sees it, with no more layers read than needed."""

from __future__ import annotations

import io
import json
import subprocess
import tarfile

import pytest
from peers import images
from peers.media import push, write_layout


def member(name, kind=tarfile.REGTYPE, **attributes):
    info = tarfile.TarInfo(name)
    info.type = kind
    info.mtime = 1700000000
    for key, value in attributes.items():
        setattr(info, key, value)
    return info


def tarball(*members):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for each in members:
            info, content = each if isinstance(each, tuple) else (each, b"")
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return out.getvalue()


BASE = tarball(
    member("usr", tarfile.DIRTYPE, mode=0o755),
    (member("usr/os-release", mode=0o644), b"ID=base\n"),
    member("etc", tarfile.DIRTYPE, mode=0o755),
    member("etc/os-release", tarfile.SYMTYPE, linkname="../usr/os-release", mode=0o777),
    (member("etc/gone", mode=0o644), b"x"),
    (member("usr/su", mode=0o4755, uid=0, gid=0), b"#!"),
    (member("usr/wall", mode=0o2755, uid=0, gid=5, gname="tty"), b"#!"),
    (member("tmp/sticky", mode=0o1644), b""),
    member("dev/null", tarfile.CHRTYPE, devmajor=1, devminor=3, mode=0o666),
)
TOP = tarball(
    member("app", tarfile.DIRTYPE, mode=0o755),
    member("etc", tarfile.DIRTYPE, mode=0o755),
    (member("app/run", mode=0o755, uid=70000, gid=2097152 * 2), b"program"),
    member("app/link", tarfile.LNKTYPE, linkname="app/run", mode=0o755),
    (member("etc/.wh.gone"), b""),
    (member("app/" + "long" * 60, mode=0o600), b"12"),
)


@pytest.fixture
def image():
    return images.image(images.layer(BASE), images.layer(TOP))


@pytest.fixture
def layout(tmp_path, image):
    return write_layout(tmp_path / "layout", image, names={image.digest: "v1"})


def test_files_are_what_a_container_sees_by_path(pycrane, layout):
    assert pycrane("files", layout).lines == sorted(
        [
            "app",
            "app/link",
            "app/" + "long" * 60,
            "app/run",
            "dev/null",
            "etc",
            "etc/os-release",
            "tmp/sticky",
            "usr",
            "usr/os-release",
            "usr/su",
            "usr/wall",
        ]
    )


def test_long_lines_have_mode_owner_size_time_and_links(pycrane, layout):
    lines = {line.split(" 2023-11-14T22:13:20Z ")[1]: line for line in pycrane("files", "-l", layout).lines}
    assert lines["usr/su"] == "-rwsr-xr-x 0:0                  2 2023-11-14T22:13:20Z usr/su"
    assert lines["usr/wall"].startswith("-rwxr-sr-x 0:5 ")
    assert lines["app/run"].startswith("-rwxr-xr-x 70000:4194304          7 ")
    assert lines["etc"].startswith("drwxr-xr-x 0:0 ")
    assert lines["etc/os-release -> ../usr/os-release"].startswith("lrwxrwxrwx ")
    assert lines["app/link link to app/run"].startswith("-rwxr-xr-x ")
    assert lines["dev/null"].startswith("crw-rw-rw- ")
    assert lines["tmp/sticky"].startswith("-rw-r--r-T ")


def test_sizes_and_modes_are_those_that_tar_lists(pycrane, layout, tmp_path):
    pycrane("export", layout, tmp_path / "fs.tar")
    with tarfile.open(tmp_path / "fs.tar") as archive:
        theirs = {
            info.name: (f"{info.mode:04o}", info.uid, info.gid, info.size if info.isreg() else 0)
            for info in archive
        }
    found = [json.loads(line) for line in pycrane("files", "--json", layout).lines]
    assert {each["path"]: (each["mode"], each["uid"], each["gid"], each["size"]) for each in found} == theirs


def test_json_is_an_object_a_line(pycrane, layout):
    (line,) = pycrane("files", "--json", layout, "usr/wall").lines
    assert json.loads(line) == {
        "path": "usr/wall",
        "kind": "file",
        "mode": "2755",
        "uid": 0,
        "gid": 5,
        "owner": "",
        "group": "tty",
        "size": 2,
        "modified": "2023-11-14T22:13:20Z",
        "link": "",
    }


@pytest.mark.parametrize(
    ("glob", "found"),
    [
        ("os-release", ["etc/os-release", "usr/os-release"]),
        ("/usr/*", ["usr/os-release", "usr/su", "usr/wall"]),
        ("*/s[tu]*", ["tmp/sticky", "usr/su"]),
        ("none", []),
    ],
)
def test_a_pattern_is_for_the_last_part_or_with_a_slash_for_all(pycrane, layout, glob, found):
    assert pycrane("files", layout, glob).lines == found


def test_programs_that_run_as_another_user(pycrane, layout):
    assert pycrane("files", "--setuid", layout).lines == ["usr/su", "usr/wall"]


def test_paths_can_end_with_a_zero_byte(pycrane, tmp_path):
    odd = images.image(images.layer(tarball((member("a\nb"), b""), (member("\udcff"), b""))))
    layout = write_layout(tmp_path / "layout", odd)
    assert pycrane("files", "-0", layout).stdout == b"a\nb\0\xff\0"
    assert pycrane("files", layout).lines == [r"a\nb", r"\udcff"]
    assert json.loads(pycrane("files", "--json", layout, "a*").stdout)["path"] == "a\nb"


def test_cat_prints_a_file_and_follows_links(pycrane, layout):
    assert pycrane("cat", layout, "/etc/os-release").stdout == b"ID=base\n"
    assert pycrane("cat", f"oci:{layout}:v1", "app/run").stdout == b"program"
    assert pycrane("cat", layout, "app/link").stdout == b"program"
    assert pycrane("cat", layout, "etc/../app/./run").stdout == b"program"


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("nope", "the image has no file nope"),
        ("etc/gone", "the image has no file etc/gone"),
        ("etc", "is a directory"),
        ("dev/null", "is no file"),
        ("../x", "outside of the root"),
        ("/", "is not a file"),
    ],
)
def test_cat_of_what_is_not_a_file_says_so(pycrane, layout, path, reason):
    refused = pycrane("cat", layout, path, check=False)
    assert refused.returncode == (3 if "has no file" in reason else 1)
    assert reason in refused.stderr
    assert refused.stdout == b""


def test_cat_reads_layers_from_the_top_down_to_the_file(pycrane, docker_registry, repo, image):
    push(docker_registry, repo, image, "v1")
    name = f"{docker_registry.host}/{repo}:v1"
    base, top = image.layers

    def read():
        digests = {seen.path.rpartition("/")[2] for seen in docker_registry.requests()}
        docker_registry.reset()
        return [layer for layer in (base, top) if layer.digest in digests]

    docker_registry.reset()
    assert pycrane("cat", name, "app/run").stdout == b"program"
    assert read() == [top]
    assert pycrane("cat", name, "usr/su").stdout == b"#!"
    assert read() == [base, top]


def test_cat_prints_nothing_of_a_layer_that_is_not_what_its_digest_says(pycrane, layout, image):
    top = image.layers[1]
    blob = layout / "blobs" / "sha256" / top.digest.removeprefix("sha256:")
    blob.write_bytes(top.data[:-1] + b"x")
    refused = pycrane("cat", layout, "app/run", check=False)
    assert (refused.returncode, refused.stdout) == (1, b"")


def test_cat_does_not_write_binary_content_to_a_terminal(terminal, tmp_path):
    layout = write_layout(tmp_path / "layout", images.image(images.layer({"a": b"\0"})))
    shown = terminal("cat", str(layout), "a", all_streams=True)
    assert shown.returncode == 2
    assert "binary" in shown.screen


def test_files_of_an_artifact_are_an_error(pycrane, tmp_path):
    artifact = images.assemble(
        images.Blob("application/vnd.example", b"{}"),
        [images.Blob("text/plain", b"x")],
        media_type=images.OCI_MANIFEST,
    )
    layout = write_layout(tmp_path / "layout", artifact)
    for words in (["files", layout], ["cat", layout, "a"]):
        assert pycrane(*words, check=False).returncode == 1


def test_null_paths_go_to_xargs(pycrane, layout):
    listed = pycrane("files", "-0", layout, "usr/*").stdout
    done = subprocess.run(["xargs", "-0", "-n1", "echo"], input=listed, capture_output=True, check=True)
    assert done.stdout == b"usr/os-release\nusr/su\nusr/wall\n"
