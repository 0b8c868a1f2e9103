"""Taylor polynomials of explicit scalars and matrices in several variables.

May import core and the readers of this room.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations_with_replacement
from typing import Any

from dvec.core.errors import DataError, NotDifferentiable
from dvec.entries.derivatives import derivative_or_zero
from dvec.entries.reading import Explicit, read, read_variables
from dvec.entries.symbolic import Expr, sp

KINKS = (sp.Abs, sp.sign, sp.Heaviside, sp.Max, sp.Min, sp.floor, sp.ceiling, sp.Piecewise)


def taylor(f: Any, X: Any, about: Any, order: int) -> Any:
    """The Taylor polynomial of f in the variables X about a point, with all terms up to total degree `order`.

    f is a scalar (the result is an expression) or a matrix (taken entry by entry); `about` has the shape of X, or is
    one number for all. Written in powers of x − a, not multiplied out.

    >>> from dvec import entries
    >>> entries.taylor("exp(x)*y", "[x; y]", [0, 1], 2)
    x**2/2 + x*(y - 1) + x + y

    Raises `NotDifferentiable` where a derivative at the point is not finite or does not exist.
    Source: Magnus & Neudecker, Matrix Differential Calculus, sec. 6.8 (Taylor's theorem, second order); Apostol,
    Mathematical Analysis, th. 12.14 (any order).
    """
    of = read(f)
    by = read_variables(X, of)
    if not isinstance(order, int) or order < 0:  # pyright: ignore[reportUnnecessaryIsInstance]
        raise DataError(f"the order of a Taylor polynomial is a whole number from 0 on, not {order}")
    point = dict(zip(by.flat, _point(about, by), strict=True))
    return of.like(_polynomial(entry, point, order) for entry in of.flat)


def _point(about: Any, by: Explicit) -> Sequence[Expr]:
    found = read(about)
    if found.shape == (1, 1) and not isinstance(about, list | tuple):
        return found.flat * len(by.flat)
    if found.shape == by.shape or (1 in found.shape and 1 in by.shape and len(found.flat) == len(by.flat)):
        return found.flat
    raise DataError(
        f"the point is {found.rows}×{found.cols}, the variables are {by.rows}×{by.cols}: they need one size"
    )


def _polynomial(f: Expr, point: dict[Expr, Expr], order: int) -> Expr:
    """Σ over monomials of degree k ≤ order of D^α f(a) (x − a)^α / α!, each mixed derivative taken once."""
    _refuse_kinks(f, point)
    symbols = [s for s in point if s in f.free_symbols]
    derivatives: dict[tuple[Any, ...], Expr] = {(): f}
    terms = [_value(f, point)]
    for degree in range(1, order + 1):
        for chosen in combinations_with_replacement(symbols, degree):
            derivatives[chosen] = derivative_or_zero(derivatives[chosen[:-1]], chosen[-1])
            weight = sp.Integer(1)
            for symbol in set(chosen):
                times = chosen.count(symbol)
                weight *= (symbol - point[symbol]) ** times / sp.factorial(times)
            terms.append(_value(derivatives[chosen], point) * weight)
    return sp.Add(*terms)


def _value(f: Expr, point: dict[Expr, Expr]) -> Expr:
    value: Any = f.subs(list(point.items()), simultaneous=True)
    if value.has(sp.nan, sp.zoo, sp.oo, -sp.oo):
        where = ", ".join(f"{symbol} = {at}" for symbol, at in point.items())
        raise NotDifferentiable(f"there is no Taylor polynomial about {where}: {f} is not finite there")
    return value


def _refuse_kinks(f: Expr, point: dict[Expr, Expr]) -> None:
    """SymPy's derivative of |x| at 0 is sign(0) = 0: a value, but no derivative."""
    for rough in f.atoms(*KINKS):
        at_rest = any(edge.subs(list(point.items()), simultaneous=True).is_zero for edge in _edges(rough))
        if at_rest and any(s in rough.free_symbols for s in point):
            where = ", ".join(f"{symbol} = {at}" for symbol, at in point.items())
            raise NotDifferentiable(f"there is no Taylor polynomial about {where}: {rough} has a kink or jump there")


def _edges(rough: Any) -> list[Any]:
    """Expressions that vanish where the function is not smooth."""
    if isinstance(rough, (sp.Max, sp.Min)):
        return [a - b for k, a in enumerate(rough.args) for b in rough.args[:k]]
    if isinstance(rough, (sp.floor, sp.ceiling)):
        return [sp.sin(sp.pi * rough.args[0])]
    if isinstance(rough, sp.Piecewise):
        return [
            c.lhs - c.rhs
            for _, condition in rough.args
            for c in sp.sympify(condition).atoms(sp.core.relational.Relational)
        ]
    return [rough.args[0]]
