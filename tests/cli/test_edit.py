"""`edit` puts what a person writes in place of a configuration, a manifest or a file, and nothing else."""

from __future__ import annotations

import base64
import io
import json
import re
import shlex
import stat
import sys
import tarfile
from pathlib import Path

import pytest
from peers import images
from peers.media import push

from pycrane._cli.program import pycrane as program
from pycrane._cli.settings import Settings
from pycrane._errors import LimitExceededError
from pycrane._limits import Limits
from pycrane._registry.http.options import ClientOptions

PLAIN = images.layer({"a": b"1"}, compression="")
NOTED = {"annotations": {"z": "<1>", "b": "2"}}
OCI = images.image(PLAIN, manifest=NOTED)
DOCKER = images.image(images.layer({"a": b"1"}, compression="", family="docker"), family="docker")
ARM = images.image(PLAIN, platform="linux/arm64/v8")
MULTI = images.index(OCI, ARM)
UNKNOWN = images.image(PLAIN, manifest={"x-mine": {"b": 1, "a": [2, {"d": 1, "c": "<"}]}, **NOTED})
ARTIFACT = images.assemble(images.Blob("application/x.thing", b"text"), [images.Layer("a/b", b"?")])
CONFIG = b'{"rootfs":{"diff_ids":["%s"],"type":"layers"},\n "b": "<>", "a": 1, "os": "linux" }\n' % (
    PLAIN.diff_id.encode()
)
MANIFEST = json.dumps({**OCI.manifest, "x": 1}, indent=2).encode()
SOURCES = {
    "oci": OCI,
    "docker": DOCKER,
    "multi": MULTI,
    "unknown": UNKNOWN,
    "artifact": ARTIFACT,
}
# What is typed, and how the digest begins that crane answered. tests/comparison asks it again.
ROWS = {
    "edit config {src}/oci -t {src}/oci:new": (CONFIG, "30e81131174c6ae95aab"),
    "edit config {src}/docker --tag {src}/docker:new": (CONFIG, "fb210f97c134adea1097"),
    "edit config {src}/unknown -t {src}/unknown:new": (CONFIG, "ad62ace695abd3104461"),
    "edit config {src}/multi --platform linux/arm64 -t {src}/multi:new": (CONFIG, "a15536357c7a237cc51b"),
    "edit config {src}/artifact -t {src}/artifact:new": (b"any text", "8fde361ba03f68be2fc7"),
    "edit config {src}/oci:same": (OCI.config.data, "2527051a66af615798e8"),
    "edit config {src}/docker:empty": (b"{}", "1b7871feecc8ceb18e50"),
    "edit manifest {src}/oci -t {src}/oci:new": (MANIFEST, "e57e7c521c23909506be"),
    "edit manifest {src}/multi -t {src}/multi:new": (MULTI.data + b"\n", "b3c94c50e1acb2f93a0d"),
}


@pytest.fixture(scope="session")
def sources(docker_registry):
    """Where the images of the table are."""
    for name, image in SOURCES.items():
        push(docker_registry, f"edit/{name}", image, "latest", "same", "empty")
    return f"{docker_registry.host}/edit"


@pytest.fixture
def command(sources):
    """The words of a row, and what it writes to."""

    def words(row):
        named = [word.format(src=sources) for word in shlex.split(row)]
        return named, named[-1]

    return words


@pytest.mark.parametrize("row", ROWS)
def test_the_result_is_cranes(pycrane, command, row):
    words, target = command(row)
    typed, digest = ROWS[row]
    assert pycrane(*words, stdin=typed).text == target
    assert pycrane("digest", target).text.removeprefix("sha256:").startswith(digest)


@pytest.fixture
def place(docker_registry, repo):
    def pushed(root, tag="v1"):
        push(docker_registry, repo, root, tag)
        return f"{docker_registry.host}/{repo}:{tag}"

    return pushed


@pytest.fixture
def editor(tmp_path):
    """A function that makes an editor of shell commands, in which $1 is the file."""

    def made(commands):
        script = tmp_path / "my editor"
        script.write_text(f"#!/bin/sh\n{commands}\n")
        script.chmod(0o755)
        return shlex.quote(str(script))

    return made


def shown(pycrane, what, *words):
    return json.loads(pycrane(what, *words).stdout)


def kept_file(stderr):
    """The file that an error says holds what was written."""
    found = re.search(r"the edited text is kept in (\S+)", stderr)
    assert found, stderr
    return Path(found[1])


