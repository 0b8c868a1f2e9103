"""The laws of the canonical form, operation by operation. Importing this module fills the tables of canonical.

May import core, operations and notation.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from math import isqrt

from dvec.core.algebra import ADD, EYE, HADAMARD, HALF, ONE, ONES, POWER, PRODUCT, TRANSPOSE, ZERO, ZEROS, eye, ones
from dvec.core.node import CONSTANT, VARIABLE, Node, Op, constant, make
from dvec.core.sizes import AnySize, named_size, triangle
from dvec.notation.length import Length
from dvec.operations.constants import COMMUTATION, DUPLICATION, ELIMINATION, SIZE, UNIT, size_constant
from dvec.operations.entrywise import (
    ABS,
    ASIN,
    ATAN,
    COS,
    COSH,
    ERF,
    EXP,
    LOG,
    RELU,
    SIGMOID,
    SIGN,
    SIN,
    SINH,
    SOFTPLUS,
    STEP,
    TAN,
    TANH,
)
from dvec.operations.matrix_functions import EXPM, INVERSE, LOGM, MATRIX_POWER, SQRTM
from dvec.operations.norms import NORM1, NORM2
from dvec.operations.reductions import DET, LOGDET, LOGSUMEXP, SOFTMAX, SUM, TRACE
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
    FRACTIONS,
    IDENTITIES,
    LONGEST_FLATTENED,
    NEIGHBOURS,
    RULES,
    SCALAR_CHAINS,
    Canonical,
    Exponent,
    Number,
    chain_parts,
    number,
    split_factors,
)

Answer = tuple[Node, bool]  # a formula, and whether it is canonical already
LARGEST_EXACT = 10_000  # bits of a number that a power may grow to


def _t(node: Node) -> Node:
    return make(TRANSPOSE, (node,))


# ------------------------------------------------------------------ transpose: pushed to the leaves


def _transpose(ctx: Canonical, node: Node, args: list[Node]) -> Answer:
    a = args[0]
    if a.scalar:
        return a, True
    if a.op is TRANSPOSE:
        return a.args[0], True
    if a.op is VARIABLE:
        if a.has("symmetric"):
            return a, True
        return (ctx.product(-1, [], [a]), True) if a.has("skew") else (_t(a), True)
    if a.op is HADAMARD and a.has("diagonal"):
        return a, True
    if a.op is ADD:
        return make(ADD, tuple(_t(x) for x in a.args)), False
    if a.op is PRODUCT:
        coefficient, scalars, chain = split_factors(a)
        return make(PRODUCT, (constant(coefficient), *scalars, *(_t(f) for f in reversed(chain)))), False
    if a.op.transpose is not None:
        turned = a.op.transpose(*a.args, *a.params)
        return (a, True) if turned is a else (turned, False)
    return _t(a), True


# ------------------------------------------------------------------ products


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
    result = ctx.product(coefficient, scalars, chain)
    pushed = _push_index(result)
    return (result, True) if pushed is None else (pushed, False)


def _push_index(node: Node) -> Node | None:
    """(A*B + C)[i,:] = A[i,:]*B + C[i,:]: a unit vector goes into sums, entrywise products and functions."""
    if node.op is not PRODUCT:
        return None
    coefficient, scalars, chain = split_factors(node)
    outer = [constant(coefficient), *scalars]
    for at, factor in enumerate(scalars):
        if factor.op is PRODUCT and not factor.args[0].scalar:
            inner = _push_into_chain(list(factor.args))
            if inner is not None:
                return make(PRODUCT, (outer[0], *scalars[:at], inner, *scalars[at + 1 :], *chain))
    inner = _push_into_chain(chain)
    return None if inner is None else make(PRODUCT, (*outer, inner))


def _push_into_chain(chain: list[Node]) -> Node | None:
    for at, (left, right) in enumerate(pairwise(chain)):
        taken = None
        if left.op is TRANSPOSE and left.args[0].op is UNIT:
            taken = _row_of(left, right)
        if taken is None and right.op is UNIT:
            taken = _column_of(left, right)
        if taken is not None:
            return make(PRODUCT, (*chain[:at], taken, *chain[at + 2 :]))
    return None


def _column_of(matrix: Node, column: Node) -> Node | None:
    """M e for a unit vector e, where it can be said without a product."""
    if matrix.op in (ADD, HADAMARD):
        return make(matrix.op, tuple(make(PRODUCT, (a, column)) for a in matrix.args))
    if matrix.op.derivative is not None:
        return make(matrix.op, (make(PRODUCT, (matrix.args[0], column)),))
    taken = _row_of(_t(column), matrix.T)
    return None if taken is None else _t(taken)


def _row_of(row: Node, matrix: Node) -> Node | None:
    """e' M for a unit vector e, where it can be said without a product."""
    n = row.cols
    if matrix.op is TRANSPOSE and matrix.args[0].op in (ADD, HADAMARD, POWER, DIAG, ONES):
        inner = matrix.args[0]
        matrix = make(inner.op, tuple(_t(a) if not a.scalar else a for a in inner.args), inner.params) if (
            inner.op not in (DIAG, ONES)
        ) else (inner if inner.op is DIAG else ones(inner.cols, inner.rows))  # fmt: skip
    elif matrix.op is TRANSPOSE and matrix.args[0].op.derivative is not None:
        matrix = make(matrix.args[0].op, (_t(matrix.args[0].args[0]),))
    if matrix.op in (ADD, HADAMARD):
        return make(matrix.op, tuple(make(PRODUCT, (row, a)) for a in matrix.args))
    if matrix.op is ONES:
        return ones(1, matrix.cols)
    if matrix.op is POWER and matrix.args[1].scalar:
        return make(POWER, (make(PRODUCT, (row, matrix.args[0])), matrix.args[1]))
    if matrix.op.derivative is not None:
        return make(matrix.op, (make(PRODUCT, (row, matrix.args[0])),))
    if matrix.op is DIAG and n == matrix.rows:
        return make(PRODUCT, (make(PRODUCT, (row, matrix.args[0])), row))
    return None


