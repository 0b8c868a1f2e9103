"""The fifteen rules: what the derivative of a scalar, row, column or matrix by the same looks like, block by block.

May import nothing of dvec.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Rule:
    """One case of the block layout.

    `outer` names the indices of D[i,b,a,j] = ∂Y[i,b]/∂X[a,j] that choose the block; the others run inside it.
    """

    number: int
    of: str
    by: str
    outer: str
    text: str
    latex: str

    @property
    def name(self) -> str:
        if self.number == 0:
            return "the ordinary derivative, scalar by scalar"
        return f"rule {self.number} of 15, {self.of} by {self.by}"


def _d(of: str, by: str) -> str:
    return rf"\frac{{\partial {of}}}{{\partial {by}}}"


def _line(*entries: str) -> str:
    return r"\begin{bmatrix} " + " & ".join(entries) + r" \end{bmatrix}"


def _stack(*entries: str) -> str:
    return r"\begin{bmatrix} " + r" \\ ".join(entries) + r" \end{bmatrix}"


def _grid(first: str, second: str, third: str, fourth: str) -> str:
    rows = rf"{first} & \cdots & {second} \\ \vdots & & \vdots \\ {third} & \cdots & {fourth}"
    return rf"\begin{{bmatrix}} {rows} \end{{bmatrix}}"


def _rule(number: int, of: str, by: str, outer: str, text: str, blocks: str) -> Rule:
    y = {"scalar": "y", "row": "y^{T}", "column": "y", "matrix": "Y"}[of]
    x = {"scalar": "x", "row": "x^{T}", "column": "x", "matrix": "X"}[by]
    return Rule(number, of, by, outer, text, f"{_d(y, x)} = {blocks}" if blocks else _d(y, x))


_ROWS = (
    _rule(0, "scalar", "scalar", "", "∂y/∂x", ""),
    _rule(1, "row", "scalar", "b", "∂y'/∂x = [∂y_1/∂x … ∂y_n/∂x]", _line(_d("y_1", "x"), r"\cdots", _d("y_n", "x"))),
    _rule(2, "column", "scalar", "i", "∂y/∂x = [∂y_1/∂x; …; ∂y_m/∂x]",
          _stack(_d("y_1", "x"), r"\vdots", _d("y_m", "x"))),
    _rule(3, "matrix", "scalar", "ib", "∂Y/∂x = [∂y_11/∂x … ∂y_1n/∂x; …; ∂y_m1/∂x … ∂y_mn/∂x]",
          _grid(_d("y_{11}", "x"), _d("y_{1n}", "x"), _d("y_{m1}", "x"), _d("y_{mn}", "x"))),
    _rule(4, "scalar", "row", "j", "∂y/∂x' = [∂y/∂x_1 … ∂y/∂x_q]", _line(_d("y", "x_1"), r"\cdots", _d("y", "x_q"))),
    _rule(5, "scalar", "column", "a", "∂y/∂x = [∂y/∂x_1; …; ∂y/∂x_p]",
          _stack(_d("y", "x_1"), r"\vdots", _d("y", "x_p"))),
    _rule(6, "scalar", "matrix", "aj", "∂y/∂X = [∂y/∂x_11 … ∂y/∂x_1q; …; ∂y/∂x_p1 … ∂y/∂x_pq]",
          _grid(_d("y", "x_{11}"), _d("y", "x_{1q}"), _d("y", "x_{p1}"), _d("y", "x_{pq}"))),
    _rule(7, "row", "column", "ab", "∂y'/∂x = [∂y_1/∂x_1 … ∂y_n/∂x_1; …; ∂y_1/∂x_p … ∂y_n/∂x_p]",
          _grid(_d("y_1", "x_1"), _d("y_n", "x_1"), _d("y_1", "x_p"), _d("y_n", "x_p"))),
    _rule(8, "column", "row", "ij", "∂y/∂x' = [∂y_1/∂x_1 … ∂y_1/∂x_q; …; ∂y_m/∂x_1 … ∂y_m/∂x_q]",
          _grid(_d("y_1", "x_1"), _d("y_1", "x_q"), _d("y_m", "x_1"), _d("y_m", "x_q"))),
    _rule(9, "row", "row", "j", "∂y'/∂x' = [∂y'/∂x_1 … ∂y'/∂x_q]",
          _line(_d("y^{T}", "x_1"), r"\cdots", _d("y^{T}", "x_q"))),
    _rule(10, "column", "column", "i", "∂y/∂x = [∂y_1/∂x; …; ∂y_m/∂x], each a column",
          _stack(_d("y_1", "x"), r"\vdots", _d("y_m", "x"))),
    _rule(11, "matrix", "row", "j", "∂Y/∂x' = [∂Y/∂x_1 … ∂Y/∂x_q]", _line(_d("Y", "x_1"), r"\cdots", _d("Y", "x_q"))),
    _rule(12, "matrix", "column", "ib", "∂Y/∂x = [∂y_11/∂x … ∂y_1n/∂x; …; ∂y_m1/∂x … ∂y_mn/∂x], each a column",
          _grid(_d("y_{11}", "x"), _d("y_{1n}", "x"), _d("y_{m1}", "x"), _d("y_{mn}", "x"))),
    _rule(13, "row", "matrix", "aj", "∂y'/∂X = [∂y'/∂x_11 … ∂y'/∂x_1q; …; ∂y'/∂x_p1 … ∂y'/∂x_pq], each a row",
          _grid(_d("y^{T}", "x_{11}"), _d("y^{T}", "x_{1q}"), _d("y^{T}", "x_{p1}"), _d("y^{T}", "x_{pq}"))),
    _rule(14, "column", "matrix", "i", "∂y/∂X = [∂y_1/∂X; …; ∂y_m/∂X]",
          _stack(_d("y_1", "X"), r"\vdots", _d("y_m", "X"))),
    _rule(15, "matrix", "matrix", "ij", "∂Y/∂X = [∂y_1'/∂x_1 … ∂y_1'/∂x_q; …; ∂y_m'/∂x_1 … ∂y_m'/∂x_q], "
          "y_i' the rows of Y, x_j the columns of X",
          _grid(_d("y_1^{T}", "x_1"), _d("y_1^{T}", "x_q"), _d("y_m^{T}", "x_1"), _d("y_m^{T}", "x_q"))),
)  # fmt: skip

RULES = {(rule.of, rule.by): rule for rule in _ROWS}
"""By kind of Y and kind of X; number 0 is the sixteenth pair, which needs no rule."""
