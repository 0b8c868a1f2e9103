"""Critical points of an explicit scalar function, each with its kind and the evidence for it.

May import core and the rest of this room but its output.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations, pairwise
from typing import Any

from dvec.core.errors import DataError, NotDifferentiable
from dvec.entries.derivatives import derivative_or_zero, second_derivatives
from dvec.entries.reading import read_scalar, read_variables
from dvec.entries.roots import DIGITS, common_zeros
from dvec.entries.scalars import real_stand_ins
from dvec.entries.symbolic import Expr, Matrix, mpmath, sp
from dvec.entries.taylor import KINKS

Point = tuple[Expr, ...]
MINIMUM, MAXIMUM, SADDLE, UNDECIDED = "local minimum", "local maximum", "saddle point", "undecided"


class CriticalPointKind(str):
    """The kind of a critical point, as text, with the evidence for it on `.evidence`.

    `.evidence` is a dictionary: `hessian`, `leading_principal_minors`, `eigenvalues` (exact where they can be written,
    else decimals, None where parameters stand in the way), `value` of the function, and `reason`, the verdict in words.
    """

    evidence: dict[str, Any]

    def __new__(cls, kind: str, evidence: dict[str, Any]) -> CriticalPointKind:
        """The text `kind` with its evidence."""
        text = super().__new__(cls, kind)
        text.evidence = evidence
        return text

    def __reduce__(self) -> Any:
        return CriticalPointKind, (str(self), self.evidence)


class CriticalPoints(list[tuple[tuple[Any, ...], CriticalPointKind]]):
    """Pairs of coordinates and kind. `.complete` says whether these are known to be all, `.note` why not."""

    complete: bool = True
    note: str = ""


def classify(f: Any, X: Any) -> CriticalPoints:
    """All real critical points of a scalar function in the variables X, as pairs (coordinates, kind).

    The kinds are `"local minimum"`, `"local maximum"`, `"saddle point"` (the Hessian has eigenvalues of both signs,
    zeros or not) and `"undecided"` by the Hessian. Coordinates stand in the order of vec X. A coordinate of a whole
    curve of critical points keeps its symbol; n stands for any whole number. For polynomials with rational
    coefficients and isolated critical points the list is complete and exact; `.complete` and `.note` tell of the rest.

    >>> from dvec import entries
    >>> entries.classify("x^3 - 3*x + y^2", "[x; y]")
    [((-1, 0), 'saddle point'), ((1, 0), 'local minimum')]

    Raises `NotDifferentiable` for a function with kinks and `DataError` where no method finds the points.
    Source: Magnus & Neudecker, Matrix Differential Calculus, sec. 7.5-7.8; Sylvester's criterion and Descartes' rule:
    Horn & Johnson, Matrix Analysis (2013), th. 7.2.5 and sec. 1.2.
    """
    of = read_scalar(f, "classify")
    given, by = of.flat[0], read_variables(X, of)
    real = real_stand_ins({*given.free_symbols, *by.flat})
    function: Any = sp.nsimplify(given.xreplace(real), rational=True)
    symbols = tuple(real.get(s, s) for s in by.by_columns)
    _refuse_kinks(given, set(by.flat))
    if given.atoms(sp.core.function.AppliedUndef):
        raise DataError("classify needs a function written out: of an undefined one the critical points are not known")
    slopes = [derivative_or_zero(function, s) for s in symbols]
    zeros = common_zeros(slopes, symbols)
    hessian = second_derivatives(function, symbols)
    names = {stand_in: symbol for symbol, stand_in in real.items()}
    found = CriticalPoints()
    for point in sorted(_own(zeros.points, slopes, symbols), key=_order):
        at = dict(zip(symbols, point, strict=True))
        kind = kind_of(_at(hessian, at))
        kind.evidence["value"] = sp.simplify(function.subs(at, simultaneous=True))
        evidence = {key: _renamed(item, names) for key, item in kind.evidence.items()}
        found.append((tuple(c.xreplace(names) for c in point), CriticalPointKind(kind, evidence)))
    found.complete, found.note = zeros.complete, zeros.note
    return found


def _own(points: Iterable[Point], slopes: Sequence[Expr], symbols: tuple[Any, ...]) -> list[Point]:
    """The points at which the slope is zero whatever other letters stand for, without those that a family contains."""
    found = [p for p in points if not any(_never_zero(s, dict(zip(symbols, p, strict=True))) for s in slopes)]
    return [p for p in found if not any(_contains(family, p, symbols) for family in found if family is not p)]


def _never_zero(slope: Expr, at: dict[Any, Expr]) -> bool:
    value: Any = sp.simplify(slope.subs(at, simultaneous=True))
    return value != 0 and value.equals(0) is False


def _contains(family: Point, point: Point, symbols: tuple[Any, ...]) -> bool:
    """Whether the point is (0, y) at some y: the free coordinates take the point's values."""
    free: dict[Any, Any] = {c: x for c, x in zip(family, point, strict=True) if c in symbols}
    return bool(free) and family != point and tuple(c.subs(free, simultaneous=True) for c in family) == tuple(point)


