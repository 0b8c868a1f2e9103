"""Real common zeros of scalar expressions: exactly and completely for polynomials, else as far as SymPy can.

May import core and SymPy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from dvec.core.errors import DataError
from dvec.entries.symbolic import sp

DIGITS = 50
"""Digits with which a common zero is told from a near miss; roots themselves are exact."""
_GENERAL = "for general values of the parameters; special values may have other points"
PERIODIC = (sp.sin, sp.cos, sp.tan, sp.cot, sp.sec, sp.csc)


@dataclass(frozen=True)
class Zeros:
    """Points as tuples of coordinates, and whether they are known to be all there are (and if not, why)."""

    points: list[tuple[Any, ...]]
    complete: bool
    note: str = ""


def common_zeros(equations: Sequence[Any], symbols: Sequence[Any]) -> Zeros:
    """All real points where the expressions vanish together. Raises `DataError` where no method finds them."""
    numerators = [_without_nonzero_factors(e, symbols) for e in equations]
    numerators = [e for e in numerators if e != 0]
    if any(not e.free_symbols & set(symbols) and e.is_zero is False for e in numerators):
        return Zeros([], True)
    polynomials = [e for e in numerators if _rational_polynomial(e, symbols)]
    if numerators and len(polynomials) == len(numerators):
        basis: Any = sp.groebner(polynomials, *symbols, order="grevlex")
        if basis.exprs == [1]:
            return Zeros([], True)
        if basis.is_zero_dimensional:
            found = _finitely_many(polynomials, list(symbols))
            return Zeros([p for p in found if _vanish(equations, symbols, p)], True)
    if len(symbols) == 1 and numerators:
        return _one_unknown(numerators[0], equations, symbols[0])
    return _by_solve(numerators, equations, symbols)


def _without_nonzero_factors(equation: Any, symbols: Sequence[Any]) -> Any:
    """The numerator, without factors such as exp(x) that have no real zero."""
    numerator = sp.fraction(sp.together(sp.powsimp(equation)))[0]
    factors = sp.Mul.make_args(sp.factor(numerator))
    kept = [f for f in factors if f.free_symbols & set(symbols) and not f.is_positive and not _exponential(f)]
    constant = sp.Mul(*[f for f in factors if not f.free_symbols & set(symbols)])
    return constant if constant == 0 or not kept else sp.Mul(*kept)


def _exponential(factor: Any) -> bool:
    return isinstance(factor, sp.exp) or (factor.is_Pow and isinstance(factor.base, sp.exp))


def _rational_polynomial(equation: Any, symbols: Sequence[Any]) -> bool:
    if not equation.is_polynomial(*symbols):
        return False
    domain: Any = sp.Poly(equation, *symbols).domain
    return bool(domain.is_ZZ or domain.is_QQ)


def _finitely_many(polynomials: list[Any], symbols: list[Any]) -> list[tuple[Any, ...]]:
    """Real points of a zero-dimensional system: real roots of one elimination polynomial per coordinate, combined
    from the last coordinate to the first as far as the triangular basis allows."""
    roots = [_coordinate(polynomials, symbols, k) for k in range(len(symbols))]
    triangular: Any = sp.groebner(polynomials, *symbols, order="grevlex").fglm("lex")
    partial: list[tuple[Any, ...]] = [()]
    for k in reversed(range(len(symbols))):
        known = symbols[k:]
        tests = [e for e in triangular.exprs if e.free_symbols <= set(known) and symbols[k] in e.free_symbols]
        partial = [(r, *rest) for rest in partial for r in roots[k] if _vanish(tests, known, (r, *rest))]
    return partial


def _coordinate(polynomials: list[Any], symbols: list[Any], k: int) -> list[Any]:
    """The real roots of the polynomial that the k-th coordinate of every common zero satisfies."""
    order = [*symbols[:k], *symbols[k + 1 :], symbols[k]]
    basis: Any = sp.groebner(polynomials, *order, order="grevlex").fglm("lex")
    last = next(e for e in basis.exprs if e.free_symbols <= {symbols[k]})
    return list(dict.fromkeys(sp.real_roots(sp.Poly(last, symbols[k]))))


def _vanish(equations: Sequence[Any], symbols: Sequence[Any], point: tuple[Any, ...]) -> bool:
    """Whether expressions vanish at a point of numbers, to far more digits than a near miss could share."""
    numbers = dict(zip(symbols, (_decimal(p) for p in point), strict=True))
    for equation in equations:
        value: Any = sp.sympify(equation).subs(numbers)
        if (
            value.has(sp.nan, sp.zoo, sp.oo)
            or not value.is_number
            or abs(sp.N(value, DIGITS)) > sp.Float(10) ** (-DIGITS // 2)
        ):
            return False
    return True


@lru_cache(maxsize=256)
def _decimal(number: Any) -> Any:
    return sp.N(number, DIGITS)


def _one_unknown(equation: Any, equations: Sequence[Any], symbol: Any) -> Zeros:
    """One equation in one unknown, where the zeros may be endless families such as π/2 + 2πn."""
    try:
        found: Any = sp.solveset(equation, symbol, sp.S.Reals)
    except NotImplementedError:
        return _by_solve([equation], equations, [symbol])
    parts = found.args if isinstance(found, sp.Union) else (found,)
    points: list[tuple[Any, ...]] = []
    for part in parts:
        if isinstance(part, sp.FiniteSet):
            points += [(p,) for p in part]
        elif isinstance(part, sp.ImageSet) and part.base_set is sp.S.Integers:
            points.append((part.lamda(sp.Symbol("n", integer=True)),))
        elif part is not sp.S.EmptySet:
            return _by_solve([equation], equations, [symbol])
    points = [p for p in points if _not_elsewhere(equations, [symbol], p)]
    parameters = bool(equation.free_symbols - {symbol})
    return Zeros(points, not parameters, _GENERAL if parameters else "")


def _by_solve(numerators: list[Any], equations: Sequence[Any], symbols: Sequence[Any]) -> Zeros:
    """What SymPy's general solver finds; a coordinate that stays free is its own symbol."""
    try:
        solved: Any = sp.solve(numerators, list(symbols), dict=True) if numerators else [{}]
    except NotImplementedError:
        raise DataError(f"no method here finds where {', '.join(map(str, numerators))} vanish together") from None
    points = [tuple(solution.get(s, s) for s in symbols) for solution in solved]
    points = [p for p in points if all(_may_be_real(c) for c in p) and _not_elsewhere(equations, symbols, p)]
    return Zeros(points, not numerators, "" if not numerators else _caution(numerators, symbols))


