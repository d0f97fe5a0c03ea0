"""Credential helpers, as real programs: good ones, broken ones and hostile ones."""

from __future__ import annotations

import os
import signal
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keychain.homes import SECRET, Home

from pycrane._errors import CredentialsError
from pycrane._keychain.credentials import ANONYMOUS, Credentials
from pycrane._keychain.helper import CredentialHelper
from pycrane._limits import Limits

ANSWER = f"print(json.dumps({{'ServerURL': text, 'Username': 'u', 'Secret': {SECRET!r}}}))"
IMPATIENT = Limits(helper_timeout=0.5)


def helper(person: Home, body: str, limits: Limits | None = None) -> CredentialHelper:
    person.helper("test", body)
    return CredentialHelper("test", person.env, limits or Limits())


def failure(helper: CredentialHelper) -> CredentialsError:
    with pytest.raises(CredentialsError) as caught:
        helper.get("r.example")
    shown = f"{caught.value!r} {caught.value} {caught.value.hint}"
    assert SECRET not in shown
    return caught.value


def test_a_helper_answers_with_user_name_and_password(person: Home) -> None:
    assert helper(person, ANSWER).get("r.example") == Credentials("u", SECRET)
    assert person.calls("test") == [["get", "r.example"]]


def test_the_token_user_name_means_an_identity_token(person: Home) -> None:
    body = 'print(\'{"Username": "<token>", "Secret": "t"}\')'
    assert helper(person, body).get("r.example") == Credentials(identity_token="t")


def test_not_found_is_anonymous(person: Home) -> None:
    body = "print('\\n credentials not found in native keychain '); sys.exit(1)"
    assert helper(person, body).get("r.example") == ANONYMOUS


@pytest.mark.parametrize("text", ["no credentials server URL", "no credentials username"])
def test_the_failures_of_the_protocol_are_quoted(person: Home, text: str) -> None:
    assert text in failure(helper(person, f"print({text!r}); sys.exit(1)")).message


def test_a_failing_helper_is_an_error_that_shows_no_bare_word_of_its_output(
    person: Home, capfd: pytest.CaptureFixture[str]
) -> None:
    body = f"print({SECRET!r}); print({SECRET!r}, file=sys.stderr); sys.exit(3)"
    error = failure(helper(person, body))
    assert error.message == "credential helper docker-credential-test failed to get: exit status 3"
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    "output", [SECRET, "", "[]", f'"{SECRET}"', f'{{"Username": ["{SECRET}"]}}', '{"Secret": 1}', "\\xff"]
)
def test_an_invalid_answer_is_an_error_that_does_not_quote_it(person: Home, output: str) -> None:
    body = f"sys.stdout.buffer.write(b{output!r})" if output.isascii() else ""
    assert "gave an invalid answer" in failure(helper(person, body)).message


def test_the_message_of_a_failing_helper_is_in_the_error(person: Home) -> None:
    words = "session has ended: sign in with corp login"
    start = "credential helper docker-credential-test failed to get: exit status 3"
    for stream in ("stderr", "stdout"):
        error = failure(helper(person, f"print({words!r}, file=sys.{stream}); sys.exit(3)"))
        assert (error.message, error.hint) == (f"{start}: {words}", None)


def test_standard_error_goes_before_standard_output(person: Home) -> None:
    body = "print('a usage line'); print('the\\n\\x1b[31mreason', file=sys.stderr); sys.exit(1)"
    assert failure(helper(person, body)).message.endswith("exit status 1: the reason")


