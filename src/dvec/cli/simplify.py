"""`dvec simplify FORMULA`: a formula in its shortest form.

May import click; the answers, when it runs.
"""

from __future__ import annotations

import sys
from typing import Any

import click

from dvec.cli.commands import BadInput, FormulaCommand
from dvec.cli.shown import as_json, kinds, sizes
from dvec.cli.verified import VALUES, Check, check_of


@click.command(cls=FormulaCommand)
@click.argument("formula")
@click.option("--given", default="", metavar="DECL", help="Declarations: 'b: vector(n); S: matrix(n, n) symmetric'.")
@click.option("--latex", is_flag=True, help="Print LaTeX.")
@click.option("--json", "json", is_flag=True, help="Print one JSON object.")
def simplify(formula: str, given: str, latex: bool, json: bool) -> int:
    """FORMULA in its shortest form, compared with FORMULA at random points before it is shown.

    \b
    dvec simplify "inv(A)*A*x + x"
    dvec simplify "(A*S)'" --given "S: matrix symmetric"
    """
    import dvec

    try:
        expr = dvec.parse(formula, given)
        found = dvec.simplify(expr)
    except ValueError as wrong:
        raise BadInput(str(wrong)) from None
    check = check_of(lambda: _verified(expr, found), agreement=VALUES, of=(expr.node, found.node))
    if json:
        click.echo(as_json(_everything(found, formula, check)))
        check.complain()
    elif sys.stdout.isatty():
        from dvec.cli.terminal import show_simplified

        show_simplified(expr, found, check, latex=latex)
    else:
        check.show(found.latex if latex else found.text)
    return check.status


def _verified(expr: Any, found: Any) -> Any:
    from dvec.answers.checking_values import verify_rewriting

    return verify_rewriting(expr, found)


def _everything(found: Any, formula: str, check: Check) -> dict[str, Any]:
    return {
        "formula": formula,
        "shape": list(found.shape),
        "text": found.text,
        "unicode": found.unicode,
        "latex": found.latex,
        "given": found.given,
        "sizes": sizes(found.scope),
        "kinds": kinds(found.scope),
        "verification": check.as_dict(),
    }
