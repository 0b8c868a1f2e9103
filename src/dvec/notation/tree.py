"""What the first phase of parsing gives: untyped pieces of a formula, each with its place in the text.

May import core.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dvec.core.errors import FormulaError, Span
from dvec.core.node import Node


class Item:
    """A piece of a formula. The second phase fills in its sizes, the third its node.

    `value` is what the kind needs besides its parts: a name, a number, an operator, the form of a function.
    """

    __slots__ = ("args", "cols", "end", "grouped", "kind", "node", "rows", "start", "value")
    node: Node
    rows: Any  # a side, see unification
    cols: Any

    def __init__(self, kind: str, args: list[Item], value: Any, start: int, end: int) -> None:
        self.kind = kind
        self.args = args
        self.value = value
        self.start = start
        self.end = end
        self.grouped = False  # whether it stands in parentheses of its own


@dataclass(frozen=True, slots=True)
class Tree:
    """The pieces of one text in an order in which arguments come before what is made of them."""

    source: str
    items: list[Item]
    roots: list[Item]  # one, or the two sides of an equation
    shared: frozenset[str]  # the names that `where` gives to parts
    decimals: bool  # whether a number was typed with a decimal point

    def error(self, message: str, *items: Item) -> FormulaError:
        """An error at the place that these pieces cover."""
        return FormulaError(
            message, self.source, Span(min(item.start for item in items), max(item.end for item in items))
        )

    def text(self, *items: Item) -> str:
        """What was typed for these pieces, cut to a readable length."""
        return shortened(self.source[min(item.start for item in items) : max(item.end for item in items)])


def shortened(text: str) -> str:
    """A formula in a message: in one line, cut to a readable length."""
    text = " ".join(text.split())
    return text if len(text) <= 60 else f"{text[:28]} … {text[-28:]}"
