"""Address and TLS certificate of a registry's listener."""

from __future__ import annotations

import ssl
from pathlib import Path

from pycrane._errors import CredentialsError, PycraneError

LOOPBACK = "127.0.0.1"
_EVERYWHERE = "0.0.0.0"  # noqa: S104 - only where the user writes an address without a host


def parse_address(text: str, port: str = "") -> tuple[str, int]:
    """Read HOST:PORT, HOST or :PORT; no host before the colon is every interface, as Go has it.

    Empty text is loopback. `port` is the port if the text has none; 0 and nothing take a free one.

    Raises:
        PycraneError: not an address.

    """
    host, colon, own_port = text.rpartition(":")
    if not colon or text.endswith("]"):
        host, own_port = text or LOOPBACK, port or "0"
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    elif ":" in host:
        raise PycraneError(f"{text!r} is not an address to listen on", hint="write an IPv6 host in brackets")
    if not (own_port.isascii() and own_port.isdigit() and int(own_port) <= 65535):
        raise PycraneError(
            f"{own_port!r} is not a port", hint="an address is HOST:PORT, as in 127.0.0.1:5000"
        )
    return host or _EVERYWHERE, int(own_port)


def server_tls(certificate: Path, key: Path | None) -> ssl.SSLContext:
    """A TLS server's settings from PEM files; the key may be in the certificate's file.

    Raises:
        CredentialsError: a file cannot be read, or the two do not belong together.

    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(certificate, key)
    except OSError as error:  # ssl.SSLError is one too
        files = f"{certificate} and {key}" if key else str(certificate)
        broken = isinstance(error, ssl.SSLError)
        reason = "not a certificate with its key, in PEM" if broken else error.strerror
        raise CredentialsError(f"cannot serve TLS with {files}: {reason}") from error
    return context
