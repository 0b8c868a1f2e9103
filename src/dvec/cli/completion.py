"""Shell completion: `dvec completion SHELL` prints the script; what arguments and options complete to.

May import click; the answers, when a shell asks for the variables of a formula.
"""

from __future__ import annotations

import click

TARGETS = ("numpy", "latex")
_SHELLS = ("bash", "zsh", "fish")


@click.command()
@click.argument("shell", type=click.Choice(_SHELLS))
def completion(shell: str) -> int:
    """Print the script that completes dvec's commands in SHELL.

    \b
    bash:  dvec completion bash > ~/.dvec-complete.bash; echo '. ~/.dvec-complete.bash' >> ~/.bashrc
    zsh:   dvec completion zsh > ~/.dvec-complete.zsh; echo '. ~/.dvec-complete.zsh' >> ~/.zshrc
    fish:  dvec completion fish > ~/.config/fish/completions/dvec.fish
    """
    from click.shell_completion import get_completion_class

    from dvec.cli.commands import dvec

    found = get_completion_class(shell)
    assert found is not None
    click.echo(found(dvec, {}, "dvec", "_DVEC_COMPLETE").source())
    return 0


def layouts(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """The layouts that have names."""
    from dvec.core.layouts import NAMED

    return [name for name in NAMED if name.startswith(incomplete)]


def structures(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """What a derivative by a structured variable may mean."""
    from dvec.calculus.structure import CHOICES

    return [name for name in CHOICES if name.startswith(incomplete)]


def targets(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """The languages that code is written in."""
    return [name for name in TARGETS if name.startswith(incomplete)]


def variables(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """The variables of the formula typed so far."""
    import dvec

    try:
        names = dvec.parse(ctx.params.get("formula") or "", ctx.params.get("given") or "").scope.variables
    except ValueError:
        return []
    return [name for name in names if name.startswith(incomplete)]