# ------------------------------------------------------------------ entrywise products and powers


def _hadamard(ctx: Canonical, node: Node, args: list[Node]) -> Answer:
    if node.scalar:
        return make(PRODUCT, tuple(args)), False
    coefficient: Number = 1
    scalars: list[Node] = []
    powers: dict[Node, Exponent] = {}
    for arg in args:
        c, s, chain = split_factors(arg)
        coefficient *= c
        scalars += s
        whole = ctx.chain(chain)
        for factor in whole.args if whole.op is HADAMARD and len(whole.args) <= LONGEST_FLATTENED else (whole,):
            if factor.op is ZEROS:
                return ctx.zero(node), True
            if factor.op is ONES:
                continue
            coefficient *= ctx.multiply_in(powers, factor)
    _sigmoid_fraction(ctx, powers)
    if node.square:
        _on_the_diagonal(powers, node)
        _without_identity(powers)
    _unsigned(ctx, powers)
    column = next((base for base, e in powers.items() if base.op is UNIT and e == 1), None)
    if column is not None and len(powers) > 1:  # v.*e = v[i]*e
        del powers[column]
        entry = make(HADAMARD, tuple(make(POWER, (base, _as_node(e))) for base, e in powers.items()))
        return make(PRODUCT, (constant(coefficient), *scalars, make(PRODUCT, (_t(column), entry)), column)), False
    if any(base.has("diagonal") for base in powers):
        # Only the diagonals of the others matter.
        plain = {base: _diagonal_form(ctx, base) for base in powers}
        if any(plain[base] is not base for base in powers):
            again = make(HADAMARD, tuple(make(POWER, (plain[b], _as_node(e))) for b, e in powers.items()))
            return make(PRODUCT, (constant(coefficient), *scalars, again)), False
    factors = [ctx.power_of(base, e) for base, e in powers.items()]
    if not factors:
        core = ones(node.rows, node.cols)
    elif len(factors) == 1:
        core = factors[0]
    else:
        core = ctx.named(make(HADAMARD, tuple(factors), (), node.size))
    return (core, True) if coefficient == 1 and not scalars else (ctx.product(coefficient, scalars, [core]), True)


