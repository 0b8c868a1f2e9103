"""Matrices as vectors and back, and the sparse matrices that rearrange or select the entries of vec A.

May import NumPy, SciPy and this room's checks.
"""

import operator
from typing import Any

import numpy as np
import scipy.sparse as sps
from numpy.typing import ArrayLike, NDArray

from dvec.linalg._checks import Array, as_matrix, as_size, as_vector


def vec(A: ArrayLike) -> Array:
    """The columns of A (m×n) stacked into one vector of mn entries.

    Source: Magnus & Neudecker, Matrix Differential Calculus (2019), section 2.4.

    >>> vec([[1, 2], [3, 4]])
    array([1., 3., 2., 4.])
    """
    return as_matrix(A).flatten(order="F")


def rvec(A: ArrayLike) -> Array:
    """The rows of A (m×n) joined into one row, 1×mn: rvec A = (vec Aᵀ)ᵀ.

    >>> rvec([[1, 2], [3, 4]])
    array([[1., 2., 3., 4.]])
    """
    return as_matrix(A).flatten(order="C")[None, :]


def unvec(x: ArrayLike, shape: tuple[int, int]) -> Array:
    """The matrix of the given shape (m, n) whose vec is x; ValueError unless x has mn entries.

    >>> unvec([1, 3, 2, 4], (2, 2))
    array([[1., 2.],
           [3., 4.]])
    """
    rows, columns = as_shape(shape, 2)
    return as_vector(x, size=rows * columns).reshape((rows, columns), order="F").copy(order="K")


def vech(A: ArrayLike) -> Array:
    """The lower triangle of a square A, column by column: n(n+1)/2 entries.

    Source: Magnus & Neudecker (2019), section 3.8 (where A is symmetric).

    >>> vech([[1, 9, 9], [2, 4, 9], [3, 5, 6]])
    array([1., 2., 3., 4., 5., 6.])
    """
    square = as_matrix(A, square=True)
    return square.T[np.triu_indices(len(square))]


def commutation_matrix(m: int, n: int) -> Any:
    """K (mn×mn, sparse) with K vec(A) = vec(Aᵀ) for every m×n matrix A: a permutation.

    Source: Magnus & Neudecker (2019), section 3.7.

    >>> commutation_matrix(2, 2).toarray()
    array([[1., 0., 0., 0.],
           [0., 0., 1., 0.],
           [0., 1., 0., 0.],
           [0., 0., 0., 1.]])
    """
    m, n = as_size(m, "m"), as_size(n, "n")
    return _selection(np.arange(m * n).reshape((m, n), order="F").ravel(), m * n)


def duplication_matrix(n: int) -> Any:
    """D (n²×n(n+1)/2, sparse) with D vech(A) = vec(A) for every symmetric n×n matrix A.

    Source: Magnus & Neudecker (2019), section 3.8.

    >>> duplication_matrix(2).toarray()
    array([[1., 0., 0.],
           [0., 1., 0.],
           [0., 1., 0.],
           [0., 0., 1.]])
    """
    n = as_size(n, "n")
    rows, columns = np.indices((n, n))
    low, high = np.minimum(rows, columns), np.maximum(rows, columns)
    position = low * n - low * (low - 1) // 2 + (high - low)
    return _selection(position.ravel(order="F"), n * (n + 1) // 2)


def elimination_matrix(n: int) -> Any:
    """L (n(n+1)/2×n², sparse) with L vec(A) = vech(A) for every n×n matrix A.

    Source: Magnus & Neudecker (2019), section 3.8; Lütkepohl, Handbook of Matrices (1996), section 7.3.

    >>> elimination_matrix(2).toarray()
    array([[1., 0., 0., 0.],
           [0., 1., 0., 0.],
           [0., 0., 0., 1.]])
    """
    n = as_size(n, "n")
    columns, rows = np.triu_indices(n)
    return _selection(columns * n + rows, n * n)


def as_shape(shape: Any, axes: int | None = None) -> tuple[int, ...]:
    """A shape: a sequence of sizes, of the given number of axes where one is given."""
    try:
        sides = tuple(operator.index(side) for side in shape)
    except TypeError:
        raise ValueError(f"shape must be a sequence of integers, not {shape!r}.") from None
    if axes is not None and len(sides) != axes:
        raise ValueError(f"shape must have {axes} entries, and is {shape!r}.")
    return tuple(as_size(side, f"shape[{axis}]") for axis, side in enumerate(sides))


def _selection(chosen: NDArray[np.intp], length: int) -> Any:
    """The matrix whose row i is the unit row with its 1 in column chosen[i]."""
    rows = len(chosen)
    return sps.csr_array((np.ones(rows), chosen, np.arange(rows + 1)), shape=(rows, length))
