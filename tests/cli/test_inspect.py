"""inspect: an image, index or artifact described for people, as JSON, by templates; skopeo agrees."""

from __future__ import annotations

import json

import pytest
from peers import images
from peers.media import push, write_docker_save, write_layout

CONFIG = {
    "Labels": {"org.example.a": "1", "b": "<x> & é"},
    "User": "65532:65532",
    "WorkingDir": "/app",
    "Entrypoint": ["/bin/app", "--x"],
    "ExposedPorts": {"8080/tcp": {}, "53/udp": {}},
    "Volumes": {"/data": {}},
    "StopSignal": "SIGINT",
}
BASE = {
    "org.opencontainers.image.base.name": "registry.example.com/base:1",
    "org.opencontainers.image.base.digest": "sha256:" + "b" * 64,
}


@pytest.fixture
def image():
    layers = [images.layer({"etc/os-release": b"ID=x\n"}), images.layer({"app": b"app" * 500})]
    history = [
        {"created": "2024-01-02T03:04:05Z", "created_by": "/bin/sh -c #(nop) ADD file:abc in / "},
        {"created": "2024-01-02T03:04:05Z", "created_by": "ENV a=b", "empty_layer": True},
        {"created": "2024-01-02T03:04:06Z", "created_by": "COPY app /app # buildkit", "comment": "c"},
    ]
    return images.image(
        *layers,
        config=CONFIG,
        extra={
            "history": history,
            "created": "2024-01-02T03:04:05.120+02:00",
            "docker_version": "20.10.7",
            "author": "team",
        },
        manifest={"annotations": BASE},
    )


@pytest.fixture
def layout(tmp_path, image):
    return write_layout(tmp_path / "layout", image, names={image.digest: "v1"})


@pytest.fixture
def name(docker_registry, repo, image):
    push(docker_registry, repo, image, "v1")
    return f"{docker_registry.host}/{repo}:v1"


def paths(registry):
    return [seen.path.rsplit("/", 2)[-2] for seen in registry.requests()]


def test_the_page_says_what_people_look_for(pycrane, docker_registry, name, image):
    size = sum(len(blob.data) for blob in (image.config, *image.layers))
    first, second = image.layers
    assert pycrane("inspect", name).text == "\n".join(
        [
            f"Name          {name}",
            f"Digest        {image.digest}",
            "Type          application/vnd.oci.image.manifest.v1+json",
            "Platform      linux/amd64",
            "Created       2024-01-02T03:04:05.120+02:00",
            "Author        team",
            f"Size          {size / 1024:.1f} KiB in 2 layers",
            f"Base          registry.example.com/base:1@sha256:{'b' * 64}",
            "User          65532:65532",
            'Entrypoint    ["/bin/app", "--x"]',
            'Command       ["/bin/true"]',
            "Directory     /app",
            "Ports         8080/tcp, 53/udp",
            "Volumes       /data",
            "Environment   PATH=/usr/bin:/bin",
            "Labels        b=<x> & é",
            "              org.example.a=1",
            f"Annotations   org.opencontainers.image.base.digest=sha256:{'b' * 64}",
            "              org.opencontainers.image.base.name=registry.example.com/base:1",
            "",
            "Layers",
            f"  {f'{len(first.data)} B':>10}  {first.digest[7:19]}  ADD file:abc in /",
            f"  {f'{len(second.data)} B':>10}  {second.digest[7:19]}  COPY app /app # buildkit",
        ]
    )
    assert paths(docker_registry) == ["manifests", "blobs"]


def test_json_has_the_fields_of_skopeo_and_more(pycrane, docker_registry, repo, name, image):
    shown = pycrane("inspect", "--json", "--tags", name).stdout
    assert paths(docker_registry) == ["manifests", "blobs", "tags"]
    assert b"\\u003cx\\u003e \\u0026 \xc3\xa9" in shown
    found = json.loads(shown)
    size = sum(len(blob.data) for blob in (image.config, *image.layers))
    assert list(found.items()) == list(
        {
            "Name": f"{docker_registry.host}/{repo}",
            "Digest": image.digest,
            "RepoTags": ["v1"],
            "Created": "2024-01-02T03:04:05.12+02:00",
            "DockerVersion": "20.10.7",
            "Labels": CONFIG["Labels"],
            "Architecture": "amd64",
            "Os": "linux",
            "Layers": [layer.digest for layer in image.layers],
            "LayersData": [
                {
                    "MIMEType": layer.media_type,
                    "Digest": layer.digest,
                    "Size": len(layer.data),
                    "Annotations": None,
                }
                for layer in image.layers
            ],
            "Env": ["PATH=/usr/bin:/bin"],
            "Tag": "v1",
            "MediaType": image.media_type,
            "ArtifactType": "",
            "Platform": "linux/amd64",
            "PlatformDigest": image.digest,
            "Platforms": [],
            "Size": size,
            "Annotations": BASE,
            "BaseName": BASE["org.opencontainers.image.base.name"],
            "BaseDigest": BASE["org.opencontainers.image.base.digest"],
            "User": "65532:65532",
            "WorkingDir": "/app",
            "Entrypoint": ["/bin/app", "--x"],
            "Cmd": ["/bin/true"],
            "ExposedPorts": ["8080/tcp", "53/udp"],
            "Volumes": ["/data"],
            "History": [
                {"created": "2024-01-02T03:04:05Z", "created_by": "/bin/sh -c #(nop) ADD file:abc in / "},
                {"created": "2024-01-02T03:04:05Z", "created_by": "ENV a=b", "empty_layer": True},
                {
                    "created": "2024-01-02T03:04:06Z",
                    "created_by": "COPY app /app # buildkit",
                    "comment": "c",
                },
            ],
        }.items()
    )


