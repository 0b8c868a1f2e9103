"""Inverses of matrices that need not be square, the systems they solve, and orthogonal projections.

May import NumPy, SciPy and this room's checks and factorisations. AᴴA is never formed.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import scipy.linalg as sla
from numpy.typing import ArrayLike
from scipy.linalg import LinAlgError

from dvec.linalg._checks import Array, adjoint, as_matrix, as_numbers, as_size, epsilon
from dvec.linalg._factor import SVD, rank_tolerance, svd, warn_if_ill_conditioned


class PenroseResiduals(NamedTuple):
    """How far G is from each of the four conditions that make it A⁺, each relative to the size of what it compares."""

    aga: float
    """‖A G A − A‖ / ‖A‖."""
    gag: float
    """‖G A G − G‖ / ‖G‖."""
    ag_hermitian: float
    """‖(A G)ᴴ − A G‖ / ‖A G‖."""
    ga_hermitian: float
    """‖(G A)ᴴ − G A‖ / ‖G A‖."""


def left_inverse(A: ArrayLike, rtol: float | None = None) -> Array:
    """(AᴴA)⁻¹Aᴴ, of all left inverses (G A = I) of A (m×n, m ≥ n) the one of least norm; by the SVD.

    Raises LinAlgError unless A has full column rank, decided at `rtol` times the largest singular value
    (max(m, n)·eps by default); warns with the condition number where fewer than three digits are left.
    Source: Golub & Van Loan, Matrix Computations (2013), section 5.5.2.

    >>> left_inverse([[1], [1]])
    array([[0.5, 0.5]])
    """
    matrix = as_matrix(A)
    rows, columns = matrix.shape
    if rows < columns:
        raise LinAlgError(
            f"A has shape {matrix.shape}, more columns than rows: it has no left inverse (right_inverse may exist)."
        )
    factors = svd(matrix, rtol)
    factors.require_rank(columns, "A", "a left inverse")
    warn_if_ill_conditioned(factors.condition, epsilon(matrix), "A")
    return _pseudo(factors)


def right_inverse(A: ArrayLike, rtol: float | None = None) -> Array:
    """Aᴴ(A Aᴴ)⁻¹, of all right inverses (A G = I) of A (m×n, m ≤ n) the one of least norm; by the SVD.

    Raises LinAlgError unless A has full row rank; tolerance and warning as for `left_inverse`.
    Source: Golub & Van Loan (2013), section 5.5.2.

    >>> right_inverse([[1, 1]])
    array([[0.5],
           [0.5]])
    """
    matrix = as_matrix(A)
    rows, columns = matrix.shape
    if rows > columns:
        raise LinAlgError(
            f"A has shape {matrix.shape}, more rows than columns: it has no right inverse (left_inverse may exist)."
        )
    factors = svd(matrix, rtol)
    factors.require_rank(rows, "A", "a right inverse")
    warn_if_ill_conditioned(factors.condition, epsilon(matrix), "A")
    return _pseudo(factors)


def pinv(A: ArrayLike, rtol: float | None = None) -> Array:
    """The Moore–Penrose inverse A⁺ (n×m) of any A (m×n), by the SVD.

    Singular values up to `rtol` times the largest (max(m, n)·eps by default) count as zero. Warns where one just
    above that is inverted. Source: Golub & Van Loan (2013), section 5.5.2; Penrose (1955).

    >>> pinv([[2, 0], [0, 0]])
    array([[0.5, 0. ],
           [0. , 0. ]])
    """
    matrix = as_matrix(A)
    factors = svd(matrix, rtol)
    warn_if_ill_conditioned(factors.condition, epsilon(matrix), "A")
    return _pseudo(factors)


def penrose_residuals(A: ArrayLike, G: ArrayLike) -> PenroseResiduals:
    """The residuals (Frobenius norm, relative) of the four conditions of Moore and Penrose, of which A⁺ meets all.

    A G A = A, G A G = G, (A G)ᴴ = A G, (G A)ᴴ = G A, for A m×n and G n×m. Where the size to compare with is 0, the
    residual is 0 if the condition holds exactly. Source: Penrose, A generalized inverse for matrices (1955).

    >>> max(penrose_residuals([[2.0, 0.0]], [[0.5], [0.0]]))
    0.0
    """
    matrix, candidate = as_matrix(A), as_matrix(G, "G")
    if candidate.shape != matrix.shape[::-1]:
        raise ValueError(f"A has shape {matrix.shape}, so G must have {matrix.shape[::-1]}, and has {candidate.shape}.")
    AG, GA = matrix @ candidate, candidate @ matrix
    return PenroseResiduals(
        _relative(AG @ matrix - matrix, matrix),
        _relative(GA @ candidate - candidate, candidate),
        _relative(adjoint(AG) - AG, AG),
        _relative(adjoint(GA) - GA, GA),
    )


def least_squares(A: ArrayLike, b: ArrayLike, rtol: float | None = None) -> Array:
    """The x that makes ‖A x − b‖₂ least; if several do (A without full column rank), the shortest of them.

    A is m×n, b has m entries or is m×k (k right-hand sides); x has n entries or is n×k. By LAPACK's gelsd (SVD after
    bidiagonalisation). Source: Golub & Van Loan (2013), section 5.5.1.

    >>> least_squares([[1], [1]], [1, 3])
    array([2.])
    """
    matrix, right = _system(A, b)
    return _lstsq(matrix, right, rtol)


def minimum_norm(A: ArrayLike, b: ArrayLike, rtol: float | None = None) -> Array:
    """Of all solutions of A x = b the shortest, x = A⁺ b; LinAlgError where the system has none.

    A is m×n, b has m entries or is m×k. With full row rank there is always a solution; without it the residual must
    vanish to rounding. Source: Golub & Van Loan (2013), section 5.6.

    >>> minimum_norm([[1, 1]], [2])
    array([1., 1.])
    """
    matrix, right = _system(A, b)
    x = _lstsq(matrix, right, rtol)
    size = float(np.linalg.norm(matrix) * np.linalg.norm(x) + np.linalg.norm(right))
    residual = float(np.linalg.norm(matrix @ x - right))
    if residual > 100 * rank_tolerance(matrix.shape, epsilon(matrix, right)) * size:
        raise LinAlgError(
            f"A x = b has no solution: the best x leaves a residual of {residual:.3g}. least_squares gives that x."
        )
    return x


def projector(A: ArrayLike, rtol: float | None = None) -> Array:
    """The orthogonal projection A A⁺ (m×m) onto the span of the columns of A (m×n), as U Uᴴ from the SVD.

    Hermitian by construction. Source: Golub & Van Loan (2013), section 2.5.1.

    >>> projector([[1], [1]]).round(12)
    array([[0.5, 0.5],
           [0.5, 0.5]])
    """
    factors = svd(as_matrix(A), rtol)
    basis = factors.left[:, : factors.rank]
    product = basis @ adjoint(basis)
    return (product + adjoint(product)) / 2


def is_projector(P: ArrayLike, rtol: float | None = None) -> bool:
    """Whether P² = P = Pᴴ, each to `rtol`·‖P‖ (10·n·eps by default) in the Frobenius norm.

    >>> is_projector([[0, 0], [0, 1]]), is_projector([[1, 1], [0, 0]])
    (True, False)
    """
    matrix = as_matrix(P, "P")
    if matrix.shape[0] != matrix.shape[1]:
        return False
    tolerance = 10 * rank_tolerance(matrix.shape, epsilon(matrix)) if rtol is None else rtol
    size = float(np.max(np.abs(matrix)))
    if size == 0:
        return True
    if not 1 / (2 * matrix.shape[0]) <= size <= 2:  # a projector other than 0 has norm 1 and trace 1 at least
        return False
    allowed = tolerance * float(np.linalg.norm(matrix))
    hermitian = float(np.linalg.norm(matrix - adjoint(matrix))) <= allowed
    return hermitian and float(np.linalg.norm(matrix @ matrix - matrix)) <= allowed


def matrix_of(T: Callable[[Array], Any], n: int, seed: int = 0) -> Array:
    """The m×n matrix of a linear map T of Rⁿ: its columns are T(e₁), …, T(eₙ).

    T takes a vector of n entries and gives a scalar or a vector of m. ValueError if T is not linear: its value at
    random points (drawn with `seed`) must be the matrix times the point, to 1e-10 of the sizes that enter.

    >>> matrix_of(lambda x: [x[0] + x[1], x[0] - x[1]], 3)
    array([[ 1.,  1.,  0.],
           [ 1., -1.,  0.]])
    """
    n = as_size(n, "n")
    columns = [_image(T, column) for column in np.eye(n)]
    sizes = {len(column) for column in columns}
    if len(sizes) > 1:
        raise ValueError(f"T is not linear: its values have different sizes, {sorted(sizes)}.")
    matrix = np.stack(columns, axis=1)
    random = np.random.default_rng(seed)
    for scale in (0.0, 1.0, -1.0, 1e-3, 1e3):
        _require_linear(T, matrix, scale * random.standard_normal(n))
    return matrix


def _image(T: Callable[[Array], Any], point: Array) -> Array:
    value = as_numbers(T(point.copy()), "T(x)")
    if value.ndim == 2 and value.shape[1] == 1:
        value = value[:, 0]
    if value.ndim > 1:
        raise ValueError(f"T(x) must be a scalar or a vector, and has shape {value.shape}.")
    return np.atleast_1d(value)


def _require_linear(T: Callable[[Array], Any], matrix: Array, point: Array) -> None:
    value = _image(T, point)
    if value.shape != matrix.shape[:1]:
        raise ValueError(f"T is not linear: it gives {len(value)} entries at x = {point}, and {len(matrix)} elsewhere.")
    expected = matrix @ point
    allowed = 1e-10 * (np.abs(matrix) @ np.abs(point) + np.abs(value).max(initial=0.0))
    wrong = np.abs(value - expected) > allowed
    if wrong.any():
        i = int(np.argmax(wrong))
        raise ValueError(
            f"T is not linear: at x = {np.array2string(point, precision=4)} entry {i} is {value[i]:.6g}, and the "
            f"columns T(e_j) add up to {expected[i]:.6g}."
        )


def _pseudo(factors: SVD) -> Array:
    kept = slice(factors.rank)
    return adjoint(factors.right[kept]) / factors.s[kept] @ adjoint(factors.left[:, kept])


def _relative(difference: Array, of: Array) -> float:
    size = float(np.linalg.norm(of))
    distance = float(np.linalg.norm(difference))
    return distance / size if size else distance


def _system(A: ArrayLike, b: ArrayLike) -> tuple[Array, Array]:
    matrix, right = as_matrix(A), as_numbers(b, "b")
    if right.ndim not in (1, 2) or len(right) != len(matrix):
        raise ValueError(
            f"A has {len(matrix)} rows (shape {matrix.shape}), so b must have {len(matrix)} entries, or a column of "
            f"{len(matrix)} for each right-hand side; its shape is {right.shape}."
        )
    return matrix, right


def _lstsq(matrix: Array, right: Array, rtol: float | None) -> Array:
    tolerance = rank_tolerance(matrix.shape, epsilon(matrix)) if rtol is None else rtol
    solution: Any = sla.lstsq(matrix, right, cond=tolerance, lapack_driver="gelsd")
    x, _, rank, s = solution
    if rank:
        warn_if_ill_conditioned(float(s[0] / s[rank - 1]), epsilon(matrix), "A", stacklevel=4)
    return x