@pytest.mark.parametrize(
    ("printed", "shown"),
    [
        (f"login failed for password={SECRET} here", "login failed for password=REDACTED here"),
        (f"bad Token: {SECRET}", "bad Token: REDACTED"),
        (f"GET https://me:{SECRET}@r.example/x failed", "GET https://REDACTED@r.example/x failed"),
        ("got ghp_16C7e42F292c6912E7710c838347Ae178B4a", "got REDACTED"),
        ("got eyJhbGciOi.eyJz.c2ln now", "got REDACTED now"),
        ("no route to r.example:5000/team", "no route to r.example:5000/team"),
        ("x " * 1000, "x " * 149 + "x…"),
    ],
)
def test_what_may_be_a_secret_is_not_in_the_message_of_a_helper(
    person: Home, printed: str, shown: str
) -> None:
    error = failure(helper(person, f"print({printed!r}, file=sys.stderr); sys.exit(1)"))
    assert error.message.endswith(f"exit status 1: {shown}")


def test_an_answer_is_not_taken_for_a_message(person: Home) -> None:
    body = f"print(json.dumps({{'Username': 'u', 'Secret': {SECRET!r}}})); sys.exit(1)"
    assert failure(helper(person, body)).message.endswith("failed to get: exit status 1")


def test_a_secret_that_is_stored_is_not_in_the_error(person: Home) -> None:
    tested = helper(person, "print('cannot keep', json.loads(text)['Secret'], file=sys.stderr); sys.exit(1)")
    with pytest.raises(CredentialsError) as caught:
        tested.store("r.example", Credentials("u", SECRET))
    assert caught.value.message.endswith("failed to store: exit status 1: cannot keep REDACTED")


def test_a_helper_that_floods_standard_error_still_answers(person: Home) -> None:
    body = f"sys.stderr.write('x' * 3_000_000); {ANSWER}; sys.stdout.close(); sys.stderr.write('y' * 300_000)"
    assert helper(person, body).get("r.example") == Credentials("u", SECRET)


def test_a_child_that_holds_standard_error_open_is_not_waited_for(person: Home) -> None:
    body = f"child = subprocess.Popen(['/bin/sleep', '20'], stdout=subprocess.DEVNULL)\n{ANSWER}"
    began = time.monotonic()
    assert helper(person, body, Limits(helper_timeout=15)).get("r.example") == Credentials("u", SECRET)
    assert time.monotonic() - began < 10


def test_a_missing_helper_is_an_error_that_says_what_to_do(person: Home) -> None:
    error = failure(CredentialHelper("gone", person.env))
    assert error.message == "credential helper docker-credential-gone is not on PATH"
    assert error.hint
    assert "credsStore" in error.hint


@pytest.mark.parametrize("name", ["../../bin/sh", "a/b", "", "a b", "-x", "a\0b"])
def test_a_helper_is_a_plain_name(person: Home, name: str) -> None:
    assert "not a valid program name" in failure(CredentialHelper(name, person.env)).message


