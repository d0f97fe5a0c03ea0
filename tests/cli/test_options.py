"""Every option of every command has an effect, or is refused or warned of where it has none."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from unittest import mock

import click
import pytest

from pycrane._cli.command import Command, command_context
from pycrane._cli.global_options import GLOBAL_OPTIONS
from pycrane._cli.program import pycrane as program
from pycrane._cli.settings import ALL, NOTHING, PLATFORMS, REGISTRIES, Settings

TAGS = ("--filter", "--tag-regex", "--semver", "--newest")
SERVER = (
    *("--address", "--disk", "--blobs-to-disk", "--tls-cert", "--tls-key", "--htpasswd", "--read-only"),
    *("--no-delete", "--proxy"),
)
OPTIONS = {
    "append": (
        ALL,
        *("--base", "--new_tag", "--new_layer", "--output", "--set-base-image-annotations"),
        *("--oci-empty-base", "--compression", "--level", "--jobs"),
    ),
    "auth explain": (NOTHING,),
    "auth get": (NOTHING,),
    "auth login": (REGISTRIES, "--username", "--password", "--password-stdin", "--no-verify"),
    "auth logout": (NOTHING,),
    "auth token": (REGISTRIES, "--header", "--push", "--mount"),
    "blob": (REGISTRIES,),
    "catalog": (REGISTRIES, "--full-ref"),
    "completion bash": (NOTHING, "--no-descriptions"),
    "completion fish": (NOTHING, "--no-descriptions"),
    "completion powershell": (NOTHING, "--no-descriptions"),
    "completion zsh": (NOTHING, "--no-descriptions"),
    "config": (REGISTRIES | PLATFORMS,),
    "copy": (
        ALL,
        *("--all-tags", "--recursive", *TAGS, "--no-clobber", "--format", "--add", "--lossy"),
        *("--compression", "--level", "--jobs"),
    ),
    "delete": (REGISTRIES, "--ignore-missing", "--untag", "--by-digest", "--yes"),
    "digest": (REGISTRIES | PLATFORMS, "--full-ref", "--tarball"),
    "edit config": (ALL, "--tag", "--jobs"),
    "edit fs": (ALL, "--filename", "--tag", "--jobs"),
    "edit manifest": (ALL, "--tag", "--media-type", "--jobs"),
    "export": (REGISTRIES | PLATFORMS,),
    "flatten": (ALL, "--tag", "--compression", "--level", "--jobs"),
    "gc": (REGISTRIES, "--recursive", "--delete", "--older-than", "--jobs"),
    "help": (NOTHING,),
    "index append": (
        ALL,
        *("--manifest", "--tag", "--annotation", "--docker-empty-base", "--no-flatten", "--jobs"),
    ),
    "index filter": (ALL, "--platform", "--tag", "--annotation", "--allow-empty", "--jobs"),
    "index list": (REGISTRIES,),
    "layout gc": (NOTHING, "--dry-run"),
    "ls": (
        REGISTRIES,
        *("--full-ref", "--omit-digest-tags", *TAGS, "--sort", "--recursive", "--long", "--json"),
    ),
    "manifest": (REGISTRIES | PLATFORMS,),
    "mutate": (
        ALL,
        *("--label", "--env", "--annotation", "--remove-label", "--remove-env", "--remove-annotation"),
        *("--entrypoint", "--cmd", "--exposed-ports", "--user", "--workdir", "--set-platform"),
        *("--set-created", "--history", "--append", "--tag", "--repo", "--output"),
        *("--compression", "--level", "--jobs"),
    ),
    "pull": (ALL, "--format", "--cache_path", "--annotate-ref", "--jobs"),
    "push": (ALL, "--index", "--all", "--image-refs", "--jobs"),
    "rebase": (ALL, "--old_base", "--new_base", "--tag", "--original", "--rebased", "--jobs"),
    "registry gc": (NOTHING,),
    "registry run": (REGISTRIES, *SERVER),
    "registry serve": (REGISTRIES, *SERVER),
    "tag": (REGISTRIES,),
    "validate": (REGISTRIES | PLATFORMS, "--tarball", "--remote", "--layout", "--fast", "--jobs"),
    "version": (NOTHING,),
    "cat": (REGISTRIES | PLATFORMS,),
    "diff": (REGISTRIES | PLATFORMS, "--files", "--exit-code", "--json"),
    "du": (REGISTRIES, "--all-tags", "--bytes", "--json"),
    "files": (REGISTRIES | PLATFORMS, "--long", "--setuid", "--null", "--json"),
    "inspect": (REGISTRIES | PLATFORMS, "--json", "--format", "--raw", "--config", "--tags"),
    "list-tags": (REGISTRIES,),
    "manifest-digest": (NOTHING,),
    "ref": (NOTHING, "--format", "--json"),
    "sync": (
        ALL,
        *("--src", "--dest", "--all", "--append-suffix", "--scoped", "--dry-run", "--keep-going", "--jobs"),
    ),
    "tree": (REGISTRIES, "--no-referrers", "--json"),
    "wait": (REGISTRIES, "--digest", "--interval", "--timeout", "--json"),
}
"""For each command the global options and its own options that change what it does.

