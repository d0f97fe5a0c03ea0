"""Lists of images to synchronise: YAML as skopeo has it, and nothing else."""

from __future__ import annotations

import builtins

import pytest

import pycrane
from pycrane import ANONYMOUS, Credentials
from pycrane._client.sync_list import read_list

WHOLE = """
registry.example.com:
  images:
    app: [1.10, "v2", 'sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa']
    team/base: []
    null-means-all:
  images-by-tag-regex:
    tool: ^v[0-9]
  images-by-semver:
    db: ">= 1.2 <2"
  credentials:
    username: reader
    password: 1234
  tls-verify: false
  cert-dir: /etc/certs
docker.io:
  images: {alpine: [3.22]}
"""


def read(tmp_path, text, **limits):
    path = tmp_path / "list.yaml"
    path.write_text(text)
    return read_list(path, pycrane.Limits(**limits))


def test_all_of_a_list_is_read(tmp_path):
    first, second = read(tmp_path, WHOLE)
    assert [str(each) for each in first.images] == [
        "registry.example.com/app:1.10",
        "registry.example.com/app:v2",
        "registry.example.com/app@sha256:" + "a" * 64,
    ]
    chosen = {str(name): list(choice.of(["v1", "1.3.0", "x"])) for name, choice in first.repositories}
    assert chosen == {
        "registry.example.com/team/base": ["v1", "1.3.0", "x"],
        "registry.example.com/null-means-all": ["v1", "1.3.0", "x"],
        "registry.example.com/tool": ["v1"],
        "registry.example.com/db": ["1.3.0"],
    }
    assert first.credentials == Credentials("reader", "1234")
    assert (first.tls_verify, str(first.cert_dir)) == (False, "/etc/certs")
    assert [str(each) for each in second.images] == ["index.docker.io/library/alpine:3.22"]
    assert (second.credentials or ANONYMOUS, second.tls_verify, second.has_access) == (ANONYMOUS, None, False)


def test_no_secret_is_shown(tmp_path):
    assert "1234" not in repr(read(tmp_path, WHOLE))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a.io: [", "is not YAML"),
        ("- a.io", "not a mapping"),
        ("a.io: text", "its value is not a mapping"),
        ("a.io: {image: {}}", "unknown key 'image'"),
        ("a.io: {images: [app]}", "images is not a mapping"),
        ("a.io: {images: {app: v1}}", "not a list of tags"),
        ("a.io: {images: {app: [[v1]]}}", "value of app is not a text"),
        ("a.io: {images: {app: [v/1]}}", "is not a tag"),
        ("a.io: {images: {App: []}}", "is not a repository"),
        ("a.io: {images: {app: ['sha256:x']}}", "a.io in"),
        ("'http://a.io': {}", "is not a registry"),
        ("a.io: {images-by-tag-regex: {app: '('}}", "is not a regular expression"),
        ("a.io: {images-by-semver: {app: what}}", "is not a range"),
        ("a.io: {tls-verify: maybe}", "expected true or false"),
        ("a.io: {credentials: {user: x}}", "unknown key 'user'"),
        ("a.io: {}\na.io: {}", "a key twice"),
        ("a.io: {images: {app: [v1], app: [v2]}}", "a key twice"),
        ("a.io: {images: &x {app: []}}\nb.io: {images: *x}", "an alias"),
        ("a.io: {images: !!python/object/apply:os.getcwd []}", "images is not a mapping"),
    ],
)
def test_what_is_no_such_list_is_refused_with_the_reason(tmp_path, text, message):
    with pytest.raises(pycrane.PycraneError, match=message):
        read(tmp_path, text)


def test_a_list_is_bounded(tmp_path):
    with pytest.raises(pycrane.LimitExceededError, match="levels"):
        read(tmp_path, "[" * 200 + "]" * 200)
    with pytest.raises(pycrane.LimitExceededError, match="values"):
        read(tmp_path, f"a.io: {{images: {{app: [{', '.join(['v1'] * 50)}]}}}}", json_values=20)
    with pytest.raises(pycrane.PycraneError):
        read(tmp_path, "a.io: {}  " + "#" * 100, config_file=50)


def test_a_missing_file_is_said_to_be_missing(tmp_path):
    with pytest.raises(pycrane.PycraneError, match=r"nowhere\.yaml"):
        read_list(tmp_path / "nowhere.yaml")


def test_without_pyyaml_the_message_says_how_to_get_it(tmp_path, monkeypatch):
    real = builtins.__import__

    def refuse(name, *args, **kwargs):
        if name == "yaml":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(pycrane.UnsupportedError) as caught:
        read(tmp_path, "a.io: {}")
    assert caught.value.hint == "pip install 'pycrane[yaml]'"
