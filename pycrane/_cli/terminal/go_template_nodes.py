"""Parts of output templates as functions of the state of a run (Go, text/template/exec)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from pycrane._cli.terminal.go_template_functions import call, is_true
from pycrane._cli.terminal.go_template_values import (
    MOST_OUTPUT,
    Record,
    TemplateError,
    kind_of,
    printed,
)

_MOST_STEPS = 1_000_000
NOTHING: Any = object()
"""Value before the first stage of a pipeline."""


class State:
    """State of a run: the value under the dot, the variables by name and value, and the output."""

    def __init__(self, root: object) -> None:
        self.dot: Any = root
        self.variables: list[tuple[str, Any]] = [("$", root)]
        self.output: list[str] = []
        self._written = 0
        self._steps = 0

    def step(self) -> None:
        self._steps += 1
        if self._steps > _MOST_STEPS:
            raise TemplateError(f"a template takes more than {_MOST_STEPS} steps")

    def write(self, text: str) -> None:
        self.output.append(text)
        self._written += len(text)
        if self._written > MOST_OUTPUT:
            raise TemplateError(f"a template prints more than {MOST_OUTPUT} characters")

    def set(self, name: str, value: object, *, declares: bool) -> None:
        if declares:
            self.variables.append((name, value))
        else:
            self.variables[self.place(name)] = (name, value)

    def place(self, name: str) -> int:
        for at in reversed(range(len(self.variables))):
            if self.variables[at][0] == name:
                return at
        raise TemplateError(f"undefined variable {name}")  # it is set in a branch that was not taken


Value = Callable[[State], Any]
Stage = Callable[[State, Any], Any]
Node = Callable[[State], str | None]
"""Part of a template. Running it returns `break` or `continue` if it left a loop so."""


def sequence(nodes: Sequence[Node]) -> Node:
    def run(state: State) -> str | None:
        for node in nodes:
            state.step()
            if left := node(state):
                return left
        return None

    return run


def text_node(text: str) -> Node:
    def run(state: State) -> None:
        state.write(text)

    return run


def print_node(value: Value) -> Node:
    def run(state: State) -> None:
        found = value(state)
        state.write("<no value>" if found is None else printed(found))

    return run


def assignment(name: str, value: Value, *, declares: bool) -> Node:
    def run(state: State) -> None:
        state.set(name, value(state), declares=declares)

    return run


def scoped(node: Node) -> Node:
    """Return a node after which the dot is what it was, and the variables it declared are gone."""

    def run(state: State) -> str | None:
        dot, count = state.dot, len(state.variables)
        left = node(state)
        del state.variables[count:]
        state.dot = dot
        return left

    return run


def choice_node(
    names: Sequence[str], value: Value, body: Node, other: Node, *, declares: bool, moves: bool
) -> Node:
    def run(state: State) -> str | None:
        found = value(state)
        for name in names:
            state.set(name, found, declares=declares)
        if not is_true(found):
            return other(state)
        if moves:
            state.dot = found
        return body(state)

    return run


def range_node(names: Sequence[str], value: Value, body: Node, other: Node, *, declares: bool) -> Node:
    def run(state: State) -> str | None:
        found = value(state)
        for name in names:
            state.set(name, found, declares=declares)
        count = len(state.variables)
        empty = True
        for key, item in _items(found):
            state.step()
            empty = False
            for name, each in zip(names, (key, item) if len(names) > 1 else (item,), strict=False):
                state.set(name, each, declares=False)
            state.dot = item
            left = body(state)
            del state.variables[count:]
            if left == "break":
                break
        return other(state) if empty else None

    return run


def _items(value: object) -> Iterable[tuple[Any, Any]]:
    if value is None:
        return ()
    if isinstance(value, dict):
        return sorted(value.items())
    if isinstance(value, list | tuple):
        return enumerate(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return ((each, each) for each in range(value))
    raise TemplateError(f"range over a value of type {kind_of(value)}")


def piped(stages: Sequence[Stage]) -> Value:
    def run(state: State) -> Any:
        value: Any = NOTHING
        for stage in stages:
            state.step()
            value = stage(state, value)
        return value

    return run


def call_stage(name: str, operands: Sequence[Value]) -> Stage:
    def run(state: State, last: Any) -> Any:
        return call(name, [operand(state) for operand in operands] + ([] if last is NOTHING else [last]))

    def choose(state: State, last: Any) -> Any:
        given: list[Value] = [] if last is NOTHING else [lambda state: last]
        values = [*operands, *given]
        if not values:
            raise TemplateError(f"a template calls {name} without arguments")
        found = None
        for operand in values:
            found = operand(state)
            if is_true(found) == (name == "or"):
                break
        return found

    return choose if name in ("and", "or") else run


def value_stage(operands: Sequence[Value], text: str) -> Stage:
    def run(state: State, last: Any) -> Any:
        if len(operands) > 1 or last is not NOTHING:
            raise TemplateError(f"a template gives arguments to {text}, which is not a function")
        return operands[0](state)

    return run


def field_value(value: Value, fields: Sequence[str]) -> Value:
    def run(state: State) -> Any:
        found = value(state)
        for name in fields:
            found = _field(found, name)
        return found

    return run


def _field(value: Any, name: str) -> Any:
    if isinstance(value, Record) and name in value.fields:
        return value.fields[name]
    if isinstance(value, dict) or value is None:
        return value.get(name) if value else None
    known = f"; it has {', '.join(value.fields)}" if isinstance(value, Record) else ""
    raise TemplateError(f"can't evaluate field {name} in type {kind_of(value)}{known}")
