"""Index sums as they are typed: sum(i, j: …), matrix(i, a: …), vector(i: …), from the text to matrix notation.

May import core, operations and the rest of notation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dvec.core.errors import FormulaError, Span
from dvec.core.node import Node
from dvec.core.sizes import Size
from dvec.notation import complaints
from dvec.notation.lifting_terms import Axis
from dvec.notation.tokens import Token
from dvec.notation.tree import Item
from dvec.notation.unification import Side, Unknown, find

if TYPE_CHECKING:
    from dvec.notation.inference import Inference
    from dvec.notation.lifting import Lifting

COUNTS = {"sum": "sum(i, j: …)", "matrix": "matrix(i, a: …)", "vector": "vector(i: …)"}
"""The functions that bind indices, and how they are written."""


class BoundIndex(Axis):
    """An index of a sum. `range` is how far it runs, `behind` the first piece that has it in brackets."""

    __slots__ = ("behind", "end", "range", "start")

    def __init__(self, name: str, start: int, end: int) -> None:
        super().__init__(0, name)
        self.start, self.end = start, end
        self.range: Side = Unknown(name, False)
        self.behind: Item | None = None


@dataclass(frozen=True, slots=True)
class Binder:
    """What a sum over indices is, besides its body."""

    kind: str
    indices: tuple[BoundIndex, ...]
    lifting: Lifting  # one for all sums of a text


def bound_names(tokens: list[Token], at: int) -> list[Token] | None:
    """The names in `(i, j:`, if that is what stands there."""
    found: list[Token] = []
    while tokens[at + 1][0] == "name" and tokens[at + 2][0] in (",", ":"):
        found.append(tokens[at + 1])
        if tokens[at + 2][0] == ":":
            return found
        at += 2
    return None


def bind(kind: str, names: list[Token], outer: Mapping[str, BoundIndex], source: str) -> tuple[BoundIndex, ...]:
    """The indices that a binder brings, each with a name of its own."""
    found: dict[str, BoundIndex] = {}
    for _, name, start, end in names:
        if name in found or name in outer:
            what = "given twice" if name in found else "an index of a sum around this one: choose another letter"
            raise FormulaError(f"{name} is {what}", source, Span(start, end))
        found[name] = BoundIndex(name, start, end)
    wanted = {"matrix": 2, "vector": 1}.get(kind, len(found))
    if len(found) != wanted:
        place = Span(names[0][2], names[-1][3])
        raise FormulaError(f"{COUNTS[kind]} has {wanted} ind{'ices' if wanted > 1 else 'ex'}", source, place)
    return tuple(found.values())


def infer(inference: Inference, item: Item) -> None:
    """The size of a sum is that of its body, the sides of a matrix are as long as its indices run."""
    binder, body = item.value, item.args[0]
    for index in binder.indices:
        inference.reserved.add(index.name)
        if index.behind is None:
            raise FormulaError(
                f"{index.name} stands in no brackets in this {binder.kind}, so nothing tells how far it runs",
                inference.tree.source, Span(index.start, index.end),
            )  # fmt: skip
    if binder.kind == "sum":
        item.rows, item.cols = body.rows, body.cols
        return
    if body.rows != 1 or body.cols != 1:
        raise complaints.kind(inference, body, COUNTS[binder.kind], "a scalar for each entry", body.rows)
    item.rows = binder.indices[0].range
    item.cols = binder.indices[1].range if binder.kind == "matrix" else 1


def run_over(inference: Inference, item: Item, index: BoundIndex, side: Side) -> None:
    """Says that an index runs over a side of what it stands behind."""
    base = item.args[0]
    if not inference.unifier.equal(index.range, side, inference.tree, item):
        raise complaints.index(inference, item, index.name, index.range, side, index.behind)
    if index.behind is None:
        index.behind = base


def build(item: Item) -> Node:
    """The sum in matrix notation; inside further sums, a name that stands for it."""
    binder, body = item.value, item.args[0].node
    for index in binder.indices:
        size = find(index.range)
        assert isinstance(size, (int, Size))
        index.size = size
    if binder.kind == "sum":
        return binder.lifting.sum(body, binder.indices)
    return binder.lifting.matrix(body, *binder.indices)
