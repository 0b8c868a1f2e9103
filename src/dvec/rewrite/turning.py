"""Where a transpose stands on the page: tanh(X)' rather than tanh(X'), and what was typed rather than its transpose.

May import core, operations, notation (for the length of printed text) and canonical.
"""

from __future__ import annotations

from collections.abc import Set

from dvec.core.algebra import ADD, HADAMARD, POWER, PRODUCT, TRANSPOSE
from dvec.core.node import Node, make, postorder
from dvec.notation.length import MOST, Length
from dvec.operations.matrix_functions import INVERSE
from dvec.rewrite.canonical import Canonical

LARGEST_TURNED = 300  # tokens; longer parts are left as they are
MOST_ROUNDS = 4  # a part that was turned may hold parts to be turned


def typed_parts(formula: Node, ctx: Canonical) -> set[Node]:
    """The parts of a canonical formula that an answer should show as they were typed, if it shows them."""
    # What stands inside a part that turned out to be canonical was not looked at: it is canonical too.
    return {ctx.memo.get(node, node) for node in postorder(formula) if _may_be_turned(node)}


def _may_be_turned(node: Node) -> bool:
    return node.op in (ADD, HADAMARD, POWER, INVERSE) or node.op.derivative is not None


def turned(root: Node, ctx: Canonical, typed: Set[Node], length: Length) -> Node:
    """The formula with transposes taken out of sums, entrywise products, inverses and functions: where that gives what
    was typed or stands elsewhere in the formula, or is shorter. Canonical forms have them inside."""
    if not root.holds(TRANSPOSE):
        return root
    held: dict[Node, int] = {}  # the transposes in the text of each part that has some
    _count_transposes(root, held)
    for node in typed:
        ctx.adopted(node)
    present: Set[Node] = set()
    preferred: set[int] = set()  # keys of what is shown rather than its transpose, wherever either stands

    def was_typed(node: Node) -> bool:
        return node in typed or (node.op is INVERSE and node.args[0] in typed)

    def transpose(node: Node) -> Node | None:
        """The transpose, if it is better written than the node itself."""
        if (was_typed(node) and node.rows != 1) or ctx.keys.key(node) in preferred:
            return None
        key = ctx.keys.transposed(node)
        known = ctx.first.get(key)
        if known is not None and (
            key in preferred or was_typed(known) or (known in present and held.get(known, 0) < held[node])
        ):
            preferred.add(key)
            return known
        if held[node] < 2:
            return None  # one goes, one comes
        other = ctx(make(TRANSPOSE, (node,)))
        # Parts that were turned for other reasons than length must not turn what is around them.
        shorter = length(make(TRANSPOSE, (other,))) < min(length(node), length(ctx(node)))
        return other if shorter else None

    def change(node: Node) -> Node | None:
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
        new: dict[Node, Node] = {}
        order = postorder(root)
        present = set(order)
        for node in order:
            if not node.holds(TRANSPOSE):
                continue  # nothing can be turned
            args = tuple([new.get(a, a) for a in node.args])
            now = node if args == node.args else make(node.op, args, node.params)
            better = None
            if now.holds(TRANSPOSE):
                if now not in held:
                    _count_transposes(now, held)
                better = change(now)
            if better is not None:
                _count_transposes(better, held)
            new[node] = better or now
        if new.get(root, root) is root:
            break
        root = new[root]
    return root


def _count_transposes(root: Node, held: dict[Node, int]) -> None:
    transposes = TRANSPOSE.bit
    for node in postorder(root, lambda n: n in held or not n.held & transposes):
        held[node] = min(sum([held.get(a, 0) for a in node.args]) + (node.op is TRANSPOSE), MOST)
