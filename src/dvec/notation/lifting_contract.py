"""Summing over indices: one axis after the other leaves a network of matrices, as a product, a trace, a diagonal.

May import core and operations.
"""

from __future__ import annotations

from collections.abc import Sequence

from dvec.core.algebra import EYE, ONES, PRODUCT, ones
from dvec.core.node import Node
from dvec.notation.lifting_layout import column_of, identity, regrouped, spread
from dvec.notation.lifting_nodes import (
    diagonal_matrix,
    entrywise_product,
    square_of_norm,
    times,
    total,
    trace,
    turn,
)
from dvec.notation.lifting_terms import Axis, Factor, Side, Term
from dvec.operations.constants import size_constant
from dvec.operations.structure import diagonal, khatri

_GROUPED = 1000  # what joined axes cost: they are summed last


def contracted(term: Term) -> Term:
    """The same value with nothing left to be summed."""
    network = _Network(term)
    while network.summed:
        network.step()
    network.tidy()
    return Term(tuple(network.scalars), tuple(network.factors))


class _Network:
    def __init__(self, term: Term) -> None:
        self.scalars = list(term.scalars)
        self.factors = list(term.factors)
        self.summed = dict.fromkeys(axis for factor in term.factors for axis in factor.axes if axis in term.summed)
        self.scalars += [size_constant(axis.size) for axis in term.summed if axis not in self.summed]

    def step(self) -> None:
        """Sums over one axis, or makes the network simpler."""
        self.tidy()
        touching: dict[Axis, list[Factor]] = {axis: [] for axis in self.summed}
        for factor in self.factors:
            for axis in factor.axes:
                if axis in touching:
                    touching[axis].append(factor)
        if self._isolated(touching) or not self.summed:
            return
        axis = min(self.summed, key=lambda axis: _cost(axis, touching[axis]))
        involved = touching[axis]
        if _in_group(axis, involved):
            self._replace(involved, self._jointly(axis, involved))
        else:
            self._sum(axis, involved)
        self._forget()

    def _forget(self) -> None:
        mentioned = {axis for factor in self.factors for axis in factor.axes}
        self.summed = {axis: None for axis in self.summed if axis in mentioned}

    def _drop(self, factor: Factor) -> None:
        """Takes a factor out whose entries are 1; a sum over what nothing else mentions then counts."""
        self._replace([factor], None)
        for axis in dict.fromkeys(factor.axes):
            if axis in self.summed and not any(axis in other.axes for other in self.factors):
                self.scalars.append(size_constant(axis.size))
                del self.summed[axis]

    def _replace(self, old: Sequence[Factor], new: Factor | None) -> None:
        """Puts a factor where the first of the old ones stood."""
        places = [k for k, factor in enumerate(self.factors) if any(factor is other for other in old)]
        kept = [factor for k, factor in enumerate(self.factors) if k not in places]
        self.factors = kept if new is None else [*kept[: places[0]], new, *kept[places[0] :]]

    # ------------------------------------------------------------------ identities and diagonals

    def tidy(self) -> None:
        """Takes identities and ones out, and diagonals of matrices of which both sides run together."""
        while any(self._tidied(factor) for factor in self.factors):
            pass

    def _tidied(self, factor: Factor) -> bool:
        together = factor.rows == factor.cols and len(factor.rows) == 1
        if factor.node.op is ONES or (together and factor.node.op is EYE):
            self._drop(factor)
        elif together:
            self._replace([factor], Factor(diagonal(factor.node), factor.rows, ()))
        elif len(set(factor.axes)) < len(factor.axes):
            self._replace([factor], _of_repeated(factor))
        else:
            return factor.node.op is EYE and self._identified(factor)
        return True

    def _identified(self, factor: Factor) -> bool:
        """Drops an identity of which one side is summed over: the other takes its place."""
        for gone, stays in ((factor.rows, factor.cols), (factor.cols, factor.rows)):
            if len(gone) == 1 and gone[0] in self.summed:
                del self.summed[gone[0]]
                names = {gone[0]: stays}
                self.factors = [f.renamed(names) if gone[0] in f.axes and f is not factor else f for f in self.factors]
                self._drop(factor)
                return True
        return False

    # ------------------------------------------------------------------ summing over one axis

    def _isolated(self, touching: dict[Axis, list[Factor]]) -> bool:
        """A factor over which everything is summed and which stands alone is summed at once."""
        alone = [f for f in self.factors if all(axis in touching and len(touching[axis]) == 1 for axis in f.axes)]
        for factor in alone:
            self._replace([factor], None)
            self.scalars.append(total(factor.node))
        self._forget()
        return bool(alone)

    def _sum(self, axis: Axis, involved: list[Factor]) -> None:
        vectors = [factor for factor in involved if factor.vector]
        beside: dict[Side, list[Factor]] = {}
        for factor in involved:
            if not factor.vector:
                beside.setdefault(_other_side(factor, axis), []).append(factor)
        sides = list(beside)
        if len({one for side in sides for one in side}) < sum(map(len, sides)):  # sides that overlap in part
            self._replace(involved, self._jointly(axis, involved))
        elif not sides:
            self._replace(involved, None)
            self.scalars.append(_inner_product(vectors))
        elif len(sides) == 1:
            self._over_pairs(axis, sides[0], vectors, beside[sides[0]], involved)
        else:
            merged = [self._merged(beside[side]) for side in sides]
            self._replace(involved, _joined(axis, vectors, merged))

    def _over_pairs(
        self, axis: Axis, side: Side, vectors: list[Factor], matrices: list[Factor], involved: list[Factor]
    ) -> None:
        """All matrices have the axis on one side and `side` on the other."""
        if len(matrices) == 1:
            self._replace(involved, _applied(matrices[0], axis, side, vectors))
            return
        whole = all(one in self.summed for one in side)
        beside = [f for f in self.factors if not any(f is one for one in involved) and not set(side).isdisjoint(f.axes)]
        if len(matrices) == 2 and whole and all(f.axes == side for f in beside):
            found = _of_pair(matrices[0], matrices[1], {(axis,): vectors, side: beside})
            if found is not None:
                self._replace([*involved, *beside], None)
                self.scalars.append(found)
                return
        if len(matrices) == 2 and not whole:
            first, second = matrices
            node = times(regrouped(first, side, (axis,)), *_weights(vectors), regrouped(second, (axis,), side))
            self._replace(involved, Factor(diagonal(node), side, ()))
            return
        alike = _alike(matrices)
        self._replace(alike, self._merged(alike))

    @staticmethod
    def _merged(matrices: list[Factor]) -> Factor:
        """Matrices with the same sides as one, entry by entry."""
        if len(matrices) == 1:
            return matrices[0]
        rows, cols = matrices[0].rows, matrices[0].cols
        return Factor(entrywise_product([regrouped(factor, rows, cols) for factor in matrices]), rows, cols)

    @staticmethod
    def _jointly(axis: Axis, involved: list[Factor]) -> Factor:
        """Any sum at all: everything laid out with the other axes joined as rows, then multiplied entry by entry."""
        rows = tuple(dict.fromkeys(one for factor in involved for one in factor.axes if one is not axis))
        table = entrywise_product([spread(factor, rows, (axis,)) for factor in involved])
        return Factor(times(table, ones(axis.size, 1)), rows, ())


