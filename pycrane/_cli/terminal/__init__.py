"""Output for people: results, messages, progress, editors.

Only this package knows about terminals; it draws values and events, and makes no requests.
"""
