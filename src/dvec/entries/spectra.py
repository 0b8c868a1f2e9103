"""Inverses, and functions of eigenvalues and singular values in closed form: diagonal matrices and sides up to 2.

May import core, operations and the rest of this room but the bridge.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

from dvec.core.errors import FormulaError
from dvec.core.node import Op
from dvec.entries.indices import entry_by_entry, explicit, matrix_product
from dvec.entries.reading import Explicit
from dvec.entries.symbolic import Expr, sp
from dvec.operations import matrix_functions, norms


def inverse(A: Explicit) -> Explicit:
    """The adjugate over the determinant."""
    matrix = A.matrix
    determinant = matrix.det(method="berkowitz")
    if determinant.is_zero:
        raise FormulaError(f"the inverse of a singular matrix: {A.rows}×{A.cols}, with determinant 0")
    return explicit(matrix.adjugate(method="berkowitz") / determinant)


def gram(A: Explicit, conjugated: bool) -> Explicit:
    """The smaller of AᴴA and AAᴴ."""
    adjoint = entry_by_entry((A.cols, A.rows), lambda i, j: sp.conjugate(A[j, i]) if conjugated else A[j, i])
    return matrix_product(adjoint, A) if A.rows >= A.cols else matrix_product(A, adjoint)


def _too_large(what: str, A: Explicit) -> NoReturn:
    raise FormulaError(f"{what} of a {A.rows}×{A.cols} matrix of symbols has no short closed form: take sides up to 2")


def _eigenvalue(A: Explicit, sign: int, what: str, conjugated: bool) -> Expr:
    """The larger or smaller eigenvalue of a symmetric (Hermitian) matrix, from its lower triangle."""
    if A.rows == 1:
        return A.flat[0]
    if A.rows > 2:
        _too_large(what, A)
    a, b, d = A[0, 0], A[1, 0], A[1, 1]
    root = sp.sqrt((a - d) ** 2 + 4 * b * (sp.conjugate(b) if conjugated else b))
    return (a + d + sign * root) / 2


def _scalar(value: Expr) -> Explicit:
    return Explicit(1, 1, (value,))


def _eigmax(A: Explicit, conjugated: bool) -> Explicit:
    return _scalar(_eigenvalue(A, 1, "eigmax", conjugated))


def _eigmin(A: Explicit, conjugated: bool) -> Explicit:
    return _scalar(_eigenvalue(A, -1, "eigmin", conjugated))


def _spectral_norm(A: Explicit, conjugated: bool) -> Explicit:
    return _scalar(sp.sqrt(_eigenvalue(gram(A, conjugated), 1, "the spectral norm", conjugated)))


def _nuclear_norm(A: Explicit, conjugated: bool) -> Explicit:
    """σ₁ + σ₂ = √(tr G + 2 √det G) for the Gram matrix G."""
    G = gram(A, conjugated)
    if G.rows == 1:
        return _scalar(sp.sqrt(G.flat[0]))
    if G.rows > 2:
        _too_large("the nuclear norm", A)
    determinant = G[0, 0] * G[1, 1] - G[0, 1] * G[1, 0]
    return _scalar(sp.sqrt(G[0, 0] + G[1, 1] + 2 * sp.sqrt(determinant)))


def _topvec(A: Explicit, conjugated: bool) -> Explicit:
    """The unit eigenvector (λ − d, b)/‖·‖ of the largest eigenvalue λ, with a first entry that is not negative."""
    if A.rows == 1:
        return _scalar(sp.S.One)
    largest = _eigenvalue(A, 1, "topvec", conjugated)
    first, second = largest - A[1, 1], A[1, 0]
    if second == 0:
        raise FormulaError("topvec of a diagonal matrix of symbols depends on which entry is the largest")
    length = sp.sqrt(first**2 + second * (sp.conjugate(second) if conjugated else second))
    return Explicit(2, 1, (first / length, second / length))


def _singular_vectors(A: Explicit, conjugated: bool) -> tuple[Explicit, Explicit]:
    """The leading left and right singular vectors: one from the smaller Gram matrix, the other as its image."""
    adjoint = entry_by_entry((A.cols, A.rows), lambda i, j: sp.conjugate(A[j, i]) if conjugated else A[j, i])
    largest = _spectral_norm(A, conjugated).flat[0]
    own = _topvec(gram(A, conjugated), conjugated)
    image = matrix_product(A if A.rows >= A.cols else adjoint, own)
    image = Explicit(image.rows, image.cols, tuple(e / largest for e in image.flat))
    return (image, own) if A.rows >= A.cols else (own, image)


# ------------------------------------------------------------------ functions of a matrix


def _of_diagonal(A: Explicit, function: Callable[[Any], Any]) -> Explicit | None:
    """f of a diagonal matrix (a 1×1 is one), entry by entry on the diagonal."""
    if any(A[i, j] != 0 for i in range(A.rows) for j in range(A.cols) if i != j):
        return None
    return entry_by_entry(A.shape, lambda i, j: function(A[i, i]) if i == j else 0)


def _half_trace_and_root(A: Explicit, what: str) -> tuple[Expr, Expr]:
    """s and q with eigenvalues s ± q."""
    if A.rows > 2:
        _too_large(what, A)
    half = (A[0, 0] - A[1, 1]) / 2
    return (A[0, 0] + A[1, 1]) / 2, sp.sqrt(half**2 + A[0, 1] * A[1, 0])


def _linear(A: Explicit, s: Expr, constant: Expr, slope: Expr) -> Explicit:
    """constant·I + slope·(A − s I)"""
    return entry_by_entry(A.shape, lambda i, j: slope * A[i, j] + (constant - slope * s if i == j else 0))


def _expm(A: Explicit, conjugated: bool) -> Explicit:
    found = _of_diagonal(A, sp.exp)
    if found is not None:
        return found
    s, q = _half_trace_and_root(A, "expm")
    return _linear(A, s, sp.exp(s) * sp.cosh(q), sp.exp(s) * (sp.S.One if q == 0 else sp.sinh(q) / q))


def _logm(A: Explicit, conjugated: bool) -> Explicit:
    found = _of_diagonal(A, sp.log)
    if found is not None:
        return found
    s, q = _half_trace_and_root(A, "logm")
    upper, lower = sp.log(s + q), sp.log(s - q)
    return _linear(A, s, (upper + lower) / 2, 1 / s if q == 0 else (upper - lower) / (2 * q))


def _sqrtm(A: Explicit, conjugated: bool) -> Explicit:
    """(A + δ I)/√(tr A + 2δ) with δ = √det A."""
    found = _of_diagonal(A, sp.sqrt)
    if found is not None:
        return found
    s, _ = _half_trace_and_root(A, "sqrtm")
    delta = sp.sqrt(A[0, 0] * A[1, 1] - A[0, 1] * A[1, 0])
    length = sp.sqrt(2 * s + 2 * delta)
    return entry_by_entry(A.shape, lambda i, j: (A[i, j] + (delta if i == j else 0)) / length)


SPECTRAL_RULES: dict[Op, Callable[[Explicit, bool], Explicit]] = {
    matrix_functions.EIGMAX: _eigmax,
    matrix_functions.EIGMIN: _eigmin,
    matrix_functions.TOPVEC: _topvec,
    matrix_functions.TOPLEFT: lambda A, conjugated: _singular_vectors(A, conjugated)[0],
    matrix_functions.TOPRIGHT: lambda A, conjugated: _singular_vectors(A, conjugated)[1],
    matrix_functions.EXPM: _expm,
    matrix_functions.LOGM: _logm,
    matrix_functions.SQRTM: _sqrtm,
    norms.SPECTRAL: _spectral_norm,
    norms.NUCLEAR: _nuclear_norm,
}
"""(argument, whether it is complex) → value."""
