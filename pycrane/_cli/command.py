"""Commands and groups: global options on each, Go's way of writing flags, modules loaded when they run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click
from click.shell_completion import CompletionItem

from pycrane._cli.global_options import GLOBAL_OPTIONS

_TRUE = frozenset({"1", "t", "T", "true", "TRUE", "True"})
_FALSE = frozenset({"0", "f", "F", "false", "FALSE", "False"})
_CONTEXT = {
    "help_option_names": ["-h", "--help"],
    "token_normalize_func": lambda name: name.replace("_", "-"),
}


class UnknownCommandError(click.UsageError):
    """A word that is no command; `hint` names those it may have meant."""

    def __init__(self, word: str, context: click.Context, hint: str | None) -> None:
        super().__init__(f"unknown command {word!r} for {context.command_path}", context)
        self.hint = hint


class Command(click.Command):
    """A command that takes the global options too.

    `examples` are lines for the end of its help; `differences` is what its manual page says about where it
    is not as crane; both are plain text, in paragraphs.
    """

    def __init__(self, *args: Any, examples: str = "", differences: str = "", **settings: Any) -> None:
        settings["context_settings"] = {**_CONTEXT, **(settings.get("context_settings") or {})}
        super().__init__(*args, **settings)
        self.examples = examples
        self.differences = differences

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """The command's own parameters, --help, and the global options that it does not have itself."""
        return [*super().get_params(ctx), *self.global_options]

    @property
    def global_options(self) -> list[click.Option]:
        """The options that every command has, less those that mean something else here."""
        own = {name for param in self.params for name in param.opts}
        return [option for option in GLOBAL_OPTIONS if own.isdisjoint(option.opts)]

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the arguments, among them `--flag=true` and `--flag=false` for switches."""
        return super().parse_args(ctx, _plain_switches(self.get_params(ctx), args))

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the command's options, then those that every command has."""
        for title, params in (("Options", super().get_params(ctx)), ("Global options", self.global_options)):
            options = (param for param in params if isinstance(param, click.Option))
            rows = [row for option in options if (row := option.get_help_record(ctx))]
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples as they stand."""
        super().format_epilog(ctx, formatter)
        if self.examples:
            with formatter.section("Examples"):
                for line in self.examples.strip().splitlines():
                    formatter.write(f"{line and '  '}{line}\n")


class Group(Command, click.Group):
    """A group of commands. Called without a command it shows its help."""

    command_class = Command
    group_class = type

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands before the options: they are what one looks for."""
        self.format_commands(ctx, formatter)
        Command.format_options(self, ctx, formatter)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the first word names. Raises UnknownCommandError, which says what may be meant."""
        command = self.get_command(ctx, args[0])
        if command is None and not ctx.resilient_parsing and not args[0].startswith("-"):
            raise UnknownCommandError(args[0], ctx, self.suggestion(ctx, args[0]))
        return args[0] if command else None, command, args[1:]

    def suggestion(self, ctx: click.Context, word: str) -> str | None:
        """What to try instead of a word that is no command."""
        from difflib import get_close_matches

        close = get_close_matches(word, self.list_commands(ctx), cutoff=0.5)
        return f"did you mean {' or '.join(close)}?" if close else None


class LazyGroup(Group):
    """A group whose commands are known by name and summary; their modules are imported to run them."""

    def __init__(
        self,
        *args: Any,
        summaries: Mapping[str, str],
        aliases: Mapping[str, str],
        elsewhere: Mapping[str, str],
        **settings: Any,
    ) -> None:
        super().__init__(*args, **settings)
        self.summaries = summaries
        self.aliases = aliases
        self.elsewhere = elsewhere

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of the commands, without aliases."""
        return list(self.summaries)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of this name or alias, imported; None if there is none."""
        name = self.aliases.get(cmd_name, cmd_name)
        if name not in self.summaries:
            return None
        from importlib import import_module

        command: click.Command = getattr(import_module(f"pycrane._cli.commands.{name}"), name)
        command.short_help = self.summaries[name]
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write names and summaries, nothing imported."""
        shown = {name: name for name in self.summaries}
        for alias, name in self.aliases.items():
            shown[name] += f", {alias}"
        with formatter.section("Commands"):
            formatter.write_dl([(shown[name], summary) for name, summary in self.summaries.items()])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete names with their summaries, nothing imported; then the options."""
        names = [
            CompletionItem(name, help=summary)
            for name, summary in self.summaries.items()
            if name.startswith(incomplete)
        ]
        return names + click.Command.shell_complete(self, ctx, incomplete)

    def suggestion(self, ctx: click.Context, word: str) -> str | None:
        """What to try instead: the word's name here if another program has it, else what looks alike."""
        if word in self.elsewhere:
            return f"here it is pycrane {self.elsewhere[word]}"
        return super().suggestion(ctx, word)


def command_context(command: click.Command, parent: click.Context | None, name: str) -> click.Context:
    """A context to show a command's help in, nothing parsed."""
    return command.context_class(command, parent=parent, info_name=name, **command.context_settings)


def _plain_switches(params: list[click.Parameter], args: list[str]) -> list[str]:
    """Turn `--switch=true` into `--switch`, and let `--switch=false` take back those before it."""
    switches = {
        name: option
        for option in params
        if isinstance(option, click.Option) and option.is_flag
        for name in option.opts
    }
    plain: list[str] = []
    for position, arg in enumerate(args):
        if arg == "--":
            return plain + args[position:]
        name, equals, value = arg.partition("=")
        if not equals or name not in switches:
            plain.append(arg)
        elif value in _TRUE:
            plain.append(name)
        elif value in _FALSE and switches[name].secondary_opts:
            plain.append(switches[name].secondary_opts[0])
        elif value in _FALSE:
            plain = [kept for kept in plain if kept not in switches[name].opts]
        else:
            raise click.BadOptionUsage(name, f"{name} is true or false, found {value!r}")
    return plain
