"""Sizes of matrices: integers, and polynomials in named sizes such as m*n or p + q, in one canonical form.

May import nothing of dvec but errors.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from fractions import Fraction
from functools import lru_cache

from dvec.core.errors import DataError

Monomial = tuple[str, ...]
Factor = int | Fraction  # a whole number is an int: fractions are slow


class Size:
    """A polynomial in size names that is not a number; equal sizes are the same object.

    A size that is a number is a plain `int`, so that `1 * 1` needs no unpacking.
    """

    __slots__ = ("names", "terms", "text")
    terms: tuple[tuple[Monomial, Factor], ...]
    text: str
    names: frozenset[str]

    def __add__(self, other: AnySize) -> AnySize:
        return combine(self, other, 1)

    def __radd__(self, other: AnySize) -> AnySize:
        return combine(other, self, 1)

    def __sub__(self, other: AnySize) -> AnySize:
        return combine(self, other, -1)

    def __rsub__(self, other: AnySize) -> AnySize:
        return combine(other, self, -1)

    def __mul__(self, other: AnySize) -> AnySize:
        return multiply(self, other)

    __rmul__ = __mul__

    def __pow__(self, exponent: int) -> AnySize:
        result: AnySize = 1
        for _ in range(exponent):
            result = multiply(result, self)
        return result

    def __truediv__(self, divisor: int) -> AnySize:
        return _make({monomial: Fraction(factor) / divisor for monomial, factor in self.terms})

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"Size({str(self)!r})"


AnySize = int | Size

_interned: dict[tuple[tuple[Monomial, Factor], ...], Size] = {}


def _written(terms: tuple[tuple[Monomial, Factor], ...]) -> str:
    parts: list[str] = []
    for monomial, factor in terms:
        body = "*".join(
            name if (power := monomial.count(name)) == 1 else f"{name}^{power}" for name in sorted(set(monomial))
        )
        sign, factor = ("-" if factor < 0 else "+"), abs(factor)
        if factor.numerator != 1 or not body:
            body = f"{factor.numerator}*{body}" if body else str(factor.numerator)
        if factor.denominator != 1:
            body += f"/{factor.denominator}"
        parts.append(f" {sign} {body}" if parts else body if sign == "+" else f"-{body}")
    return "".join(parts)


def _make(terms: dict[Monomial, Factor]) -> AnySize:
    kept = {m: factor.numerator if factor.denominator == 1 else factor for m, factor in terms.items() if factor}
    if not kept:
        return 0
    if len(kept) == 1 and () in kept and isinstance(number := kept[()], int):
        return number
    key = tuple(sorted(kept.items(), key=lambda item: (-len(item[0]), item[0])))
    found = _interned.get(key)
    if found is None:
        found = Size()
        found.terms = key
        found.text = _written(key)
        found.names = frozenset(name for monomial, _ in key for name in monomial)
        _interned[key] = found
    return found


@lru_cache(maxsize=1024)
def named_size(name: str) -> Size:
    """The size with this name."""
    size = _make({(name,): 1})
    assert isinstance(size, Size)
    return size


def _terms(size: AnySize) -> dict[Monomial, Factor]:
    return {(): size} if isinstance(size, int) else dict(size.terms)


def combine(left: AnySize, right: AnySize, sign: int) -> AnySize:
    """left + sign * right"""
    if isinstance(left, int) and isinstance(right, int):
        return left + sign * right
    terms = _terms(left)
    for monomial, factor in _terms(right).items():
        terms[monomial] = terms.get(monomial, 0) + sign * factor
    return _make(terms)


def multiply(left: AnySize, right: AnySize) -> AnySize:
    if isinstance(left, int) and isinstance(right, int):
        return left * right
    if left == 1:
        return right
    if right == 1:
        return left
    terms: dict[Monomial, Factor] = {}
    for a, s in _terms(left).items():
        for b, t in _terms(right).items():
            key = tuple(sorted(a + b))
            terms[key] = terms.get(key, 0) + s * t
    return _make(terms)


def triangle(n: AnySize) -> AnySize:
    """n(n+1)/2, the number of entries in a triangle of an n×n matrix."""
    if isinstance(n, int):
        return n * (n + 1) // 2
    return (n * n + n) / 2  # pyright: ignore[reportReturnType, reportOperatorIssue]


def names_of(size: AnySize) -> Set[str]:
    return frozenset() if isinstance(size, int) else size.names


def size_value(size: AnySize, values: Mapping[str, int]) -> int:
    """The number a size stands for. Raises `DataError` if a name has no value or the result is no whole number."""
    if isinstance(size, int):
        return size
    total: Factor = 0
    for monomial, factor in size.terms:
        for name in monomial:
            if name not in values:
                raise DataError(f"the size {name} is not known: no array that was given has it")
            factor *= values[name]
        total += factor
    if total.denominator != 1 or total < 0:
        raise DataError(f"the size {size} would be {total}")
    return int(total)


def substitute_size(size: AnySize, mapping: Mapping[str, AnySize]) -> AnySize:
    if isinstance(size, int) or not any(name in mapping for name in size.names):
        return size
    total: AnySize = 0
    for monomial, factor in size.terms:
        part: AnySize = 1
        for name in monomial:
            part = multiply(part, mapping.get(name, named_size(name)))
        total = combine(total, _make({m: f * factor for m, f in _terms(part).items()}), 1)
    return total
