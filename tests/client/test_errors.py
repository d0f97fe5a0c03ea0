"""Errors are one hierarchy with fields, which say what they are about, and can be sent elsewhere."""

from __future__ import annotations

import copy
import inspect
import pickle
import pkgutil
import re
from pathlib import Path

import pytest
from peers.images import image, layer
from peers.media import push
from peers.odd_server import OddServer, problem, reply

import pycrane

IMAGE = image(layer({"a": b"1"}))
IMPATIENT = pycrane.ClientOptions(limits=pycrane.Limits(attempts=1, backoff=0.001, connect_timeout=2))


@pytest.fixture
def client():
    with pycrane.Client(options=IMPATIENT) as client:
        yield client


def descendants(kind):
    """All classes of the package below one, each with the class it stands under."""
    for child in kind.__subclasses__():
        if child.__module__.startswith("pycrane.") and "._cli." not in child.__module__:
            yield child, kind
            yield from descendants(child)


def test_the_tree_that_help_shows_is_the_tree_there_is():
    for module in pkgutil.walk_packages(pycrane.__path__, "pycrane."):
        if "._cli" not in module.name and "__main__" not in module.name:
            __import__(module.name)
    drawn, parents = {}, ["PycraneError"]
    for line in inspect.getdoc(pycrane.PycraneError).splitlines():
        if found := re.match(r"    ([│ ]*)[├└]── (\w+)", line):
            depth = len(found[1]) // 4 + 1
            parents[depth:] = [found[2]]
            drawn[found[2]] = parents[depth - 1]
    real = {child.__name__: parent.__name__ for child, parent in descendants(pycrane.PycraneError)}
    assert drawn == real
    assert drawn.keys() | {"PycraneError"} <= set(pycrane.__all__)


def test_help_says_what_fields_an_error_has():
    common = inspect.getdoc(pycrane.PycraneError)
    for field in vars(pycrane.PycraneError("x")).keys() | {"reference", "path"}:
        assert f"{field}:" in common
    of_registries = inspect.getdoc(pycrane.RegistryError)
    for field in ("status", "codes", "problems", "method", "url", "request_id"):
        assert field in of_registries
    for name in ("method", "url"):
        assert name in inspect.getdoc(pycrane.TransportError)


def test_what_is_not_there_is_named(client, docker_registry, repo):
    name = f"{docker_registry.host}/{repo}"
    push(docker_registry, repo, IMAGE, "v1")
    missing = pycrane.parse_reference(f"{name}:none")
    calls = {
        "open": lambda: client.open(missing),
        "manifest": lambda: client.manifest(missing),
        "digest": lambda: client.digest(missing),
        "config": lambda: client.config(str(missing)),
        "copy": lambda: client.copy(missing, f"{name}:other"),
        "tag": lambda: client.tag(missing, "other"),
        "mutate": lambda: client.mutate(missing, f"{name}:x", pycrane.ConfigEdit(user="me")),
        "flatten": lambda: client.flatten(missing, f"{name}:x"),
        "append": lambda: client.append(missing, [], f"{name}:x"),
        "rebase": lambda: client.rebase(f"{name}:v1", f"{name}:x", old_base=missing, new_base=missing),
        "delete": lambda: client.delete(missing, by_digest=True),
        "validate": lambda: client.validate(missing),
        "pull": lambda: client.pull(missing, "never.tar"),
        "get_manifest": lambda: client.registry.get_manifest(missing),
        "index_list": lambda: client.index_list(missing),
    }
    for verb, call in calls.items():
        with pytest.raises(pycrane.NotFoundError) as caught:
            call()
        error = caught.value
        assert (verb, error.reference) == (verb, missing.name)
        assert error.status == 404
        assert error.method in ("GET", "HEAD")
        assert error.url == f"{docker_registry.url}/v2/{repo}/manifests/none"
    assert not Path("never.tar").exists()


