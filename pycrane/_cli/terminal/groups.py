"""Groups of lines that the logs of GitHub and GitLab fold: workflow commands, collapsible sections."""

from __future__ import annotations

import os
import time
from typing import NamedTuple


class LogGroup(NamedTuple):
    """The lines before and behind a group."""

    start: str
    end: str


def log_group(title: str) -> LogGroup | None:
    """Return the group of a title for the CI that runs this process; None if it is none that has groups."""
    if os.environ.get("GITHUB_ACTIONS") == "true":
        return LogGroup(f"::group::{title}", "::endgroup::")
    if os.environ.get("GITLAB_CI") == "true":
        now, name = int(time.time()), f"pycrane_{os.getpid()}"
        start = f"\x1b[0Ksection_start:{now}:{name}[collapsed=true]\r\x1b[0K{title}"
        return LogGroup(start, f"\x1b[0Ksection_end:{now}:{name}\r\x1b[0K")
    return None
