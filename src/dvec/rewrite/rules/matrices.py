"""Laws of functions of a matrix: inverse, powers, trace, determinant, norms, sums.

May import core, operations, notation and canonical.
"""

from __future__ import annotations

from fractions import Fraction

from dvec.core.algebra import ADD, EYE, HALF, ONE, ONES, POWER, PRODUCT, TRANSPOSE, ZERO, ZEROS, eye
from dvec.core.node import CONSTANT, Node, Op, constant, make
from dvec.core.sizes import AnySize, named_size
from dvec.operations.constants import COMMUTATION, SIZE, UNIT, size_constant
from dvec.operations.entrywise import (
    ABS,
    EXP,
    LOG,
)
from dvec.operations.matrix_functions import EXPM, INVERSE, LOGM, MATRIX_POWER, SQRTM
from dvec.operations.norms import NORM1, NORM2
from dvec.operations.reductions import DET, LOGDET, SOFTMAX, SUM, TRACE
from dvec.operations.structure import (
    DIAG,
    KRON,
)
from dvec.rewrite.canonical import (
    IDENTITIES,
    RULES,
    Canonical,
    chain_parts,
    number,
    split_factors,
)
from dvec.rewrite.rules.shared import Answer, outer, t

SUMMED = (ONES, COMMUTATION, DIAG)  # what leaves its argument, or nothing, at the end of a product that is summed


def _inverse(ctx: Canonical, node: Node, args: list[Node]) -> Answer:
    a = args[0]
    if a.scalar:
        return make(POWER, (a, constant(-1))), False
    if a.has("orthogonal"):
        return t(a), False
    if a.op is ADD:
        content, rest = ctx.content(a)
        if content != 1:
            return make(PRODUCT, (constant(1 / Fraction(content)), make(INVERSE, (rest,)))), False
    if a.op is PRODUCT:
        coefficient, scalars, chain = split_factors(a)
        if coefficient != 1 or scalars:
            outer = [constant(1 / Fraction(coefficient)), *(s**-1 for s in scalars)]
            return make(PRODUCT, (*outer, make(INVERSE, (ctx.chain(chain),)))), False
        if all(f.square for f in chain):
            return make(PRODUCT, tuple(make(INVERSE, (f,)) for f in reversed(chain))), False
    inverse = a.op.inverse(*a.args, *a.params) if a.op.inverse is not None else None
    return (make(INVERSE, (a,)), True) if inverse is None else (inverse, False)


def _matrix_power(ctx: Canonical, node: Node, args: list[Node]) -> Answer:
    base, exponent = args
    if base.scalar:
        return make(POWER, (base, exponent)), False
    if base.op is EYE:
        return base, True
    if base.op is PRODUCT:
        coefficient, scalars, chain = split_factors(base)
        if coefficient != 1 or scalars:
            outer = [make(POWER, (s, exponent)) for s in [constant(coefficient), *scalars]]
            return make(PRODUCT, (*outer, make(MATRIX_POWER, (ctx.chain(chain), exponent)))), False
    if base.op is DIAG:
        return make(DIAG, (make(POWER, (base.args[0], exponent)),)), False
    if exponent.op is not CONSTANT:
        return make(MATRIX_POWER, (base, exponent)), True
    k = number(exponent)
    if base.op is MATRIX_POWER and isinstance(k, int):
        return make(MATRIX_POWER, (base.args[0], base.args[1] * exponent)), False
    if base.op is ZEROS and k > 0:
        return base, True
    if k == 0:
        return eye(base.rows), True
    if base.op is ONES and isinstance(k, int) and k > 0:
        return make(PRODUCT, (size_constant(base.rows) ** (k - 1), base)), False
    if not isinstance(k, int):
        return make(MATRIX_POWER, (base, exponent)), True
    if base.op is INVERSE and k < 0:
        return make(MATRIX_POWER, (base.args[0], constant(-k))), False
    return ctx.chain(ctx.matrix_power(base, k)), True


