"""The shape of the house: who may import whom, what a start loads, how long a module may be."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "pycrane"
FLOORS = (
    "cli",
    "client",
    "server",
    "transports",
    "mutate",
    "transfer",
    "registry",
    "archive",
    "keychain",
    "image",
    "layers",
    "io",
    "reference",
    "events",
    "oci",
    "limits",
    "errors",
    "version",
    "lazy",
)
HEAVY = {"requests", "rich", "urllib3", "isal", "ssl"}
MOST_LINES = 450

MODULES = sorted(PACKAGE.rglob("*.py"))
PACKAGES = [path for path in MODULES if path.name == "__init__.py"]
modules = pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))


def floor_of(name: str) -> int | None:
    """How far down a module of pycrane lives; None for the front door, which sees everything."""
    _, _, part = name.partition("._")
    floor = part.partition(".")[0]
    return FLOORS.index(floor) if floor in FLOORS else None


def module_name(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


NAMES = {module_name(path) for path in MODULES}
FRONT = {"pycrane", "pycrane.__main__"}
"""The door of the house: it names everything, and nothing in the house imports it."""


def imported(path: Path) -> Iterator[tuple[int, str]]:
    """Line and full name of everything that a module takes from pycrane, at its top or within."""
    package = path.parent.relative_to(PACKAGE.parent).parts
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            source = ".".join([*above, *([node.module] if node.module else [])])
            yield from ((node.lineno, f"{source}.{alias.name}") for alias in node.names)


def test_the_floors_are_those_that_are_drawn() -> None:
    drawn = (PACKAGE.parent / "CONTRIBUTING.md").read_text()
    assert tuple(re.findall(r"^\| `_([a-z]+)(?:/|\.py)` \|", drawn, re.MULTILINE)) == FLOORS


def test_every_file_that_the_guide_for_contributors_names_exists() -> None:
    text = (PACKAGE.parent / "CONTRIBUTING.md").read_text()
    named = re.findall(r"`(_[a-z_/]+\.py)`", text)
    assert len(named) > 20
    assert [name for name in named if not (PACKAGE / name).exists()] == []


@modules
def test_a_module_imports_only_from_its_floor_and_those_below(module: Path) -> None:
    name = module_name(module)
    own = floor_of(name)
    if own is None:
        assert name in {"pycrane", "pycrane.__main__", "pycrane.server"}, f"{name} is on no floor"
        return
    for line, target in imported(module):
        if target.split(".")[0] != "pycrane":
            continue
        below = floor_of(target)
        assert below is not None, f"{module}:{line}: {target} is on no floor"
        assert below >= own, f"{module}:{line}: {name} takes {target} from a floor above"


@pytest.mark.parametrize("name", ["pycrane", "pycrane._cli.program"])
def test_a_start_loads_nothing_heavy(name: str) -> None:
    program = f"import sys, {name}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert HEAVY.isdisjoint(done.stdout.split())


@modules
def test_a_module_is_short(module: Path) -> None:
    assert len(module.read_text().splitlines()) <= MOST_LINES


@modules
def test_nothing_is_left_for_later(module: Path) -> None:
    left = [line for line in module.read_text().splitlines() if re.search(r"\b(TODO|FIXME)\b", line)]
    assert left == []


def known(name: str) -> str | None:
    """The module that a name of pycrane stands for or stands in; None outside pycrane."""
    while name and name not in NAMES:
        name = name.rpartition(".")[0]
    return name or None


def imports_of_modules() -> dict[str, set[str]]:
    """The modules of pycrane that each module imports, late imports counted."""
    graph: dict[str, set[str]] = {}
    for path in MODULES:
        name = module_name(path)
        graph[name] = {found for _, target in imported(path) if (found := known(target)) and found != name}
    return graph


def circle_of(graph: dict[str, set[str]]) -> list[str]:
    """One circle in a graph, its first name again at its end; empty if there is none."""
    done: set[str] = set()
    for start in graph:
        path: list[str] = []
        waiting = [(start, 0)]
        while waiting:
            name, depth = waiting.pop()
            del path[depth:]
            if name in path:
                return [*path[path.index(name) :], name]
            if name in done and depth:
                continue
            path.append(name)
            done.add(name)
            waiting.extend((below, depth + 1) for below in sorted(graph.get(name, ())))
    return []


def test_a_circle_is_found_wherever_it_is() -> None:
    assert circle_of({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == []
    assert circle_of({"a": {"b"}, "b": {"c", "d"}, "c": set(), "d": {"b"}}) == ["b", "d", "b"]
    assert circle_of({"a": set(), "b": {"a", "c"}, "c": {"d"}, "d": {"b"}}) == ["b", "c", "d", "b"]


def test_no_modules_import_each_other_also_not_late() -> None:
    graph = imports_of_modules()
    graph = {name: below - FRONT for name, below in graph.items() if name not in FRONT}
    assert circle_of(graph) == []


@pytest.mark.parametrize("package", PACKAGES, ids=module_name)
def test_a_package_says_what_it_is_for(package: Path) -> None:
    assert ast.get_docstring(ast.parse(package.read_text()))
