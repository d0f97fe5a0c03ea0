"""Rows of skopeo login and logout."""

from __future__ import annotations

from cli.crane_world import wrote
from cli.skopeo_row import FREE, Row, kept
from peers.fixtures import PASSWORD, USERNAME

FILE = "home/run/containers/auth.json"
GIVEN = f"-u {USERNAME} -p {PASSWORD}"
DONE = "Login Succeeded!\n"
EMPTY = '{\n\t"auths": {}\n}'
WRITTEN = f"text {FILE}"


def logged_in(*servers, name=FILE):
    return (wrote(name, kept(*servers)),)


def row(line, seen, **more):
    """A row without `$DOCKER_CONFIG`, which names the file of logins where it is set."""
    return Row(line, seen, env={"DOCKER_CONFIG": "", **more.pop("env", {})}, **more)


def fails(line, **more):
    return row(line, {WRITTEN: "", **more.pop("seen", {})}, code=1, **more)


LOGINS = (
    row(f"login {FREE} {GIVEN} {{basic}}", {"stdout": DONE, WRITTEN: kept("BASIC")}),
    row(
        f"login {FREE} --username {USERNAME} --password {PASSWORD} {{basic}}/team",
        {"stdout": DONE, WRITTEN: kept("BASIC/team")},
    ),
    row(
        f"login {FREE} -u {USERNAME} --password-stdin {{basic}}",
        {"stdout": DONE, WRITTEN: kept("BASIC", "z.example.com")},
        stdin=PASSWORD.encode() + b"\n",
        given=logged_in("z.example.com"),
    ),
    row(f"login {FREE} {GIVEN} https://{{basic}}/v2/", {"stdout": DONE, WRITTEN: kept("BASIC")}),
    row(
        f"login {FREE} {GIVEN} --authfile new/a.json {{basic}}",
        {"stdout": DONE, WRITTEN: "", "text new/a.json": kept("BASIC")},
    ),
    row(
        f"login {FREE} {GIVEN} {{basic}}",
        {"stdout": DONE, WRITTEN: "", "text a.json": kept("BASIC")},
        env={"REGISTRY_AUTH_FILE": "{dir}/a.json"},
    ),
    Row(
        f"login {FREE} {GIVEN} {{basic}}",
        {"stdout": DONE, WRITTEN: "", "text home/.docker/config.json": kept("BASIC")},
    ),
    row(
        f"login {FREE} {GIVEN} --compat-auth-file c.json {{basic}}",
        {"stdout": DONE, WRITTEN: "", "text c.json": kept("BASIC")},
        runs=False,
    ),
    row(f"login {FREE} -v {GIVEN} --authfile a.json {{basic}}", {"stdout": f"Used:  a.json\n{DONE}"}),
    row(f"login {FREE} --verbose {GIVEN} --authfile a.json {{basic}}", {"stdout": f"Used:  a.json\n{DONE}"}),
    row(
        f"login {FREE} {{basic}}",
        {
            "stdout": "Authenticating with existing credentials for BASIC\n"
            "Existing credentials are valid. Already logged in to BASIC\n"
        },
        given=logged_in("{basic}"),
    ),
    row("login --get-login {basic}", {"stdout": f"{USERNAME}\n"}, given=logged_in("{basic}")),
    row("login --get-login {basic}/team", {"stdout": f"{USERNAME}\n"}, given=logged_in("{basic}")),
    row(
        "login --get-login --authfile a.json {basic}",
        {"stdout": f"{USERNAME}\n"},
        given=logged_in("{basic}", name="a.json"),
    ),
    row(f"login --cert-dir certs {GIVEN} {{tls-host}}", {"stdout": DONE}),
    fails("login --get-login {basic}"),
    fails(f"login {FREE} -u {USERNAME} -p wrong {{basic}}"),
    fails(f"login {FREE} --password-stdin {{basic}}", stdin=PASSWORD.encode()),
    fails(f"login {FREE} {GIVEN} --password-stdin {{basic}}", stdin=PASSWORD.encode()),
    fails(
        f"login {FREE} -u {USERNAME} {{basic}}",
        skopeo={"stdout": "Password: "},
        why="there is no terminal to ask on",
    ),
    fails(f"login {GIVEN} {{basic}}"),
    fails(f"login --tls-verify {GIVEN} {{basic}}"),
    fails(f"login {FREE} {GIVEN}"),
    fails(f"login {FREE} {GIVEN} {{basic}} {{basic}}"),
    fails(f"login {FREE} {GIVEN} docker://{{basic}}"),
    fails(f"login {FREE} {GIVEN} --authfile a --compat-auth-file b {{basic}}"),
    fails(f"login {FREE} {GIVEN} {{nobody}}"),
)
LOGOUTS = (
    row(
        "logout {basic}",
        {"stdout": "Removed login credentials for BASIC\n", WRITTEN: EMPTY},
        given=logged_in("{basic}"),
    ),
    row(
        "logout {basic}/team",
        {"stdout": "Removed login credentials for BASIC/team\n", WRITTEN: kept("BASIC")},
        given=logged_in("{basic}", "{basic}/team"),
    ),
    row(
        "logout --authfile a.json a.example.com",
        {"stdout": "Removed login credentials for a.example.com\n", "text a.json": kept("b.example.com")},
        given=logged_in("a.example.com", "b.example.com", name="a.json"),
    ),
    row(
        "logout --compat-auth-file a.json a.example.com",
        {"stdout": "Removed login credentials for a.example.com\n", "text a.json": EMPTY},
        given=logged_in("a.example.com", name="a.json"),
        runs=False,
    ),
    row(
        "logout --all",
        {"stdout": "Removed login credentials for all registries\n", WRITTEN: EMPTY},
        given=logged_in("a.example.com", "b.example.com"),
    ),
    row(
        "logout -a",
        {"stdout": "Removed login credentials for all registries\n"},
        given=logged_in("a.example.com"),
    ),
    row("logout --tls-verify a.example.com", {}, given=logged_in("a.example.com")),
    fails("logout --all a.example.com"),
    row("logout a.example.com", {}, code=1),
    fails("logout a.example.com", seen={WRITTEN: kept("b.example.com")}, given=logged_in("b.example.com")),
    fails("logout"),
)

ROWS = (*LOGINS, *LOGOUTS)
