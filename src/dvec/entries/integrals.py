"""Integrals of explicit matrices, entry by entry, checked by differentiating or by quadrature.

May import core and the readers of this room.
"""

from __future__ import annotations

import random
import warnings
from typing import Any

from dvec.core.errors import DataError
from dvec.entries.reading import Explicit, read, read_symbol
from dvec.entries.scalars import ROUGH, derivative_of, real_stand_ins
from dvec.entries.symbolic import Expr, Symbol, mpmath, sp

Limits = tuple[Expr, Expr]


class NoClosedForm(UserWarning):
    """An entry has no integral in closed form that is known here: it stays an integral."""


def integrate(A: Any, t: Any, lower: Any = None, upper: Any = None) -> Any:
    """∫A dt entry by entry, in the shape of A (an expression, if A is a bare scalar); no constant of integration.

    With limits, as `integrate(A, t, 0, 1)` or `integrate(A, (t, 0, 1))`, the definite integral. An entry without a
    closed form stays an integral, and a `NoClosedForm` warning names it. Raises `DataError` where an integral diverges.

    >>> from dvec import entries
    >>> entries.integrate("[2*t, cos(t)]", "t")
    Matrix([[t**2, sin(t)]])
    >>> entries.integrate("[2*t, cos(t)]", "t", 0, "pi")
    Matrix([[pi**2, 0]])

    Source: Petersen & Pedersen, Matrix Cookbook, sec. 2 (a matrix function of a scalar is taken entry by entry).
    """
    if isinstance(t, (tuple, sp.Tuple)) and len(t) == 3 and lower is None and upper is None:
        t, lower, upper = t
    if (lower is None) != (upper is None):
        raise DataError("a definite integral needs both limits; leave both out for the indefinite one")
    of = read(A)
    by = read_symbol(t, of)
    limits = None if lower is None else (_limit(lower), _limit(upper))
    found = [_integral(entry, by, limits) for entry in of.flat]
    for index, entry in enumerate(found):
        if entry.has(sp.Integral) and not of.flat[index].has(sp.Integral):
            warnings.warn(_kept(of, index), NoClosedForm, stacklevel=2)
    return of.like(found)


def _limit(value: Any) -> Expr:
    if value in (sp.oo, -sp.oo, float("inf"), -float("inf")):
        return sp.oo if value > 0 else -sp.oo
    if isinstance(value, str) and value.strip().lstrip("+-") in ("inf", "oo", "∞"):
        return -sp.oo if value.strip().startswith("-") else sp.oo
    found = read(value)
    if found.shape != (1, 1):
        raise DataError(f"a limit of integration is a scalar, this is {found.rows}×{found.cols}")
    return found.flat[0]


def _kept(of: Explicit, index: int) -> str:
    where = "the integral" if of.plain else f"the integral of entry ({index // of.cols + 1},{index % of.cols + 1}),"
    return f"{where} {of.flat[index]}, has no closed form that is known here: it stays an integral"


def _integral(entry: Expr, by: Symbol, limits: Limits | None) -> Expr:
    """One integral; what SymPy finds counts only if it passes a check that does not integrate."""
    over: Any = by if limits is None else (by, *limits)
    found = _sought(entry, over)
    outside = found.xreplace({kept: sp.Dummy() for kept in found.atoms(sp.Integral)})
    if limits is not None and outside.has(sp.oo, -sp.oo, sp.zoo, sp.nan, sp.AccumBounds):
        raise DataError(f"the integral of {entry} from {limits[0]} to {limits[1]} does not converge")
    if isinstance(found, sp.Integral):
        return sp.Integral(entry, over)
    right = _differentiates_back(found, entry, by) if limits is None else _agrees_with_quadrature(found, entry, over)
    return found if right else sp.Integral(entry, over)


def _sought(entry: Expr, over: Any) -> Any:
    """SymPy's integral; where a function such as |t| occurs, with symbols that are declared real."""
    if not entry.has(*ROUGH):
        return sp.integrate(entry, over)
    real = real_stand_ins(entry.free_symbols | sp.Tuple(over).free_symbols)
    over = sp.Tuple(*over).xreplace(real) if isinstance(over, tuple) else real.get(over, over)
    return sp.integrate(entry.xreplace(real), over).xreplace({new: old for old, new in real.items()})


def _differentiates_back(found: Expr, entry: Expr, by: Symbol, samples: int = 3) -> bool:
    """Whether the derivative is the integrand again, at random points where both are finite and real."""
    if found.has(sp.Integral):
        return True
    difference, random_numbers = derivative_of(found, by) - entry, random.Random(0)
    for _ in range(samples):
        point: dict[Any, Any] = {
            s: sp.Float(random_numbers.uniform(0.2, 1.9)) for s in found.free_symbols | entry.free_symbols
        }
        error, scale = (_number(e.subs(point)) for e in (difference, entry))
        if error is not None and scale is not None and abs(error) > 1e-6 * (1 + abs(scale)):
            return False
    return True


def _agrees_with_quadrature(found: Expr, entry: Expr, over: tuple[Symbol, Expr, Expr]) -> bool:
    """Whether a definite integral of numbers between finite limits agrees with its numerical value."""
    by, lower, upper = over
    exact = _number(found)
    if found.has(sp.Integral) or exact is None or entry.free_symbols - {by}:
        return True
    ends = _number(lower), _number(upper)
    if ends[0] is None or ends[1] is None:
        return True
    function = sp.lambdify(by, entry, "mpmath")
    try:
        with mpmath.workdps(15):
            value, error = mpmath.quad(function, [ends[0].real, ends[1].real], error=True)
    except (ArithmeticError, TypeError, ValueError, NameError):
        return True
    tolerance = 1e-6 * (1 + abs(exact))
    return bool(error > tolerance or abs(value - exact) <= tolerance)


def _number(value: Any) -> complex | None:
    """The value as a number, or None where it is not one."""
    try:
        number = complex(sp.N(value))
    except (TypeError, ValueError, ArithmeticError):
        return None
    return number if number == number and abs(number) < 1e300 else None
