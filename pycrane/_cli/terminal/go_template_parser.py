"""Parser of output templates (Go, text/template/parse): pieces of a template to one node."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pycrane._cli.terminal.go_template_functions import FUNCTIONS
from pycrane._cli.terminal.go_template_nodes import (
    NOTHING,
    Node,
    Stage,
    Value,
    assignment,
    call_stage,
    choice_node,
    field_value,
    piped,
    print_node,
    range_node,
    scoped,
    sequence,
    text_node,
    value_stage,
)
from pycrane._cli.terminal.go_template_tokens import Lexeme, literal, number, pieces
from pycrane._cli.terminal.go_template_values import TemplateError

_MOST_DEPTH = 40


class Parser:
    """Reads a template into one node."""

    def __init__(self, template: str) -> None:
        self._pieces = iter(pieces(template))
        self._names = ["$"]
        self._tokens: list[Lexeme] = []
        self._at = 0
        self._depth = 0
        self._loops = 0

    def parse(self) -> Node:
        node, end = self._nodes()
        if end:
            raise TemplateError(f"a template has {{{{{end}}}}} without a beginning")
        return node

    @contextmanager
    def _deeper(self) -> Iterator[None]:
        self._depth += 1
        if self._depth > _MOST_DEPTH:
            raise TemplateError(f"a template is nested deeper than {_MOST_DEPTH} levels")
        yield
        self._depth -= 1

    def _nodes(self) -> tuple[Node, str]:
        """Read nodes until `end` or `else`; return them with that word, empty at the end of the template."""
        nodes: list[Node] = []
        for piece in self._pieces:
            if isinstance(piece, str):
                nodes.append(text_node(piece))
                continue
            self._tokens, self._at = piece, 0
            self._space()
            word = self._tokens[self._at].text if self._peek("word") else ""
            if word in ("end", "else"):
                self._at += 1
                if word == "end":
                    self._finish()
                return sequence(nodes), word
            nodes.append(self._node(word))
        return sequence(nodes), ""

    def _node(self, word: str) -> Node:
        if word in ("if", "with", "range"):
            self._at += 1
            with self._deeper():
                return self._block(word)
        if word in ("break", "continue"):
            self._at += 1
            self._finish()
            if not self._loops:
                raise TemplateError(f"a template has {{{{{word}}}}} outside of a range")
            return lambda state: word
        if word in ("define", "block", "template"):
            raise TemplateError(f"a template has {{{{{word}}}}}, which is not supported")
        names, declares, value = self._pipeline()
        self._finish()
        if len(names) > 1:
            raise TemplateError("a template has two variables outside of a range")
        return assignment(names[0], value, declares=declares) if names else print_node(value)

    def _block(self, word: str) -> Node:
        scope = len(self._names)
        names, declares, value = self._pipeline(looping=word == "range")
        self._finish()
        self._loops += word == "range"
        body, end = self._nodes()
        self._loops -= word == "range"
        other: Node = sequence([])
        if end == "else":
            other = self._otherwise(word)
        elif not end:
            raise TemplateError(f"a template has {{{{{word}}}}} without {{{{end}}}}")
        del self._names[scope:]
        if word == "range":
            return scoped(range_node(names, value, body, other, declares=declares))
        return scoped(choice_node(names, value, body, other, declares=declares, moves=word == "with"))

    def _otherwise(self, word: str) -> Node:
        """Read what follows `else`: another `if` or `with`, or nodes up to the end."""
        self._space()
        if self._at < len(self._tokens):
            again = self._tokens[self._at].text
            if again not in ("if", "with") or word not in ("if", "with"):
                raise TemplateError(f"a template has {again} after else")
            self._at += 1
            with self._deeper():
                return self._block(again)
        node, end = self._nodes()
        if end != "end":
            raise TemplateError("a template has {{else}} without {{end}}")
        return node

    def _pipeline(self, *, looping: bool = False) -> tuple[list[str], bool, Value]:
        """Read a pipeline; return the variables it sets, whether it declares them, and its value."""
        names, declares = self._declaration(looping)
        stages: list[Stage] = []
        while True:
            self._space()
            if not self._more() or self._peek("sign", ")"):
                raise TemplateError("a template has an empty command")
            stages.append(self._command(first=not stages))
            if not self._peek("sign", "|"):
                break
            self._at += 1
        if declares:
            self._names += names
        elif unknown := [name for name in names if name not in self._names]:
            raise TemplateError(f"a template has the undefined variable {unknown[0]}")
        return names, declares, piped(stages)

    def _declaration(self, looping: bool) -> tuple[list[str], bool]:
        start = self._at
        names: list[str] = []
        while True:
            self._space()
            if not self._peek("variable"):
                break
            names.append(self._tokens[self._at].text)
            self._at += 1
            self._space()
            if self._peek("sign", ":=") or self._peek("sign", "="):
                self._at += 1
                return names, self._tokens[self._at - 1].text == ":="
            if not (looping and len(names) == 1 and self._peek("sign", ",")):
                break
            self._at += 1
        self._at = start
        return [], False

    def _command(self, *, first: bool) -> Stage:
        """Read an operand or a function with its arguments; the stage takes the value before it."""
        self._space()
        start = self._tokens[self._at]
        operands: list[Value] = []
        name = start.text if start.kind == "word" and start.text not in ("true", "false", "nil") else ""
        if name and name not in FUNCTIONS and name not in ("and", "or"):
            raise TemplateError(f"a template calls {name}, which is not a function")
        bare = bool(name) and not self._chained(self._at + 1)
        if bare:
            self._at += 1
        while self._more() and not self._peek("sign", "|") and not self._peek("sign", ")"):
            if operands or bare:
                if not self._peek("space"):
                    raise TemplateError(f"a template has {self._tokens[self._at].text} behind an operand")
                self._space()
                if not self._more() or self._peek("sign", "|") or self._peek("sign", ")"):
                    break
            operands.append(self._operand())
        if bare:
            return call_stage(name, operands)
        constant = start.kind in ("string", "raw", "char", "number", "word") or start.text == "."
        if start.text == "nil" or (constant and not first and not name):
            raise TemplateError(f"a template has {start.text}, which is not a command")
        return value_stage(operands, start.text)

    def _operand(self) -> Value:
        token = self._tokens[self._at]
        self._at += 1
        value = self._term(token)
        fields = [token.text[1:]] if token.kind == "field" else []
        while self._chained(self._at):
            fields.append(self._tokens[self._at].text[1:])
            self._at += 1
        if fields and token.kind not in ("field", "variable", "sign", "word"):
            raise TemplateError(f"a template has .{fields[0]} behind {token.text}")
        if fields and (token.text in (".", "true", "false", "nil")):
            raise TemplateError(f"a template has .{fields[0]} behind {token.text}")
        return field_value(value, fields) if fields else value

    def _term(self, token: Lexeme) -> Value:
        kind, text = token
        if kind == "field" or text == ".":
            return lambda state: state.dot
        if kind == "variable":
            if text not in self._names:
                raise TemplateError(f"a template has the undefined variable {text}")
            return lambda state: state.variables[state.place(text)][1]
        if text == "(":
            with self._deeper():
                names, declares, value = self._pipeline()
            if names or declares:
                raise TemplateError("a template sets a variable in parentheses")
            self._space()
            if not self._peek("sign", ")"):
                raise TemplateError("a template has ( without )")
            self._at += 1
            return value
        constant = _constant(token)
        if constant is NOTHING:
            stage = self._function(text)
            return lambda state: stage(state, NOTHING)
        return lambda state: constant

    def _function(self, text: str) -> Stage:
        """Return a function as an operand, which is called without arguments."""
        if text not in FUNCTIONS and text not in ("and", "or"):
            raise TemplateError(f"a template has {text}, expected an operand or a function")
        return call_stage(text, [])

    def _chained(self, at: int) -> bool:
        return at < len(self._tokens) and self._tokens[at].kind == "field"

    def _peek(self, kind: str, text: str | None = None) -> bool:
        if not self._more():
            return False
        token = self._tokens[self._at]
        return token.kind == kind and text in (None, token.text)

    def _more(self) -> bool:
        return self._at < len(self._tokens)

    def _space(self) -> None:
        if self._peek("space"):
            self._at += 1

    def _finish(self) -> None:
        self._space()
        if self._more():
            raise TemplateError(f"a template has {self._tokens[self._at].text} where an action should end")


def _constant(token: Lexeme) -> Any:
    match token.kind:
        case "string" | "raw":
            return literal(token.text)
        case "char":
            char = literal(token.text)
            if len(char) != 1:
                raise TemplateError(f"a template has {token.text}, which is not one character")
            return ord(char)
        case "number":
            return number(token.text)
        case "word":
            return {"true": True, "false": False, "nil": None}.get(token.text, NOTHING)
    raise TemplateError(f"a template has {token.text}, expected an operand")
