"""The operations that Python's operators stand for, the identity, ones and zeros.

May import the rest of core.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dvec.core.atoms import Atom, Mask, RankOne, Sandwich, Scale, Transposition
from dvec.core.errors import FormulaError
from dvec.core.node import TABLE, Node, Op, apply, constant, make
from dvec.core.signature import Shape, Signature
from dvec.core.sizes import AnySize

ONE = constant(1)
ZERO = constant(0)
HALF = constant("1/2")


# ------------------------------------------------------------------ constants of a size

EYE = Op(
    "eye", Signature("n;->nn"), transpose=lambda n: eye(n), inverse=lambda n: eye(n), code="np.eye({n})",
    properties=lambda n: ["diagonal", "positive definite", "orthogonal", "toeplitz"],
    latex="I_{{{n}}}", unicode="I({n})",
)  # fmt: skip
ONES = Op(
    "ones", Signature("m,n;->mn"), transpose=lambda m, n: ones(n, m), code="np.ones(({m}, {n}))",
    properties=lambda m, n: ["positive", "toeplitz"] + ["symmetric"] * (m == n),
    latex=r"\mathbf{{1}}_{{{m}\times {n}}}",
)  # fmt: skip
ZEROS = Op(
    "zeros", Signature("m,n;->mn"), transpose=lambda m, n: zeros(n, m), code="np.zeros(({m}, {n}))",
    properties=lambda m, n: ["toeplitz"] + ["diagonal", "positive semidefinite"] * (m == n),
    latex=r"\mathbf{{0}}_{{{m}\times {n}}}",
)  # fmt: skip


def eye(n: AnySize) -> Node:
    """The n×n identity; the number 1 for n = 1."""
    return ONE if n == 1 else make(EYE, (), (n,))


def ones(m: AnySize, n: AnySize) -> Node:
    return ONE if m == 1 and n == 1 else make(ONES, (), (m, n))


def zeros(m: AnySize, n: AnySize) -> Node:
    return ZERO if m == 1 and n == 1 else make(ZEROS, (), (m, n))


# ------------------------------------------------------------------ sum


def _same_size(args: Sequence[Node], name: str) -> Shape:
    first = args[0]
    for other in args[1:]:
        if other.rows != first.rows or other.cols != first.cols:
            raise FormulaError(
                f"the operands of {name} differ in size: {first.rows}×{first.cols} and {other.rows}×{other.cols}"
            )
    return first.rows, first.cols


_CONE = {
    "symmetric", "hermitian", "skew", "diagonal", "lower triangular", "upper triangular", "toeplitz",
    "positive semidefinite", "positive",
}  # fmt: skip


def _sum_properties(*args: Node) -> set[str]:
    kept = set[str].intersection(*(set(a.properties) for a in args)) & _CONE
    if all(a.has("positive semidefinite") for a in args) and any(a.has("positive definite") for a in args):
        kept.add("positive definite")
    return kept


ADD = Op("+", rule="sum rule", shape=lambda args, params: _same_size(args, "a sum"), properties=_sum_properties)


# ------------------------------------------------------------------ product of scalars and matrices in a row


def _product_shape(args: Sequence[Node], params: tuple[Any, ...]) -> Shape:
    rows: AnySize = 1
    cols: AnySize = 1
    for factor in args:
        if factor.scalar:
            continue
        if rows == 1 and cols == 1:
            rows, cols = factor.rows, factor.cols
        elif cols == factor.rows:
            cols = factor.cols
        else:
            raise FormulaError(
                f"the sizes in a product do not fit: {rows}×{cols} times {factor.rows}×{factor.cols} "
                f"({cols} ≠ {factor.rows})"
            )
    return rows, cols


def product(factors: Sequence[Node]) -> Node:
    """The product of factors from left to right; 1 if there are none."""
    return ONE if not factors else factors[0] if len(factors) == 1 else make(PRODUCT, tuple(factors))


def _product_maps(args: Sequence[Any], position: int) -> list[Atom]:
    """The linear map of one factor: y ↦ C y for a scalar y, else Y ↦ c A Y B.

    Factors that are complete in themselves (x'*y in x'*y*A) must be nested, as the canonical form has them.
    """
    if args[position].scalar:
        rest = product([*args[:position], *args[position + 1 :]])
        return [Scale(rest)] if rest.scalar else [RankOne(rest, ONE)]
    left: list[Node] = []
    right: list[Node] = []
    scalars: list[Node] = []
    for at, factor in enumerate(args):
        if at != position:
            (scalars if factor.scalar else left if at < position else right).append(factor)
    sandwich = Sandwich(product(left) if left else None, product(right) if right else None)
    return [Scale(product(scalars)), sandwich] if scalars else [sandwich]


_KEPT_BY_PRODUCTS = (
    "diagonal", "orthogonal", "unitary", "invertible", "lower triangular", "upper triangular", "positive",
)  # fmt: skip


def _product_properties(*args: Node) -> list[str]:
    chain = [a for a in args if not a.scalar]
    if any(not a.has("positive") for a in args if a.scalar) or not chain:
        return ["positive"] * all(a.has("positive") for a in args)
    found = [p for p in _KEPT_BY_PRODUCTS if all(a.has(p) for a in chain)]
    if len(chain) < len(args):
        found = [p for p in found if p not in ("orthogonal", "unitary")]
    if len(chain) == 1:
        return [*chain[0].properties - {"orthogonal", "unitary", "integer"}]
    if chain[0] is transposed(chain[-1]) and len(chain) <= 3:
        middle = chain[1:-1]
        if not middle or middle[0].has("positive semidefinite"):
            definite = chain[-1].has("full column rank") and (not middle or middle[0].has("positive definite"))
            found.append("positive definite" if definite else "positive semidefinite")
        elif middle[0].has("symmetric"):
            found.append("symmetric")
    return found


PRODUCT = Op("*", rule="product rule", shape=_product_shape, maps=_product_maps, properties=_product_properties)


# ------------------------------------------------------------------ entrywise product and power


def hadamard(factors: Sequence[Node]) -> Node:
    return factors[0] if len(factors) == 1 else make(HADAMARD, tuple(factors))


def _hadamard_properties(*args: Node) -> list[str]:
    skew = sum(a.has("skew") for a in args)
    found = [p for p in ("diagonal", "lower triangular", "upper triangular") if any(a.has(p) for a in args)]
    found += [p for p in ("toeplitz", "positive", "positive definite") if all(a.has(p) for a in args)]
    if all(a.has("symmetric") or a.has("skew") for a in args):
        found.append("skew" if skew % 2 else "symmetric")
        if all(a.has("positive semidefinite") for a in args):
            found.append("positive semidefinite")  # Schur's product theorem
    return found


HADAMARD = Op(
    ".*", rule="product rule, entry by entry", shape=lambda args, params: _same_size(args, "an entrywise product"),
    maps=lambda args, position: [Mask(hadamard([*args[:position], *args[position + 1 :]]))],
    transpose=lambda *args: hadamard([a.T for a in args]), conjugate=lambda *args: hadamard([conj(a) for a in args]),
    properties=_hadamard_properties,
)  # fmt: skip


def _power_shape(args: Sequence[Node], params: tuple[Any, ...]) -> Shape:
    base, exponent = args
    if not exponent.scalar and exponent.size != base.size:
        raise FormulaError(
            f"an entrywise power needs a scalar exponent, or one of the base's size: {base.rows}×{base.cols} "
            f"to the power {exponent.rows}×{exponent.cols}"
        )
    return base.rows, base.cols


POWER = Op(
    ".^", rule="power rule", shape=_power_shape,
    differential=(
        lambda base, p, d: (p * base ** (p - 1)) * d,
        lambda base, p, d: (base**p * TABLE["log"](base)) * d,
    ),
    transpose=lambda base, p: base.T ** p.T, conjugate=lambda base, p: conj(base) ** conj(p),
    properties=lambda base, p: ["positive"] * base.has("positive")
    + ["symmetric"] * (base.has("symmetric") and p.scalar),
    domain="power",
)  # fmt: skip


# ------------------------------------------------------------------ transpose and conjugate


def _transposed_properties(a: Node) -> set[str]:
    found = set(a.properties)
    for pair in ({"lower triangular", "upper triangular"}, {"full column rank", "full row rank"}):
        if len(found & pair) == 1:
            found ^= pair
    return found


TRANSPOSE = Op(
    "'", Signature("mn->nm"), einsum="ij->ji", maps=(lambda A: [Transposition()],), homogeneous=(0,),
    properties=_transposed_properties,
)  # fmt: skip
CONJUGATE = Op(
    "conj", Signature("mn->mn"), properties=lambda a: a.properties, code="np.conj({0})", latex=r"\overline{{{0}}}",
    refusal="derivatives by complex variables are not built yet",
)  # fmt: skip


def transposed(a: Node) -> Node:
    """The transpose without a new node where none is needed."""
    if a.scalar or a.has("symmetric"):
        return a
    return a.args[0] if a.op is TRANSPOSE else make(TRANSPOSE, (a,))


def conj(a: Any) -> Any:
    return a if isinstance(a, Node) and not a.complex else apply(CONJUGATE, (a,))
