"""The specifications as values: digests, media types, descriptors, platforms, manifests, configurations.

Pure data: no files, no network.
"""