def top_layer(pycrane, name):
    """The entries of the last layer by name, each with its content."""
    digest = shown(pycrane, "manifest", name)["layers"][-1]["digest"]
    blob = pycrane("blob", f"{name.rpartition(':')[0]}@{digest}").stdout
    with tarfile.open(fileobj=io.BytesIO(blob)) as archive:
        return {
            member.name: (member, archive.extractfile(member).read()) for member in archive if member.isfile()
        }


def test_what_is_pushed_by_digest_is_printed_by_its_own(pycrane, place):
    name = place(OCI).replace(":v1", f"@{OCI.digest}")
    result = pycrane("edit", "config", name, stdin=CONFIG)
    assert pycrane("config", result.text).stdout == CONFIG
    assert result.text != name
    assert pycrane("digest", place(OCI)).text == OCI.digest


def test_an_index_needs_a_platform_to_have_its_configuration_edited(pycrane, place):
    name = place(MULTI)
    result = pycrane("edit", "config", name, stdin=CONFIG, check=False)
    assert result.returncode == 1
    assert "linux/amd64, linux/arm64/v8" in result.stderr
    assert "--platform" in result.stderr
    assert pycrane("digest", name).text == MULTI.digest


def test_embedded_data_follows_the_configuration(pycrane, place):
    descriptor = {**OCI.config.descriptor, "data": base64.b64encode(OCI.config.data).decode(), "x": 1}
    name = place(images.image(PLAIN, manifest={"config": descriptor}))
    pycrane("edit", "config", name, stdin=CONFIG)
    config = shown(pycrane, "manifest", name)["config"]
    assert (base64.b64decode(config["data"]), config["x"]) == (CONFIG, 1)
    assert config["digest"] == images.digest_of(CONFIG)


def test_a_configuration_of_other_layers_is_a_warning(pycrane, place):
    result = pycrane("edit", "config", place(OCI), stdin=b"{}")
    assert "Warning: the configuration names 0 layers, and the image has 1" in result.stderr


@pytest.mark.parametrize("what", ["config", "manifest"])
@pytest.mark.parametrize("typed", [b"{", b"[]", b'{"a": 1, "a": 2}', b'{"rootfs": [], "layers": 5}'])
def test_what_is_not_valid_is_kept_in_a_file_and_not_pushed(pycrane, place, docker_registry, what, typed):
    name = place(OCI)
    docker_registry.reset()
    result = pycrane("edit", what, name, stdin=typed, check=False)
    assert result.returncode == 1
    kept = kept_file(result.stderr)
    assert kept.read_bytes() == typed
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    kept.unlink()
    assert {seen.method for seen in docker_registry.requests()} <= {"GET", "HEAD"}


def test_what_cannot_be_pushed_is_kept_too(pycrane, place):
    name = place(OCI)
    typed = OCI.data.replace(PLAIN.digest.encode(), images.digest_of(b"?").encode())
    result = pycrane("edit", "manifest", name, stdin=typed, check=False)
    assert result.returncode == 3
    kept = kept_file(result.stderr)
    assert kept.read_bytes() == typed
    kept.unlink()
    assert pycrane("digest", name).text == OCI.digest


def test_a_manifest_takes_along_what_it_names_to_another_repository(pycrane, place, docker_registry, repo):
    target = f"{docker_registry.host}/{repo}/other:v1"
    assert pycrane("edit", "manifest", place(MULTI), "-t", target, stdin=MULTI.data + b" ").text == target
    assert pycrane("manifest", target).stdout == MULTI.data + b" "
    assert pycrane("validate", "--remote", target).text == f"PASS: {target}"


def test_a_media_type_can_be_given_and_not_contradicted(pycrane, place):
    name = place(OCI)
    bare = {key: value for key, value in OCI.manifest.items() if key != "mediaType"}
    pycrane("edit", "manifest", name, "-m", images.OCI_MANIFEST, stdin=images.encode(bare))
    assert pycrane("manifest", name).stdout == images.encode(bare)
    result = pycrane("edit", "manifest", name, "-m", images.DOCKER_MANIFEST, stdin=OCI.data, check=False)
    assert result.returncode == 1
    assert "calls itself" in result.stderr
    kept_file(result.stderr).unlink()


