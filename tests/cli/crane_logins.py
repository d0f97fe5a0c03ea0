"""Rows about logins: auth get, login, logout and token."""

from __future__ import annotations

import base64
import json

from cli.crane_row import Row
from cli.crane_world import wrote
from peers.fixtures import PASSWORD, USERNAME

SECRET = base64.b64encode(f"{USERNAME}:{PASSWORD}".encode()).decode()
WRONG = base64.b64encode(f"{USERNAME}:wrong".encode()).decode()
CONFIG = "home/.docker/config.json"


def kept(*servers, secret=SECRET, **more):
    """Docker's configuration with logins, as it is written."""
    auths = {server: {"auth": secret, **more} for server in servers}
    return json.dumps({"auths": auths}, indent="\t")


def logged_in(*servers, **more):
    return (wrote(CONFIG, kept(*servers, **more)),)


FOUND = f'{{"Username":"{USERNAME}","Secret":"{PASSWORD}"}}\n'
MISSING = "credentials not found in native keychain\n"
GETS = (
    Row("auth get reg.example.com", {"stdout": FOUND}, given=logged_in("reg.example.com")),
    Row("auth get", {"stdout": FOUND}, given=logged_in("reg.example.com"), stdin=b"reg.example.com\n"),
    Row("auth get docker.io", {"stdout": FOUND}, given=logged_in("https://index.docker.io/v1/")),
    Row(
        "auth get reg.example.com",
        {"stdout": '{"Username":"\\u003ctoken\\u003e","Secret":"abc"}\n'},
        given=logged_in("reg.example.com", identitytoken="abc"),
    ),
    Row("auth get reg.example.com", {"stdout": MISSING}, fails=True),
    Row("auth get other.example.com", {"stdout": MISSING}, fails=True, given=logged_in("reg.example.com")),
    Row("auth get reg.example.com", fails=True, given=(wrote(CONFIG, "{"),)),
    Row("auth get a b", fails=True),
)

WRITTEN = f"text {CONFIG}"
LOGINS = (
    Row(f"auth login {{basic}} -u {USERNAME} -p {PASSWORD}", {"stdout": "", WRITTEN: kept("BASIC")}),
    Row(
        f"auth login {{basic}} --username {USERNAME} --password-stdin",
        {"stdout": "", WRITTEN: kept("BASIC")},
        stdin=PASSWORD.encode() + b"\r\n",
    ),
    Row(
        f"auth login -u {USERNAME} --password {PASSWORD} {{basic}}",
        {WRITTEN: kept("BASIC", "a.example.com")},
        given=logged_in("a.example.com"),
    ),
    Row(
        f"auth login {{basic}} -u {USERNAME} -p wrong",
        {WRITTEN: ""},
        fails=True,
        crane={"fails": False, WRITTEN: kept("BASIC", secret=WRONG)},
        why="a login that the registry refuses is not kept",
    ),
    Row("auth login {basic}", {WRITTEN: ""}, fails=True),
    Row("auth login", fails=True),
    Row(
        "auth logout reg.example.com",
        {"stdout": "", WRITTEN: kept("a.example.com")},
        given=logged_in("reg.example.com", "a.example.com"),
    ),
    Row("auth logout reg.example.com", {"stdout": ""}),
    Row("auth logout", fails=True),
)

ACCESS = {"type": "repository", "name": "a/b", "actions": ["pull"]}
PUSH = {**ACCESS, "actions": ["pull", "push"]}
OTHER = {**ACCESS, "name": "c"}
TOKENS = (
    Row(
        "auth token {token}/a/b",
        {"access": [ACCESS], "members": ["access_token", "expires_in", "refresh_token", "token"]},
        given=logged_in("{token}"),
    ),
    Row(
        "auth token {token}/a/b -H",
        {"access": [ACCESS], "holds Authorization: Bearer ": True},
        given=logged_in("{token}"),
    ),
    Row("auth token --header --push {token}/a/b", {"access": [PUSH]}, given=logged_in("{token}")),
    Row("auth token --push -m {token}/c {token}/a/b", {"access": [PUSH, OTHER]}, given=logged_in("{token}")),
    Row("auth token --mount {token}/c {token}/a/b", {"access": [ACCESS, OTHER]}, given=logged_in("{token}")),
    Row("auth token {basic}/a/b", fails=True, given=logged_in("{basic}")),
    Row("auth token {token}/a/b", fails=True, given=(wrote(CONFIG, kept("{token}", secret=WRONG)),)),
    Row("auth token", fails=True),
)

ROWS = (*GETS, *LOGINS, *TOKENS)
