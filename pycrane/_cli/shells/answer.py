"""Answers to completion scripts: the words of a line in, candidates out, one a line."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import click
from click.shell_completion import _resolve_context, _resolve_incomplete, split_arg_string

from pycrane._cli.shells.candidates import COMPLETE, Candidate
from pycrane._cli.shells.values import values
from pycrane._cli.terminal.output import stdout

if TYPE_CHECKING:
    from collections.abc import Mapping


def answer(program: click.Command) -> int:
    """Print the candidates for the line in the environment. Returns the exit status; never raises."""
    shell = os.environ[COMPLETE]
    try:
        words, word = _line(shell, os.environ)
        found = list(candidates(program, words[1:], word))
        skip = _broken_off(word, os.environ) if shell.startswith("bash") else 0
        stdout.write("".join(_lines(found, shell, skip)).encode(errors="surrogateescape"))
        stdout.flush()
    except Exception:  # a shell has no place for errors while a line is typed
        return 1
    return 0


def candidates(program: click.Command, args: list[str], word: str) -> Iterator[Candidate]:
    """Yield the candidates for an incomplete word behind complete arguments."""
    context = _resolve_context(program, {}, "pycrane", list(args))
    wanted, rest = _resolve_incomplete(context, list(args), word)
    before = word[: len(word) - len(rest)]
    if isinstance(wanted, click.Parameter):
        found = values(context, wanted, rest)
    else:
        found = (
            Candidate("plain", str(item.value), item.help or "")
            for item in wanted.shell_complete(context, rest)
        )
    for each in found:
        yield each._replace(value=before + each.value)


def _line(shell: str, env: Mapping[str, str]) -> tuple[list[str], str]:
    """Return the complete words of the line, the program's first, and the incomplete one."""
    if not shell.startswith("bash"):
        return env["COMP_WORDS"].split("\n"), env.get("COMP_WORD", "")
    # Bash breaks words at colons and equals signs too: so its line is taken, and not its words.
    line = env["COMP_LINE"]
    words = split_arg_string(line)
    return (words, "") if line[-1:].isspace() and not line.endswith("\\ ") else (words[:-1], words[-1])


def _broken_off(word: str, env: Mapping[str, str]) -> int:
    """Return the length of what bash keeps of the incomplete word: all up to the last break in it."""
    line, breaks = env["COMP_LINE"], set(env.get("COMP_WORDBREAKS", ""))
    if not line.endswith(word) or not line[: len(line) - len(word)][-1:].isspace():
        return 0  # quoted, where nothing breaks words
    last = max((at for at, char in enumerate(word) if char in breaks), default=-1)
    # Readline takes an @ that breaks a word as the beginning of the next.
    return last if word[last : last + 1] == "@" else last + 1


def _lines(found: Iterable[Candidate], shell: str, skip: int) -> Iterator[str]:
    for kind, value, text in found:
        if shell.startswith("bash"):
            yield f"{kind}\t{value[skip:]}\n"
        else:
            yield f"{kind}\t{value}\t{'' if shell.endswith('-plain') else ' '.join(text.split())}\n"
