"""Workers run side by side, keep order, and stop at the first error."""

import signal
import sys
import threading

import pytest

from pycrane._transfer.workers import Stop, Stopped, Workers


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
    stop = Stop()
    started = threading.Event()
    seen = []

    def work(number):
        if number == 0:
            assert started.wait(10)
            raise ValueError("broken")
        started.set()
        try:
            while True:
                stop.check()
        except Stopped:
            seen.append(number)
            raise

    with pytest.raises(ValueError, match="broken"):
        Workers(2).map(work, [0, 1, 2, 3], stop=stop)
    assert seen == [1]


def test_one_input_is_worked_on_in_the_calling_thread():
    assert Workers(4).map(lambda _: threading.current_thread(), [0]) == [threading.current_thread()]


def test_work_from_several_threads_shares_the_workers():
    workers = Workers(2)
    lock = threading.Lock()
    running, most = [0], [0]
    both = threading.Barrier(2)

    def work(number):
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        both.wait(10)
        with lock:
            running[0] -= 1

    callers = [threading.Thread(target=workers.map, args=(work, range(4))) for _ in range(3)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join(10)
    assert most == [2]


def test_a_worker_does_itself_what_it_gives_to_the_workers():
    workers = Workers(2)

    def inner(number):
        return threading.current_thread()

    def outer(number):
        return threading.current_thread(), workers.map(inner, range(3))

    for own, given in workers.map(outer, range(4)):
        assert given == [own] * 3


def test_an_error_stops_its_own_work_only():
    workers = Workers(2)

    def broken(number):
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        workers.map(broken, range(2))
    assert workers.map(str, range(2)) == ["0", "1"]


WAITING = ("join", "_wait_for_tstate_lock")
"""Functions in which a thread waits for another."""


class Ended(BaseException):
    pass


def test_an_interrupt_that_another_thread_gets_ends_the_wait():
    def interrupt(number, frame):
        raise Ended

    before = signal.signal(signal.SIGUSR1, interrupt)
    stop, over, waited = Stop(), threading.Event(), []
    main = threading.get_ident()

    def work(number):
        while number == 0 and sys._current_frames()[main].f_code.co_name not in WAITING:
            over.wait(0.01)
        if number == 0:
            signal.pthread_kill(threading.get_ident(), signal.SIGUSR1)
        waited.append(over.wait(15))

    try:
        with pytest.raises(Ended):
            Workers(2).map(work, range(2), stop=stop)
        assert stop.is_set()
        assert waited == []
    finally:
        over.set()
        signal.signal(signal.SIGUSR1, before)
