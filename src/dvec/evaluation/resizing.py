"""Formulas at other sizes: large numbers for sizes and indices give way to names and small numbers.

A formula of 2000×1000 matrices is checked as the same formula of 4×3 matrices. Which numbers stand for the same size,
and which are products or sums of others, has to be guessed; that everything still fits together, as polynomials in the
names, is checked by the sizes of every operation, and a guess that is wrong makes no wrong answer right.
May import core and operations.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import combinations_with_replacement
from typing import Any

from dvec.core.errors import FormulaError
from dvec.core.node import CONSTANT, VARIABLE, Node, constant, make, postorder, variable
from dvec.core.sizes import AnySize, Size, named_size, triangle
from dvec.operations.constants import UNIT, size_constant

LARGEST_KEPT = 6
_MOST = 8  # sizes that are combined with each other


def smaller(roots: Sequence[Node]) -> Iterator[list[Node]]:
    """The roots with names for their large sizes, in every way that fits; nothing if no number in them is large.

    First every number that the first root mentions is a size of its own; then those that are products or sums of others
    are taken as such; then numbers in the formulas that equal a size are taken to be that size.
    """
    nodes = list({node: None for root in roots for node in postorder(root)})
    if not any(number > LARGEST_KEPT for node in nodes for number in _numbers(node.params)):
        return
    numbers = sorted({n for node in postorder(roots[0]) if node.op is not UNIT for n in _numbers(node.params)} - {0, 1})
    indices = sorted({node.params[1] for node in nodes if node.op is UNIT and isinstance(node.params[1], int)})
    for in_formulas in (False, True):
        for derived in (False, True):
            resized = _Resized(numbers, indices, derived, in_formulas)
            try:
                yield [resized(root) for root in roots]
            except FormulaError:  # the sizes do not fit
                continue


def _numbers(params: tuple[Any, ...]) -> Iterator[int]:
    for param in params:
        if isinstance(param, tuple):
            yield from _numbers(param)  # pyright: ignore[reportUnknownArgumentType]
        elif isinstance(param, int):
            yield param
        elif isinstance(param, Size):
            yield from (abs(factor.numerator) for _, factor in param.terms)


class _Resized:
    """One way to read the numbers."""

    def __init__(self, numbers: list[int], indices: list[int], derived: bool, in_formulas: bool) -> None:
        self.sizes: dict[int, AnySize] = {}
        for number in numbers:
            if number <= LARGEST_KEPT:
                self.sizes[number] = number
            elif not derived or (found := self._combined(number)) is None:
                self.sizes[number] = named_size(f"·{number}")
            else:
                self.sizes[number] = found
        self.combined: dict[int, AnySize | None] = {}
        large = max(indices, default=0) > LARGEST_KEPT
        self.indices = {index: place for place, index in enumerate(indices, 1)} if large else {}
        self.in_formulas = in_formulas
        self.new: dict[Node, Node] = {}

    def __call__(self, root: Node) -> Node:
        for node in postorder(root, self.new.__contains__):
            self.new[node] = self._changed(node)
        return self.new[root]

    def _changed(self, node: Node) -> Node:
        if node.op is VARIABLE:
            name, rows, cols, properties = node.params
            return variable(name, self.size(rows), self.size(cols), properties)
        if node.op is UNIT:
            return make(UNIT, (), (self.size(node.params[0]), self.indices.get(node.params[1], node.params[1])))
        if node.op is CONSTANT:
            return self._number(node.params[0]) if self.in_formulas else node
        return make(node.op, tuple(self.new[arg] for arg in node.args), self._parameter(node.params))

    def _parameter(self, value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(self._parameter(part) for part in value)  # pyright: ignore[reportUnknownVariableType]
        return self.size(value) if isinstance(value, int | Size) else value

    def _number(self, value: Fraction) -> Node:
        above, below = (size_constant(self.size(part)) for part in (abs(value.numerator), value.denominator))
        return constant(value) if above.op is below.op is CONSTANT else above * below**-1 * (-1 if value < 0 else 1)

    def size(self, size: AnySize) -> AnySize:
        """What a size becomes; a number that is neither small nor made of the others stays."""
        if isinstance(size, Size):
            return self._polynomial(size)
        if size <= LARGEST_KEPT:
            return size
        if size in self.sizes:
            return self.sizes[size]
        if size not in self.combined:
            self.combined[size] = self._combined(size)
        found = self.combined[size]
        return size if found is None else found

    def _polynomial(self, size: Size) -> AnySize:
        if all(abs(factor.numerator) <= LARGEST_KEPT for _, factor in size.terms):
            return size
        total: Any = 0
        for monomial, factor in size.terms:
            part: Any = self.size(abs(factor.numerator)) * (-1 if factor < 0 else 1)
            for name in monomial:
                part = part * named_size(name)
            total = total + (part if factor.denominator == 1 else part / factor.denominator)
        return total

    def _combined(self, number: int) -> AnySize | None:
        """The number as a product, a triangle n(n+1)/2 or a sum of the sizes known so far."""
        known = [(value, size) for value, size in self.sizes.items() if value > 1][:_MOST]
        for count in (2, 3, 4):
            for factors in combinations_with_replacement(known, count):
                value, size = 1, 1
                for factor, its_size in factors:
                    value, size = value * factor, size * its_size
                if value == number:
                    return size
            if count == 2 and (found := _triangle_or_sum(number, known)) is not None:
                return found
        return None


def _triangle_or_sum(number: int, known: list[tuple[int, AnySize]]) -> AnySize | None:
    for value, size in known:
        if triangle(value) == number:
            return triangle(size)
    for (one, its_size), (other, other_size) in combinations_with_replacement(known, 2):
        if one + other == number:
            return its_size + other_size
    return None
