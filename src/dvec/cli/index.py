"""`dvec index FORMULA`: a formula entry by entry, in index notation.

May import click; the answers, when it runs.
"""

from __future__ import annotations

from typing import Any

import click

from dvec.cli.commands import BadInput, FormulaCommand
from dvec.cli.verified import VALUES, check_of


@click.command(cls=FormulaCommand)
@click.argument("formula")
@click.option("--given", default="", metavar="DECL", help="Declarations: 'b: vector(n); S: matrix(n, n) symmetric'.")
def index(formula: str, given: str) -> int:
    """FORMULA entry by entry, with free indices i (row) and j (column).

    What is printed has been read back and compared with FORMULA at random points.

    \b
    dvec index "U*V'"
    """
    import dvec

    try:
        expr = dvec.parse(formula, given)
        found = dvec.index_form(expr)
    except ValueError as wrong:
        raise BadInput(str(wrong)) from None
    return check_of(lambda: _verified(expr, found), agreement=VALUES).show(found)


def _verified(expr: Any, found: str) -> Any:
    from dvec.answers.checking_values import verify_index

    return verify_index(expr, found)