def _trace(ctx: Canonical, node: Node, args: list[Node]) -> Answer:
    a = args[0]
    if a.scalar:
        return a, True
    if a.op is ZEROS:
        return ZERO, True
    if a.op is EYE:
        return size_constant(a.rows), False
    if a.op is ADD:
        content, rest = ctx.content(a)
        return (make(TRACE, (a,)), True) if content == 1 else (constant(content) * make(TRACE, (rest,)), False)
    if a.op is TRANSPOSE:
        return make(TRACE, (a.args[0],)), True
    if a.op is DIAG:
        return make(SUM, (a.args[0],)), False
    if a.op is KRON and a.args[0].square and a.args[1].square:
        return make(PRODUCT, tuple(make(TRACE, (x,)) for x in a.args)), False
    if a.op is not PRODUCT:
        return make(TRACE, (a,)), True
    coefficient, scalars, chain = split_factors(a)
    rotated = _rotate(ctx, chain)
    if rotated is not None or coefficient != 1 or scalars:
        inner = make(TRACE, (ctx.chain(chain),)) if rotated is None else rotated
        return make(PRODUCT, (constant(coefficient), *scalars, inner)), False
    return make(TRACE, (a,)), True


def _rotate(ctx: Canonical, chain: list[Node]) -> Node | None:
    """tr(x*y'*A) = y'*A*x, tr(Q'*A*Q) = tr(A), tr(ones*A) = sum(A): what the cyclic property of the trace makes of a
    chain."""
    for at, factor in enumerate(chain[:-1]):
        if factor.cols == 1:
            return make(PRODUCT, (*chain[at + 1 :], *chain[: at + 1]))
    if chain[0].rows == 1:
        return make(PRODUCT, tuple(chain))
    for at, factor in enumerate(chain):
        if factor.op is ONES and len(chain) > 1:
            return make(SUM, (make(PRODUCT, (*chain[at + 1 :], *chain[:at])),))
    if len(chain) > 1:
        done = [chain[-1]]
        merged = ctx.cancels(done, chain[0])
        if merged:
            inner = chain[1:-1]
            return make(TRACE, (make(PRODUCT, tuple(inner)),)) if inner else size_constant(chain[0].rows)
        if chain_parts(chain[0])[0] is chain_parts(chain[-1])[0] and chain[0].square:
            return make(TRACE, (make(PRODUCT, (*chain[1:], chain[0])),))
    return None


def _norm(op: Op, of_ones: Fraction) -> None:
    """norm(c A) = |c| norm(A) for a scalar c; norm(x y') = norm(x) norm(y), entrywise norms being what these are.

    The norm of n ones is a power of n.
    """

    def rule(ctx: Canonical, node: Node, args: list[Node]) -> Answer:
        a = args[0]
        if a.op is TRANSPOSE:
            a = a.args[0]
        if a.op is ZEROS:
            return ZERO, True
        if a.op is ONES:
            return size_constant(a.rows * a.cols) ** of_ones, False
        if a.op is KRON:
            return make(PRODUCT, tuple(make(op, (x,)) for x in a.args)), False
        coefficient, rest = ctx.content(a) if a.op is ADD else ctx.without_coefficient(a)
        if coefficient == 1:
            if a.scalar:
                return make(ABS, (a,)), False
            _, scalars, chain = split_factors(a)
            if scalars:
                return make(PRODUCT, (*(make(ABS, (s,)) for s in scalars), make(op, (ctx.chain(chain),)))), False
            if a.op is PRODUCT and (column_and_row := outer(a)) is not None:
                return make(PRODUCT, tuple(make(op, (part,)) for part in column_and_row)), False
            return make(op, (a,)), True
        return make(PRODUCT, (constant(abs(Fraction(coefficient))), make(op, (rest,)))), False

    RULES[op] = rule


