"""`dvec taylor FORMULA WRT --order K`: the Taylor polynomial of a formula, in matrix language.

May import click; the answers, when it runs.
"""

from __future__ import annotations

import click

from dvec.cli.commands import BadInput, FormulaCommand


@click.command(cls=FormulaCommand)
@click.argument("formula")
@click.argument("wrt")
@click.option("--order", type=int, required=True, metavar="K", help="The highest power of the step.")
@click.option("--step", default="h", metavar="NAME", help="What the step is called: h.")
@click.option("--given", default="", metavar="DECL", help="Declarations: 'b: vector(n); S: matrix(n, n) symmetric'.")
@click.option("--latex", is_flag=True, help="Print LaTeX.")
def taylor(formula: str, wrt: str, order: int, step: str, given: str, latex: bool) -> int:
    """The Taylor polynomial of FORMULA at WRT + h, up to a power of the step h.

    \b
    dvec taylor "logdet(X)" X --order 2 --step H
    """
    import dvec

    try:
        found = dvec.taylor(formula, wrt, order, step, given)
    except ValueError as wrong:
        raise BadInput(str(wrong)) from None
    click.echo(found.latex if latex else found.text)
    return 0
