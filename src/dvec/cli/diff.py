"""`dvec diff FORMULA WRT`: a derivative in closed form, verified, as text, LaTeX, code or JSON.

May import click; the answers, when it runs.
"""

from __future__ import annotations

import sys
from typing import Any

import click

from dvec.cli import entries as explicit
from dvec.cli.commands import ROUTES, BadInput, FormulaCommand
from dvec.cli.completion import TARGETS, layouts, structures, targets, variables
from dvec.cli.shown import as_json, derivative_object, kinds, sizes
from dvec.cli.verified import check_of, start_numpy_lightly, worse


@click.command(cls=FormulaCommand)
@click.argument("formula")
@click.argument("wrt", shell_complete=variables)
@click.option("--given", default="", metavar="DECL", help="Declarations: 'b: vector(n); S: matrix(n, n) symmetric'.")
@click.option("--layout", metavar="L", shell_complete=layouts,
              help="mixed (default), vec, block, numerator, denominator, or a pattern: '(i b) (a j)'.")  # fmt: skip
@click.option("--order", type=int, default=1, metavar="K", help="2 for a Hessian, or for the pair WRT = U,V.")
@click.option("--structure", default="projected", metavar="C", shell_complete=structures,
              help="By a symmetric (diagonal, …) variable: projected (default), free or ignore.")  # fmt: skip
@click.option("--steps", type=click.Choice(ROUTES), metavar="[ROUTE]",
              help="Show the derivation: by differentials (default), or from entries to the whole.")  # fmt: skip
@click.option("--code", metavar="TARGET", shell_complete=targets, help=f"Print source text: {', '.join(TARGETS)}.")
@click.option("--latex", is_flag=True, help="Print LaTeX.")
@click.option("--json", "json", is_flag=True, help="Print one JSON object with everything.")
def diff(formula: str, wrt: str, given: str, layout: str | None, **options: Any) -> int:
    """The derivative of FORMULA by WRT in closed form, compared with finite differences before it is shown.

    WRT is a variable, an entry, row or column of one (U[i,a], U[i,:]), its transpose (X'), or, with --order 2, a pair
    of variables (U,V). In a pipe the answer alone is printed, as text that reads back as a formula.

    WRT may also be an explicit matrix of scalars, "[x; y]": then FORMULA is one too, and the layout block unless named.

    \b
    dvec diff "norm2(U*V' - Y)^2 + lambda/2*(norm2(U)^2 + norm2(V)^2)" U
    dvec diff "log(det(X))" X --given "X: matrix(n, n) symmetric positive definite"

    Exit status: 0 verified, 1 not verified or wrong, 2 bad input.
    """
    try:
        if explicit.is_explicit(formula, wrt, given):
            if given.strip():
                raise BadInput(
                    "declarations are for formulas in matrices: in an explicit matrix every name is a scalar"
                )
            return _of_entries(formula, wrt, layout, options)
        return _of_formula(formula, wrt, given, layout or "mixed", options)
    except ValueError as wrong:  # FormulaError, DataError, NotDifferentiable
        raise BadInput(str(wrong)) from None


def _of_formula(formula: str, wrt: str, given: str, layout: str, options: dict[str, Any]) -> int:
    start_numpy_lightly()
    import dvec
    from dvec.answers.calls import typed

    named, order = parts(wrt), options["order"]
    found = dvec.diff(typed(formula, named, given, order), named, "", layout, order, options["structure"])
    code = found.code(options["code"]) if options["code"] else None
    long = (found.result.formula, found.result.node) * order  # second differences take twice as long
    check = check_of(found.verify, of=long)
    steps = found.derivation(by=options["steps"]) if options["steps"] else None
    if check.ok and steps:
        check = worse(check, check_of(lambda: _steps_verified(found, steps, options["steps"]), "the steps"))
    if options["json"]:
        scope = found.formula.scope
        everything = derivative_object(
            found, formula, wrt, order=found.result.order, given=found.given, sizes=sizes(scope), kinds=kinds(scope),
            steps=steps, code=code, verification=check.as_dict(),
        )  # fmt: skip
        click.echo(as_json(everything))
        check.complain()
    elif sys.stdout.isatty():
        from dvec.cli.terminal import show_derivative

        show_derivative(found, steps, code, check, latex=options["latex"])
    else:
        check.show(_text(found, steps, code, options["latex"]), found.text)
    return check.status


def _steps_verified(found: Any, steps: list[Any], route: str) -> Any:
    if route == ROUTES[0]:
        return found.verify_steps()
    from dvec.answers.checking_values import verify_entry_steps

    return verify_entry_steps(found.formula, steps)


def parts(wrt: str) -> str | tuple[str, ...]:
    """'U,V' is a pair; the comma in 'U[i,a]' sets nothing apart.

    >>> parts("U,V"), parts("U[i,a]"), parts("U[i,:], V")
    (('U', 'V'), 'U[i,a]', ('U[i,:]', 'V'))
    """
    found, depth = [""], 0
    for letter in wrt:
        depth += {"[": 1, "(": 1, "]": -1, ")": -1}.get(letter, 0)
        if letter == "," and not depth:
            found.append("")
        else:
            found[-1] += letter
    return wrt if len(found) == 1 else tuple(part.strip() for part in found)


def _text(found: Any, steps: list[Any] | None, code: str | None, latex: bool) -> str:
    """The answer alone, or behind its steps."""
    lines = [
        f"{number}. {step.rule}\n   {step.latex if latex else step.text}" for number, step in enumerate(steps or [], 1)
    ]
    if steps:
        lines.append("")
    if latex or code is None:
        lines.append(found.latex if latex else found.text)
    if code is not None:
        lines.append(code.rstrip("\n"))
    return "\n".join(lines)


def _of_entries(formula: str, wrt: str, layout: str | None, options: dict[str, Any]) -> int:
    steps, code = bool(options["steps"]), options["code"]
    found = explicit.explicit_derivative(formula, wrt, layout, options["order"])
    check = check_of(found.verify)
    if options["json"]:
        everything = explicit.as_json(found, formula, wrt, steps=steps, code=code, verify=False)
        click.echo(as_json({**everything, "verification": check.as_dict()}))
        check.complain()
        return check.status
    wide = sys.stdout.isatty()
    answer = explicit.shown(found, steps=steps, latex=options["latex"], code=code, wide=wide)
    return check.show(f"{answer}\n\n{found.convention}" if wide else answer, found.text)
