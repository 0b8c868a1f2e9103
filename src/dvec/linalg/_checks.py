"""What every function of this room asks of its input: a finite, non-empty matrix or vector of numbers.

May import NumPy and SciPy, nothing of the other rooms.
"""

from typing import Any, TypeAlias

import numpy as np
import scipy.sparse as sps
from numpy.typing import ArrayLike, NDArray

Array: TypeAlias = NDArray[Any]
"""A NumPy array of float32, float64, complex64 or complex128."""

MAX_DENSIFY = 4_000_000
"""A sparse matrix with at most this many entries is made dense where only a dense one serves (32 MB)."""


def as_numbers(value: ArrayLike, name: str) -> Array:
    """The array of `value` in one of the four types that LAPACK knows; integers and booleans become float64.

    Raises ValueError, naming `name`, for what is not numbers or not finite, and for an empty array.
    """
    array = _as_array(value, name)
    if array.size == 0:
        raise ValueError(f"{name} is empty: its shape is {array.shape}.")
    return _finite(_lapack_type(array, name), name)


def as_matrix(value: ArrayLike, name: str = "A", *, square: bool = False) -> Array:
    """`value` as a matrix: two axes, not empty, every entry a finite number. A small sparse one is made dense."""
    array = as_numbers(_densified(value, name), name)
    if array.ndim != 2:
        raise ValueError(f"{name} must be a matrix (2 axes), and has shape {array.shape}.{_hint(array, name)}")
    if square and array.shape[0] != array.shape[1]:
        raise ValueError(f"{name} must be square, and has shape {array.shape}.")
    return array


def as_matrix_or_sparse(value: Any, name: str = "A", *, square: bool = False) -> Any:
    """As `as_matrix`, but a SciPy sparse matrix stays sparse: it comes back as CSR with its duplicates summed."""
    if not sps.issparse(value):
        return as_matrix(value, name, square=square)
    if value.ndim != 2 or 0 in value.shape:
        raise ValueError(f"{name} must be a non-empty matrix, and has shape {value.shape}.")
    if square and value.shape[0] != value.shape[1]:
        raise ValueError(f"{name} must be square, and has shape {value.shape}.")
    _lapack_type(np.empty(0, dtype=value.dtype), name)
    matrix = sps.csr_array(value)
    if not matrix.has_canonical_format:
        matrix = matrix.copy() if np.shares_memory(matrix.data, getattr(value, "data", matrix.data)) else matrix
        matrix.sum_duplicates()
    data = _lapack_type(matrix.data, name)
    if not np.isfinite(data).all():
        at = int(np.flatnonzero(~np.isfinite(data))[0])
        row = int(np.searchsorted(matrix.indptr, at, side="right")) - 1
        raise ValueError(f"{name}[{row}, {matrix.indices[at]}] is {data[at]}: every entry must be finite.")
    return sps.csr_array((data, matrix.indices, matrix.indptr), shape=matrix.shape)


def as_vector(value: ArrayLike, name: str = "x", *, size: int | None = None) -> Array:
    """`value` as a 1-D array; a column n×1 is accepted. `size`, where given, is the length that it must have."""
    array = as_numbers(value, name)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1:
        raise ValueError(f"{name} must be a vector (1 axis, or one column), and has shape {array.shape}.")
    if size is not None and len(array) != size:
        raise ValueError(f"{name} has {len(array)} entries; {size} are needed.")
    return array


def as_size(value: Any, name: str) -> int:
    """A size: an integer of at least 1."""
    if isinstance(value, bool | np.bool_) or not isinstance(value, int | np.integer):
        raise ValueError(f"{name} must be an integer of at least 1, not {value!r}.")
    if value < 1:
        raise ValueError(f"{name} must be at least 1, not {value}.")
    return int(value)


def as_positive(value: Any, name: str, *, at_most: float = np.inf) -> float:
    """A finite number above 0 and at most `at_most`."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise ValueError(f"{name} must be a number, not {value!r}.") from None
    if not (0 < number <= at_most and np.isfinite(number)):
        limit = "" if np.isinf(at_most) else f" and at most {at_most:g}"
        raise ValueError(f"{name} must be a finite number above 0{limit}, not {value!r}.")
    return number


def require_same_shape(A: Array, B: Array, names: tuple[str, str] = ("A", "B")) -> None:
    """Raise ValueError where two shapes differ, naming both."""
    if A.shape != B.shape:
        raise ValueError(f"{names[0]} has shape {A.shape} and {names[1]} has shape {B.shape}: they must be equal.")


def epsilon(*arrays: Array) -> float:
    """The unit of rounding (distance from 1 to the next number) of the least precise array."""
    return max(float(np.finfo(array.dtype).eps) for array in arrays)


def adjoint(A: Array) -> Array:
    """Aᴴ: transposed and conjugated."""
    return A.T.conj()


def _as_array(value: ArrayLike, name: str) -> Array:
    if isinstance(value, np.ma.MaskedArray) and np.ma.is_masked(value):
        raise ValueError(f"{name} is a masked array with masked entries: fill them first, for example with .filled(0).")
    if sps.issparse(value):
        raise ValueError(f"{name} is sparse, and a dense array is needed: pass {name}.toarray().")
    try:
        return np.asarray(value)
    except (ValueError, TypeError) as error:
        raise ValueError(f"{name} cannot be read as an array of numbers: {error}") from None


def _lapack_type(array: Array, name: str) -> Array:
    if array.dtype.kind not in "biufc":
        raise ValueError(f"{name} must hold numbers; its dtype is {array.dtype}.{_object_hint(array, name)}")
    if array.dtype.char in "fdFD":
        return array
    return array.astype(np.complex128 if array.dtype.kind == "c" else np.float64)


def _object_hint(array: Array, name: str) -> str:
    return f" If every entry is a number, pass {name}.astype(float)." if array.dtype == object else ""


def _finite(array: Array, name: str) -> Array:
    finite = np.isfinite(array)
    if finite.all():
        return array
    first = tuple(int(i) for i in np.argwhere(~finite)[0])
    place = ", ".join(str(i) for i in first)
    count = int(array.size - np.count_nonzero(finite))
    raise ValueError(
        f"{name}[{place}] is {array[first]}: every entry must be finite ({count} of {array.size} {_are(count)} not)."
    )


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


def _densified(value: Any, name: str) -> Any:
    if not sps.issparse(value):
        return value
    entries = int(np.prod([int(side) for side in value.shape], dtype=object))
    if entries > MAX_DENSIFY:
        raise ValueError(
            f"{name} is sparse of shape {value.shape}; this needs a dense matrix, and {entries:,} entries are too many."
        )
    return value.toarray()


def _hint(array: Array, name: str) -> str:
    return f" For a column write {name}[:, None], for a row {name}[None, :]." if array.ndim == 1 else ""
