"""The derivative of a formula: backwards for scalars, forwards as linear maps for the rest.

May import core, operations, rewrite and the rest of calculus.
"""

from __future__ import annotations

from collections.abc import Iterator

from dvec.calculus.linear_map import LinearMap, differential_of, total, vec_matrix
from dvec.core.algebra import ADD, ONE
from dvec.core.atoms import RankOne, Shared
from dvec.core.errors import NotDifferentiable
from dvec.core.node import Node, postorder

MOST_WORDS = 16  # beyond this a node's Jacobian is shared: paths are never enumerated
LONGEST_WORD = 64
LONGEST_PRODUCT_RULE = 400_000  # factors in all its terms together: some seconds' work


def dependent(root: Node, variable: Node) -> list[Node]:
    """The nodes under the root that contain the variable, arguments first."""
    found: set[Node] = set()
    order: list[Node] = []
    for node in postorder(root):
        if node is variable or not found.isdisjoint(node.args):
            found.add(node)
            order.append(node)
    return order


def local_maps(node: Node, depends: set[Node]) -> Iterator[tuple[Node, LinearMap]]:
    """The differential of one operation: for each argument that matters, the map from it to the value."""
    if node.op.linearize is not None and (parts := node.op.linearize(node)) is not None:
        for inner, atoms in parts:
            yield inner, LinearMap.identity(inner.size).then(atoms, node.size)
        return
    inside = sum([arg in depends for arg in node.args])
    if node.op is not ADD and inside * len(node.args) > LONGEST_PRODUCT_RULE:
        raise NotDifferentiable.because_of(
            node.op,
            f"the product rule for {len(node.args)} factors gives {inside} terms of {len(node.args) - 1} factors each: "
            "too many to write; differentiate its logarithm instead",
        )
    for position, arg in enumerate(node.args):
        if arg in depends:
            identity = LinearMap.identity(arg.size)
            if node.op is ADD:
                yield arg, identity
            else:
                yield arg, differential_of(node.op, node.args, node.params, position, identity)


def gradient(f: Node, variable: Node) -> Node:
    """G with df = ⟨G, dX⟩ for a scalar f, in one walk backwards over the formula."""
    order = dependent(f, variable)
    depends = set(order)
    cotangents: dict[Node, list[Node]] = {f: [ONE]}
    for node in reversed(order):
        if node is variable:
            continue
        arriving = cotangents.pop(node, None)
        if arriving is None:
            continue
        G = total(arriving[::-1], node.size)
        for arg, part in local_maps(node, depends):
            cotangents.setdefault(arg, []).append(part.adjoint(G))
    return total(cotangents.get(variable, [])[::-1], variable.size)  # in the order of the formula


def linear_map(F: Node, variable: Node) -> LinearMap:
    """The differential of F as a linear map of dX, in one walk forwards over the formula."""
    order = dependent(F, variable)
    depends = set(order)
    needed = _needed(F, depends)
    maps: dict[Node, LinearMap] = {variable: LinearMap.identity(variable.size)}
    for node in order:
        if node is variable or node not in needed:
            continue
        words = [w for arg, part in local_maps(node, depends) for w in part.after(maps[arg]).words]
        maps[node] = bounded(LinearMap(tuple(words), node.rows, node.cols, variable.size))
    return maps.get(F, LinearMap((), F.rows, F.cols, variable.size))


def _needed(F: Node, depends: set[Node]) -> set[Node]:
    """The nodes whose maps the map of F is made of: not those that a `linearize` passes over."""
    found: set[Node] = set()
    stack = [F]
    while stack:
        node = stack.pop()
        if node in depends and node not in found:
            found.add(node)
            parts = node.op.linearize(node) if node.op.linearize is not None else None
            stack += node.args if parts is None else [inner for inner, _ in parts]
    return found


def bounded(L: LinearMap) -> LinearMap:
    """The same map in few words: a scalar's as one inner product, one of too many words as a shared Jacobian."""
    if L.scalar and L.domain != (1, 1):
        return LinearMap(((RankOne(ONE, L.adjoint(ONE)),),), 1, 1, L.domain)
    if len(L.words) <= MOST_WORDS and all(len(word) <= LONGEST_WORD for word in L.words):
        return L
    J = total([vec_matrix(word, L.domain) for word in L.words], (L.rows * L.cols, L.domain[0] * L.domain[1]))
    return LinearMap(((Shared(J, L.rows, L.cols, *L.domain),),), L.rows, L.cols, L.domain)
