"""The registry client (OCI distribution spec): manifests, blobs, uploads, lists, referrers.

`http/` moves requests, `auth/` authorises them; the modules here are the operations of the specification.
"""
