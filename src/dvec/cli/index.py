"""`dvec index FORMULA`: a formula entry by entry, in index notation.

May import click; the answers, when it runs.
"""

from __future__ import annotations

import click

from dvec.cli.commands import BadInput, FormulaCommand


@click.command(cls=FormulaCommand)
@click.argument("formula")
@click.option("--given", default="", metavar="DECL", help="Declarations: 'b: vector(n); S: matrix(n, n) symmetric'.")
def index(formula: str, given: str) -> int:
    """FORMULA entry by entry, with free indices i (row) and j (column).

    \b
    dvec index "U*V'"
    """
    import dvec

    try:
        click.echo(dvec.index_form(formula, given))
    except ValueError as wrong:
        raise BadInput(str(wrong)) from None
    return 0
