"""Where a transpose stands on the page: tanh(X)' rather than tanh(X'), and what was typed rather than its transpose.

May import core, operations, notation (for the length of printed text) and canonical.
"""

from __future__ import annotations

from collections.abc import Set

from dvec.core.algebra import ADD, HADAMARD, POWER, PRODUCT, TRANSPOSE
from dvec.core.node import Node, make, postorder, rebuild
from dvec.notation.length import MOST, Length
from dvec.rewrite.canonical import Canonical

LARGEST_TURNED = 300  # tokens; longer parts are left as they are
MOST_ROUNDS = 4  # a part that was turned may hold parts to be turned


def typed_parts(formula: Node, ctx: Canonical) -> set[Node]:
    """The parts of a canonical formula that an answer should show as they were typed, if it shows them."""
    # What stands inside a part that turned out to be canonical was not looked at: it is canonical too.
    return {ctx.memo.get(node, node) for node in postorder(formula) if _may_be_turned(node)}


def _may_be_turned(node: Node) -> bool:
    return node.op in (ADD, HADAMARD, POWER) or node.op.derivative is not None


def turned(root: Node, ctx: Canonical, typed: Set[Node], length: Length) -> Node:
    """The formula with transposes taken out of sums, entrywise products and functions: where that gives what was
    typed, or is shorter. Canonical forms have them inside."""
    holding = _transposes(root)
    if not holding[root]:
        return root
    for node in typed:
        ctx.adopted(node)

    def transpose(node: Node) -> Node | None:
        """The transpose, if it is better written than the node itself."""
        known = ctx.first.get(ctx.keys.transposed(node))
        if known is not None and known in typed:
            return known if node not in typed or node.rows == 1 else None
        if node in typed and node.rows != 1:
            return None
        if holding[node] < 2:
            return None  # one goes, one comes
        other = ctx(make(TRANSPOSE, (node,)))
        return other if length(make(TRANSPOSE, (other,))) < length(node) else None

    def change(node: Node) -> Node | None:
        if not holding[node]:
            return None
        if node.op.invariant and not node.args[0].scalar and length(node) <= LARGEST_TURNED:
            inner = node.args[0]
            other = ctx(make(TRANSPOSE, (inner,)))
            least = 2 if inner.op is PRODUCT else 1  # tr(G'*dX) is as good as tr(dX'*G), and stays
            return make(node.op, (other,), node.params) if length(inner) - length(other) >= least else None
        if node.scalar or not _may_be_turned(node) or length(node) > LARGEST_TURNED:
            return None
        other = transpose(node)
        return None if other is None else make(TRANSPOSE, (other,))

    for _ in range(MOST_ROUNDS):
        again = rebuild(root, change)
        if again is root:
            break
        root = again
        holding = _transposes(root)
    return root


def _transposes(root: Node) -> dict[Node, int]:
    """How many transposes the text of each part holds: of those with none nothing can be turned."""
    count: dict[Node, int] = {}
    for node in postorder(root):
        found = sum([count[a] for a in node.args]) if node.args else 0
        count[node] = min(found + (node.op is TRANSPOSE), MOST)
    return count
