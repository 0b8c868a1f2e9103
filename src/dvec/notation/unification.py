"""Unknown sizes and what they are found to be: unification, with products and sums of sizes put off until known.

May import core. A side is one dimension of a matrix: a number, a known size, an unknown, or a product or sum of such.
An unknown is never 1, so whether something is a scalar, a column or a matrix is known at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import count
from math import isqrt
from typing import Any

from dvec.core.errors import FormulaError
from dvec.core.sizes import AnySize, Size, combine, multiply, named_size, triangle
from dvec.notation.tree import Item, Tree

MOST_FACTORS = 64
"""Factors or terms of one size; beyond that nobody could read it, and polynomials grow out of hand."""

_INVOLVED = "the sizes in this formula are too involved: declare the sizes of its variables"
_FRESH = ("m", "n", "k", "p", "q", "r", "s", "t", "u", "v", "w")


class Unknown:
    """A size that is not known yet, with the piece of the formula it belongs to."""

    __slots__ = ("bound", "columns", "from_context", "origin")

    def __init__(self, origin: str, columns: bool, from_context: bool = False) -> None:
        self.bound: Side | None = None
        self.origin = origin
        self.columns = columns  # whether it counts columns
        self.from_context = from_context  # whether the context must give it: nothing may be assumed of it


class Compound:
    """A product, a sum or the triangle number n(n+1)/2 of sides of which some are not known yet."""

    __slots__ = ("joint", "known", "parts")

    def __init__(self, joint: str, parts: tuple[Side, ...]) -> None:
        self.joint = joint
        self.parts = parts
        self.known: AnySize | None = None


Side = int | Size | Unknown | Compound
PutOff = tuple[Side, Side, Tree | None, Item | None]
"""Two sides that must be equal, and the piece that says so."""


def find(side: Side) -> Side:
    """What is known of a side by now."""
    if type(side) is Unknown:
        bound = side.bound
        while type(bound) is Unknown and bound.bound is not None:
            side.bound = bound.bound
            side, bound = bound, bound.bound
        if bound is None:
            return side
        side = bound
    if type(side) is Compound:
        return _settled(side, 0)
    return side


def _settled(compound: Compound, depth: int) -> Side:
    """The size that a product or sum amounts to, if all its parts are known."""
    if compound.known is not None:
        return compound.known
    if depth > MOST_FACTORS:
        raise FormulaError(_INVOLVED)
    parts: list[AnySize] = []
    for part in compound.parts:
        while type(part) is Unknown and part.bound is not None:
            part = part.bound
        if type(part) is Compound:
            part = _settled(part, depth + 1)
        if isinstance(part, (Unknown, Compound)):
            return compound
        parts.append(part)
    compound.known = _joined(compound.joint, parts)
    return compound.known


def _joined(joint: str, parts: Iterable[AnySize]) -> AnySize:
    total: AnySize = 0 if joint == "+" else 1
    for part in parts:
        if joint == "*":
            total = multiply(total, part)
        elif joint == "+":
            total = total + part
        else:
            total = triangle(part)
        bounded(total)
    return total


def bounded(size: AnySize) -> AnySize:
    """The size, if it is not too long or too large to be worked with."""
    if isinstance(size, Size) and (len(size.terms) > MOST_FACTORS or len(size.terms[0][0]) > MOST_FACTORS):
        raise FormulaError(f"a size here is a product or sum of more than {MOST_FACTORS} others: too long to work with")
    if isinstance(size, int) and size.bit_length() > 256:
        raise FormulaError("a size here is too large to work with")
    return size


def joined(joint: str, parts: list[Side]) -> Side:
    """The product or sum of sides; factors that are 1 are dropped, so that a product is 1 only if all are."""
    parts = [find(part) for part in parts]
    if joint == "*":
        parts = [part for part in parts if part != 1]
        if len(parts) == 1:
            return parts[0]
    if any(isinstance(part, (Unknown, Compound)) for part in parts):
        return Compound(joint, tuple(parts))
    return _joined(joint, parts)  # pyright: ignore[reportArgumentType]


def unknowns_in(side: Side) -> list[Unknown]:
    """The unknowns in a side, each as often as it occurs."""
    found: list[Unknown] = []
    stack: list[Side] = [side]
    while stack:
        part = find(stack.pop())
        if isinstance(part, Unknown):
            found.append(part)
        elif isinstance(part, Compound):
            stack.extend(reversed(part.parts))
            if len(stack) + len(found) > 10 * MOST_FACTORS:
                raise FormulaError(_INVOLVED)
    return found


class Unifier:
    """Makes sides equal. What cannot be decided at once is put off; `settle` decides it."""

    __slots__ = ("put_off",)

    def __init__(self) -> None:
        self.put_off: list[PutOff] = []

    def equal(self, a: Side, b: Side, tree: Tree | None = None, item: Item | None = None) -> bool:
        """Makes two sides equal, now or later; False if they cannot be. Without a tree nobody complains later."""
        a, b = find(a), find(b)
        if a is b or a == b:
            return True
        if type(a) is Unknown and (a.from_context or type(b) is not Unknown):
            return self._bind(a, b)
        if type(b) is Unknown:
            return self._bind(b, a)
        if type(a) is Compound or type(b) is Compound:
            if a == 1 or b == 1:
                return False
            self.put_off.append((a, b, tree, item))
            return True
        return False

    def _bind(self, unknown: Unknown, to: Side) -> bool:
        if to == 1:
            return False
        if type(to) is Compound and unknown in unknowns_in(to):
            return False
        unknown.bound = to
        return True

    def settle(self) -> PutOff | None:
        """Decides what was put off, as far as that is possible; returns a pair of sides that cannot be equal."""
        patience = 300_000 + 20 * len(self.put_off)
        progress = True
        while self.put_off and progress:
            waiting, self.put_off, progress = self.put_off, [], False
            patience -= len(waiting)
            for entry in waiting:
                decided = self._decide(entry)
                if decided is None:
                    self.put_off.append(entry)
                elif not decided and entry[2] is not None:
                    return entry
                else:
                    progress = True
            if patience < 0:
                raise FormulaError(_INVOLVED)
            if not progress:
                guessed = self._guess()
                if guessed is not None and not guessed[0]:
                    return guessed[1]
                progress = guessed is not None
        return None

    def _decide(self, entry: PutOff) -> bool | None:
        """Whether two sides are equal, or can be made so in one way only; None if that is not known yet."""
        a, b, tree, item = find(entry[0]), find(entry[1]), entry[2], entry[3]
        if isinstance(b, Compound) or not isinstance(a, Compound):
            a, b = b, a
        if not isinstance(a, Compound):
            return self.equal(a, b, tree, item)
        if isinstance(b, Unknown):
            return self.equal(b, a, tree, item)
        if isinstance(b, Compound):
            return True if a is b else None
        if a.joint == "triangle":
            root = _triangle_root(b)
            return False if root is None else self.equal(a.parts[0], root, tree, item)
        parts = [find(part) for part in a.parts]
        unknown = [part for part in parts if isinstance(part, (Unknown, Compound))]
        if len(unknown) != 1:
            return None
        known = _joined(a.joint, [part for part in parts if isinstance(part, (int, Size))])
        rest = combine(b, known, -1) if a.joint == "+" else _quotient(b, known)
        if rest is None or (isinstance(rest, int) and rest < 1):
            return False
        return self.equal(unknown[0], rest, tree, item)

    def _guess(self) -> tuple[bool, PutOff] | None:
        """Where two products or sums must be equal, makes them equal part by part: kron(A,B) + kron(C,D).

        A product of two that must be n^2 is n*n: commutation(n,n)*vec(A).
        """
        for position, entry in enumerate(self.put_off):
            a, b = find(entry[0]), find(entry[1])
            if isinstance(b, Compound) and isinstance(a, Size):
                a, b = b, a
            if isinstance(a, Compound) and isinstance(b, Size) and (side := _root(a, b)) is not None:
                del self.put_off[position]
                return all([self.equal(x, side, entry[2], entry[3]) for x in a.parts]), entry  # noqa: C419
            if isinstance(a, Compound) and isinstance(b, Compound) and _alike(a, b):
                del self.put_off[position]
                tree, item = entry[2], entry[3]
                return all([self.equal(x, y, tree, item) for x, y in zip(a.parts, b.parts, strict=True)]), entry  # noqa: C419
        return None

    def name_unknowns(self, sides: Iterable[Side], taken: set[str], every: bool = False) -> list[str]:
        """Gives names to the unknowns among these sides, in order; returns the names."""
        given: list[str] = []
        names = fresh_names(taken)
        for side in sides:
            side = find(side)
            unknowns = [side] if isinstance(side, Unknown) else unknowns_in(side) if isinstance(side, Compound) else ()
            for unknown in unknowns:
                if unknown.bound is None and (every or not unknown.from_context):
                    given.append(next(names))
                    unknown.bound = named_size(given[-1])
        return given


def fresh_names(taken: set[str]) -> Iterator[str]:
    """m, n, k, p, q … but for those that are taken, then n1, n2, …"""
    yield from (name for name in _FRESH if name not in taken)
    yield from (name for number in count(1) if (name := f"n{number}") not in taken)


def _alike(a: Compound, b: Compound) -> bool:
    """Whether two products or sums may be made equal part by part; what the context must give is never guessed."""
    parts = [find(part) for part in (*a.parts, *b.parts)]
    guessed = any(isinstance(part, Unknown) and part.from_context for part in parts)
    return a.joint == b.joint and len(a.parts) == len(b.parts) and not guessed


def _root(product: Compound, size: Size) -> Size | None:
    """n, where a product of two or more unknowns must be n^2, n^3 and so on."""
    monomial, factor = size.terms[0]
    names = set(monomial)
    if (
        product.joint != "*"
        or len(size.terms) > 1
        or factor != 1
        or len(names) > 1
        or len(monomial) != len(product.parts)
    ):
        return None
    return named_size(monomial[0]) if all(isinstance(find(part), Unknown) for part in product.parts) else None


def _triangle_root(size: AnySize) -> AnySize | None:
    """n, where the size is n(n+1)/2."""
    if isinstance(size, int):
        root = (isqrt(8 * size + 1) - 1) // 2
        return root if triangle(root) == size else None
    return next((n for n in map(named_size, sorted(size.names)) if triangle(n) is size), None)


def _quotient(size: AnySize, by: AnySize) -> AnySize | None:
    """size / by where that is again a size, for a `by` of one term."""
    if by == 1:
        return size
    if isinstance(size, int):
        return size // by if isinstance(by, int) and by and size % by == 0 else None
    divisor = ((), by) if isinstance(by, int) else by.terms[0] if len(by.terms) == 1 else None
    if divisor is None or not divisor[1]:
        return None
    total: Any = 0
    for monomial, factor in size.terms:
        left = list(monomial)
        for name in divisor[0]:
            if name not in left:
                return None
            left.remove(name)
        share = Fraction(factor) / divisor[1]
        if share.denominator != 1:
            return None
        term: AnySize = int(share)
        for name in left:
            term = multiply(term, named_size(name))
        total = total + term
    return total
