"""The check of a derivative: compared with finite differences of the formula itself, on random data.

May import core, operations, sampling and NumPy. It shares no rule of differentiation with the calculus.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from dvec.core.errors import DataError
from dvec.core.layouts import Pattern
from dvec.core.node import Node
from dvec.evaluation.arrays import Bound
from dvec.evaluation.differences import Estimate, along, curvature, mixed
from dvec.evaluation.interpreter import prepare
from dvec.evaluation.plan import plan
from dvec.evaluation.sampling import NoData, Sample, Sampler, cost

Array = Any
Directions = Callable[[Array, Mapping[str, int]], Array]
"""What the derivative is by, as directions in the space of the variable X: given X (2-D) and the values of index
symbols, an array of shape (p, q, *X.shape), whose [a, j] is the direction that index (a, j) of the derivative stands
for: all unit matrices in the shape of X for X itself; one unit matrix, shape (1, 1, …), for an entry; the projections
of the unit matrices for a structure taken as projected; sums of unit matrices that move together, for free entries."""

TOLERANCE = {1: 1e-6, 2: 1e-4}
_UNRELIABLE = {1: 1e-7, 2: 1e-5}  # finite differences worse than this decide nothing
_LARGEST = {1: 4, 2: 3}  # the largest of the first sizes: a Hessian takes the fourth power of it
_BUDGET = 60_000  # numeric steps a sample may take; beyond it, random combinations stand for all directions
_FEWEST = 2
_REDRAWN = 5
_NEIGHBOURS = 8


class Verification(NamedTuple):
    """Whether a derivative agrees with finite differences; the reason says why not, or why it could not be checked."""

    ok: bool
    max_relative_error: float
    samples: int
    reason: str


def verify(
    formula: Node, wrt: Node, derivative: Node, pattern: Pattern, *, order: int = 1, second: Node | None = None,
    directions: Directions | None = None, second_directions: Directions | None = None, conjugate: bool = False,
    parts: Sequence[Node] = (), samples: int = 3, seed: int = 0,
) -> Verification:  # fmt: skip
    """Compares a derivative with finite differences of the formula on random data.

    order 1: D[i,b,a,j] = ∂Y[i,b]/∂X[a,j], laid out by the pattern; letters that it leaves out have size 1. For complex
    X it is the Wirtinger derivative by X, or by its conjugate. order 2: the second derivative of a scalar by
    vec X and vec Z,
    Z being `second` (X itself if None); pattern and conjugate play no part. `parts` are further formulas
    whose index symbols the directions need.
    """
    if samples < 1:
        raise DataError(f"a check needs one sample at least, not {samples}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what libraries say about data that are drawn again anyway
        return _verified(
            _Task(formula, wrt, derivative, pattern, order, second or wrt, directions or units,
                  second_directions or (units if second is not None else directions) or units, conjugate),
            Sampler([formula, derivative, wrt, second or wrt, *parts], seed, _LARGEST[order]), samples,
        )  # fmt: skip


def _verified(task: _Task, sampler: Sampler, samples: int) -> Verification:
    order = task.order
    compare = _compare_first if order == 1 else _compare_second
    worst, checked = 0.0, 0
    for _ in range(samples):
        try:
            error = _one(task, sampler, compare)
        except (NoData, _Mismatch) as problem:
            return Verification(False, float("inf"), checked, str(problem))
        worst, checked = max(worst, error), checked + 1
        if worst > TOLERANCE[order]:
            reason = f"finite differences of the formula give something else: relative error {worst:.1e}"
            return Verification(False, worst, checked, reason)
    return Verification(True, worst, checked, "")


class _Task(NamedTuple):
    formula: Node
    wrt: Node
    derivative: Node
    pattern: Pattern
    order: int
    second: Node
    directions: Directions
    second_directions: Directions
    conjugate: bool


class _Mismatch(Exception):  # noqa: N818
    """The derivative has not the shape that the pattern prescribes."""


def units(at: Array, indices: Mapping[str, int]) -> Array:
    """All entries of a variable, each by itself."""
    return np.eye(at.size).reshape(*at.shape, *at.shape)


_Compare = Callable[[_Task, Sampler, Sample], tuple[float, float]]


def _one(task: _Task, sampler: Sampler, compare: _Compare) -> float:
    """The relative error on one sample; data on which finite differences do not settle are drawn again."""
    for _ in range(_REDRAWN):
        error, noise = compare(task, sampler, sampler.sample())
        if noise <= _UNRELIABLE[task.order]:
            return error
    raise NoData(f"finite differences do not settle on random data: they are uncertain by {noise:.0e}")  # pyright: ignore[reportPossiblyUnboundVariable]


# ------------------------------------------------------------------ first derivatives


def _compare_first(task: _Task, sampler: Sampler, sample: Sample) -> tuple[float, float]:
    value, claimed = (np.atleast_2d(sample.results[place]) for place in sampler.program.outputs[:2])
    name = task.wrt.params[0]
    at = np.atleast_2d(sample.bound.arrays[name])
    function, length = _function_of(task, sample.bound, (name,))
    directions = task.directions(at, sample.bound.indices)
    weights = _weights(sampler, directions.shape[:2], _BUDGET // (6 * length * (2 if task.wrt.complex else 1)))
    four = _four_indices(claimed, task.pattern, value.shape, directions.shape[:2])
    said = np.einsum("ibaj,caj->cib", four, weights)
    natural = _magnitude(value, function, (at,), sampler) / (_largest(at) or 1.0)
    moves = np.einsum("caj,aj...->c...", weights, directions)
    estimates = [_derivative(function, at, move, task, natural) for move in moves]
    return _errors(said, estimates, natural, _rounding(sample, at), task.order)


def _magnitude(value: Array, function: Callable[..., Array], at: tuple[Array, ...], sampler: Sampler) -> float:
    """The size of the numbers that a value is made of, to which its rounding is relative.

    That is its own size, or where larger numbers cancel, what its scatter tells of them: how much it differs at points
    that differ in the last digits. Where nothing cancels, the scatter is that of the last digits themselves.
    """
    epsilon = float(np.finfo(float).eps)
    scatter = 0.0
    for _ in range(_NEIGHBOURS):
        near = [point * (1 + epsilon * sampler.rng.integers(-4, 5, size=point.shape)) for point in at]
        off = _largest(function(*near) - value)
        scatter = max(scatter, off if np.isfinite(off) else 0.0)
    return max(_largest(value), scatter / epsilon)


def _rounding(sample: Sample, *at: Array) -> float:
    """A derivative too small to be told from rounding, which is relative to the largest array on the way to a value."""
    largest = max((_largest(result) for result in sample.results if np.ndim(result) == 2), default=0.0)
    for point in at:
        largest /= _largest(point) or 1.0
    return 1e-6 * largest


def _largest(array: Array) -> float:
    return float(np.max(np.abs(array), initial=0.0))


def _derivative(
    function: Callable[[Array], Array], at: Array, direction: Array, task: _Task, natural: float
) -> Estimate:
    """Along a direction; for complex variables (d/dx ∓ i d/dy)/2."""
    real = along(function, at, direction, natural / 100)
    if not task.wrt.complex:
        return real
    imaginary = along(function, at, 1j * direction, natural / 100)
    sign = 1j if task.conjugate else -1j
    return Estimate((real.value + sign * imaginary.value) / 2, real.error + imaginary.error)


def _weights(sampler: Sampler, shape: tuple[int, ...], affordable: int) -> Array:
    """All directions one by one; or, where that takes too long, random combinations of them all."""
    count = shape[0] * shape[1]
    if count <= max(affordable, _FEWEST):
        return np.eye(count).reshape(count, *shape)
    return sampler.rng.normal(size=(max(affordable, _FEWEST), *shape))


def _four_indices(claimed: Array, pattern: Pattern, of: tuple[int, ...], by: tuple[int, ...]) -> Array:
    """D[i,b,a,j] from the page."""
    sizes = {"i": of[0], "b": of[1], "a": by[0], "j": by[1]}
    wanted = tuple(int(np.prod([sizes[letter] for letter in side])) for side in (pattern.rows, pattern.cols))
    if claimed.shape != wanted:
        raise _Mismatch(
            f"the derivative should be {wanted[0]}×{wanted[1]} here, it is {claimed.shape[0]}×{claimed.shape[1]}"
        )
    letters = pattern.rows + pattern.cols
    split = claimed.reshape([sizes[letter] for letter in letters])
    left_out = [letter for letter in "ibaj" if letter not in letters]
    split = split.reshape(*split.shape, *[1] * len(left_out))
    return split.transpose([(letters + "".join(left_out)).index(letter) for letter in "ibaj"])


def _errors(said: Array, estimates: list[Estimate], natural: float, rounding: float, order: int) -> tuple[float, float]:
    """The largest difference, and the uncertainty of finite differences, relative to the size of the derivative.

    A derivative that vanishes, or is lost beside the numbers that the value is made of, is measured by what rounding
    leaves of it: by the uncertainty, enlarged so that it alone stays well under the tolerance, but by no more than 1e-4
    of those numbers over the point, and by no less than what rounding makes of the arrays on the way.
    """
    found = np.array([estimate.value for estimate in estimates]).reshape(said.shape)
    uncertainty = max((estimate.error for estimate in estimates), default=0.0)
    scale = max(_largest(found), min(100 * uncertainty / TOLERANCE[order], 1e-4 * natural), rounding, 1e-300)
    difference = _largest(said - found) / scale
    return (difference if np.isfinite(difference) else float("inf")), uncertainty / scale


def _function_of(task: _Task, bound: Bound, names: tuple[str, ...]) -> tuple[Callable[..., Array], int]:
    """The formula as a function of some variables as 2-D arrays, and how many steps it takes."""
    program = plan([task.formula], bound.sizes)
    function = prepare(program, bound, frozenset(names))
    scalars = [np.ndim(bound.arrays[name]) == 0 for name in names]

    def evaluated(*arrays: Array) -> Array:
        given = {name: a[0, 0] if one else a for name, a, one in zip(names, arrays, scalars, strict=True)}
        with np.errstate(all="ignore"):
            return np.atleast_2d(function(given)[0])

    return evaluated, cost(program)


# ------------------------------------------------------------------ second derivatives


def _compare_second(task: _Task, sampler: Sampler, sample: Sample) -> tuple[float, float]:
    value, claimed = (np.atleast_2d(sample.results[place]) for place in sampler.program.outputs[:2])
    names = task.wrt.params[0], task.second.params[0]
    same = names[0] == names[1]
    at = tuple(np.atleast_2d(sample.bound.arrays[name]) for name in names)
    function, length = _function_of(task, sample.bound, names[:1] if same else names)
    first, second = (
        _columns(of(x, sample.bound.indices))
        for of, x in zip((task.directions, task.second_directions), at, strict=True)
    )
    if claimed.shape != (len(first), len(second)):
        raise _Mismatch(f"the second derivative should be {len(first)}×{len(second)} here, "
                        f"it is {claimed.shape[0]}×{claimed.shape[1]}")  # fmt: skip
    symmetric = same and task.directions is task.second_directions
    pairs = _pairs(sampler, len(first), len(second), _BUDGET // (12 * length), symmetric)
    said = np.array([u @ claimed @ v for u, v in pairs])
    magnitude = _magnitude(value, function, at[:1] if same else at, sampler)
    natural = magnitude / ((_largest(at[0]) or 1.0) * (_largest(at[1]) or 1.0))
    if same:
        if not symmetric:  # two parts of one variable: directions of the one and of the other, side by side
            pairs = [(np.append(u, np.zeros(len(v))), np.append(np.zeros(len(u)), v)) for u, v in pairs]
            first = np.concatenate([first, second])
        estimates = _by_polarisation(function, at[0], first, pairs, natural)
    else:
        moves = [(np.tensordot(u, first, 1), np.tensordot(v, second, 1)) for u, v in pairs]
        estimates = [mixed(function, (at[0], at[1]), u, v, natural / 100) for u, v in moves]
    return _errors(said, estimates, natural, _rounding(sample, *at), task.order)


def _by_polarisation(
    function: Callable[[Array], Array], at: Array, directions: Array, pairs: list[tuple[Array, Array]], natural: float
) -> list[Estimate]:
    """u'Hv = (q(u+v) - q(u) - q(v))/2 with q(u) = u'Hu: two values of the function for each sum of directions."""
    found: dict[bytes, Estimate] = {}

    def q(weights: Array) -> Estimate:
        key = weights.tobytes()
        if key not in found:
            estimate = curvature(function, at, np.tensordot(weights, directions, 1), natural / 100)
            found[key] = Estimate(np.reshape(estimate.value, -1)[0], estimate.error)
        return found[key]

    estimates: list[Estimate] = []
    for u, v in pairs:
        both, one, other = q(u + v), q(u), q(v)
        value = (both.value - one.value - other.value) / 2
        estimates.append(Estimate(value, (both.error + one.error + other.error) / 2))
    return estimates


def _columns(directions: Array) -> Array:
    """The directions in the order of vec."""
    return directions.swapaxes(0, 1).reshape(-1, *directions.shape[2:])


def _pairs(sampler: Sampler, rows: int, cols: int, affordable: int, same: bool) -> list[tuple[Array, Array]]:
    """Pairs of unit vectors for all entries of the matrix; or random pairs, where that takes too long."""
    if rows * cols <= affordable:
        left, right = np.eye(rows), np.eye(cols)
        return [(u, v) for k, u in enumerate(left) for v in right[k if same else 0 :]]
    return [(sampler.rng.normal(size=rows), sampler.rng.normal(size=cols)) for _ in range(max(affordable, _FEWEST))]
