"""Laws of transposes and of products: what neighbours in a chain become, indices taken into factors.

May import core, operations, notation and canonical.
"""

from __future__ import annotations

from itertools import pairwise

from dvec.core.algebra import ADD, HADAMARD, ONE, ONES, POWER, PRODUCT, TRANSPOSE, ZERO, ones
from dvec.core.errors import FormulaError
from dvec.core.node import CONSTANT, VARIABLE, Node, constant, make, substitute
from dvec.core.sizes import triangle
from dvec.operations.constants import COMMUTATION, DUPLICATION, ELIMINATION, UNIT, size_constant, unit
from dvec.operations.reductions import SUM
from dvec.operations.structure import (
    DIAG,
    KRON,
    VEC,
)
from dvec.rewrite.canonical import (
    LONGEST_FLATTENED,
    NEIGHBOURS,
    RULES,
    SCALAR_CHAINS,
    Canonical,
    Number,
    split_factors,
)
from dvec.rewrite.rules.shared import Answer, is_unit, outer, t

MOST_FACTORS = 20_000  # of a product of products; T1*T1 where T1 = T2*T2; … has twice as many at each level


def _transpose(ctx: Canonical, node: Node, args: list[Node]) -> Answer:
    a = args[0]
    if a.scalar:
        return a, True
    if a.op is TRANSPOSE:
        return a.args[0], True
    if a.op is VARIABLE:
        if a.has("symmetric"):
            return a, True
        return (ctx.product(-1, [], [a]), True) if a.has("skew") else (t(a), True)
    if a.op is HADAMARD and a.has("diagonal"):
        return a, True
    if a.op is ADD:
        return make(ADD, tuple(t(x) for x in a.args)), False
    if a.op is PRODUCT:
        coefficient, scalars, chain = split_factors(a)
        return make(PRODUCT, (constant(coefficient), *scalars, *(t(f) for f in reversed(chain)))), False
    if a.op.transpose is not None:
        turned = a.op.transpose(*a.args, *a.params)
        return (a, True) if turned is a else (turned, False)
    return t(a), True


def _product(ctx: Canonical, node: Node, args: list[Node]) -> Answer:
    args = [a for a in args if a is not ONE]
    if len(args) < 2:
        return (args[0] if args else ONE), True
    coefficient: Number = 1
    scalars: list[Node] = []
    chain: list[Node] = []
    for arg in args:
        if arg.scalar and arg.op is PRODUCT and len(arg.args) > LONGEST_FLATTENED:
            c, rest = ctx.without_coefficient(arg)
            coefficient *= c
            scalars.append(rest)
            continue
        c, s, factors = split_factors(arg)
        if len(factors) == 0 and arg.op is PRODUCT and s == [arg]:  # a chain such as x'*A*x
            s = [arg]
        coefficient *= c
        scalars += s
        chain += factors
    if len(chain) > MOST_FACTORS and len(chain) > 2 * len(args):
        raise FormulaError(f"written out, a product in this formula has {len(chain):,} factors: too many to work with")
    result = ctx.product(coefficient, scalars, chain)
    pushed = _push_index(result)
    return (result, True) if pushed is None else (pushed, False)


def _push_index(node: Node) -> Node | None:
    """(A*B + C)[i,:] = A[i,:]*B + C[i,:]: a unit vector goes into sums, entrywise products and functions."""
    if node.op is not PRODUCT or not node.holds(UNIT):
        return None
    coefficient, scalars, chain = split_factors(node)
    outer = [constant(coefficient), *scalars]
    for at, factor in enumerate(scalars):
        if factor.op is PRODUCT and not factor.args[0].scalar:
            inner = _push_into_chain(list(factor.args))
            if inner is not None:
                return make(PRODUCT, (outer[0], *scalars[:at], inner, *scalars[at + 1 :], *chain))
            sifted = _sifted(factor, [*scalars[:at], *scalars[at + 1 :], *chain])
            if sifted is not None:
                return make(PRODUCT, (outer[0], factor, *sifted))
    inner = _push_into_chain(chain)
    return None if inner is None else make(PRODUCT, (*outer, inner))


def _sifted(delta: Node, beside: list[Node]) -> list[Node] | None:
    """e_i'e_j A e_j = e_i'e_j A e_i: beside a factor that says i = j one of the two stays, a number if there is one."""
    if len(delta.args) != 2 or not all(map(is_unit, delta.args)):
        return None
    (n, i), (_, j) = delta.args[0].args[0].params, delta.args[1].params
    kept, gone = sorted((i, j), key=lambda index: (isinstance(index, str), index))
    sifted = [substitute(node, {unit(n, gone): unit(n, kept)}) for node in beside]
    return None if sifted == beside else sifted


