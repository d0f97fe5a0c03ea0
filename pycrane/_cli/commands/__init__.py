"""The commands, one module each: options, one call, the output.

A command imports the call it makes inside its function; shared options and output live one level up.
"""
