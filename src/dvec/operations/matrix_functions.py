"""Inverses, powers and functions of a square matrix.

May import core.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dvec.core.algebra import CONJUGATE, eye
from dvec.core.errors import FormulaError, NotDifferentiable
from dvec.core.node import CONSTANT, Node, Op, apply, constant, make
from dvec.core.signature import Shape
from dvec.operations.records import general

LARGEST_WRITTEN_POWER = 64

_INVARIANT = frozenset({
    "symmetric", "hermitian", "skew", "diagonal", "orthogonal", "unitary", "invertible",
    "positive definite", "positive semidefinite", "lower triangular", "upper triangular",
})  # fmt: skip


def _of_inverse(X: Node) -> set[str]:
    return {*(X.properties & _INVARIANT), "invertible"}


INVERSE = general(
    "inv", "nn->nn", rule="differential of an inverse", differential=(lambda X, d: -(inv(X) @ d @ inv(X)),),
    domain="invertible",
    trace_derivative=lambda X: -(inv(X) @ inv(X)),
    transpose=lambda X: inv(X.T), conjugate=lambda X: inv(apply(CONJUGATE, (X,))), inverse=lambda X: X,
    properties=_of_inverse, code="np.linalg.inv({0})", latex="{0}^{{-1}}", unicode="{0}⁻¹",
    source="Magnus & Neudecker, Matrix Differential Calculus, sec. 8.5",
)  # fmt: skip


def inv(X: Any) -> Any:
    return INVERSE(X)


# ------------------------------------------------------------------ powers


def _power_shape(args: Sequence[Node], params: tuple[Any, ...]) -> Shape:
    base, exponent = args
    if not base.square:
        raise FormulaError(f"a matrix power needs a square matrix, this one is {base.rows}×{base.cols}; "
                           "for a power entry by entry write .^")  # fmt: skip
    if not exponent.scalar:
        raise FormulaError(f"the exponent of a matrix power is a scalar, this one is {exponent.rows}×{exponent.cols}")
    return base.rows, base.cols


def _whole(exponent: Node) -> int | None:
    value = exponent.params[0] if exponent.op is CONSTANT else None
    return int(value) if value is not None and value.denominator == 1 else None


def matrix_power(X: Node, k: int) -> Node:
    return eye(X.rows) if k == 0 else X if k == 1 else make(MATRIX_POWER, (X, constant(k)))


def _power_differential(X: Node, exponent: Node, d: Any) -> Any:
    k = _whole(exponent)
    if k is None:
        raise NotDifferentiable.because_of(
            MATRIX_POWER, "a matrix power with a symbolic exponent has a derivative in closed form only under a trace"
        )
    if k < 0:
        return _power_differential(inv(X), constant(-k), -(inv(X) @ d @ inv(X)))
    if k > LARGEST_WRITTEN_POWER:
        raise NotDifferentiable.because_of(
            MATRIX_POWER,
            f"the derivative of a matrix power has as many terms as the exponent; {k} is too many to write",
        )
    total = None
    for i in range(k):
        left, right = matrix_power(X, i), matrix_power(X, k - 1 - i)
        term = d if i == 0 else left @ d
        term = term if i == k - 1 else term @ right
        total = term if total is None else total + term
    return 0 * d if total is None else total


MATRIX_POWER = Op(
    "^", rule="product rule for a matrix power", shape=_power_shape, differential=(_power_differential, None),
    trace_derivative=lambda X, k: k * make(MATRIX_POWER, (X, k - 1)),
    transpose=lambda X, k: make(MATRIX_POWER, (X.T, k)), inverse=lambda X, k: make(MATRIX_POWER, (inv(X), k)),
    conjugate=lambda X, k: make(MATRIX_POWER, (apply(CONJUGATE, (X,)), k)),
    properties=lambda X, k: X.properties & (_INVARIANT - {"skew"}), domain="matrix power",
    refusal="a matrix power is not differentiated by its exponent",
    source="Petersen & Pedersen, Matrix Cookbook, eq. (90), (121)",
)  # fmt: skip


# ------------------------------------------------------------------ functions of a matrix

_LATER = "its derivative is not built yet"

PSEUDOINVERSE = general(
    "pinv", "mn->nm", transpose=lambda X: PSEUDOINVERSE(X.T), properties=lambda X: X.properties & _INVARIANT,
    code="np.linalg.pinv({0})", domain="full rank", latex="{0}^{{+}}", unicode="{0}⁺", refusal=_LATER,
)  # fmt: skip
EXPM = general(
    "expm", "nn->nn", trace_derivative=lambda X: EXPM(X), transpose=lambda X: EXPM(X.T),
    inverse=lambda X: EXPM(-X), properties=lambda X: ["positive definite"] if X.has("symmetric") else ["invertible"],
    code="scipy.linalg.expm({0})", refusal=_LATER, latex=r"\operatorname{{expm}}({0})",
)  # fmt: skip
LOGM = general(
    "logm", "nn->nn", trace_derivative=lambda X: inv(X), transpose=lambda X: LOGM(X.T), domain="positive spectrum",
    code="np.real_if_close(scipy.linalg.logm({0}))", refusal=_LATER, latex=r"\operatorname{{logm}}({0})",
)  # fmt: skip
SQRTM = general(
    "sqrtm", "nn->nn", trace_derivative=lambda X: inv(SQRTM(X)) / 2, transpose=lambda X: SQRTM(X.T),
    domain="positive spectrum", properties=lambda X: X.properties & {"positive definite", "positive semidefinite"},
    code="np.real_if_close(scipy.linalg.sqrtm({0}))", refusal=_LATER, latex=r"{0}^{{1/2}}",
)  # fmt: skip
EIGMAX = general("eigmax", "nn->11", invariant=True, code="np.linalg.eigvalsh({0})[-1]", refusal=_LATER,
    real=True, domain="symmetric",
                 latex=r"\lambda_{{\max}}({0})")  # fmt: skip
EIGMIN = general("eigmin", "nn->11", invariant=True, code="np.linalg.eigvalsh({0})[0]", refusal=_LATER,
    real=True, domain="symmetric",
                 latex=r"\lambda_{{\min}}({0})")  # fmt: skip
TOPVEC = general("topvec", "nn->n1", code="np.linalg.eigh({0})[1][:, -1:]", refusal=_LATER, domain="symmetric")
TOPLEFT = general("topleft", "mn->m1", code="np.linalg.svd({0})[0][:, :1]", refusal=_LATER)
TOPRIGHT = general("topright", "mn->n1", code="np.linalg.svd({0})[2][:1].T", refusal=_LATER)
