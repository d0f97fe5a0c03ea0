"""pycrane: crane for Python. Container images in registries, tarballs and layouts, with no daemon."""

__version__ = "0.1.0"
