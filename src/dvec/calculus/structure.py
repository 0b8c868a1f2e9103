"""Structured variables: which directions a symmetric, diagonal, skew or triangular variable may move in.

May import core, operations and the rest of calculus.
"""

from __future__ import annotations

from dataclasses import dataclass

from dvec.calculus.linear_map import LinearMap, Word
from dvec.core.algebra import HALF, eye, ones
from dvec.core.atoms import Mask, Sandwich, Scale, ToDiagonal, Transposition
from dvec.core.errors import FormulaError
from dvec.core.node import VARIABLE, Node, constant, variable
from dvec.core.properties import IMPLIES, SQUARE, STRUCTURES
from dvec.operations.constants import duplication
from dvec.operations.structure import TRIL, TRIU, UNVEC

CHOICES = ("projected", "free", "ignore")
_KINDS = ("diagonal", "symmetric", "skew", "lower triangular", "upper triangular", "hermitian", "toeplitz")


@dataclass(frozen=True)
class Structure:
    """What a derivative by a structured variable means: a map into its space, and a sentence that says so.

    `embedding` takes a matrix (projected: any matrix to the nearest of the structure; free: the free parameters to the
    matrix). `entries` is set where the gradient with the free entries as variables has the shape of the matrix.
    """

    kind: str
    name: str
    embedding: LinearMap
    entries: LinearMap | None
    sentence: str


def unstructured(X: Node) -> Node:
    """The variable as if nothing were known of its entries: the formula is differentiated as typed."""
    assert X.op is VARIABLE
    name, rows, cols, properties = X.params
    kept = properties - STRUCTURES - SQUARE - {"full column rank", "full row rank"}
    return X if kept == properties else variable(name, rows, cols, kept)


def structure_of(X: Node, choice: str) -> Structure | None:
    """The structure in force for a variable, None where there is none or it is to be ignored."""
    if choice not in CHOICES:
        raise FormulaError(f"unknown structure {choice!r}: one of {', '.join(CHOICES)}")
    kinds = [k for k in _KINDS if X.has(k)] if X.params[3] else []
    if not kinds or choice == "ignore":
        return None
    kind = kinds[0]
    if more := [k for k in kinds[1:] if k not in IMPLIES[kind]]:
        raise FormulaError(
            f"{X.params[0]} is declared {kind} and {more[0]}: derivatives within such matrices are not built yet; "
            "structure='ignore' treats its entries as independent"
        )
    shape = X.size

    def words(*ws: Word) -> LinearMap:
        return LinearMap(ws, shape[0], shape[1], shape)

    n = X.rows
    if kind == "symmetric" and choice == "free":
        column = LinearMap.identity((duplication(n).cols, 1))
        unvec = UNVEC.maps[0](duplication(n) @ _column(n), n, n)  # pyright: ignore[reportIndexIssue]
        embedding = column.then([*unvec, Sandwich(duplication(n))], shape)
        entries = words((), (Transposition(),), (Scale(constant(-1)), Mask(eye(n))))
        return Structure(kind, "free", embedding, entries, f"the distinct entries of {X.params[0]} are the variables "
                         "(G + G' - G.*I)")  # fmt: skip
    if kind == "diagonal" and choice == "free":
        embedding = LinearMap.identity((n, 1)).then([ToDiagonal()], shape)
        return Structure(kind, "free", embedding, None, f"the diagonal entries of {X.params[0]} are the variables")
    masks = {"diagonal": eye(n), "lower triangular": TRIL(ones(n, n)), "upper triangular": TRIU(ones(n, n))}
    if choice == "projected" and kind in masks:
        projection = words((Mask(masks[kind]),))
    elif choice == "projected" and kind in ("symmetric", "skew"):
        sign = 1 if kind == "symmetric" else -1
        projection = words((Scale(HALF),), (Scale(constant(sign) * HALF), Transposition()))
    else:
        raise FormulaError(
            f"{X.params[0]} is declared {kind}: the derivative with structure={choice!r} is not built yet; "
            "structure='ignore' treats its entries as independent"
        )
    return Structure(
        kind, "projected", projection, None, f"the gradient within the {kind} matrices ({X.params[0]} is declared so)"
    )


def _column(n: object) -> Node:
    """A stand-in that has the size of vech of an n×n matrix."""
    return variable("θ", duplication(n).cols, 1)  # pyright: ignore[reportArgumentType]
