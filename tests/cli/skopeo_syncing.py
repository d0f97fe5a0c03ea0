"""Rows of skopeo sync."""

from __future__ import annotations

from cli.crane_row import short
from cli.crane_world import tagged, wrote
from cli.skopeo_images import AMD, ARM, LIST, MULTI, image_in
from cli.skopeo_row import BOTH, DEST, OLD, SRC, Row, kept
from peers.fixtures import PASSWORD, USERNAME

LOGIN = f"{USERNAME}:{PASSWORD}"
TWO = (tagged(AMD, "v1", below="/from/app"), tagged(ARM, "v2", below="/from/app"))
THREE = (*TWO, tagged(MULTI, "v1.5.0", "1.0.0", below="/from/tool"))
FROM = "{dst}/from/app"
STRICT = "skopeo leaves it out and succeeds"


def lists(text):
    """Have a list of images; two spaces begin a section of the registry."""
    return (*THREE, wrote("list.yaml", "{host}:\n  tls-verify: false\n" + text))


def to_directories(flags, source, *names, **more):
    """A row that copies from a registry to directories."""
    return Row(
        f"sync {flags} --src docker --dest dir {source} out", {"directories out": sorted(names)}, **more
    )


def by_list(text, *names, code=0, **more):
    """A row that copies images by a list to directories."""
    seen = {"directories out": sorted(names)}
    return Row("sync --src yaml --dest dir list.yaml out", seen, code, given=lists(text), **more)


def fails(line, code=1, **more):
    return Row(line, code=code, **more)


DIRECTORIES = (
    to_directories(SRC, FROM, "app:v1", "app:v2", given=TWO),
    to_directories(SRC, f"{FROM}:v1", "app:v1", given=TWO),
    to_directories(SRC, f"{FROM}@{AMD.digest}", f"app@{AMD.digest}", given=TWO),
    to_directories(f"{SRC} --scoped", f"{FROM}:v2", "DST/from/app:v2", given=TWO),
    to_directories(f"{SRC} --append-suffix -x", f"{FROM}:v2", "app:v2-x", given=TWO, runs=False),
    Row(
        f"sync {SRC} --src docker --dest dir {FROM}:v2 out",
        {"bytes out/app:v2/manifest.json": short(ARM.data)},
        given=TWO,
    ),
    Row(
        f"sync {SRC} --all -s docker -d dir docker://{{sk}}/multi out".replace("docker://", ""),
        {"bytes out/multi:latest/manifest.json": short(MULTI.data)},
    ),
    Row(
        f"sync {SRC} --src docker --dest dir {{sk}}/multi out",
        {"bytes out/multi:latest/manifest.json": short(AMD.data)},
    ),
    Row(
        f"sync {SRC} -a --preserve-digests --remove-signatures --src docker --dest dir {{sk}}/list out",
        {"bytes out/list:latest/manifest.json": short(LIST.data)},
    ),
    Row(
        f"sync {SRC} --dry-run --src docker --dest dir {FROM} out",
        {"stdout": "", "there-is out": False},
        given=TWO,
        skopeo={"there-is out": None},
        why="skopeo makes directories in a dry run",
    ),
    Row(
        f"sync {SRC} --digestfile d --src docker --dest dir {FROM} out",
        {"words d": sorted([f"{AMD.digest} dir:out/app:v1", f"{ARM.digest} dir:out/app:v2"])},
        given=TWO,
        runs=False,
    ),
    fails(
        f"sync {SRC} --src docker --dest dir {FROM}:v1 layout",
        given=(*TWO, wrote("layout/app:v1/x", "")),
        seen={"tags {dst}": []},
    ),
    fails(f"sync {SRC} --src docker --dest dir {FROM}:nope out", 2, given=TWO, skopeo={"code": 1}, why=OLD),
    fails(f"sync {SRC} --src docker --dest dir {{dst}}/nope out"),
    fails(f"sync {SRC} --keep-going --src docker --dest dir {FROM}:nope out", given=TWO),
    fails(f"sync --src docker --dest dir {FROM} out", given=TWO),
    fails("sync --src dir --dest dir single out"),
    fails("sync --src nowhere --dest dir a b"),
    fails("sync --src docker --dest nowhere a b"),
    fails("sync --src docker a b"),
    fails("sync --dest dir a b"),
    fails("sync --src dir --dest docker nowhere {dst}"),
    fails("sync --src dir --dest docker layout {dst}"),
    Row("sync --src docker --dest docker a", {"stdout": ""}, 1, skopeo={"code": 0, "stdout": None}, why=OLD),
)


