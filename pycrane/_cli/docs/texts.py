"""Texts of the manual pages that are not the help of a command."""

from __future__ import annotations

DESCRIPTION = """
A reference is [HOST[:PORT]/]PATH[:TAG][@DIGEST]. A first part with a dot or a colon, or localhost, is the
host of a registry; without one the registry is Docker Hub, whose official images are in library/. Without
tag and digest the tag is latest. With both, the digest is used. Digests are sha256 or sha512.

Registries on localhost and other loopback addresses may use plain HTTP. Others need --insecure-registry HOST,
or --insecure for all registries.

Logins of Docker and Podman are used: their files, and the credential helpers that these name. pycrane auth
explain REF shows the source of the credentials for a registry.

Results are written to standard output, everything else to standard error. Files are written as a whole or
not at all. Everything read is verified against the digest that names it.
"""

DIFFERENCES = """
pycrane accepts the commands, options and references of crane, and prints and writes the same output. The
pages of the commands list additions. These differences apply to all commands:

Names that no registry accepts are refused, with the reason: doubled slashes, a tag that begins with a dot or
a dash. Digests may be sha512.

--platform may be repeated, or be a comma-separated list, where several images make sense. linux/arm64 and
linux/arm64/v8 are the same. If a platform does not exist, the message lists those that do. An entry of an
index without a platform is never used for linux/amd64 while another entry is; nested indexes are searched.

A single registry may be accessed without TLS, or without verification (--insecure-registry). A private
address alone is not enough to send credentials in clear text. Additional certificate authorities and client
certificates come from options, or from the directories of Docker and Podman.

Requests are sent at once, without a request that checks for a registry first. Failed requests are repeated
with increasing delays, or after the delay that the registry requests; a download continues after the bytes
that are already verified; a connection without a response is closed after a timeout.

REGISTRY_AUTH_FILE and DOCKER_AUTH_CONFIG apply if they are set, whichever other files exist. A broken
credential helper is a warning where an image may be read without a login, and an error for a push. Docker's
HttpHeaders are sent to the registry and not to where it redirects.

Warnings are printed as they occur, and also if the command fails. crane has the exit status 1 for every
failure; pycrane has 1 to 5, so that a script can distinguish a missing image from a missing login and a lost
network, and 130 after Ctrl-C. A wrong command line prints nothing on standard output, not even help.
"""

GLOBAL_OPTIONS = """
They may stand before the command or after it. Every command accepts all of them, so that a script can give
them to every command that it runs; one that has no effect on a command is a warning on standard error. An
option of a single command that can have no effect beside the others is an error.
"""

POINTERS = {
    "": """
0 is success, 1 a failure, 2 a wrong command line, 3 not found, 4 not allowed, 5 not reachable, 130 and 143 an
end by a signal: see pycrane-exit-status(7). Environment variables and files are in pycrane-environment(7).
""",
    "skopeo": """
0 is success, 2 an image that is not there, 1 any other failure, also a wrong command line, 130 and 143
an end by a signal.
""",
}
"""Exit statuses of the main page, and of commands of another program."""

RELATED = {
    "cat": "files",
    "append": "mutate flatten rebase",
    "blob": "manifest config",
    "catalog": "ls",
    "config": "manifest digest",
    "copy": "pull push tag",
    "delete": "gc tag",
    "digest": "manifest",
    "edit": "mutate",
    "export": "pull",
    "flatten": "append rebase",
    "gc": "ls delete",
    "index": "copy layout",
    "layout": "pull index",
    "ls": "catalog gc",
    "manifest": "config digest blob",
    "mutate": "append edit rebase",
    "pull": "push copy export",
    "push": "pull copy",
    "rebase": "append flatten",
    "tag": "copy delete",
    "validate": "manifest",
}
"""Pages of commands that are related to a command."""