def test_on_a_terminal_an_editor_opens_with_its_arguments(pycrane, terminal, place, editor):
    name = place(OCI)
    command = editor("""[ "$1" = --wait ] && sed -i s/the.tests/me/ "$2" """)
    done = terminal("edit", "config", name, env={"EDITOR": f"{command} --wait"}, all_streams=True)
    assert done.returncode == 0, done.screen
    assert shown(pycrane, "config", name)["history"][0]["created_by"] == "me"
    assert name in done.screen


def test_visual_counts_where_there_is_no_editor(pycrane, terminal, place, editor):
    name = place(OCI)
    command = editor('sed -i s/the.tests/me/ "$1"')
    assert terminal("edit", "config", name, env={"VISUAL": command}, all_streams=True).returncode == 0
    assert shown(pycrane, "config", name)["history"][0]["created_by"] == "me"


@pytest.mark.parametrize("what", [["config"], ["manifest"], ["fs", "-f", "a"]])
def test_what_the_editor_leaves_unchanged_stays(pycrane, terminal, place, what):
    name = place(UNKNOWN)
    done = terminal("edit", *what, name, env={"EDITOR": "true"}, all_streams=True)
    assert done.returncode == 0, done.screen
    assert pycrane("digest", name).text == UNKNOWN.digest


@pytest.mark.parametrize(
    ("command", "why"),
    [("false", "failed with exit status 1"), ("no-such-editor", "starting"), ("'", "starting")],
)
def test_an_editor_that_fails_changes_nothing(pycrane, terminal, place, command, why):
    name = place(OCI)
    done = terminal("edit", "config", name, env={"EDITOR": command}, all_streams=True)
    assert done.returncode == 1
    assert why in done.screen
    assert pycrane("digest", name).text == OCI.digest


def test_invalid_json_from_an_editor_is_kept(terminal, place, editor):
    command = editor('echo "{" > "$1"')
    done = terminal("edit", "config", place(OCI), env={"EDITOR": command}, all_streams=True)
    assert done.returncode == 1
    kept = kept_file(done.screen)
    assert kept.read_bytes() == b"{\n"
    assert kept.suffix == ".json"
    kept.unlink()


def rooted(*, name="etc/motd", kind=tarfile.REGTYPE, target="", **more):
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.mode, info.uid, info.gid = kind, target, 0o640, 5, 6
    info.pax_headers = more
    return info


