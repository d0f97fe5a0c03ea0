"""What every test can use: see `tests/peers` for each fixture."""

from __future__ import annotations

pytest_plugins = ["peers.running", "peers.fixtures"]
