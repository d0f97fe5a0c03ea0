"""One client serves many threads."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pycrane

THREADS = 16


def side_by_side(work, count=THREADS):
    """Do it `count` times at once, all beginning together, and give the results."""
    gate = threading.Barrier(count)

    def begun(number):
        gate.wait()
        return work(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(begun, range(count)))


def test_threads_push_change_and_read_at_once(docker_registry, repo, tmp_path):
    name = f"{docker_registry.host}/{repo}"
    base = pycrane.random_index(1)
    heard = []

    with pycrane.Client(listener=heard.append) as client:
        client.push(base, f"{name}:base")
        label = [pycrane.ConfigEdit(labels={"number": str(number)}) for number in range(THREADS)]

        def work(number):
            changed = client.mutate(f"{name}:base", f"{name}:{number}", label[number])
            client.pull(f"{name}:{number}", tmp_path / f"{number}.tar")
            saved = client.image(tmp_path / f"{number}.tar")
            return changed.digest, saved.config_file.config["Labels"]["number"]

        results = side_by_side(work)
        assert [label for _, label in results] == [str(number) for number in range(THREADS)]
        assert [client.digest(f"{name}:{number}") for number in range(THREADS)] == [
            each for each, _ in results
        ]
    assert heard


def test_threads_read_one_view_at_once(docker_registry, repo):
    with pycrane.Client() as client:
        pushed = client.push(pycrane.random_index(2, layer_size=100_000), f"{docker_registry.host}/{repo}:1")
        image = client.image(pushed)

        def work(number):
            with image.layers[number % 3].uncompressed() as stream:
                return pycrane.Digest.of(stream.read()) == image.layers[number % 3].diff_id

        assert side_by_side(work) == [True] * THREADS
        assert side_by_side(lambda _: image.config_file.platform) == [image.config_file.platform] * THREADS


def test_threads_ask_for_a_token_together(docker_registry_token, repo):
    from peers.images import multi_platform
    from peers.media import push

    registry = docker_registry_token
    push(registry, repo, multi_platform(), "v1")
    registry.reset()
    keychain = pycrane.StaticKeychain(
        {registry.host: pycrane.Credentials(registry.username, registry.password)}
    )
    with pycrane.Client(keychain) as client:
        found = side_by_side(lambda _: client.list_tags(f"{registry.host}/{repo}"))
    assert found == [["v1"]] * THREADS
    assert len(registry.issuer.requests()) == 1


def test_threads_open_files_at_once(tmp_path):
    image = pycrane.random_image(3)
    with pycrane.Client() as client:
        client.save(image, tmp_path / "image.tar")
        (tmp_path / "layer.tar").write_bytes(image.layers[0].uncompressed().read())

        def work(number):
            if number % 2:
                return client.layer(tmp_path / "layer.tar").diff_id
            return client.image(tmp_path / "image.tar").layers[0].diff_id

        assert set(side_by_side(work)) == {image.layers[0].diff_id}


def test_names_are_loaded_by_threads_at_once():
    import subprocess
    import sys

    program = (
        "import threading, pycrane\n"
        "def all_names():\n"
        "    for name in pycrane.__all__: getattr(pycrane, name)\n"
        "threads = [threading.Thread(target=all_names) for _ in range(8)]\n"
        "[each.start() for each in threads]; [each.join() for each in threads]\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
