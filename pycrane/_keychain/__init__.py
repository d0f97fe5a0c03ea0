"""Credentials for registries: Docker's and Podman's files, credential helpers, the environment.

A keychain returns the credentials for one repository (`credentials`: the values and the protocol). `base` has
the lookup with its explanation, `chain` the keychains that programs compose, `config_*` and `docker_config`
the files, `helper*` the helper programs, `login` storing and removing credentials. Keychains of a cloud
belong in `cloud/`: subclasses of `BaseKeychain` that import the library of their vendor when first used.

Nothing here makes a request to a registry, reads a terminal or shows a secret.
"""
