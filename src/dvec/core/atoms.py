"""The atoms that linear maps are made of. Their algebra and their matrices are in calculus.linear_map.

May import nothing of dvec at run time. Nobody changes an atom, but none is frozen: making one would take three times as
long, and a derivative makes dozens.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dvec.core.node import Node, Op


@dataclass(slots=True)
class Sandwich:
    """Y ↦ A Y B; None stands for an identity."""

    left: Node | None = None
    right: Node | None = None


@dataclass(slots=True)
class Scale:
    """Y ↦ c Y"""

    by: Node


@dataclass(slots=True)
class Mask:
    """Y ↦ M ⊙ Y"""

    by: Node


@dataclass(slots=True)
class RankOne:
    """Y ↦ C tr(Dᵀ Y)"""

    value: Node
    against: Node


@dataclass(slots=True)
class Transposition:
    """Y ↦ Yᵀ"""


@dataclass(slots=True)
class ToDiagonal:
    """y ↦ diag(y), a column to a diagonal matrix"""


@dataclass(slots=True)
class OfDiagonal:
    """Y ↦ the column of Y's diagonal: the adjoint of ToDiagonal"""


@dataclass(slots=True)
class Opaque:
    """Y ↦ op(arguments with Y at one position): what has no algebra of its own, only an adjoint and a matrix.

    `adjoint` says that it is the adjoint of that map which is meant.
    """

    op: Op
    args: tuple[Node, ...]  # the argument at `position` stands for its size only
    position: int
    params: tuple[Any, ...] = ()
    adjoint: bool = False


@dataclass(slots=True)
class Shared:
    """A Jacobian with a name of its own: Y ↦ unvec(J vec(Y)), of the size of `like`; transposed if adjoint."""

    jacobian: Node
    rows: Any
    cols: Any
    from_rows: Any
    from_cols: Any


Atom = Scale | Sandwich | Mask | RankOne | Transposition | ToDiagonal | OfDiagonal | Opaque | Shared
