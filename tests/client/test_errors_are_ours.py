"""Whatever a registry does wrong, what comes out is an error of ours, and nothing of what we are built on."""

from __future__ import annotations

import contextlib
import io
import ssl

import pytest
from peers.odd_server import Close, OddServer, Pause, chunked, cut, problem, redirect, reply, slowly

import pycrane

LIMITS = pycrane.Limits(
    backoff=0.001,
    backoff_cap=0.001,
    attempts=2,
    connect_timeout=2,
    read_timeout=0.3,
    upload_timeout=0.3,
    retry_budget=1,
)
IMAGE = pycrane.random_image(1)
INDEX_TYPE = "application/vnd.oci.image.index.v1+json"

FAULTS = {
    "nothing": [Close()],
    "a reset": [Close(reset=True)],
    "silence": [Pause(2)],
    "a cut": cut(reply(200, b"x" * 1000), after=10),
    "a cut and reset": cut(reply(200, b"x" * 1000), after=10, reset=True),
    "a slow body": slowly(reply(200, b"x" * 5), seconds=1, piece=1),
    "another protocol": b"SSH-2.0-OpenSSH_9.2\r\n",
    "a status that is none": b"HTTP/1.1 abc Huh\r\n\r\n",
    "endless headers": b"HTTP/1.1 200 OK\r\n" + b"X-Filler: y\r\n" * 500 + b"\r\n",
    "a long line": b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000 + b"\r\n\r\n",
    "a length that is none": b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n{}",
    "a broken chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc",
    "half a chunk": chunked(b"x" * 100)[:-40],
    "a false gzip": reply(200, b"no gzip", {"Content-Encoding": "gzip"}),
    "a circle": redirect("/v2/"),
    "a redirect to nowhere": redirect("http://[::bad"),
    "a redirect to another scheme": redirect("file:///etc/passwd"),
    "a redirect without an address": reply(307),
    "a port that is none": redirect("http://127.0.0.1:99999999/"),
    "no JSON": reply(200, b"<html>", {"Content-Type": "application/json"}),
    "JSON of another shape": reply(200, b"[1, 2]", {"Content-Type": INDEX_TYPE}),
    "deep JSON": reply(200, b"[" * 100_000, {"Content-Type": INDEX_TYPE}),
    "a digest that is none": reply(200, b"{}", {"Docker-Content-Digest": "sha256:zz"}),
    "no such thing": problem(404, "NAME_UNKNOWN"),
    "a refusal": problem(403, "DENIED"),
    "a failure": problem(500, "UNKNOWN"),
    "a teapot": reply(418, b"\xff\xfe short and stout"),
    "a challenge that is none": reply(401, b"", {"WWW-Authenticate": 'Bearer realm="'}),
    "a challenge to nowhere": reply(401, b"", {"WWW-Authenticate": 'Bearer realm="http://[::bad"'}),
    "a challenge of an unknown kind": reply(401, b"", {"WWW-Authenticate": "Negotiate"}),
    "too many requests": problem(429, "TOOMANYREQUESTS", headers={"Retry-After": "soon"}),
    "half of what was asked for": reply(206, b"{}", {"Content-Range": "bytes 5-6/7"}),
    "nothing new": reply(304),
    "an early hint": b"HTTP/1.1 103 Early Hints\r\n\r\n",
}

WAITING = {"silence", "a slow body", "a length that is none", "half a chunk", "an early hint"}
"""Faults that take until the time is over; not every call has to meet them."""


def impatient():
    return pycrane.Client(pycrane.StaticKeychain({}), pycrane.ClientOptions(limits=LIMITS), jobs=2)


def read_all(stream):
    with stream:
        while stream.read(1 << 20):
            pass


