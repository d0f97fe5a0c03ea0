"""Workers run side by side, keep order, and stop at the first error."""

import threading

import pytest

from pycrane._transfer.workers import Stopped, Workers


def test_results_come_in_the_order_of_the_inputs_whatever_finishes_first():
    second_done = threading.Event()

    def work(number):
        if number == 0:
            assert second_done.wait(10)
        if number == 1:
            second_done.set()
        return number * 10

    assert Workers(2).map(work, [0, 1, 2]) == [0, 10, 20]


def test_no_more_than_the_asked_number_run_at_once():
    together = threading.Barrier(3)
    running, most = set(), []

    def work(number):
        running.add(number)
        most.append(len(running))
        together.wait(10)
        running.discard(number)

    Workers(3).map(work, range(6))
    assert max(most) == 3


def test_the_first_error_is_raised_and_siblings_are_told_to_stop():
    workers = Workers(2)
    started = threading.Event()
    seen = []

    def work(number):
        if number == 0:
            assert started.wait(10)
            raise ValueError("broken")
        started.set()
        try:
            while True:
                workers.check()
        except Stopped:
            seen.append(number)
            raise

    with pytest.raises(ValueError, match="broken"):
        workers.map(work, [0, 1, 2, 3])
    assert seen == [1]


def test_one_input_is_worked_on_in_the_calling_thread():
    assert Workers(4).map(lambda _: threading.current_thread(), [0]) == [threading.current_thread()]
