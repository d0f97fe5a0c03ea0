"""`pycrane registry serve` and `run` as processes."""

from __future__ import annotations

import json
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
from peers.authority import Authority
from peers.programs import Process
from peers.running import Pycrane
from server.plain_client import Client, image


@contextmanager
def serving(pycrane: Pycrane, *args: str | Path, **env: str) -> Iterator[tuple[Process[bytes], str]]:
    """`pycrane registry serve` and the address it printed; killed at the end if it still runs."""
    with pycrane.start("registry", "serve", *args, env=env) as process:
        assert process.stdout
        try:
            yield process, process.stdout.readline().decode().strip()
        finally:
            process.kill()


def test_the_first_line_is_the_address_on_loopback(pycrane: Pycrane) -> None:
    with serving(pycrane) as (_, address):
        assert re.fullmatch(r"127\.0\.0\.1:[0-9]+", address)
        assert requests.get(f"http://{address}/v2/", timeout=10).status_code == 200


def test_the_port_is_on_standard_error_in_the_words_of_crane(pycrane: Pycrane) -> None:
    with serving(pycrane) as (process, address):
        assert process.stderr
        assert process.stderr.readline().decode() == f"serving on port {address.rpartition(':')[2]}\n"


def test_the_port_may_come_from_the_environment(pycrane: Pycrane) -> None:
    with serving(pycrane) as (_, taken):
        port = taken.rpartition(":")[2]
        result = pycrane("registry", "serve", env={"PORT": port}, check=False)
        assert result.returncode == 1
        assert f"cannot listen on 127.0.0.1:{port}: Address already in use" in result.stderr
        assert result.stdout == b""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly_and_quietly(
    pycrane: Pycrane, tmp_path: Path, number: signal.Signals
) -> None:
    with serving(pycrane, "--disk", tmp_path / "registry") as (process, address):
        with Client(address) as client:
            client.push_manifest("a", "v", image())
            client("PATCH", client.open_session("a"), b"half")
        process.send_signal(number)
        out, err = process.communicate(timeout=20)
        port = address.rpartition(":")[2]
        assert (process.returncode, out, err.decode()) == (0, b"", f"serving on port {port}\n")
    assert list((tmp_path / "registry/.pycrane/uploads").iterdir()) == []
    assert json.loads((tmp_path / "registry/a/index.json").read_bytes())["manifests"]


def test_with_v_every_request_is_a_line(pycrane: Pycrane) -> None:
    with serving(pycrane, "-v") as (process, address):
        requests.get(f"http://{address}/v2/a/tags/list?x=%1B", timeout=10)
        process.terminate()
        lines = process.communicate(timeout=20)[1].decode().splitlines()
    assert [re.sub(r"^[0-9-]+ \S+ |\d+\.\d+ ms", "", line) for line in lines] == [
        f"serving on port {address.rpartition(':')[2]}",
        "127.0.0.1 GET /v2/a/tags/list?x=%1B 404 ",
    ]


def test_options_reach_the_registry(pycrane: Pycrane, tmp_path: Path, authority: Authority) -> None:
    certificate = authority.server(file="command")
    users = tmp_path / "users"
    users.write_text("alice:$2y$04$IJzIUjifMKBxJPPxgDO9gu1/G5MLP4k0k0dByJvrtJQrUsY0bmySW\n")
    options = (
        "--tls-cert",
        certificate.cert,
        "--tls-key",
        certificate.key,
        "--htpasswd",
        users,
        "--read-only",
    )
    with serving(pycrane, *options) as (_, address):
        base, trusted = f"https://{address}/v2", str(authority.ca_file)
        alice = ("alice", "correct:horse")
        assert requests.get(f"{base}/", verify=trusted, timeout=10).status_code == 401
        assert requests.get(f"{base}/", auth=alice, verify=trusted, timeout=10).status_code == 200
        pushed = requests.post(f"{base}/a/blobs/uploads/", auth=alice, verify=trusted, timeout=10)
        assert pushed.status_code == 405
    with serving(pycrane, "--no-delete") as (_, address):
        answer = requests.delete(f"http://{address}/v2/a/manifests/v", timeout=10)
        assert answer.status_code == 405