def _on_the_diagonal(powers: dict[Node, Exponent], node: Node) -> None:
    """L.*U = eye.*(L.*U) for triangular L and U, and there tril(ones) is eye"""
    positive = [base for base, e in powers.items() if not isinstance(e, Node) and e > 0]
    if any(b.has("diagonal") for b in positive):
        return
    if all(any(b.has(shape) for b in positive) for shape in ("lower triangular", "upper triangular")):
        for base in positive:
            if base.op in (TRIL, TRIU) and base.args[0].op is ONES:
                del powers[base]
        powers[eye(node.rows)] = 1


def _without_identity(powers: dict[Node, Exponent]) -> None:
    """eye.*eye = eye, eye.*D = D for a diagonal D, among collected entrywise powers"""
    positive = [base for base, e in powers.items() if not isinstance(e, Node) and e > 0]
    identity = next((base for base in positive if base.op is EYE), None)
    if identity is None:
        return
    powers[identity] = 1
    if any(base is not identity and base.has("diagonal") for base in positive):
        del powers[identity]


def _inner_products(ctx: Canonical, powers: dict[Node, Exponent]) -> None:
    """x'*x/norm2(x) = norm2(x), tr(X'*X)/norm2(X) = norm2(X), among collected powers"""
    for norm in [b for b in powers if b.op is NORM2]:
        x = norm.args[0]
        square = make(PRODUCT, (_t(x), x))
        square = ctx(square if x.cols == 1 else make(TRACE, (square,)))
        e, f = powers[norm], powers.get(square)
        if isinstance(e, int) and isinstance(f, int):
            del powers[square]
            powers[norm] = e + 2 * f
            if powers[norm] == 0:
                del powers[norm]


def _unsigned(ctx: Canonical, powers: dict[Node, Exponent]) -> None:
    """sign(u)/abs(u) = 1/u, among collected powers"""
    for base in [b for b in powers if b.op is SIGN]:
        u = base.args[0]
        size = ctx.named(make(ABS, (u,)))
        e = powers.get(size)
        if powers[base] == 1 and isinstance(e, int) and e < 0 and e % 2:
            del powers[base], powers[size]
            powers[u] = ctx.sum_of_exponents(powers.get(u, 0), e)
            if powers[u] == 0:
                del powers[u]


def _diagonal_form(ctx: Canonical, base: Node) -> Node:
    """One matrix for all that have the same diagonal for a reason that shows: A and A', A and its triangles."""
    if base.op is ADD:
        terms = [_diagonal_form(ctx, term) for term in base.args]
        return base if all(a is b for a, b in zip(terms, base.args, strict=True)) else ctx.add(terms)
    if base.op in (TRANSPOSE, TRIL, TRIU):
        return base.args[0]
    if base.op in (VARIABLE, EYE, DIAG) or ctx.keys.key(base) == ctx.keys.transposed(base):
        return base
    turned = ctx(_t(base))
    length = Length()
    first = (length(base), ctx.keys.key(base)) <= (length(turned), ctx.keys.key(turned))
    return base if first else turned


def _as_node(exponent: Exponent) -> Node:
    return exponent if isinstance(exponent, Node) else constant(exponent)


