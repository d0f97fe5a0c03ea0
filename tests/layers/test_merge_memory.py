"""Memory of a merge: headers count like content, and global records do not multiply without bounds."""

from __future__ import annotations

import io
import subprocess
import sys
import tarfile

import pytest

from pycrane._errors import LimitExceededError
from pycrane._layers.merge.merge import merged
from pycrane._limits import Limits

PROGRAM = """
import io, resource, sys, tarfile
from pycrane._errors import LimitExceededError
from pycrane._layers.merge.merge import merged
from pycrane._limits import Limits

kind, size, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])

class Entries:
    '''A tar made while it is read, so that it costs no memory itself.'''
    def __init__(self):
        self.pieces = self.made()
        self.left = b""
    def made(self):
        if kind == "global":
            yield tarfile.TarInfo.create_pax_global_header({"x.note": "n" * size})
        for number in range(count):
            info = tarfile.TarInfo(f"f{number}")
            if kind == "own":
                info.pax_headers = {"x.note": "n" * size}
            if kind == "link":
                info.type, info.linkname = tarfile.LNKTYPE, "below"
                info.pax_headers = {"x.note": "n" * size}
            yield info.tobuf(tarfile.PAX_FORMAT)
        yield bytes(1024)
    def read(self, size=-1):
        while not self.left:
            piece = next(self.pieces, None)
            if piece is None:
                return b""
            self.left = piece
        data, self.left = self.left[:size], self.left[size:]
        return data
    def close(self):
        pass

def empty():
    return io.BytesIO(bytes(1024))

before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
written = 0
try:
    for piece in merged([empty, Entries], Limits()):
        written += len(piece)
    print("written", written, end=" ")
except LimitExceededError as error:
    print("limited", end=" ")
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.parametrize(
    ("kind", "size", "count", "outcome"),
    [
        ("global", 3 << 20, 400, "limited"),
        ("own", 3 << 20, 200, "written"),
        ("link", 3 << 20, 200, "limited"),
    ],
)
def test_a_merge_holds_little_whatever_the_headers_say(kind, size, count, outcome):
    command = [sys.executable, "-c", PROGRAM, kind, str(size), str(count)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    end, *written, kilobytes = done.stdout.split()
    assert end == outcome
    if outcome == "written":
        assert int(written[0]) > size * count
    assert int(kilobytes) < 150 << 10


def test_global_records_are_bounded_by_what_they_add(tmp_path):
    records = tarfile.TarInfo.create_pax_global_header({"x.note": "n" * 1000})
    entries = b"".join(tarfile.TarInfo(f"f{number}").tobuf() for number in range(10))
    layer = records + entries + bytes(1024)
    assert len(b"".join(merged([lambda: io.BytesIO(layer)], Limits(global_records=30_000)))) > 10_000
    with pytest.raises(LimitExceededError, match="global pax records that add more than 5000 bytes"):
        b"".join(merged([lambda: io.BytesIO(layer)], Limits(global_records=5000)))
