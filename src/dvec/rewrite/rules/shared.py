"""What all laws have in common.

May import core, operations and canonical.
"""

from __future__ import annotations

from dvec.core.algebra import PRODUCT, TRANSPOSE
from dvec.core.node import Node, constant, make
from dvec.operations.constants import UNIT
from dvec.rewrite.canonical import ones_apart, split_factors

Answer = tuple[Node, bool]  # a formula, and whether it is canonical already


def outer(node: Node) -> tuple[Node, Node] | None:
    """The column u and the row v' of a product u v'"""
    coefficient, scalars, chain = split_factors(node)
    apart = ones_apart(chain)
    at = next((k for k, f in enumerate(apart[:-1], 1) if f.cols == 1), 0)
    if not at:
        return None
    return make(PRODUCT, (constant(coefficient), *scalars, *apart[:at])), make(PRODUCT, tuple(apart[at:]))


def t(node: Node) -> Node:
    """The transpose, not in canonical form."""
    return make(TRANSPOSE, (node,))


def is_unit(node: Node) -> bool:
    """Whether it is a column or a row of the identity."""
    return node.op is UNIT or (node.op is TRANSPOSE and node.args[0].op is UNIT)
