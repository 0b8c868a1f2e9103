"""`dvec eval FORMULA NAME=VALUE…`: the value of a formula for matrices in files or typed in.

May import click; the answers, when it runs.
"""

from __future__ import annotations

import sys
from typing import Any

import click

from dvec.cli.commands import BadInput, FormulaCommand
from dvec.cli.shown import as_json, json_numbers, table
from dvec.cli.values import read_values
from dvec.cli.verified import Check, check_of


@click.command("eval", cls=FormulaCommand)
@click.argument("formula")
@click.argument("values", nargs=-1, metavar="[NAME=VALUE]...", type=click.Path())
@click.option("--given", default="", metavar="DECL", help="Declarations: 'b: vector(n); S: matrix(n, n) symmetric'.")
@click.option("--json", "json", is_flag=True, help="Print one JSON object.")
def evaluate(formula: str, values: tuple[str, ...], given: str, json: bool) -> int:
    """The value of FORMULA for matrices in files or typed in.

    A VALUE is a file (.npy, .npz, .csv, .mtx), a matrix '[1,2;3,4]', a number (2.5, 1/3, inf), or - for what is piped
    in. Sizes may be given too: n=5. In a pipe the value is printed as .csv. A derivative inside the formula, diff(F,X),
    has been compared with finite differences of F.

    \b
    dvec eval "x'*A*x" A=A.npy x='[1;2]'
    dvec eval "inv(A)*b" A='[2,1;1,3]' b='[1;0]' --given "b: vector"
    """
    import dvec

    try:
        expr = dvec.parse(formula, given)
        value = expr.evaluate(read_values(values, expr.scope.variables))
    except ValueError as wrong:
        raise BadInput(str(wrong)) from None
    except ArithmeticError as wrong:
        raise BadInput(f"{formula} has no value here: {wrong}") from None
    return _print(expr, formula, value, _checked(expr), json)


def _checked(expr: Any) -> Check | None:
    """The check of the derivatives inside the formula, None where there are none: then nothing has been derived."""
    from dvec.answers.checking_values import has_inner, verify_inner

    return check_of(lambda: verify_inner(expr)) if has_inner(expr) else None


def _print(expr: Any, formula: str, value: Any, check: Check | None, json: bool) -> int:
    if json:
        shape = list(getattr(value, "shape", ()))
        everything = {"formula": formula, "shape": shape, "given": expr.given, "value": json_numbers(value)}
        click.echo(as_json({**everything, "verification": check.as_dict() if check else None}))
        if check is not None:
            check.complain()
    elif sys.stdout.isatty():
        from dvec.cli.terminal import show_value

        show_value(expr, value, check)
    elif check is not None:
        check.show(table(value))
    else:
        click.echo(table(value))
    return check.status if check is not None else 0
