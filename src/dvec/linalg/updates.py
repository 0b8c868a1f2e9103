"""The inverse of a matrix that has changed a little, from the inverse it had.

May import NumPy, SciPy and this room's checks and factorisations.
"""

import warnings

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import LinAlgError, LinAlgWarning, blas

from dvec.linalg._checks import Array, as_matrix, as_vector, epsilon
from dvec.linalg._factor import DIGITS_LEFT, LU


def inverse_update(A_inv: ArrayLike, x: ArrayLike, y: ArrayLike | None = None, *, overwrite: bool = False) -> Array:
    """(A + x yᴴ)⁻¹ from A⁻¹ (n×n) in O(n²); y is x unless given.

    A⁻¹ − A⁻¹x yᴴA⁻¹ / (1 + yᴴA⁻¹x). Raises LinAlgError where 1 + yᴴA⁻¹x vanishes to rounding, for then A + x yᴴ is
    singular; warns where fewer than three of its digits are left. With `overwrite` the result is written into A_inv,
    which must be an array of a type that can hold it.
    Source: Sherman & Morrison (1950); Golub & Van Loan (2013), section 2.1.4.

    >>> inverse_update([[1.0, 0.0], [0.0, 1.0]], [1.0, 0.0])
    array([[0.5, 0. ],
           [0. , 1. ]])
    """
    inverse = as_matrix(A_inv, "A_inv", square=True)
    left = as_vector(x, "x", size=len(inverse))
    right = left if y is None else as_vector(y, "y", size=len(inverse))
    dtype = np.result_type(inverse, left, right)
    target = _target(A_inv, inverse, dtype, overwrite)
    column, row = inverse @ left, right.conj() @ inverse
    terms = right.conj() * column
    pivot = 1 + terms.sum()
    scale = 1 + float(np.linalg.norm(right) * np.linalg.norm(column))
    if abs(pivot) <= len(inverse) * epsilon(inverse, left, right) * scale:
        raise LinAlgError(
            f"A + x y^H is singular: 1 + y^H A^-1 x = {pivot:.3g}, 0 to rounding for terms of size {scale:.3g}."
        )
    _warn_of_cancellation(scale / abs(pivot), epsilon(inverse, left, right))
    return _add_rank_one(target, -1 / pivot, column, row)


def woodbury(A_inv: ArrayLike, B: ArrayLike, C: ArrayLike, D: ArrayLike, *, overwrite: bool = False) -> Array:
    """(A + B C D)⁻¹ from A⁻¹, for A n×n, B n×k, C k×k, D k×n, in O(n²k); C may be singular.

    A⁻¹ − A⁻¹B C (I + D A⁻¹B C)⁻¹ D A⁻¹. Raises LinAlgError where I + D A⁻¹B C is singular, for then A + B C D is.
    With `overwrite` the result is written into A_inv.
    Source: Henderson & Searle, On deriving the inverse of a sum of matrices (1981), section 1.

    >>> woodbury([[1.0, 0.0], [0.0, 1.0]], [[1.0], [0.0]], [[3.0]], [[1.0, 0.0]])
    array([[0.25, 0.  ],
           [0.  , 1.  ]])
    """
    inverse = as_matrix(A_inv, "A_inv", square=True)
    b, c, d = as_matrix(B, "B"), as_matrix(C, "C", square=True), as_matrix(D, "D")
    n, k = len(inverse), len(c)
    if b.shape != (n, k) or d.shape != (k, n):
        raise ValueError(
            f"A_inv is {n}x{n} and C is {k}x{k}, so B must have shape {(n, k)} and D {(k, n)}; they have {b.shape} "
            f"and {d.shape}."
        )
    dtype = np.result_type(inverse, b, c, d)
    target = _target(A_inv, inverse, dtype, overwrite)
    left, right = inverse @ b, d @ inverse
    capacitance = np.eye(k, dtype=dtype) + (d @ left) @ c
    try:
        correction = (left @ c) @ LU(capacitance, "I + D A^-1 B C").solve(right.astype(dtype, copy=False))
    except LinAlgError as error:
        raise LinAlgError(f"A + B C D is singular: {error}") from None
    target -= correction
    return target


def _warn_of_cancellation(growth: float, eps: float) -> None:
    """A LinAlgWarning where fewer than three digits are left of 1 + yᴴA⁻¹x."""
    if growth * eps > DIGITS_LEFT:
        warnings.warn(
            f"A + x y^H is near-singular: 1 + y^H A^-1 x is {growth:.2g} times smaller than its terms, and as many "
            f"times the rounding in A_inv enters the result.",
            LinAlgWarning,
            stacklevel=3,
        )


def _target(given: ArrayLike, inverse: Array, dtype: np.dtype, overwrite: bool) -> Array:
    """Where the result goes: the caller's own array if asked, else a copy."""
    if not overwrite:
        return inverse.astype(dtype)
    if not isinstance(given, np.ndarray) or inverse is not given or given.dtype != dtype:
        raise ValueError(f"overwrite needs A_inv to be an array of dtype {dtype}, which can hold the result.")
    if not given.flags.writeable:
        raise ValueError("overwrite needs an A_inv that can be written to; this one is read-only.")
    return given


def _add_rank_one(target: Array, alpha: complex, column: Array, row: Array) -> Array:
    """target += alpha · column · row, through BLAS's ger where the memory layout allows it."""
    name = {"f": "sger", "d": "dger", "F": "cgeru", "D": "zgeru"}[target.dtype.char]
    ger = getattr(blas, name)
    if target.flags.f_contiguous:
        ger(alpha, column, row, a=target, overwrite_a=1)
    elif target.flags.c_contiguous:
        ger(alpha, row, column, a=target.T, overwrite_a=1)
    else:
        target += alpha * np.multiply.outer(column, row)
    return target
