"""The derivation from one entry to a row to the whole: index sums first, matrices last.

May import every room but the faces.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from dvec.answers.derivation import Heads, Step, free_name, function_name, partial, written
from dvec.answers.expr import Expr
from dvec.calculus.differentiate import Result, differentiate, target_variable
from dvec.core.errors import FormulaError
from dvec.core.node import Node
from dvec.notation.index_form import entry_form
from dvec.notation.names import latex_name, unicode_name
from dvec.notation.printing import Printer, size_texts
from dvec.operations.constants import unit

_ROWS = "ijklrstuv"
_COLS = "abcdjklrst"


def by_entries(result: Result, formula: Expr, layout: str) -> list[Step]:
    """The formula in index sums; its derivative by one entry; by a row; by the whole variable, which is the answer.

    Raises `FormulaError` for second derivatives, and for formulas too long to be read in index notation.
    """
    if result.order != 1:
        raise FormulaError("the derivation by entries is for first derivatives: take the one by differentials")
    found: list[Step] = []
    for step in _steps(result, formula, layout):
        if not found or step.text != found[-1].text:
            found.append(step)
    return found


def _steps(result: Result, formula: Expr, layout: str) -> Iterator[Step]:
    F, X = result.formula, target_variable(result.target)
    name = function_name(F, formula)
    taken = {*formula.scope.variables, *formula.scope.sizes, name}
    row, col = _letters(F, taken)
    indexed, entry_of = _indexed(name, row, col), entry(F, row, col)
    yield _in_indices("the formula in index notation", indexed, entry_of, formula)
    a, b = _letters(X, taken | {row, col})
    by_one = differentiate(entry_of, entry(X, a, b), structure="ignore")
    heads = _heads(indexed, _indexed(X.params[0], a, b))
    yield replace(_in_indices("derivative by one entry", heads, by_one.node, formula), derivative=by_one)
    yield written("the sums as products of rows and columns", heads, by_one, formula)
    if result.target is not X:  # an entry or a row was asked for: there it ends
        part = partial(name, Printer().write(result.target))
        yield written("the part that was asked for", part, result, formula)
        return
    if F.scalar and a and b:
        heads = _heads(_indexed(name, "", ""), _indexed(X.params[0], a, ":"))
        yield written("gathered to a row", heads, differentiate(F, entry(X, a, ""), structure="ignore"), formula)
    heads = partial(name, X.params[0])
    whole = differentiate(F, X, layout=layout, structure="ignore")
    yield written("gathered to the whole" if F.scalar else f"gathered in the layout '{layout}'", heads, whole, formula)
    if result.structure is not None:
        yield written(result.structure.sentence, heads, result, formula)


def _letters(node: Node, taken: set[str]) -> tuple[str, str]:
    """Letters for the indices of a matrix that nothing else is called; "" for a side of 1."""
    row = free_name(_ROWS, taken) if node.rows != 1 else ""
    col = free_name(_COLS, taken | {row}) if node.cols != 1 else ""
    return row, col


def entry(node: Node, row: str, col: str) -> Node:
    """One entry of a formula; "" stands for a whole side."""
    if row:
        node = unit(node.rows, row).T @ node
    return node @ unit(node.cols, col) if col else node


def _indexed(name: str, row: str, col: str) -> Heads:
    """U[i,a] in three styles"""
    inside = ",".join(filter(None, (row, col)))
    if not inside:
        return name, unicode_name(name), latex_name(name)
    return f"{name}[{inside}]", f"{unicode_name(name)}[{inside}]", f"{latex_name(name)}_{{{inside}}}"


def _heads(of: Heads, by: Heads) -> Heads:
    return f"∂{of[0]}/∂{by[0]}", f"∂{of[1]}/∂{by[1]}", rf"\frac{{\partial {of[2]}}}{{\partial {by[2]}}}"


def _in_indices(rule: str, heads: Heads, node: Node, formula: Expr) -> Step:
    form = entry_form(node, size_texts(formula.scope.variables), formula.decimals)
    texts = f"{heads[0]} = {form.text}", f"{heads[1]} = {form.unicode}", f"{heads[2]} = {form.latex}"
    return Step(rule, *texts, right=node)
