"""Quadratic forms: their one symmetric or Hermitian matrix, and the sign they take.

May import NumPy, SciPy, this room's checks, and SymPy where a polynomial is read.
"""

from collections.abc import Iterable
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from dvec.linalg._checks import Array, adjoint, as_matrix, epsilon
from dvec.linalg._factor import rank_tolerance

LEADING_UP_TO = 100
"""Leading principal minors are computed up to this n: n factorisations, O(n⁴) together."""
ALL_UP_TO = 10
"""All principal minors, 2ⁿ − 1 of them, are computed up to this n."""


class Definiteness(str):
    """The sign of a quadratic form, as text, with both tests and the numbers behind them on `.evidence`.

    `.evidence` is a dictionary: `eigenvalues` (ascending, of the Hermitian part), `tolerance` (an eigenvalue within it
    of 0 counts as 0), `leading_principal_minors` (None above n = 100), `principal_minors` (of every index set, where
    these decide and n ≤ 10), `hermitian` (whether the matrix was), and `reason`, the verdict argued in words.
    """

    evidence: dict[str, Any]

    def __new__(cls, kind: str, evidence: dict[str, Any]) -> "Definiteness":
        """The text `kind` with its evidence."""
        text = super().__new__(cls, kind)
        text.evidence = evidence
        return text

    def __reduce__(self) -> Any:
        return Definiteness, (str(self), self.evidence)


def quadratic_form(A: ArrayLike) -> Array:
    """The one symmetric matrix S with xᵀS x = xᵀA x for all real x, (A + Aᵀ)/2; for complex A the Hermitian matrix
    (A + Aᴴ)/2 of Re(xᴴA x).

    Source: Horn & Johnson, Matrix Analysis (2013), section 4.1 (Toeplitz decomposition).

    >>> quadratic_form([[1, 4], [0, 2]])
    array([[1., 2.],
           [2., 2.]])
    """
    matrix = as_matrix(A, square=True)
    return matrix / 2 + adjoint(matrix) / 2


def symmetric_matrix(polynomial: Any, variables: Any) -> Any:
    """The one symmetric matrix S with xᵀS x = polynomial, for a SymPy quadratic form in the given variables.

    A SymPy matrix, exact; coefficients may hold other symbols. ValueError for a polynomial that is not a quadratic
    form: terms of degree other than 2 are named.

    >>> import sympy
    >>> x, y = sympy.symbols("x y")
    >>> symmetric_matrix(2*x**2 + 3*x*y, [x, y])
    Matrix([
    [  2, 3/2],
    [3/2,   0]])
    """
    import sympy

    if not isinstance(polynomial, sympy.Expr):
        raise ValueError(f"polynomial must be a SymPy expression, not {type(polynomial).__name__}.")
    symbols = list(variables) if isinstance(variables, Iterable) else [variables]
    if (
        not symbols
        or not all(isinstance(symbol, sympy.Symbol) for symbol in symbols)
        or len(set(symbols)) < len(symbols)
    ):
        raise ValueError(f"variables must be distinct SymPy symbols, at least one, not {variables!r}.")
    try:
        terms = sympy.Poly(polynomial, *symbols).terms()
    except sympy.PolynomialError as error:
        raise ValueError(f"{polynomial} is not a polynomial in {symbols}: {error}") from None
    matrix = sympy.zeros(len(symbols), len(symbols))
    for powers, coefficient in terms:
        _place(matrix, powers, coefficient, symbols)
    return matrix


def _place(matrix: Any, powers: tuple[int, ...], coefficient: Any, symbols: list[Any]) -> None:
    if coefficient == 0:
        return
    if sum(powers) != 2:
        term = coefficient
        for symbol, power in zip(symbols, powers, strict=True):
            term *= symbol**power
        raise ValueError(f"Not a quadratic form: the term {term} has degree {sum(powers)}, and every term must have 2.")
    places = [index for index, power in enumerate(powers) for _ in range(power)]
    i, j = places
    matrix[i, j] += coefficient / 2
    matrix[j, i] += coefficient / 2


