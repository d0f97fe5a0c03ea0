"""Changes of images and indexes: pure functions from view to view, made when their result is first read.

Nothing here opens a file, a connection or a registry.
"""
