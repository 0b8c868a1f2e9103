"""Formulas in index notation: sum(a: U[i,a]*V[j,a]), as text that parses back, in Unicode and in LaTeX.

May import core, operations and the rest of notation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from dvec.core.errors import FormulaError
from dvec.core.node import VARIABLE, Node, postorder
from dvec.core.sizes import names_of
from dvec.notation.index_entries import LARGEST, Entry
from dvec.notation.index_names import Names
from dvec.notation.index_rules import IndexRules
from dvec.notation.index_styles import latex_style, text_style, unicode_style
from dvec.notation.length import Length
from dvec.operations.constants import UNIT


@dataclass(frozen=True)
class IndexForm:
    """One entry of a formula in index notation, with the names of its free indices ("" for a side of 1)."""

    entry: Entry
    row: str
    col: str
    taken: frozenset[str]
    sizes: Mapping[str, str]
    decimals: bool

    @cached_property
    def text(self) -> str:
        """Plain text, which parses back; where `row` and `col` name an entry it has the value of that entry."""
        return text_style(self.sizes, self.decimals).write(self.entry, self.taken)

    @cached_property
    def unicode(self) -> str:
        return unicode_style(self.sizes, self.decimals).write(self.entry, self.taken)

    @cached_property
    def latex(self) -> str:
        return latex_style(self.sizes, self.decimals).write(self.entry, self.taken)


def entry_form(
    node: Node,
    sizes: Mapping[str, str] | None = None,
    decimals: bool = False,
    free: tuple[str, str] = ("i", "j"),
) -> IndexForm:
    """A formula entry by entry: (A*B)[i,j] = sum(a: A[i,a]*B[a,j]).

    `sizes` says how a size is written as a number; `free` names the indices of row and column, unless the formula uses
    these names itself: then others are taken. Raises `FormulaError` for formulas too long to be read that way.
    """
    if Length()(node) > LARGEST:
        raise FormulaError("in index notation this formula is too long to be read: take a part of it")
    taken = names_in(node)
    rules = IndexRules()
    row, col = _free_names(node, free, taken)
    entry = rules.entry(
        node, rules.symbol(row, node.rows) if row else None, rules.symbol(col, node.cols) if col else None
    )
    return IndexForm(entry, row, col, frozenset(taken | {row, col}), sizes or {}, decimals)


def index_form(node: Node, sizes: Mapping[str, str] | None = None, decimals: bool = False) -> str:
    """The formula entry by entry as text whose free indices are i (row) and j (column)."""
    return entry_form(node, sizes, decimals).text


def names_in(root: Node) -> set[str]:
    """The names of variables, sizes and free indices in a formula."""
    found: set[str] = set()
    for node in postorder(root):
        for side in node.size:
            found |= names_of(side)
        if node.op is VARIABLE:
            found.add(node.params[0])
        elif node.op is UNIT:
            found.add(str(node.params[1]))
    return found


def _free_names(node: Node, free: tuple[str, str], taken: set[str]) -> tuple[str, str]:
    names = Names(taken, frozenset())
    row = "" if node.rows == 1 else names.fresh(free[0])
    col = "" if node.cols == 1 else names.fresh(free[1], row)
    return row, col
