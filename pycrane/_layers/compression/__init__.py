"""Compression of layers: kinds, decompression with bounds, compression on several threads."""