def _power(ctx: Canonical, node: Node, args: list[Node]) -> Answer:
    base, exponent = args
    if exponent.op is ONES:
        return base, True
    if exponent.op is ZEROS:
        return ones(node.rows, node.cols), True
    if exponent.op is not CONSTANT:
        return make(POWER, (base, exponent)), True
    e = number(exponent)
    if e == 0:
        return ones(node.rows, node.cols), True
    if e == 1:
        return base, True
    if base.op is CONSTANT:
        exact = _exact_power(number(base), e)
        return (constant(exact), True) if exact is not None else (make(POWER, (base, exponent)), True)
    if base.op is ONES or (base.op in (EYE, ZEROS) and e > 0):
        return base, True
    recognised = _sigmoid_power(base, e)
    if recognised is not None:
        return recognised, False
    if base.op is ABS and isinstance(e, int) and e % 2 == 0:
        return make(POWER, (base.args[0], exponent)), False
    if base.op is POWER and base.args[1].scalar and (isinstance(e, int) or base.args[0].has("positive")):
        return make(POWER, (base.args[0], base.args[1] * exponent)), False
    if base.op in (PRODUCT, HADAMARD, ADD) and (isinstance(e, int) or _all_positive(base)):
        return _power_of_product(ctx, base, exponent, e)
    return make(POWER, (base, exponent)), True


def _power_of_product(ctx: Canonical, base: Node, exponent: Node, e: Number) -> Answer:
    if base.op is HADAMARD:
        return make(HADAMARD, tuple(make(POWER, (f, exponent)) for f in base.args)), False
    if base.op is ADD:
        content, rest = ctx.content(base) if isinstance(e, int) else (1, base)
        if content == 1:
            return make(POWER, (base, exponent)), True
        return make(PRODUCT, (constant(content) ** exponent, make(POWER, (rest, exponent)))), False
    coefficient, scalars, chain = split_factors(base)
    if coefficient == 1 and len(scalars) + bool(chain) <= 1:
        return make(POWER, (base, exponent)), True
    factors = [make(POWER, (f, exponent)) for f in scalars]
    if chain:
        factors.append(make(POWER, (ctx.chain(chain), exponent)))
    if coefficient != 1:
        factors.insert(0, make(POWER, (constant(coefficient), exponent)))
    return make(PRODUCT, tuple(factors)), False


def _all_positive(node: Node) -> bool:
    return all(a.has("positive") for a in node.args) and node.op is not ADD


def _exact_power(value: Number, e: Number) -> Number | None:
    """value^e where that is a rational number of bounded size."""
    if value == 0:
        return 0 if e > 0 else None
    if isinstance(e, int):
        bits = max(Fraction(value).numerator.bit_length(), Fraction(value).denominator.bit_length())
        return Fraction(value) ** e if bits * abs(e) <= LARGEST_EXACT or abs(value) == 1 else None
    if e.denominator == 2 and value > 0:
        top, bottom = isqrt(Fraction(value).numerator), isqrt(Fraction(value).denominator)
        if Fraction(top, bottom) ** 2 == value:
            return _exact_power(Fraction(top, bottom), e.numerator)
    return None


# ------------------------------------------------------------------ inverses and matrix powers


def _inverse(ctx: Canonical, node: Node, args: list[Node]) -> Answer:
    a = args[0]
    if a.scalar:
        return make(POWER, (a, constant(-1))), False
    if a.has("orthogonal"):
        return _t(a), False
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
    if not isinstance(k, int):
        return make(MATRIX_POWER, (base, exponent)), True
    if base.op is INVERSE and k < 0:
        return make(MATRIX_POWER, (base.args[0], constant(-k))), False
    return ctx.chain(ctx.matrix_power(base, k)), True


# ------------------------------------------------------------------ trace, determinant, norms


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


def _norm(op: Op) -> None:
    """norm(c A) = |c| norm(A) for a scalar c; norm(x y') = norm(x) norm(y), entrywise norms being what these are"""

    def rule(ctx: Canonical, node: Node, args: list[Node]) -> Answer:
        a = args[0]
        if a.op is TRANSPOSE:
            a = a.args[0]
        if a.op is ZEROS:
            return ZERO, True
        if a.op is KRON:
            return make(PRODUCT, tuple(make(op, (x,)) for x in a.args)), False
        coefficient, rest = ctx.content(a) if a.op is ADD else ctx.without_coefficient(a)
        if coefficient == 1:
            if a.scalar:
                return make(ABS, (a,)), False
            _, scalars, chain = split_factors(a)
            if scalars:
                return make(PRODUCT, (*(make(ABS, (s,)) for s in scalars), make(op, (ctx.chain(chain),)))), False
            at = next((k for k, f in enumerate(chain[:-1], 1) if f.cols == 1), 0)
            if at:  # a column times a row
                return make(PRODUCT, (make(op, (ctx.chain(chain[:at]),)), make(op, (ctx.chain(chain[at:]),)))), False
            return make(op, (a,)), True
        return make(PRODUCT, (constant(abs(Fraction(coefficient))), make(op, (rest,)))), False

    RULES[op] = rule


