"""Formulas with indices as networks of matrices: what the lifting of index sums to matrix notation works on.

May import core and operations.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from dvec.core.node import Node
from dvec.core.sizes import AnySize


class Axis:
    """What runs over a side of a matrix: an index of a sum, or a side that no index was given for."""

    __slots__ = ("name", "size")

    def __init__(self, size: AnySize, name: str = "") -> None:
        self.size = size
        self.name = name

    def __str__(self) -> str:
        return self.name


Side = tuple[Axis, ...]
"""One side of a matrix: an axis; none for a side of 1; several joined as in kron, the last running fastest."""


def size_of(side: Side) -> AnySize:
    total: AnySize = 1
    for axis in side:
        total = total * axis.size
    return total


class Factor(NamedTuple):
    """A matrix whose rows and columns are run over by axes."""

    node: Node
    rows: Side
    cols: Side

    @property
    def axes(self) -> Side:
        return self.rows + self.cols

    @property
    def vector(self) -> bool:
        return not (self.rows and self.cols)

    def renamed(self, names: Mapping[Axis, Side]) -> Factor:
        """The factor with other axes: always a new object, so that no term holds one twice."""
        return Factor(self.node, renamed(self.rows, names), renamed(self.cols, names))


class Term(NamedTuple):
    """A product of numbers and of entries of factors, summed over some of the axes.

    Its value does not depend on axes that it does not mention.
    """

    scalars: tuple[Node, ...] = ()
    factors: tuple[Factor, ...] = ()
    summed: frozenset[Axis] = frozenset()

    @property
    def open(self) -> list[Axis]:
        """The axes that are not summed, in order of appearance."""
        found = dict.fromkeys(axis for factor in self.factors for axis in factor.axes)
        return [axis for axis in found if axis not in self.summed]

    def renamed(self, names: Mapping[Axis, Side]) -> Term:
        summed = {new for axis in self.summed for new in names.get(axis, (axis,))}
        return Term(self.scalars, tuple(f.renamed(names) for f in self.factors), frozenset(summed))

    def times(self, other: Term) -> Term:
        return Term(self.scalars + other.scalars, self.factors + other.factors, self.summed | other.summed)

    def over(self, axes: Iterable[Axis]) -> Term:
        return Term(self.scalars, self.factors, self.summed.union(axes))


class Tensor(NamedTuple):
    """A sum of terms; `rows` and `cols` are the sides that it has as a matrix, beside the indices in it."""

    rows: Side
    cols: Side
    terms: tuple[Term, ...]

    @property
    def axes(self) -> list[Axis]:
        """The axes on which the value depends, its own sides first."""
        own = [*self.rows, *self.cols]
        return list(dict.fromkeys([*own, *(axis for term in self.terms for axis in term.open)]))

    def renamed(self, names: Mapping[Axis, Side]) -> Tensor:
        terms = tuple(term.renamed(names) for term in self.terms)
        return Tensor(renamed(self.rows, names), renamed(self.cols, names), terms)

    def fresh(self) -> Tensor:
        """The same with new objects for all axes that are no indices of the formula around it."""
        inner = dict.fromkeys([*self.rows, *self.cols])
        for term in self.terms:
            inner |= dict.fromkeys(term.summed)
        return self.renamed({axis: (Axis(axis.size, axis.name),) for axis in inner})

    def over(self, axes: Iterable[Axis]) -> Tensor:
        """The sum over some axes; own sides that are summed are no longer there."""
        gone = set(axes)
        rows, cols = (tuple(axis for axis in side if axis not in gone) for side in (self.rows, self.cols))
        return Tensor(rows, cols, tuple(term.over(gone) for term in self.terms))


def renamed(side: Side, names: Mapping[Axis, Side]) -> Side:
    if len(side) == 1:
        return names.get(side[0], side)
    return tuple(new for axis in side for new in names.get(axis, (axis,)))
