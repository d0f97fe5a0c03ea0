"""pull, push, copy and append on the command line: what their options mean, and what they print."""

from __future__ import annotations

import gzip
import json
import stat
import tarfile

import pytest
from peers import images
from peers.media import layout_files, manifest_of, push, write_archive, write_docker_save, write_layout

LAYER = images.layer({"file": b"content"}, family="docker")


@pytest.fixture
def index():
    return images.multi_platform("linux/amd64", "linux/arm64", "linux/s390x")


@pytest.fixture
def image():
    return images.image(family="docker")


@pytest.fixture
def target(docker_registry, repo):
    return f"{docker_registry.host}/{repo}"


@pytest.fixture
def layer_file(tmp_path):
    (tmp_path / "layer.tar.gz").write_bytes(LAYER.data)
    return "layer.tar.gz"


def layers_of(registry, repo, tag):
    return [layer["digest"] for layer in json.loads(manifest_of(registry, repo, tag).data)["layers"]]


def test_append_prints_the_reference_by_digest(pycrane, docker_registry, repo, target, layer_file):
    result = pycrane("append", "-f", layer_file, "-t", f"{target}:v1")
    digest = manifest_of(docker_registry, repo, "v1").digest
    assert result.stdout == f"{target}@{digest}\n".encode()
    assert "base unspecified, using empty image" in result.stderr


def test_append_takes_lists_of_layers(pycrane, docker_registry, repo, target, layer_file):
    pycrane("append", "-f", f"{layer_file},{layer_file}", "--new-layer", layer_file, "--new_tag", target)
    assert layers_of(docker_registry, repo, "latest") == [LAYER.digest] * 3


@pytest.mark.parametrize("data", [LAYER.data, LAYER.content])
def test_append_reads_a_layer_from_standard_input_compressed_or_not(
    pycrane, docker_registry, repo, target, data
):
    pycrane("append", "-f", "-", "-t", target, stdin=data)
    manifest = manifest_of(docker_registry, repo, "latest")
    config = pycrane("config", target).stdout
    assert json.loads(config)["rootfs"]["diff_ids"] == [LAYER.diff_id]
    blob = pycrane("blob", f"{target}@{json.loads(manifest.data)['layers'][0]['digest']}").stdout
    assert gzip.decompress(blob) == LAYER.content


def test_append_puts_a_layer_on_every_image_of_an_index(
    pycrane, docker_registry, repo, target, index, layer_file
):
    push(docker_registry, repo, index, "base")
    pycrane("append", "-b", f"{target}:base", "-f", layer_file, "-t", f"{target}:all")
    manifests = json.loads(manifest_of(docker_registry, repo, "all").data)["manifests"]
    assert [entry["platform"]["architecture"] for entry in manifests] == ["amd64", "arm64", "s390x"]
    for entry in manifests:
        assert layers_of(docker_registry, repo, entry["digest"])[-1] == LAYER.digest


def test_append_takes_one_image_of_an_index_only_when_told(
    pycrane, docker_registry, repo, target, index, layer_file
):
    push(docker_registry, repo, index, "base")
    args = ["append", "-b", f"{target}:base", "-f", layer_file, "-t", f"{target}:one"]
    pycrane(*args, "--platform", "linux/arm64")
    assert layers_of(docker_registry, repo, "one") == [index.children[1].layers[0].digest, LAYER.digest]
    refused = pycrane(*args, "-o", "x.tar", check=False)
    assert refused.returncode == 1
    assert "--platform" in refused.stderr


def test_append_records_its_base(pycrane, docker_registry, repo, target, image, layer_file):
    push(docker_registry, repo, image, "base")
    name = f"{target}:base"
    pycrane("append", "-b", name, "-f", layer_file, "-t", target, "--set-base-image-annotations")
    assert json.loads(manifest_of(docker_registry, repo, "latest").data)["annotations"] == {
        "org.opencontainers.image.base.digest": image.digest,
        "org.opencontainers.image.base.name": name,
    }


def test_append_to_a_file_pushes_and_prints_nothing(pycrane, tmp_path, layer_file):
    result = pycrane("append", "-f", layer_file, "-t", "nowhere.invalid/app:v1", "-o", "x.tar")
    assert result.stdout == b""
    with tarfile.open(tmp_path / "x.tar") as archive:
        manifest = json.load(archive.extractfile("manifest.json"))
    assert manifest[0]["RepoTags"] == ["nowhere.invalid/app:v1"]


