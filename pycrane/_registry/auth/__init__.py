"""Authentication at registries: challenges, scopes, tokens (distribution token specification).

Credentials come from `pycrane._keychain`; this package decides which request carries them.
"""
