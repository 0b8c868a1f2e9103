"""Norms of a matrix, dense or sparse: induced by any p-norm, with a certified interval, and entry by entry.

May import NumPy, SciPy and this room's checks.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.linalg as sla
import scipy.sparse as sps
from scipy.sparse.linalg import ArpackNoConvergence, svds

from dvec.linalg._checks import Array, as_matrix_or_sparse, epsilon

_svds: Any = svds  # SciPy's own annotations are narrower than what it takes


class NormEstimate(float):
    """An induced norm: a float, the best lower bound found, with the interval that is certain to hold the norm.

    `.lower` is attained by `.vector` (‖A v‖ₚ = lower · ‖v‖ₚ), `.upper` is a proven bound; `.exact` says that the
    two agree to rounding. `.method` tells how the bounds were found.
    """

    lower: float
    upper: float
    vector: Array | None
    method: str

    def __new__(cls, lower: float, upper: float, vector: Array | None, method: str) -> "NormEstimate":
        """The float `lower` with its interval."""
        number = super().__new__(cls, lower)
        number.lower, number.upper, number.vector, number.method = float(lower), float(upper), vector, method
        return number

    @property
    def exact(self) -> bool:
        """Whether the interval is no wider than 1e-8 of the norm."""
        return self.upper - self.lower <= 1e-8 * self.upper

    def __reduce__(self) -> Any:
        return NormEstimate, (self.lower, self.upper, self.vector, self.method)

    def __repr__(self) -> str:
        return (
            f"{self.lower!r} (exact)"
            if self.lower == self.upper
            else f"{self.lower!r} (certainly in [{self.lower}, {self.upper}])"
        )


def induced_norm(A: Any, p: float = 2, *, restarts: int = 8, seed: int = 0) -> NormEstimate:
    """max ‖A x‖ₚ / ‖x‖ₚ over x ≠ 0, for any p from 1 to inf; A is m×n, real or complex, dense or sparse.

    Exact for p = 1 (largest column sum), inf (largest row sum) and 2 (largest singular value). For other p the norm
    of a general matrix is NP-hard, so the answer is the value reached by Boyd's power method from `restarts` random
    and the likeliest starting vectors, with a proven upper bound in `.upper`; the two meet for matrices with
    non-negative entries, of rank one, diagonal. Sources: Boyd, The power method for ℓᵖ norms (1974); Higham, Accuracy
    and Stability (2002), section 15.2; upper bounds: Riesz–Thorin, Hölder by rows and columns, Schur's test on |A|.

    >>> float(induced_norm([[1, -2], [3, 4]], 1)), float(induced_norm([[1, -2], [3, 4]], float("inf")))
    (6.0, 7.0)
    >>> induced_norm([[1, 2], [3, 4]], 3).exact
    True
    """
    matrix = as_matrix_or_sparse(A)
    p = _exponent(p)
    scale = _largest(matrix)
    if scale == 0:
        return NormEstimate(0.0, 0.0, _unit(matrix.shape[1], 0), "every entry is 0")
    exact = _EXACT.get(p)
    estimate = exact(matrix / scale) if exact else _general(matrix / scale, p, restarts, seed)
    return NormEstimate(estimate.lower * scale, estimate.upper * scale, estimate.vector, estimate.method)


def entrywise_norm(A: Any, p: float = 2) -> float:
    """(Σ |aᵢⱼ|ᵖ)^(1/p) over all entries, for p from 1 to inf (inf: the largest modulus); A is dense or sparse.

    p = 2 is the Frobenius norm. Scaled, so that nothing overflows on the way.
    Source: Horn & Johnson, Matrix Analysis (2013), section 5.6.

    >>> entrywise_norm([[3, 4], [0, 0]]), entrywise_norm([[3, 4], [0, 0]], 1)
    (5.0, 7.0)
    """
    matrix = as_matrix_or_sparse(A)
    p = _exponent(p)
    scale = _largest(matrix)
    if scale == 0 or np.isinf(p):
        return scale
    entries = matrix.data if sps.issparse(matrix) else matrix
    if p == 2 and 1e-100 < scale < 1e100 and entries.dtype.char in "dD":
        return float(np.linalg.norm(entries))  # by a dot product, five times as fast
    moduli = np.abs(entries) / scale
    return float(scale * np.sum(moduli**p) ** (1 / p))


def _exponent(p: Any) -> float:
    try:
        number = float(p)
    except (TypeError, ValueError):
        raise ValueError(f"p must be a number of at least 1 or inf, not {p!r}.") from None
    if not number >= 1:
        raise ValueError(f"p must be at least 1 (below, it is no norm), not {p!r}.")
    return number


def _largest(matrix: Any) -> float:
    data = matrix.data if sps.issparse(matrix) else matrix
    return float(np.abs(data).max(initial=0.0))


def _unit(size: int, index: int) -> Array:
    return np.eye(1, size, index)[0]


def _column_sum(matrix: Any) -> NormEstimate:
    sums = np.asarray(abs(matrix).sum(axis=0)).ravel()
    column = int(np.argmax(sums))
    value = float(sums[column])
    return NormEstimate(value, value, _unit(len(sums), column), "the largest column sum of moduli")


def _row_sum(matrix: Any) -> NormEstimate:
    sums = np.asarray(abs(matrix).sum(axis=1)).ravel()
    row = int(np.argmax(sums))
    entries = matrix[[row], :].toarray()[0] if sps.issparse(matrix) else matrix[row]
    value = float(sums[row])
    return NormEstimate(value, value, _signs(entries.conj()), "the largest row sum of moduli")


def _spectral(matrix: Any) -> NormEstimate:
    if sps.issparse(matrix) and min(matrix.shape) > 50:
        return _largest_singular(matrix)
    dense = matrix.toarray() if sps.issparse(matrix) else matrix
    value = float(sla.svdvals(dense)[0])
    return NormEstimate(value, value, None, "the largest singular value")


def _largest_singular(matrix: Any) -> NormEstimate:
    """The largest singular value by Lanczos; the upper end of its interval is the residual's, if it converges."""
    start = np.random.default_rng(0).standard_normal(min(matrix.shape)).astype(matrix.dtype)
    try:
        triple = _svds(matrix, k=1, v0=start, tol=1e-10, maxiter=300)
    except ArpackNoConvergence:
        value, vector = _power(matrix, np.resize(start, matrix.shape[1]), 2.0)
        upper = min(np.sqrt(_column_sum(matrix).upper * _row_sum(matrix).upper), _norm(matrix.data, 2.0))
        return NormEstimate(value, float(upper), vector, "the power method; Lanczos did not converge")
    value, vector = float(triple[1][0]), triple[2][0].conj()
    residual = float(np.linalg.norm(matrix.T.conj() @ (matrix @ vector) - value**2 * vector))
    return NormEstimate(value, value + residual / value, vector, "the largest singular value, by Lanczos (ARPACK)")