def test_append_writes_the_tarball_to_standard_output(pycrane, tmp_path, layer_file):
    pycrane("append", "-f", layer_file, "-t", "app:v1", "-o", "x.tar")
    result = pycrane("append", "-f", layer_file, "-t", "app:v1", "-o", "-")
    assert result.stdout == (tmp_path / "x.tar").read_bytes()
    assert not (tmp_path / "-").exists()


@pytest.mark.parametrize("name", ["/dev/stdout", "/dev/fd/1"])
def test_pull_takes_standard_output_by_its_name_too(pycrane, docker_registry, repo, target, image, name):
    push(docker_registry, repo, image, "v1")
    assert pycrane("pull", f"{target}:v1", name).stdout == pycrane("pull", f"{target}:v1", "-").stdout


def test_push_prints_the_reference_by_digest_and_writes_it(pycrane, tmp_path, target, image):
    write_layout(tmp_path / "layout", image)
    result = pycrane("push", "layout", f"{target}:v1", "--image-refs", "refs")
    assert result.text == f"{target}@{image.digest}"
    assert (tmp_path / "refs").read_text() == result.text
    assert stat.S_IMODE((tmp_path / "refs").stat().st_mode) == 0o600


def test_push_takes_every_image_of_a_tarball_under_its_own_tag(pycrane, tmp_path, target):
    one, two = images.image(family="docker"), images.image(family="docker", platform="linux/arm64")
    tags = {one.digest: ["local/app:one"], two.digest: ["local/app:two", "local/app:more"]}
    write_docker_save(tmp_path / "x.tar", one, two, tags=tags)
    result = pycrane("push", "--all", "x.tar", target, "--image-refs", "refs")
    assert sorted(pycrane("ls", target).lines) == ["more", "one", "two"]
    assert len(result.lines) == 3
    assert (tmp_path / "refs").read_text() == result.text


def test_push_takes_images_of_several_repositories_to_repositories_below(pycrane, tmp_path, target):
    one, two = images.image(family="docker"), images.image(family="docker", platform="linux/arm64")
    tags = {one.digest: ["app:latest", "app:v1"], two.digest: ["example.com/some/db:latest"]}
    write_docker_save(tmp_path / "x.tar", one, two, tags=tags)
    result = pycrane("push", "--all", "x.tar", target)
    assert sorted(pycrane("ls", f"{target}/app").lines) == ["latest", "v1"]
    assert pycrane("ls", f"{target}/db").lines == ["latest"]
    assert pycrane("digest", "--full-ref", f"{target}/db").text in result.lines


def test_push_takes_the_names_that_containerd_gives_images_for_one_name_each(pycrane, tmp_path, target):
    names = ("busybox:latest", "alpine:latest", "redis:7")
    each = {name: images.image(images.layer({name: b""})) for name in names}
    annotations = {
        one.digest: {
            "io.containerd.image.name": f"docker.io/library/{name}",
            "org.opencontainers.image.ref.name": name.partition(":")[2],
        }
        for name, one in each.items()
    }
    files = layout_files(*each.values())
    files["index.json"] = images.index(*each.values(), annotations=annotations).data
    write_archive(tmp_path / "x.tar", files)
    result = pycrane("push", "--all", "x.tar", target)
    assert [pycrane("digest", f"{target}/{name}").text for name in names] == [
        one.digest for one in each.values()
    ]
    assert len(result.lines) == 3


def test_push_of_an_image_that_a_layout_lists_under_several_names_takes_one_image(pycrane, tmp_path, target):
    one = images.image()
    write_layout(tmp_path / "x", one)
    named = [{**one.descriptor, "annotations": {"org.opencontainers.image.ref.name": name}} for name in "ab"]
    index = {"schemaVersion": 2, "mediaType": images.OCI_INDEX, "manifests": named}
    (tmp_path / "x" / "index.json").write_bytes(images.encode(index))
    assert pycrane("push", "x", f"{target}:v1").text == f"{target}@{one.digest}"
    pycrane("push", "--all", "x", target)
    assert sorted(pycrane("ls", target).lines) == ["a", "b", "v1"]


def test_push_of_all_images_of_an_empty_layout_is_an_error(pycrane, tmp_path, target):
    write_layout(tmp_path / "x")
    result = pycrane("push", "--all", "x", target, check=False)
    assert result.returncode == 1
    assert "x holds no image" in result.stderr


