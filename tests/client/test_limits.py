"""Limits of a client hold for all that it reads: views, platforms, validation, changes, transfers."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from peers import images, media

import pycrane
from pycrane import Client, ClientOptions, LimitExceededError, Limits

ZEROS = images.layer({"zeros": bytes(4 << 20)})
IMAGE = images.image(images.layer({"a": b"1"}), images.layer({"b": b"2" * 100}))
DEEP = images.index(images.index(images.index(IMAGE)))


@pytest.fixture
def place(docker_registry, repo):
    def pushed(root):
        media.push(docker_registry, repo, root, "v1")
        return f"{docker_registry.host}/{repo}:v1"

    return pushed


CASES: dict[str, tuple[Limits, object, Callable[[Client, str], object]]] = {
    "manifest_size": (Limits(manifest_size=10), IMAGE, lambda client, name: client.image(name)),
    "config_size": (Limits(config_size=10), IMAGE, lambda client, name: client.config(name)),
    "json_values": (Limits(json_values=5), IMAGE, lambda client, name: client.manifest(name)),
    "json_depth": (Limits(json_depth=1), IMAGE, lambda client, name: client.manifest(name)),
    "layers": (Limits(layers=1), IMAGE, lambda client, name: client.image(name)),
    "index_entries": (Limits(index_entries=0), DEEP, lambda client, name: client.index(name)),
    "index_depth of a choice": (Limits(index_depth=2), DEEP, lambda client, name: client.image(name)),
    "index_depth of a copy": (
        Limits(index_depth=2),
        DEEP,
        lambda client, name: client.copy(name, name.replace(":v1", "/copy:v1")),
    ),
    "index_depth of a change": (
        Limits(index_depth=2),
        DEEP,
        lambda client, name: client.mutate(name, f"{name}-new", pycrane.ConfigEdit(labels={"a": "b"})),
    ),
    "expansion of a layer": (
        Limits(expansion=10, expansion_free=0),
        images.image(ZEROS),
        lambda client, name: client.image(name).layers[0].uncompressed().read(),
    ),
    "expansion of an export": (
        Limits(expansion=10, expansion_free=0),
        images.image(ZEROS),
        lambda client, name: client.exported(name).read(),
    ),
    "layer_entries": (Limits(layer_entries=0), IMAGE, lambda client, name: client.exported(name).read()),
    "edited_file": (
        Limits(edited_file=50),
        IMAGE,
        lambda client, name: client.edit_file(name, f"{name}-new", "b", lambda content: content + b"!"),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_limit_of_the_client_bites(place, case):
    limits, root, work = CASES[case]
    name = place(root)
    with Client(options=ClientOptions(limits=limits)) as client, pytest.raises(LimitExceededError):
        work(client, name)


@pytest.mark.parametrize("case", CASES)
def test_the_same_work_is_done_within_the_default_limits(place, case):
    _, root, work = CASES[case]
    name = place(root)
    with Client() as client:
        work(client, name)


def test_validation_is_bounded_and_says_so(place):
    name = place(images.image(ZEROS))
    with Client(options=ClientOptions(limits=Limits(expansion=10, expansion_free=0))) as client:
        (problem,) = client.validate(name)
    assert "expands" in problem
    name = place(DEEP)
    with Client(options=ClientOptions(limits=Limits(index_depth=2))) as client:
        assert "its indexes are nested too deeply" in client.validate(name)
