"""An upload is cancelled once, and whoever cancels it too waits for that."""

from __future__ import annotations

import threading
from types import SimpleNamespace

from peers.odd_server import OddServer, Pause, reply

from pycrane._oci.digest import Digest
from pycrane._reference import parse_repository
from pycrane._registry.upload_session import UploadSession


def test_a_second_cancel_waits_for_the_first(make_client):
    asked, go_on = threading.Event(), threading.Event()

    def answer(request):
        if request.method == "POST":
            return reply(202, b"", {"Location": "/v2/app/blobs/uploads/1"})
        if request.method == "DELETE":
            asked.set()
            return [Pause(event=go_on), reply(204, b"")]
        return reply(200, b"")

    with OddServer(answer) as server:
        session = make_client().session
        repository = parse_repository(f"{server.host}/app")
        upload = UploadSession.begin(session, repository, Digest.of(b"a"))
        assert session.uploads == {upload}
        first = threading.Thread(target=upload.cancel)
        first.start()
        assert asked.wait(30)
        seen = SimpleNamespace(done=False)

        def second():
            upload.cancel()
            seen.done = True

        other = threading.Thread(target=second)
        other.start()
        other.join(0.1)
        assert not seen.done
        assert session.uploads == {upload}
        go_on.set()
        first.join(30)
        other.join(30)
        assert seen.done
        assert session.uploads == set()
        assert server.count("DELETE", "/uploads/") == 1
