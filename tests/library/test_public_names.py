"""What is public stands in one place, is described, and costs nothing before it is used."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
import typing
from pathlib import Path
from types import ModuleType

import pytest

import pycrane

SOURCE = Path(pycrane.__file__)
ALIASES = {"ANONYMOUS", "Event", "Listener", "View"}


def modules_after(code: str) -> set[str]:
    program = f"import sys; before = set(sys.modules); {code}; print(*set(sys.modules) - before)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_importing_it_imports_nothing_else():
    assert modules_after("import pycrane") == {"pycrane"}


def test_a_name_imports_what_it_needs_and_no_more():
    assert not modules_after("import pycrane; pycrane.Digest, pycrane.StaticKeychain") & {"requests", "ssl"}


@pytest.mark.parametrize("name", pycrane.__all__)
def test_every_name_is_there_and_described(name):
    thing = getattr(pycrane, name)
    assert not isinstance(thing, ModuleType)
    if name in ALIASES:
        return
    assert inspect.getdoc(thing), f"{name} has no docstring"
    if inspect.isclass(thing):
        bare = [
            member
            for member, value in vars(thing).items()
            if not member.startswith("_")
            and (inspect.isfunction(value) or isinstance(value, property | classmethod))
            and not inspect.getdoc(getattr(thing, member))
        ]
        assert bare == []


def test_type_checkers_are_told_of_the_same_names():
    tree = ast.parse(SOURCE.read_text())
    told = {
        alias.name: node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module.startswith("pycrane.")
        for alias in node.names
        if alias.asname == alias.name
    }
    assert told == pycrane._HOMES


def test_the_list_is_sorted_and_all_there_is():
    assert pycrane.__all__ == sorted(set(pycrane.__all__))
    assert sorted(dir(pycrane)) == sorted([*pycrane.__all__, "__version__"])
    everything: dict[str, object] = {}
    exec("from pycrane import *", everything)
    assert everything.keys() - {"__builtins__"} == set(pycrane.__all__)


def test_a_name_that_is_not_public_is_no_attribute():
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = pycrane.nothing


def test_every_error_is_public():
    import pycrane._errors

    errors = {name for name, value in vars(pycrane._errors).items() if inspect.isclass(value)}
    public = errors - {
        name for name in errors if getattr(pycrane._errors, name).__module__ != "pycrane._errors"
    }
    assert public <= set(pycrane.__all__)


def test_every_event_is_public():
    assert {event.__name__ for event in typing.get_args(pycrane.Event)} <= set(pycrane.__all__)


def test_a_verb_has_the_parameters_of_its_method_and_no_self():
    from pycrane._library import calls

    for name, call in vars(calls).items():
        if inspect.isfunction(call) and not name.startswith("_") and name != "wraps":
            own = list(inspect.signature(call).parameters.values())
            assert own == list(inspect.signature(getattr(pycrane.Client, name)).parameters.values())[1:]


def test_it_says_that_it_is_typed():
    assert (SOURCE.parent / "py.typed").exists()
