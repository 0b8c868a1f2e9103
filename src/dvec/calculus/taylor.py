"""Taylor polynomials in matrix language: repeated differentials along one direction, no tensors.

May import core, operations, rewrite and the rest of calculus.
"""

from __future__ import annotations

from fractions import Fraction

from dvec.calculus.derivative import linear_map
from dvec.calculus.differentiate import expanded, unstructured
from dvec.calculus.linear_map import total
from dvec.core.algebra import ZERO, ZEROS
from dvec.core.errors import FormulaError
from dvec.core.node import Node, constant, substitute, variable
from dvec.rewrite.canonical import Canonical
from dvec.rewrite.shortest import Shortest

HIGHEST_ORDER = 12  # the terms grow quickly: nobody reads beyond


def is_zero(node: Node) -> bool:
    return node is ZERO or node.op is ZEROS


def taylor(formula: Node, X: Node, order: int, step: str) -> tuple[Node, Node]:
    """f(X + H) up to the power `order` in H, and H, a variable of the size of X.

    Source: Magnus & Neudecker, Matrix Differential Calculus, sec. 6.7 (d^k f is f's k-th differential at dX = H).
    """
    if not isinstance(order, int) or not 0 <= order <= HIGHEST_ORDER:  # pyright: ignore[reportUnnecessaryIsInstance]
        raise FormulaError(
            f"the order of a Taylor polynomial is a whole number from 0 to {HIGHEST_ORDER}, not {order!r}"
        )
    formula = expanded(formula)
    plain = unstructured(X)
    H = variable(step, X.rows, X.cols)
    ctx = Canonical()
    term = ctx(substitute(formula, {X: plain}))
    terms, factorial = [term], 1
    for k in range(1, order + 1):
        factorial *= k
        term = ctx(Shortest((), ctx)(ctx(linear_map(term, plain).applied(H))))
        terms.append(constant(Fraction(1, factorial)) * term)
    back = Canonical(ctx)
    shortened = [Shortest((), back)(back(substitute(t, {plain: X}))) for t in terms]
    return total(
        [t for t in shortened if not is_zero(t)] or shortened[:1], formula.size
    ), H  # in the order of the powers
