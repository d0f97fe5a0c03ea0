"""Transports: the kinds of locations that images are read from and written to, and a table of names.

Locations open sources and make sinks of the layers below. Verbs, options and terminals do not enter.
"""
