"""Input and output of the terminal: results, messages, progress, editors, signals.

Only this package knows about terminals. It shows values and events, and makes no requests.
"""
