"""Products of several matrices: in which order, and how two neighbours are multiplied.

May import core and steps.
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

from dvec.core.sizes import AnySize
from dvec.evaluation.steps import Index, Steps

LONGEST_OPTIMISED = 24  # the search takes the cube of the length


class Factor(NamedTuple):
    """A factor of a chain, in the form in which its neighbours use it.

    dense: the step of the matrix. inverse: the step of the matrix to be inverted. diagonal: the step of the column that
    stands on the diagonal. unit: no step, but the size and the place of the 1; a row if there is one row. No declared
    property is used: a check by finite differences moves a symmetric matrix off the symmetric ones.
    """

    kind: Literal["dense", "inverse", "diagonal", "unit"]
    rows: AnySize
    cols: AnySize
    step: int = -1
    params: tuple[Any, ...] = ()

    @property
    def scalar(self) -> bool:
        return self.rows == 1 and self.cols == 1


def associate(chain: list[Factor], steps: Steps) -> Factor:
    """The product of a chain of factors, multiplied in the cheapest order, from left to right among equals."""
    if len(chain) > LONGEST_OPTIMISED:
        return _one_way(chain, steps)
    split = _splits(chain, steps)

    def build(first: int, last: int) -> Factor:
        if first == last:
            return chain[first]
        middle = split[first, last]
        return combine(build(first, middle), build(middle + 1, last), steps)

    return build(0, len(chain) - 1)


def _one_way(chain: list[Factor], steps: Steps) -> Factor:
    backwards = steps.weight(chain[-1].cols) < steps.weight(chain[0].rows)
    if backwards:
        result = chain[-1]
        for factor in reversed(chain[:-1]):
            result = combine(factor, result, steps)
        return result
    result = chain[0]
    for factor in chain[1:]:
        result = combine(result, factor, steps)
    return result


def _splits(chain: list[Factor], steps: Steps) -> dict[tuple[int, int], int]:
    count = len(chain)
    side = [steps.weight(chain[0].rows)] + [steps.weight(factor.cols) for factor in chain]
    cost = {(k, k): 0.0 for k in range(count)}
    split: dict[tuple[int, int], int] = {}
    for length in range(1, count):
        for first in range(count - length):
            last = first + length
            best = float("inf")
            for middle in range(last - 1, first - 1, -1):
                total = cost[first, middle] + cost[middle + 1, last]
                if total < best:
                    left = chain[first].kind if first == middle else "dense"
                    right = chain[last].kind if middle + 1 == last else "dense"
                    total += _cost(left, right, side[first], side[middle + 1], side[last + 1])
                if total < best:
                    best, split[first, last] = total, middle
            cost[first, last] = best
    return split


def _cost(left: str, right: str, rows: float, inner: float, cols: float) -> float:
    """Multiplications in a product of two factors."""
    if left == "unit" or right == "unit":
        return 1.0
    if left == "diagonal" or right == "diagonal":
        return rows * cols
    if left == "inverse" or right == "inverse":
        transpositions = 0.5 if left != "inverse" else 0.0
        return inner**3 / 3 + rows * inner * cols + transpositions
    return rows * inner * cols


def combine(left: Factor, right: Factor, steps: Steps) -> Factor:
    """The product of two neighbours."""
    result = Factor("dense", left.rows, right.cols)
    if left.scalar or right.scalar:
        first, second = (left, right) if left.scalar else (right, left)
        return result._replace(step=steps.times(dense(first, steps), dense(second, steps)))
    if left.kind == "diagonal" and right.kind == "diagonal":
        return left._replace(step=steps.times(left.step, right.step))
    return result._replace(step=_multiply(left, right, result.scalar, steps))


def _multiply(left: Factor, right: Factor, scalar: bool, steps: Steps) -> int:
    if left.kind == "unit" and left.rows == 1 and right.kind == "dense":
        return _row(right, left.params[1], steps)
    if right.kind == "unit" and right.cols == 1 and left.kind == "dense":
        return _column(left, right.params[1], steps)
    if left.kind == "diagonal":
        return steps.times(left.step, dense(right, steps))
    if right.kind == "diagonal":
        return steps.times(dense(left, steps), steps.transpose(right.step))
    if left.kind == "inverse":
        return steps.step("solve", left.step, dense(right, steps))
    if right.kind == "inverse":
        matrix = steps.transpose(right.step)
        return steps.transpose(steps.step("solve", matrix, steps.transpose(dense(left, steps))))
    product = steps.step("matmul", dense(left, steps), dense(right, steps))
    return steps.corner(product) if scalar else product


def _row(of: Factor, index: Index, steps: Steps) -> int:
    if of.cols == 1:
        return steps.step("entry", of.step, params=(index, Index(1)), scalar=True)
    return steps.step("row", of.step, params=(index,))


def _column(of: Factor, index: Index, steps: Steps) -> int:
    below = steps.listed[of.step]
    if of.rows == 1 and below.what == "row":
        return steps.step("entry", below.args[0], params=(below.params[0], index), scalar=True)
    if of.rows == 1:
        return steps.step("entry", of.step, params=(Index(1), index), scalar=True)
    return steps.step("column", of.step, params=(index,))


def dense(factor: Factor, steps: Steps) -> int:
    """The step that holds the factor as a matrix."""
    if factor.kind == "inverse":
        return steps.inverse(factor.step)
    if factor.kind == "diagonal":
        return steps.step("diag", factor.step)
    if factor.kind == "unit":
        column = steps.step("unit", params=factor.params)
        return steps.transpose(column) if factor.rows == 1 else column
    return factor.step