def _push_into_chain(chain: list[Node]) -> Node | None:
    for at, (left, right) in enumerate(pairwise(chain)):
        taken = None
        if left.op is TRANSPOSE and left.args[0].op is UNIT:
            taken = _taken(right, left)
        if taken is None and right.op is UNIT:
            taken = _taken(left, right)
        if taken is not None:
            return make(PRODUCT, (*chain[:at], taken, *chain[at + 2 :]))
    return None


def _taken(matrix: Node, e: Node) -> Node | None:
    """e' M for a row e' of the identity, M e for a column e, where it can be said without a product."""
    op, args, row = matrix.op, matrix.args, e.rows == 1
    if op is TRANSPOSE:
        taken = _taken(args[0], t(e))
        return None if taken is None else t(taken)
    if op is ONES:
        return ones(1, matrix.cols) if row else ones(matrix.rows, 1)
    if op is DIAG:
        return make(PRODUCT, (make(PRODUCT, (e if row else t(e), args[0])), e))
    if op is ADD or op is HADAMARD or op.derivative is not None:
        return make(op, tuple([make(PRODUCT, (e, a) if row else (a, e)) for a in args]))
    if op is POWER and args[1].scalar:
        return make(POWER, (make(PRODUCT, (e, args[0]) if row else (args[0], e)), args[1]))
    return None


def _diag_diag(ctx: Canonical, a: Node, b: Node) -> list[Node]:
    return [ctx(make(DIAG, (make(HADAMARD, (a.args[0], b.args[0])),)))]


def _diag_ones(ctx: Canonical, a: Node, b: Node) -> list[Node]:
    """diag(x) 1 1' = x 1'"""
    return [a.args[0], *([] if b.column else [ones(1, b.cols)])]


def _ones_diag(ctx: Canonical, a: Node, b: Node) -> list[Node]:
    return [*([] if a.rows == 1 else [ones(a.rows, 1)]), ctx(t(b.args[0]))]


def _kron_kron(ctx: Canonical, a: Node, b: Node) -> list[Node] | None:
    """kron(A,B) kron(C,D) = kron(A C, B D) (Magnus & Neudecker, sec. 2.2)"""
    (A, B), (C, D) = a.args, b.args
    if A.cols != C.rows or B.cols != D.rows:
        return None
    return [ctx(make(KRON, (make(PRODUCT, (A, C)), make(PRODUCT, (B, D)))))]


def _kron_commutation(ctx: Canonical, a: Node, b: Node) -> list[Node] | None:
    """kron(A,B) K = kron(B,A), if A or B is a row (Magnus & Neudecker, sec. 3.7)"""
    A, B = a.args
    return [ctx(make(KRON, (B, A)))] if 1 in (A.rows, B.rows) and b.params == (A.cols, B.cols) else None


def _commutation_kron(ctx: Canonical, a: Node, b: Node) -> list[Node] | None:
    """K kron(A,B) = kron(B,A), if A or B is a column"""
    A, B = b.args
    return [ctx(make(KRON, (B, A)))] if 1 in (A.cols, B.cols) and a.params == (B.rows, A.rows) else None


def _outer_commutation(ctx: Canonical, a: Node, b: Node) -> list[Node] | None:
    """kron(u v', w z') K = kron(u z', w v'): it is kron(u,w) kron(v',z'), and the law of rows"""
    A, B = a.args
    if b.params != (A.cols, B.cols) or (first := outer(A)) is None or (second := outer(B)) is None:
        return None
    (u, v), (w, z) = first, second
    return [ctx(make(KRON, (make(PRODUCT, (u, z)), make(PRODUCT, (w, v)))))]


def _commutation_outer(ctx: Canonical, a: Node, b: Node) -> list[Node] | None:
    """K kron(u v', w z') = kron(w v', u z')"""
    A, B = b.args
    if a.params != (B.rows, A.rows) or (first := outer(A)) is None or (second := outer(B)) is None:
        return None
    (u, v), (w, z) = first, second
    return [ctx(make(KRON, (make(PRODUCT, (w, v)), make(PRODUCT, (u, z)))))]


def _ones_commutation(ctx: Canonical, a: Node, b: Node) -> list[Node]:
    """1 K = 1: K moves entries about"""
    return [a]