def kind_of(hessian: Matrix) -> CriticalPointKind:
    """What a Hessian of numbers (or of parameters of known sign) says of a critical point."""
    minors = [_tidy(hessian[:k, :k].det(method="berkowitz")) for k in range(1, hessian.rows + 1)]
    signs = [_sign(m) for m in minors]
    if all(s == 1 for s in signs):
        kind, reason = MINIMUM, "all leading principal minors are positive: the Hessian is positive definite"
    elif all(s == (-1) ** k for k, s in enumerate(signs, 1)):
        kind, reason = MAXIMUM, "the leading principal minors alternate from negative: the Hessian is negative definite"
    else:
        kind, reason = _by_inertia(hessian)
    evidence = {
        "hessian": sp.ImmutableMatrix(hessian),
        "leading_principal_minors": minors,
        "eigenvalues": _eigenvalues(hessian),
        "reason": reason,
    }
    return CriticalPointKind(kind, evidence)


def _by_inertia(hessian: Matrix) -> tuple[str, str]:
    """All zeros of a characteristic polynomial are real here, so Descartes' rule counts them exactly."""
    coefficients = [_sign(c) for c in _characteristic(hessian)]
    if None in coefficients:
        return _by_small_minors(hessian)
    positive = _changes(coefficients)
    negative = _changes([c * (-1) ** k for k, c in enumerate(coefficients) if c is not None])
    count = f"{positive} positive, {negative} negative and {hessian.rows - positive - negative} zero eigenvalues"
    if positive and negative:
        return SADDLE, f"the Hessian has {count}: both signs"
    return UNDECIDED, f"the Hessian has {count}: it is singular and does not decide"


def _by_small_minors(hessian: Matrix) -> tuple[str, str]:
    """A negative principal minor of two rows means two signs, whatever the parameters in the rest."""
    for r, c in combinations(range(hessian.rows), 2):
        minor = _tidy(hessian[r, r] * hessian[c, c] - hessian[r, c] * hessian[c, r])
        if _sign(minor) == -1:
            return SADDLE, f"the principal minor of rows {r + 1} and {c + 1} is negative: eigenvalues of both signs"
    names = ", ".join(sorted(s.name for s in hessian.free_symbols))
    return UNDECIDED, f"the signs of the Hessian's minors depend on {names}"


def _changes(signs: list[Any]) -> int:
    kept = [s for s in signs if s]
    return sum(a != b for a, b in pairwise(kept))


def _tidy(value: Any) -> Any:
    return value if value.is_Rational or value.has(sp.CRootOf) else sp.factor(sp.simplify(value))


def _sign(value: Any) -> int | None:
    """1, 0, −1, or None where parameters leave it open."""
    if value.is_number and not value.is_Rational:
        number = sp.re(sp.N(value, DIGITS))
        return 0 if abs(number) < sp.Float(10) ** (-DIGITS // 2) else 1 if number > 0 else -1
    if value.is_zero:
        return 0
    return 1 if value.is_positive else -1 if value.is_negative else None


def _eigenvalues(hessian: Matrix) -> list[Any] | None:
    """With multiplicity, ascending where they are numbers."""
    if hessian.is_diagonal():
        found = [hessian[k, k] for k in range(hessian.rows)]
        return sorted(found, key=lambda v: _order((v,))) if all(v.is_number for v in found) else found
    if hessian.has(sp.CRootOf):
        return _decimals(hessian)
    coefficients = _characteristic(hessian)
    if all(c.is_Rational for c in coefficients):
        return sp.real_roots(sp.Poly(coefficients, sp.Dummy()))
    if hessian.rows == 2:
        trace, root = hessian.trace(), sp.sqrt(_tidy((hessian[0, 0] - hessian[1, 1]) ** 2 + 4 * hessian[0, 1] ** 2))
        return [sp.simplify((trace - root) / 2), sp.simplify((trace + root) / 2)]
    return None if hessian.free_symbols else _decimals(hessian)


def _characteristic(hessian: Matrix) -> list[Any]:
    """The coefficients of det(λI − H), the highest first, by Faddeev and LeVerrier's recursion."""
    coefficients, power = [sp.S.One], sp.eye(hessian.rows)
    for k in range(1, hessian.rows + 1):
        power = hessian * power
        coefficients.append(_tidy(-power.trace() / k))
        power += coefficients[-1] * sp.eye(hessian.rows)
    return coefficients


def _decimals(hessian: Matrix) -> list[Any]:
    return [sp.Float(v) for v in sorted(mpmath.eigsy(mpmath.matrix(hessian.evalf(20).tolist()), eigvals_only=True))]


def _at(hessian: Matrix, point: dict[Any, Any]) -> Matrix:
    values = [_tidy(e.subs(point, simultaneous=True)) for e in hessian.flat()]
    return sp.Matrix(hessian.rows, hessian.cols, values)


def _order(coordinates: Sequence[Any]) -> Any:
    """Points in the order of their coordinates where those are numbers, families last."""
    return [(not c.is_number, float(sp.re(sp.N(c))) if c.is_number else 0.0, str(c)) for c in coordinates]


def _renamed(item: Any, names: dict[Any, Any]) -> Any:
    """A piece of evidence in the symbols that were given."""
    if item is None or isinstance(item, str):
        return item
    return sp.Tuple(*item).xreplace(names) if isinstance(item, list) else item.xreplace(names)


def _refuse_kinks(function: Expr, symbols: set[Any]) -> None:
    for rough in function.atoms(*KINKS):
        if rough.free_symbols & symbols:
            raise NotDifferentiable(f"classify needs a smooth function: {rough} has a kink or jump")
