"""The embedded registry: an HTTP server, an application over a store, and stores in memory and on disk.

It uses the registry client for pull-through only, and nothing of the command line.
"""
