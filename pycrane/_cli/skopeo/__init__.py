"""The commands of `pycrane skopeo`, one module each: skopeo's flags, outputs and files, over the client.

Flags that several commands have are rows of `flags.py`. No HTTP, no formats, no policy decisions here.
"""
