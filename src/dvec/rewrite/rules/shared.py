"""What all laws have in common.

May import core.
"""

from __future__ import annotations

from dvec.core.algebra import TRANSPOSE
from dvec.core.node import Node, make

Answer = tuple[Node, bool]  # a formula, and whether it is canonical already


def t(node: Node) -> Node:
    """The transpose, not in canonical form."""
    return make(TRANSPOSE, (node,))
