"""The command line: a tree of Click commands over `pycrane._client`.

A command reads its options, makes one call and prints. HTTP, tar streams, JSON documents and decisions about
images belong below.
"""
