"""The command line: a tree of Click commands over `pycrane._client`.

`main` is the entry point, `program` the tree, `command` the classes of commands and groups. A command reads
its options, makes one call and prints. HTTP, tar streams, JSON documents and decisions about images belong
below.
"""
