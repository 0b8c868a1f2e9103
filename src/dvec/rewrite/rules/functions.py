"""Laws of functions of numbers: values at constants, signs, sigmoid and softmax recognised.

May import core, operations, notation and canonical.
"""

from __future__ import annotations

from fractions import Fraction

from dvec.core.algebra import ADD, HADAMARD, ONE, ONES, PRODUCT, TRANSPOSE, ZEROS, ones
from dvec.core.node import CONSTANT, TABLE, Node, Op, constant, make
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
from dvec.operations.norms import NORM2
from dvec.operations.reductions import DET, LOGDET, LOGSUMEXP, SOFTMAX, SUM, TRACE
from dvec.operations.structure import (
    DIAG,
)
from dvec.rewrite.canonical import (
    FRACTIONS,
    IDENTITIES,
    RULES,
    Canonical,
    Exponent,
    Number,
)
from dvec.rewrite.rules.shared import Answer, t

_AT: dict[Op, dict[int, Fraction]] = {
    **{f: {0: Fraction(0)} for f in (SIN, TAN, ASIN, ATAN, SINH, TANH, ERF, RELU, SIGN)},
    **{f: {0: Fraction(1)} for f in (EXP, COS, COSH)},
    LOG: {1: Fraction(0)},
    SIGMOID: {0: Fraction(1, 2)},
}


_TANGENTS = {SIN: (COS, TAN), SINH: (COSH, TANH)}


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


def _of_opposite(op: Op) -> None:
    """sin(-u) = -sin(u), cos(-u) = cos(u), as the record says"""
    specific = IDENTITIES.get(op)

    def identity(ctx: Canonical, node: Node) -> Node | None:
        a = node.args[0]
        coefficient, _ = ctx.content(a) if a.op is ADD else ctx.without_coefficient(a)
        if coefficient < 0:
            return op.parity * make(op, (-a,))
        return None if specific is None else specific(ctx, node)

    IDENTITIES[op] = identity


def _of_positive(op: Op, value: str) -> None:
    def identity(ctx: Canonical, node: Node) -> Node | None:
        a = node.args[0]
        if not a.has("positive"):
            return None
        return a if value == "itself" else ones(a.rows, a.cols)

    IDENTITIES[op] = identity


def unsigned(ctx: Canonical, powers: dict[Node, Exponent]) -> None:
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


def tangents(ctx: Canonical, powers: dict[Node, Exponent]) -> None:
    """sin(u)/cos(u) = tan(u), sinh(u)/cosh(u) = tanh(u), among collected powers"""
    for base, e in list(powers.items()):
        if base.op not in _TANGENTS or not isinstance(e, int) or e < 1:
            continue
        below, tangent = (ctx.named(make(op, base.args)) for op in _TANGENTS[base.op])
        f = powers.get(below)
        if not isinstance(f, int) or f >= 0:
            continue
        shared = min(e, -f)
        for factor, change in ((base, -shared), (below, shared), (tangent, shared)):
            powers[factor] = ctx.sum_of_exponents(powers.get(factor, 0), change)
            if powers[factor] == 0:
                del powers[factor]


def _one_plus_exp(node: Node) -> Node | None:
    """u, if the node is 1 + exp(u)"""
    if node.op is ADD and len(node.args) == 2:
        one, other = node.args
        if one.op is EXP:
            one, other = other, one
        if other.op is EXP and (one is ONE or one.op is ONES):
            return other.args[0]
    return None


def sigmoid_power(base: Node, e: Number) -> Node | None:
    """(1 + exp(u))^-k = sigmoid(-u)^k"""
    u = _one_plus_exp(base)
    if u is None or not isinstance(e, int) or e > 0:
        return None
    return make(SIGMOID, (-u,)) ** -e


def sigmoid_fraction(ctx: Canonical, powers: dict[Node, Exponent]) -> None:
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


def _softmax(ctx: Canonical, node: Node) -> Node | None:
    return ONE if node.scalar else None


def _logsumexp(ctx: Canonical, node: Node) -> Node | None:
    return node.args[0] if node.args[0].scalar else None


def _inner_products(ctx: Canonical, powers: dict[Node, Exponent]) -> None:
    """x'*x/norm2(x) = norm2(x), tr(X'*X)/norm2(X) = norm2(X), among collected powers"""
    for norm in [b for b in powers if b.op is NORM2]:
        x = norm.args[0]
        square = make(PRODUCT, (t(x), x))
        square = ctx(square if x.cols == 1 else make(TRACE, (square,)))
        e, f = powers[norm], powers.get(square)
        if isinstance(e, int) and isinstance(f, int):
            del powers[square]
            powers[norm] = e + 2 * f
            if powers[norm] == 0:
                del powers[norm]


def _softmax_fraction(ctx: Canonical, powers: dict[Node, Exponent], factors: list[Node]) -> list[Node]:
    """exp(u)/sum(exp(u)) = softmax(u), wherever exp(u) stands among the factors"""
    sigmoid_fraction(ctx, powers)
    tangents(ctx, powers)
    unsigned(ctx, powers)
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
        return ctx.named(t(softmax))
    if factor.op is HADAMARD and exponential in factor.args:
        others = tuple(softmax if f is exponential else f for f in factor.args)
        return ctx.named(make(HADAMARD, others))
    if factor.op in (DIAG, TRANSPOSE):
        inner = _replace_exponential(ctx, factor.args[0], exponential, softmax)
        return None if inner is None else ctx.named(make(factor.op, (inner,)))
    return None


RULES[ABS] = _abs
IDENTITIES.update({SOFTMAX: _softmax, LOGSUMEXP: _logsumexp, LOG: _log, EXP: _exp})
_of_positive(RELU, "itself")
_of_positive(SIGN, "one")
_of_positive(STEP, "one")
for _op in _AT:
    _at_constants(_op)
for _op in TABLE.values():
    if _op.parity and _op not in RULES:
        _of_opposite(_op)
FRACTIONS.append(_softmax_fraction)
