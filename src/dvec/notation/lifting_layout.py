"""Entries of matrices laid out for other indices: repeated along those that they do not have, regrouped.

May import core and operations.
"""

from __future__ import annotations

from collections.abc import Sequence
from string import ascii_letters

from dvec.core.algebra import EYE, eye, ones
from dvec.core.node import Node
from dvec.notation.lifting_nodes import diagonal_matrix, entrywise_product, plus, times, turn
from dvec.notation.lifting_terms import Axis, Factor, Side, Term, size_of
from dvec.operations.structure import RVEC, kron, rearrange, unvec, vec


def spread(factor: Factor, rows: Side, cols: Side) -> Node:
    """A matrix with these sides whose entries are those of the factor, whatever the axes that the factor lacks."""
    own = set(factor.axes)
    inner_rows, inner_cols = (tuple(axis for axis in side if axis in own) for side in (rows, cols))
    node = regrouped(factor, inner_rows, inner_cols)
    node, rows_now = _repeated(node, inner_rows, rows, False)
    node, cols_now = _repeated(node, inner_cols, cols, True)
    return regrouped(Factor(node, rows_now, cols_now), rows, cols)


def _repeated(node: Node, have: Side, wanted: Side, columns: bool) -> tuple[Node, Side]:
    """Repeats rows (or columns): kron(ones, A) if the new axes come first, kron(A, ones) if they come last."""
    missing = tuple(axis for axis in wanted if axis not in have)
    if not missing:
        return node, have
    repeat = ones(1, size_of(missing)) if columns else ones(size_of(missing), 1)
    if wanted == have + missing:
        return kron(node, repeat), wanted
    return kron(repeat, node), missing + have


def regrouped(factor: Factor, rows: Side, cols: Side) -> Node:
    """The same entries with the axes of the factor on other sides."""
    node = factor.node
    if (factor.rows, factor.cols) == (rows, cols):
        return node
    if (factor.cols, factor.rows) == (rows, cols):
        return turn(node)
    stacked = _stacked(factor, rows, cols)
    if stacked is not None:
        return stacked
    letters = dict(zip(factor.axes, ascii_letters, strict=False))
    sides = [_group([letters[axis] for axis in side]) for side in (factor.rows, factor.cols, rows, cols)]
    pattern = f"{sides[0]} {sides[1]} -> {sides[2]} {sides[3]}"
    return rearrange(node, pattern, tuple((letter, axis.size) for axis, letter in letters.items()))


def _stacked(factor: Factor, rows: Side, cols: Side) -> Node | None:
    """A matrix as a vector of all its entries, or back, where vec, rvec or unvec is that."""
    node, old = factor.node, (factor.rows, factor.cols)
    if not rows or not cols:
        if (rows or cols) not in (old[0] + old[1], old[1] + old[0]) or not all(old):
            return None
        by_columns = rows == old[1] + old[0] or cols == old[0] + old[1]
        return (vec if rows else RVEC)(node if by_columns else turn(node))
    column = column_of(factor) if factor.vector else None
    if column is None or factor.axes not in (rows + cols, cols + rows):
        return None
    if factor.axes == cols + rows:
        return unvec(column, size_of(rows), size_of(cols))
    return turn(unvec(column, size_of(cols), size_of(rows)))


def _group(letters: list[str]) -> str:
    return f"({' '.join(letters)})" if len(letters) > 1 else "".join(letters) or "1"


def column_of(factor: Factor) -> Node:
    """A vector as a column."""
    return factor.node if factor.rows else turn(factor.node)


def assembled(term: Term, rows: Side, cols: Side) -> Node:
    """The matrix of a term in which nothing is summed any more: diag(u)*M*diag(w), u*w', or M."""
    matrices: list[Node] = []
    left: list[Factor] = []
    right: list[Factor] = []
    for factor in term.factors:
        if factor.vector and factor.axes == rows:
            left.append(factor)
        elif factor.vector and factor.axes == cols:
            right.append(factor)
        else:
            matrices.append(spread(factor, rows, cols))
    if rows and cols:
        node = _matrix(matrices, left, right, rows, cols)
    elif cols:
        node = _row(right, matrices, size_of(cols))
    elif rows:
        columns = [*map(column_of, left), *matrices]
        node = entrywise_product(columns) if columns else ones(size_of(rows), 1)
    else:
        node = times()
    return times(*term.scalars, node)


def _matrix(matrices: list[Node], left: list[Factor], right: list[Factor], rows: Side, cols: Side) -> Node:
    u, w = (entrywise_product(list(map(column_of, side))) if side else None for side in (left, right))
    if matrices:
        middle = entrywise_product(matrices)
        if middle.op is EYE and (left or right):
            return diagonal_matrix(entrywise_product([column_of(f) for f in (*left, *right)]))
        factors = [diagonal_matrix(u) if u else None, middle, diagonal_matrix(w) if w else None]
        return times(*(factor for factor in factors if factor is not None))
    if u is None and w is None:
        return ones(size_of(rows), size_of(cols))
    u = ones(size_of(rows), 1) if u is None else u
    w = ones(size_of(cols), 1) if w is None else w
    return times(u, turn(w))


def _row(vectors: Sequence[Factor], rest: list[Node], size: object) -> Node:
    if not vectors and not rest:
        return ones(1, size)  # pyright: ignore[reportArgumentType]
    if any(not factor.rows for factor in vectors):
        return entrywise_product([factor.node if not factor.rows else turn(factor.node) for factor in vectors] + rest)
    return turn(entrywise_product([factor.node for factor in vectors] + [turn(node) for node in rest]))


def taken_together(terms: Sequence[Term], rows: Side, cols: Side) -> Node:
    """The matrix of a sum of terms in which nothing is summed any more."""
    return plus([assembled(term, rows, cols) for term in terms])


def identity(one: Side, other: Side) -> Factor:
    """The factor that says that two sides are the same."""
    return Factor(eye(size_of(one)), one, other)


def same_axes(factors: Sequence[Factor]) -> bool:
    return len({frozenset[Axis](factor.axes) for factor in factors}) == 1
