"""What is public stands in one place, is described, and costs nothing before it is used."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
import typing
from pathlib import Path
from types import ModuleType

import jedi
import pytest

import pycrane
import pycrane.server

SOURCE = Path(pycrane.__file__)
ALIASES = {"ANONYMOUS", "AnyImage", "Changes", "Event", "Listener", "Name", "PathName", "Platforms", "View"}
HOUSES = [pycrane, pycrane.server]
NAMES = [(house, name) for house in HOUSES for name in house.__all__]
EVERY_VERB = sorted(name for name, home in pycrane._HOMES.items() if home == "pycrane._client.functions")


def modules_after(code: str) -> set[str]:
    program = f"import sys; before = set(sys.modules); {code}; print(*set(sys.modules) - before)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize(
    ("code", "loaded"),
    [
        ("import pycrane", {"pycrane", "pycrane._lazy", "pycrane._version"}),
        ("import pycrane.server", {"pycrane", "pycrane._lazy", "pycrane._version", "pycrane.server"}),
    ],
)
def test_importing_it_imports_nothing_else(code, loaded):
    assert modules_after(code) == loaded


def test_a_name_imports_what_it_needs_and_no_more():
    assert not modules_after("import pycrane; pycrane.Digest, pycrane.StaticKeychain") & {"requests", "ssl"}


def members(thing: type) -> dict[str, object]:
    """The public methods and properties of a class of ours, its own and those it has from ours."""
    return {
        name: value
        for kind in reversed(thing.__mro__)
        if kind.__module__.startswith("pycrane.")
        for name, value in vars(kind).items()
        if not name.startswith("_")
        and (inspect.isfunction(value) or isinstance(value, property | classmethod))
    }


@pytest.mark.parametrize(("house", "name"), NAMES)
def test_every_name_is_there_and_described(house, name):
    thing = getattr(house, name)
    assert not isinstance(thing, ModuleType)
    if name in ALIASES:
        return
    assert inspect.getdoc(thing), f"{name} has no docstring"
    if inspect.isclass(thing):
        assert [member for member in members(thing) if not inspect.getdoc(getattr(thing, member))] == []


@pytest.mark.parametrize(("house", "name"), NAMES)
def test_every_parameter_and_result_has_a_type(house, name):
    thing = getattr(house, name)
    called = {name: thing} if inspect.isfunction(thing) else members(thing) if inspect.isclass(thing) else {}
    for member, value in called.items():
        function = getattr(value, "fget", None) or getattr(value, "__func__", value)
        signature = inspect.signature(function)
        assert signature.return_annotation is not signature.empty, f"{member} does not say what it gives"
        bare = [
            each.name
            for each in signature.parameters.values()
            if each.annotation is each.empty and each.name not in ("self", "cls")
        ]
        assert bare == [], member


@pytest.mark.parametrize("house", HOUSES, ids=lambda house: house.__name__)
def test_editors_complete_every_name(house):
    code = f"import {house.__name__}\n{house.__name__}."
    completed = {each.name for each in jedi.Script(code).complete(2)}
    assert set(house.__all__) <= completed


def test_editors_complete_the_methods_of_a_client():
    completed = {each.name for each in jedi.Script("import pycrane\npycrane.Client().").complete(2)}
    assert {"copy", "image", "append", "close"} <= completed


@pytest.mark.parametrize("house", HOUSES, ids=lambda house: house.__name__)
def test_each_line_of_a_stub_names_one_thing_and_its_module(house):
    lines = Path(f"{house.__file__}i").read_text().splitlines()[2:]
    assert all(re.fullmatch(r"from (pycrane\._\S+) import (\w+) as \2", line) for line in lines)


@pytest.mark.parametrize("house", HOUSES, ids=lambda house: house.__name__)
def test_the_list_is_sorted_and_all_there_is(house):
    assert house.__all__ == sorted(set(house.__all__))
    version = {"__version__"} if house is pycrane else set()
    assert set(dir(house)) == {*house.__all__, *version}
    everything: dict[str, object] = {}
    exec(f"from {house.__name__} import *", everything)
    assert everything.keys() - {"__builtins__"} == set(house.__all__)


@pytest.mark.parametrize("house", HOUSES, ids=lambda house: house.__name__)
def test_a_name_that_is_not_public_is_no_attribute(house):
    with pytest.raises(AttributeError, match=f"'{house.__name__}' has no attribute 'nothing'"):
        _ = house.nothing


def test_every_module_that_is_not_public_is_private_by_name():
    shown = {path.stem for path in SOURCE.parent.iterdir() if not path.name.startswith(("_", "."))}
    assert shown == {"server", "py"}  # py.typed


def test_every_error_is_public():
    import pycrane._errors

    errors = {name for name, value in vars(pycrane._errors).items() if inspect.isclass(value)}
    public = errors - {
        name for name in errors if getattr(pycrane._errors, name).__module__ != "pycrane._errors"
    }
    assert public <= set(pycrane.__all__)


def test_every_event_is_public():
    assert {event.__name__ for event in typing.get_args(pycrane.Event)} <= set(pycrane.__all__)


@pytest.mark.parametrize("name", EVERY_VERB)
def test_a_verb_has_the_parameters_of_its_method_and_no_self(name):
    call, method = getattr(pycrane, name), getattr(pycrane.Client, name)
    own = list(inspect.signature(call).parameters.values())
    assert own == list(inspect.signature(method).parameters.values())[1:]
    assert inspect.getdoc(call) == inspect.getdoc(method)


def test_what_the_commands_do_is_there():
    from pycrane._cli.program import COMMANDS

    called = {
        "auth": "DefaultKeychain",
        "blob": "RegistryClient",
        "cat": "read_file",
        "du": "usage",
        "edit": "edit_file",
        "gc": "garbage",
        "index": "index_append",
        "layout": "Layout",
        "list-tags": "list_tags",
        "ls": "list_tags",
        "manifest-digest": "Digest",
        "ref": "parse_reference",
    }
    of_the_terminal = {
        "completion",
        "help",
        "registry",
        "skopeo",
        "version",
    }  # a registry is in pycrane.server
    missing = [name for name in COMMANDS if called.get(name, name) not in pycrane.__all__]
    assert set(missing) <= of_the_terminal


def test_the_package_says_that_it_is_typed():
    assert (SOURCE.parent / "py.typed").exists()


def test_limits_show_what_is_not_the_default():
    assert repr(pycrane.Limits()) == "Limits()"
    assert repr(pycrane.Limits(layers=5, attempts=1)) == "Limits(layers=5, attempts=1)"


def test_no_docstring_of_a_public_name_sends_a_reader_inside():
    inside = [
        (name, member)
        for house, name in NAMES
        if name not in ALIASES
        for member, value in {
            "": getattr(house, name),
            **(members(getattr(house, name)) if inspect.isclass(getattr(house, name)) else {}),
        }.items()
        if "pycrane._" in (inspect.getdoc(value) or "")
    ]
    assert inside == []
