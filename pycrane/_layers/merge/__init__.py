"""Layers merged to one file system (OCI image spec, layer.md): whiteouts, shadowing, links."""
