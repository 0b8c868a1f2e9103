"""The group of commands, each loaded when it is called, and what commands on formulas share.

May import click and the errors.
"""

from __future__ import annotations

import os
import re
from importlib import import_module
from typing import IO, Any

import click

from dvec import __version__

_COMMANDS = {
    "diff": "dvec.cli.diff:diff",
    "eval": "dvec.cli.evaluate:evaluate",
    "simplify": "dvec.cli.simplify:simplify",
    "taylor": "dvec.cli.taylor:taylor",
    "index": "dvec.cli.index:index",
    "analyze": "dvec.cli.analyze:analyze",
    "completion": "dvec.cli.completion:completion",
}


ROUTES = ("differentials", "entries")


class BadInput(click.ClickException):
    """What was given cannot be worked with: a message on standard error, exit status 2."""

    exit_code = 2

    def show(self, file: IO[Any] | None = None) -> None:
        text = click.style("Error: ", fg="red", bold=True) + self.format_message()
        click.echo(text, file=file, err=True, color=False if os.environ.get("NO_COLOR") else None)


class _Commands(click.Group):
    """Commands by name; a command's module is imported when the command is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        place = _COMMANDS.get(cmd_name)
        if place is None:
            return None
        module, _, attribute = place.partition(":")
        return getattr(import_module(module), attribute)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in _COMMANDS and not ctx.resilient_parsing:
            raise click.UsageError(f"{args[0]!r} is no command: there are {', '.join(_COMMANDS)}.", ctx)
        return super().resolve_command(ctx, args)


class FormulaCommand(click.Command):
    """A command whose arguments may begin with a minus: in `dvec diff "-x'*x" x` the formula is no option.

    So there are no options of one letter, and an option that is not known is one only if it looks like a word.
    """

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.context_settings = {
            **self.context_settings, "ignore_unknown_options": True, "help_option_names": ["--help"],
        }  # fmt: skip

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args[-1:] == ["-h"]:  # anywhere else it may be a formula, minus h
            args = ["--help"]
        args = self._with_routes(args)
        if not ctx.resilient_parsing:
            self._refuse_unknown(ctx, args)
        return super().parse_args(ctx, args)

    def _with_routes(self, args: list[str]) -> list[str]:
        """`--steps` alone means by differentials; the word after it is its value only where it names a route."""
        joined: list[str] = []
        for arg in args:
            if joined and joined[-1] == "--steps" and arg in ROUTES:
                joined[-1] = f"--steps={arg}"
            else:
                joined.append(arg)
        return [f"--steps={ROUTES[0]}" if arg == "--steps" else arg for arg in joined]

    def _refuse_unknown(self, ctx: click.Context, args: list[str]) -> None:
        known = [option for param in self.get_params(ctx) for option in param.opts if option.startswith("--")]
        for arg in args:
            if arg == "--":
                return
            name = arg.partition("=")[0]
            if re.fullmatch(r"--[a-z][a-z-]+", name) and name not in known:
                from difflib import get_close_matches

                raise click.NoSuchOption(name, possibilities=get_close_matches(name, known) or None, ctx=ctx)


@click.command(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="dvec")
def dvec() -> None:
    """Matrix calculus you can trust: derivatives of matrix formulas in closed form, checked, with LaTeX and code.

    \b
    dvec diff "norm2(A*x - b)^2" x --given "b: vector"
    dvec eval "x'*A*x" A='[2,1;1,3]' x='[1;2]'
    """
