"""How many tokens a formula takes in print, without printing it: text can be exponentially longer than the formula.

May import core and operations.
"""

from __future__ import annotations

from dvec.core.algebra import ADD, HADAMARD, POWER, PRODUCT, TRANSPOSE
from dvec.core.node import CONSTANT, VARIABLE, Node, postorder
from dvec.operations.matrix_functions import MATRIX_POWER

MOST = 10**9  # counts stop here


class Length:
    """Token counts of formulas, each node counted once."""

    def __init__(self) -> None:
        self._count: dict[Node, int] = {}

    def __call__(self, root: Node) -> int:
        found = self._count.get(root)
        if found is None:
            for node in postorder(root, self._count.__contains__):
                self._count[node] = min(self._tokens(node), MOST)
            found = self._count[root]
        return found

    def _tokens(self, node: Node) -> int:
        op, count = node.op, self._count
        if op is VARIABLE:
            return 1
        if op is CONSTANT:
            value = node.params[0]
            return 1 + 2 * (value.denominator != 1) + (value < 0)
        inside = sum([count[a] for a in node.args])
        if op is ADD:
            return inside + len(node.args) - 1 - sum(_negative(a) for a in node.args[1:])
        if op is PRODUCT or op is HADAMARD:
            total = inside + len(node.args) - 1
            for a in node.args:
                if a.op is ADD or (a.op is HADAMARD and len(node.args) > 1):
                    total += 2  # brackets
                elif a.op is CONSTANT and a.params[0] == -1:
                    total -= 2  # no number, and no sign of times
            return total
        if op is TRANSPOSE:
            return inside + 1 + 2 * (node.args[0].op in (ADD, PRODUCT))
        if op is POWER or op is MATRIX_POWER:
            return inside + 1 - 2 * _reciprocal(node) + 2 * (node.args[0].op in (ADD, PRODUCT, HADAMARD))
        return 2 + inside + len(node.args) + 2 * len(node.params)


def _negative(term: Node) -> bool:
    return term.op is PRODUCT and term.args[0].op is CONSTANT and term.args[0].params[0] == -1


def _reciprocal(node: Node) -> bool:
    return node.args[1].op is CONSTANT and node.args[1].params[0] == -1
