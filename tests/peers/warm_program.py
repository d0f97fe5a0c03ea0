"""Runs pycrane again and again, its modules loaded once: a program for `peers.warm`, which gives it orders.

Each run is a process of its own, with its own streams, environment and folder.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import json
import os
import pkgutil
import socket
import sys
import time
import traceback

import pycrane


def load() -> None:
    """Import all of pycrane."""
    for module in pkgutil.walk_packages(pycrane.__path__, "pycrane."):
        if not module.name.endswith(("__main__", "pytest_plugin")):
            importlib.import_module(module.name)


def serve(orders: socket.socket) -> None:
    """Have each order carried out by a process of its own; returns in that of a run, and at the end."""
    while True:
        word, descriptors, _, _ = socket.recv_fds(orders, 1, 4)
        if not word:
            os._exit(0)
        if not os.fork():
            orders.close()
            with socket.socket(fileno=descriptors[0]) as client:
                if carry_out(client, descriptors[1:]):
                    return
            os._exit(0)
        for descriptor in descriptors:
            os.close(descriptor)
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass


def carry_out(client: socket.socket, streams: list[int]) -> bool:
    """Start the run and tell its process id and its exit code; whether this process is the run."""
    order = json.loads(client.makefile().readline())
    if not (run := os.fork()):
        prepare(order, streams)
        return True
    for stream in streams:
        os.close(stream)
    client.sendall(b"%d\n" % run)
    client.sendall(b"%d\n" % os.waitstatus_to_exitcode(os.waitpid(run, 0)[1]))
    return False


def prepare(order: dict[str, object], streams: list[int]) -> None:
    """Make this process the one that was ordered."""
    os.chdir(str(order["cwd"]))
    os.environ.clear()
    os.environ.update(order["env"])
    time.tzset()
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    sys.argv = ["pycrane", *order["args"]]


def run() -> int:
    """Run the program; its exit code."""
    from pycrane._cli.main import main

    try:
        main()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


if __name__ == "__main__":
    load()
    gc.freeze()  # memory that is not touched need not be copied for each run
    serve(socket.socket(fileno=os.dup(0)))
    code = run()
    atexit._run_exitfuncs()
    with contextlib.suppress(OSError):
        sys.stdout.flush()
    os._exit(code)  # taking all modules apart would take longer than most runs
