"""An image's own layers put onto another base (OCI image spec, config.md, rootfs and history)."""
