"""Command and group classes: global options, Go's spellings of flags, modules imported when they run."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import click

from pycrane._cli.global_options import GLOBAL_OPTIONS, warn_unused
from pycrane._cli.help_text import Row, columns, definitions, help_text, option_rows, section
from pycrane._cli.names import check_text
from pycrane._cli.settings import ALL, PLATFORMS, REGISTRIES

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

_TRUE = frozenset({"1", "t", "T", "true", "TRUE", "True"})
_FALSE = frozenset({"0", "f", "F", "false", "FALSE", "False"})
_CONTEXT = {
    "help_option_names": ["-h", "--help"],
    "token_normalize_func": lambda name: name.replace("_", "-"),
}


class UnknownCommandError(click.UsageError):
    """A word that is not a command; `hint` names commands that are similar."""

    def __init__(self, word: str, context: click.Context, hint: str | None) -> None:
        super().__init__(f"unknown command {word!r} for {context.command_path}", context)
        self.hint = hint


class Command(click.Command):
    """A command that takes the global options too.

    `examples` are lines for the end of its help; `differences` is the section of its manual page on
    differences from the program that `original` names; both are plain text, in paragraphs. `uses` are the
    global options, by the names of `Settings`, that have an effect on it; others are accepted with a warning.
    """

    original = "crane"

    def __init__(
        self,
        *args: Any,
        examples: str = "",
        differences: str = "",
        uses: frozenset[str] = ALL,
        **settings: Any,
    ) -> None:
        settings["context_settings"] = {**_CONTEXT, **(settings.get("context_settings") or {})}
        super().__init__(*args, **settings)
        self.examples = examples
        self.differences = differences
        self.uses = uses

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """Return the command's own parameters, --help, and the global options that it does not define."""
        return [*super().get_params(ctx), *self.global_options]

    @property
    def global_options(self) -> list[click.Option]:
        """The options that every command has, except those that this command defines itself."""
        own = {name for param in self.params for name in param.opts}
        return [option for option in GLOBAL_OPTIONS if own.isdisjoint(option.opts)]

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the arguments, Go's spellings included: see `plain_words`.

        Raises:
            click.UsageError: they do not fit the command, or are not UTF-8.
        """
        params = self.get_params(ctx)
        words = plain_words(params, args, interspersed=ctx.allow_interspersed_args)
        left = super().parse_args(ctx, words)
        _check_texts(ctx, params)
        return left

    def invoke(self, ctx: click.Context) -> Any:
        """Warn of global options without effect, and run the command."""
        unused = ALL - self.uses
        if unused and not isinstance(self, click.Group):
            warn_unused(ctx.obj, unused, ctx.command_path)
        return super().invoke(ctx)

    def get_help(self, ctx: click.Context) -> str:
        """Return the text of --help, without the last newline."""
        return help_text(ctx, self.examples, self.commands_text(ctx), self.shown_options(ctx), self.closing)

    def commands_text(self, ctx: click.Context) -> str:
        """Return the section of the help on subcommands, empty here."""
        return ""

    def shown_options(self, ctx: click.Context) -> list[Row]:
        """Return the rows of the options that the help explains: its own, and --platform if it selects."""
        platform = [option for option in self.global_options if option.name in PLATFORMS & self.uses]
        return option_rows([*self.params, *platform], ctx)

    @property
    def closing(self) -> str:
        """The last line of the help."""
        names = "--insecure, -q, -v and others" if REGISTRIES & self.uses else "without effect here"
        return f"Global options: {names}; see pycrane help options."


class Group(Command, click.Group):
    """A group of commands. Called without a command it shows its help."""

    command_class = Command
    group_class = type

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the arguments up to the command; without any, print the help and end."""
        if not args and self.no_args_is_help and not ctx.resilient_parsing:
            click.echo(self.get_help(ctx))
            ctx.exit()
        return super().parse_args(ctx, args)

    def commands_text(self, ctx: click.Context) -> str:
        """Return the names of the commands with their summaries."""
        found = ((name, self.get_command(ctx, name)) for name in self.list_commands(ctx))
        rows = [(name, command.get_short_help_str(limit=200)) for name, command in found if command]
        return section("Commands", definitions(rows, columns()))

    def shown_options(self, ctx: click.Context) -> list[Row]:
        """Return no rows: --help is all that a group has."""
        return []

    @property
    def closing(self) -> str:
        """The last line of the help."""
        return "Options: see the --help of each command."

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that the first word names. Raises UnknownCommandError, with similar commands."""
        command = self.get_command(ctx, args[0])
        if command is None and not ctx.resilient_parsing and not args[0].startswith("-"):
            raise UnknownCommandError(args[0], ctx, self.suggestion(ctx, args[0]))
        return args[0] if command else None, command, args[1:]

    def suggestion(self, ctx: click.Context, word: str) -> str | None:
        """Return a hint for a word that is not a command."""
        from difflib import get_close_matches  # only for a wrong word

        close = get_close_matches(word, self.list_commands(ctx), cutoff=0.5)
        return f"did you mean {' or '.join(close)}?" if close else None


class LazyGroup(Group):
    """A group that knows its commands by name and summary, and imports their modules to run them.

    The modules are in the package `room`.
    """

    def __init__(
        self,
        *args: Any,
        summaries: Mapping[str, str],
        aliases: Mapping[str, str] = MappingProxyType({}),
        elsewhere: Mapping[str, str] = MappingProxyType({}),
        groups: Mapping[str, str] = MappingProxyType({}),
        room: str = "pycrane._cli.commands",
        **settings: Any,
    ) -> None:
        super().__init__(*args, **settings)
        self.room = room
        self.summaries = summaries
        self.aliases = aliases
        self.elsewhere = elsewhere
        self.groups = groups

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands, without aliases."""
        return list(self.summaries)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command of this name or alias; None if there is none."""
        name = self.aliases.get(cmd_name, cmd_name)
        if name not in self.summaries:
            return None
        module = name.replace("-", "_")
        command: click.Command = getattr(import_module(f"{self.room}.{module}"), module)
        command.short_help = self.summaries[name]
        return command

    def commands_text(self, ctx: click.Context) -> str:
        """Return the groups of commands with their names, without importing the commands."""
        if not self.groups:
            return section("Commands", definitions(list(self.summaries.items()), columns()))
        names = {name: name for name in self.summaries}
        for alias, name in self.aliases.items():
            names[name] += f" ({alias})"
        rows = [
            (title, ", ".join(names[name] for name in group.split())) for title, group in self.groups.items()
        ]
        return section("Commands", definitions(rows, columns()))

    @property
    def closing(self) -> str:
        """The last line of the help."""
        if not self.groups:
            return super().closing
        return "More: pycrane help commands, pycrane help options, pycrane COMMAND --help"

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete names with their summaries, without importing the commands; then the options."""
        from click.shell_completion import CompletionItem  # a start for --help does not need it

        names = [
            CompletionItem(name, help=summary)
            for name, summary in self.summaries.items()
            if name.startswith(incomplete)
        ]
        return names + click.Command.shell_complete(self, ctx, incomplete)

    def suggestion(self, ctx: click.Context, word: str) -> str | None:
        """Return a hint: the name here of another program's command, else similar commands."""
        if word in self.elsewhere:
            return f"the command is called pycrane {self.elsewhere[word]}"
        return super().suggestion(ctx, word)


