"""Ways to show progress, and the one that fits where standard error goes."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

AUTO, TTY, PLAIN, JSON, NONE = "auto", "tty", "plain", "json", "none"
MODES = (AUTO, TTY, PLAIN, JSON, NONE)
_CI = ("CI", "GITHUB_ACTIONS", "GITLAB_CI", "TF_BUILD", "JENKINS_URL", "TEAMCITY_VERSION")


def chosen_mode(wanted: str, *, terminal: bool | None = None, env: Mapping[str, str] | None = None) -> str:
    """Return the mode for a value of `--progress`.

    `auto` is that in PYCRANE_PROGRESS, else `tty` on a terminal that is not CI's or dumb, else `plain`.
    """
    env = os.environ if env is None else env
    wanted = env.get("PYCRANE_PROGRESS", AUTO) if wanted == AUTO else wanted
    if wanted in (TTY, PLAIN, JSON, NONE):
        return wanted
    terminal = sys.stderr.isatty() if terminal is None else terminal
    ci = any(env.get(name, "") not in ("", "0", "false") for name in _CI)
    return TTY if terminal and not ci and env.get("TERM") != "dumb" else PLAIN


def colours(*, terminal: bool, env: Mapping[str, str] | None = None) -> bool:
    """Whether a stream is to have colours: by NO_COLOR, FORCE_COLOR and CLICOLOR_FORCE, the terminal."""
    env = os.environ if env is None else env
    if "NO_COLOR" in env:
        return False
    if any(env.get(name, "") not in ("", "0") for name in ("FORCE_COLOR", "CLICOLOR_FORCE")):
        return True
    return terminal and env.get("TERM") != "dumb" and env.get("CLICOLOR") != "0"
