"""How deep a typed formula is nested: one whose derivative would not come within seconds is refused at once.

May import core and operations.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import NamedTuple

from dvec.core.algebra import POWER, PRODUCT
from dvec.core.errors import FormulaError
from dvec.core.node import CONSTANT, Node, Op, postorder, variable, variables_of
from dvec.operations.derivative import DERIVATIVE

DEEPEST = {1: 95_000, 2: 40_000}
"""Operations nested in one another, those that their derivatives add among them, for each order. A first derivative
of so many takes some 5 s: sin(sin(…)) of 47,000 levels, tanh(A*tanh(…)) of 10,000, a^(a^(…)) of 2,300, x.^(x.^(…)) of
380 for its Jacobian. A second derivative takes some 3 s: sin(sin(…)) of 1,500 levels, tanh(A*tanh(…)) of 180,
a^(a^(…)) of 120, a product of 40 factors that all vary, 1/(a + 1/(a + …)) of 20, x.^(x.^(…)) of 16."""
ON_A_COMMAND_LINE = {1: 30_000, 2: 40_000}  # there it is shown and checked too within 5 s
_SHORT = 500  # letters: the first derivative of shorter text comes in time


class _Weights(NamedTuple):
    """What one operation adds, measured on towers of it."""

    one_part: float  # the derivative of a sum, or of a product of which one factor varies
    several_parts: float  # the product rule, or a power, which is a product with itself
    several_matrices: float  # the product rule for matrices, whose chains are written out
    tower: float  # a power is differentiated by base and by exponent, and the exponents of all levels add up
    tower_of_matrices: float  # each term of the Jacobian is a product of matrices
    function: float  # for each operation in its derivative
    abbreviation: float  # of a formula in which the argument stands more than once, as in softmax


_WEIGHTS = {
    1: _Weights(
        0.5, several_parts=6, several_matrices=100, tower=40, tower_of_matrices=250, function=1, abbreviation=300
    ),
    2: _Weights(
        200,
        several_parts=1000,
        several_matrices=1000,
        tower=330,
        tower_of_matrices=2500,
        function=13,
        abbreviation=2000,
    ),
}


def refuse_deep(
    formula: Node, source: str | None, targets: Iterable[Node], order: int, deepest: Mapping[int, int] = DEEPEST
) -> None:
    """Refuses what was typed too deep to be differentiated in time; what was built in Python, without a source, may be
    of any depth."""
    order = 2 if formula.holds(DERIVATIVE) or order not in (0, 1) else 1
    if source is None or (order == 1 and len(source) < _SHORT):
        return
    if _depth(formula, targets, order) > deepest[order]:
        what = "derivative" if order == 1 else "second derivative"
        raise FormulaError(
            f"functions, products or powers are nested too deep in this formula for its {what} to be found within "
            "seconds: differentiate a part of it, named by a letter, and put the parts together by the chain rule"
        )


def refuse_deep_inside(formula: Node, source: str) -> None:
    """Refuses derivatives inside what was typed, diff(F, X), of what is too deep for that."""
    for node in postorder(formula) if formula.holds(DERIVATIVE) else ():
        if node.op is DERIVATIVE:
            refuse_deep(node.args[0], source, node.args[1:], 1, ON_A_COMMAND_LINE)


def _depth(formula: Node, targets: Iterable[Node], order: int) -> float:
    """The operations on the deepest way from the variables differentiated by."""
    depth: dict[Node, float] = {X: 0 for target in targets for X in variables_of(target)}
    for node in postorder(formula):
        varying = [depth[arg] for arg in node.args if arg in depth]
        if varying:
            matrices = not (formula if order == 1 else node).scalar
            depth[node] = max(varying) + _added(node, len(varying), matrices, _WEIGHTS[order], order)
    return depth.get(formula, 0)


def _added(node: Node, varying: int, matrices: bool, weights: _Weights, order: int) -> float:
    """About how many operations the derivative of one operation adds."""
    if node.op is POWER and node.args[1].op is not CONSTANT:
        tower = weights.tower_of_matrices if matrices else weights.tower
        return tower if varying == 2 else tower / 2
    if node.op.derivative is not None:
        return weights.function * _of_function(node.op)
    if node.op.definition is not None and _paths(node) > 1:
        return weights.abbreviation
    if varying == 1 and node.op is not POWER:
        return weights.one_part
    several = weights.several_parts if 1 in node.size else weights.several_matrices
    return several * (varying - 1 if order == 2 and node.op is PRODUCT else 1)


def _paths(node: Node) -> int:
    """In how many ways the value of an abbreviation depends on an argument."""
    assert node.op.definition is not None
    root = node.op.definition(*node.args, *node.params)
    paths = {root: 1}
    for part in reversed(postorder(root, node.args.__contains__)):
        for arg in part.args:
            paths[arg] = paths.get(arg, 0) + paths[part]
    return max(paths.get(arg, 0) for arg in node.args)


@cache
def _of_function(op: Op) -> int:
    assert op.derivative is not None
    return 1 + sum(bool(node.args) for node in postorder(op.derivative(variable("x"))))
