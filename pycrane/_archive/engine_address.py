"""Address of a container engine, found as Docker's own client does (DOCKER_HOST, contexts, TLS files)."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pycrane._errors import PycraneError, UnsupportedError
from pycrane._io.files import open_regular, read_bounded
from pycrane._limits import DEFAULT_LIMITS, Limits
from pycrane._oci import go_json

if TYPE_CHECKING:
    import ssl

DEFAULT_SOCKET = "/var/run/docker.sock"
_PORT, _TLS_PORT = 2375, 2376
_HINT = "give an address as in unix:///var/run/docker.sock or tcp://host:2376"


@dataclass(frozen=True, slots=True)
class EngineAddress:
    """A Unix socket at `path`, or a port of a host, with TLS or without it. `text` names it in errors.

    `certificates` is a directory with `ca.pem`, `cert.pem` and `key.pem`; those that are not there are not
    used.
    """

    text: str
    path: Path | None = None
    host: str = ""
    port: int = 0
    tls: bool = False
    certificates: Path | None = None

    def tls_context(self) -> ssl.SSLContext:
        """Settings of a TLS connection to it. Raises PycraneError for files that are not valid."""
        import ssl  # few engines are reached over a network

        ca, cert, key = ((self.certificates or Path()) / name for name in ("ca.pem", "cert.pem", "key.pem"))
        used = self.certificates is not None
        try:
            context = ssl.create_default_context(cafile=ca if used and ca.exists() else None)
            if used and cert.exists():
                context.load_cert_chain(cert, key)
        except OSError as error:
            raise PycraneError(
                f"could not read the certificates in {self.certificates}: {error.strerror or error}"
            ) from error
        return context


def engine_address(
    text: str | None = None, env: Mapping[str, str] | None = None, limits: Limits = DEFAULT_LIMITS
) -> EngineAddress:
    """The engine at an address; None is that of `DOCKER_HOST`, else of a context, else Docker's default.

    The context is that of `DOCKER_CONTEXT`, else the `currentContext` of Docker's config.json, which
    `docker context use` sets. `DOCKER_TLS_VERIFY` and `DOCKER_CERT_PATH` say whether and how TLS is used.

    Raises:
        UnsupportedError: the address is of another kind, as that of SSH, or there is no such context.
    """
    env = os.environ if env is None else env
    config = Path(env.get("DOCKER_CONFIG") or Path.home() / ".docker")
    host = text or env.get("DOCKER_HOST")
    if not host:
        context = env.get("DOCKER_CONTEXT") or _current_context(config, limits)
        if context != "default":
            return _of_context(context, config, limits)
    certificates = Path(env.get("DOCKER_CERT_PATH") or config) if env.get("DOCKER_TLS_VERIFY") else None
    what = "the engine's address" if text else "DOCKER_HOST"
    return _parsed(host or f"unix://{DEFAULT_SOCKET}", what, certificates)


def _parsed(text: str, what: str, certificates: Path | None) -> EngineAddress:
    """An address; with `certificates`, `tcp` means TLS."""
    scheme, separator, rest = text.partition("://")
    if scheme == "unix" and rest.startswith("/"):
        return EngineAddress(rest, Path(rest))
    if scheme not in ("tcp", "http", "https"):
        raise UnsupportedError(
            f"{what} is {scheme}://…, expected the address of a Unix socket or a TCP port"
            if separator
            else f"{what} is not the address of a Unix socket or a TCP port",
            hint=_HINT,
        )
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if not host or "@" in rest or parts.path.strip("/") or parts.query or parts.fragment:
        raise UnsupportedError(f"{what} is not a host and a port", hint=_HINT)
    tls = scheme == "https" or (scheme == "tcp" and certificates is not None)
    port = port or (_TLS_PORT if tls else _PORT)
    return EngineAddress(f"{scheme}://{parts.netloc}", None, host, port, tls, certificates if tls else None)


def _current_context(config: Path, limits: Limits) -> str:
    """The context that `docker context use` chose."""
    file = config / "config.json"
    if not file.exists():
        return "default"
    what = str(file)
    raw = read_bounded(open_regular(file, what, follow=True), limits.config_file, what)
    value = go_json.load_object(raw, what)
    chosen = value.get("currentContext")
    return chosen if chosen and isinstance(chosen, str) else "default"


def _of_context(name: str, config: Path, limits: Limits) -> EngineAddress:
    """The address in a context that `docker context create` made."""
    what = f"Docker context {name}"
    encoded = hashlib.sha256(name.encode()).hexdigest()
    meta = config / "contexts" / "meta" / encoded / "meta.json"
    if not meta.exists():
        raise UnsupportedError(f"there is no {what}", hint="DOCKER_CONTEXT or docker context use names it")
    value = go_json.load_object(read_bounded(open_regular(meta, what), limits.config_file, what), what)
    endpoint = value.get("Endpoints")
    endpoint = endpoint.get("docker") if isinstance(endpoint, dict) else None
    host = endpoint.get("Host") if isinstance(endpoint, dict) else None
    if not isinstance(endpoint, dict) or not isinstance(host, str):
        raise UnsupportedError(f"{what} has no address of an engine")
    if endpoint.get("SkipTLSVerify"):
        raise UnsupportedError(f"{what} does not verify certificates", hint="put the authority's into it")
    files = config / "contexts" / "tls" / encoded / "docker"
    return _parsed(host, f"the address in {what}", files if files.is_dir() else None)
