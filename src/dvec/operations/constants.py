"""Constants: π, sizes as numbers, unit vectors, the commutation, duplication and elimination matrices.

May import core.
"""

from dvec.core.algebra import eye
from dvec.core.node import Node, Op, constant, make
from dvec.core.signature import Signature
from dvec.core.sizes import AnySize, triangle

PI = Op("pi", Signature("->11"), properties=lambda: ["positive"], text="pi", code="np.pi", latex=r"\pi", unicode="π")
SIZE = Op(
    "size", names=("n",), shape=lambda args, params: (1, 1),
    properties=lambda n: ["positive", "integer"], latex="{n}",
    text="tr(eye({n}))", unicode="{n}",
)  # fmt: skip
UNIT = Op(
    "unit", names=("n", "i"), shape=lambda args, params: (params[0], 1),
    text="eye({n})[:,{i}]",
    latex="e_{{{i}}}", source="Magnus & Neudecker, Matrix Differential Calculus, ch. 1",
)  # fmt: skip
COMMUTATION = Op(
    "commutation", Signature("m,n;->(mn)(mn)"), transpose=lambda m, n: commutation(n, m),
    inverse=lambda m, n: commutation(n, m), properties=lambda m, n: ["orthogonal"] + ["symmetric"] * (m == n),
    code="np.eye({m} * {n}).reshape({n}, {m}, -1).swapaxes(0, 1).reshape({m} * {n}, -1)",
    latex="K_{{{m},{n}}}", unicode="K({m}, {n})", source="Magnus & Neudecker, Matrix Differential Calculus, sec. 3.7",
)  # fmt: skip
DUPLICATION = Op(
    "duplication", names=("n",), shape=lambda args, params: (params[0] * params[0], triangle(params[0])),
    code="(lambda n, j, i: np.eye(n * (n + 1) // 2)[(j * n - j * (j + 1) // 2 + i).ravel()])"
    "({n}, *np.sort(np.indices(({n}, {n})), axis=0))",
    properties=lambda n: ["full column rank"], latex="D_{{{n}}}",
    source="Magnus & Neudecker, Matrix Differential Calculus, sec. 3.8",
)  # fmt: skip
ELIMINATION = Op(
    "elimination", names=("n",), shape=lambda args, params: (triangle(params[0]), params[0] * params[0]),
    code="np.eye({n} * {n})[np.tri({n}).T.ravel() > 0]", properties=lambda n: ["full row rank"], latex="L_{{{n}}}",
    source="Magnus, Linear Structures, ch. 5",
)  # fmt: skip


def size_constant(n: AnySize) -> Node:
    """A size as a scalar of the formula."""
    return constant(n) if isinstance(n, int) else make(SIZE, (), (n,))


def unit(n: AnySize, i: int | str) -> Node:
    """The i-th column of the n×n identity, counted from 1; i may be a symbol."""
    return constant(1) if n == 1 else make(UNIT, (), (n, i))


def commutation(m: AnySize, n: AnySize) -> Node:
    """K with K vec(A) = vec(Aᵀ) for A m×n; an identity where one side is 1."""
    return eye(m * n) if m == 1 or n == 1 else make(COMMUTATION, (), (m, n))


def duplication(n: AnySize) -> Node:
    """D with D vech(S) = vec(S) for symmetric S n×n."""
    return make(DUPLICATION, (), (n,))


def elimination(n: AnySize) -> Node:
    """L with L vec(A) = vech(A) for A n×n, the lower triangle column by column."""
    return make(ELIMINATION, (), (n,))