def _abs(ctx: Canonical, node: Node, args: list[Node]) -> Answer:
    a = args[0]
    if a.has("positive"):
        return a, True
    if a.op is CONSTANT:
        return constant(abs(a.params[0])), True
    if a.op is ZEROS:
        return a, True
    coefficient, rest = ctx.content(a) if a.op is ADD else ctx.without_coefficient(a)
    if coefficient == 1:
        return make(ABS, (a,)), True
    return make(PRODUCT, (constant(abs(Fraction(coefficient))), make(ABS, (rest,)))), False


def _softmax(ctx: Canonical, node: Node) -> Node | None:
    return ONE if node.scalar else None


def _logsumexp(ctx: Canonical, node: Node) -> Node | None:
    return node.args[0] if node.args[0].scalar else None


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
    if a.op is TRANSPOSE:
        return make(LOGDET, (a.args[0],))
    if a.op is INVERSE:
        return -make(LOGDET, (a.args[0],))
    if a.op is KRON and a.args[0].square and a.args[1].square:
        A, B = a.args
        return size_constant(B.rows) * make(LOGDET, (A,)) + size_constant(A.rows) * make(LOGDET, (B,))
    return ZERO if a.op is EYE else None


# ------------------------------------------------------------------ functions of numbers

_AT: dict[Op, dict[int, Fraction]] = {
    **{f: {0: Fraction(0)} for f in (SIN, TAN, ASIN, ATAN, SINH, TANH, ERF, RELU)},
    **{f: {0: Fraction(1)} for f in (EXP, COS, COSH)},
    LOG: {1: Fraction(0)},
    SIGMOID: {0: Fraction(1, 2)},
}


def _at_constants(op: Op) -> None:
    """f(0) = 0, exp(0) = 1, log(1) = 0, of numbers and of matrices of them"""
    specific = IDENTITIES.get(op)

    def identity(ctx: Canonical, node: Node) -> Node | None:
        a = node.args[0]
        value = 0 if a.op is ZEROS else 1 if a.op is ONES else a.params[0] if a.op is CONSTANT else None
        if value is not None and value in _AT[op]:
            result = constant(_AT[op][int(value)])
            return result if node.scalar else result * ones(node.rows, node.cols)
        return None if specific is None else specific(ctx, node)

    IDENTITIES[op] = identity


def _log(ctx: Canonical, node: Node) -> Node | None:
    """log(exp(u)) = u; logsumexp, logdet and softplus recognised"""
    a = node.args[0]
    if a.op is EXP:
        return a.args[0]
    if a.op is ABS and a.args[0].op is DET:
        return make(LOGDET, a.args[0].args)
    if a.op is SUM and a.args[0].op is EXP and a.args[0].column:
        return make(LOGSUMEXP, a.args[0].args)
    u = _one_plus_exp(a)
    return None if u is None else make(SOFTPLUS, (u,))


def _exp(ctx: Canonical, node: Node) -> Node | None:
    a = node.args[0]
    return a.args[0] if a.op is LOG else None


def _of_positive(op: Op, value: str) -> None:
    def identity(ctx: Canonical, node: Node) -> Node | None:
        a = node.args[0]
        if not a.has("positive"):
            return None
        return a if value == "itself" else ones(a.rows, a.cols)

    IDENTITIES[op] = identity


def _one_plus_exp(node: Node) -> Node | None:
    """u, if the node is 1 + exp(u)"""
    if node.op is ADD and len(node.args) == 2:
        one, other = node.args
        if one.op is EXP:
            one, other = other, one
        if other.op is EXP and (one is ONE or one.op is ONES):
            return other.args[0]
    return None


