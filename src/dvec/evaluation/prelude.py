"""Functions that generated modules carry along, as source: they check arguments and name the one that is wrong.

May import NumPy only. A module takes those it uses, word for word, and so without annotations.
"""
# pyright: basic

import numpy as np


def _array(name, value, shape, sizes):
    """The value as a 2-D array; a size is learned where it is met first, then it must agree."""
    array = np.asarray(value)
    if array.dtype.kind not in "biufc":
        raise ValueError(f"{name} must be an array of numbers")
    if array.dtype.kind != "c":
        array = array.astype(float, copy=False)
    if array.ndim == 1 and 1 in shape:
        array = array.reshape((-1, 1) if shape[1] == 1 else (1, -1))
    rows_by_cols = f"{shape[0]}×{shape[1]}"
    if array.ndim != 2:
        raise ValueError(f"{name} must be {rows_by_cols}, but its shape is {np.shape(value)}")
    for size, found in zip(shape, array.shape, strict=True):
        wanted = sizes.setdefault(size, found) if isinstance(size, str) else size
        if wanted != found:
            because = f" with {size} = {wanted}, as other arguments say" * isinstance(size, str)
            is_now = f"{array.shape[0]}×{array.shape[1]}"
            raise ValueError(f"{name} must be {rows_by_cols}{because}, but it is {is_now}")
    return array


def _number(name, value):
    """The value as a number."""
    array = np.asarray(value)
    if array.size != 1 or array.dtype.kind not in "biufc":
        raise ValueError(f"{name} must be a number, not {value!r}")
    return array.reshape(())[()] * 1.0


def _index(name, value, last):
    """The value as an index, counted from 1."""
    if value != int(value) or not 1 <= value <= last:
        raise ValueError(f"{name} must be an index from 1 to {last}, not {value}")
    return int(value)


def _whole(value):
    """The value as the exponent of a matrix power."""
    if value != int(value):
        raise ValueError(f"a matrix power needs a whole exponent, not {value}")
    return int(value)
