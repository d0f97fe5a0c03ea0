"""The programs that run the rows: pycrane, kept warm, and crane."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping

from cli.crane_row import Row, Run
from cli.crane_world import World
from peers.warm import Warm


def run_pycrane(waiting: Warm, row: Row, world: World) -> Run:
    """Run pycrane."""
    code, out, err = waiting.run(
        world.words(row.line), env=_environment(row, world), cwd=world.folder, stdin=row.stdin
    )
    return Run(world, code, out, err)


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