def _in_group(axis: Axis, involved: list[Factor]) -> bool:
    """Whether an axis is one of several that are joined on a side."""
    return any(axis in side and len(side) > 1 for factor in involved for side in (factor.rows, factor.cols))


def _cost(axis: Axis, involved: list[Factor]) -> float:
    """How many sides remain where an axis is summed; a matrix by which nothing is multiplied waits."""
    if _in_group(axis, involved):
        return _GROUPED
    beside = {_other_side(factor, axis) for factor in involved if not factor.vector}
    if len(beside) == 1 and len(involved) == 1:
        return 2.5
    # A*B as it stands rather than A'*B or A*B'
    return len(beside) + 0.1 * (involved[0].rows == (axis,)) + 0.05 * (involved[-1].cols == (axis,))


def _other_side(factor: Factor, axis: Axis) -> Side:
    return factor.cols if axis in factor.rows else factor.rows


def _of_repeated(factor: Factor) -> Factor:
    """A factor that has an axis twice, once within joined ones: the entries where both are equal."""
    axis = next(one for one in factor.axes if factor.axes.count(one) > 1)
    again = Axis(axis.size)
    position = len(factor.axes) - 1 - factor.axes[::-1].index(axis)
    axes = [again if k == position else one for k, one in enumerate(factor.axes)]
    apart = Factor(factor.node, tuple(axes[: len(factor.rows)]), tuple(axes[len(factor.rows) :]))
    rows = tuple(dict.fromkeys(factor.axes))
    table = entrywise_product([spread(apart, rows, (again,)), spread(identity((axis,), (again,)), rows, (again,))])
    return Factor(times(table, ones(axis.size, 1)), rows, ())


