"""Explicit values by indices: sums of products as an einsum string with groups states them.

May import core and the reader of this room.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from typing import Any

from dvec.core.signature import Dimension, Signature
from dvec.entries.reading import Explicit
from dvec.entries.symbolic import Expr, sp


def contract(rule: Signature, args: Sequence[Explicit], params: Sequence[Any], shape: tuple[int, int]) -> Explicit:
    """The value of a multilinear operation: products of entries, summed over the letters not in the output.

    "ij,kl->(ik)(jl)" is the Kronecker product, "i1->ii" the diagonal matrix of a column.
    """
    sizes: dict[str, int] = dict(zip(rule.parameters, params, strict=False))
    for sides, arg in zip(rule.inputs, args, strict=True):
        sizes |= {s.letters[0]: n for s, n in zip(sides, arg.shape, strict=True) if len(s.letters) == 1}
    terms: dict[tuple[int, int], list[Expr]] = {}
    for values in product(*(range(n) for n in sizes.values())):
        at = dict(zip(sizes, values, strict=True))
        factors = [arg[_place(sides, at, sizes)] for sides, arg in zip(rule.inputs, args, strict=True)]
        terms.setdefault(_place(rule.output, at, sizes), []).append(sp.Mul(*factors))
    return Explicit(*shape, tuple(sp.Add(*terms.get((r, c), ())) for r in range(shape[0]) for c in range(shape[1])))


def _place(sides: tuple[Dimension, Dimension], at: dict[str, int], sizes: dict[str, int]) -> tuple[int, int]:
    """Row and column, the last letter of a group running fastest."""
    found = [0, 0]
    for side, dimension in enumerate(sides):
        for letter in dimension.letters:
            found[side] = found[side] * sizes[letter] + at[letter]
    return found[0], found[1]


def entry_by_entry(shape: tuple[int, int], entry: Callable[[int, int], Any]) -> Explicit:
    """The matrix with entry(i, j), counted from 0."""
    return Explicit(*shape, tuple(sp.sympify(entry(i, j)) for i in range(shape[0]) for j in range(shape[1])))


def matrix_product(left: Explicit, right: Explicit) -> Explicit:
    """The matrix product, entries not multiplied out."""
    inner = range(left.cols)
    return entry_by_entry((left.rows, right.cols), lambda i, j: sp.Add(*(left[i, k] * right[k, j] for k in inner)))


def explicit(matrix: Any) -> Explicit:
    """A SymPy matrix as an explicit one."""
    return Explicit(matrix.rows, matrix.cols, tuple(matrix.flat()))
