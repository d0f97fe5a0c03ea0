"""Transports of containers/image that pycrane names and does not have, with what to use in their place."""

from __future__ import annotations

from typing import NoReturn

from pycrane._errors import UnsupportedError


def parse_ostree(text: str) -> NoReturn:
    """Raise UnsupportedError: the libraries that wrote these repositories dropped them as well."""
    _refuse("ostree", text, "no program writes images to OSTree repositories any more", "oci:DIR:NAME")


def parse_atomic(text: str) -> NoReturn:
    """Raise UnsupportedError: OpenShift's own interface for images is one beside its registry."""
    _refuse(
        "atomic",
        text,
        "it is OpenShift's interface to images, whose registry has them as well",
        "the registry, as docker://HOST/NAMESPACE/NAME:TAG",
    )


def parse_sif(text: str) -> NoReturn:
    """Raise UnsupportedError: reading them takes the programs that made them."""
    _refuse(
        "sif",
        text,
        "a Singularity image is a file system and has no layers",
        "its files, made a tar by singularity exec: tarball:FILE",
    )


def _refuse(transport: str, text: str, reason: str, instead: str) -> NoReturn:
    raise UnsupportedError(
        f"the transport {transport}: is not supported: {reason}",
        hint=f"use {instead}; an image in a registry that is called so is docker://{transport}:{text}",
    )
