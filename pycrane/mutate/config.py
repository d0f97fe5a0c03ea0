"""Edits of an image's configuration and annotations (OCI image spec, config.md and manifest.md).

Only what is asked for changes; fields that nobody here knows stay where they are.
"""
