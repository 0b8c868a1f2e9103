"""Laws of entrywise products and powers.

May import core, operations, notation and canonical.
"""

from __future__ import annotations

from fractions import Fraction
from math import isqrt

from dvec.core.algebra import ADD, EYE, HADAMARD, ONE, ONES, POWER, PRODUCT, TRANSPOSE, ZEROS, eye, ones
from dvec.core.node import CONSTANT, VARIABLE, Node, constant, make
from dvec.notation.length import Length
from dvec.operations.entrywise import (
    ABS,
)
from dvec.operations.structure import (
    DIAG,
    TRIL,
    TRIU,
)
from dvec.rewrite.canonical import (
    LONGEST_FLATTENED,
    RULES,
    Canonical,
    Exponent,
    Number,
    number,
    split_factors,
)
from dvec.rewrite.rules.functions import sigmoid_fraction, sigmoid_power, tangents, unsigned
from dvec.rewrite.rules.shared import Answer, is_unit, t

LARGEST_EXACT = 10_000  # bits of a number that a power may grow to


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
    sigmoid_fraction(ctx, powers)
    if node.square:
        _on_the_diagonal(powers, node)
        _without_identity(powers)
    tangents(ctx, powers)
    unsigned(ctx, powers)
    taken = next((base for base, e in powers.items() if e == 1 and is_unit(base)), None)
    if taken is not None and len(powers) > 1:  # v.*e = v[i]*e, for rows too
        del powers[taken]
        rest = make(HADAMARD, tuple(make(POWER, (base, _as_node(e))) for base, e in powers.items()))
        entry = (t(taken), rest) if node.column else (rest, t(taken))
        return make(PRODUCT, (constant(coefficient), *scalars, make(PRODUCT, entry), taken)), False
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


def _diagonal_form(ctx: Canonical, base: Node) -> Node:
    """One matrix for all that have the same diagonal for a reason that shows: A and A', A and its triangles."""
    if base.op is ADD:
        terms = [_diagonal_form(ctx, term) for term in base.args]
        return base if all(a is b for a, b in zip(terms, base.args, strict=True)) else ctx.add(terms)
    if base.op in (TRANSPOSE, TRIL, TRIU):
        return base.args[0]
    if base.op in (VARIABLE, EYE, DIAG) or ctx.keys.key(base) == ctx.keys.transposed(base):
        return base
    turned = ctx(t(base))
    length = Length()
    first = (length(base), ctx.keys.key(base)) <= (length(turned), ctx.keys.key(turned))
    return base if first else turned


def _as_node(exponent: Exponent) -> Node:
    return exponent if isinstance(exponent, Node) else constant(exponent)


def _power(ctx: Canonical, node: Node, args: list[Node]) -> Answer:
    base, exponent = args
    if exponent.op is ONES or base is ONE:
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
    recognised = sigmoid_power(base, e)
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


RULES.update({HADAMARD: _hadamard, POWER: _power})
