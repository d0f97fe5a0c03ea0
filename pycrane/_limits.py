"""Every bound that pycrane puts on what it reads and how long it waits, in one place."""

from __future__ import annotations

from dataclasses import dataclass, fields

from pycrane._errors import MalformedError, expect

KIB = 1024
MIB = 1024 * KIB
GIB = 1024 * MIB


_MOST = 2**62  # what reads a part of a stream takes no more


@dataclass(frozen=True, slots=True, repr=False)
class Limits:
    """Bounds on remote and local input. Sizes in bytes, times in seconds.

    The defaults are what peers use or more: real images stay far below them. Times may be infinite.

    Raises:
        MalformedError: one is negative, or a size or count of 2**62 or more.
    """

    manifest_size: int = 16 * MIB
    """A manifest or index (the specification asks for at least 4 MiB)."""
    config_size: int = 16 * MIB
    """An image's configuration."""
    json_values: int = 500_000
    """Values of one JSON document: objects, arrays, strings, numbers."""
    json_depth: int = 100
    """Nesting of any JSON that is parsed."""
    index_depth: int = 16
    """Indexes within indexes."""
    index_entries: int = 10_000
    """Manifests below one index, all depths together."""
    layers: int = 10_000
    """Layers of one image."""
    schema1_signatures: int = 64
    """Signatures of one schema 1 manifest."""
    signatures: int = 128
    """Signatures beside one manifest of an image directory."""
    error_body: int = 64 * KIB
    """Bytes read of an error's body."""
    token_body: int = 1 * MIB
    """A token server's answer."""
    list_page: int = 16 * MIB
    """One page of a tag or repository list, or of referrers."""
    list_pages: int = 10_000
    """Pages of one list."""
    repositories: int = 10_000
    """Repositories below one."""
    redirects: int = 10
    """Redirects of one request."""
    warnings: int = 4 * KIB
    """All warnings of one answer together (distribution spec, Warnings)."""
    connect_timeout: float = 30.0
    """Until a connection stands, TLS included."""
    read_timeout: float = 60.0
    """Without a byte from the other side."""
    response_head: float = 60.0
    """The whole head of a response, from its first byte on."""
    upload_timeout: float = 600.0
    """Without an answer to what was uploaded: some registries move it to where it stays first."""
    attempts: int = 5
    """Tries of one request that may be repeated."""
    backoff: float = 0.5
    """First wait between two tries; it doubles, with jitter."""
    backoff_cap: float = 30.0
    """Longest backoff."""
    retry_after_cap: float = 60.0
    """Longest `Retry-After` that is honoured."""
    retry_budget: float = 300.0
    """All waiting for one request together."""
    reread: int = 4 * GIB
    """Bytes of a blob downloaded again when the registry does not support ranges."""
    token_skew: float = 10.0
    """A token is renewed this long before it expires."""
    helper_timeout: float = 30.0
    """A credential helper's answer."""
    helper_output: int = 1 * MIB
    """A credential helper's answer in bytes."""
    engine_timeout: float = 600.0
    """Without a byte from a container engine, which may have to pack an image first."""
    engine_answer: int = 1 * MIB
    """Response of an engine to loading an image, or its error."""
    config_file: int = 16 * MIB
    """A Docker or Podman configuration file."""
    archive_json: int = 16 * MIB
    """`manifest.json`, `index.json` or `repositories` of an archive or layout."""
    archive_entries: int = 1_000_000
    """Entries of one archive of images."""
    archive_names: int = 64 * MIB
    """All names and link targets in one archive of images."""
    expansion: int = 1_200
    """Decompressed bytes per compressed byte of a layer, beyond `expansion_free` (gzip ends near 1030)."""
    expansion_free: int = 1 * GIB
    """Decompressed size of a layer up to which the expansion ratio is not checked."""
    zstd_window: int = 128 * MIB
    """Memory of a zstd frame's window, or of an xz stream's decoder (a power of two; zstd's own default)."""
    tar_extension: int = 4 * MIB
    """All that a layer's tar says of one entry before its content: pax records, long names, sparse maps."""
    global_records: int = 64 * MIB
    """Bytes that global pax records add to the headers of one layer's entries, all together."""
    held_headers: int = 64 * MIB
    """Headers of hard links that merging holds until it meets their files, in bytes."""
    tar_name: int = 64 * KIB
    """One name or link target in a layer."""
    layer_entries: int = 10_000_000
    """Entries of one layer."""
    layer_names: int = 1 * GIB
    """The names in one layer; and those in all layers of an image that merging has to remember together."""
    kept_layers: int = 4 * GIB
    """Uncompressed layers that merging keeps in temporary files, so as not to read them twice."""
    edited_file: int = 64 * MIB
    """A file of an image that is edited, which is held in memory."""

    upload_idle: float = 3600.0
    """An upload session of the embedded registry in which nothing happens."""
    upload_sessions: int = 1024
    """Upload sessions that the embedded registry keeps open; the one idle for longest goes first."""
    server_head: float = 20.0
    """A whole request head, from its first byte on, at the embedded registry."""
    server_idle: float = 60.0
    """A connection of the embedded registry on which no byte moves."""
    server_stall: float = 5.0
    """For a KiB of a request body or a MiB of a response; then the connection may go where all are taken."""
    server_connections: int = 512
    """Connections that the embedded registry serves at once; further ones wait."""

    def __post_init__(self) -> None:
        for each in fields(self):
            value = getattr(self, each.name)
            whole = isinstance(each.default, int)
            expect(value, int if whole else int | float, f"limit {each.name}")
            if not value >= 0 or (whole and value >= _MOST):
                raise MalformedError(f"limit {each.name} is {value}, expected 0 to 2**62 - 1")

    def __repr__(self) -> str:
        """Those that are not the default: signatures that have limits stay short."""
        given = (
            f"{each.name}={getattr(self, each.name)!r}"
            for each in fields(self)
            if getattr(self, each.name) != each.default
        )
        return f"Limits({', '.join(given)})"


DEFAULT_LIMITS = Limits()

_LONGEST = 1e9  # about thirty years; a socket takes no infinity


def timeout_of(seconds: float) -> float:
    """A bound on a wait as sockets take it."""
    return min(seconds, _LONGEST)