STORED = (image_in("from/app:v1", AMD), image_in("from/below/tool", ARM))
TO_REGISTRY = (
    Row(
        f"sync {DEST} --src dir --dest docker from {{dst}}",
        {"digest {dst}/app:v1": short(AMD.data), "digest {dst}/tool:latest": short(ARM.data)},
        given=STORED,
    ),
    Row(
        f"sync {DEST} --scoped --src dir --dest docker from {{dst}}",
        {"digest {dst}/app:v1": short(AMD.data), "digest {dst}/below/tool:latest": short(ARM.data)},
        given=STORED,
    ),
    Row(
        f"sync {DEST} --src dir --dest docker from/app:v1 {{dst}}",
        {"digest {dst}/app:v1": short(AMD.data)},
        given=STORED,
    ),
    Row(
        f"sync {BOTH} --src docker --dest docker {FROM} {{dst}}/to",
        {"tags {dst}/to/app": ["v1", "v2"], "digest {dst}/to/app:v2": short(ARM.data)},
        given=TWO,
    ),
    Row(
        f"sync {BOTH} -f v2s2 --retry-times 2 --src docker --dest docker {FROM}:v1 {{dst}}/to",
        {"tags {dst}/to/app": ["v1"]},
        given=TWO,
    ),
    Row(
        f"sync {BOTH} --format oci --retry-delay 1s --src docker --dest docker {FROM}:v1 {{dst}}/to",
        {"digest {dst}/to/app:v1": short(AMD.data)},
        given=TWO,
        runs=False,
    ),
    fails(f"sync {BOTH} --scoped --src docker --dest docker {FROM} {{dst}}", given=TWO),
    Row(
        f"sync {SRC} --dest-cert-dir certs --src docker --dest docker {{sk}}/amd {{tls-host}}/synced",
        {"code": 0},
    ),
)
LISTS = (
    by_list(
        f"  images:\n    {{dst}}/from/app: [v1, '{ARM.digest}']\n".replace("{dst}", "{path}"),
        "app:v1",
        f"app@{ARM.digest}",
    ),
    by_list("  images:\n    {path}/from/app: []\n", "app:v1", "app:v2"),
    by_list("  images:\n    {path}/from/app:\n", "app:v1", "app:v2"),
    by_list("  images-by-tag-regex:\n    {path}/from/app: '2$'\n", "app:v2"),
    by_list("  images-by-semver:\n    {path}/from/tool: '>= 1.1.0, < 2.0.0'\n", "tool:v1.5.0", runs=False),
    by_list(
        "  images-by-semver:\n    {path}/from/tool: '^1.0'\n    {path}/from/app: '>= 0'\n",
        "tool:v1.5.0",
        "tool:1.0.0",
        "app:v1",
        "app:v2",
        runs=False,
    ),
    by_list("  images:\n    {path}/from/app: [nope]\n", code=2, skopeo={"code": 1}, why=OLD),
    by_list("  images:\n    {path}/nope: []\n", code=1, skopeo={"code": 0, "stdout": None}, why=STRICT),
    by_list(
        "  images-by-tag-regex:\n    {path}/from/app: '('\n",
        code=1,
        skopeo={"code": 0, "stdout": None},
        why=STRICT,
    ),
    by_list(
        "  images-by-semver:\n    {path}/from/app: 'what'\n",
        code=1,
        skopeo={"code": 0, "stdout": None},
        why=STRICT,
    ),
    by_list("  imagess:\n    {path}/from/app: []\n", code=1, skopeo={"code": 0, "stdout": None}, why=STRICT),
    fails("sync --src yaml --dest dir list.yaml out", given=(wrote("list.yaml", "a: [\n"),)),
    fails("sync --src yaml --dest dir nowhere.yaml out"),
    Row(
        "sync --keep-going --src yaml --dest dir list.yaml out",
        {"directories out": ["app:v1"], "stdout": None},
        1,
        given=lists("  images:\n    {path}/nope: []\n    {path}/from/app: [v1]\n"),
        skopeo={"code": 0},
        why=STRICT,
    ),
)
BASIC = "{basic}/skopeo/app:v1"
AUTHFILE = (wrote("auth.json", kept("{basic}")),)
LOGINS = (
    to_directories(f"{SRC} --src-creds {LOGIN}", BASIC, "app:v1"),
    to_directories(f"{SRC} --src-username {USERNAME} --src-password {PASSWORD}", BASIC, "app:v1"),
    to_directories(f"{SRC} --src-authfile auth.json", BASIC, "app:v1", given=AUTHFILE),
    to_directories(f"{SRC} --authfile auth.json", BASIC, "app:v1", given=AUTHFILE),
    to_directories("--src-cert-dir certs", "{tls-host}/skopeo/app:v1", "app:v1"),
    fails(
        f"sync {SRC} --src-no-creds --authfile auth.json --src docker --dest dir {BASIC} out", given=AUTHFILE
    ),
    fails(f"sync {SRC} --src-registry-token wrong --src docker --dest dir {BASIC} out"),
    Row(f"sync {BOTH} --dest-creds {LOGIN} --src docker --dest docker {{sk}}/amd {{basic}}/synced"),
    Row(
        f"sync {BOTH} --dest-username {USERNAME} --dest-password {PASSWORD} --src docker --dest docker "
        "{sk}/amd {basic}/synced"
    ),
    Row(
        f"sync {BOTH} --dest-authfile auth.json --src docker --dest docker {{sk}}/amd {{basic}}/synced",
        given=AUTHFILE,
    ),
    fails(
        f"sync {BOTH} --dest-no-creds --authfile auth.json --src docker --dest docker {{sk}}/amd {{basic}}/x",
        given=AUTHFILE,
    ),
    fails(f"sync {BOTH} --dest-registry-token wrong --src docker --dest docker {{sk}}/amd {{basic}}/x"),
    Row(
        "sync --src yaml --dest dir list.yaml out",
        {"directories out": ["app:v1"]},
        given=(
            wrote(
                "list.yaml",
                "{basic}:\n  tls-verify: false\n  images: {skopeo/app: [v1]}\n"
                f"  credentials: {{username: {USERNAME}, password: {PASSWORD}}}\n",
            ),
        ),
    ),
    Row(
        "sync --src yaml --dest dir list.yaml out",
        {"directories out": ["app:v1"]},
        given=(wrote("list.yaml", "{tls-host}:\n  cert-dir: certs\n  images: {skopeo/app: [v1]}\n"),),
    ),
)
REFUSALS = tuple(
    Row(f"sync {flags} --src docker --dest dir a b", {"says is not supported": True}, 1, runs=False)
    for flags in (
        "--sign-by ABC",
        "--sign-by-sigstore f",
        "--sign-by-sigstore-private-key f",
        "--sign-by-sq-fingerprint ABC",
        "--sign-passphrase-file f",
    )
)

ROWS = (*DIRECTORIES, *TO_REGISTRY, *LISTS, *LOGINS, *REFUSALS)
