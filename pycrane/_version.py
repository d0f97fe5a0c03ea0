"""The version of pycrane (semantic versioning)."""

__version__ = "0.1.0"
