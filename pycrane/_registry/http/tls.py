"""Trusted CAs and client certificates for each host (certs.d of Docker and Podman; OpenSSL's environment)."""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterator
from contextlib import suppress
from functools import cached_property
from pathlib import Path

from pycrane._errors import CredentialsError
from pycrane._io.process import ForkLock
from pycrane._reference import DOCKER_HUB
from pycrane._registry.http.options import ClientOptions
from pycrane._registry.http.redaction import said

_OPENSSL_VARIABLES = ("SSL_CERT_FILE", "SSL_CERT_DIR")


def default_certs_dirs() -> tuple[Path, ...]:
    """Directories of certificates by registry: Docker's and Podman's, then the user's for pycrane."""
    import platformdirs

    system = (Path("/etc/docker/certs.d"), Path("/etc/containers/certs.d"))
    own = platformdirs.user_config_path("pycrane") / "certs.d"
    try:
        home = Path.home()
    except RuntimeError:
        return (*system, own)
    return (*system, home / ".docker/certs.d", home / ".config/containers/certs.d", own)


class TrustStore:
    """Makes one TLS context for each kind of trust. Thread-safe."""

    def __init__(self, options: ClientOptions) -> None:
        self._options = options
        self._contexts: dict[tuple[bool, tuple[Path, ...]], ssl.SSLContext] = {}
        self._lock = ForkLock()

    @cached_property
    def _certs_dirs(self) -> tuple[Path, ...]:
        given = self._options.certs_dirs
        return default_certs_dirs() if given is None else given

    def context(self, host: str, port: int) -> ssl.SSLContext:
        """The context for connections to this host.

        Raises:
            CredentialsError: a certificate or key that is named cannot be used.
        """
        key = (self._options.trusts_blindly(host, port), tuple(self._folders(host, port)))
        with self._lock:
            if key not in self._contexts:
                self._contexts[key] = self._make(*key)
            return self._contexts[key]

    def _folders(self, host: str, port: int) -> Iterator[Path]:
        if self._options.cert_dir:
            yield self._options.cert_dir
            return
        names = [host, f"{host}:{port}"]
        if host == DOCKER_HUB:
            names += ["docker.io", "registry-1.docker.io"]
        for folder in self._certs_dirs:
            for name in names:
                if (folder / name).is_dir():
                    yield folder / name

    def _make(self, blind: bool, folders: tuple[Path, ...]) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        # As in Go, a certificate that is named as trusted is trusted, whoever signed it.
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        if blind:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            _silence_urllib3()
        else:
            _load_authorities(context, self._options.ca_bundle, folders)
        for cert, key in self._client_certificates(folders):
            _load_client(context, cert, key)
        return context

    def _client_certificates(self, folders: tuple[Path, ...]) -> Iterator[tuple[Path, Path | None]]:
        if self._options.client_cert:
            yield self._options.client_cert, self._options.client_key
        for folder in folders:
            for cert in sorted(folder.glob("*.cert")):
                yield cert, cert.with_suffix(".key")


def _load_authorities(context: ssl.SSLContext, bundle: Path | None, folders: tuple[Path, ...]) -> None:
    named = os.environ.get("REQUESTS_CA_BUNDLE")
    if named:
        _load(context, Path(named))
    if not named or any(os.environ.get(name) for name in _OPENSSL_VARIABLES):
        _load_system(context)
    if bundle:
        _load(context, bundle)
    for folder in folders:
        for path in sorted(folder.glob("*.crt")):
            _load(context, path)


def _load_system(context: ssl.SSLContext) -> None:
    """The system's authorities, or what OpenSSL's variables name; those of certifi where there are none."""
    context.load_default_certs()
    for folder in filter(None, os.environ.get("SSL_CERT_DIR", "").split(os.pathsep)):
        _load_all(context, Path(folder))
    # Those in directories are read when they are needed, and not counted.
    if context.cert_store_stats()["x509_ca"] or ssl.get_default_verify_paths().capath:
        return
    import certifi

    _load(context, Path(certifi.where()))


def _load_all(context: ssl.SSLContext, folder: Path) -> None:
    """Return all certificates of a directory, as Go reads it; OpenSSL finds hashed names only."""
    with suppress(OSError):
        for path in sorted(folder.iterdir()):
            with suppress(OSError):  # SSLError is one too
                context.load_verify_locations(cafile=path)


def _load(context: ssl.SSLContext, path: Path) -> None:
    try:
        if path.is_dir():
            context.load_verify_locations(capath=path)
        else:
            context.load_verify_locations(cafile=path)
    except (OSError, ssl.SSLError) as error:
        text = f"certificates of authorities cannot be read from {path}: {_reason(error)}"
        raise CredentialsError(text) from error


def _load_client(context: ssl.SSLContext, cert: Path, key: Path | None) -> None:
    try:
        context.load_cert_chain(cert, key, password=_no_password)
    except (OSError, ssl.SSLError, ValueError) as error:
        hint = None if key else "name its key, if it is in another file, with --key"
        text = f"client certificate {cert} cannot be used: {_reason(error)}"
        raise CredentialsError(text, hint=hint) from error


def _no_password() -> str:
    raise ValueError("its key has a password")


def _reason(error: Exception) -> str:
    return said(error) if isinstance(error, OSError) else str(error)


def _silence_urllib3() -> None:
    """The person asked for it; a warning with each connection helps nobody."""
    from urllib3 import disable_warnings
    from urllib3.exceptions import InsecureRequestWarning

    disable_warnings(InsecureRequestWarning)
