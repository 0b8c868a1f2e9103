"""Answers on a terminal, with rich: the formula, what was found, and what a reader can check it by.

May import rich, and the answers' expressions.
"""

from __future__ import annotations

import sys
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from dvec.answers.expr import Expr
from dvec.cli.verified import Check


def show_derivative(found: Any, steps: list[Any] | None, code: str | None, check: Check, *, latex: bool) -> None:
    """The formula, its derivative, how it is derived, its size and layout, and how it was checked."""
    console = Console(highlight=False)
    console.print()
    console.print(_equation(_operator(found), _readable(found.formula), _readable(found.expr), check))
    console.print()
    if steps:
        console.print(_derivation(steps))
        console.print()
    console.print(_facts(found, check))
    if latex:
        _block(console, "LaTeX", Text(found.latex))
    if code is not None:
        _block(console, "code", Syntax(code.rstrip("\n"), "python", background_color="default"))
    console.print()


def show_simplified(expr: Any, found: Any, check: Check, *, latex: bool) -> None:
    """The formula and its shortest form, and how they were compared."""
    console = Console(highlight=False)
    console.print()
    console.print(_equation("", _readable(expr), _readable(found), check))
    console.print()
    console.print(Padding(_verdict(check), (0, 0, 0, 2), expand=False))
    if latex:
        _block(console, "LaTeX", Text(found.latex))
    console.print()


def show_value(expr: Any, value: Any, check: Check | None) -> None:
    """The formula and its value, and how derivatives inside the formula were checked."""
    console = Console(highlight=False)
    console.print()
    console.print(_equation("", _readable(expr), drawing(value), check))
    if shape := getattr(value, "shape", ()):
        console.print(Padding(Text(_size((*shape, 1)[:2]), style="dim"), (1, 0, 0, 2), expand=False))
    if check is not None:
        console.print(Padding(_verdict(check), (1, 0, 0, 2), expand=False))
    console.print()


_MOST_ROWS, _MOST_COLUMNS = 16, 8


def drawing(value: Any) -> str:
    """A number, or a matrix in brackets, its middle left out where it is large.

    >>> print(drawing([[1.0, 0.25], [-2.0, 10.0]]))
    ⎡ 1  0.25⎤
    ⎣-2    10⎦
    """
    rows = value.tolist() if hasattr(value, "tolist") else value
    if not isinstance(rows, list):
        return _short(rows)
    table: list[list[Any]] = [row if isinstance(row, list) else [row] for row in rows]
    cells = [_middle_out([_short(x) for x in row], _MOST_COLUMNS, "…") for row in table]
    cells = _middle_out(cells, _MOST_ROWS, ["⋮"] * len(cells[0]))
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = ["  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in cells]
    last = len(lines) - 1
    left, right = zip(*(_brackets(at, last) for at in range(len(lines))), strict=True)
    return "\n".join(f"{a}{line}{b}" for a, line, b in zip(left, lines, right, strict=True))


def _brackets(at: int, last: int) -> str:
    return "[]" if not last else "⎡⎤" if at == 0 else "⎣⎦" if at == last else "⎢⎥"


def _middle_out(items: list[Any], most: int, stand_in: Any) -> list[Any]:
    if len(items) <= most:
        return items
    half = most // 2
    return [*items[:half], stand_in, *items[-half:]]


def _short(value: Any) -> str:
    return f"{value.real:.6g}{value.imag:+.6g}i" if isinstance(value, complex) else f"{value:.6g}"


def _size(shape: Any) -> str:
    return " × ".join(str(side).replace("*", "·").replace("^2", "²") for side in shape)


def _readable(expr: Any) -> str:
    """In Unicode, where the terminal can show it."""
    try:
        expr.unicode.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return expr.text
    return expr.unicode


def _operator(found: Any) -> str:
    """∂/∂U, ∂²/∂x∂x' and the like."""
    result, scope = found.result, found.formula.scope
    first = _readable(Expr(result.target, scope))
    if result.order == 1:
        return f"∂/∂{first}"
    second = first if result.second is None else _readable(Expr(result.second, scope))
    return f"∂²/∂{first}∂{second}" + ("ᵀ" if second == first else "")


def _equation(operator: str, formula: str, answer: str, check: Check | None) -> RenderableType:
    """The formula, and below it what it is equal to, one under the other."""
    style = "bold green" if check is None or check.ok else "bold red" if check.refuted else "bold yellow"
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True, justify="right")
    grid.add_column(overflow="fold")
    grid.add_row(Text(operator, style="cyan"), Text(formula))
    grid.add_row()
    grid.add_row(Text("=", style="cyan"), Text(answer, style=style))
    return Padding(grid, (0, 0, 0, 2), expand=False)


def _derivation(steps: list[Any]) -> RenderableType:
    """Each step with its rule beside it, or below where the window is narrow."""
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(justify="right", style="dim")
    grid.add_column(overflow="fold")
    for number, step in enumerate(steps, 1):
        grid.add_row(str(number), Text(step.rule, style="dim"))
        grid.add_row("", Text(_readable(step)))
    return Padding(grid, (0, 0, 0, 2), expand=False)


def _facts(found: Any, check: Check) -> RenderableType:
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True, style="dim")
    grid.add_column(overflow="fold")
    for name, value in (
        ("size", _size(found.shape) or "a scalar"),
        ("where", found.given.replace("; ", "\n")),
        ("layout", found.convention),
    ):
        grid.add_row(name, Text(value))
    grid.add_row("check", _verdict(check))
    return Padding(grid, (0, 0, 0, 2), expand=False)


def _verdict(check: Check) -> RenderableType:
    if check.ok:
        return Text("✓ ", style="green").append(check.sentence, style="default")
    if check.refuted:
        return Text(f" {check.sentence} ", style="bold white on red")
    return Text(check.sentence, style="bold yellow")


def _block(console: Console, title: str, content: RenderableType) -> None:
    """Something to copy: nothing before it on its lines, and no line broken."""
    console.print(Group(Text(), Text(f"  {title}", style="dim")))
    console.print(content, soft_wrap=True)
