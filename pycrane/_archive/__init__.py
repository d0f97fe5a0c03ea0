"""Formats on disk and of engines: docker-save archives, OCI layouts and archives, the layer cache.

Readers give views, writers are sinks. Everything read is treated as hostile.
"""
