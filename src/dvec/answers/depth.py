"""How deep a typed formula is nested: one whose derivative would not come within seconds is refused at once.

May import core and operations.
"""

from __future__ import annotations

from functools import cache

from dvec.answers.expr import Expr
from dvec.core.algebra import ADD, POWER
from dvec.core.errors import FormulaError
from dvec.core.node import CONSTANT, Node, Op, postorder, variable

DEEPEST = 95_000
"""Operations nested in one another, those that their derivatives add among them. So many take about 5 s with the check:
sin(sin(…)) of 47,000 levels, tanh(A*tanh(…)) of 10,000, a^(a^(…)) of 2,500, x.^(x.^(…)) of 400 for its Jacobian."""
_SHORT = 1500  # letters, in which nothing so deep is written
_OF_SUMS = 0.5
_OF_TOWERS = 40  # a power is differentiated by base and by exponent, and the exponents of all levels add up
_OF_TOWERS_BY_MATRICES = 250  # each term of the Jacobian is a product of matrices
_OF_OTHERS = 4


def refuse_deep(formula: Expr) -> None:
    """Refuses what was typed too deep to be differentiated in time; what was built in Python may be of any depth."""
    if formula.source is None or len(formula.source) < _SHORT:
        return
    towers = _OF_TOWERS if formula.node.scalar else _OF_TOWERS_BY_MATRICES
    depth: dict[Node, float] = {}
    for node in postorder(formula.node):
        depth[node] = max([depth[arg] for arg in node.args], default=0) + _weight(node, towers)
    if depth[formula.node] > DEEPEST:
        raise FormulaError(
            "functions or powers are nested too deep in this formula for its derivative to be found within seconds: "
            "differentiate a part of it"
        )


def _weight(node: Node, towers: int) -> float:
    """About how many operations the derivative of one operation adds."""
    op = node.op
    if op is ADD:
        return _OF_SUMS
    if op is POWER and node.args[1].op is not CONSTANT:
        return towers
    if op.derivative is not None:
        return _of_function(op)
    return _OF_OTHERS if op.einsum is None else 0  # what is linear in one argument is its own derivative


@cache
def _of_function(op: Op) -> int:
    assert op.derivative is not None
    return 1 + sum(bool(node.args) for node in postorder(op.derivative(variable("x"))))
