"""How a derivative is checked: which directions its columns stand for, found without the calculus.

May import every room but the faces; of the calculus only what an answer holds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from math import isfinite
from typing import Any

import numpy as np

from dvec.calculus.differentiate import Result, differentiate, target_variable
from dvec.core.node import Node, postorder, rebuild, variable
from dvec.evaluation.interpreter import evaluate
from dvec.evaluation.resizing import smaller
from dvec.evaluation.verification import Directions, DirectionsAt, Verification
from dvec.evaluation.verification import verify as compare
from dvec.operations.constants import UNIT, unit
from dvec.operations.derivative import DERIVATIVE


def verify(result: Result, samples: int = 3, seed: int = 0, typed: Node | None = None) -> Verification:
    """The result against finite differences of the formula, and first the derivatives that stand inside it as typed.

    Large sizes that are declared as numbers are replaced by small ones. Where no way is found to do so, or where the
    copy does not agree, the comparison is made at the sizes declared.
    """
    worst = 0.0
    for derivative in [] if typed is None else inner_derivatives(typed):
        inner = _at_any_size(derivative, samples, seed)
        if not inner.ok:
            where = f"in the formula's own derivative by {target_variable(derivative.target).params[0]}: {inner.reason}"
            return inner._replace(reason=where)
        worst = max(worst, inner.max_relative_error)
    found = _at_any_size(result, samples, seed)
    return found._replace(max_relative_error=max(worst, found.max_relative_error))


def inner_derivatives(formula: Node) -> list[Result]:
    """The derivatives that stand inside a formula, diff(F, X), carried out."""
    return [
        differentiate(node.args[0], node.args[1], layout=node.params[0])
        for node in postorder(formula)
        if node.op is DERIVATIVE
    ]


def _at_any_size(result: Result, samples: int, seed: int) -> Verification:
    targets = [result.target] if result.second is None else [result.target, result.second]
    contradicted = ""
    for formula, node, *others in smaller([result.formula, result.node, *targets]):
        second = others[1] if len(others) > 1 else None
        found = _verified(replace(result, formula=formula, node=node, target=others[0], second=second), samples, seed)
        if found.ok:
            return found
        contradicted = contradicted or found.reason
    found = _verified(result, samples, seed)
    if contradicted and not found.ok and not isfinite(found.max_relative_error):
        return found._replace(reason=f"{found.reason}; and at other sizes: {contradicted}")
    return found


def _verified(result: Result, samples: int, seed: int) -> Verification:
    if result.order == 2 and not result.formula.scalar:  # twice by a scalar: the first derivative, then its own
        once = differentiate(result.formula, result.target)
        first, again = (_verified(r, samples, seed) for r in (once, replace(result, formula=once.node, order=1)))
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


def _directions(target: Node, X: Node, result: Result) -> DirectionsAt | None:
    if target is not X:
        return _picked(target, X)
    if result.structure is None:
        return None
    kind, choice, entries = result.structure.kind, result.structure.name, result.structure.entries is not None
    if choice == "projected":
        return _moved(PROJECTIONS[kind])
    in_shape = result.order == 1 and result.formula.scalar and entries
    return _moved(_together) if in_shape else _free(kind)


def _picked(target: Node, X: Node) -> DirectionsAt:
    """The entries that an entry, a row, a column or the transpose of X picks, found by giving each a number."""

    def directions(at: Any, indices: Mapping[str, int]) -> Directions:
        here = _at_sizes(target, X, at.shape)
        numbers = np.arange(at.size).reshape(at.shape)
        picked = np.atleast_2d(_two_d(evaluate(here, {X.params[0]: numbers, **indices}), here)).round().astype(int)

        def move(weights: Any) -> Any:
            into = np.zeros(at.size)
            into[picked] = weights
            return into.reshape(at.shape)

        return Directions(picked.shape, move)

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


def _moved(change: Callable[[Any], Any]) -> DirectionsAt:
    """The entries of X, each changed to a matrix of the structure."""
    return lambda at, indices: Directions(at.shape, change)


def _together(weights: Any) -> Any:
    """The entries (i,j) and (j,i) of a symmetric matrix are one variable."""
    return weights + weights.T - np.diag(np.diag(weights))


PROJECTIONS: dict[str, Callable[[Any], Any]] = {
    "symmetric": lambda E: (E + E.T) / 2,
    "skew": lambda E: (E - E.T) / 2,
    "diagonal": lambda E: np.diag(np.diag(E)),
    "lower triangular": np.tril,
    "upper triangular": np.triu,
}


def _free(kind: str) -> DirectionsAt:
    """The free parameters: the lower triangle column by column, or the diagonal."""

    def directions(at: Any, indices: Mapping[str, int]) -> Directions:
        n = at.shape[0]
        if kind == "diagonal":
            return Directions((n, 1), lambda weights: np.diag(weights[:, 0]))

        def move(weights: Any) -> Any:
            upper = np.zeros((n, n))
            upper[np.triu_indices(n)] = weights[:, 0]
            return _together(upper)

        return Directions((n * (n + 1) // 2, 1), move)

    return directions
