"""What index notation is made of: entries of formulas, sums over indices. The rules for operations are in index_rules.

May import core and operations.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from dvec.core.errors import FormulaError
from dvec.core.node import Node
from dvec.core.sizes import AnySize

LARGEST = 4000  # pieces; nobody reads a longer index formula


class Index:
    """What runs over the rows or columns of something; the same index is the same object.

    `name` is that of a free index; a summed one is named when it is written.
    """

    __slots__ = ("name", "size")

    def __init__(self, size: AnySize, name: str = "") -> None:
        self.size = size
        self.name = name


@dataclass(frozen=True, eq=False, slots=True)
class Entry:
    """A scalar in index notation; built by `Entries` only, so that equal entries are the same object.

    kind     value                         parts
    number   its value                     none
    atom     node, row and column index    none; a formula in matrix notation, of which one entry is meant
    delta    two indices                   none; 1 where they are equal, else 0
    plus     None                          the terms
    times    None                          the factors, numbers in front
    power    None                          base and exponent
    call     the node applied              its argument
    sum      the indices summed over       the body
    """

    kind: str
    parts: tuple[Entry, ...]
    value: Any
    free: frozenset[Index]
    weight: int

    def is_number(self, value: int) -> bool:
        return self.kind == "number" and self.value == value


class Entries:
    """Builds entries with the simplifications that nobody would write out: factors 1, nested sums, x[i]*x[i]."""

    def __init__(self) -> None:
        self._known: dict[tuple[Any, ...], Entry] = {}
        self.zero = self.number(0)
        self.one = self.number(1)

    def _make(self, kind: str, parts: Sequence[Entry], value: Any, free: Iterable[Index | None] = ()) -> Entry:
        key = (kind, tuple(parts), value)
        found = self._known.get(key)
        if found is None:
            own = frozenset(index for index in free if index is not None)
            inside = own.union(*(part.free for part in parts))
            weight = 1 + sum(part.weight for part in parts)
            if weight > LARGEST:
                raise FormulaError("in index notation this formula is too long to be read: take a part of it")
            found = Entry(kind, key[1], value, inside - set(value) if kind == "sum" else inside, weight)
            self._known[key] = found
        return found

    # ------------------------------------------------------------------ leaves

    def number(self, value: Fraction | int) -> Entry:
        return self._make("number", (), Fraction(value))

    def atom(self, node: Node, row: Index | None, col: Index | None) -> Entry:
        return self._make("atom", (), (node, row, col), (row, col))

    def delta(self, a: Index, b: Index) -> Entry:
        return self.one if a is b else self._make("delta", (), (a, b), (a, b))

    def call(self, node: Node, argument: Entry) -> Entry:
        return self._make("call", (argument,), node)

    # ------------------------------------------------------------------ sums, products, powers

    def plus(self, terms: Iterable[Entry]) -> Entry:
        flat: list[Entry] = []
        for term in terms:
            flat += term.parts if term.kind == "plus" else () if term is self.zero else (term,)
        return self.zero if not flat else flat[0] if len(flat) == 1 else self._make("plus", flat, None)

    def times(self, factors: Iterable[Entry]) -> Entry:
        coefficient = Fraction(1)
        powers: dict[tuple[Entry, bool], list[Entry]] = {}  # equal bases together, those below a line apart
        for factor in _flat(factors):
            if factor.kind == "number":
                coefficient *= factor.value
                continue
            base, exponent = factor.parts if factor.kind == "power" else (factor, self.one)
            if exponent.kind != "number":
                base, exponent = factor, self.one
            powers.setdefault((base, exponent.value < 0), []).append(exponent)
        if not coefficient:
            return self.zero
        found = [self._collected(base, exponents) for (base, _), exponents in powers.items()]
        if coefficient != 1 or not found:
            found.insert(0, self.number(coefficient))
        return found[0] if len(found) == 1 else self._make("times", found, None)

    def _collected(self, base: Entry, exponents: list[Entry]) -> Entry:
        return self.power(base, self.number(sum((e.value for e in exponents), Fraction(0))))

    def power(self, base: Entry, exponent: Entry) -> Entry:
        if exponent.is_number(1) or base is self.one:
            return base
        if exponent.is_number(0):
            return self.one
        if base.kind == "power" and exponent.kind == "number" and base.parts[1].kind == "number":
            inner, outer = base.parts[1].value, exponent.value
            if outer.denominator == 1 and (inner.denominator == 1 or inner == Fraction(1, 2)):
                return self.power(base.parts[0], self.number(inner * outer))
        if base.kind == "number" and exponent.kind == "number" and exponent.value == -1 and base.value:
            return self.number(1 / base.value)
        return self._make("power", (base, exponent), None)

    def sum(self, indices: Sequence[Index], body: Entry, count: Callable[[AnySize], Entry]) -> Entry:
        """The sum over indices: what does not depend on them stands in front, sum(i: sum(j: …)) is sum(i,j: …).

        Where an index does not occur, the sum counts: `count` gives the entry for a size.
        """
        outside: list[Entry] = []
        while body is not self.zero:
            factors = list(_flat([body]))
            outside += [count(index.size) for index in indices if index not in body.free]
            indices = [index for index in indices if index in body.free]
            bound = set(indices)
            outside += [factor for factor in factors if not factor.free & bound]
            inside = [factor for factor in factors if factor.free & bound]
            inner = [factor for factor in inside if factor.kind == "sum"]
            if len(inner) != 1 or not all(factor is inner[0] or _plain(factor) for factor in inside):
                return self.times([*outside, self._over(indices, self.times(inside))])
            indices = [*indices, *inner[0].value]
            body = self.times([factor.parts[0] if factor is inner[0] else factor for factor in inside])
        return body

    def _over(self, indices: Sequence[Index], body: Entry) -> Entry:
        return self._make("sum", (body,), tuple(_in_order(indices, body))) if indices else body


def _in_order(indices: Sequence[Index], body: Entry) -> list[Index]:
    """The indices in the order in which they are read."""
    missing, found = set(indices), list[Index]()
    stack = [body]
    while stack and missing:
        entry = stack.pop()
        if not missing.isdisjoint(entry.free):
            stack += reversed(entry.parts)
            if not entry.parts:
                new = [index for index in entry.value if index in missing]
                found += dict.fromkeys(new)
                missing.difference_update(new)
    return found


def _plain(factor: Entry) -> bool:
    base = factor.parts[0] if factor.kind == "power" else factor
    return base.kind in ("atom", "delta", "number")


def _flat(factors: Iterable[Entry]) -> Iterable[Entry]:
    for factor in factors:
        if factor.kind == "times":
            yield from factor.parts
        else:
            yield factor