def _commutation_ones(ctx: Canonical, a: Node, b: Node) -> list[Node]:
    """K 1 = 1"""
    return [b]


def _ones_ones(ctx: Canonical, a: Node, b: Node) -> list[Node]:
    """Sums of ones are their number."""
    return [ctx(size_constant(a.cols)), ones(a.rows, b.cols)]


def _commutation_duplication(ctx: Canonical, a: Node, b: Node) -> list[Node] | None:
    """K D = D (Magnus & Neudecker, sec. 3.8)"""
    return [b] if a.params == b.params * 2 else None


def _duplication_turned_commutation(ctx: Canonical, a: Node, b: Node) -> list[Node] | None:
    """D' K = D'"""
    return [a] if a.args[0].op is DUPLICATION and b.params == a.args[0].params * 2 else None


def _commutation_vec(ctx: Canonical, a: Node, b: Node) -> list[Node] | None:
    """K vec(A) = vec(A')"""
    return [ctx(make(VEC, (t(b.args[0]),)))] if a.params == b.args[0].size else None


def _elimination_duplication(ctx: Canonical, a: Node, b: Node) -> list[Node] | None:
    return [] if a.params == b.params and triangle(a.params[0]) == a.rows else None


def _duplication_elimination_turned(ctx: Canonical, a: Node, b: Node) -> list[Node] | None:
    """D' L' = (L D)' = I"""
    first, second = a.args[0], b.args[0]
    return [] if first.op is DUPLICATION and second.op is ELIMINATION and first.params == second.params else None


def _unit_pair(ctx: Canonical, piece: list[Node]) -> Node | None:
    """e_i' e_j is 1 or 0"""
    if len(piece) != 2 or piece[1].op is not UNIT or piece[0].op is not TRANSPOSE or piece[0].args[0].op is not UNIT:
        return None
    i, j = piece[0].args[0].params[1], piece[1].params[1]
    return ONE if i == j else ZERO if isinstance(i, int) and isinstance(j, int) else None


def _sum_of_entries(ctx: Canonical, piece: list[Node]) -> Node | None:
    """1'v = sum(v), 1'A x = sum(A x), 1'A 1 = sum(A)"""
    ones_first, ones_last = piece[0].op is ONES, piece[-1].op is ONES
    if not (ones_first or ones_last):
        return None
    inner = piece[ones_first : len(piece) - ones_last]
    if not inner:
        return ctx(size_constant(piece[0].cols))
    return ctx(make(SUM, (ctx.chain(inner),)))


def _inner_fraction(ctx: Canonical, piece: list[Node]) -> Node | None:
    """v'*(y./v) = sum(y)"""
    if len(piece) != 2 or piece[0].rows != 1 or not piece[1].column:
        return None
    for row, other in ((piece[0], piece[1]), (t(piece[1]), ctx(t(piece[0])))):
        if other.op is HADAMARD and row.op is TRANSPOSE:
            inner = row.args[0]
            if any(f.op is POWER and f.args[0] is inner and f.args[1].op is CONSTANT for f in other.args):
                return ctx(make(SUM, (make(HADAMARD, (inner, other)),)))
    return None


def _ones_unit(ctx: Canonical, piece: list[Node]) -> Node | None:
    """1'e = e'1 = 1"""
    if len(piece) == 2 and any(a.op is ONES for a in piece) and any(is_unit(a) for a in piece):
        return ONE
    return None


RULES.update({TRANSPOSE: _transpose, PRODUCT: _product})
NEIGHBOURS.update({
    (DIAG, DIAG): (_diag_diag,), (DIAG, ONES): (_diag_ones,), (ONES, DIAG): (_ones_diag,), (KRON, KRON): (_kron_kron,),
    (KRON, COMMUTATION): (_kron_commutation, _outer_commutation),
    (COMMUTATION, KRON): (_commutation_kron, _commutation_outer),
    (ONES, COMMUTATION): (_ones_commutation,), (COMMUTATION, ONES): (_commutation_ones,),
    (COMMUTATION, VEC): (_commutation_vec,), (ONES, ONES): (_ones_ones,),
    (COMMUTATION, DUPLICATION): (_commutation_duplication,),
    (TRANSPOSE, COMMUTATION): (_duplication_turned_commutation,),
    (ELIMINATION, DUPLICATION): (_elimination_duplication,),
    (TRANSPOSE, TRANSPOSE): (_duplication_elimination_turned,),
})  # fmt: skip
SCALAR_CHAINS.extend([_unit_pair, _ones_unit, _sum_of_entries, _inner_fraction])
