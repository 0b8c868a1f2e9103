"""How a derivative is checked: which directions its columns stand for, found without the calculus.

May import every room but the faces; of the calculus only what an answer holds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from dvec.calculus.differentiate import Result, differentiate, target_variable
from dvec.core.node import Node, rebuild, variable
from dvec.evaluation.interpreter import evaluate
from dvec.evaluation.verification import Directions, Verification
from dvec.evaluation.verification import verify as compare
from dvec.operations.constants import UNIT, unit


def verify(result: Result, samples: int = 3, seed: int = 0) -> Verification:
    """The result against finite differences of the formula."""
    if result.order == 2 and not result.formula.scalar:  # twice by a scalar: the first derivative, then its own
        once = differentiate(result.formula, result.target)
        first, again = verify(once, samples, seed), verify(replace(result, formula=once.node, order=1), samples, seed)
        worst = max(first.max_relative_error, again.max_relative_error)
        return Verification(
            first.ok and again.ok, worst, min(first.samples, again.samples), first.reason or again.reason
        )
    X = target_variable(result.target)
    Z = target_variable(result.second) if result.second is not None else None
    first = _directions(result.target, X, result)
    second = _directions(result.second, Z, result) if result.second is not None and Z is not None else None
    return compare(
        result.formula, X, result.node, result.pattern, order=result.order, second=Z, directions=first,
        second_directions=second, parts=[t for t in (result.target, result.second) if t is not None],
        samples=samples, seed=seed,
    )  # fmt: skip


def _directions(target: Node, X: Node, result: Result) -> Directions | None:
    if target is not X:
        return _picked(target, X)
    if result.structure is None:
        return None
    kind, choice, entries = result.structure.kind, result.structure.name, result.structure.entries is not None
    if choice == "projected":
        return _moved(PROJECTIONS[kind])
    in_shape = result.order == 1 and result.formula.scalar and entries
    return _moved(_together) if in_shape else _free(kind)


def _picked(target: Node, X: Node) -> Directions:
    """The unit matrices that an entry, a row, a column or the transpose of X picks."""

    def directions(at: Any, indices: Mapping[str, int]) -> Any:
        units = np.eye(at.size).reshape(at.size, *at.shape)
        name = X.params[0]
        here = _at_sizes(target, X, at.shape)
        images = [np.atleast_2d(_two_d(evaluate(here, {name: unit, **indices}), here)) for unit in units]
        return np.einsum("kaj,kxy->ajxy", np.stack(images), units)

    return directions


def _at_sizes(target: Node, X: Node, shape: tuple[int, int]) -> Node:
    """The target with numbers for the sizes of its variable."""
    sides = {X.rows: shape[0], X.cols: shape[1]}

    def change(node: Node) -> Node | None:
        if node is X:
            return variable(X.params[0], *shape)
        return unit(sides[node.params[0]], node.params[1]) if node.op is UNIT else None

    return rebuild(target, change)


def _two_d(value: Any, node: Node) -> Any:
    return np.reshape(value, (-1, 1)) if node.cols == 1 else value


def _moved(change: Callable[[Any], Any]) -> Directions:
    """The unit matrices, each changed to a matrix of the structure."""

    def directions(at: Any, indices: Mapping[str, int]) -> Any:
        units = np.eye(at.size).reshape(*at.shape, *at.shape)
        return np.stack([[change(units[i, j]) for j in range(at.shape[1])] for i in range(at.shape[0])])

    return directions


def _together(unit: Any) -> Any:
    """The entries (i,j) and (j,i) of a symmetric matrix are one variable."""
    return np.maximum(unit, unit.T)


PROJECTIONS: dict[str, Callable[[Any], Any]] = {
    "symmetric": lambda E: (E + E.T) / 2,
    "skew": lambda E: (E - E.T) / 2,
    "diagonal": lambda E: np.diag(np.diag(E)),
    "lower triangular": np.tril,
    "upper triangular": np.triu,
}


def _free(kind: str) -> Directions:
    """The free parameters: the lower triangle column by column, or the diagonal."""

    def directions(at: Any, indices: Mapping[str, int]) -> Any:
        n = at.shape[0]
        units = np.eye(at.size).reshape(*at.shape, *at.shape)
        if kind == "diagonal":
            return np.stack([[units[i, i]] for i in range(n)])
        return np.stack([[_together(units[i, j])] for j in range(n) for i in range(j, n)])

    return directions
