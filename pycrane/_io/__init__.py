"""Streams and files: verified, measured and read-ahead streams, spools, whole-or-nothing files, locks.

Nothing here knows images or registries.
"""
