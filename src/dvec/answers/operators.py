"""Jacobians and Hessians as operators: the linear map applied to one direction at a time, never formed as a matrix.

May import every room but the faces; SciPy.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from scipy.sparse.linalg import LinearOperator

from dvec.answers.expr import Expr
from dvec.calculus.differentiate import Result, target_variable, unstructured
from dvec.core.node import Node, substitute, variable
from dvec.core.signature import Shape
from dvec.core.sizes import size_value
from dvec.evaluation.arrays import bind
from dvec.evaluation.interpreter import evaluate
from dvec.rewrite.shortest import shortest

_DIRECTION = "·direction"  # the name of what the map is applied to; nobody can type its first sign
_Action = Callable[[Any], Any]


class MapOperator(LinearOperator):
    """A linear map of matrices as an operator on their columns stacked."""

    def __init__(self, forwards: _Action, backwards: _Action, shape: tuple[int, int]) -> None:
        super().__init__(np.dtype(float), shape)
        self._forwards = forwards
        self._backwards = backwards

    def _matvec(self, x: Any) -> Any:
        return self._forwards(x)

    def _rmatvec(self, x: Any) -> Any:
        return self._backwards(x)


def operator(result: Result, formula: Expr, values: Mapping[str, Any]) -> LinearOperator:
    """The linear map of a derivative at these values: Y ↦ L(Y), with its adjoint."""
    known = bind([v for name, v in formula.scope.variables.items() if name in values], (), {}, values)
    codomain = (result.map.rows, result.map.cols)
    (m, n), (p, q) = [tuple(size_value(side, known.sizes) for side in shape) for shape in (codomain, result.by)]

    def action(node: Node, shape: tuple[int, int]) -> _Action:
        def act(x: Any) -> Any:
            direction = np.reshape(x, shape, order="F")
            value = evaluate(node, {**values, _DIRECTION: direction}, known.sizes)
            return np.ravel(value, order="F")

        return act

    forwards = action(_applied(result, result.by, adjoint=False), (p, q))
    backwards = action(_applied(result, codomain, adjoint=True), (m, n))
    return MapOperator(forwards, backwards, (m * n, p * q))


def _applied(result: Result, shape: Shape, adjoint: bool) -> Node:
    """The map, or its adjoint, at a direction of this size, simplified."""
    Y = variable(_DIRECTION, *shape)
    node = result.map.adjoint(Y) if adjoint else result.map.applied(Y)
    X = target_variable(result.target)
    targets = [X] if result.second is None else [X, target_variable(result.second)]
    return shortest(substitute(node, {unstructured(v): v for v in targets}))