def _alike(matrices: list[Factor]) -> list[Factor]:
    """Of matrices with the same two sides several that lie the same way, if there are such; else all."""
    for rows in (matrices[0].rows, matrices[0].cols):
        found = [factor for factor in matrices if factor.rows == rows]
        if len(found) > 1:
            return found
    return matrices


def _inner_product(vectors: list[Factor]) -> Node:
    """x'*y; with more vectors x'*(y.*z)."""
    if len(vectors) == 1:
        return total(vectors[0].node)
    first, *others = vectors
    if len(others) == 1 and first.rows and (not others[0].rows or first.node.op is PRODUCT):
        first, others = others[0], [first]
    rest = entrywise_product([column_of(vector) for vector in others])
    return times(first.node if not first.rows else turn(first.node), rest)


def _applied(matrix: Factor, axis: Axis, side: Side, vectors: list[Factor]) -> Factor:
    """The product of a matrix and the vectors along its axis, as the matrix stands: M*w or w'*M."""
    if len(vectors) == 1 and not vectors[0].rows:
        return Factor(times(vectors[0].node, regrouped(matrix, (axis,), side)), (), side)
    w = entrywise_product([column_of(vector) for vector in vectors]) if vectors else ones(axis.size, 1)
    if matrix.cols == (axis,):
        return Factor(times(matrix.node, w), side, ())
    return Factor(times(turn(w), matrix.node), (), side)


def _weights(vectors: list[Factor]) -> list[Node]:
    """The diagonal matrix of the vectors along a side, if there are any."""
    return [diagonal_matrix(entrywise_product([column_of(v) for v in vectors]))] if vectors else []


def _of_pair(first: Factor, second: Factor, vectors: dict[Side, list[Factor]]) -> Node | None:
    """Two matrices with the same two sides, over both of which is summed, and the vectors along these sides.

    tr(diag(u)*A*diag(w)*B); of matrices that lie alike rather norm2(A)^2, tr(A*B') for products, or None, as sum(A.*B)
    comes out entry by entry.
    """
    if first.rows != second.rows:
        weights = [_weights(vectors[side]) for side in (first.rows, first.cols)]
        return trace(times(*weights[0], first.node, *weights[1], second.node))
    if any(vectors.values()):
        return None
    if first.node is second.node and not first.node.complex:
        return square_of_norm(first.node)
    if second.node.op is PRODUCT and first.node.op is not PRODUCT:
        return trace(times(turn(first.node), second.node))
    if first.node.op is PRODUCT:
        return trace(times(first.node, turn(second.node)))
    return None


def _joined(axis: Axis, vectors: list[Factor], matrices: list[Factor]) -> Factor:
    """A*diag(w)*B for two matrices; khatri(A,B)*diag(w)*C' for three, with A's and B's other sides joined."""
    *front, last = matrices
    sides = [_other_side(factor, axis) for factor in matrices]
    if len(front) == 1:
        first = front[0]
        if first.cols != (axis,) and last.rows != (axis,):
            first, last, sides = last, first, sides[::-1]
        node = times(regrouped(first, sides[0], (axis,)), *_weights(vectors), regrouped(last, (axis,), sides[1]))
        return Factor(node, sides[0], sides[1])
    above = regrouped(front[0], sides[0], (axis,))
    for factor, side in zip(front[1:], sides[1:], strict=False):
        above = khatri(above, regrouped(factor, side, (axis,)))
    rows = tuple(one for side in sides[:-1] for one in side)
    return Factor(times(above, *_weights(vectors), regrouped(last, (axis,), sides[-1])), rows, sides[-1])
