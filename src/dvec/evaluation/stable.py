"""Formulas as they are computed: log(sum(exp(x))) as typed overflows at 1000, where softmax and its kin do not.

May import core, operations and rewrite.
"""

from __future__ import annotations

from dvec.core.node import Node, make, postorder
from dvec.operations.entrywise import EXP, SIGMOID, SOFTPLUS
from dvec.operations.reductions import LOGSUMEXP, SOFTMAX
from dvec.rewrite import rules  # noqa: F401  # pyright: ignore[reportUnusedImport]  (it fills the table of rules)
from dvec.rewrite.canonical import Canonical

_STABLE = frozenset([LOGSUMEXP, SOFTMAX, SOFTPLUS, SIGMOID])


def stable(formula: Node) -> Node:
    """The formula as it is, but for parts in whose canonical form logsumexp, softmax, softplus or sigmoid appears."""
    nodes = list(postorder(formula))
    if all(node.op is not EXP for node in nodes):
        return formula
    canonical = Canonical()
    found: dict[Node, Node] = {}
    count: dict[Node, int] = {}
    for node in nodes:
        args = tuple(found[arg] for arg in node.args)
        form = canonical(node)
        if _recognised(form, count) > sum(_recognised(arg, count) for arg in args) + (node.op in _STABLE):
            found[node] = form
        else:
            found[node] = node if args == node.args else make(node.op, args, node.params)
    return found[formula]


def _recognised(root: Node, count: dict[Node, int]) -> int:
    """How often the stable functions stand in a formula, written out."""
    for node in postorder(root, count.__contains__):
        if node not in count:
            count[node] = (node.op in _STABLE) + sum(count[arg] for arg in node.args)
    return count[root]
