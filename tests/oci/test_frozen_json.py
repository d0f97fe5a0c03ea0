"""JSON that was read stays as it was read."""

from __future__ import annotations

import copy
import json
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

import pycrane
from pycrane._oci import go_json
from pycrane._oci.frozen_json import FrozenArray, FrozenObject, frozen, thawed

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=20,
)
CHANGES = {
    "set": lambda value: value.__setitem__(0, 1),
    "delete": lambda value: value.__delitem__(0),
    "clear": lambda value: value.clear(),
    "pop": lambda value: value.pop(0),
}
CHANGES_OF_OBJECTS = {
    **CHANGES,
    "popitem": lambda value: value.popitem(),
    "setdefault": lambda value: value.setdefault("b", 1),
    "update": lambda value: value.update(b=1),
    "merge": lambda value: value.__ior__({"b": 1}),
}
CHANGES_OF_ARRAYS = {
    **CHANGES,
    "append": lambda value: value.append(1),
    "extend": lambda value: value.extend([1]),
    "insert": lambda value: value.insert(0, 1),
    "remove": lambda value: value.remove(1),
    "sort": lambda value: value.sort(),
    "reverse": lambda value: value.reverse(),
    "add": lambda value: value.__iadd__([1]),
    "repeat": lambda value: value.__imul__(2),
}


@given(VALUES)
def test_frozen_json_equals_its_source_and_is_written_alike(value):
    kept = frozen(value)
    assert kept == value
    assert go_json.dumps(kept) == go_json.dumps(value)
    assert json.loads(json.dumps(kept)) == value


@pytest.mark.parametrize("change", CHANGES_OF_OBJECTS)
def test_an_object_is_not_changed(change):
    kept = frozen({0: 1, "a": 2})
    with pytest.raises(TypeError, match="is not changed"):
        CHANGES_OF_OBJECTS[change](kept)
    assert kept == {0: 1, "a": 2}


@pytest.mark.parametrize("change", CHANGES_OF_ARRAYS)
def test_an_array_is_not_changed(change):
    kept = frozen([1, 0])
    with pytest.raises(TypeError, match="is not changed"):
        CHANGES_OF_ARRAYS[change](kept)
    assert kept == [1, 0]


@given(VALUES)
def test_a_copy_is_ordinary_and_what_is_pickled_is_not(value):
    kept = frozen(value)
    for ordinary in (copy.deepcopy(kept), thawed(kept)):
        assert ordinary == value
        assert go_json.dumps(ordinary) == go_json.dumps(value)
        assert not holds_frozen(ordinary)
    again = pickle.loads(pickle.dumps(kept))
    assert again == value
    assert type(again) is type(kept)


def holds_frozen(value):
    if isinstance(value, FrozenObject | FrozenArray):
        return True
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(map(holds_frozen, inner))


def test_a_shallow_copy_may_be_changed_at_its_top():
    kept = frozen({"a": [1]})
    for shallow in (copy.copy(kept), kept.copy(), {**kept}):
        shallow["b"] = 1
    for shallow in (copy.copy(kept["a"]), kept["a"].copy(), kept["a"][:]):
        shallow.append(2)
    assert kept == {"a": [1]}


def test_views_are_not_changed_through_what_they_give():
    image, index = pycrane.random_image(1), pycrane.random_index(1)
    for value, key in (
        (image.manifest.raw, "layers"),
        (image.manifest.raw["layers"][0], "size"),
        (image.manifest.layers[0].raw, "digest"),
        (image.config_file.raw["rootfs"], "diff_ids"),
        (image.config_file.config, "Labels"),
        (image.config_file.history[0], "created"),
        (index.index_manifest.raw, "manifests"),
    ):
        with pytest.raises(TypeError, match="is not changed"):
            value[key] = 1
    own = copy.deepcopy(image.config_file.raw)
    own["config"]["Labels"] = {"a": "b"}
    assert pycrane.set_config(image, own).config_file.config["Labels"] == {"a": "b"}
    assert "Labels" not in image.config_file.config
