"""The empty image and index are crane's, to the byte."""

from __future__ import annotations

import pytest

from pycrane._image.empty import empty_image, empty_index

CONFIG = (
    b'{"architecture":"","created":"0001-01-01T00:00:00Z","os":"",'
    b'"rootfs":{"type":"layers","diff_ids":null},"config":{}}'
)


@pytest.mark.parametrize(
    ("oci", "manifest", "config"),
    [
        (
            False,
            b"application/vnd.docker.distribution.manifest.v2+json",
            b"application/vnd.docker.container.image.v1+json",
        ),
        (
            True,
            b"application/vnd.oci.image.manifest.v1+json",
            b"application/vnd.oci.image.config.v1+json",
        ),
    ],
)
def test_the_empty_image_has_the_bytes_that_crane_gives_it(oci: bool, manifest: bytes, config: bytes) -> None:
    image = empty_image(oci=oci)
    assert image.raw_manifest == (
        b'{"schemaVersion":2,"mediaType":"' + manifest + b'","config":{"mediaType":"' + config + b'",'
        b'"size":115,"digest":"sha256:5b943e2b943f6c81dbbd4e2eca5121f4fcc39139e3d1219d6d89bd925b77d9fe"},'
        b'"layers":[]}'
    )
    assert image.raw_config_file == CONFIG
    assert image.layers == ()
    assert image.descriptor.digest.matches(image.raw_manifest)
    assert image.media_type.encode() == manifest


@pytest.mark.parametrize(
    ("docker", "media_type"),
    [
        (False, b"application/vnd.oci.image.index.v1+json"),
        (True, b"application/vnd.docker.distribution.manifest.list.v2+json"),
    ],
)
def test_the_empty_index_has_the_bytes_that_crane_gives_it(docker: bool, media_type: bytes) -> None:
    index = empty_index(docker=docker)
    assert index.raw_manifest == b'{"schemaVersion":2,"mediaType":"' + media_type + b'","manifests":[]}'
    assert index.index_manifest.manifests == ()
    assert index.descriptor.digest.matches(index.raw_manifest)
