"""Tensors as arrays of any number of axes: unfolding, folding, the product with a matrix along one mode.

May import NumPy, SciPy and this room's checks.
"""

import operator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from dvec.linalg._checks import Array, as_matrix, as_numbers
from dvec.linalg.vectorization import as_shape


def unfold(T: ArrayLike, mode: int) -> Array:
    """The matrix whose rows are numbered by axis `mode` of T, whose columns by the other axes in NumPy's order.

    (Kolda & Bader, Tensor Decompositions and Applications, SIAM Review 51 (2009), section 2.4, let the first
    of the other axes run fastest; here, as everywhere in NumPy, the last one does.)

    >>> unfold([[[1, 2], [3, 4]], [[5, 6], [7, 8]]], 1)
    array([[1., 2., 5., 6.],
           [3., 4., 7., 8.]])
    """
    tensor = _tensor(T)
    mode = _mode(mode, tensor.ndim)
    return np.moveaxis(tensor, mode, 0).reshape(tensor.shape[mode], -1).copy(order="K")


def fold(M: ArrayLike, mode: int, shape: tuple[int, ...]) -> Array:
    """The tensor of the given shape whose unfolding along `mode` is M; ValueError where the sizes don't fit.

    >>> fold([[1, 2, 5, 6], [3, 4, 7, 8]], 1, (2, 2, 2))[1]
    array([[5., 6.],
           [7., 8.]])
    """
    matrix, sides = as_matrix(M, "M"), as_shape(shape)
    mode = _mode(mode, len(sides))
    rest = sides[:mode] + sides[mode + 1 :]
    wanted = (sides[mode], int(np.prod(rest, dtype=object)))
    if matrix.shape != wanted:
        raise ValueError(f"M has shape {matrix.shape}; to fold along mode {mode} of {sides} it must have {wanted}.")
    return np.moveaxis(matrix.reshape(sides[mode], *rest), 0, mode).copy()


def mode_product(T: ArrayLike, A: ArrayLike, mode: int) -> Array:
    """T ×ₖ A: every fibre of T along axis k = `mode` is multiplied by A (p×nₖ), so that axis gets p entries.

    Source: Kolda & Bader (2009), section 2.5: unfold(T ×ₖ A, k) = A unfold(T, k).

    >>> mode_product([[[1, 2], [3, 4]]], [[1, 1]], 1)
    array([[[4., 6.]]])
    """
    tensor, matrix = _tensor(T), as_matrix(A)
    mode = _mode(mode, tensor.ndim)
    if matrix.shape[1] != tensor.shape[mode]:
        raise ValueError(
            f"A has {matrix.shape[1]} columns (shape {matrix.shape}), and axis {mode} of T has {tensor.shape[mode]} "
            f"entries (shape {tensor.shape}): they must be equal."
        )
    return np.moveaxis(np.tensordot(matrix, tensor, axes=(1, mode)), 0, mode)


def _tensor(T: ArrayLike) -> Array:
    tensor = as_numbers(T, "T")
    if tensor.ndim == 0:
        raise ValueError("T must have at least one axis, and is a scalar.")
    return tensor


def _mode(mode: Any, axes: int) -> int:
    try:
        number = operator.index(mode)
    except TypeError:
        raise ValueError(f"mode must be an integer, not {mode!r}.") from None
    if not -axes <= number < axes:
        raise ValueError(f"mode {number} does not exist: T has {axes} axes, numbered from 0.")
    return number % axes