def _sigmoid_power(base: Node, e: Number) -> Node | None:
    """(1 + exp(u))^-k = sigmoid(-u)^k"""
    u = _one_plus_exp(base)
    if u is None or not isinstance(e, int) or e > 0:
        return None
    return make(SIGMOID, (-u,)) ** -e


def _sigmoid_fraction(ctx: Canonical, powers: dict[Node, Exponent]) -> None:
    """exp(u)*sigmoid(-u) = sigmoid(u), among collected powers"""
    for base, e in list(powers.items()):
        if base.op is not SIGMOID or not isinstance(e, int) or e < 1:
            continue
        opposite = ctx(-base.args[0])
        exponential = ctx.named(make(EXP, (opposite,)))
        if powers.get(exponential) == 1:
            del powers[exponential]
            powers.pop(base)
            if e > 1:
                powers[base] = e - 1
            sigmoid = ctx.named(make(SIGMOID, (opposite,)))
            powers[sigmoid] = ctx.sum_of_exponents(powers.get(sigmoid, 0), 1)


def _softmax_fraction(ctx: Canonical, powers: dict[Node, Exponent], factors: list[Node]) -> list[Node]:
    """exp(u)/sum(exp(u)) = softmax(u), wherever exp(u) stands among the factors"""
    _sigmoid_fraction(ctx, powers)
    _unsigned(ctx, powers)
    if len(powers) > 1:
        _inner_products(ctx, powers)
    for base in [b for b in powers if b.op is SUM and b.args[0].op is EXP and b.args[0].column]:
        exponential = base.args[0]
        softmax = ctx.named(make(SOFTMAX, exponential.args))
        for at, factor in enumerate(factors):
            e = powers.get(base)
            if not isinstance(e, int) or e >= 0:
                break
            replaced = _replace_exponential(ctx, factor, exponential, softmax)
            if replaced is not None:
                factors = [*factors[:at], replaced, *factors[at + 1 :]]
                if e == -1:
                    del powers[base]
                else:
                    powers[base] = e + 1
        for scalar in [s for s in powers if s.op is PRODUCT and powers[s] == 1]:  # x'*exp(u)/sum(exp(u))
            parts = [_replace_exponential(ctx, f, exponential, softmax) or f for f in scalar.args]
            if powers.get(base) == -1 and any(a is not b for a, b in zip(parts, scalar.args, strict=True)):
                del powers[base], powers[scalar]
                powers[ctx(make(PRODUCT, tuple(parts)))] = 1
    return factors


def _replace_exponential(ctx: Canonical, factor: Node, exponential: Node, softmax: Node) -> Node | None:
    if factor is exponential:
        return softmax
    if ctx.keys.key(factor) == ctx.keys.transposed(exponential):
        return ctx.named(_t(softmax))
    if factor.op is HADAMARD and exponential in factor.args:
        others = tuple(softmax if f is exponential else f for f in factor.args)
        return ctx.named(make(HADAMARD, others))
    if factor.op in (DIAG, TRANSPOSE):
        inner = _replace_exponential(ctx, factor.args[0], exponential, softmax)
        return None if inner is None else ctx.named(make(factor.op, (inner,)))
    return None


# ------------------------------------------------------------------ structure


def _of_scalar(op: Op, entrywise: Op) -> None:
    """A function of a 1×1 matrix is the function of a number."""

    def identity(ctx: Canonical, node: Node) -> Node | None:
        return make(entrywise, node.args) if node.scalar else None

    IDENTITIES[op] = identity


def _sqrtm(ctx: Canonical, node: Node) -> Node | None:
    return node.args[0] ** HALF if node.scalar else None


def _diag(ctx: Canonical, node: Node) -> Node | None:
    return eye(node.rows) if node.args[0].op is ONES else None


