"""`dvec taylor FORMULA WRT --order K`: the Taylor polynomial of a formula, in matrix language.

May import click; the answers, when it runs.
"""

from __future__ import annotations

from typing import Any

import click

from dvec.cli.commands import BadInput, FormulaCommand
from dvec.cli.completion import variables
from dvec.cli.verified import check_of


@click.command(cls=FormulaCommand)
@click.argument("formula")
@click.argument("wrt", shell_complete=variables)
@click.option("--order", type=int, required=True, metavar="K", help="The highest power of the step.")
@click.option("--step", default="h", metavar="NAME", help="What the step is called: h.")
@click.option("--given", default="", metavar="DECL", help="Declarations: 'b: vector(n); S: matrix(n, n) symmetric'.")
@click.option("--latex", is_flag=True, help="Print LaTeX.")
def taylor(formula: str, wrt: str, order: int, step: str, given: str, latex: bool) -> int:
    """The Taylor polynomial of FORMULA at WRT + h, up to a power of the step h.

    Each term has been compared with finite differences of the one before, the first with those of FORMULA.

    \b
    dvec taylor "logdet(X)" X --order 2 --step H
    """
    import dvec

    try:
        expr = dvec.parse(formula, given)
        found = dvec.taylor(expr, wrt, order, step)
    except ValueError as wrong:
        raise BadInput(str(wrong)) from None
    check = check_of(lambda: _verified(expr, wrt, order, step, found))
    return check.show(found.latex if latex else found.text)


def _verified(expr: Any, wrt: str, order: int, step: str, found: Any) -> Any:
    from dvec.answers.checking_values import verify_taylor

    return verify_taylor(expr, wrt, order, step, found)
