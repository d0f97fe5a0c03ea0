"""Rows of skopeo inspect."""

from __future__ import annotations

import hashlib
import json

from cli.crane_images import ARTIFACT, FULL, GZIPPED_DOCKER
from cli.crane_world import wrote
from cli.skopeo_images import AMD, ARM, MULTI
from cli.skopeo_row import FREE, OLD, Row, kept
from peers.fixtures import PASSWORD, USERNAME
from peers.images import DOCKER_CONFIG, DOCKER_LAYER, DOCKER_MANIFEST, digest_of

LOGIN = f"{USERNAME}:{PASSWORD}"
PLACE, BASIC = "docker://{sk}/amd", "docker://{basic}/skopeo/app:v1"


def described(image, digest="", name="", tags=(), data=True):
    """What is printed of an image, without the data of layers as older versions print it."""
    config = json.loads(image.config.data)
    fields = {"Name": name} if name else {}
    fields |= {
        "Digest": digest or image.digest,
        "RepoTags": list(tags),
        "Created": config["created"],
        "DockerVersion": config.get("docker_version", ""),
        "Labels": dict(sorted(config["config"]["Labels"].items())),
        "Architecture": config["architecture"],
        "Os": config["os"],
        "Layers": [part.digest for part in image.layers],
    }
    if data:
        fields["LayersData"] = [
            {"MIMEType": part.media_type, "Digest": part.digest, "Size": len(part.data), "Annotations": None}
            for part in image.layers
        ]
    return _printed({**fields, "Env": config["config"]["Env"]})


def _described(media_type, data):
    return {"mediaType": media_type, "size": len(data), "digest": digest_of(data)}


def _printed(value):
    text = json.dumps(value, indent=4)
    return text.replace("<", "\\u003c").replace(">", "\\u003e") + "\n"


def shows(flags, place, image, **more):
    """A row that prints a description."""
    new, old = described(image, **more), described(image, **more, data=False)
    return Row(f"inspect {flags} {place}", {"stdout": new}, skopeo={"stdout": old}, why=OLD)


def prints(flags, text, place=PLACE, **more):
    return Row(f"inspect {FREE} {flags} {place}", {"stdout": text}, **more)


def fails(flags, place=PLACE, code=1, **more):
    return Row(f"inspect {flags} {place}", code=code, **more)


SAVED = json.dumps(
    {
        "schemaVersion": 2,
        "mediaType": DOCKER_MANIFEST,
        "config": _described(DOCKER_CONFIG, GZIPPED_DOCKER.config.data),
        "layers": [_described(f"{DOCKER_LAYER}.gzip", part.content) for part in GZIPPED_DOCKER.layers],
    },
    separators=(",", ":"),
)
"""The manifest that is made of an image in an archive, which has none."""
DIFF_IDS = " ".join(part.diff_id for part in GZIPPED_DOCKER.layers)
AUTHFILE = (wrote("auth.json", kept("{basic}")),)
SHOWN = (
    shows(FREE, PLACE, AMD, name="SK/amd", tags=["latest"]),
    shows(f"{FREE} -n", PLACE, AMD, name="SK/amd"),
    shows(f"{FREE} --no-tags", "docker://{sk}/multi", AMD, name="SK/multi", digest=MULTI.digest),
    shows(
        f"{FREE} -n --override-arch arm64", "docker://{sk}/multi", ARM, name="SK/multi", digest=MULTI.digest
    ),
    shows(f"{FREE} -n", "docker://{sk}/docker", GZIPPED_DOCKER, name="SK/docker"),
    shows(f"{FREE} -n --creds {LOGIN}", BASIC, AMD, name="BASIC/skopeo/app"),
    shows("-n --cert-dir certs", "docker://{tls-host}/amd", AMD, name="TLS-HOST/amd"),
    prints("--raw", AMD.data.decode()),
    prints("--raw", MULTI.data.decode(), "docker://{sk}/multi"),
    prints("--config --raw", AMD.config.data.decode()),
    prints("--config --raw", AMD.config.data.decode(), "docker://{sk}/multi"),
    prints("--format '{{.Name}} {{.Digest}}'", f"SK/amd {AMD.digest}\n"),
    prints(
        "-n -f '{{json .Env}}'",
        json.dumps(FULL["Env"], separators=(",", ":")) + "\n",
        skopeo={"code": 1, "stdout": ""},
        why=OLD,
    ),
    prints(
        "-n --format '{{range .Layers}}{{.}} {{end}}'",
        "".join(f"{part.digest} " for part in AMD.layers) + "\n",
    ),
    prints("--config --format '{{.Config.Cmd}} {{.OS}}'", "[a b] linux\n"),
    prints(
        "--manifest-digest sha512 --format '{{.Digest}}'",
        f"sha512:{hashlib.sha512(AMD.data).hexdigest()}\n",
        runs=False,
    ),
    Row(
        f"inspect {FREE} --username {USERNAME} --password {PASSWORD} --raw {BASIC}",
        {"stdout": AMD.data.decode()},
    ),
    Row(
        f"inspect {FREE} --authfile auth.json --retry-times 2 --raw {BASIC}",
        {"stdout": AMD.data.decode()},
        given=AUTHFILE,
    ),
    Row(
        f"inspect {FREE} --retry-delay 1s --daemon-host h --raw {PLACE}",
        {"stdout": AMD.data.decode()},
        runs=False,
    ),
    Row(
        f"inspect {FREE} --raw docker://{{src}}/artifact",
        {"stdout": ARTIFACT.data.decode()},
    ),
    Row(
        f"inspect {FREE} -n --format '{{{{.Digest}}}}' docker://{{src}}/artifact",
        {"stdout": f"{ARTIFACT.digest}\n"},
        skopeo={"code": 1, "stdout": ""},
        why="skopeo refuses artifacts",
    ),
    Row("inspect --raw docker-archive:new.tar", {"stdout": SAVED}),
    Row(
        "inspect --format '{{.Digest}} {{.Layers}}' docker-archive:new.tar",
        {"stdout": f"{digest_of(SAVED.encode())} [{DIFF_IDS}]\n"},
    ),
    fails(f"{FREE} --raw --format x"),
    fails(f"{FREE} --format '{{{{.Nothing}}}}'"),
    fails(f"{FREE} --format '{{{{'"),
    fails(FREE, "docker://{sk}/nope", 2, skopeo={"code": 1}, why=OLD),
    fails(f"{FREE} --no-creds --authfile auth.json", BASIC, given=AUTHFILE),
    fails(f"{FREE} --registry-token wrong", BASIC),
    fails(f"{FREE} --override-os windows", "docker://{sk}/multi"),
    fails(f"{FREE} --shared-blob-dir blobs", "oci:single"),
    fails(""),
    fails("", ""),
)

ROWS = SHOWN