def test_skopeo_prints_the_same_json(pycrane, skopeo, layout, image):
    theirs = json.loads(skopeo("inspect", f"oci:{layout}").stdout)
    ours = json.loads(pycrane("inspect", "--json", f"oci:{layout}").stdout)
    assert {key: ours[key] for key in theirs} == theirs
    assert [key for key in ours if key in theirs] == list(theirs)


@pytest.mark.parametrize(
    "template",
    [
        "{{.Digest}}",
        "{{.Name}}|{{.Os}}/{{.Architecture}}",
        "{{.Created}}",
        "{{.Labels}} {{.Env}} {{.Layers}} {{.RepoTags}}",
        '{{index .Labels "b"}} {{.Labels.b}} {{.Labels.none}}',
        '{{index .Labels "none"}}|',
        "{{range .Layers}}{{.}} {{end}}",
        "{{range $i, $l := .Layers}}{{if $i}}, {{end}}{{$i}}:{{$l}}{{end}}",
        "{{range $k, $v := .Labels}}{{$k}}={{$v}};{{end}}",
        "{{with .Labels}}{{len .}}{{else}}none{{end}}",
        '{{if eq .Os "linux" "x"}}yes{{else}}no{{end}}',
        '{{if and (eq .Os "linux") (not .RepoTags)}}yes{{end}}',
        '{{printf "%s-%-8s|%6d|%q|%v|%x" .Os .Architecture 42 .Os .Env .Os}}',
        "{{ .Os | printf `%10s` }}",
        "{{- .Os -}}  x  {{- /* c */ -}}  y",
        "{{len .Layers}} {{len .Digest}} {{slice .Digest 0 6}} {{index .Layers 1}}",
        "{{html .Labels.b}} {{urlquery .Labels.b}} {{js .Labels.b}}",
        "{{println .Os}}",
        r"a\nc",
        "{{$x := .Os}}{{range .Env}}{{$x = .}}{{end}}{{$x}}",
        "{{1e6}} {{0x10}} {{'a'}} {{3.25}} {{true}} {{print 1 2 `a` 3}}",
        "{{lt 1 2}} {{ge `a` `b`}} {{ne .Os `linux`}} {{le 2.5 2.5}}",
        "{{range .Layers}}{{break}}{{end}}{{range .RepoTags}}x{{else}}y{{end}}",
        'literal {{"{{"}} text',
    ],
)
def test_skopeo_prints_the_same_of_a_template(pycrane, skopeo, layout, template):
    theirs = skopeo("inspect", "--format", template, f"oci:{layout}").stdout
    assert pycrane("inspect", "--format", template, f"oci:{layout}").stdout.decode() == theirs


@pytest.mark.parametrize(
    "template",
    [
        "{{.Nope}}",
        "{{",
        "{{nope}}",
        "{{.Os.X}}",
        "{{index .Layers 9}}",
        "{{lt 1 `a`}}",
        "{{range .Os}}{{end}}",
        "{{$x}}",
        "{{.Os .Os}}",
        "{{1 | 2}}",
    ],
)
def test_skopeo_refuses_the_same_templates(pycrane, skopeo, layout, template):
    assert skopeo("inspect", "--format", template, f"oci:{layout}", check=False).returncode == 1
    refused = pycrane("inspect", "--format", template, f"oci:{layout}", check=False)
    assert (refused.returncode, refused.stdout) == (1, b"")


def test_skopeo_prints_the_same_configuration(pycrane, skopeo, layout, image):
    assert (
        pycrane("inspect", "--config", layout).stdout.decode()
        == skopeo("inspect", "--config", f"oci:{layout}").stdout
    )
    assert pycrane("inspect", "--config", "--raw", layout).stdout == image.config.data
    template = (
        "{{.Config.Cmd}} {{.RootFS}} {{.OS}} {{range .History}}{{.CreatedBy}};{{end}}{{.Config.Volumes}}"
    )
    theirs = skopeo("inspect", "--config", "--format", template, f"oci:{layout}").stdout
    assert pycrane("inspect", "--config", "--format", template, layout).stdout.decode() == theirs


def test_raw_is_the_manifest_in_one_request(pycrane, docker_registry, name, image):
    assert pycrane("inspect", "--raw", name).stdout == image.data
    assert paths(docker_registry) == ["manifests"]