_EXACT: dict[float, Callable[[Any], NormEstimate]] = {1.0: _column_sum, 2.0: _spectral, np.inf: _row_sum}


def _general(matrix: Any, p: float, restarts: int, seed: int) -> NormEstimate:
    """Lower bound by the power method from several starts, upper bound as the least of the proven ones."""
    q = p / (p - 1)
    matrix = matrix.astype(np.result_type(matrix.dtype, np.float64))
    modulus = abs(matrix)
    perron = _power(modulus, np.ones(matrix.shape[1]), p)[1]
    reached = [_power(matrix, start, p) for start in _starts(matrix, perron, restarts, seed)]
    lower, vector = max(reached, key=lambda pair: pair[0])
    upper = min(_interpolated(matrix, p), _hoelder(modulus, p, q), _schur(modulus, perron, p))
    rounding = 1 + sum(matrix.shape) * epsilon(np.empty(0))
    return NormEstimate(lower, max(lower, upper * rounding), vector, f"Boyd's power method, {len(reached)} starts")


def _starts(matrix: Any, perron: Array, restarts: int, seed: int) -> list[Array]:
    columns = matrix.shape[1]
    random = np.random.default_rng(seed)
    heaviest = int(np.argmax(np.asarray(abs(matrix).sum(axis=0)).ravel()))
    signs = _row_sum(matrix).vector
    drawn = list(random.standard_normal((restarts, columns)))
    if matrix.dtype.kind == "c":
        drawn = [real + 1j * random.standard_normal(columns) for real in drawn]
    return [perron, _unit(columns, heaviest), *([] if signs is None else [signs]), *drawn]


