"""Options of the client: trust, certificates, headers, limits, as one value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pycrane._errors import expect
from pycrane._limits import DEFAULT_LIMITS, Limits
from pycrane._version import __version__

_OWN_HEADERS = frozenset({"user-agent", "host", "connection", "content-length", "transfer-encoding"})


@dataclass(frozen=True, slots=True)
class ClientOptions:
    """Options of the registry client.

    `insecure` is for all hosts, `insecure_registries` (`host` or `host:port`) for those: certificates are not
    verified, and plain HTTP is tried where TLS is not spoken. `ca_bundle` adds authorities to the system's
    (SSL_CERT_FILE, SSL_CERT_DIR and REQUESTS_CA_BUNDLE are honoured). `client_cert` is a PEM file that may
    hold its key, else `client_key` does. `certs_dirs` hold a directory for each `host[:port]` with `*.crt`
    (authorities), `*.cert` and `*.key` (client certificates); None is Docker's, Podman's and the user's own
    for pycrane. `cert_dir` is such a directory for every host, in place of those. With `tls_only` plain HTTP
    is never tried, also on this machine. `headers` go to registries themselves and to no other host. With
    `allow_nondistributable` foreign layers are pushed too. Proxies come from the environment.
    """

    insecure: bool = False
    insecure_registries: frozenset[str] = frozenset()
    ca_bundle: Path | None = None
    client_cert: Path | None = None
    client_key: Path | None = None
    certs_dirs: tuple[Path, ...] | None = None
    cert_dir: Path | None = None
    tls_only: bool = False
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    allow_nondistributable: bool = False
    limits: Limits = DEFAULT_LIMITS
    user_agent: str = f"pycrane/{__version__}"

    def __post_init__(self) -> None:
        expect(self.limits, Limits, "limits")

    @property
    def registry_headers(self) -> dict[str, str]:
        """The headers that are sent along: none that the client must set itself."""
        return {name: value for name, value in self.headers.items() if name.lower() not in _OWN_HEADERS}

    def trusts_blindly(self, host: str, port: int | None) -> bool:
        """Whether the user said that this host need not prove who it is."""
        return self.insecure or self.names_insecure(host, port)

    def names_insecure(self, host: str, port: int | None) -> bool:
        """Whether the user named this very host as insecure."""
        name = f"[{host}]" if ":" in host else host
        return bool({name, f"{name}:{port}"} & self.insecure_registries)
