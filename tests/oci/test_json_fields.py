"""Fields of JSON objects have their types, and null is as absent."""

import pytest

from pycrane._errors import ArchiveError, MalformedError
from pycrane._oci import json_fields

VALUE = {"text": "a", "list": ["a"], "object": {"a": "b"}, "objects": [{}], "number": 1, "mixed": ["a", 1]}


@pytest.mark.parametrize(
    ("read", "key", "expected"),
    [
        (json_fields.text, "text", "a"),
        (json_fields.array, "mixed", ["a", 1]),
        (json_fields.texts, "list", ("a",)),
        (json_fields.mapping, "object", {"a": "b"}),
        (json_fields.mappings, "objects", [{}]),
        (json_fields.text_mapping, "object", {"a": "b"}),
    ],
)
def test_a_field_of_its_type_is_returned_and_an_absent_one_is_empty(read, key, expected):
    assert read(VALUE, key, "x") == expected
    assert read({}, key, "x") == read({key: None}, key, "x") == type(expected)()


@pytest.mark.parametrize(
    ("read", "key", "message"),
    [
        (json_fields.text, "number", "'number' of x is not a string"),
        (json_fields.array, "object", "'object' of x is not a list"),
        (json_fields.texts, "mixed", "'mixed' of x is not a list of strings"),
        (json_fields.mapping, "list", "'list' of x is not an object"),
        (json_fields.mappings, "list", "'list' of x is not a list of objects"),
    ],
)
def test_a_field_of_another_type_is_an_error(read, key, message):
    with pytest.raises(MalformedError, match=f"^{message}$"):
        read(VALUE, key, "x")
    with pytest.raises(ArchiveError, match=f"^{message}$"):
        read(VALUE, key, "x", ArchiveError)


def test_a_value_that_is_not_a_string_is_named():
    with pytest.raises(MalformedError, match=r"^'b' in 'labels' of x is not a string$"):
        json_fields.text_mapping({"labels": {"a": "", "b": 1}}, "labels", "x")