def test_a_helper_in_the_working_directory_is_not_run(person: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    person.helper("test", ANSWER)
    monkeypatch.chdir(person.programs)
    assert "not on PATH" in failure(CredentialHelper("test", {"PATH": ".::bin"})).message


def test_a_helper_that_cannot_be_started_is_an_error(person: Home) -> None:
    person.helper("test", "").write_bytes(b"\x7fELF nonsense")
    assert "cannot be started" in failure(CredentialHelper("test", person.env)).message


def test_a_hanging_helper_is_killed_with_its_children(person: Home) -> None:
    pids = person.folder / "pids"
    body = (
        "child = subprocess.Popen(['/bin/sleep', '600'])\n"
        f"open({str(pids)!r}, 'w').write(f'{{os.getpid()}} {{child.pid}}')\n"
        "time.sleep(600)"
    )
    error = failure(helper(person, body, Limits(helper_timeout=3)))
    assert error.message.endswith("failed to get: it did not answer within 3 seconds")
    for pid in map(int, pids.read_text().split()):
        assert ended(pid)


def test_a_helper_whose_child_holds_the_pipe_is_given_up_and_the_child_killed(person: Home) -> None:
    pid = person.folder / "pid"
    body = (
        "child = subprocess.Popen(['/bin/sleep', '600'])\n"
        f"open({str(pid)!r}, 'w').write(str(child.pid))\n" + ANSWER
    )
    assert "did not answer" in failure(helper(person, body, Limits(helper_timeout=3))).message
    assert ended(int(pid.read_text()))


def ended(pid: int) -> bool:
    """Whether a process is gone or only waits to be buried, now or within a moment."""
    for _ in range(100):
        with suppress(FileNotFoundError, ProcessLookupError):
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z":
                time.sleep(0.05)
                continue
        return True
    os.kill(pid, signal.SIGKILL)
    return False


def test_a_flood_is_cut_off(person: Home) -> None:
    error = failure(helper(person, f"sys.stdout.write({SECRET!r} * 1_000_000)"))
    assert error.message.endswith("it printed more than 1048576 bytes")


def test_a_helper_that_does_not_read_its_input_still_answers(person: Home) -> None:
    program = person.programs / "docker-credential-deaf"
    program.write_text('#!/bin/sh\nexec 0<&-\necho \'{"Username": "u", "Secret": "p"}\'\n')
    program.chmod(0o755)
    assert CredentialHelper("deaf", person.env).get("r.example") == Credentials("u", "p")


def test_a_long_secret_is_stored_whole(person: Home) -> None:
    secret = "x" * 300_000
    helper(person, "").store("r.example", Credentials("u", secret))
    [(verb, text)] = person.calls("test")
    assert verb == "store"
    assert text == f'{{"ServerURL":"r.example","Username":"u","Secret":"{secret}"}}\n'


def test_an_identity_token_is_stored_under_the_token_user_name(person: Home) -> None:
    helper(person, "").store("r.example", Credentials(identity_token="t"))
    assert person.calls("test")[0][1] == (
        '{"ServerURL":"r.example","Username":"\\u003ctoken\\u003e","Secret":"t"}\n'
    )


def test_an_answer_is_cached_until_it_is_dropped(person: Home) -> None:
    tested = helper(person, ANSWER)
    tested.get("r.example")
    tested.get("r.example")
    tested.get("s.example")
    tested.forget()
    tested.get("r.example")
    assert [text for _, text in person.calls("test")] == ["r.example", "s.example", "r.example"]


def test_a_failure_is_cached_too(person: Home) -> None:
    tested = helper(person, "sys.exit(1)")
    first, second = failure(tested), failure(tested)
    assert first is not second
    assert first.message == second.message
    assert len(person.calls("test")) == 1


def test_many_threads_run_it_once(person: Home) -> None:
    tested = helper(person, ANSWER)
    answers: list[Credentials] = []
    threads = [threading.Thread(target=lambda: answers.append(tested.get("r.example"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [Credentials("u", SECRET)] * 8
    assert len(person.calls("test")) == 1


def test_erasing_unknown_credentials_is_not_an_error(person: Home) -> None:
    helper(person, "print('credentials not found in native keychain'); sys.exit(1)").erase("r.example")
    assert person.calls("test") == [["erase", "r.example"]]


def test_listing_gives_user_names_by_server(person: Home) -> None:
    assert helper(person, "print(json.dumps({'r.example': 'u'}))").list() == {"r.example": "u"}
    assert person.calls("test") == [["list", "unused"]]


@settings(deadline=None)
@given(st.text(alphabet=st.characters(max_codepoint=0x1F), min_size=1))
def test_a_server_with_control_characters_reaches_no_helper(text: str) -> None:
    with pytest.raises(CredentialsError):
        CredentialHelper("sh", {"PATH": "/nowhere"}).get(f"r.example{text}")


@pytest.mark.peer
def test_debians_helper_without_its_service_is_a_broken_one(person: Home) -> None:
    if not Path("/usr/bin/docker-credential-secretservice").exists():
        pytest.skip("docker-credential-secretservice is not installed")
    error = failure(CredentialHelper("secretservice", {"PATH": "/usr/bin", "HOME": str(person.folder)}))
    assert "failed to get: exit status 1" in error.message
