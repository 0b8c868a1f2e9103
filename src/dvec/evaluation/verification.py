"""The check of a derivative: compared with finite differences of the formula itself, on random data.

May import core, operations, sampling and NumPy. It shares no rule of differentiation with the calculus.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from dvec.core.errors import DataError
from dvec.core.layouts import Pattern
from dvec.core.node import Node
from dvec.evaluation.arrays import Bound
from dvec.evaluation.differences import HALF_DIGIT, OUT_OF_TUNE, Estimate, along, curvature, mixed
from dvec.evaluation.interpreter import Change, prepare, run
from dvec.evaluation.sampling import NoData, Sample, Sampler, cost, heavy

Array = Any
Weights = Array
"""One number for each index (a, j) of the derivative, as a p×q array."""


class Directions(NamedTuple):
    """What the derivative is by, as directions in the space of the variable X: a linear map from weights into it.

    The weights say how much of each index (a, j) of the derivative; `move` gives the direction in the shape of X that
    they stand for together. It is the weights themselves for X itself; one entry of X times the only weight, for an
    entry; the projection of the weights for a structure taken as projected; entries that move together, for free ones.
    """

    shape: tuple[int, int]
    move: Callable[[Weights], Array]


DirectionsAt = Callable[[Array, Mapping[str, int]], Directions]
"""The directions, given X (2-D) and the values of index symbols."""

TOLERANCE = {1: 1e-6, 2: 1e-4}
_UNRELIABLE = {1: 1e-7, 2: 1e-5}  # finite differences worse than this decide nothing
_LARGEST = {1: 4, 2: 3}  # the largest of the first sizes: a Hessian takes the fourth power of it
_BUDGET = 60_000  # numeric steps a sample may take; beyond it, random combinations stand for all directions
_SCALES = (1.0,) * 5 + (10.0, 0.1, 1e3, 1e-3, 1e6, 1e-6)  # of data drawn again and again because they decide nothing
_CLEAR = 1e-5  # a difference so much larger than what is uncertain is no accident
_SCATTERED = 100  # differences that are apart by so many times what rounding does are not settled
_TOTAL = 400_000  # numeric steps after which no more samples are drawn
_LONG = 10_000  # numeric steps from which on a formula is looked at once where others are twice
_SHAKEN = 1e-10  # by how much each result on the way is changed, to see what its rounding does


class Verification(NamedTuple):
    """Whether a derivative agrees with finite differences; the reason says why not, or why it could not be checked."""

    ok: bool
    max_relative_error: float
    samples: int
    reason: str


def verify(
    formula: Node, wrt: Node, derivative: Node, pattern: Pattern, *, order: int = 1, second: Node | None = None,
    directions: DirectionsAt | None = None, second_directions: DirectionsAt | None = None, conjugate: bool = False,
    parts: Sequence[Node] = (), samples: int = 3, seed: int = 0,
) -> Verification:  # fmt: skip
    """Compares a derivative with finite differences of the formula on random data.

    order 1: D[i,b,a,j] = ∂Y[i,b]/∂X[a,j], laid out by the pattern; letters that it leaves out have size 1. For complex
    X it is the Wirtinger derivative by X, or by its conjugate. order 2: the second derivative of a scalar by
    vec X and vec Z,
    Z being `second` (X itself if None); pattern and conjugate play no part. `parts` are further formulas
    whose index symbols the directions need. Of formulas of many thousand operations fewer samples are taken.
    """
    if samples < 1:
        raise DataError(f"a check needs one sample at least, not {samples}")
    task = _Task(formula, wrt, derivative, pattern, order, second or wrt, directions or units,
                 second_directions or (units if second is not None else directions) or units, conjugate)  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what libraries say about data that are drawn again anyway
        return _Check(task, Sampler([formula, derivative, wrt, second or wrt, *parts], seed, _LARGEST[order])).run(
            samples
        )


def units(at: Array, indices: Mapping[str, int]) -> Directions:
    """All entries of a variable, each by itself."""
    return Directions(at.shape, lambda weights: weights)


class _Task(NamedTuple):
    formula: Node
    wrt: Node
    derivative: Node
    pattern: Pattern
    order: int
    second: Node
    directions: DirectionsAt
    second_directions: DirectionsAt
    conjugate: bool


class _Mismatch(Exception):  # noqa: N818
    """The derivative has not the shape that the pattern prescribes."""


class _Comparison(NamedTuple):
    """What is said and what was found along the same directions, and how large their difference may be."""

    said: Array
    found: Array
    apart: float  # how far from settled the differences are
    rounding: float  # what rounding may do to them
    added: Callable[[], float]  # the size of the numbers that are added up in what is said
    natural: float  # the size of the numbers that are added up in the value, over the size of the point
    exact: Callable[[], bool]  # whether no number on the way became too small for floating point


class _Undecided(Exception):  # noqa: N818
    """The data do not tell right from wrong."""


class _Check:
    """The comparison on one sample after the other."""

    def __init__(self, task: _Task, sampler: Sampler) -> None:
        self.task = task
        self.sampler = sampler
        self.formula = sampler.program._replace(outputs=sampler.program.outputs[:1])
        self.cost = cost(self.formula)
        self.compare = _compare_first if task.order == 1 else _compare_second
        self.scales = _SCALES
        self.left = _TOTAL
        self.noise = np.random.default_rng(0)  # of its own: what is shaken has no say in which data are drawn
        self.stretch = 1.0  # of the steps of finite differences

    def run(self, samples: int) -> Verification:
        order = self.task.order
        worst, checked = 0.0, 0
        while checked < samples and (self.left > 0 or not checked):
            try:
                error = self._one()
            except (NoData, _Mismatch) as problem:
                return Verification(False, float("inf"), checked, str(problem))
            worst, checked = max(worst, error), checked + 1
            if worst > TOLERANCE[order]:
                reason = f"finite differences of the formula give something else: relative error {worst:.1e}"
                return Verification(False, worst, checked, reason)
        return Verification(True, worst, checked, "")

    def _one(self) -> float:
        """The relative error on one sample; data that decide nothing are drawn again, in the end at other scales.

        The next sample is drawn at the scale that was of use for this one.
        """
        why = ""
        for k, scale in enumerate(self.scales):
            if why and self.left < 0:
                break
            sample = self.sampler.sample(scale)
            self.left -= 8 * self.sampler.cost + 12 * self.cost
            try:
                error = self._compared(sample)
            except _Undecided as undecided:
                why = str(undecided)
                continue
            self.scales = self.scales[k:] if scale != 1 else self.scales
            return error
        raise NoData(why)

    def _compared(self, sample: Sample) -> float:
        """The relative error, which is looked at again with other steps before anything is called wrong."""
        error = 0.0
        for self.stretch in (1.0, OUT_OF_TUNE):
            error = _error(self.compare(self, sample), self.task.order)
            if error <= TOLERANCE[self.task.order]:
                break
        return error

    def scatter(self, value: Array, changed: Callable[[Change], Array]) -> float:
        """The size of the numbers that a value is made of: how far it moves when each result on the way is changed."""
        most = 0.0
        for _ in range(2 if self.sampler.cost < _LONG else 1):
            try:
                moved = _largest(changed(self._shake) - value)
            except DataError:
                continue
            most = max(most, moved if np.isfinite(moved) else 0.0)
        return max(_largest(value), most / _SHAKEN)

    def magnitude(self, value: Array, bound: Bound) -> float:
        """The size of the numbers that the formula's value is made of, the data among them: what is computed from
        those alone is rounded too, and logdet(Q) of an orthogonal Q is nothing but rounding."""

        def changed(change: Change) -> Array:
            place = self.formula.outputs[0]
            return np.atleast_2d(run(self.formula, _changed(bound, change), change=change)[place])

        return self.scatter(value, changed)

    def _shake(self, result: Any) -> Any:
        """The result with every entry changed a little, as rounding would; whole numbers are exact and stay."""
        if isinstance(result, float):
            return result if result.is_integer() else result * (1 + (self.noise.random() - 0.5) * 2 * _SHAKEN)
        a = np.asarray(result)
        if a.dtype.kind not in "fc":
            return result
        changes = (self.noise.random(a.shape) - 0.5) * (2 * _SHAKEN)
        return a * (1 + changes * (a != np.rint(a)))

    def exact(self, bound: Bound) -> bool:
        """Whether no number becomes too small for floating point, so that a 0 is a 0."""
        flags: list[str] = []
        with np.errstate(under="call", call=lambda kind, _: flags.append(kind)):
            run(self.sampler.program, bound)
        return not flags

    def compared(
        self, sample: Sample, said: Callable[[Array], Array], estimates: list[Estimate], natural: float
    ) -> _Comparison:
        place = self.sampler.program.outputs[1]
        claim = said(np.atleast_2d(sample.results[place]))

        def changed(change: Change) -> Array:
            results = run(self.sampler.program, _changed(sample.bound, change), change=change)
            return said(np.atleast_2d(results[place]))

        found = np.array([estimate.value for estimate in estimates]).reshape(claim.shape)
        apart, rounding = (max((estimate[k] for estimate in estimates), default=0.0) for k in (1, 2))
        added, exact = lambda: self.scatter(claim, changed), lambda: self.exact(sample.bound)
        return _Comparison(claim, found, apart, rounding, added, natural, exact)


def _changed(bound: Bound, change: Change) -> Bound:
    """The same data, each array changed."""
    return bound._replace(arrays={name: change(array) for name, array in bound.arrays.items()})


def _error(c: _Comparison, order: int) -> float:
    """The largest difference relative to the size of the derivative, which must stand clear of what is uncertain.

    A derivative that (all but) vanishes because large numbers cancel in it is measured by those: they were added up,
    and the sum was found to be what it should be. One that is said to be exactly zero is measured by the value over the
    point, unless numbers became too small for floating point on the way.
    """
    difference, size = _largest(c.said - c.found), max(_largest(c.said), _largest(c.found))
    limit, noise = _UNRELIABLE[order], c.apart + c.rounding
    if not np.isfinite(difference + noise) or c.apart > max(limit * _largest(c.found), _SCATTERED * c.rounding):
        apart = f": they are {c.apart:.0e} apart at {_largest(c.found):.0e}" if np.isfinite(c.apart) else ""
        raise _Undecided(f"finite differences do not settle on random data{apart}")
    if size and noise <= limit * size and difference <= TOLERANCE[order] * size:
        return difference / size
    added = c.added()
    noise += HALF_DIGIT * added
    for scale in (size, max(size, added)):
        if scale and noise <= limit * scale:
            return difference / scale
    if noise < _CLEAR * difference and difference > TOLERANCE[order] * size:
        return difference / size
    if not np.any(c.said) and noise <= limit * c.natural and c.exact():
        return difference / c.natural if difference else 0.0  # natural is 0 where the value is
    raise _Undecided("no random data found on which the derivative can be checked: it is lost in rounding")


def _largest(array: Array) -> float:
    return float(np.max(np.abs(array), initial=0.0))


class _Function:
    """The formula as a function of some variables as 2-D arrays, and how many small steps its value takes."""

    def __init__(self, check: _Check, sample: Sample, names: tuple[str, ...]) -> None:
        self.names = names
        self.scalars = [np.ndim(sample.bound.arrays[name]) == 0 for name in names]
        self.prepared = prepare(check.formula, sample.bound, frozenset(names), sample.results)
        self.cost = check.cost + heavy(sample.results)

    def __call__(self, *arrays: Array, change: Change | None = None) -> Array:
        given = {name: a[0, 0] if one else a for name, a, one in zip(self.names, arrays, self.scalars, strict=True)}
        with np.errstate(all="ignore"):
            return np.atleast_2d(self.prepared(given, change)[0])


# ------------------------------------------------------------------ first derivatives


def _compare_first(check: _Check, sample: Sample) -> _Comparison:
    task = check.task
    value, claimed = (np.atleast_2d(sample.results[place]) for place in check.sampler.program.outputs[:2])
    name = task.wrt.params[0]
    at = np.atleast_2d(sample.bound.arrays[name])
    function = _Function(check, sample, (name,))
    directions = task.directions(at, sample.bound.indices)
    of, by = (value.shape[0], value.shape[1]), directions.shape
    _four_indices(claimed, task.pattern, of, by)
    magnitude = check.magnitude(value, sample.bound)
    natural = magnitude / (_largest(at) or 1.0)
    weights = _weights(check.sampler, by, _BUDGET // (6 * function.cost * (2 if task.wrt.complex else 1)))

    def said(page: Array) -> Array:
        four = _four_indices(page, task.pattern, of, by)
        along_all = four.transpose(2, 3, 0, 1).reshape(-1, *of)
        return along_all if weights is None else np.tensordot(weights.reshape(len(weights), -1), along_all, 1)

    estimates = [
        _derivative(function, at, directions.move(w), check, natural, HALF_DIGIT * magnitude)
        for w in (_unit_weights(by) if weights is None else weights)
    ]
    return check.compared(sample, said, estimates, natural)


def _derivative(
    function: _Function, at: Array, direction: Array, check: _Check, natural: float, rounding: float
) -> Estimate:
    """Along a direction; for complex variables (d/dx ∓ i d/dy)/2."""
    task = check.task
    real = along(function, at, direction, natural / 100, rounding, check.stretch)
    if not task.wrt.complex:
        return real
    imaginary = along(function, at, 1j * direction, natural / 100, rounding, check.stretch)
    sign = 1j if task.conjugate else -1j
    value = (real.value + sign * imaginary.value) / 2
    return Estimate(value, real.error + imaginary.error, real.rounding + imaginary.rounding)


def _weights(sampler: Sampler, shape: tuple[int, int], affordable: int) -> Array | None:
    """None for all directions one by one; or, where that takes too long, random combinations of them all."""
    if shape[0] * shape[1] <= affordable:
        return None
    return sampler.rng.normal(size=(max(affordable, 1), *shape))


def _unit_weights(shape: tuple[int, int]) -> Iterator[Weights]:
    for place in range(shape[0] * shape[1]):
        weights = np.zeros(shape)
        weights.flat[place] = 1.0
        yield weights


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


# ------------------------------------------------------------------ second derivatives


def _compare_second(check: _Check, sample: Sample) -> _Comparison:
    task = check.task
    value, claimed = (np.atleast_2d(sample.results[place]) for place in check.sampler.program.outputs[:2])
    names = task.wrt.params[0], task.second.params[0]
    same = names[0] == names[1]
    at = tuple(np.atleast_2d(sample.bound.arrays[name]) for name in names)
    function = _Function(check, sample, names[:1] if same else names)
    first, second = (
        of(x, sample.bound.indices) for of, x in zip((task.directions, task.second_directions), at, strict=True)
    )
    rows, cols = (d.shape[0] * d.shape[1] for d in (first, second))
    if claimed.shape != (rows, cols):
        raise _Mismatch(f"the second derivative should be {rows}×{cols} here, "
                        f"it is {claimed.shape[0]}×{claimed.shape[1]}")  # fmt: skip
    symmetric = same and task.directions is task.second_directions
    pairs = _pairs(check.sampler, rows, cols, _BUDGET // (12 * function.cost), symmetric)
    magnitude = check.magnitude(value, sample.bound)
    natural = magnitude / ((_largest(at[0]) or 1.0) * (_largest(at[1]) or 1.0))
    moves = [(_moved(first, u), _moved(second, v)) for u, v in pairs]
    if same:
        estimates = _by_polarisation(function, at[0], moves, natural, HALF_DIGIT * magnitude, check.stretch)
    else:
        estimates = [mixed(function, (at[0], at[1]), u, v, natural / 100, HALF_DIGIT * magnitude, check.stretch)
                     for u, v in moves]  # fmt: skip
    return check.compared(sample, lambda page: np.array([u @ page @ v for u, v in pairs]), estimates, natural)


def _moved(directions: Directions, weights: Array) -> Array:
    """The direction for weights in the order of vec."""
    return directions.move(weights.reshape(directions.shape, order="F"))


def _by_polarisation(
    function: _Function, at: Array, moves: list[tuple[Array, Array]], natural: float, rounding: float,
    stretch: float,
) -> list[Estimate]:  # fmt: skip
    """u'Hv = (q(u+v) - q(u) - q(v))/2 with q(u) = u'Hu: two values of the function for each sum of directions."""
    known: dict[bytes, Estimate] = {}

    def q(move: Array) -> Estimate:
        key = move.tobytes()
        if key not in known:
            estimate = curvature(function, at, move, natural / 100, rounding, stretch)
            known[key] = estimate._replace(value=np.reshape(estimate.value, -1)[0])
        return known[key]

    estimates: list[Estimate] = []
    for u, v in moves:
        both, one, other = q(u + v), q(u), q(v)
        value = (both.value - one.value - other.value) / 2
        estimates.append(Estimate(value, *(sum(e[k] for e in (both, one, other)) / 2 for k in (1, 2))))
    return estimates


def _pairs(sampler: Sampler, rows: int, cols: int, affordable: int, same: bool) -> list[tuple[Array, Array]]:
    """Pairs of unit vectors for all entries of the matrix; or random pairs, where that takes too long."""
    if rows * cols <= affordable:
        left, right = np.eye(rows), np.eye(cols)
        return [(u, v) for k, u in enumerate(left) for v in right[k if same else 0 :]]
    return [(sampler.rng.normal(size=rows), sampler.rng.normal(size=cols)) for _ in range(max(affordable, 1))]