def _diagonal(ctx: Canonical, node: Node) -> Node | None:
    a = node.args[0]
    if a.op is DIAG:
        return a.args[0]
    if a.op is TRANSPOSE:
        return make(DIAGONAL, (a.args[0],))
    if a.op is PRODUCT:
        at = next((k for k, f in enumerate(a.args[:-1], 1) if f.cols == 1 and not f.scalar), 0)
        if at:  # diag(u*v') = u.*v
            return make(HADAMARD, (make(PRODUCT, a.args[:at]), _t(make(PRODUCT, a.args[at:]))))
    return ones(node.rows, 1) if a.op is EYE or a.op is ONES else None


def _vec(ctx: Canonical, node: Node) -> Node | None:
    a = node.args[0]
    if a.column:
        return a
    if a.rows == 1:
        return _t(a)
    if a.op is ONES:
        return ones(node.rows, 1)
    return a.args[0] if a.op is UNVEC else None


def _unvec(ctx: Canonical, node: Node) -> Node | None:
    a = node.args[0]
    if node.column:
        return a
    if node.rows == 1:
        return _t(a)
    if a.op is VEC and a.args[0].size == node.size:
        return a.args[0]
    return ones(node.rows, node.cols) if a.op is ONES else None


def _rvec(ctx: Canonical, node: Node) -> Node:
    """rvec(A) = vec(A')'"""
    return _t(make(VEC, (_t(node.args[0]),)))


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
    """A rearrangement that moves nothing, or only turns the page"""
    before, after = split_pattern(node.params[0])
    sizes = dict(node.params[1])
    order = [[[x for x in group if sizes[x] != 1] for group in side] for side in (before, after)]
    if order[0] == order[1]:
        return node.args[0]
    if order[0] == order[1][::-1]:
        return _t(node.args[0])
    return None


# ------------------------------------------------------------------ neighbours in a chain


def _diag_diag(ctx: Canonical, a: Node, b: Node) -> list[Node]:
    return [ctx(make(DIAG, (make(HADAMARD, (a.args[0], b.args[0])),)))]


def _diag_ones(ctx: Canonical, a: Node, b: Node) -> list[Node] | None:
    return [a.args[0]] if b.column else None


def _ones_diag(ctx: Canonical, a: Node, b: Node) -> list[Node] | None:
    return [ctx(_t(b.args[0]))] if a.rows == 1 else None


def _kron_kron(ctx: Canonical, a: Node, b: Node) -> list[Node] | None:
    """kron(A,B) kron(C,D) = kron(A C, B D) (Magnus & Neudecker, sec. 2.2)"""
    (A, B), (C, D) = a.args, b.args
    if A.cols != C.rows or B.cols != D.rows:
        return None
    return [ctx(make(KRON, (make(PRODUCT, (A, C)), make(PRODUCT, (B, D)))))]


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
    return [ctx(make(VEC, (_t(b.args[0]),)))] if a.params == b.args[0].size else None


def _elimination_duplication(ctx: Canonical, a: Node, b: Node) -> list[Node] | None:
    return [] if a.params == b.params and triangle(a.params[0]) == a.rows else None


def _duplication_elimination_turned(ctx: Canonical, a: Node, b: Node) -> list[Node] | None:
    """D' L' = (L D)' = I"""
    first, second = a.args[0], b.args[0]
    return [] if first.op is DUPLICATION and second.op is ELIMINATION and first.params == second.params else None


# ------------------------------------------------------------------ scalars made of a chain


def _unit_pair(ctx: Canonical, piece: list[Node]) -> Node | None:
    """e_i' e_j is 1 or 0"""
    if len(piece) != 2 or piece[1].op is not UNIT or piece[0].op is not TRANSPOSE or piece[0].args[0].op is not UNIT:
        return None
    i, j = piece[0].args[0].params[1], piece[1].params[1]
    return ONE if i == j else ZERO if isinstance(i, int) and isinstance(j, int) else None


