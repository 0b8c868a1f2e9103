"""Sizes as they are typed: in eye(m*n), unvec(x, m, n) and in declarations. Names in them are names of sizes.

May import core.
"""

from __future__ import annotations

from dvec.core.sizes import Size, named_size
from dvec.notation.tree import Item, Tree
from dvec.notation.unification import MOST_FACTORS, Side, find, joined

_KINDS = frozenset(["name", "number", "sum", "product", "over", "neg", "power"])
_LARGEST = 10**18


def mark(root: Item) -> Item | None:
    """Turns the pieces of an argument into those of a size; returns a piece that cannot stand in a size."""
    stack = [root]
    while stack:
        item = stack.pop()
        if item.kind == "call" and item.value.name in ("rows", "cols"):
            item.value = (item.value.name, None)
        elif item.kind in _KINDS:
            item.value = (item.kind, item.value)
            stack.extend(item.args)
        else:
            return item
        item.kind = "size"
    return None


def evaluate(tree: Tree, item: Item) -> None:
    """Gives a piece of a size its value, as its rows."""
    kind, value = item.value
    item.cols = 1
    if kind == "number":
        if value.denominator != 1 or value >= _LARGEST:
            raise tree.error("a size is a whole number" + " of at most 18 digits" * (value >= _LARGEST), item)
        item.rows = int(value)
    elif kind == "name":
        item.rows = named_size(value)
    elif kind in ("rows", "cols"):
        item.rows = item.args[0].rows if kind == "rows" else item.args[0].cols
    elif kind == "product":
        item.rows = joined("*", [arg.rows for arg in item.args if arg.value[0] != "over"])
        for divisor in (arg for arg in item.args if arg.value[0] == "over"):
            item.rows = _divided(tree, item, item.rows, divisor.rows)
    elif kind == "sum":
        item.rows = joined("+", [arg.rows for arg in item.args])
    else:
        item.rows = _other(tree, item, kind, [find(arg.rows) for arg in item.args])


def _divided(tree: Tree, item: Item, size: Side, divisor: int) -> Side:
    if isinstance(size, int) and size % divisor == 0:
        return size // divisor
    if not isinstance(size, Size):
        raise tree.error("a size is a whole number", item)
    return size / divisor


def _other(tree: Tree, item: Item, kind: str, args: list[Side]) -> Side:
    """Differences, quotients and powers, of known sizes only."""
    known = [arg for arg in args if isinstance(arg, (int, Size))]
    if len(known) == len(args):
        if kind == "neg":
            return known[0] * -1
        if kind == "over" and isinstance(known[0], int) and known[0] > 0:
            return known[0]  # taken out of the product, above
        if kind == "power" and isinstance(known[1], int) and known[1] >= 0:
            if known[1] > MOST_FACTORS:
                raise tree.error(f"an exponent in a size is at most {MOST_FACTORS}", item)
            return joined("*", [known[0]] * known[1])
    raise tree.error("a size is made of whole numbers and names with + - * ^, and / by a number", item)