def _det(ctx: Canonical, node: Node) -> Node | None:
    a = node.args[0]
    if a.scalar:
        return a
    if a.op is TRANSPOSE:
        return make(DET, (a.args[0],))
    if a.op is INVERSE:
        return make(DET, (a.args[0],)) ** -1
    if a.op is KRON and a.args[0].square and a.args[1].square:  # (Magnus & Neudecker, sec. 2.2)
        A, B = a.args
        return make(DET, (A,)) ** size_constant(B.rows) * make(DET, (B,)) ** size_constant(A.rows)
    return ONE if a.op is EYE else None


def _logdet(ctx: Canonical, node: Node) -> Node | None:
    a = node.args[0]
    if a.scalar:
        return make(LOG, (make(ABS, (a,)),))
    if a.has("orthogonal"):
        return ZERO
    if a.op is TRANSPOSE:
        return make(LOGDET, (a.args[0],))
    if a.op is INVERSE:
        return -make(LOGDET, (a.args[0],))
    if a.op is KRON and a.args[0].square and a.args[1].square:
        A, B = a.args
        return size_constant(B.rows) * make(LOGDET, (A,)) + size_constant(A.rows) * make(LOGDET, (B,))
    return ZERO if a.op is EYE else None


def _of_scalar(op: Op, entrywise: Op) -> None:
    """A function of a 1×1 matrix is the function of a number."""

    def identity(ctx: Canonical, node: Node) -> Node | None:
        return make(entrywise, node.args) if node.scalar else None

    IDENTITIES[op] = identity


def _sqrtm(ctx: Canonical, node: Node) -> Node | None:
    return node.args[0] ** HALF if node.scalar else None


def _size(ctx: Canonical, node: Node) -> Node | None:
    """The number m*n + p as a polynomial in the numbers m, n, p"""
    size: AnySize = node.params[0]
    if isinstance(size, int) or (len(size.names) == 1 == len(size.terms) and size is named_size(*size.names)):
        return None
    terms = [
        make(PRODUCT, (constant(factor), *(size_constant(named_size(name)) for name in monomial)))
        for monomial, factor in size.terms
    ]
    return terms[0] if len(terms) == 1 else make(ADD, tuple(terms))


def _sum(ctx: Canonical, node: Node) -> Node | None:
    """sum(A') = sum(A), sum(diag(x)) = sum(x), sum(e) = 1, sum(1) a number of entries, sum(a) = a"""
    a = node.args[0]
    if a.scalar:
        return a
    if a.op is SOFTMAX or a.op is UNIT:
        return ONE
    if a.op is ONES:
        return size_constant(a.rows * a.cols)
    if a.op is EYE:
        return size_constant(a.rows)
    if a.op is TRANSPOSE or a.op is DIAG:
        return make(SUM, a.args)
    if a.op is KRON:
        return make(PRODUCT, tuple(make(SUM, (x,)) for x in a.args))
    return _sum_of_product(a) if a.op is PRODUCT else None


def _sum_of_product(product: Node) -> Node | None:
    """sum(x y') = sum(x) sum(y), sum(A 1) = sum(A K) = sum(A), sum(A diag(x)) = sum(A x)"""
    if (parts := outer(product)) is not None:
        return make(PRODUCT, tuple(make(SUM, (part,)) for part in parts))
    first, *_, last = product.args
    if last.op in SUMMED:
        return make(SUM, (make(PRODUCT, (*product.args[:-1], *last.args)),))
    if first.op in SUMMED:
        return make(SUM, (make(PRODUCT, (*map(t, first.args), *product.args[1:])),))
    return None


RULES.update({INVERSE: _inverse, MATRIX_POWER: _matrix_power, TRACE: _trace})
IDENTITIES.update({SIZE: _size, SUM: _sum, DET: _det, LOGDET: _logdet, SQRTM: _sqrtm})
_norm(NORM2, Fraction(1, 2))
_norm(NORM1, Fraction(1))
_of_scalar(EXPM, EXP)
_of_scalar(LOGM, LOG)
