"""Laws of entries that are moved about: diag, vec, kron, triangles, rearrange.

May import core, operations, notation and canonical.
"""

from __future__ import annotations

from dvec.core.algebra import EYE, HADAMARD, ONES, PRODUCT, TRANSPOSE, eye, ones
from dvec.core.node import Node, Op, make
from dvec.operations.structure import (
    DIAG,
    DIAGONAL,
    KRON,
    REARRANGE,
    RVEC,
    TRIL,
    TRIU,
    UNVEC,
    UNVECH,
    VEC,
    VECH,
    split_pattern,
)
from dvec.rewrite.canonical import (
    IDENTITIES,
    Canonical,
)
from dvec.rewrite.rules.shared import outer, t


def _diag(ctx: Canonical, node: Node) -> Node | None:
    return eye(node.rows) if node.args[0].op is ONES else None


def _diagonal(ctx: Canonical, node: Node) -> Node | None:
    a = node.args[0]
    if a.op is DIAG:
        return a.args[0]
    if a.op is TRANSPOSE:
        return make(DIAGONAL, (a.args[0],))
    if a.op is PRODUCT and (parts := outer(a)) is not None:  # diag(u*v') = u.*v
        return make(HADAMARD, (parts[0], t(parts[1])))
    return ones(node.rows, 1) if a.op is EYE or a.op is ONES else None


def _vec(ctx: Canonical, node: Node) -> Node | None:
    a = node.args[0]
    if a.column:
        return a
    if a.rows == 1:
        return t(a)
    if a.op is ONES:
        return ones(node.rows, 1)
    return a.args[0] if a.op is UNVEC else None


def _unvec(ctx: Canonical, node: Node) -> Node | None:
    a = node.args[0]
    if node.column:
        return a
    if node.rows == 1:
        return t(a)
    if a.op is VEC and a.args[0].size == node.size:
        return a.args[0]
    return ones(node.rows, node.cols) if a.op is ONES else None


def _rvec(ctx: Canonical, node: Node) -> Node:
    """rvec(A) = vec(A')'"""
    return t(make(VEC, (t(node.args[0]),)))


def _kron(ctx: Canonical, node: Node) -> Node | None:
    a, b = node.args
    if a.scalar or b.scalar:
        return a * b
    if a.op is EYE and b.op is EYE:
        return eye(node.rows)
    if a.op is ONES and b.op is ONES:
        return ones(node.rows, node.cols)
    if a.column and b.rows == 1:
        return make(PRODUCT, (a, b))
    if a.rows == 1 and b.column:
        return make(PRODUCT, (b, a))
    return None


def _triangle(op: Op, shape: str) -> None:
    def identity(ctx: Canonical, node: Node) -> Node | None:
        return node.args[0] if node.args[0].has(shape) else None

    IDENTITIES[op] = identity


def _vech(ctx: Canonical, node: Node) -> Node | None:
    a = node.args[0]
    return a.args[0] if a.op is UNVECH else None


def _unvech(ctx: Canonical, node: Node) -> Node | None:
    a = node.args[0]
    return a.args[0] if a.op is VECH and a.args[0].has("symmetric") else None


def _rearrange(ctx: Canonical, node: Node) -> Node | None:
    """A rearrangement that moves nothing, or only turns the page, or moves ones"""
    if node.args[0].op is ONES:
        return ones(node.rows, node.cols)
    before, after = split_pattern(node.params[0])
    sizes = dict(node.params[1])
    order = [[[x for x in group if sizes[x] != 1] for group in side] for side in (before, after)]
    if order[0] == order[1]:
        return node.args[0]
    if order[0] == order[1][::-1]:
        return t(node.args[0])
    return None


IDENTITIES.update({
    DIAG: _diag, DIAGONAL: _diagonal, VEC: _vec, UNVEC: _unvec, RVEC: _rvec, KRON: _kron, VECH: _vech,
    UNVECH: _unvech, REARRANGE: _rearrange,
})  # fmt: skip
_triangle(TRIL, "lower triangular")
_triangle(TRIU, "upper triangular")
