"""Random data for a formula: it has the declared properties and lies inside the domain of every operation.

May import core, operations, the interpreter and NumPy.
"""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from dvec.core.errors import DataError
from dvec.core.node import CONSTANT, Node, postorder
from dvec.core.properties import Properties
from dvec.core.sizes import AnySize, Size, size_value
from dvec.evaluation.arrays import Bound
from dvec.evaluation.domains import DOMAINS, Check, has_kink
from dvec.evaluation.draws import STYLES, draw
from dvec.evaluation.interpreter import as_float, needed_for, run
from dvec.evaluation.names import names_in, sizes_in
from dvec.evaluation.plan import plan
from dvec.evaluation.steps import Program
from dvec.evaluation.templates import cost_of
from dvec.operations.constants import UNIT
from dvec.operations.matrix_functions import MATRIX_POWER

ATTEMPTS = 300
_WORK = 250_000  # steps run in all before giving up, so that a long formula ends in time
_SEARCH = 20, 20_000  # further attempts (and steps) spent on data on the other side of a kink
_FEWEST = 6
_POOL = (4, 3, 2, 5, 6, 7)
_PLAIN = 2 * len(STYLES)  # attempts that draw all variables in one style and at no other scale
_LARGEST_VARIABLE, _LARGEST_ARRAY = 40_000, 1_000_000  # entries
_SMALL = 100  # entries of a matrix whose size makes no difference in time
_LARGEST_INDEX = 10_000
_TOO_LARGE = "its values are too large", "its values are not finite"
_OUT_OF_RANGE = 1e250  # values that grow beyond it, or shrink below its reciprocal, over- or underflow


class Sample(NamedTuple):
    """Data for the roots of a program, what all its steps give on them, and in what style each variable was drawn."""

    bound: Bound
    results: list[Any]
    styles: dict[str, str]


class NoData(Exception):  # noqa: N818  (it is an outcome, not a fault)
    """No random data were found on which the formula exists; the message says what stood in the way."""


def cost(program: Program) -> int:
    """How long the outputs of a program take on small matrices, in small NumPy calls."""
    return sum(cost_of(step.what) for step, on in zip(program.steps, needed_for(program), strict=True) if on)


def heavy(results: list[Any]) -> int:
    """How much longer it takes on these matrices, if every one is the product of two."""
    large = (a for a in results if isinstance(a, np.ndarray) and a.size > _SMALL)
    return sum(a.size * max(a.shape) for a in large) // 2_000