def test_push_of_all_images_takes_no_tag(pycrane, tmp_path, target, image):
    write_docker_save(tmp_path / "x.tar", image)
    result = pycrane("push", "--all", "x.tar", f"{target}:v1", check=False)
    assert result.returncode == 2
    assert f"leave out the tag or digest: {target}\n" in result.stderr


def test_push_writes_its_references_where_a_link_or_a_pipe_leads(pycrane, tmp_path, target, image):
    write_layout(tmp_path / "layout", image)
    (tmp_path / "link").symlink_to("refs")
    printed = pycrane("push", "layout", target, "--image-refs", "link").text
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "refs").read_text() == printed
    assert pycrane("push", "layout", target, "--image-refs", "/dev/stdout").text.count(printed) == 2


def test_push_reads_standard_input(pycrane, tmp_path, target, image):
    write_docker_save(tmp_path / "x.tar", image)
    pushed = pycrane("push", "x.tar", target).text
    again = pycrane("push", "-", target, stdin=(tmp_path / "x.tar").read_bytes()).text
    assert again == pushed
    digest = pushed.partition("@")[2]
    assert pycrane("digest", "--tarball", "x.tar").text == digest
    assert (
        pycrane("digest", "--tarball", "-", stdin=gzip.compress((tmp_path / "x.tar").read_bytes())).text
        == digest
    )


def test_push_takes_a_layout_as_one_index(pycrane, docker_registry, repo, tmp_path, target, image):
    write_layout(tmp_path / "layout", image, images.image(platform="linux/arm64"))
    pycrane("push", "--index", "layout", f"{target}:all")
    raw = manifest_of(docker_registry, repo, "all").data
    assert raw == (tmp_path / "layout/index.json").read_bytes()


def test_copy_prints_nothing_and_keeps_the_bytes(pycrane, docker_registry, repo, target, index):
    push(docker_registry, repo, index, "v1")
    assert pycrane("cp", f"{target}:v1", f"{target}/copy:v2").stdout == b""
    assert manifest_of(docker_registry, f"{repo}/copy", "v2").data == index.data


@pytest.mark.parametrize(
    "flags",
    [
        ["--platform", "linux/amd64,linux/s390x"],
        ["--platform", "linux/s390x", "--platform", "linux/amd64"],
    ],
)
def test_copy_takes_the_platforms_that_are_asked_for(pycrane, docker_registry, repo, target, index, flags):
    push(docker_registry, repo, index, "v1")
    pycrane("copy", *flags, f"{target}:v1", f"{target}/copy")
    manifests = json.loads(manifest_of(docker_registry, f"{repo}/copy", "latest").data)["manifests"]
    assert [entry["platform"]["architecture"] for entry in manifests] == ["amd64", "s390x"]


def test_platforms_before_and_after_the_command_add_up(pycrane, docker_registry, repo, target, index):
    push(docker_registry, repo, index, "v1")
    flag = "--platform"
    pycrane(flag, "linux/amd64", "copy", flag, "linux/s390x", f"{target}:v1", f"{target}/copy")
    assert len(json.loads(manifest_of(docker_registry, f"{repo}/copy", "latest").data)["manifests"]) == 2


def test_copy_does_not_clobber(pycrane, docker_registry, repo, target, image, index):
    push(docker_registry, repo, image, "v1")
    push(docker_registry, f"{repo}/copy", index, "v1")
    result = pycrane("copy", "-n", f"{target}:v1", f"{target}/copy:v1", check=False)
    assert result.returncode == 1
    assert f"refusing to clobber existing tag {target}/copy:v1@{index.digest}" in result.stderr
    pycrane("copy", "-n", f"{target}:v1", f"{target}/copy:v2")


def test_copy_takes_all_tags_and_passes_over_those_that_are_there(
    pycrane, docker_registry, repo, target, image, index
):
    push(docker_registry, repo, image, "v1", "v2")
    push(docker_registry, f"{repo}/copy", index, "v1")
    result = pycrane("copy", "--all-tags", "--no-clobber", "--jobs", "2", target, f"{target}/copy")
    assert "v1" in result.stderr
    assert manifest_of(docker_registry, f"{repo}/copy", "v1").data == index.data
    assert manifest_of(docker_registry, f"{repo}/copy", "v2").data == image.data


def test_pull_takes_several_images_and_notes_their_names(
    pycrane, docker_registry, repo, target, tmp_path, image, index
):
    push(docker_registry, repo, image, "one")
    push(docker_registry, repo, index, "two")
    pycrane("pull", "--format", "oci", "--annotate-ref", f"{target}:one", f"{target}:two", "layout")
    manifests = json.loads((tmp_path / "layout/index.json").read_bytes())["manifests"]
    names = [entry["annotations"]["org.opencontainers.image.ref.name"] for entry in manifests]
    assert names == [f"{target}:one", f"{target}:two"]


