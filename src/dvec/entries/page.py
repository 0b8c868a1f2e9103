"""A derivative of explicit entries with all that is shown of it: the rule that applied, its blocks, text, LaTeX.

May import core and the rest of this room.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from typing import Any

from dvec.core.errors import DataError
from dvec.core.layouts import BLOCK, NAMED, Pattern, pattern_of
from dvec.entries.check import Verification, code, verify
from dvec.entries.derivatives import diff, gradient, laid_out, table
from dvec.entries.drawing import matrix_drawing, matrix_latex, matrix_text
from dvec.entries.reading import Explicit, read, read_variables
from dvec.entries.rules import RULES, Rule
from dvec.entries.symbolic import Expr, Matrix, sp


@dataclass(frozen=True)
class Step:
    """One step on the way to the derivative."""

    rule: str
    text: str
    latex: str


@dataclass(frozen=True)
class EntriesDerivative:
    """∂Y/∂X entry by entry: `.matrix` is a SymPy matrix, `.rule` the one of the fifteen that applied."""

    of: Explicit
    by: Explicit
    layout: str
    pattern: Pattern
    matrix: Matrix
    order: int = 1

    @property
    def rule(self) -> Rule:
        """The rule for these two kinds, whatever the layout."""
        return RULES[self.of.kind, self.by.kind]

    @property
    def shape(self) -> tuple[int, int]:
        return self.matrix.shape

    @property
    def convention(self) -> str:
        """The layout and a sentence by which a reader can check it."""
        of, by = self.of, self.by
        said = f"{self.layout}: D[i,b,a,j] = ∂Y[i,b]/∂X[a,j] with rows {self._side(0)} and columns {self._side(1)}"
        first = "" if self.order == 1 else f"the derivative of order {self.order - 1}, "
        return f"{said}; Y is {first}{of.rows}×{of.cols}, X is {by.rows}×{by.cols}"

    @cached_property
    def lines(self) -> tuple[list[int], list[int]]:
        """After which rows and columns a block ends, counted from 1; empty where there are no blocks."""
        sizes = {"i": self.of.rows, "b": self.of.cols, "a": self.by.rows, "j": self.by.cols}
        ends: list[list[int]] = []
        for side in (self.pattern.rows, self.pattern.cols):
            lengths = [sizes[letter] for letter in side if sizes[letter] > 1]
            block = lengths[-1] if len(lengths) > 1 else 0
            total = int(sp.prod(lengths))
            ends.append(list(range(block, total, block)) if block else [])
        return ends[0], ends[1]

    @property
    def text(self) -> str:
        """`[a, b; c, d]`, which reads back as the same matrix."""
        return matrix_text(self.matrix)

    @property
    def unicode(self) -> str:
        """Drawn over several lines, with lines between the blocks."""
        return matrix_drawing(self.matrix, *self.lines)

    @property
    def ascii(self) -> str:
        """As `unicode`, in ASCII."""
        return matrix_drawing(self.matrix, *self.lines, unicode=False)

    @property
    def latex(self) -> str:
        """LaTeX, with lines between the blocks."""
        return matrix_latex(self.matrix, *self.lines)

    @property
    def names(self) -> list[str]:
        """The symbols in Y and X, each a scalar."""
        return sorted({s.name for e in (*self.of.flat, *self.by.flat) for s in e.free_symbols})

    def verify(self, samples: int = 2, seed: int = 0) -> Verification:
        """Compares with central differences of Y, in 50 digits, at random points."""
        return verify(self.of, self.by, table(self.of, self.by), samples, seed)

    def code(self, target: str) -> str:
        """Source text for `numpy`, `jax`, `julia`, `matlab` or `latex`, as a function of the symbols."""
        return code(self.matrix, target)

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex}$"

    @property
    def steps(self) -> list[Step]:
        """The rule, the rule with this Y and X put in, the result."""
        steps = [Step(self.rule.name, self.rule.text, self.rule.latex)]
        if self.rule.number:
            steps.append(Step("block by block" if len(self.rule.outer) < 4 else "entry by entry", *self._blocks()))
        if self.pattern != BLOCK:
            steps.append(Step(f"layout {self.layout}", self.convention, rf"\text{{{self.convention}}}"))
        steps.append(Step("each entry differentiated", self.text, self.latex))
        return steps

    def _side(self, side: int) -> str:
        letters = (self.pattern.rows, self.pattern.cols)[side]
        return f"({' '.join(letters)})"

    def _blocks(self) -> tuple[str, str]:
        """∂(block of Y)/∂(block of X) for every block of the rule, as text and as LaTeX."""
        sizes = {"i": self.of.rows, "b": self.of.cols, "a": self.by.rows, "j": self.by.cols}
        down = [letter for letter in BLOCK.rows if letter in self.rule.outer]
        across = [letter for letter in BLOCK.cols if letter in self.rule.outer]
        texts: list[list[str]] = []
        latexs: list[list[str]] = []
        for row in product(*(range(sizes[letter]) for letter in down)):
            texts.append([])
            latexs.append([])
            for column in product(*(range(sizes[letter]) for letter in across)):
                at = dict(zip([*down, *across], [*row, *column], strict=True))
                parts = _part(self.of, at.get("i"), at.get("b")), _part(self.by, at.get("a"), at.get("j"))
                texts[-1].append("/".join(f"∂{_grouped(matrix_text(part))}" for part in parts))
                latexs[-1].append(r"\frac{\partial %s}{\partial %s}" % tuple(_small_latex(part) for part in parts))  # noqa: UP031
        text = "[" + "; ".join(", ".join(row) for row in texts) + "]"
        body = r" \\ ".join(" & ".join(row) for row in latexs)
        return text, r"\begin{bmatrix} " + body + r" \end{bmatrix}"


def explain(Y: Any, X: Any, layout: str = "block", order: int = 1) -> EntriesDerivative:
    """As `diff`, with everything that can be shown of the derivative.

    A second derivative (`order=2`) is the derivative of the first, laid out twice; of a scalar function in the layouts
    `vec` and `mixed` it is the Hessian.

    >>> from dvec import entries
    >>> page = entries.explain("[2*x*y, y^2]", "[x; y]")
    >>> page.rule.name, page.text
    ('rule 7 of 15, row by column', '[2*y, 0; 2*x, 2*y]')
    >>> print(entries.explain("[x*y, x; y, 1]", "[x; y]").ascii)
    [y  1]
    [x  0]
    [----]
    [0  0]
    [1  0]

    Raises what `diff` raises. Source: as for `diff`.
    """
    of = read(Y)
    by = read_variables(X, of)
    if order < 1:
        raise DataError(f"the order of a derivative is a whole number from 1 on, not {order}")
    if order == 2 and of.shape == (1, 1) and layout in ("vec", "mixed"):
        flat = Explicit(len(by.flat), 1, by.by_columns)
        return replace(explain(gradient(of, flat), flat, "vec"), layout=layout, order=2)
    for _ in range(order - 1):
        of = read(diff(of, by, layout))
    pattern = pattern_of(layout, of.shape, by.shape)
    name = layout if layout in NAMED else str(pattern)
    return EntriesDerivative(of, by, name, pattern, laid_out(table(of, by), pattern, of.shape, by.shape), order)


def _part(whole: Explicit, row: int | None, col: int | None) -> Matrix:
    rows: Sequence[int] = range(whole.rows) if row is None else (row,)
    cols: Sequence[int] = range(whole.cols) if col is None else (col,)
    flat: list[Expr] = [whole[r, c] for r in rows for c in cols]
    return sp.Matrix(len(rows), len(cols), flat)


def _grouped(text: str) -> str:
    plain = text.isalnum() or text.startswith("[")
    return text if plain else f"({text})"


def _small_latex(part: Matrix) -> str:
    latex = matrix_latex(part)
    plain = part.shape == (1, 1) and not isinstance(part[0, 0], (sp.Symbol, sp.Function))
    return rf"\left({latex}\right)" if plain else latex
