"""The atoms that linear maps are made of. Their algebra and their matrices are in calculus.linear_map.

May import nothing of dvec at run time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dvec.core.node import Node, Op


@dataclass(frozen=True, slots=True)
class Sandwich:
    """Y ↦ A Y B; None stands for an identity."""

    left: Node | None = None
    right: Node | None = None


@dataclass(frozen=True, slots=True)
class Scale:
    """Y ↦ c Y"""

    by: Node


@dataclass(frozen=True, slots=True)
class Mask:
    """Y ↦ M ⊙ Y"""

    by: Node


@dataclass(frozen=True, slots=True)
class RankOne:
    """Y ↦ C tr(Dᵀ Y)"""

    value: Node
    against: Node


@dataclass(frozen=True, slots=True)
class Transposition:
    """Y ↦ Yᵀ"""


@dataclass(frozen=True, slots=True)
class ToDiagonal:
    """y ↦ diag(y), a column to a diagonal matrix"""


@dataclass(frozen=True, slots=True)
class OfDiagonal:
    """Y ↦ the column of Y's diagonal: the adjoint of ToDiagonal"""


@dataclass(frozen=True, slots=True)
class Opaque:
    """Y ↦ op(arguments with Y at one position): what has no algebra of its own, only an adjoint and a matrix.

    `adjoint` says that it is the adjoint of that map which is meant.
    """

    op: Op
    args: tuple[Node, ...]  # the argument at `position` stands for its size only
    position: int
    params: tuple[Any, ...] = ()
    adjoint: bool = False


@dataclass(frozen=True, slots=True)
class Shared:
    """A Jacobian with a name of its own: Y ↦ unvec(J vec(Y)), of the size of `like`; transposed if adjoint."""

    jacobian: Node
    rows: Any
    cols: Any
    from_rows: Any
    from_cols: Any


Atom = Scale | Sandwich | Mask | RankOne | Transposition | ToDiagonal | OfDiagonal | Opaque | Shared
