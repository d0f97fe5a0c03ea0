"""The programs that run the rows: pycrane, with its modules loaded once for all runs, and crane.

A run of pycrane is a process of its own all the same, with its own streams, environment and folder.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from cli.crane_row import Row, Run
from cli.crane_world import World

_SERVER = """
import importlib, json, os, pkgutil, sys
import pycrane
from pycrane._cli import main

for module in pkgutil.walk_packages(pycrane.__path__, "pycrane."):
    if not module.name.endswith(("__main__", "pytest_plugin")):
        importlib.import_module(module.name)

def run(order):
    os.chdir(order["cwd"])
    os.environ.clear()
    os.environ.update(order["env"])
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    for number, (name, how) in enumerate((("stdin", os.O_RDONLY), ("stdout", flags), ("stderr", flags))):
        os.dup2(os.open(os.path.join(order["streams"], name), how), number)
    sys.argv = ["pycrane", *order["args"]]
    code = 70
    try:
        main.main()
    except SystemExit as end:
        code = end.code or 0
    finally:
        sys.stdout.flush()
        os._exit(code)

with os.fdopen(os.dup(0)) as orders, os.fdopen(os.dup(1), "w") as answers:
    for line in orders:
        child = os.fork()
        if not child:
            run(json.loads(line))
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), file=answers, flush=True)
"""


class WarmPycrane:
    """pycrane, ready to run."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def __call__(self, row: Row, world: World) -> Run:
        streams = world.home / "streams"
        streams.mkdir(exist_ok=True)
        (streams / "stdin").write_bytes(row.stdin)
        order = {
            "args": world.words(row.line),
            "env": _environment(row, world),
            "cwd": str(world.folder),
            "streams": str(streams),
        }
        assert self._process.stdin
        assert self._process.stdout
        print(json.dumps(order), file=self._process.stdin, flush=True)
        code = int(self._process.stdout.readline())
        return Run(world, code, (streams / "stdout").read_bytes(), (streams / "stderr").read_bytes())


@contextmanager
def warm_pycrane(folder: Path) -> Iterator[WarmPycrane]:
    """Start a pycrane that waits for orders."""
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [sys.executable, "-c", _SERVER], stdin=pipe, stdout=pipe, cwd=folder, text=True
    ) as process:
        yield WarmPycrane(process)
        assert process.stdin
        process.stdin.close()


def run_crane(program: str, row: Row, world: World) -> Run:
    """Run crane or gcrane."""
    done = subprocess.run(
        [program, *world.words(row.crane_line or row.line)],
        input=row.stdin,
        capture_output=True,
        env=_environment(row, world),
        cwd=world.folder,
        check=False,
    )
    return Run(world, done.returncode, done.stdout, done.stderr)


def _environment(row: Row, world: World) -> Mapping[str, str]:
    return {**os.environ, **{name: world.named(value) for name, value in row.env.items()}}
