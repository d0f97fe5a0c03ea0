"""Entry point of the program: signals first, then the standard streams, then everything else."""

from __future__ import annotations

import sys

from pycrane._cli.terminal.process import claim_standard_streams, exit_on_signals


def main() -> None:
    """Run the program with the arguments of this process and exit."""
    exit_on_signals()
    claim_standard_streams()
    from pycrane._cli.program import run  # imports click: a signal that comes meanwhile must not be lost

    sys.exit(run(sys.argv[1:]))
