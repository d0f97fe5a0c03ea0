"""The client: every verb as one function, bound as a method of `Client`, for commands and for programs.

Verbs open locations, change views and hand them to the transfer engine. Terminals, HTTP and tar do not enter.
"""
