"""Credentials for registries: Docker's and Podman's files, credential helpers, the environment.

A keychain answers for one repository. It makes no request to a registry.
"""