def _caution(numerators: list[Any], symbols: Sequence[Any]) -> str:
    if any(e.has(*PERIODIC) for e in numerators):
        return "one point for each period is listed"
    if not all(e.is_polynomial(*symbols) for e in numerators):
        return "there may be points that SymPy's solver does not find"
    if any(e.free_symbols - set(symbols) for e in numerators):
        return _GENERAL
    return "the points lie on curves, written as SymPy's solver gives them"


def _may_be_real(coordinate: Any) -> bool:
    """Whether a coordinate is real, or its parameters leave that open."""
    if coordinate.is_real is not None or coordinate.free_symbols:
        return coordinate.is_real is not False
    return abs(sp.im(sp.N(coordinate, DIGITS))) < sp.Float(10) ** (-DIGITS // 2)


def _not_elsewhere(equations: Sequence[Any], symbols: Sequence[Any], point: tuple[Any, ...]) -> bool:
    """Whether the equations hold at a point as far as can be seen; outside their domain they do not."""
    for equation in equations:
        value: Any = sp.sympify(equation).subs(dict(zip(symbols, point, strict=True)), simultaneous=True)
        if value.has(sp.nan, sp.zoo, sp.oo, -sp.oo) or (not value.free_symbols and value.equals(0) is False):
            return False
    return True
