"""HTTP as registries speak it: requests, responses, connections, TLS, proxies, redirects, retries.

Nothing here knows manifests, blobs or credentials of users.
"""
