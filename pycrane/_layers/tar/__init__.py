"""The tar stream of layers (POSIX pax, GNU and ustar): reading, headers, paths, rewriting."""
