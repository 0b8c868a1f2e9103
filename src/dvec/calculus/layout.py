"""A linear map laid out on the page as the pattern says.

May import core, operations and the rest of calculus.
"""

from __future__ import annotations

from dvec.calculus.linear_map import LinearMap, block_matrix, total, turned, vec_matrix
from dvec.core.algebra import ONE
from dvec.core.layouts import BLOCK, VEC, Pattern
from dvec.core.node import Node
from dvec.core.signature import Shape
from dvec.core.sizes import AnySize
from dvec.operations.structure import rearrange, vec


def lay_out(L: LinearMap, pattern: Pattern) -> Node:
    """The matrix that holds ∂Y[i,b]/∂X[a,j] where the pattern says."""
    of, by = (L.rows, L.cols), L.domain
    sizes = {"i": of[0], "b": of[1], "a": by[0], "j": by[1]}
    wanted = _reduced(pattern, sizes)
    if of == (1, 1):
        return _from_matrix(L.adjoint(ONE), _reduced(Pattern("a", "j"), sizes), wanted)
    if by == (1, 1):
        return _from_matrix(L.applied(ONE), _reduced(Pattern("i", "b"), sizes), wanted)
    for known, build in ((VEC, vec_layout), (BLOCK, block_layout)):
        have = _reduced(known, sizes)
        if wanted == have:
            return build(L)
        if wanted == (have[1], have[0]):
            return turned(build(L))
    have = _reduced(VEC, sizes)
    if len(have[0]) == len(have[1]) == 1:
        return _from_matrix(vec_layout(L), have, wanted)
    return _rearranged(vec_layout(L), VEC, pattern, sizes)


def _reduced(pattern: Pattern, sizes: dict[str, AnySize]) -> tuple[str, str]:
    """The pattern without the indices that take one value only."""
    rows, cols = ("".join([letter for letter in group if sizes[letter] != 1]) for group in (pattern.rows, pattern.cols))
    return rows, cols


def _from_matrix(M: Node, have: tuple[str, str], wanted: tuple[str, str]) -> Node:
    """A matrix with one index a side (or none), laid out anew: as it is, turned, or as one row or column."""
    if wanted == have:
        return M
    if wanted == (have[1], have[0]):
        return turned(M)
    rows, cols = wanted
    joined = rows or cols
    column = vec(M) if joined == have[1] + have[0] else vec(turned(M))
    return column if rows else turned(column)


def vec_layout(L: LinearMap) -> Node:
    shape: Shape = (L.rows * L.cols, L.domain[0] * L.domain[1])
    return total([vec_matrix(word, L.domain) for word in L.words], shape)


def block_layout(L: LinearMap) -> Node:
    """Each word in its own form; those without one in the vec layout, rearranged."""
    sizes = {"i": L.rows, "b": L.cols, "a": L.domain[0], "j": L.domain[1]}
    parts: list[Node] = []
    rest: list[Node] = []
    for word in L.words:
        block = block_matrix(word, L.domain)
        if block is None:
            rest.append(vec_matrix(word, L.domain))
        else:
            parts.append(block)
    if rest:
        parts.append(_rearranged(total(rest, rest[0].size), VEC, BLOCK, sizes))
    return total(parts, BLOCK.shape((L.rows, L.cols), L.domain))


def _rearranged(M: Node, source: Pattern, target: Pattern, sizes: dict[str, AnySize]) -> Node:
    missing = [k for k in sizes if k not in target.rows + target.cols]
    have = Pattern(
        "".join(c for c in source.rows if c not in missing), "".join(c for c in source.cols if c not in missing)
    )
    return rearrange(M, f"{have} -> {target}", tuple((k, n) for k, n in sizes.items() if k not in missing))
