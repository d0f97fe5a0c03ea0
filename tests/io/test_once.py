"""A result is made once for each key, whichever threads ask."""

import threading

import pytest

from pycrane._io.once import Once


def test_threads_that_ask_for_a_key_get_the_one_result():
    once, made = Once(), []
    started, release = threading.Event(), threading.Event()

    def make():
        made.append(1)
        started.set()
        assert release.wait(10)
        return "result"

    results = []
    first = threading.Thread(target=lambda: results.append(once.get("a", make)))
    first.start()
    assert started.wait(10)
    second = threading.Thread(target=lambda: results.append(once.get("a", make)))
    second.start()
    release.set()
    first.join(10)
    second.join(10)
    assert sorted(results) == [("result", False), ("result", True)]
    assert made == [1]
    assert once.get("b", lambda: "other") == ("other", True)


def test_an_error_is_raised_and_the_next_call_tries_again():
    once = Once()
    with pytest.raises(ValueError, match="broken"):
        once.get("a", lambda: int("broken"))
    assert once.get("a", lambda: 1) == (1, True)
    assert once.get("a", lambda: 2) == (1, False)