A new option belongs here; if it has no effect beside others or without them, also into `WITHOUT_EFFECT`.
"""
REFUSED = "refused"
WARNED = "warned of"
WITHOUT_EFFECT = (
    ("append -t a -f b -b c --oci-empty-base", REFUSED, "--base and --oci-empty-base"),
    ("append -t a -f b --set-base-image-annotations", REFUSED, "--set-base-image-annotations needs --base"),
    ("append -t a -f b --level 3", REFUSED, "--level needs --compression"),
    (
        "append -t a -f gone -o b --allow-nondistributable-artifacts",
        WARNED,
        "--allow-nondistributable-artifacts has no effect on a file",
    ),
    ("auth login -u a -p b --password-stdin x.test", REFUSED, "--password and --password-stdin"),
    (
        "auth login -u a -p b --no-verify --insecure x.test",
        WARNED,
        "--insecure has no effect on a login with --no-verify",
    ),
    ("copy a b --level 3", REFUSED, "--level needs --compression"),
    ("copy a b --lossy", REFUSED, "--lossy needs --format docker"),
    ("copy a b --lossy --format oci", REFUSED, "--lossy needs --format docker"),
    ("copy a b --all-tags --format oci", REFUSED, "--format converts one image"),
    ("copy a b --filter x", REFUSED, "options for tags need --all-tags or --recursive"),
    ("copy a b --tag-regex x", REFUSED, "options for tags need --all-tags or --recursive"),
    ("copy a b --semver 1", REFUSED, "options for tags need --all-tags or --recursive"),
    ("copy a b --newest 1", REFUSED, "options for tags need --all-tags or --recursive"),
    ("delete --untag --by-digest a", REFUSED, "--untag and --by-digest"),
    ("delete --yes a", REFUSED, "--yes needs --by-digest"),
    ("delete --yes --untag a", REFUSED, "--yes needs --by-digest"),
    ("digest --tarball gone --full-ref", REFUSED, "--full-ref and --tarball"),
    ("digest --tarball gone --cacert a", WARNED, "--cacert has no effect on a tarball"),
    ("digest 127.0.0.1:9/a --insecure --cacert b", WARNED, "--cacert has no effect with --insecure"),
    ("digest a --key b", REFUSED, "--key needs --cert"),
    ("index append a -t b --docker-empty-base", REFUSED, "BASE and --docker-empty-base"),
    ("index append oci:a -t b", REFUSED, "omit --tag and --annotation"),
    ("index append oci:a -a b=c", REFUSED, "omit --tag and --annotation"),
    ("ls --json --full-ref a", REFUSED, "--json and --full-ref"),
    ("ls --json --long a", REFUSED, "--json and --long"),
    ("mutate a --tag b --repo c", REFUSED, "--repo and --tag"),
    ("mutate a --level 3", REFUSED, "--level needs --compression"),
    (
        "mutate 127.0.0.1:9/a -o b --allow-nondistributable-artifacts",
        WARNED,
        "--allow-nondistributable-artifacts has no effect on a file",
    ),
    ("pull 127.0.0.1:9/a b --annotate-ref", WARNED, "--annotate-ref has no effect without --format oci"),
    ("pull a oci:b --annotate-ref", REFUSED, "omit --format and --annotate-ref"),
    ("pull a oci:b --format oci", REFUSED, "omit --format and --annotate-ref"),
    (
        "pull 127.0.0.1:9/a b --allow-nondistributable-artifacts",
        WARNED,
        "--allow-nondistributable-artifacts has no effect on a file",
    ),
    ("push a b --index --all", REFUSED, "--index and --all"),
    ("rebase a --original b", REFUSED, "exactly one IMAGE"),
    ("rebase a --tag b --rebased c", REFUSED, "--tag and --rebased"),
    ("registry run --tls-key a -- true", REFUSED, "--tls-key needs --tls-cert"),
    ("registry run --disk a --blobs-to-disk -- true", REFUSED, "--disk and --blobs-to-disk"),
    ("registry run --insecure -- true", WARNED, "--insecure has no effect on a registry without --proxy"),
)
"""Command lines with an option that can have no effect, and what is said of it."""


def commands(command: click.Command, context: click.Context, name: str = "") -> Iterator[tuple[str, Command]]:
    """Every command that runs, with its name; those of skopeo have a table of their own."""
    if name == "skopeo":
        return
    if not isinstance(command, click.Group):
        assert isinstance(command, Command)
        yield name, command
        return
    for each in command.list_commands(context):
        below = command.get_command(context, each)
        assert below
        yield from commands(below, command_context(below, context, each), f"{name} {each}".strip())


ALL_COMMANDS = dict(commands(program, command_context(program, None, "pycrane")))


def own_options(command: Command) -> set[str]:
    options = [param for param in command.params if isinstance(param, click.Option)]
    return {max((*option.opts, *option.secondary_opts), key=len) for option in options}


def test_every_option_of_every_command_is_in_the_table():
    assert {name: (command.uses, own_options(command)) for name, command in ALL_COMMANDS.items()} == {
        name: (uses, set(options)) for name, (uses, *options) in OPTIONS.items()
    }


def test_every_global_option_can_be_without_effect_or_says_what_is_shown():
    shown = {"quiet", "verbose", "progress", "summary", "log_group"}
    assert {option.name for option in GLOBAL_OPTIONS} == ALL | shown


def required(command: Command) -> list[str]:
    """Words for what a command must be given."""
    words = []
    for param in command.params:
        if param.required:
            value = str(param.type.choices[0]) if isinstance(param.type, click.Choice) else "a"
            words += [*param.opts[:1], value] if isinstance(param, click.Option) else [value]
    return words


def given(command: Command) -> list[str]:
    """All global options that a command does not define itself, with values, but those that hide warnings."""
    values = {"--platform": "linux/arm64", "--insecure-registry": "x.test"}
    words = []
    for option in command.global_options:
        name = option.opts[0]
        if option.name in ("quiet", "progress"):
            continue
        words += [name] if option.is_flag else [name, values.get(name, "a")]
    return words


@pytest.mark.parametrize("name", ALL_COMMANDS)
@pytest.mark.parametrize("before", [True, False])
def test_a_global_option_without_effect_on_a_command_is_warned_of_and_no_other(name, before, capsys):
    command = ALL_COMMANDS[name]
    line = [*name.split(), *given(command), *required(command)]
    if before:
        line = [*given(command), *name.split(), *required(command)]
    with mock.patch.object(command, "callback", return_value=None):
        program.main(line, "pycrane", standalone_mode=False)
    unused = [option.opts[0] for option in command.global_options if option.name in ALL - command.uses]
    assert capsys.readouterr() == (
        "",
        "".join(f"Warning: {option} has no effect on pycrane {name}\n" for option in unused),
    )


@pytest.mark.parametrize(("line", "outcome", "message"), WITHOUT_EFFECT)
def test_an_option_without_effect_is_refused_or_warned_of(pycrane, line, outcome, message):
    result = pycrane(*shlex.split(line), check=False)
    said = f"{'Error' if outcome == REFUSED else 'Warning'}: "
    assert any(text.startswith(said) and message in text for text in result.stderr.splitlines())
    assert (result.returncode == 2) is (outcome == REFUSED)


def test_what_is_set_is_what_differs_from_the_default():
    settings = Settings(insecure=True, cacert="a")
    assert settings.given(ALL) == ["insecure", "cacert"]
    assert settings.given(PLATFORMS) == []
