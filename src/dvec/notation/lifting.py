"""Index sums in matrix notation: sum(i,j: (sum(a: U[i,a]*V[j,a]) - Y[i,j])^2) is norm2(U*V' - Y)^2.

May import core and operations. Inside a sum an index is a unit vector whose position is an `Axis`. Every part of the
formula becomes a sum of networks of matrices (lifting_rules), which are contracted where something else than a product
or a sum asks for their value (lifting_contract).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

from dvec.core.errors import FormulaError
from dvec.core.node import VARIABLE, Node, postorder, variable
from dvec.notation.lifting_contract import contracted
from dvec.notation.lifting_layout import same_axes, taken_together
from dvec.notation.lifting_rules import RULES, collapsed, entrywise_rule, leaf
from dvec.notation.lifting_terms import Axis, Side, Tensor, size_of
from dvec.operations.constants import UNIT

_numbers = count()


class Lifting:
    """Lifts the sums of one text, inner ones first."""

    def __init__(self) -> None:
        self._indexed: dict[Node, bool] = {}
        self._tensors: dict[Node, Tensor] = {}

    def sum(self, body: Node, indices: Sequence[Axis]) -> Node:
        """The sum of a formula over indices."""
        tensor = self._tensor(body).fresh()
        if len(tensor.terms) > 1:
            terms = [contracted(term) for term in tensor.terms]
            if all(len(term.factors) == 1 for term in terms) and same_axes([term.factors[0] for term in terms]):
                tensor = collapsed(tensor)  # sum(A - B) rather than sum(A) - sum(B)
        return self._node(tensor.over(indices))

    def matrix(self, body: Node, row: Axis, col: Axis | None = None) -> Node:
        """The matrix (without `col` the column) whose entries a formula gives."""
        tensor = self._tensor(body)
        return self._node(Tensor((row,), (col,) if col is not None else (), tensor.terms))

    def _node(self, tensor: Tensor) -> Node:
        """The tensor as a node; while it depends on indices of sums further out, a name that stands for it."""
        own: Side = tensor.rows + tensor.cols
        if all(axis in own for axis in tensor.axes):
            return taken_together([contracted(term) for term in tensor.terms], tensor.rows, tensor.cols)
        name = variable(f"#{next(_numbers)}", size_of(tensor.rows), size_of(tensor.cols))
        self._indexed[name] = True
        self._tensors[name] = tensor
        return name

    def _tensor(self, root: Node) -> Tensor:
        self._find_indexed(root)
        if not self._indexed[root]:
            return leaf(root)
        tensors, indexed = self._tensors, self._indexed
        for node in postorder(root, lambda node: node in tensors or not indexed[node]):
            args = [tensors[arg].fresh() if indexed[arg] else leaf(arg) for arg in node.args]
            rule = RULES.get(node.op) or (entrywise_rule if node.op.derivative is not None else None)
            if rule is None:
                raise FormulaError(
                    f"an index inside {node.op.name} has no matrix form: only sums, products, powers, norms "
                    "and functions taken to every entry may depend on an index"
                )
            tensors[node] = rule(node, args, tensors)
        return tensors[root]

    def _find_indexed(self, root: Node) -> None:
        """Finds out which parts depend on an index of a sum."""
        for node in postorder(root, self._indexed.__contains__):
            here = node.op is UNIT and isinstance(node.params[1], Axis)
            self._indexed[node] = here or (node.op is not VARIABLE and any(self._indexed[arg] for arg in node.args))
