"""Checks of arguments: one source for `evaluate` and `compile`, which call it, and for generated modules, which carry
the functions that they use along as text, word for word and so without annotations. There a `DataError` is a
`ValueError`.

May import core's errors and NumPy.

A table of sizes holds, for each name, and for each text such as "m*n" that stands for a size made of names, its value
and what it follows from: "A is 4×3", or "" for a size that is given.
"""
# pyright: basic

import numpy as np

from dvec.core.errors import DataError


def _array(name, value, kind, shape, sizes, real=True):
    """The value as a 2-D array; a size is learned where it is met first, then it must agree."""
    array = _numbers(name, value, real)
    if array.ndim < 2 and shape[1] == 1:
        array = array.reshape(-1, 1)
    elif array.ndim == 1 and shape[0] == 1:
        array = array.reshape(1, -1)
    if array.ndim != 2:
        raise DataError(f"{name} is {kind}, but an array of shape {array.shape} is given for it")
    is_now = f"{name} is {array.shape[0]}×{array.shape[1]}"
    numbers_first = (0, 1) if isinstance(shape[1], str) else (1, 0)
    for axis in numbers_first:
        size, found = shape[axis], array.shape[axis]
        wanted, because = size, None
        if isinstance(size, str):
            wanted, because = sizes.setdefault(size, (found, is_now))
        if wanted != found:
            needs = f"needs {size} {('row', 'column')[axis]}" + "s" * (size != 1)
            if because is None:
                raise DataError(f"{is_now}, but it {needs}")
            if because == is_now:
                raise DataError(f"{is_now}, but it must be {shape[0]}×{shape[1]}")
            raise DataError(f"{_fact(size, sizes)}, but {is_now} and {needs}")
    return array


def _fact(size, sizes):
    """What is known of a size, and from where."""
    value, because = sizes[size]
    return f"{because}, so {size} = {value}" if because else f"{size} = {value} is given"


def _scalar(name, value, real=True):
    """The value as a number."""
    array = _numbers(name, value, real)
    if array.size != 1:
        raise DataError(f"{name} is a scalar, but an array of shape {array.shape} is given for it")
    return array.reshape(())[()]


def _numbers(name, value, real):
    """The value as an array of floats, or of complex numbers where these are meant."""
    if hasattr(value, "toarray"):  # SciPy's sparse matrices and arrays
        value = value.toarray()
    wrong = f"the value of {name} is not an array of numbers"
    try:
        array = np.asarray(value)
    except ValueError:
        raise DataError(f"{wrong}: its rows differ in length") from None
    if array.dtype.kind not in "biufc":
        found = type((array.ravel().tolist() or [value])[0]).__name__
        raise DataError(f"{wrong}, but of type {found}")
    if array.dtype.kind != "c":
        return array.astype(float, copy=False)
    if not real:
        return array.astype(complex, copy=False)
    if np.any(np.imag(array)):
        trouble = "complex numbers are given for it: declare it complex"
        raise DataError(f"{name} is real, but {trouble}")
    return np.real(array).astype(float)


def _count(name, value):
    """The value as a whole number from 0 on."""
    try:
        if np.ndim(value) == 0 and int(value) == value >= 0:
            return int(value)
    except (TypeError, ValueError, OverflowError):
        pass
    raise DataError(f"{name} must be a whole number, not {value!r}")


def _index(name, value, size, last):
    """The value as an index, counted from 1."""
    index = _count(name, value)
    if not 1 <= index <= last:
        because = f" ({size} = {last})" * (size != str(last))
        raise DataError(f"the index {name} = {index} is outside 1…{last}{because}")
    return index


def _relate(sizes, text, names, value):
    """Finds the one name that a size such as m*n leaves open, or checks that the names agree."""
    wanted, is_now = sizes[text]
    unknown = [name for name in names if name not in sizes]
    known = {name: sizes[name][0] for name in names if name in sizes}
    facts = " and ".join(_fact(name, sizes) for name in known)
    if not unknown and value(**known) != wanted:
        raise DataError(f"{facts}, but {_fact(text, sizes)}: it must be {value(**known):.0f}")
    if not unknown:
        return
    found = -1  # sizes grow with each name: the smallest that reaches the size, found bit by bit
    for bit in range(40, -1, -1):
        if value(**known, **{unknown[0]: found + 2**bit}) < wanted:
            found += 2**bit
    found += 1
    if value(**known, **{unknown[0]: found}) != wanted:
        where = f", where {facts}" * bool(known)
        raise DataError(f"{is_now}: no size {unknown[0]} makes {text} equal to {wanted}{where}")
    sizes[unknown[0]] = found, is_now


def _whole(value):
    """The value as the exponent of a matrix power."""
    if not np.isfinite(value) or value != np.round(np.real(value)):
        raise DataError(f"a matrix power needs a whole exponent, this one is {value}")
    return int(np.real(value))