def test_lists_and_blobs_name_their_repository(client, docker_registry, repo):
    name = f"{docker_registry.host}/{repo}"
    for call in (
        lambda: client.list_tags(name),
        lambda: client.copy_repository(name, f"{name}/copy"),
        lambda: list(client.registry.tags(name)),
        lambda: client.registry.open_blob(name, pycrane.Digest.of(b"")),
    ):
        with pytest.raises(pycrane.NotFoundError) as caught:
            call()
        assert caught.value.reference == name


def test_a_blob_that_a_view_lacks_names_its_repository(client, docker_registry, repo):
    push(docker_registry, repo, IMAGE, "v1")
    view = client.image(f"{docker_registry.host}/{repo}:v1")
    other = pycrane.random_image(77)
    lost = pycrane.Image(view.content, other.raw_manifest, other.descriptor)
    with pytest.raises(pycrane.NotFoundError) as caught:
        _ = lost.config_file
    assert caught.value.reference == f"{docker_registry.host}/{repo}"


def test_whoever_may_not_enter_learns_where(docker_registry_basic, repo):
    name = f"{docker_registry_basic.host}/{repo}:v1"
    with (
        pycrane.Client(pycrane.StaticKeychain({}), IMPATIENT) as client,
        pytest.raises(pycrane.UnauthorizedError) as caught,
    ):
        client.digest(name)
    assert (caught.value.status, caught.value.reference) == (401, name)


def test_a_refusal_has_all_that_the_registry_said(client):
    answer = problem(403, "DENIED", headers={"X-Request-Id": "abc-123"})
    with OddServer(lambda _: answer) as server, pytest.raises(pycrane.DeniedError) as caught:
        client.open(f"{server.host}/team/app:v1")
    error = caught.value
    assert (error.status, error.codes, error.request_id) == (403, ("DENIED",), "abc-123")
    assert [each.code for each in error.problems] == ["DENIED"]
    assert error.reference == f"{server.host}/team/app:v1"


def test_other_bytes_than_were_promised_are_named(client):
    digest = pycrane.Digest.of(b"something else")
    raw = IMAGE.data

    def handler(request):
        return reply(200, raw if "/manifests/" in request.path else b"", {"Content-Type": IMAGE.media_type})

    with OddServer(handler) as server, pytest.raises(pycrane.DigestMismatchError) as caught:
        client.open(f"{server.host}/team/app@{digest}")
    assert caught.value.reference == f"{server.host}/team/app@{digest}"


def test_content_that_breaks_its_format_is_named(client):
    def handler(request):
        return reply(200, b"{}", {"Content-Type": "application/vnd.oci.image.manifest.v1+json"})

    with OddServer(handler) as server, pytest.raises(pycrane.MalformedError) as caught:
        client.open(f"{server.host}/team/app:v1")
    assert caught.value.reference == f"{server.host}/team/app:v1"


def test_no_answer_at_all_names_the_request(client):
    with pytest.raises(pycrane.ConnectionFailedError) as caught:
        client.open("localhost:1/team/app:v1")
    error = caught.value
    assert (error.reference, error.method) == ("localhost:1/team/app:v1", "GET")
    assert "//localhost:1/v2/" in error.url


@pytest.mark.parametrize("verb", ["copy", "copy_repository", "append", "mutate", "push"])
def test_a_registry_that_takes_nothing_is_the_one_that_is_named(client, docker_registry, repo, verb):
    push(docker_registry, repo, IMAGE, "v1")
    source = f"{docker_registry.host}/{repo}:v1"

    def handler(request):
        return problem(404, "UNKNOWN") if request.method == "HEAD" else problem(403, "DENIED")

    first = iter([reply(200)])  # so that nobody tries TLS
    with OddServer(lambda request: next(first, None) or handler(request)) as server:
        target = f"{server.host}/team/app:v1"
        client.registry.ping(server.host)
        calls = {
            "copy": lambda: client.copy(source, target),
            "copy_repository": lambda: client.copy_repository(source[:-3], target[:-3]),
            "append": lambda: client.append(source, [], target),
            "mutate": lambda: client.mutate(source, target, pycrane.ConfigEdit(user="me")),
            "push": lambda: client.push(client.open(source), target),
        }
        with pytest.raises(pycrane.DeniedError) as caught:
            calls[verb]()
    assert target.startswith(caught.value.reference)


