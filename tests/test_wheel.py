"""The wheel as it is installed: manual pages and completions are where their readers look."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

PROJECT = Path(__file__).parents[1]


def test_the_manual_and_the_completions_are_installed(tmp_path):
    def pip(*args: str) -> None:
        command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q", *args]
        subprocess.run(command, check=True, timeout=250)

    pip("wheel", "--no-deps", "--wheel-dir", str(tmp_path), str(PROJECT))
    (wheel,) = tmp_path.glob("pycrane-*.whl")
    home = tmp_path / "venv"
    venv.create(home)
    pip("--python", str(home / "bin/python"), "install", "--no-deps", "--no-index", str(wheel))
    for installed, written in (
        ("man/man1/pycrane.1", "man/pycrane.1"),
        ("man/man1/pycrane-pull.1", "man/pycrane-pull.1"),
        ("man/man7/pycrane-library.7", "man/pycrane-library.7"),
        ("man/man7/pycrane-progress.7", "man/pycrane-progress.7"),
        ("bash-completion/completions/pycrane", "completions/pycrane.bash"),
        ("zsh/site-functions/_pycrane", "completions/_pycrane"),
        ("fish/vendor_completions.d/pycrane.fish", "completions/pycrane.fish"),
    ):
        assert (home / "share" / installed).read_bytes() == (PROJECT / written).read_bytes()
    pages = {page.name for page in (PROJECT / "man").iterdir()}
    assert pages == {page.name for page in (home / "share/man").glob("man*/*")}
    (scripts,) = home.glob("lib/python*/site-packages/pycrane/_cli/shells")
    assert {path.suffix for path in scripts.glob("pycrane.*")} == {".bash", ".zsh", ".fish", ".powershell"}
