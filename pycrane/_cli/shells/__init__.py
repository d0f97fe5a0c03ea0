"""Completion in shells: the scripts, and the program's answers to them.

A script runs the program with the words of the line in the environment. Nothing here may show an error,
prompt, or take longer than a second.
"""
