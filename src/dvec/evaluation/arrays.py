"""Arrays in and out: what may be given for a variable, and the sizes that follow from it.

May import core and NumPy.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from dvec.core.errors import DataError
from dvec.core.node import Node
from dvec.core.sizes import AnySize, Size, size_value
from dvec.evaluation.names import kind

Array = Any  # NumPy's stubs say too little of 2-D arrays of unknown type
_MOST_TRIED = 10_000  # how far a size is searched that stands squared, as in n*(n+1)/2


class Bound(NamedTuple):
    """Numbers for the variables of a formula (2-D arrays, or NumPy scalars), sizes and index symbols."""

    arrays: dict[str, Any]
    sizes: dict[str, int]
    indices: dict[str, int]


class _Equation(NamedTuple):
    size: Size
    value: int
    name: str
    shape: tuple[int, int]
    side: str


def bind(
    variables: Iterable[Node], needed: Iterable[str], symbols: Mapping[str, Sequence[AnySize]],
    values: Mapping[str, Any], sizes: Mapping[str, int] | None = None,
) -> Bound:  # fmt: skip
    """Numbers for variables, for the sizes named in `needed`, and for index symbols (each with the sizes it must fit).

    A name in `values` is a variable's, else a size's, else an index symbol's. Raises `DataError` in a sentence.
    """
    found = {node.params[0]: node for node in variables}
    _check_all_given(found, values)
    arrays = {name: as_matrix(values[name], node) for name, node in found.items()}
    equations = [e for name, node in found.items() for e in _equations(node, arrays[name])]
    wanted = {name for e in equations for name in e.size.names} | set(needed)
    known = {name: (whole(name, value), f"{name} = {value} is given") for name, value in (sizes or {}).items()}
    for name in sorted(wanted - known.keys() - found.keys()):
        if name in values and np.ndim(values[name]) == 0:
            known[name] = whole(name, values[name]), f"{name} = {values[name]} is given"
    _solve(equations, known)
    solved = {name: value for name, (value, _) in known.items()}
    if missing := sorted(set(needed) - solved.keys()):
        raise DataError(f"the size {missing[0]} is not known: give it by name, as in {{'{missing[0]}': 3}}")
    indices = {s: _index(s, size, values, found, solved) for s, sides in symbols.items() for size in sides}
    numbers = {name: array[0, 0] if found[name].scalar else array for name, array in arrays.items()}
    return Bound(numbers, solved, indices)


def _check_all_given(variables: Mapping[str, Node], values: Mapping[str, Any]) -> None:
    missing = [f"{name} ({kind(node)})" for name, node in variables.items() if name not in values]
    if missing:
        raise DataError(f"no value is given for {', '.join(missing)}")


# ------------------------------------------------------------------ one array


def as_matrix(value: Any, node: Node) -> Array:
    """The value given for a variable as a 2-D array of floats or complex numbers; the input is never changed."""
    name = node.params[0]
    array = _numeric(name, value, node.complex)
    if node.scalar:
        if array.size != 1:
            raise DataError(f"{name} is a scalar, but an array of shape {array.shape} is given for it")
        return array.reshape(1, 1)
    if array.ndim == 1 and node.cols == 1:
        return array.reshape(-1, 1)
    if array.ndim == 1 and node.rows == 1:
        return array.reshape(1, -1)
    if array.ndim == 0 and node.cols == 1:
        return array.reshape(1, 1)
    if array.ndim != 2:
        raise DataError(f"{name} is {kind(node)}, but an array of shape {array.shape} is given for it")
    return array


def _numeric(name: str, value: Any, complex_allowed: bool) -> Array:
    if hasattr(value, "toarray"):  # SciPy's sparse matrices and arrays
        value = value.toarray()
    try:
        array: Any = np.asarray(value)
    except ValueError:
        raise DataError(f"the value of {name} is not an array of numbers: its rows differ in length") from None
    if array.dtype.kind not in "biufc":
        raise DataError(f"the value of {name} is not an array of numbers, but of type {_type_name(value, array)}")
    if array.dtype.kind != "c":
        return array.astype(float, copy=False)
    if complex_allowed:
        return array.astype(complex, copy=False)
    if np.any(array.imag):
        raise DataError(f"{name} is real, but complex numbers are given for it: declare it complex")
    return array.real.astype(float)


def _type_name(value: Any, array: Array) -> str:
    if array.dtype.kind in "SU":
        return "str"
    return type(value).__name__ if array.ndim == 0 else type(array.flat[0]).__name__ if array.size else "object"


def whole(name: str, value: Any) -> int:
    """A size or an index given by a user, as an int."""
    try:
        number = int(value)
        if number == value and number >= 0:
            return number
    except (TypeError, ValueError, OverflowError):
        pass
    raise DataError(f"{name} must be a whole number, not {value!r}")


# ------------------------------------------------------------------ sizes


def _equations(node: Node, array: Array) -> list[_Equation]:
    """What the shape of an array says about size names; a side that is a number is checked at once."""
    name, shape = node.params[0], (array.shape[0], array.shape[1])
    found: list[_Equation] = []
    for size, value, side in zip(node.size, shape, ("row", "column"), strict=True):
        if isinstance(size, Size):
            found.append(_Equation(size, value, name, shape, side))
        elif size != value:
            raise DataError(f"{_is(name, shape)}, but it needs {_count(size, side)}")
    return found


def _is(name: str, shape: tuple[int, int]) -> str:
    return f"{name} is {shape[0]}×{shape[1]}"


def _count(size: AnySize, side: str) -> str:
    return f"{size} {side}" if size == 1 else f"{size} {side}s"


def _solve(equations: list[_Equation], known: dict[str, tuple[int, str]]) -> None:
    """Finds every size name that one equation determines alone, and checks the rest."""
    todo = equations
    while todo:
        rest: list[_Equation] = []
        for equation in todo:
            unknown = [name for name in equation.size.names if name not in known]
            if not unknown:
                _check(equation, known)
            elif len(unknown) > 1 or not _determine(unknown[0], equation, known):
                rest.append(equation)
        if len(rest) == len(todo):
            return
        todo = rest


def _check(equation: _Equation, known: Mapping[str, tuple[int, str]]) -> None:
    size, value, name, shape, side = equation
    wanted = size_value(size, {n: known[n][0] for n in size.names})
    if wanted == value:
        return
    reasons = {known[n][1]: f"{n} = {known[n][0]}" for n in sorted(size.names)}
    because = " and ".join(reason if "given" in reason else f"{reason}, so {fact}" for reason, fact in reasons.items())
    raise DataError(f"{because}, but {_is(name, shape)} and needs {_count(size, side)}")


def _determine(unknown: str, equation: _Equation, known: dict[str, tuple[int, str]]) -> bool:
    """Solves a size for its only unknown name. Sizes grow with each name, so the smallest number that fits is it."""
    size, value, name, shape, side = equation
    others = {n: known[n][0] for n in size.names if n != unknown}
    if size.terms == (((unknown,), 1),):
        known[unknown] = value, _is(name, shape)
        return True
    for guess in range(min(value, _MOST_TRIED) + 1):
        try:
            result = size_value(size, {**others, unknown: guess})
        except DataError:  # negative or no whole number: too small yet
            continue
        if result == value:
            known[unknown] = guess, _is(name, shape)
            return True
    raise DataError(f"{_is(name, shape)}: no size {unknown} makes {size} equal to {value} ({side}s)")


def _index(
    symbol: str, size: AnySize, values: Mapping[str, Any], variables: Mapping[str, Node], sizes: Mapping[str, int]
) -> int:
    if symbol not in values or symbol in variables:
        raise DataError(f"no value is given for the index {symbol}, a number from 1 to {size}")
    index, last = whole(symbol, values[symbol]), size_value(size, sizes)
    if not 1 <= index <= last:
        raise DataError(
            f"the index {symbol} = {index} is outside 1…{last}" + ("" if size == last else f" ({size} = {last})")
        )
    return index


def result(value: Any, node: Node) -> Any:
    """A value as users get it: a float, a 1-D array for a column, else a 2-D array."""
    if node.scalar:
        number = np.asarray(value).reshape(-1)[0]
        return complex(number) if np.iscomplexobj(number) else float(number)
    return value[:, 0] if node.cols == 1 else value
