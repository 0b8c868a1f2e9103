"""Operations that move entries about: diag, vec, Kronecker products, direct sum, triangles, rearrange.

May import core.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from dvec.core.algebra import eye, ones, product, transposed, zeros
from dvec.core.atoms import Atom, Mask, OfDiagonal, Opaque, Sandwich, ToDiagonal
from dvec.core.errors import FormulaError
from dvec.core.node import Node, Op, make
from dvec.core.signature import Shape, Signature
from dvec.core.sizes import AnySize, triangle
from dvec.operations.constants import commutation, duplication, elimination
from dvec.operations.matrix_functions import inv
from dvec.operations.records import multilinear

MN = "Magnus & Neudecker, Matrix Differential Calculus"

# ------------------------------------------------------------------ diagonals

DIAG = multilinear(
    "diag", "i1->ii", maps=(lambda x: [ToDiagonal()],), transpose=lambda x: DIAG(x),
    inverse=lambda x: DIAG(x**-1),
    properties=lambda x: ["diagonal"] + ["positive definite"] * x.has("positive"),
    code="np.diag({0}[:, 0])", latex=r"\operatorname{{diag}}({0})",
)  # fmt: skip
DIAGONAL = multilinear(
    "diagonal", "ii->i1", invariant=True, maps=(lambda A: [OfDiagonal()],), text="diag({0})",
    code="np.diag({0})[:, None]", latex=r"\operatorname{{diag}}({0})",
    properties=lambda A: ["positive"] * A.has("positive definite"),
)  # fmt: skip


def diag(x: Any) -> Any:
    """The diagonal matrix of a column (of a 1×1: itself)."""
    return x if x.scalar else DIAG(x)


def diagonal(A: Any) -> Any:
    return A if A.scalar else DIAGONAL(A)


# ------------------------------------------------------------------ vec and its kin


VEC = multilinear(
    "vec", "ij->(ji)1", adjoint=(lambda G, A: unvec(G, A.rows, A.cols),), matrix=(lambda A: eye(A.rows * A.cols),),
    code="{0}.reshape(-1, 1, order='F')", latex=r"\operatorname{{vec}}({0})",
    properties=lambda A: ["positive"] * A.has("positive"), source=MN + ", sec. 2.4",
)  # fmt: skip
RVEC = multilinear(
    "rvec", "ij->1(ij)", adjoint=(lambda G, A: transposed(unvec(transposed(G), A.cols, A.rows)),),
    matrix=(lambda A: commutation(A.rows, A.cols),), code="{0}.reshape(1, -1)",
    latex=r"\operatorname{{rvec}}({0})", properties=lambda A: ["positive"] * A.has("positive"),
)  # fmt: skip
UNVEC = multilinear(
    "unvec", "i,j;(ji)1->ij", adjoint=(lambda G, x, m, n: vec(G),), matrix=(lambda x, m, n: eye(m * n),),
    code="{0}.reshape({i}, {j}, order='F')",
    latex=r"\operatorname{{unvec}}_{{{i}\times {j}}}({0})",
)  # fmt: skip


def vec(A: Any) -> Any:
    return A if A.cols == 1 else VEC(A)


def unvec(x: Any, m: AnySize, n: AnySize) -> Any:
    return x if n == 1 else UNVEC(x, params=(m, n))


# ------------------------------------------------------------------ Kronecker products and direct sum


def _kron_properties(A: Node, B: Node) -> set[str]:
    shared = A.properties & B.properties
    return set(shared - {"skew", "toeplitz"})


def _shuffle(A: Node, B: Node) -> Node:
    """The permutation in vec(A ⊗ B) = P (vec A ⊗ vec B)."""
    return kron(kron(eye(A.cols), commutation(B.cols, A.rows)), eye(B.rows))


def _blocks(G: Any, A: Node, B: Node, target: str) -> Node:
    sizes = (("i", A.rows), ("j", A.cols), ("k", B.rows), ("l", B.cols))
    return rearrange(G, f"(i k) (j l) -> {target}", sizes)


KRON = multilinear(
    "kron", "ij,kl->(ik)(jl)", rule="product rule for the Kronecker product",
    adjoint=(
        lambda G, A, B: unvec(_blocks(G, A, B, "(j i) (l k)") @ vec(B), A.rows, A.cols),
        lambda G, A, B: unvec(_blocks(G, A, B, "(l k) (j i)") @ vec(A), B.rows, B.cols),
    ),
    matrix=(
        lambda A, B: product([_shuffle(A, B), kron(eye(A.rows * A.cols), vec(B))]),
        lambda A, B: product([_shuffle(A, B), kron(vec(A), eye(B.rows * B.cols))]),
    ),
    transpose=lambda A, B: KRON(A.T, B.T), properties=_kron_properties,
    inverse=lambda A, B: KRON(inv(A), inv(B)) if A.square and B.square else None,
    code="np.kron({0}, {1})", latex=r"{0} \otimes {1}", unicode="{0} ⊗ {1}", source=MN + ", sec. 2.2 and 3.7",
)  # fmt: skip


def kron(A: Any, B: Any) -> Any:
    return A * B if A.scalar or B.scalar else KRON(A, B)


KHATRI = multilinear(
    "khatri", "ij,kj->(ik)j",
    maps=(
        lambda A, B: [Mask(KHATRI(ones(A.rows, A.cols), B)), Sandwich(kron(eye(A.rows), ones(B.rows, 1)))],
        lambda A, B: [Mask(KHATRI(A, ones(B.rows, B.cols))), Sandwich(kron(ones(A.rows, 1), eye(B.rows)))],
    ),
    code="(lambda a, b: (a[:, None] * b[None]).reshape(-1, a.shape[1]))({0}, {1})",
    latex=r"{0} \odot_{{\mathrm{{KR}}}} {1}",
    source="Khatri & Rao, Sankhya A 30 (1968)",
)  # fmt: skip


def khatri(A: Any, B: Any) -> Any:
    return KHATRI(A, B)


# The linear part of a direct sum is a product with [I; 0], written as a sum with a matrix without columns.
DSUM = Op(
    "dsum", Signature("ij,kl->(i+k)(j+l)"),
    maps=(
        lambda A, B: [Sandwich(DSUM(eye(A.rows), zeros(B.rows, 0)), DSUM(eye(A.cols), zeros(0, B.cols)))],
        lambda A, B: [Sandwich(DSUM(zeros(A.rows, 0), eye(B.rows)), DSUM(zeros(0, A.cols), eye(B.cols)))],
    ),
    transpose=lambda A, B: DSUM(A.T, B.T),
    properties=lambda A, B: (A.properties & B.properties) - {"positive", "toeplitz"},
    code="(lambda a, b: np.block([[a, np.zeros((len(a), b.shape[1]))], [np.zeros((len(b), a.shape[1])), b]]))"
    "({0}, {1})",
    latex=r"{0} \oplus {1}", unicode="{0} ⊕ {1}",
)  # fmt: skip


# ------------------------------------------------------------------ triangles

TRIL = Op("tril", Signature("nn->nn"), homogeneous=(0,), maps=(lambda A: [Mask(TRIL(ones(A.rows, A.cols)))],),
                   transpose=lambda A: TRIU(A.T),
                   properties=lambda A: ["lower triangular"], code="np.tril({0})")  # fmt: skip
TRIU = Op("triu", Signature("nn->nn"), homogeneous=(0,), maps=(lambda A: [Mask(TRIU(ones(A.rows, A.cols)))],),
                   transpose=lambda A: TRIL(A.T),
                   properties=lambda A: ["upper triangular"], code="np.triu({0})")  # fmt: skip
VECH = Op(
    "vech", shape=lambda args, params: _vech_shape(args), homogeneous=(0,),
    maps=(lambda A: [Sandwich(elimination(A.rows)), *VEC.maps[0](A)],),  # pyright: ignore[reportIndexIssue]
    code="{0}.T[np.triu_indices(len({0}))][:, None]", latex=r"\operatorname{{vech}}({0})", source=MN + ", sec. 3.8",
)  # fmt: skip
UNVECH = Op(
    "unvech", names=("n",), shape=lambda args, params: _unvech_shape(args, params), homogeneous=(0,),
    maps=(lambda x, n: [*UNVEC.maps[0](product([duplication(n), x]), n, n), Sandwich(duplication(n))],),  # pyright: ignore[reportIndexIssue]
    transpose=lambda x, n: make(UNVECH, (x,), (n,)), properties=lambda x, n: ["symmetric"],
    code="(lambda x, n, j, i: x[j * n - j * (j + 1) // 2 + i, 0])({0}, {n}, *np.sort(np.indices(({n}, {n})), axis=0))",
    text="unvech({0}, {n})", latex=r"\operatorname{{unvech}}({0})",
)  # fmt: skip


def _vech_shape(args: Sequence[Node]) -> Shape:
    if not args[0].square:
        raise FormulaError(f"vech needs a square matrix, this one is {args[0].rows}×{args[0].cols}")
    return triangle(args[0].rows), 1


def _unvech_shape(args: Sequence[Node], params: tuple[Any, ...]) -> Shape:
    if args[0].size != (triangle(params[0]), 1):
        raise FormulaError(
            f"unvech to {params[0]}×{params[0]} needs a column of {triangle(params[0])} entries, "
            f"this is {args[0].rows}×{args[0].cols}"
        )
    return params[0], params[0]


# ------------------------------------------------------------------ rearrange

_SIDES = re.compile(r"\s*(\([^()]*\)|[A-Za-z1])\s*(\([^()]*\)|[A-Za-z1])\s*")
Sizes = tuple[tuple[str, AnySize], ...]


def split_pattern(pattern: str) -> tuple[list[list[str]], list[list[str]]]:
    """'(b i) (j a) -> (i a) (j b)' as two pairs of lists of letters."""
    halves = pattern.split("->")
    found = [_SIDES.fullmatch(half) for half in halves]
    if len(halves) != 2 or found[0] is None or found[1] is None:
        raise FormulaError(
            f"rearrange does not understand the pattern {pattern!r}: two groups on each side of an arrow, "
            "as in '(b i) (j a) -> (i a) (j b)'"
        )
    sides = [[re.findall(r"[A-Za-z]", group) for group in match.groups()] for match in found if match is not None]
    left, right = [sorted(side[0] + side[1]) for side in sides]
    if left != right or len(set(left)) != len(left):
        raise FormulaError(f"rearrange needs each letter once on each side of the arrow: {pattern!r}")
    return sides[0], sides[1]


def _side_size(letters: list[str], sizes: dict[str, AnySize]) -> AnySize:
    total: AnySize = 1
    for letter in letters:
        if letter not in sizes:
            raise FormulaError(f"rearrange needs the size of {letter}: write {letter}=…")
        total = total * sizes[letter]
    return total


def _rearranged_shape(args: Sequence[Node], params: tuple[Any, ...]) -> Shape:
    pattern, sizes = params[0], dict(params[1])
    before, after = split_pattern(pattern)
    wanted = _side_size(before[0], sizes), _side_size(before[1], sizes)
    if wanted != args[0].size:
        raise FormulaError(
            f"rearrange: the left side of {pattern!r} is {wanted[0]}×{wanted[1]}, the matrix is "
            f"{args[0].rows}×{args[0].cols}"
        )
    return _side_size(after[0], sizes), _side_size(after[1], sizes)


def _mirrored(pattern: str) -> str:
    before, _, after = pattern.partition("->")
    return f"{after.strip()} -> {before.strip()}"


def _permutation(A: Node, pattern: str, sizes: Sizes) -> Node:
    """P with vec(rearrange(A)) = P vec(A): the same rearrangement of the rows of an identity."""
    before, after = split_pattern(pattern)
    source, target = (" ".join(side[1] + side[0]) for side in (before, after))
    entries = A.rows * A.cols
    return rearrange(eye(entries), f"({source}) (Z) -> ({target}) (Z)", (*sizes, ("Z", entries)))


REARRANGE = Op(
    "rearrange", names=("pattern", "sizes"), shape=_rearranged_shape, homogeneous=(0,),
    maps=(lambda A, pattern, sizes: _opaque_rearrangement(A, pattern, sizes),),
    adjoint=(lambda G, A, pattern, sizes: rearrange(G, _mirrored(pattern), sizes),), matrix=(_permutation,),
    transpose=lambda A, pattern, sizes: rearrange(A, _turned(pattern), sizes),
    source="einops: Rogozhnikov, ICLR 2022",
)  # fmt: skip


def _opaque_rearrangement(A: Node, pattern: str, sizes: Sizes) -> list[Atom]:
    return [Opaque(REARRANGE, (A,), 0, (pattern, sizes))]


def _turned(pattern: str) -> str:
    """The pattern whose result is the transpose."""
    head, _, tail = pattern.partition("->")
    found = _SIDES.fullmatch(tail)
    assert found is not None
    return f"{head.strip()} -> {found[2]} {found[1]}"


def rearrange(A: Any, pattern: str, sizes: Sizes) -> Any:
    """einops' rearrange of a matrix: '(b i) (j a) -> (i a) (j b)' with the sizes of the letters."""
    needed = set(re.findall(r"[A-Za-z]", pattern))
    return REARRANGE(A, params=(pattern, tuple((k, n) for k, n in sizes if k in needed)))