def command_context(command: click.Command, parent: click.Context | None, name: str) -> click.Context:
    """Make a context to show a command's help, without parsing arguments."""
    return command.context_class(command, parent=parent, info_name=name, **command.context_settings)


class _Options:
    """The options of a command by name."""

    def __init__(self, params: Sequence[click.Parameter]) -> None:
        self._named = {
            name: option for option in params if isinstance(option, click.Option) for name in option.opts
        }

    def takes_value(self, name: str) -> bool:
        """Return whether this names an option with a value."""
        option = self._named.get(name)
        return option is not None and not option.is_flag and not option.count

    def switch(self, name: str) -> click.Option | None:
        """Return the switch of this name, if there is one."""
        option = self._named.get(name)
        return option if option is not None and option.is_flag else None

    def are_switches(self, word: str) -> bool:
        """Return whether this is several switches of one letter in one word."""
        return len(word) > 2 and word[0] == "-" and all(self.switch(f"-{letter}") for letter in word[1:])

    def split(self, word: str) -> tuple[str, str | None]:
        """Split the word of a short option into name and value, if `=` stands between them.

        Flags of one letter may come before the option in the same word, as in `-nj=3`.
        """
        for position, letter in enumerate(word[1:], start=1):
            if self.takes_value(f"-{letter}"):
                rest = word[position + 1 :]
                return (word[: position + 1], rest[1:]) if rest.startswith("=") else (word, None)
            if self.switch(f"-{letter}") is None:
                break
        return word, None


def plain_words(params: Sequence[click.Parameter], args: Sequence[str], *, interspersed: bool) -> list[str]:
    """Rewrite Go's spellings of flags (package pflag) to those that click knows.

    `-t=value` becomes `-t value`, `--switch=true` becomes `--switch`, and `--switch=false` removes those
    before it. Unchanged are values of options, words after `--`, and, unless options may come later, words
    from the first argument on.

    Raises:
        click.BadOptionUsage: a switch with a value other than true or false.
    """
    options = _Options(params)
    plain: list[str] = []
    left = deque(args)
    while left:
        word = left.popleft()
        if word == "--" or not (interspersed or word.startswith("-")):
            return [*plain, word, *left]
        name, equals, value = word.partition("=")
        if equals and options.are_switches(name):
            plain, name = [*plain, name[:-1]], f"-{name[-1]}"
        if equals and (switch := options.switch(name)):
            plain = _switched(plain, switch, name, value)
            continue
        start, attached = options.split(word) if word[:1] == "-" != word[1:2] else (word, None)
        plain += [start] if attached is None else [start, attached]
        if attached is None and left and _wants_next(options, word):
            plain.append(left.popleft())
    return plain


def _wants_next(options: _Options, word: str) -> bool:
    """Return whether the next word is the value of the last option in this word."""
    if word.startswith("--"):
        return options.takes_value(word.replace("_", "-"))
    last = next((at for at, letter in enumerate(word) if options.takes_value(f"-{letter}")), None)
    return word.startswith("-") and last is not None and last == len(word) - 1


def _switched(plain: list[str], switch: click.Option, name: str, value: str) -> list[str]:
    if value in _TRUE:
        return [*plain, name]
    if value not in _FALSE:
        raise click.BadOptionUsage(name, f"{name} must be true or false, found {value!r}")
    if switch.secondary_opts:
        return [*plain, switch.secondary_opts[0]]
    return [kept for kept in plain if kept not in switch.opts]


def _check_texts(ctx: click.Context, params: Sequence[click.Parameter]) -> None:
    """Refuse values that are not UTF-8, except file names. Raises click.BadParameter."""
    for param in params:
        if isinstance(param.type, click.Path) or param.type is click.UNPROCESSED or param.metavar == "FILE":
            continue
        value = ctx.params.get(param.name or "")
        for text in value if isinstance(value, tuple) else (value,):
            if isinstance(text, str):
                check_text(text, param, ctx)
