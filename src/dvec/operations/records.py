"""Short ways to write the three kinds of record: multilinear, entrywise, general.

May import core.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dvec.core.atoms import Opaque
from dvec.core.node import TABLE, Node, Op, make
from dvec.core.signature import Signature


def multilinear(name: str, einsum: str, **columns: Any) -> Op:
    """An operation linear in each argument. The string gives its size and value, "i1" being a column.

    Its maps are opaque unless stated: then `adjoint` and `matrix` must be.
    """
    arguments = einsum.partition("->")[0].count(",", einsum.find(";") + 1) + 1

    def opaque(position: int) -> Callable[..., list[Any]]:
        def rule(*args: Any) -> list[Any]:
            return [Opaque(TABLE[name], args[:arguments], position, args[arguments:])]

        return rule

    columns.setdefault("maps", tuple(opaque(k) for k in range(arguments)))
    columns.setdefault("homogeneous", tuple(range(arguments)))
    return Op(name, Signature(einsum), einsum=einsum, **columns)


def entrywise(name: str, derivative: Callable[[Any], Any], **columns: Any) -> Op:
    """A function of one number taken to every entry; `derivative` is f' in matrix language, read entry by entry."""
    columns.setdefault("code", f"np.{name}({{0}})")
    columns.setdefault("properties", _keeps_symmetry)
    columns.setdefault("rule", f"chain rule with the derivative of {name}")
    columns.setdefault("latex", rf"\{name}({{0}})")
    return Op(
        name, Signature("mn->mn"), derivative=derivative, transpose=lambda a: make(TABLE[name], (a.T,)), **columns
    )


def _keeps_symmetry(a: Node) -> list[str]:
    return ["symmetric"] * a.has("symmetric") + ["toeplitz"] * a.has("toeplitz")


def general(name: str, signature: str, **columns: Any) -> Op:
    """Any other operation: a size rule, and a differential in matrix language for each argument."""
    return Op(name, Signature(signature), **columns)
