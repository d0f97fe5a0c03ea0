"""Objects in child processes: locks are free, connections are not shared, and pickling says what to do."""

from __future__ import annotations

import os
import pickle
import threading
from collections.abc import Callable

import pytest
from peers.odd_server import OddServer, Request, reply_json

import pycrane
from pycrane._io.process import ForkLock
from pycrane._reference import parse_repository
from pycrane._registry.client import RegistryClient

pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")


def in_child(work: Callable[[], bool]) -> bool:
    """Run a function in a forked process; whether it returned true within ten seconds."""
    child = os.fork()
    if child == 0:
        threading.Timer(10, lambda: os._exit(2)).start()
        try:
            os._exit(0 if work() else 1)
        finally:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def taken(lock: ForkLock) -> bool:
    with lock:
        return True


def test_a_lock_that_another_thread_holds_is_free_in_a_child():
    lock, held, done = ForkLock(), threading.Event(), threading.Event()

    def hold() -> None:
        with lock:
            held.set()
            done.wait(20)

    thread = threading.Thread(target=hold)
    thread.start()
    try:
        assert held.wait(10)
        assert in_child(lambda: taken(lock))
    finally:
        done.set()
        thread.join()


def test_a_child_opens_connections_of_its_own():
    connections: list[int] = []

    def handler(request: Request) -> bytes:
        connections.append(request.connection)
        return reply_json({"tags": [request.path.split("/")[2]]})

    with OddServer(handler) as server, RegistryClient() as client:

        def tags(name: str) -> list[str]:
            return list(client.tags(parse_repository(f"{server.host}/{name}")))

        assert tags("parent") == ["parent"]
        assert in_child(lambda: tags("child") == ["child"])
        assert tags("parent") == ["parent"]
    assert connections == [connections[0], connections[1], connections[0]]
    assert connections[0] != connections[1]


@pytest.mark.parametrize(
    "make",
    [
        pycrane.Client,
        pycrane.RegistryClient,
        pycrane.DefaultKeychain,
        lambda: pycrane.Client().registry.session,
    ],
)
def test_what_has_connections_or_locks_is_not_pickled_and_says_what_to_do(make):
    with pytest.raises(TypeError, match=r"a pycrane \w+ cannot be pickled: make one in each process"):
        pickle.dumps(make())
