"""Edits change only what they name, whatever else there is."""

from __future__ import annotations

import dataclasses
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mutate.changes import IMAGE, LABEL, WHEN, counted
from peers import images

import pycrane
from pycrane._errors import UnsupportedError
from pycrane._mutate.config import ConfigEdit, edit_config

KEYS = st.text("abcXYZ.", min_size=1, max_size=3)
VALUES = st.dictionaries(KEYS, st.text(max_size=4), max_size=4)
CHANGES = st.dictionaries(KEYS, st.one_of(st.none(), st.text(max_size=4)), max_size=4)


def config_of(image):
    return json.loads(image.raw_config_file)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(old=VALUES, changes=CHANGES)
def test_labels_are_merged(view_of, old, changes):
    changed = edit_config(view_of(images.image(config={"Labels": old})), ConfigEdit(labels=changes))
    expected = {key: value for key, value in {**old, **changes}.items() if value is not None}
    assert config_of(changed)["config"].get("Labels", {}) == expected


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(old=VALUES, changes=CHANGES)
def test_variables_are_merged_and_keep_their_places(view_of, old, changes):
    env = [f"{key}={value}" for key, value in old.items()]
    changed = edit_config(view_of(images.image(config={"Env": env})), ConfigEdit(env=changes))
    expected = {key: value for key, value in {**old, **changes}.items() if value is not None}
    assert config_of(changed)["config"].get("Env", []) == [
        f"{key}={value}" for key, value in expected.items()
    ]


def test_a_variable_without_a_value_in_the_config_stays(view_of):
    changed = edit_config(view_of(images.image(config={"Env": ["ODD", "A=1"]})), ConfigEdit(env={"ODD": "x"}))
    assert config_of(changed)["config"]["Env"] == ["ODD", "A=1", "ODD=x"]


def test_an_edit_of_an_edit_is_one_edit(view_of):
    base = view_of(images.image())
    twice = edit_config(edit_config(base, ConfigEdit(labels={"a": "1"})), ConfigEdit(user="me"))
    once = edit_config(base, ConfigEdit(labels={"a": "1"}, user="me"))
    assert twice.digest == once.digest
    assert twice.raw_config_file == once.raw_config_file
    assert twice.layers[0].uncompressed().read() == base.layers[0].uncompressed().read()


def test_nested_indexes_are_edited_all_the_way_down(view_of):
    changed = edit_config(view_of(images.nested()), ConfigEdit(user="me"))
    inner = changed.child(changed.index_manifest.manifests[0])
    found = [inner.child(entry) for entry in inner.index_manifest.manifests]
    found.append(changed.child(changed.index_manifest.manifests[1]))
    assert [config_of(image)["config"]["User"] for image in found] == ["me"] * 3


def test_an_index_cannot_get_one_platform(view_of):
    from pycrane._oci.platform import Platform

    changed = edit_config(view_of(images.multi_platform()), ConfigEdit(platform=Platform("linux", "386")))
    with pytest.raises(UnsupportedError, match="would all be for linux/386"):
        _ = changed.digest


def test_embedded_config_data_is_brought_up_to_date(view_of):
    import base64

    plain = images.image()
    document = plain.manifest
    document["config"]["data"] = base64.b64encode(plain.config.data).decode()
    root = images.Image(plain.media_type, images.encode(document), config=plain.config, layers=plain.layers)
    changed = edit_config(view_of(root), ConfigEdit(user="me"))
    assert base64.b64decode(changed.manifest.raw["config"]["data"]) == changed.raw_config_file


def test_a_configuration_is_replaced_as_an_object_or_as_a_value():
    fields = {**IMAGE.config_file.raw, "author": "me", "mine": 1}
    changed = pycrane.set_config(IMAGE, fields)
    assert changed.config_file.raw["mine"] == 1
    assert changed.config_file.author == "me"
    value = dataclasses.replace(IMAGE.config_file, author="me")
    assert pycrane.set_config(IMAGE, value).config_file.author == "me"
    assert changed.manifest.layers == IMAGE.manifest.layers
    view, read = counted(IMAGE)
    pycrane.set_config(view, fields)
    assert read == []


@given(author=st.text(max_size=5), user=st.text(max_size=5), os_version=st.text("1.", max_size=3))
def test_every_field_of_a_value_counts(author, user, os_version):
    old = IMAGE.config_file
    value = dataclasses.replace(
        old,
        author=author,
        config={"User": user},
        created=WHEN,
        history=({"created_by": "x"}, *old.history),
        platform=dataclasses.replace(old.platform, os_version=os_version),
    )
    new = pycrane.set_config(IMAGE, value).config_file
    assert (new.author, new.config.get("User", ""), new.created) == (author, user, WHEN)
    assert (new.platform, new.diff_ids) == (value.platform, old.diff_ids)
    assert [entry.get("created_by") for entry in new.history] == [
        "x",
        *(e["created_by"] for e in old.history),
    ]


def test_a_configuration_of_other_layers_or_of_none_is_refused():
    with pytest.raises(pycrane.MalformedError, match=r"names 0 layers, image sha256:.* has 3"):
        _ = pycrane.set_config(IMAGE, {"os": "linux"}).digest
    with pytest.raises(pycrane.MalformedError, match="history"):
        pycrane.set_config(IMAGE, {**IMAGE.config_file.raw, "history": 1})


def test_an_artifact_has_no_configuration_and_no_files(view_of):
    artifact = view_of(
        images.assemble(images.Blob("application/vnd.oci.empty.v1+json", b"{}"), [images.Layer("a/b", b"?")])
    )
    for change in (
        lambda: pycrane.set_config(artifact, {}),
        lambda: pycrane.set_time(artifact, WHEN),
        lambda: pycrane.flatten_image(artifact),
        lambda: pycrane.edit_config(artifact, LABEL),
    ):
        with pytest.raises(pycrane.UnsupportedError, match="is an artifact"):
            _ = change().digest
    assert pycrane.annotate(artifact, {"a": "b"}).manifest.annotations == {"a": "b"}