def test_pull_takes_a_layer_from_the_cache(pycrane, docker_registry, repo, target, tmp_path, image):
    push(docker_registry, repo, image, "v1")
    for name in ("one.tar", "two.tar"):
        docker_registry.reset()
        pycrane("pull", "-c", "cache", f"{target}:v1", name)
    assert not [seen for seen in docker_registry.requests() if image.layers[0].digest in seen.path]
    assert (tmp_path / "one.tar").read_bytes() == (tmp_path / "two.tar").read_bytes()


def test_foreign_layers_are_pushed_only_when_told(pycrane, docker_registry, repo, target, tmp_path):
    layer = images.Layer(images.DOCKER_FOREIGN_LAYER, LAYER.data, content=LAYER.content)
    descriptor = {**layer.descriptor, "urls": ["https://example.invalid/layer"]}
    write_layout(tmp_path / "layout", images.image(layer, family="docker", manifest={"layers": [descriptor]}))
    blob = f"{target}@{layer.digest}"
    pycrane("push", "layout", target)
    assert pycrane("blob", blob, check=False).returncode == 3
    pycrane("push", "--allow-nondistributable-artifacts", "layout", f"{target}:again")
    assert pycrane("blob", blob).stdout == layer.data


def test_what_an_index_names_is_there_under_all_its_tags_before_the_index_is(pycrane, docker_registry, repo):
    one, other = images.image(), images.image(platform="linux/arm64")
    push(docker_registry, f"{repo}/from", one, "a", "c")
    push(docker_registry, f"{repo}/from", images.index(one, other), "b")
    pycrane("cp", "-a", f"{docker_registry.host}/{repo}/from", f"{docker_registry.host}/{repo}/to")
    puts = [seen.path for seen in docker_registry.requests() if seen.method == "PUT"]
    written = [path.rpartition("/")[2] for path in puts if "/manifests/" in path]
    assert set(written[:-1]) == {one.digest, other.digest, "a", "c"}
    assert written[-1] == "b"


def test_a_copy_with_a_format_is_converted_and_comes_back_with_its_digest(pycrane, docker_registry, repo):
    base = f"{docker_registry.host}/{repo}"
    push(
        docker_registry, repo, images.image(images.layer({"a": b"1"}, family="docker"), family="docker"), "v1"
    )
    pycrane("copy", "--format", "oci", f"{base}:v1", f"{base}:oci")
    assert json.loads(pycrane("manifest", f"{base}:oci").stdout)["mediaType"] == images.OCI_MANIFEST
    assert pycrane("config", f"{base}:oci").stdout == pycrane("config", f"{base}:v1").stdout
    pycrane("copy", "--format", "docker", f"{base}:oci", f"{base}:back")
    assert pycrane("digest", f"{base}:back").stdout == pycrane("digest", f"{base}:v1").stdout


def test_a_format_that_cannot_hold_an_image_says_what_is_lost(pycrane, docker_registry, repo):
    base = f"{docker_registry.host}/{repo}"
    image = images.assemble(
        images.image(images.layer({"a": b"1"}), family="oci").config,
        [images.layer({"a": b"1"})],
        manifest={"annotations": {"a": "b"}},
    )
    push(docker_registry, repo, image, "v1")
    done = pycrane("copy", "--format", "docker", f"{base}:v1", f"{base}:docker", check=False)
    assert done.returncode == 1
    assert "has annotations, which Docker's format cannot hold" in done.stderr
    pycrane("copy", "--format", "docker", "--lossy", f"{base}:v1", f"{base}:docker")
    assert "annotations" not in json.loads(pycrane("manifest", f"{base}:docker").stdout)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["pull", "--format", "oci", "x.example/a", "docker-archive:x.tar"], "has a transport"),
        (["pull", "--annotate-ref", "x.example/a", "oci:x"], "has a transport"),
        (["copy", "--lossy", "x.example/a", "x.example/b"], "--lossy needs --format docker"),
        (["copy", "-a", "--format", "oci", "x.example/a", "x.example/b"], "--format converts one image"),
    ],
)
def test_options_that_would_do_nothing_are_wrong_usage(pycrane, words, message):
    done = pycrane(*words, check=False)
    assert done.returncode == 2
    assert message in done.stderr
