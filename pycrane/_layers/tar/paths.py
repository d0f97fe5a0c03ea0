"""Names of tar entries as paths from the root, and the symbolic links on the way to them.

A path is bytes without slashes at its ends and without empty, `.` and `..` parts; the root is empty.
"""

from __future__ import annotations

from collections.abc import Callable

from pycrane._errors import LayerError

_LONGEST_SHOWN = 200
MOST_LINKS = 40  # as many as Linux follows for one path


def clean_path(name: bytes, what: str) -> bytes:
    """The path that a name of a tar means. Raises LayerError if it climbs out of the root."""
    parts: list[bytes] = []
    for part in name.split(b"/"):
        if part == b"..":
            if not parts:
                raise LayerError(f"{what} has an entry outside of the root: {shown(name)}")
            parts.pop()
        elif part not in (b"", b"."):
            parts.append(part)
    return b"/".join(parts)


def shown(name: bytes) -> str:
    """A name for an error's text: on one line, quoted, and not too long."""
    text = name.decode(errors="backslashreplace")
    return repr(text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + "...")


def parent_of(path: bytes) -> bytes:
    """The directory that a path is in; the root's is the root."""
    return path[: max(path.rfind(b"/"), 0)]


def resolve(path: bytes, target_of: Callable[[bytes], bytes | None]) -> bytes:
    """The path with its symbolic links followed, within the root as after `chroot`.

    `target_of` gives where the symbolic link at a path points, or None if there is none.
    Raises LayerError if the links lead in a circle.
    """
    done, links = b"", 0
    todo = path.split(b"/")[::-1]
    while todo:
        part = todo.pop()
        if part == b"..":
            done = parent_of(done)
        if part in (b"", b".", b".."):
            continue
        there = done + b"/" + part if done else part
        target = target_of(there)
        if target is None:
            done = there
            continue
        links += 1
        if links > MOST_LINKS:
            raise LayerError(f"symbolic links lead in a circle on the way to {shown(path)}")
        done = b"" if target.startswith(b"/") else done
        todo += target.split(b"/")[::-1]
    return done
