"""Random data for a formula: it has the declared properties and lies inside the domain of every operation.

May import core, operations, the interpreter and NumPy.
"""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from dvec.core.errors import DataError
from dvec.core.node import CONSTANT, Node, postorder
from dvec.core.properties import Properties
from dvec.core.sizes import size_value
from dvec.evaluation.arrays import Bound
from dvec.evaluation.domains import DOMAINS, Check
from dvec.evaluation.draws import STYLES, draw
from dvec.evaluation.interpreter import run
from dvec.evaluation.names import names_in, sizes_in
from dvec.evaluation.plan import plan
from dvec.evaluation.steps import Program
from dvec.evaluation.templates import cost_of
from dvec.operations.matrix_functions import MATRIX_POWER

ATTEMPTS = 300
_WORK = 200_000  # steps run in all before giving up, so that a long formula ends in time
_POOL = (4, 3, 2, 5, 6, 7)


class Sample(NamedTuple):
    """Data for the roots of a program, what all its steps give on them, and in what style each variable was drawn."""

    bound: Bound
    results: list[Any]
    styles: dict[str, str]


class NoData(Exception):  # noqa: N818  (it is an outcome, not a fault)
    """No random data were found on which the formula exists; the message says what stood in the way."""


def cost(program: Program) -> int:
    """How long a program takes on small matrices, in small NumPy calls."""
    return sum(cost_of(step.what) for step in program.steps)


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

    def sample(self) -> Sample:
        """New data. Raises `NoData`."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what libraries say about data that are drawn again anyway
            return self._sampled()

    def _sampled(self) -> Sample:
        failures: Counter[str] = Counter()
        for attempt in range(min(ATTEMPTS, max(6, _WORK // (cost(self.program) + 1)))):
            drawn = self._draw(attempt)
            if isinstance(drawn, str):
                failures[drawn] += 1
                continue
            bound, styles = drawn
            try:
                results = run(self.program, bound)
            except DataError as error:
                failures[str(error)] += 1
                continue
            except TypeError:  # NumPy's functions say so of complex numbers
                failures["its values are complex"] += 1
                continue
            problem = self.problem(results, attempt)
            if problem is None:
                return Sample(bound, results, styles)
            failures[problem] += 1
        reason = failures.most_common(1)[0][0]
        raise NoData(f"no random data found on which the formula can be checked: {reason}")

    def _draw(self, attempt: int) -> tuple[Bound, dict[str, str]] | str:
        sizes = self._sizes(attempt)
        arrays: dict[str, Any] = {}
        styles: dict[str, str] = {}
        common = STYLES[attempt % len(STYLES)]
        for node in self.variables:
            name, rows, cols, properties = node.params
            style = common if attempt < 2 * len(STYLES) else str(self.rng.choice(STYLES))
            try:
                shape = size_value(rows, sizes), size_value(cols, sizes)
            except DataError as error:
                return str(error)
            array = self._whole_number(attempt) if node in self.whole else draw(self.rng, shape, properties, style)
            if array is None:
                return f"{name} cannot be {_listed(properties)} at once when it is {shape[0]}×{shape[1]}"
            arrays[name] = array[0, 0] if node.scalar else array
            styles[name] = "whole" if node in self.whole else style
        return Bound(arrays, sizes, self._indices(sizes)), styles

    def _whole_number(self, attempt: int) -> Any:
        return np.array([[float(self.rng.choice([2, 3] if attempt < 20 else [1, 2, 3, -1, -2]))]])

    def _sizes(self, attempt: int) -> dict[str, int]:
        """Small sizes, all different as far as the pool goes; first rows longer than columns, then in any order."""
        pool = [self.pool[k % len(_POOL)] for k in range(max(len(self.size_names), 3))]
        if attempt % 4:
            pool = list(self.rng.permutation(pool))
        return {name: int(size) for name, size in zip(self.size_names, pool, strict=False)}

    def _indices(self, sizes: dict[str, int]) -> dict[str, int]:
        return {
            name: int(self.rng.integers(1, min(size_value(of, sizes) for of in sides) + 1))
            for name, sides in self.symbols.items()
        }

    def problem(self, results: list[Any], attempt: int) -> str | None:
        """What is wrong with the data; late attempts are content with worse conditioned ones."""
        strict = attempt < ATTEMPTS // 2
        largest, limit = (1e4, 100.0) if strict else (1e12, 1e4)
        for name, wanted, check, node, first, second in self.checks:
            x, y = (results[place] if isinstance(place, int) else place for place in (first, second))
            if np.isfinite(x).all() and not check(node, x, y, limit):
                return f"{name} needs {wanted}"
        for value in results:
            if not (np.abs(value) < largest).all():  # false for nan too
                return "its values are too large" if np.isfinite(value).all() else "its values are not finite"
        return None


def _listed(properties: Properties) -> str:
    return " and ".join(sorted(properties))


def _exponents(nodes: list[Node]) -> set[Node]:
    """The scalar variables that stand in the exponent of a matrix power: they must be whole numbers."""
    exponents = [node.args[1] for node in nodes if node.op is MATRIX_POWER]
    return {inner for exponent in exponents for inner in postorder(exponent) if not inner.args and inner.scalar}


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
            found.append((node.op.name, wanted, check, node, places[0], places[-1]))
    return found


def _constant_of(node: Node) -> Any:
    return np.float64(node.params[0]) if node.op is CONSTANT else None