class Sampler:
    """Draws data for formulas that are evaluated together; the first sizes are the `largest` and those below it."""

    def __init__(self, roots: Sequence[Node], seed: int = 0, largest: int = 4) -> None:
        self.program: Program = plan(roots)
        self.pool = [size for size in _POOL if size <= largest] + [size for size in _POOL if size > largest]
        self.rng = np.random.default_rng(seed)
        nodes = list({node: None for root in roots for node in postorder(root)})
        self.variables, _, self.symbols = names_in(roots)
        self.size_names = sizes_in(roots)
        self.whole = _exponents(nodes)
        self.checks = _checks(nodes, self.program)
        self.shapes = {node.size for node in nodes}
        self.least = {n.params: None for n in nodes if n.op is UNIT and isinstance(n.params[1], int)}
        self.fixed = _without_variables(self.program)
        self.unseen = {(self.program.position[n.args[0]], sign) for n in nodes if has_kink(n.op)
                       if n.args[0] in self.program.position for sign in (-1, 1)}  # fmt: skip
        self.cost = cost(self.program) + len(self.checks) + 1  # a check takes about as long as a step
        self.attempts = min(ATTEMPTS, max(_FEWEST, _WORK // self.cost))
        self.patience = min(_SEARCH[0], _SEARCH[1] // self.cost)
        self._start = 0  # where the attempts for the last sample ended, if the first ones were of no use
        self._range = _Range()

    def sample(self, scale: float = 1.0) -> Sample:
        """New data, of about that scale where the formula allows it. Raises `NoData`.

        Where a function with a kink has been seen on one side of it only, data on the other side are preferred.
        """
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what libraries say about data that are drawn again anyway
            return self._sampled(scale)

    def _sampled(self, scale: float) -> Sample:
        failures: Counter[str] = Counter()
        second_best: Sample | None = None
        patience = self.patience
        attempt = self._start
        for done in range(ATTEMPTS):
            if done >= self.attempts:
                break
            found = self._attempt(attempt, scale)
            if isinstance(found, str):
                failures[found] += 1
            else:
                new = self._sides(found.results) if self.unseen else set[tuple[int, int]]()
                if new or not self.unseen:
                    self.unseen -= new
                    self._start = attempt if attempt >= _PLAIN and second_best is None else self._start
                    return found
                second_best = second_best or found
            attempt = attempt + 1 if second_best is None else max(attempt + 1, _PLAIN)
            patience -= second_best is not None
            if patience < 0:
                break
        if second_best is not None:
            self.unseen.clear()  # the other side is out of reach: no more is spent on it
            return second_best
        reason = failures.most_common(1)[0][0]
        raise NoData(f"no random data found on which the formula can be checked: {reason}")

    def _attempt(self, attempt: int, scale: float) -> Sample | str:
        drawn = self._draw(self._range.steady(attempt), scale * self._range.scale)
        if isinstance(drawn, str):
            return drawn
        bound, styles = drawn
        try:
            results = run(self.program, bound)
        except DataError as error:
            return str(error)
        except TypeError:  # NumPy's functions say so of complex numbers
            return "its values are complex"
        self.attempts = min(self.attempts, max(_FEWEST, _WORK // (self.cost + heavy(results))))
        problem = self.problem(results, attempt)
        if problem is None or problem in _TOO_LARGE:
            problem = self._range.problem(results, self.program.outputs) or problem
        return Sample(bound, results, styles) if problem is None else problem

    def _draw(self, attempt: int, scale: float) -> tuple[Bound, dict[str, str]] | str:
        sizes = self._sizes(attempt)
        if (problem := self._too_large(sizes)) is not None:
            return problem
        arrays: dict[str, Any] = {}
        styles: dict[str, str] = {}
        common = STYLES[attempt % len(STYLES)]
        together = self._power_of_ten(attempt)
        known: dict[AnySize, int] = {}
        for node in self.variables:
            name, rows, cols, properties = node.params
            style = common if attempt < _PLAIN else str(self.rng.choice(STYLES))
            try:
                for side in (rows, cols):
                    if side not in known:
                        known[side] = size_value(side, sizes)
            except DataError as error:
                return str(error)
            shape = known[rows], known[cols]
            if shape[0] * shape[1] > _LARGEST_VARIABLE:
                return f"it is too large to check, with {name} of {shape[0]}×{shape[1]}"
            own = scale * (self._power_of_ten(attempt) if attempt % 4 == 3 else together)
            array = self._whole_number(attempt) if node in self.whole else draw(self.rng, shape, properties, style, own)
            if array is None:
                return f"{name} cannot be {_listed(properties)} at once when it is {shape[0]}×{shape[1]}"
            arrays[name] = array[0, 0] if node.scalar else array
            styles[name] = "whole" if node in self.whole else style
        return Bound(arrays, sizes, self._indices(sizes)), styles

    def _power_of_ten(self, attempt: int) -> float:
        """What every other late attempt scales by: log(c - 10^6) exists for large numbers only."""
        if attempt < _PLAIN or attempt % 4 < 2:
            return 1.0
        most = 1 + (attempt - _PLAIN) // 10
        return 10.0 ** int(self.rng.integers(-most, most, endpoint=True))

    def _whole_number(self, attempt: int) -> Any:
        return np.array([[float(self.rng.choice([2, 3] if attempt < 20 else [1, 2, 3, -1, -2]))]])

    def _sizes(self, attempt: int) -> dict[str, int]:
        """Small sizes, all different as far as the pool goes; first rows longer than columns, then in any order."""
        pool = [self.pool[k % len(_POOL)] for k in range(max(len(self.size_names), 3))]
        if attempt % 4:
            pool = list(self.rng.permutation(pool))
        sizes = {name: int(size) for name, size in zip(self.size_names, pool, strict=False)}
        for size, index in self.least:
            if isinstance(size, Size) and index <= _LARGEST_INDEX:
                _make_room(size, index, sizes)
        return sizes

    def _too_large(self, sizes: dict[str, int]) -> str | None:
        """Why nothing can be computed at these sizes."""
        for size, index in self.least:
            if isinstance(size, Size) and index > _LARGEST_INDEX:
                return f"the index {index} is too large to check"
        try:
            for rows, cols in self.shapes:
                if (rows, cols) != (1, 1) and size_value(rows, sizes) * size_value(cols, sizes) > _LARGEST_ARRAY:
                    shape = f"{size_value(rows, sizes)}×{size_value(cols, sizes)}"
                    return f"it is too large to check, with matrices of {shape}"
        except DataError as error:
            return str(error)
        return None

    def _indices(self, sizes: dict[str, int]) -> dict[str, int]:
        return {
            name: int(self.rng.integers(1, min(size_value(of, sizes) for of in sides) + 1))
            for name, sides in self.symbols.items()
        }

    def problem(self, results: list[Any], attempt: int) -> str | None:
        """What is wrong with the data; late attempts are content with worse conditioned ones.

        Large values are a matter of proportion: to the constants of the formula.
        """
        stage = min(4 * attempt // self.attempts, 3)
        limit = 100.0 if stage < 2 else 1e4
        for name, wanted, check, node, first, second in self.checks:
            x, y = (results[place] if isinstance(place, int) else place for place in (first, second))
            if np.isfinite(x).all() and not check(node, x, y, limit):
                return f"{name} needs {wanted}"
        usual = max([1.0, *(_largest(results[place]) for place in self.fixed)])
        largest = min(usual * (1e4, 1e12, 1e50, 1e200)[stage], _OUT_OF_RANGE)
        entries = _entries(results)
        if not (np.abs(entries) < largest).all():  # false for nan too
            return _TOO_LARGE[0 if np.isfinite(entries).all() else 1]
        return None

    def _sides(self, results: list[Any]) -> set[tuple[int, int]]:
        """The sides of kinks, not seen before, that the data lie on."""
        return {(place, sign) for place, sign in self.unseen if np.any(np.sign(results[place]) == sign)}


class _Range:
    """The scale of the data for formulas that over- or underflow, products of a thousand matrices: found by halving."""

    def __init__(self) -> None:
        self.scale = 1.0
        self._low: float | None = None
        self._high: float | None = None

    def steady(self, attempt: int) -> int:
        """Which attempt to draw as: one and the same while a scale is looked for, since the styles differ in scale."""
        return attempt if self._high is None else 0

    def problem(self, results: list[Any], outputs: Sequence[int]) -> str | None:
        """Whether numbers overflow or, at a smaller scale than one where they did, vanish; the next scale is better."""
        if not all(_largest(results[place]) < _OUT_OF_RANGE for place in outputs) and _overflows(results):
            self._high = self.scale
        elif self._high is not None and min(_largest(results[place]) for place in outputs[:1]) < 1 / _OUT_OF_RANGE:
            self._low = self.scale
        else:
            return None
        self.scale = self.scale / 4 if self._low is None else float(np.sqrt(self._low * self._high))
        return "its values overflow or vanish"


def _overflows(results: list[Any]) -> bool:
    """Whether numbers have become too large, and not only nan where a function does not exist."""
    return bool((np.abs(_entries(results)) > _OUT_OF_RANGE).any())


def _entries(results: list[Any]) -> Any:
    """All numbers in the results."""
    numbers = np.array([value for value in results if isinstance(value, float)])
    return np.concatenate([numbers, *(np.ravel(value) for value in results if not isinstance(value, float))])


def _largest(value: Any) -> float:
    return float(np.max(np.abs(value), initial=0.0))


def _make_room(size: Size, index: int, sizes: dict[str, int]) -> None:
    """Makes the sizes so large that the index fits."""
    if size.text in sizes:
        sizes[size.text] = max(sizes[size.text], index)
        return
    for _ in range(64):
        try:
            if size_value(size, sizes) >= index:
                return
        except DataError:  # negative: too small
            pass
        for name in size.names:
            sizes[name] = sizes[name] * 3 // 2 + 1


def _listed(properties: Properties) -> str:
    return " and ".join(sorted(properties))


def _exponents(nodes: list[Node]) -> set[Node]:
    """The scalar variables that stand in the exponent of a matrix power: they must be whole numbers."""
    exponents = [node.args[1] for node in nodes if node.op is MATRIX_POWER]
    return {inner for exponent in exponents for inner in postorder(exponent) if not inner.args and inner.scalar}


def _without_variables(program: Program) -> list[int]:
    """The steps that are the same on all data."""
    fixed: list[bool] = []
    for step in program.steps:
        fixed.append(step.what != "variable" and all(fixed[arg] for arg in step.args))
    return [place for place, same in enumerate(fixed) if same]


_CheckAt = tuple[str, str, Check, Node, Any, Any]


def _checks(nodes: list[Node], program: Program) -> list[_CheckAt]:
    """For each operation with a domain: its check, and the steps (or constants) of its arguments."""
    found: list[_CheckAt] = []
    for node in nodes:
        if node.op.domain is None:
            continue
        wanted, check = DOMAINS[node.op.domain]
        places = [program.position.get(arg, _constant_of(arg)) for arg in node.args[:2]]
        if places[0] is not None:
            found.append((_name(node), wanted, check, node, places[0], places[-1]))
    return found


def _name(node: Node) -> str:
    """What the operation is called where it is typed."""
    root = node.op.domain == "power" and node.args[1].op is CONSTANT and node.args[1].params[0] == Fraction(1, 2)
    return "sqrt" if root else node.op.name


def _constant_of(node: Node) -> Any:
    return as_float(node.params[0]) if node.op is CONSTANT else None
