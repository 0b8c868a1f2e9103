"""How deep a typed formula is nested: one whose derivative would not come within seconds is refused at once.

May import core, operations and the expressions of answers.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from dvec.answers.expr import Expr
from dvec.core.algebra import POWER
from dvec.core.errors import FormulaError
from dvec.core.node import CONSTANT, Node, Op, postorder, variable, variables_of

DEEPEST = 95_000
"""Operations nested in one another, those that their derivatives add among them. A derivative of so many takes some
5 s: sin(sin(…)) of 47,000 levels, tanh(A*tanh(…)) of 10,000, a^(a^(…)) of 2,300, x.^(x.^(…)) of 380 for its Jacobian.
A second derivative takes longer than what is counted here."""
SHORT = 1500  # letters: shorter text is not looked at

# What one operation adds, measured on towers of it.
_ONE_PART = 0.5  # the derivative of a sum, or of a product of which one factor varies
_SEVERAL_PARTS = 6  # the product rule
_TOWER = 40  # a power is differentiated by base and by exponent, and the exponents of all levels add up
_TOWER_OF_MATRICES = 250  # each term of the Jacobian is a product of matrices


def refuse_deep(formula: Expr, targets: Iterable[Node]) -> None:
    """Refuses what was typed too deep to be differentiated in time; what was built in Python may be of any depth."""
    if formula.source is None or len(formula.source) < SHORT:
        return
    tower = _TOWER if formula.node.scalar else _TOWER_OF_MATRICES
    depth: dict[Node, float] = {X: 0 for target in targets for X in variables_of(target)}
    for node in postorder(formula.node):
        varying = [depth[arg] for arg in node.args if arg in depth]
        if varying:
            depth[node] = max(varying) + _added(node, len(varying), tower)
    if depth.get(formula.node, 0) > DEEPEST:
        raise FormulaError(
            "functions or powers are nested too deep in this formula for its derivative to be found within seconds: "
            "differentiate a part of it"
        )


def _added(node: Node, varying: int, tower: int) -> float:
    """About how many operations the derivative of one operation adds."""
    if node.op is POWER and node.args[1].op is not CONSTANT:
        return tower if varying == 2 else tower / 2
    if node.op.derivative is not None:
        return _of_function(node.op)
    return _ONE_PART if varying == 1 else _SEVERAL_PARTS


@cache
def _of_function(op: Op) -> int:
    assert op.derivative is not None
    return 1 + sum(bool(node.args) for node in postorder(op.derivative(variable("x"))))