def test_a_source_that_gives_other_bytes_is_the_one_that_is_named(client, docker_registry, repo):
    blob = IMAGE.layers[0].data

    def handler(request):
        if "/manifests/" in request.path:
            return reply(200, IMAGE.data, {"Content-Type": IMAGE.media_type})
        known = IMAGE.config.data if IMAGE.config.digest in request.path else blob[:-1] + b"!"
        return reply(200, known)

    with OddServer(handler) as server, pytest.raises(pycrane.DigestMismatchError) as caught:
        client.copy(f"{server.host}/team/app:v1", f"{docker_registry.host}/{repo}:v1")
    assert caught.value.reference == f"{server.host}/team/app"


def test_a_file_is_named_by_its_path(client, tmp_path):
    (tmp_path / "broken.tar").write_bytes(b"no tarball" * 100)
    path = tmp_path / "broken.tar"
    name = "localhost:1/team/app"
    for call, kind in (
        (lambda: client.open(path), pycrane.ArchiveError),
        (lambda: client.push(path, name), pycrane.ArchiveError),
        (lambda: client.layer(path), pycrane.LayerError),
        (lambda: client.copy(path, name), pycrane.ArchiveError),
    ):
        with pytest.raises(kind) as caught:
            call()
        assert caught.value.path == str(path)
    client.save(pycrane.random_image(1), tmp_path / "image.tar")
    with pytest.raises(pycrane.PycraneError) as caught:
        client.save(pycrane.random_image(1), tmp_path / "none/image.tar")
    assert caught.value.path == str(tmp_path / "none/image.tar")


def test_what_is_nearer_counts():
    from pycrane._errors import about, doing

    with (
        pytest.raises(pycrane.PycraneError) as caught,
        about("outer", path="b"),
        doing("x", reference="inner"),
    ):
        raise pycrane.PycraneError("y")
    assert (caught.value.reference, caught.value.path, str(caught.value)) == ("inner", "b", "x: y")
    assert (pycrane.PycraneError("y").reference, pycrane.PycraneError("y").path) == (None, None)


def every_error():
    problems = (pycrane.RegistryProblem("DENIED", "no", {"a": [1]}),)
    for kind, _ in [(pycrane.PycraneError, None), *descendants(pycrane.PycraneError)]:
        if issubclass(kind, pycrane.RegistryError):
            yield kind("m", status=403, method="GET", url="u", problems=problems, request_id="r", hint="h")
        elif issubclass(kind, pycrane.TransportError):
            yield kind("m", method="GET", url="u", hint="h")
        else:
            yield kind("m", hint="h")


@pytest.mark.parametrize("error", list(every_error()), ids=lambda error: type(error).__name__)
@pytest.mark.parametrize(
    "sent",
    [lambda error: pickle.loads(pickle.dumps(error)), copy.copy, copy.deepcopy],
    ids=["pickle", "copy", "deep"],
)
def test_an_error_can_be_pickled_and_copied(error, sent):
    error.reference = "example.com/app:1"
    error.add_note("noted")
    again = sent(error)
    assert type(again) is type(error)
    assert (again.args, vars(again), str(again)) == (error.args, vars(error), str(error))
    if isinstance(error, pycrane.RegistryError):
        assert again.codes == ("DENIED",)


def test_an_error_comes_out_of_another_process(docker_registry, repo):
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        error = pool.submit(pycrane.digest, f"{docker_registry.host}/{repo}:none").exception()
    assert isinstance(error, pycrane.NotFoundError)
    assert (error.status, error.reference) == (404, f"{docker_registry.host}/{repo}:none")
