"""Explicit matrices on the page: as text that can be read back, drawn in Unicode or ASCII, as LaTeX, with block lines.

May import SymPy.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from dvec.entries.symbolic import sp

_Printer: Any = sp.StrPrinter


class _Text(_Printer):
    """SymPy's own text, with the names of this package where they differ."""

    def _print_Exp1(self, expr: Any) -> str:
        return "exp(1)"

    def _print_ImaginaryUnit(self, expr: Any) -> str:
        return "1i"

    def _print_Abs(self, expr: Any) -> str:
        return f"abs({self._print(expr.args[0])})"

    def _print_conjugate(self, expr: Any) -> str:
        return f"conj({self._print(expr.args[0])})"

    def _print_Heaviside(self, expr: Any) -> str:
        return f"step({self._print(expr.args[0])})"

    def _print_Max(self, expr: Any) -> str:
        rest = [a for a in expr.args if a != 0]
        name = "relu" if len(rest) == 1 and len(expr.args) == 2 else "max"
        return f"{name}({', '.join(self._print(a) for a in (rest if name == 'relu' else expr.args))})"

    def _print_Derivative(self, expr: Any) -> str:
        by = [self._print(symbol) for symbol, times in expr.variable_count for _ in range(int(times))]
        return f"diff({', '.join([self._print(expr.expr), *by])})"

    def _print_Integral(self, expr: Any) -> str:
        found = self._print(expr.function)
        for limits in expr.limits:
            found = f"integral({', '.join([found, *(self._print(part) for part in limits)])})"
        return found


def entry_text(entry: Any) -> str:
    """One scalar as text of the formula language."""
    return _Text().doprint(entry).replace("**", "^")


def matrix_text(matrix: Any) -> str:
    """`[a, b; c, d]`, which reads back as the same matrix; of a 1×1 matrix its entry."""
    if matrix.shape == (1, 1):
        return entry_text(matrix[0, 0])
    rows = (", ".join(entry_text(matrix[r, c]) for c in range(matrix.cols)) for r in range(matrix.rows))
    return "[" + "; ".join(rows) + "]"


def matrix_latex(matrix: Any, below: Collection[int] = (), right: Collection[int] = ()) -> str:
    """LaTeX, with a line below the rows and to the right of the columns named, counted from 1."""
    if matrix.shape == (1, 1):
        return sp.latex(matrix[0, 0])
    columns = "".join("c|" if c in right else "c" for c in range(1, matrix.cols + 1))
    lines: list[str] = []
    for r in range(matrix.rows):
        line = " & ".join(sp.latex(matrix[r, c]) for c in range(matrix.cols))
        lines.append(line + (r" \\ \hline" if r + 1 in below else r" \\"))
    lines[-1] = lines[-1].removesuffix(r" \\")
    return "\\left[\\begin{array}{" + columns + "}\n" + "\n".join(lines) + "\n\\end{array}\\right]"


_UNICODE = {"bar": "│", "dash": "─", "cross": "┼", "left": "⎡⎢⎣", "right": "⎤⎥⎦", "one": "[]"}
_ASCII = {"bar": "|", "dash": "-", "cross": "+", "left": "[[[", "right": "]]]", "one": "[]"}


def matrix_drawing(matrix: Any, below: Collection[int] = (), right: Collection[int] = (), unicode: bool = True) -> str:
    """The matrix drawn over several lines, blocks set apart by lines; 2-D as SymPy prints, or one line an entry."""
    show = _pretty if unicode else entry_text
    cells = [[show(matrix[r, c]).split("\n") for c in range(matrix.cols)] for r in range(matrix.rows)]
    if matrix.shape == (1, 1):
        return "\n".join(cells[0][0])
    widths = [max(len(line) for row in cells for line in row[c]) for c in range(matrix.cols)]
    signs = _UNICODE if unicode else _ASCII
    tall = any(len(cell) > 1 for row in cells for cell in row)
    body: list[str] = []
    for r, row in enumerate(cells, 1):
        height = max(len(cell) for cell in row)
        padded = [_centred(cell, width, height) for cell, width in zip(row, widths, strict=True)]
        body += [_joined([cell[k] for cell in padded], right, signs["bar"], " ") for k in range(height)]
        if r in below:
            dashes = [signs["dash"] * width for width in widths]
            body.append(_joined(dashes, right, signs["cross"], signs["dash"]))
        elif tall and r < matrix.rows:
            body.append(_joined([" " * width for width in widths], right, signs["bar"], " "))
    return "\n".join(_bracketed(body, signs))


def _pretty(entry: Any) -> str:
    return sp.pretty(entry, use_unicode=True, wrap_line=False)


def _centred(cell: list[str], width: int, height: int) -> list[str]:
    """The lines of one entry, set in the middle of its place; its own columns stay aligned."""
    own = max(len(line) for line in cell)
    left = (width - own) // 2
    lines = [" " * left + line.ljust(width - left) for line in cell]
    above = (height - len(cell)) // 2
    return [" " * width] * above + lines + [" " * width] * (height - len(cell) - above)


def _joined(cells: list[str], right: Collection[int], bar: str, space: str) -> str:
    parts = [cells[0]]
    for c, cell in enumerate(cells[1:], 1):
        parts += [space, bar if c in right else "", space, cell]
    return "".join(parts)


def _bracketed(body: list[str], signs: dict[str, str]) -> list[str]:
    if len(body) == 1:
        return [f"{signs['one'][0]}{body[0]}{signs['one'][1]}"]
    last = len(body) - 1
    corner = [0 if k == 0 else 2 if k == last else 1 for k in range(len(body))]
    return [f"{signs['left'][k]}{line}{signs['right'][k]}" for k, line in zip(corner, body, strict=True)]
