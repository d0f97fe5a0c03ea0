"""Benchmarks: whole processes, in pairs within one run, as ratios. Nothing here passes or fails.

    python tests/benchmarks/run.py [NAME...]

`start-up` and `digest` divide by what Python needs to import the libraries; `memory` gives the peak of one
process; `transfer` divides by a plain copy of the same bytes. `transfer` and `layers` divide by crane, where
it is on the PATH: `layers` has an image of this machine's programs, libraries and Python, and two of 50,000
small files, plain and with pax headers.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

PAIRS = 15
BIG_LAYER = 1 << 30

Command = Sequence[str]


def program(*arguments: str) -> list[str]:
    """pycrane as it is installed beside this interpreter."""
    return [str(Path(sys.executable).with_name("pycrane")), *arguments]


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def seconds(command: Command) -> float:
    begin = time.perf_counter()
    done = subprocess.run(command, capture_output=True, env=environment(), check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}: {done.stderr.decode()}")
    return time.perf_counter() - begin


def peak_mib(command: Command) -> float:
    """Peak resident memory of a command in MiB, from a parent of its own so that no other child counts."""
    code = (
        "import json, resource, subprocess, sys;"
        "subprocess.run(json.loads(sys.argv[1]), check=True, stdout=subprocess.DEVNULL);"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, json.dumps(list(command))],
        check=True,
        capture_output=True,
        env=environment(),
    )
    return int(done.stdout) / 1024


def environment() -> dict[str, str]:
    return {**os.environ, "DOCKER_CONFIG": tempfile.gettempdir() + "/no-such-folder", "NO_COLOR": "1"}


def ratio(name: str, command: Command, other: Command, against: str, pairs: int = PAIRS) -> None:
    """Run two commands in turn and print how they compare."""
    if pairs > 1:
        seconds(command), seconds(other)
    times = [(seconds(command), seconds(other)) for _ in range(pairs)]
    ours, theirs = (statistics.median(side) for side in zip(*times, strict=True))
    middle = statistics.median(a / b for a, b in times)
    print(
        f"{name:<34} {middle:5.2f} x {against:<28} "
        f"({ours * 1000:.0f} ms, {theirs * 1000:.0f} ms, {pairs} pairs)"
    )


@contextlib.contextmanager
def registry() -> Iterator[str]:
    """docker-registry if it is installed, else the embedded one; the address."""
    if shutil.which("docker-registry"):
        with docker_registry() as address:
            yield address
        return
    with subprocess.Popen(program("registry", "serve"), stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        try:
            yield server.stdout.readline().strip()
        finally:
            server.terminate()


@contextlib.contextmanager
def docker_registry() -> Iterator[str]:
    import socket

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder, "config.yml")
        config.write_text(
            f"version: 0.1\nlog: {{level: error}}\nhttp: {{addr: '{address}'}}\n"
            f"storage: {{filesystem: {{rootdirectory: '{folder}/data'}}, delete: {{enabled: true}}}}\n"
        )
        with subprocess.Popen(
            ["docker-registry", "serve", config], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as server:
            try:
                wait_for(address)
                yield address
            finally:
                server.terminate()


def wait_for(address: str) -> None:
    import socket

    host, port = address.split(":")
    for _ in range(200):
        with contextlib.suppress(OSError), socket.create_connection((host, int(port)), 1):
            return
        time.sleep(0.05)
    raise SystemExit(f"nothing listens at {address}")


def layer(folder: Path, size: int) -> Path:
    """A tar with one file of random bytes, which no compression changes much."""
    import tarfile

    content, tar = folder / "content", folder / f"layer-{size}.tar"
    with content.open("wb") as out:
        for _ in range(size >> 20):
            out.write(os.urandom(1 << 20))
    with tarfile.open(tar, "w") as archive:
        archive.add(content, "content")
    content.unlink()
    return tar


def start_up() -> None:
    bare = python("import click")
    ratio("pycrane --help", program("--help"), bare, "import click")
    ratio("pycrane pull --help", program("pull", "--help"), bare, "import click")
    ratio("import pycrane", python("import pycrane"), python("pass"), "python -c pass")


def digest() -> None:
    with tempfile.TemporaryDirectory() as folder, registry() as address:
        image = f"{address}/bench/small:1"
        subprocess.run(program("append", "-f", str(layer(Path(folder), 1 << 20)), "-t", image), check=True)
        ratio(
            "pycrane digest",
            program("digest", image),
            python("import click, requests"),
            "import click, requests",
        )


def memory() -> None:
    with tempfile.TemporaryDirectory() as folder, registry() as address:
        image, out = f"{address}/bench/big:1", str(Path(folder, "out"))
        tar = str(layer(Path(folder), BIG_LAYER))
        for name, command in (
            ("append a 1 GiB layer", program("append", "-f", tar, "-t", image)),
            ("pull it", program("pull", image, out)),
            ("pull it, --format oci", program("pull", "--format", "oci", image, out + ".d")),
            ("pull it, --format legacy", program("pull", "--format", "legacy", image, out + ".l")),
            ("push it", program("push", out, image + "b")),
        ):
            print(f"{name:<34} {peak_mib(command):5.0f} MiB")


def transfer() -> None:
    with tempfile.TemporaryDirectory() as folder, registry() as address:
        image, out = f"{address}/bench/medium:1", str(Path(folder, "out"))
        tar = layer(Path(folder), 256 << 20)
        subprocess.run(program("append", "-f", str(tar), "-t", image), check=True)
        ratio("pull 256 MiB", program("pull", image, out), ["cp", str(tar), out + ".copy"], "cp", pairs=5)
        if crane := shutil.which("crane"):
            ratio("pull 256 MiB", program("pull", image, out), [crane, "pull", image, out], "crane", pairs=5)
            for number, form in enumerate(("tarball", "oci")):
                pull = ("pull", "--format", form, image, f"{out}{number}")
                ratio(f"pull --format {form}", program(*pull), [crane, *pull], "crane", pairs=5)


def tree(folder: Path, name: str, path: Path, most: int = 256 << 20) -> Path:
    """A tar of files of this machine, as many as `most` bytes hold."""
    import tarfile

    tar, left = folder / f"{name}.tar", most

    def fits(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
        nonlocal left
        left -= member.size
        return member if left > 0 else None

    with tarfile.open(tar, "w") as archive:
        archive.add(path, str(path).lstrip("/"), filter=fits)
    return tar


def small_files(folder: Path, name: str, mtime: float, count: int = 50_000) -> Path:
    """A tar of small files. A time that is no whole number gives each a pax header."""
    import io
    import tarfile

    tar = folder / f"{name}.tar"
    with tarfile.open(tar, "w") as archive:
        for number in range(count):
            member = tarfile.TarInfo(f"srv/{number % 250}/{number}")
            member.size, member.mtime = 64, mtime
            archive.addfile(member, io.BytesIO(b"%064d" % number))
    return tar


def layers() -> None:
    crane = shutil.which("crane")
    if not crane:
        print("layers: no crane on the PATH to divide by")
        return
    with tempfile.TemporaryDirectory() as name, registry() as address:
        folder = Path(name)
        places = {"bin": Path("/usr/bin"), "lib": Path("/usr/lib"), "python": Path(sys.prefix)}
        tars = [str(tree(folder, name, path)) for name, path in places.items()]
        files = [word for tar in tars for word in ("-f", tar)]
        image = f"{address}/bench/real:1"
        append = ("append", *files, "-t", image)
        ratio("append of plain tarballs", program(*append), [crane, *append], "crane", pairs=3)
        for name, mtime in (("ustar", 0), ("pax", 0.5)):
            many = str(small_files(folder, name, mtime))
            command = program("append", "--oci-empty-base", "-f", many, "-t", f"{address}/bench/{name}:1")
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        out = str(folder / "out.tar")
        for title, command in (
            ("export", ("export", image, out)),
            ("export of 50,000 files", ("export", f"{address}/bench/ustar:1", out)),
            ("the same with pax headers", ("export", f"{address}/bench/pax:1", out)),
            ("validate", ("validate", "--remote", image)),
            ("flatten", ("flatten", image, "-t", image + "-flat")),
        ):
            pairs = 1 if title == "flatten" else 3  # crane takes minutes for it
            ratio(title, program(*command), [crane, *command], "crane", pairs=pairs)
        flat = [flat_size(tool, image) for tool in (program()[0], crane)]
        print(f"{'size of what flatten makes':<34} {flat[0] / flat[1]:5.3f} x crane")


def flat_size(tool: str, image: str) -> int:
    subprocess.run([tool, "flatten", image, "-t", image + "-flat"], check=True, stdout=subprocess.DEVNULL)
    manifest = subprocess.run(program("manifest", image + "-flat"), check=True, capture_output=True).stdout
    return int(json.loads(manifest)["layers"][0]["size"])


BENCHMARKS: dict[str, Callable[[], None]] = {
    "start-up": start_up,
    "digest": digest,
    "memory": memory,
    "transfer": transfer,
    "layers": layers,
}


def main(names: Sequence[str]) -> None:
    for name in names or BENCHMARKS:
        if name not in BENCHMARKS:
            raise SystemExit(f"no benchmark {name!r}; there are {', '.join(BENCHMARKS)}")
        BENCHMARKS[name]()


if __name__ == "__main__":
    main(sys.argv[1:])