def _power(matrix: Any, start: Array, p: float, steps: int = 500) -> tuple[float, Array]:
    """Boyd's iteration: x becomes the dual of Aᴴ(dual of A x); ‖A x‖ₚ / ‖x‖ₚ never falls."""
    q = p / (p - 1)
    best, best_x = -1.0, start
    x = start / _norm(start, p)
    for _ in range(steps):
        image = matrix @ x
        value = _norm(image, p)
        if not value > best * (1 + 1e-13):
            break
        best, best_x = value, x
        back = matrix.T.conj() @ _dual(image, p)
        if not back.any():
            break
        x = _dual(back, q)
        x = x / _norm(x, p)
    return best, best_x


def _norm(x: Array, p: float) -> float:
    largest = float(np.abs(x).max(initial=0.0))
    return largest * float(np.sum((np.abs(x) / largest) ** p) ** (1 / p)) if largest else 0.0


def _signs(x: Array) -> Array:
    """x / |x| entry by entry; 0 stays 0."""
    moduli = np.abs(x)
    return np.divide(x, moduli, out=np.zeros_like(x), where=moduli > 0)


def _dual(x: Array, p: float) -> Array:
    """A multiple of the vector z with zᴴx = ‖z‖_q ‖x‖ₚ: z = sign(x) |x|^(p−1)."""
    moduli = np.abs(x)
    largest = moduli.max(initial=0.0)
    return _signs(x) * (moduli / largest) ** (p - 1) if largest else x


def _interpolated(matrix: Any, p: float) -> float:
    """Riesz–Thorin: log ‖A‖ₚ is convex in 1/p, so it lies below the chords between p = 1, 2 and inf."""
    one, two, top = (bound(matrix).upper for bound in (_column_sum, _spectral, _row_sum))
    near = one ** (2 / p - 1) * two ** (2 - 2 / p) if p < 2 else two ** (2 / p) * top ** (1 - 2 / p)
    return min(near, one ** (1 / p) * top ** (1 - 1 / p))


def _hoelder(modulus: Any, p: float, q: float) -> float:
    """The p-norm of the q-norms of the rows, the q-norm of the p-norms of the columns: the lesser."""
    return min(_norm(_norms_along(modulus, 1, q), p), _norm(_norms_along(modulus, 0, p), q))


def _norms_along(modulus: Any, axis: int, p: float) -> Array:
    return np.asarray((modulus**p).sum(axis=axis)).ravel() ** (1 / p)


def _schur(modulus: Any, perron: Array, p: float) -> float:
    """Schur's test: ‖A‖ₚ ≤ maxⱼ ([Bᵀ(B u)^(p−1)]ⱼ / uⱼ^(p−1))^(1/p) for B = |A| and any u > 0; tight at B's own u."""
    u = np.abs(perron)
    used = np.asarray(modulus.sum(axis=0)).ravel() > 0
    bounds = [np.inf]
    for lift in (0.0, 1e-9, 1e-6, 1e-3, 1.0, np.inf):
        trial = np.ones_like(u) if np.isinf(lift) else u + lift * u.max()
        with np.errstate(divide="ignore", invalid="ignore", over="ignore", under="ignore"):
            ratio = (modulus.T @ (modulus @ trial) ** (p - 1))[used] / trial[used] ** (p - 1)
        if np.isfinite(ratio).all():
            bounds.append(float(ratio.max()) ** (1 / p))
    return min(bounds)
