"""Derivatives of numeric functions along directions: central differences with Richardson's extrapolation.

May import NumPy. It knows no rule of differentiation.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

Array = Any
_LEVELS = 3
_FIRST_STEPS = (0.02, 0.002, 0.0002)  # relative to the size of the point; a smaller one where the larger did not settle
_SECOND_STEPS = (0.04, 0.01, 0.002)
_SETTLED = (1e-10, 1e-7)
OUT_OF_TUNE = 0.37
"""What steps are multiplied by for a second look: at steps of a few full periods sin(10000 a) seems to move slowly."""
HALF_DIGIT = float(np.finfo(float).eps) / 2  # of a number of size 1


class Estimate(NamedTuple):
    """A derivative, and how uncertain it is: how far the last two extrapolations differ, and what rounding may do."""

    value: Array
    error: float
    rounding: float = 0.0


class _Watched:
    """A function, and how far its values are off: at the point by `rounding`, beside it by half a digit of what they
    are there, which counts where the function vanishes at the point."""

    def __init__(self, function: Callable[..., Array], rounding: float) -> None:
        self.function = function
        self.rounding = rounding
        self.largest = 0.0

    def __call__(self, *at: Array) -> Array:
        value = self.function(*at)
        self.largest = max(self.largest, float(np.max(np.abs(value), initial=0.0)))
        return value

    def off(self) -> float:
        """For the values since this was asked last."""
        found, self.largest = max(self.rounding, HALF_DIGIT * self.largest), 0.0
        return found


def along(
    function: Callable[[Array], Array], at: Array, direction: Array, negligible: float = 0.0, rounding: float = 0.0,
    stretch: float = 1.0,
) -> Estimate:  # fmt: skip
    """d/dt f(at + t direction) at t = 0; differences below `negligible` need not settle further.

    `rounding` is how far the values of the function are off, `stretch` what the steps are multiplied by.
    """

    def quotient(h: float) -> Array:
        return (values(at + h * direction) - values(at - h * direction)) / (2 * h)

    values = _Watched(function, rounding)
    unit = stretch * _unit(at, direction)
    return _best(quotient, _FIRST_STEPS, unit, _SETTLED[0], negligible, lambda h: values.off() / h)


def curvature(
    function: Callable[[Array], Array], at: Array, direction: Array, negligible: float = 0.0, rounding: float = 0.0,
    stretch: float = 1.0,
) -> Estimate:  # fmt: skip
    """d²/dt² f(at + t direction) at t = 0."""
    middle = 2 * function(at)

    def quotient(h: float) -> Array:
        return (values(at + h * direction) - middle + values(at - h * direction)) / (h * h)

    values = _Watched(function, rounding)
    unit = stretch * _unit(at, direction)
    return _best(quotient, _SECOND_STEPS, unit, _SETTLED[1], negligible, lambda h: 4 * values.off() / h**2)


def mixed(
    function: Callable[[Array, Array], Array],
    at: tuple[Array, Array],
    first: Array,
    second: Array,
    negligible: float = 0.0,
    rounding: float = 0.0,
    stretch: float = 1.0,
) -> Estimate:
    """∂²/∂s∂t of f(x + s first, z + t second) at 0."""
    x, z = at

    def quotient(h: float) -> Array:
        u, v = h * first, h * second
        total = values(x + u, z + v) - values(x + u, z - v) - values(x - u, z + v) + values(x - u, z - v)
        return total / (4 * h * h)

    values = _Watched(function, rounding)
    unit = stretch * min(_unit(x, first), _unit(z, second))
    return _best(quotient, _SECOND_STEPS, unit, _SETTLED[1], negligible, lambda h: values.off() / h**2)


def _unit(at: Array, direction: Array) -> float:
    """The step along the direction that is as large as the point itself."""
    length = float(np.max(np.abs(direction), initial=0.0))
    return (float(np.max(np.abs(at), initial=0.0)) or 1.0) / (length or 1.0)


def _best(
    quotient: Callable[[float], Array], steps: tuple[float, ...], unit: float, settled: float, negligible: float,
    rounding: Callable[[float], float],
) -> Estimate:  # fmt: skip
    best = Estimate(np.nan, np.inf)
    for step in steps:
        found = _extrapolated(quotient, step * unit)._replace(rounding=rounding(step * unit / 2 ** (_LEVELS - 1)))
        if found.error + found.rounding < best.error + best.rounding:
            best = found
        if best.error <= settled * max(float(np.max(np.abs(best.value), initial=0.0)), negligible):
            break
    return best


def _extrapolated(quotient: Callable[[float], Array], h: float) -> Estimate:
    """The limit for h to 0 of a quotient whose error is even in h."""
    row = [quotient(h)]
    error = np.inf
    for _ in range(1, _LEVELS):
        h /= 2
        new = [quotient(h)]
        for j, old in enumerate(row):
            new.append(new[-1] + (new[-1] - old) / (4 ** (j + 1) - 1))
        error = float(np.max(np.abs(new[-1] - row[-1]), initial=0.0))
        row = new
    return Estimate(row[-1], error if np.isfinite(error) else np.inf)
