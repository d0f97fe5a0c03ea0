"""What the manual pages say beyond the help of the commands."""

from __future__ import annotations

DESCRIPTION = """
A reference is [HOST[:PORT]/]PATH[:TAG][@DIGEST]. A first part with a dot or a colon, or localhost, is the
host of a registry; without one the registry is Docker Hub, whose official images are in library/. Without
tag and digest the tag is latest. With both the digest decides. Digests are sha256 or sha512.

Registries on localhost and other loopback addresses may speak plain HTTP. For others it takes
--insecure-registry HOST, or --insecure for all at once.

Logins of Docker and Podman are used: their files, and the credential helpers that these name. pycrane auth
explain REF shows which one answers for a registry.

Results are written to standard output, everything else to standard error. What is written to a file is
there as a whole or not at all. All that is read is verified against the digest that names it.
"""

DIFFERENCES = """
pycrane takes the commands, options and references of crane, and prints and writes what crane does. The
pages of the commands say where it does more. What is different everywhere:

Names that no registry can hold are refused, with the reason: doubled slashes, a tag that begins with a
dot or a dash. Digests may be sha512.

--platform may be repeated, or hold a comma-separated list, where several images make sense. linux/arm64 and
linux/arm64/v8 are the same. When a platform is not there, the message lists those that are. What an index
lists without a platform is never taken for linux/amd64 while another entry is; indexes in it are searched.

A registry may be reached without TLS, or without verification, by itself (--insecure-registry). A private
address is no reason to send credentials in clear text. Further certificate authorities and client
certificates come from options, or from the folders of Docker and Podman.

A registry is asked what is wanted at once, without asking first whether it is one. Requests that fail are
repeated with growing waits, or the wait that the registry asks for; a download goes on from the bytes
that are verified already; what does not answer is given up after a while.

REGISTRY_AUTH_FILE and DOCKER_AUTH_CONFIG count when they are set, whatever other files there are. A
credential helper that is broken is a warning where an image may be read without a login, and an error for
a push. Docker's HttpHeaders go to the registry and not to where it redirects.

Warnings are shown as they come, after a failure too. The exit status is 2 for a wrong command line and
130 after Ctrl-C, where crane has 1. For a wrong command line nothing is on standard output, help neither.
"""

GLOBAL_OPTIONS = "They may stand before the command or after it."

EXIT_STATUS = (
    ("0", "All was done."),
    (
        "1",
        "Something failed. Standard error says in one line what and where, and in a second one what to try.",
    ),
    ("2", "The command line is wrong; nothing was begun."),
    ("130", "Interrupted (Ctrl-C). Nothing half-written is left."),
    ("143", "Asked to end (SIGTERM). Nothing half-written is left."),
)

ENVIRONMENT = (
    ("REGISTRY_AUTH_FILE", "Credentials file to read before all others, and to write logins to."),
    ("DOCKER_AUTH_CONFIG", "Credentials themselves, as JSON in the form of Docker's config.json."),
    ("DOCKER_CONFIG", "Folder of Docker's config.json, instead of ~/.docker."),
    ("XDG_RUNTIME_DIR, XDG_CONFIG_HOME", "Where Podman's containers/auth.json is looked for."),
    ("HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY", "Proxies to use, and hosts to reach without one."),
    ("SSL_CERT_FILE, SSL_CERT_DIR, REQUESTS_CA_BUNDLE", "Certificate authorities to trust."),
    ("TMPDIR", "Where what cannot be streamed is kept for a while."),
    ("NO_COLOR", "If set, messages have no colour."),
    ("PYCRANE_DEBUG", "If not empty, an error also shows where in pycrane it came from."),
)

FILES = (
    ("~/.docker/config.json", "Logins of Docker, and HttpHeaders to send to registries."),
    ("${XDG_RUNTIME_DIR}/containers/auth.json, ~/.config/containers/auth.json", "Logins of Podman."),
    (
        "certs.d/HOST, in /etc/docker, /etc/containers, ~/.docker, ~/.config/containers, ~/.config/pycrane",
        "For this registry: authorities to trust (*.crt), client certificates (*.cert) and keys (*.key).",
    ),
)

EXAMPLES = """
pycrane pull alpine alpine.tar
pycrane push alpine.tar localhost:5000/alpine
pycrane append -b alpine -f layer.tar.gz -t localhost:5000/app
pycrane copy localhost:5000/app registry.example.com/app:v1
pycrane ls registry.example.com/app
pycrane digest --platform linux/arm64 alpine
"""

RELATED = "pycrane-library(7), crane(1), docker(1), podman(1), skopeo(1)"
