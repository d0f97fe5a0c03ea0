"""Write the manual pages or completions: `python -m pycrane._cli.docs man|completions DIR`."""

from __future__ import annotations

from pathlib import Path

import click

from pycrane._cli.docs import completions, man
from pycrane._cli.program import pycrane

WRITERS = {"man": man.pages, "completions": completions.scripts}


@click.command()
@click.argument("kind", type=click.Choice(list(WRITERS)))
@click.argument("directory", type=click.Path(file_okay=False, path_type=Path))
def write(kind: str, directory: Path) -> None:
    """Write the manual pages or completions into DIRECTORY, and remove those of removed commands."""
    files = WRITERS[kind](pycrane)
    directory.mkdir(parents=True, exist_ok=True)
    for stale in set(directory.glob("pycrane*.[17]" if kind == "man" else "*pycrane*")):
        if stale.name not in files:
            stale.unlink()
    for name, text in files.items():
        (directory / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write()
