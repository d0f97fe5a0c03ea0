"""Memory of a registry to which large manifests are pushed at once."""

from __future__ import annotations

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from server.plain_client import OCI_MANIFEST, Client

from pycrane._limits import KIB, MIB
from pycrane._server.budget import Budget

SERVE = """
import sys
from pycrane.server import Registry
with Registry() as registry:
    print(registry.address, flush=True)
    sys.stdin.readline()
    (peak,) = (line for line in open("/proc/self/status") if line.startswith("VmHWM:"))
    print(peak.split()[1], flush=True)
"""


def large_manifest(number: int) -> bytes:
    """A manifest of 9 MiB and nearly as many values as are allowed."""
    values = ",".join(f'{{"{number}-{value}":"{value:025}"}}' for value in range(240_000))
    return b'{"schemaVersion":2,"other":[%s]}' % values.encode()


def peak_of(pushes: int) -> int:
    """Bytes of memory that a registry takes at most while so many manifests are pushed at once."""
    process = subprocess.Popen(
        [sys.executable, "-c", SERVE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with process:
        assert process.stdin
        assert process.stdout
        address = process.stdout.readline().strip()

        def push(number: int) -> int:
            with Client(address) as client:
                path, data = f"/v2/a/manifests/v{number}", large_manifest(number)
                return client("PUT", path, data, Content_Type=OCI_MANIFEST).status

        with ThreadPoolExecutor(pushes) as pool:
            assert list(pool.map(push, range(pushes))) == [201] * pushes
        print(file=process.stdin, flush=True)
        return int(process.stdout.readline()) * KIB


def test_large_manifests_that_are_pushed_at_once_take_turns() -> None:
    assert peak_of(4) < peak_of(1) + 100 * MIB


def test_shares_of_a_budget_are_waited_for_in_order() -> None:
    budget, entered = Budget(10), threading.Event()

    def use(size: int) -> None:
        with budget.share(size):
            entered.set()

    with budget.share(6), budget.share(4):
        waiting = threading.Thread(target=use, args=(1000,))
        waiting.start()
        assert not entered.wait(0.1)
    waiting.join()
    assert entered.is_set()


def test_a_budget_is_whole_again_after_an_error() -> None:
    budget = Budget(10)
    for _ in range(2):
        with pytest.raises(ValueError, match="no"), budget.share(10):
            raise ValueError("no")