def definiteness(A: ArrayLike, rtol: float | None = None) -> Definiteness:
    """The sign of Re(xᴴA x) over x ≠ 0, which depends on the Hermitian part of A alone.

    `"positive definite"`, `"positive semidefinite"`, `"negative definite"`, `"negative semidefinite"` or
    `"indefinite"`, a str with `.evidence`. Decided by the eigenvalues of the Hermitian part; those within `rtol` times
    the largest modulus (n·eps by default) count as 0. Beside them the leading principal minors: all positive, or
    alternating from a negative first, they decide definiteness; semidefiniteness they don't (diag(0, 0, −1) has none
    negative), there all principal minors do. Eigenvalues of both signs make the form indefinite (a saddle), zeros
    beside them or not. The zero matrix is semidefinite of both signs and is called positive semidefinite.
    Source: Horn & Johnson, Matrix Analysis (2013), theorems 7.2.1 and 7.2.5 and corollary 7.1.5.

    >>> result = definiteness([[2, 1], [1, 2]])
    >>> result == "positive definite", result.evidence["leading_principal_minors"].round(12)
    (True, array([2., 3.]))
    """
    matrix = as_matrix(A, square=True)
    scale = float(np.abs(matrix).max())
    form = matrix / 2 + adjoint(matrix) / 2
    values = np.linalg.eigvalsh(form / scale) * scale if scale else np.zeros(len(matrix))
    return judge(matrix, form, values, rtol)


def judge(
    matrix: Array, form: Array, values: Array, rtol: float | None = None, hermitian: bool | None = None
) -> Definiteness:
    """The verdict on a matrix whose Hermitian part and its ascending eigenvalues are at hand."""
    relative = rank_tolerance(matrix.shape, epsilon(matrix)) if rtol is None else rtol
    tolerance = relative * float(max(np.abs(values).max(), np.abs(matrix).max()))
    kind = _kind(values, tolerance)
    minors = _leading_minors(form) if len(form) <= LEADING_UP_TO else None
    every = _principal_minors(form) if "semi" in kind and len(form) <= ALL_UP_TO else None
    hermitian = bool(np.array_equal(matrix, adjoint(matrix))) if hermitian is None else hermitian
    evidence: dict[str, Any] = {
        "eigenvalues": values,
        "tolerance": tolerance,
        "leading_principal_minors": minors,
        "principal_minors": every,
        "hermitian": hermitian,
        "reason": _reason(kind, values, tolerance, minors, hermitian),
    }
    return Definiteness(kind, evidence)


def _kind(values: Array, tolerance: float) -> str:
    positive, negative = bool((values > tolerance).any()), bool((values < -tolerance).any())
    if positive and negative:
        return "indefinite"
    strict = bool((np.abs(values) > tolerance).all())
    return f"{'negative' if negative else 'positive'} {'definite' if strict else 'semidefinite'}"


def _leading_minors(form: Array) -> Array:
    with np.errstate(over="ignore", under="ignore"):
        return np.array([np.real(np.linalg.det(form[:k, :k])) for k in range(1, len(form) + 1)])


def _principal_minors(form: Array) -> dict[tuple[int, ...], float]:
    sets = [rows for size in range(1, len(form) + 1) for rows in combinations(range(len(form)), size)]
    with np.errstate(over="ignore", under="ignore"):
        return {rows: float(np.real(np.linalg.det(form[np.ix_(rows, rows)]))) for rows in sets}


def _reason(kind: str, values: Array, tolerance: float, minors: Array | None, hermitian: bool) -> str:
    signs = {
        "positive": int((values > tolerance).sum()),
        "zero": int((np.abs(values) <= tolerance).sum()),
        "negative": int((values < -tolerance).sum()),
    }
    found = [f"{'all ' if many == len(values) else ''}{many} {sign}" for sign, many in signs.items() if many]
    span = f"(from {values[0]:.4g} to {values[-1]:.4g}; within {tolerance:.2g} of 0 counts as 0)"
    parts = [f"Eigenvalues: {', '.join(found)} {span}."]
    if kind == "indefinite":
        parts.append("Both signs make a saddle" + (", zeros beside them or not." if signs["zero"] else "."))
    elif "semi" in kind:
        parts.append("Leading principal minors do not decide semidefiniteness; all principal minors would.")
        if not values.any():
            parts.append("The zero matrix is negative semidefinite too.")
    elif minors is not None:
        parts.append(_by_minors(kind, minors))
    if not hermitian:
        parts.append("A is not Hermitian; the verdict is that of its Hermitian part, on which Re(x^H A x) depends.")
    return " ".join(parts)


def _by_minors(kind: str, minors: Array) -> str:
    """What the leading principal minors say of a form that the eigenvalues find definite."""
    positive = kind.startswith("positive")
    signed = minors if positive else minors * (-1.0) ** np.arange(1, len(minors) + 1)
    if not (signed > 0).all():
        return "The leading principal minors, as computed, say otherwise: rounding has spoilt the smallest of them."
    rule = "all positive" if positive else "negative and positive in turn, the first negative"
    return f"The leading principal minors are {rule}, which decides it too."
