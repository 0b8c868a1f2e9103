"""What all laws have in common.

May import core, operations and canonical.
"""

from __future__ import annotations

from dvec.core.algebra import ONES, PRODUCT, TRANSPOSE, ones
from dvec.core.node import Node, make
from dvec.operations.constants import UNIT
from dvec.rewrite.canonical import split_factors

Answer = tuple[Node, bool]  # a formula, and whether it is canonical already


def outer(node: Node) -> tuple[Node, Node] | None:
    """The column u and the row v' of a product u v'"""
    if node.op is ONES:
        return ones(node.rows, 1), ones(1, node.cols)
    _, _, chain = split_factors(node)
    at = next((k for k, f in enumerate(chain[:-1], 1) if f.cols == 1), 0)
    return (make(PRODUCT, node.args[: at - len(chain)]), make(PRODUCT, tuple(chain[at:]))) if at else None


def t(node: Node) -> Node:
    """The transpose, not in canonical form."""
    return make(TRANSPOSE, (node,))


def is_unit(node: Node) -> bool:
    """Whether it is a column or a row of the identity."""
    return node.op is UNIT or (node.op is TRANSPOSE and node.args[0].op is UNIT)
