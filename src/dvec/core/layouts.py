"""Layouts: how the four indices of a derivative D[i,b,a,j] = ∂Y[i,b]/∂X[a,j] lie on the page.

May import errors and sizes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from dvec.core.errors import FormulaError
from dvec.core.signature import Shape
from dvec.core.sizes import AnySize

NAMED = ("mixed", "vec", "block", "numerator", "denominator")
_PATTERN = re.compile(r"\(([ibaj ]*)\)\s*\(([ibaj ]*)\)")


@dataclass(frozen=True)
class Pattern:
    """Two groups of the letters i, b, a, j, the rows and the columns of the page; the last of a group runs fastest."""

    rows: str
    cols: str

    def shape(self, of: Shape, by: Shape) -> Shape:
        sizes = {"i": of[0], "b": of[1], "a": by[0], "j": by[1]}
        rows: AnySize = 1
        cols: AnySize = 1
        for letter in self.rows:
            rows = rows * sizes[letter]
        for letter in self.cols:
            cols = cols * sizes[letter]
        return rows, cols

    def __str__(self) -> str:
        return f"({' '.join(self.rows)}) ({' '.join(self.cols)})"


VEC = Pattern("bi", "ja")
BLOCK = Pattern("ia", "jb")
_BY_SCALAR = Pattern("i", "b")
_OF_SCALAR = Pattern("a", "j")
_JACOBIAN = Pattern("i", "a")


def pattern_of(layout: str, of: Shape, by: Shape) -> Pattern:
    """The pattern that a layout prescribes for a derivative of Y by X of these sizes.

    Raises `FormulaError` for an unknown layout and where `numerator` and `denominator` have no rule.
    """
    if not isinstance(layout, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise FormulaError(f"a layout is a name or a pattern, not {layout!r}: one of {', '.join(NAMED)}")
    if layout == "vec":
        return VEC
    if layout == "block":
        return BLOCK
    if layout in NAMED:
        plain = _plain(of, by)
        if plain is None and layout == "mixed":
            return VEC
        if plain is None:
            raise FormulaError(
                f"the layout '{layout}' has no rule for {of[0]}×{of[1]} by {by[0]}×{by[1]}: "
                "take 'vec' or 'block', which are defined for all sizes"
            )
        turned = layout == "denominator" if plain is not _OF_SCALAR else layout == "numerator"
        return Pattern(plain.cols, plain.rows) if turned else plain
    found = _PATTERN.fullmatch(layout.strip())
    if found is None:
        raise FormulaError(
            f"unknown layout {layout!r}: one of {', '.join(NAMED)}, or two groups of the letters i b a j, "
            "as in '(i b) (a j)', for D[i,b,a,j] = ∂Y[i,b]/∂X[a,j]"
        )
    pattern = Pattern(found[1].replace(" ", ""), found[2].replace(" ", ""))
    sizes = {"i": of[0], "b": of[1], "a": by[0], "j": by[1]}
    letters = pattern.rows + pattern.cols
    if len(set(letters)) != len(letters):
        raise FormulaError(f"the layout {layout!r} names an index twice")
    if missing := [letter for letter, size in sizes.items() if size != 1 and letter not in letters]:
        raise FormulaError(f"the layout {layout!r} leaves out the index {', '.join(missing)}, which is not of size 1")
    return pattern


def _plain(of: Shape, by: Shape) -> Pattern | None:
    """The layout of the cases that every convention knows, the derivative of a scalar in the shape of X."""
    if by == (1, 1):
        return _BY_SCALAR
    if of == (1, 1):
        return _OF_SCALAR
    if of[1] == 1 and by[1] == 1:
        return _JACOBIAN
    return None