def with_files(*entries, **settings):
    """An image with an entry `etc/motd` of content old, its own way, and others."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        motd = rooted(**{"SCHILY.xattr.user.x": "y"})
        motd.size = 4
        archive.addfile(motd, io.BytesIO(b"old\n"))
        for entry in entries:
            archive.addfile(entry)
    return images.image(images.layer(out.getvalue()), **settings)


@pytest.mark.parametrize("typed", ["/etc/motd", "etc/motd", "./etc//x/../motd"])
def test_a_file_keeps_owner_mode_and_attributes(pycrane, place, typed):
    name = place(with_files())
    env = {"SOURCE_DATE_EPOCH": "1000000000"}
    assert pycrane("edit", "fs", name, "-f", typed, stdin=b"new", env=env).text == name
    member, content = top_layer(pycrane, name)["etc/motd"]
    assert content == b"new"
    assert (member.mode, member.uid, member.gid, member.mtime) == (0o640, 5, 6, 1000000000)
    assert member.pax_headers["SCHILY.xattr.user.x"] == "y"
    config = shown(pycrane, "config", name)
    assert config["history"][-1] == {
        "created": "2001-09-09T01:46:40Z",
        "created_by": f"pycrane edit fs --filename {typed}",
    }
    assert pycrane("validate", "--remote", name).text == f"PASS: {name}"


def test_a_file_that_is_not_there_is_made(pycrane, place):
    name = place(with_files())
    result = pycrane("edit", "fs", name, "-f", "/new/file", stdin=b"")
    assert "Warning: /new/file is not there yet, and is made" in result.stderr
    member, content = top_layer(pycrane, name)["new/file"]
    assert (content, member.mode, member.uid) == (b"", 0o555, 0)


@pytest.mark.parametrize(
    "links",
    [
        [rooted(name="link", kind=tarfile.SYMTYPE, target="/etc/motd")],
        [
            rooted(name="link", kind=tarfile.SYMTYPE, target="conf/motd"),
            rooted(name="conf", kind=tarfile.SYMTYPE, target="etc"),
        ],
    ],
)
def test_symbolic_links_are_followed(pycrane, place, links):
    name = place(with_files(*links))
    pycrane("edit", "fs", name, "-f", "link", stdin=b"new")
    assert [*top_layer(pycrane, name)] == ["etc/motd"]
    assert top_layer(pycrane, name)["etc/motd"][0].mode == 0o640


def test_a_hard_link_becomes_a_file_of_its_own(pycrane, terminal, place, editor):
    name = place(with_files(rooted(name="hard", kind=tarfile.LNKTYPE, target="etc/motd")))
    command = editor('echo new >> "$1"')
    done = terminal("edit", "fs", name, "-f", "hard", env={"EDITOR": command}, all_streams=True)
    assert done.returncode == 0, done.screen
    member, content = top_layer(pycrane, name)["hard"]
    assert (content, member.mode, member.islnk()) == (b"old\nnew\n", 0o640, False)


@pytest.mark.parametrize(
    ("file", "why"),
    [
        ("etc", "'etc' is a directory"),
        ("/", "'/' is not a file"),
        ("../etc/motd", "outside of the root"),
        ("round", "circle"),
        ("pipe", "'pipe' is no file"),
    ],
)
def test_what_is_no_file_is_not_edited(pycrane, place, file, why):
    image = with_files(
        rooted(name="etc", kind=tarfile.DIRTYPE),
        rooted(name="round", kind=tarfile.SYMTYPE, target="round"),
        rooted(name="pipe", kind=tarfile.FIFOTYPE),
    )
    name = place(image)
    result = pycrane("edit", "fs", name, "-f", file, stdin=b"new", check=False)
    assert result.returncode == 1
    assert why in result.stderr
    assert pycrane("digest", name).text == image.digest


def test_a_file_is_edited_in_every_image_of_an_index(pycrane, place):
    name = place(
        images.index(with_files(), with_files(platform="linux/arm64/v8"), images.attestation(OCI)[0])
    )
    before = shown(pycrane, "manifest", name)["manifests"]
    pycrane("edit", "fs", name, "-f", "etc/motd", stdin=b"new")
    after = shown(pycrane, "manifest", name)["manifests"]
    assert [entry["platform"] for entry in after] == [entry["platform"] for entry in before]
    assert [old == new for old, new in zip(before, after, strict=True)] == [False, False, True]
    for entry in after[:2]:
        child = f"{name.rpartition(':')[0]}@{entry['digest']}"
        assert len(shown(pycrane, "manifest", child)["layers"]) == 2


def test_the_editor_is_asked_once_for_a_file_that_is_the_same_in_all_images(
    pycrane, terminal, place, editor, tmp_path
):
    name = place(images.index(with_files(), with_files(platform="linux/arm64/v8")))
    command = editor(f'echo new > "$1"; echo >> {tmp_path}/count')
    done = terminal("edit", "fs", name, "-f", "etc/motd", env={"EDITOR": command}, all_streams=True)
    assert done.returncode == 0, done.screen
    assert (tmp_path / "count").read_text() == "\n"


def test_an_artifact_has_no_files(pycrane, place):
    result = pycrane("edit", "fs", place(ARTIFACT), "-f", "a", stdin=b"new", check=False)
    assert result.returncode == 1
    assert "has no file system" in result.stderr


def test_a_windows_image_gets_its_file_in_windows_form(pycrane, place):
    files = {"Files": None, "Files/a.txt": b"old", "Hives": None}
    name = place(images.image(images.layer(files), platform="windows/amd64", extra={"os.version": "10.0.1"}))
    result = pycrane("edit", "fs", name, "-f", "a.txt", stdin=b"new")
    assert "not there yet" not in result.stderr
    assert top_layer(pycrane, name)["Files/a.txt"][1] == b"new"


@pytest.mark.parametrize(
    ("line", "limit"),
    [("config", "config_size"), ("manifest", "manifest_size"), ("fs --filename a", "edited_file")],
)
def test_an_edited_text_is_as_long_as_the_limits_of_the_client_allow(
    docker_registry, repo, monkeypatch, line, limit
):
    push(docker_registry, repo, OCI, "v1")
    options = ClientOptions(limits=Limits(**{limit: 2_000}))
    monkeypatch.setattr(Settings, "client_options", lambda self, headers: options)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(bytes(2_001))))
    words = ["edit", *line.split(), f"{docker_registry.host}/{repo}:v1"]
    with pytest.raises(LimitExceededError, match="standard input is longer than 2000 bytes"):
        program.main(words, "pycrane", standalone_mode=False)