CALLS = {
    "list_tags": lambda client, name: client.list_tags(name),
    "catalog": lambda client, name: client.catalog(name.partition("/")[0]),
    "manifest": lambda client, name: client.manifest(name),
    "config": lambda client, name: client.config(name),
    "digest": lambda client, name: client.digest(name),
    "pull": lambda client, name: client.pull(name, "image.tar"),
    "push": lambda client, name: client.push(IMAGE, name),
    "copy": lambda client, name: client.copy(name, f"{name}-copy"),
    "tag": lambda client, name: client.tag(name, "other"),
    "delete": lambda client, name: client.delete(f"{name}@{IMAGE.digest}"),
    "validate": lambda client, name: client.validate(name),
    "ping": lambda client, name: client.registry.ping(name.partition("/")[0]),
    "referrers": lambda client, name: list(client.registry.referrers(name, IMAGE.digest)),
    "open_blob": lambda client, name: read_all(client.registry.open_blob(name, IMAGE.config_name)),
    "upload_blob": lambda client, name: client.registry.upload_blob(name, b"data"),
    "put_manifest": lambda client, name: client.registry.put_manifest(name, b"{}", INDEX_TYPE),
    "request": lambda client, name: client.registry.session.request(
        "GET", pycrane.parse_repository(name), "tags/list"
    ).close(),
}


def only_ours(call, client, name):
    """Do it; what is raised is ours, or nothing is."""
    with contextlib.suppress(pycrane.PycraneError):
        call(client, name)


def faulty(fault):
    """A handler whose first answer is good, so that nobody tries TLS, and whose others are the fault."""
    first = iter([reply(200)])
    return lambda _: next(first, fault)


@pytest.mark.parametrize("call", CALLS)
def test_every_call_meets_every_fault_with_errors_of_ours(call, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    skipped = set() if call in ("list_tags", "pull", "upload_blob") else WAITING
    for name in FAULTS.keys() - skipped:
        fault = FAULTS[name]
        with OddServer(faulty(fault)) as server, impatient() as client:
            only_ours(lambda client, name: client.registry.ping(name), client, server.host)
            only_ours(CALLS[call], client, f"{server.host}/team/app")
    assert list(tmp_path.glob("*.tar")) == []


def test_what_breaks_off_below_a_manifest_is_one_too(tmp_path):
    def handler(request):
        if "/manifests/" in request.path:
            headers = {"Content-Type": IMAGE.media_type, "Docker-Content-Digest": str(IMAGE.digest)}
            return reply(200, IMAGE.raw_manifest, headers)
        return next(faults)

    faults = iter([FAULTS[name] for name in FAULTS if name not in WAITING] * 10)
    with OddServer(handler) as server, impatient() as client:
        for _ in range(10):
            image = client.image(f"{server.host}/team/app")
            layer = pycrane.Layer(image.content, image.manifest.layers[0])
            for work in (
                lambda image=image: image.raw_config_file,
                lambda layer=layer: read_all(layer.compressed()),
                lambda image=image: client.save(image, tmp_path / "image.tar"),
            ):
                with pytest.raises(pycrane.PycraneError):
                    work()
    assert list(tmp_path.glob("*.tar")) == []


def test_a_certificate_that_nobody_trusts_is_one(authority, tmp_path):
    mine = authority.server(file="library")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(mine.cert, mine.key)
    with (
        OddServer(lambda _: reply(200), tls=context) as server,
        impatient() as client,
        pytest.raises(pycrane.TLSError),
    ):
        client.list_tags(f"{server.host}/team/app")


def test_an_error_has_fields(docker_registry, repo):
    with pycrane.Client() as client, pytest.raises(pycrane.NotFoundError) as caught:
        client.manifest(f"{docker_registry.host}/{repo}:none")
    error = caught.value
    assert (error.status, error.method, error.codes) == (404, "GET", ("MANIFEST_UNKNOWN",))
    assert error.url == f"{docker_registry.url}/v2/{repo}/manifests/none"
    assert isinstance(error, pycrane.RegistryError)


def test_an_error_knows_what_the_registry_calls_the_request():
    answer = problem(500, "UNKNOWN", headers={"X-Request-Id": "abc-123"})
    with (
        OddServer(lambda _: answer) as server,
        impatient() as client,
        pytest.raises(pycrane.RegistryError) as caught,
    ):
        client.list_tags(f"{server.host}/team/app")
    assert caught.value.request_id == "abc-123"


def test_an_error_of_the_callers_own_stream_is_the_callers():
    class Broken(io.RawIOBase):
        def read(self, size=-1, /):
            raise KeyError("mine")

    with pycrane.Client() as client, pytest.raises(KeyError, match="mine"):
        client.layer(Broken())