def test_cranes_old_name_of_disk_still_works(pycrane: Pycrane, tmp_path: Path) -> None:
    with serving(pycrane, "--blobs-to-disk", TMPDIR=str(tmp_path)) as (process, _):
        process.terminate()
        warning = process.communicate(timeout=20)[1].decode()
    (folder,) = tmp_path.glob("pycrane-registry-*")
    assert (folder / ".pycrane").is_dir()
    assert f"--blobs-to-disk is deprecated, use --disk DIR: everything is stored in {folder}" in warning
    both = pycrane("registry", "serve", "--blobs-to-disk", "--disk", tmp_path, check=False)
    assert (both.returncode, both.stdout) == (2, b"")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--address", "127.0.0.1:port"], "'port' is not a port"),
        (["--address", "::1:80"], "is not an address to listen on"),
        (["--address", "no host:0"], "cannot listen on no host:0"),
        (["--disk", "/dev/null"], "cannot serve the directory /dev/null: Not a directory"),
        (["--htpasswd", "/dev/null"], "/dev/null has no users"),
        (["--htpasswd", "absent"], "cannot read absent: No such file or directory"),
        (["--tls-cert", "/dev/null"], "cannot serve TLS with /dev/null"),
        (["--tls-cert", "absent"], "cannot serve TLS with absent: No such file or directory"),
    ],
)
def test_what_cannot_be_served_is_said_in_one_line(
    pycrane: Pycrane, arguments: list[str], message: str
) -> None:
    result = pycrane("registry", "serve", *arguments, check=False)
    status = 3 if "absent" in arguments else 1
    assert (result.returncode, result.stdout) == (status, b"")
    assert message in result.stderr.splitlines()[0]


def test_passwords_that_are_not_bcrypt_are_refused(pycrane: Pycrane, tmp_path: Path) -> None:
    users = tmp_path / "users"
    users.write_text("alice:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=\n")
    result = pycrane("registry", "serve", "--htpasswd", users, check=False)
    assert "line 1 of" in result.stderr
    assert "W6ph" not in result.stderr


def test_a_command_runs_beside_a_registry_and_decides_the_exit_status(pycrane: Pycrane) -> None:
    script = 'echo "$PYCRANE_REGISTRY"; exit 7'
    result = pycrane("registry", "run", "--", "sh", "-c", script, check=False)
    assert result.returncode == 7
    assert re.fullmatch(r"127\.0\.0\.1:[0-9]+", result.text)


def test_the_commands_options_are_its_own(pycrane: Pycrane) -> None:
    assert pycrane("registry", "run", "echo", "-v", "--disk").text == "-v --disk"


def test_the_registry_is_there_while_the_command_runs_and_gone_afterwards(pycrane: Pycrane) -> None:
    script = (
        "import os, urllib.request as u; a = os.environ['PYCRANE_REGISTRY'];"
        "print(a, u.build_opener(u.ProxyHandler({})).open(f'http://{a}/v2/').status)"
    )
    address, status = pycrane("registry", "run", "--", "python3", "-c", script).text.split()
    assert status == "200"
    with pytest.raises(requests.ConnectionError):
        requests.get(f"http://{address}/v2/", timeout=10)


def test_a_command_that_a_signal_ended_has_a_shells_exit_status(pycrane: Pycrane) -> None:
    result = pycrane("registry", "run", "--", "sh", "-c", "kill -9 $$", check=False)
    assert result.returncode == 128 + signal.SIGKILL


def test_a_signal_goes_on_to_the_command(pycrane: Pycrane) -> None:
    script = "trap 'echo ended; exit 5' TERM; echo ready; while :; do sleep 0.05; done"
    with pycrane.start("registry", "run", "--", "sh", "-c", script) as process:
        assert process.stdout
        assert process.stdout.readline() == b"ready\n"
        process.terminate()
        assert process.communicate(timeout=20)[0] == b"ended\n"
        assert process.returncode == 5


def test_a_command_that_is_not_there_is_said(pycrane: Pycrane) -> None:
    result = pycrane("registry", "run", "--", "no-such-program", check=False)
    assert result.returncode == 1
    assert "cannot run no-such-program: No such file or directory" in result.stderr
