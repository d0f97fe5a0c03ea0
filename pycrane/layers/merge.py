"""Layers merged into the one tar stream that a container would see (OCI image spec, layer.md, Changesets).

Layers are read from the top down, each once; what a higher layer replaces or whites out is left out below.
"""
