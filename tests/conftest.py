"""What every test can use: see `tests/peers` for each fixture."""

from __future__ import annotations

from hypothesis import settings

pytest_plugins = ["peers.running", "peers.fixtures"]

# How long one example takes says nothing on a busy machine.
settings.register_profile("pycrane", deadline=None)
settings.load_profile("pycrane")