def _sum_of_entries(ctx: Canonical, piece: list[Node]) -> Node | None:
    """1'v = sum(v), 1'A 1 = sum(A)"""
    ones_first, ones_last = piece[0].op is ONES, piece[-1].op is ONES
    if not (ones_first or ones_last):
        return None
    inner = piece[ones_first : len(piece) - ones_last]
    if not inner:
        return ctx(size_constant(piece[0].cols))
    if ones_first and ones_last:
        return ctx(make(SUM, (ctx.chain(inner),)))
    return ctx(make(SUM, (inner[0],))) if len(inner) == 1 else None


def _inner_fraction(ctx: Canonical, piece: list[Node]) -> Node | None:
    """v'*(y./v) = sum(y)"""
    if len(piece) != 2 or piece[0].rows != 1 or not piece[1].column:
        return None
    for row, other in ((piece[0], piece[1]), (_t(piece[1]), ctx(_t(piece[0])))):
        if other.op is HADAMARD and row.op is TRANSPOSE:
            inner = row.args[0]
            if any(f.op is POWER and f.args[0] is inner and f.args[1].op is CONSTANT for f in other.args):
                return ctx(make(SUM, (make(HADAMARD, (inner, other)),)))
    return None


def _ones_unit(ctx: Canonical, piece: list[Node]) -> Node | None:
    """1'e = e'1 = 1"""
    if len(piece) == 2 and any(a.op is ONES for a in piece) and any(_is_unit(a) for a in piece):
        return ONE
    return None


def _is_unit(node: Node) -> bool:
    return node.op is UNIT or (node.op is TRANSPOSE and node.args[0].op is UNIT)


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
    """sum(A') = sum(A), sum(e) = 1, sum(1) a number of entries, sum(a) = a"""
    a = node.args[0]
    if a.scalar:
        return a
    if a.op is SOFTMAX:
        return ONE
    if a.op is ONES:
        return size_constant(a.rows * a.cols)
    if a.op is TRANSPOSE:
        return make(SUM, (a.args[0],))
    if a.op is KRON:
        return make(PRODUCT, tuple(make(SUM, (x,)) for x in a.args))
    return ONE if a.op is UNIT else None


RULES.update({
    TRANSPOSE: _transpose, PRODUCT: _product, HADAMARD: _hadamard, POWER: _power, INVERSE: _inverse,
    MATRIX_POWER: _matrix_power, TRACE: _trace, ABS: _abs,
})  # fmt: skip
_norm(NORM2)
_norm(NORM1)
IDENTITIES.update({
    SOFTMAX: _softmax, LOGSUMEXP: _logsumexp, SIZE: _size, SUM: _sum, DET: _det, LOGDET: _logdet,
    LOG: _log, EXP: _exp, DIAG: _diag, DIAGONAL: _diagonal, VEC: _vec, UNVEC: _unvec,
    SQRTM: _sqrtm, RVEC: _rvec, KRON: _kron, VECH: _vech, UNVECH: _unvech, REARRANGE: _rearrange,
})  # fmt: skip
_of_scalar(EXPM, EXP)
_of_scalar(LOGM, LOG)
_triangle(TRIL, "lower triangular")
_triangle(TRIU, "upper triangular")
_of_positive(RELU, "itself")
_of_positive(SIGN, "one")
_of_positive(STEP, "one")
for _op in _AT:
    _at_constants(_op)
NEIGHBOURS.update({
    (DIAG, DIAG): (_diag_diag,), (DIAG, ONES): (_diag_ones,), (ONES, DIAG): (_ones_diag,), (KRON, KRON): (_kron_kron,),
    (COMMUTATION, VEC): (_commutation_vec,), (ONES, ONES): (_ones_ones,),
    (COMMUTATION, DUPLICATION): (_commutation_duplication,),
    (TRANSPOSE, COMMUTATION): (_duplication_turned_commutation,),
    (ELIMINATION, DUPLICATION): (_elimination_duplication,),
    (TRANSPOSE, TRANSPOSE): (_duplication_elimination_turned,),
})  # fmt: skip
SCALAR_CHAINS.extend([_unit_pair, _ones_unit, _sum_of_entries, _inner_fraction])
FRACTIONS.append(_softmax_fraction)
