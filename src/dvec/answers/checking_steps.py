"""How the steps of a derivation are checked: both sides of each on random data, differentials by finite differences.

May import every room but the faces; of the calculus only what an answer holds.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from dvec.answers.derivation import Step
from dvec.calculus.differentiate import Result, target_variable
from dvec.core.node import VARIABLE, Node, postorder, rebuild, substitute, variable, variables_of
from dvec.evaluation.differences import along
from dvec.evaluation.interpreter import evaluate
from dvec.evaluation.sampling import NoData, Sampler
from dvec.evaluation.verification import Verification
from dvec.operations.derivative import DIFFERENTIAL

TOLERANCE = 1e-5  # a step holds finite differences of finite differences where a gradient is differentiated again


def verify_steps(result: Result, steps: Sequence[Step], samples: int = 2, seed: int = 0) -> Verification:
    """Whether the two sides of every step that equates two formulas agree numerically."""
    equations = [(s, s.left, s.right) for s in steps if s.left is not None and s.right is not None]
    targets = {target_variable(t) for t in (result.target, result.second) if t is not None}
    sampler = Sampler([result.formula, result.node, *targets], seed)
    worst = 0.0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for _ in range(samples):
            try:
                values, sizes = _values(sampler, targets)
            except NoData as problem:
                return Verification(False, float("inf"), 0, str(problem))
            for step, left, right in equations:
                error = _disagreement(step, left, right, values, sizes, targets)
                worst = max(worst, error)
                if not error <= TOLERANCE:
                    reason = f"the step {step.text} does not hold on random data: relative error {error:.1e}"
                    return Verification(False, error, 0, reason)
    return Verification(True, worst, samples, "")


def _values(sampler: Sampler, targets: set[Node]) -> tuple[dict[str, Any], dict[str, int]]:
    """Arrays for the variables, and for the differentials of those differentiated by."""
    sample = sampler.sample()
    values: dict[str, Any] = dict(sample.bound.arrays)
    for X in targets:
        name = X.params[0]
        values[f"d{name}"] = sampler.rng.normal(size=np.shape(values[name]))
    return values, sample.bound.sizes


def _disagreement(
    step: Step, left: Node, right: Node, values: Mapping[str, Any], sizes: Mapping[str, int], targets: set[Node]
) -> float:
    """The relative difference of the two sides."""
    known = dict(values)
    marks: dict[Node, Node] = {}
    for node in {n: None for side in (left, right) for n in postorder(side) if n.op is DIFFERENTIAL}:
        if node not in marks:
            marks[node] = variable(f"·{len(marks)}", node.rows, node.cols, ["complex"] * node.complex)
            known[marks[node].params[0]] = _differential(node.args[0], values, sizes, targets, right)
    for named, function in step.named.items():
        known[named.params[0]] = _differential(function, values, sizes, targets, right)
    sides = [np.asarray(evaluate(_outer(side, marks), known, sizes)) for side in (left, right)]
    scale = max(float(np.max(np.abs(sides[0]), initial=0.0)), float(np.max(np.abs(sides[1]), initial=0.0)), 1e-3)
    return float(np.max(np.abs(sides[0] - sides[1]), initial=0.0)) / scale


def _outer(side: Node, marks: dict[Node, Node]) -> Node:
    """The side with the outermost differentials replaced."""
    return substitute(side, marks) if marks else rebuild(side, lambda node: None)


def _differential(
    function: Node, values: Mapping[str, Any], sizes: Mapping[str, int], targets: set[Node], context: Node
) -> Any:
    """d(function) along dX by finite differences, X being the variable whose differential stands in the equation."""
    mentioned = {n.params[0] for n in postorder(context) if n.op is VARIABLE}
    names = [X.params[0] for X in targets if f"d{X.params[0]}" in mentioned] or [
        X.params[0] for X in targets if X in variables_of(function)
    ]
    name = names[0]
    at, direction = np.asarray(values[name]), np.asarray(values[f"d{name}"])

    def along_line(x: Any) -> Any:
        return np.asarray(evaluate(function, {**values, name: x}, sizes))

    return along(along_line, at, direction).value