def test_a_template_that_names_the_tags_lists_them(pycrane, name):
    assert pycrane("inspect", "--format", "{{json .RepoTags}}", name).text == '["v1"]'


def test_an_index_is_described_with_the_image_for_the_platform(pycrane, docker_registry, repo):
    index = images.multi_platform("linux/amd64", "linux/arm64", attested=True)
    push(docker_registry, repo, index, "all")
    where = f"{docker_registry.host}/{repo}:all"
    docker_registry.reset()
    lines = pycrane("inspect", where).lines
    assert paths(docker_registry) == ["manifests", "manifests", "blobs"]
    assert "Platforms     linux/amd64, linux/arm64" in lines
    assert f"Image         {index.children[0].digest}" in lines
    template = "{{.Digest}} {{.PlatformDigest}} {{.Platform}} {{.Platforms}}"
    assert pycrane("inspect", "--platform", "linux/arm64", "--format", template, where).text == (
        f"{index.digest} {index.children[1].digest} linux/arm64 [linux/amd64 linux/arm64]"
    )
    assert pycrane("inspect", "--raw", where).stdout == index.data
    assert pycrane("inspect", "--raw", "--platform", "linux/arm64", where).stdout == index.children[1].data
    missing = pycrane("inspect", "--platform", "linux/s390x", where, check=False)
    assert missing.returncode != 0
    assert "linux/arm64" in missing.stderr


def test_an_index_without_the_usual_platform_is_described_by_its_first_image(pycrane, tmp_path):
    index = images.multi_platform("linux/riscv64", "linux/s390x")
    layout = write_layout(tmp_path / "layout", index)
    assert "Platform      linux/riscv64" in pycrane("inspect", layout).lines


def test_a_layout_of_several_images_is_described_as_an_index(pycrane, tmp_path):
    one, two = images.image(), images.image(platform="linux/arm64")
    layout = write_layout(tmp_path / "layout", one, two, names={one.digest: "a", two.digest: "b"})
    assert "Platform      linux/amd64" in pycrane("inspect", layout).lines
    assert pycrane("inspect", "--format", "{{.Digest}}", f"oci:{layout}:b").text == two.digest


def test_an_artifact_is_described_by_its_manifest(pycrane, docker_registry, repo):
    blob = images.Blob("text/plain", b"hello")
    artifact = images.assemble(
        images.Blob("application/vnd.example.config", b"{}"),
        [blob],
        media_type=images.OCI_MANIFEST,
        manifest={"annotations": {"org.opencontainers.image.created": "2024-05-06T07:08:09Z"}},
    )
    push(docker_registry, repo, artifact, "x")
    where = f"{docker_registry.host}/{repo}:x"
    lines = pycrane("inspect", where).lines
    assert paths(docker_registry) == ["manifests"]
    assert "Artifact      application/vnd.example.config" in lines
    assert "Created       2024-05-06T07:08:09Z" in lines
    assert "Size          7 B in 1 file" in lines
    refused = pycrane("inspect", "--config", where, check=False)
    assert refused.returncode == 1
    assert "has no configuration of an image" in refused.stderr


def test_archives_are_described_too(pycrane, tmp_path, image):
    save = write_docker_save(tmp_path / "a.tar", image, tags={image.digest: ["example.com/app:1"]})
    assert "Author        team" in pycrane("inspect", save).lines
    assert "Author        team" in pycrane("inspect", f"docker-archive:{save}:example.com/app:1").lines
    assert "Author        team" in pycrane("inspect", "-", stdin=save.read_bytes()).lines


def test_control_characters_do_not_reach_the_terminal(pycrane, tmp_path):
    hostile = images.image(config={"Labels": {"a\x1b[2J": "b\nc"}})
    lines = pycrane("inspect", write_layout(tmp_path / "layout", hostile)).lines
    assert r"Labels        a\x1b[2J=b\nc" in lines


def test_layers_are_cut_to_the_width_of_a_terminal(terminal, tmp_path):
    long = images.image(extra={"history": [{"created_by": "RUN " + "x" * 300}]})
    layout = write_layout(tmp_path / "layout", long)
    shown = terminal("inspect", str(layout), all_streams=True, env={"COLUMNS": "60"}).screen.splitlines()
    assert len(shown[-1]) == 60
    assert shown[-1].endswith("x…")


@pytest.mark.parametrize(
    "config", [{"Labels": ["a"]}, {"Labels": {"a": 1}}, {"Env": "x"}, {"User": 1}, {"Cmd": [1]}], ids=str
)
def test_a_configuration_of_other_types_is_one_error(pycrane, tmp_path, config):
    layout = write_layout(tmp_path / "layout", images.image(config=config))
    refused = pycrane("inspect", layout, check=False)
    assert refused.returncode == 1
    assert next(iter(config)) in refused.stderr
    assert "bug" not in refused.stderr


def test_options_that_contradict_each_other_are_usage_errors(pycrane):
    for options in (["--raw", "--json"], ["--raw", "--format", "x"], ["--json", "--format", "x"]):
        assert pycrane("inspect", *options, "x", check=False).returncode == 2
