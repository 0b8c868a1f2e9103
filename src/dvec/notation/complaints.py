"""What is said about sizes that do not fit: both operands, both sizes, and what would be right.

May import core. Nothing here runs unless something is wrong.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dvec.core.errors import FormulaError
from dvec.core.sizes import Size
from dvec.notation.tree import Item
from dvec.notation.unification import Side, Unknown, find

if TYPE_CHECKING:
    from dvec.notation.inference import Inference


def size_text(inference: Inference, *sides: Side) -> str:
    """The sizes as they will be named if nothing else turns up: m×n."""
    inference.name_all(sides)
    return "×".join(str(find(side)) for side in sides)


def described(inference: Inference, item: Item) -> str:
    """'A is 2×3'"""
    return f"{inference.tree.text(item)} is {_kind(inference, item.rows, item.cols)}"


def _kind(inference: Inference, rows: Side, cols: Side) -> str:
    if rows == 1 and cols == 1:
        return "a scalar"
    return size_text(inference, rows, cols)


def _side_of_one(inference: Inference, a: Side, b: Side) -> str:
    """The hint for a side that could only be 1: what a name made a matrix, or a vector, is none."""
    a, b = find(a), find(b)
    if b == 1:
        a, b = b, a
    if not (a == 1 and isinstance(b, Unknown)):
        return ""
    symbol = inference.symbols.get(b.origin)
    if symbol is None:
        return f"; {b.origin} would be 1 here, write its size out" if b.origin else ""
    if symbol.cols == 1:
        return f"; if {b.origin} is meant as a scalar, declare {b.origin}: scalar"
    if b.columns:
        return f"; if {b.origin} is meant as a column, declare {b.origin}: vector"
    return f"; if {b.origin} is meant as a row, declare {b.origin}: matrix(1, n)"


def _differ(inference: Inference, a: Side, b: Side) -> str:
    """'; n and p are declared as different sizes' where that is the trouble."""
    hint = _side_of_one(inference, a, b)
    if hint:
        return hint
    a, b = find(a), find(b)
    if isinstance(a, Size) and isinstance(b, Size) and {str(a), str(b)} <= inference.size_names:
        return f"; {a} and {b} are different sizes: give both the same name where they are equal"
    return ""


def product(inference: Inference, item: Item, position: int, rows: Side, cols: Side) -> FormulaError:
    """Two neighbours in a product of which the columns and rows differ."""
    left, right = item.args[:position], item.args[position]
    hint = _differ(inference, cols, right.rows)
    if cols == 1 and right.cols == 1 and rows != 1:
        last = inference.tree.text(left[-1])
        text = inference.tree.text(right)
        hint = (
            f"; of two columns take {last}'*{text} (a scalar), {last}*{text}' (a matrix) or {last}.*{text} (entrywise)"
        )
    rows_text, cols_text = size_text(inference, rows), size_text(inference, cols)
    return inference.tree.error(
        f"the sizes in this product do not fit: {inference.tree.text(*left)} is {rows_text}×{cols_text}, "
        f"{described(inference, right)}; {cols_text} columns meet {size_text(inference, right.rows)} rows{hint}",
        *left, right,
    )  # fmt: skip


def sum_(inference: Inference, item: Item, a: Item, b: Item) -> FormulaError:
    """Two terms of different size."""
    scalars = [x.rows == 1 and x.cols == 1 for x in (a, b)]
    if any(scalars):
        scalar, other = (a, b) if scalars[0] else (b, a)
        c = inference.tree.text(*_bare(scalar))
        c = (
            c
            if scalar.grouped or not scalar.args or _bare(scalar)[0].kind in ("call", "index", "postfix")
            else f"({c})"
        )
        size = size_text(inference, other.rows), size_text(inference, other.cols)
        square = find(other.rows) == find(other.cols)
        second = f" or {c}*eye({size[0]}) (on the diagonal)" if square or size[1] != "1" else ""
        return inference.tree.error(
            f"a scalar and something of size {size[0]}×{size[1]} cannot be added as they stand: "
            f"write {c}*ones({size[0]},{size[1]}) (to every entry){second}",
            a, b,
        )  # fmt: skip
    wrong = (a.rows, b.rows) if not inference.unifier.equal(a.rows, b.rows) else (a.cols, b.cols)
    hint = _differ(inference, *wrong)
    return inference.tree.error(
        f"the operands of {'+ or -' if item.kind == 'sum' else 'an entrywise product'} differ in size: "
        f"{described(inference, a)}, {described(inference, b)}{hint}",
        a, b,
    )  # fmt: skip


def _bare(item: Item) -> list[Item]:
    return item.args if item.kind in ("neg", "over", "dotover") else [item]


def square(inference: Inference, item: Item, what: str, instead: str = "") -> FormulaError:
    hint = _differ(inference, item.rows, item.cols)
    return inference.tree.error(
        f"{what} needs a square matrix: {described(inference, item)}{hint}{instead and '; ' + instead}", item
    )


def kind(inference: Inference, item: Item, what: str, needed: str, *sides: Side) -> FormulaError:
    """'softmax needs a column vector here: A is m×n'"""
    hint = _side_of_one(inference, sides[0], 1) if sides else ""
    return inference.tree.error(f"{what} needs {needed} here: {described(inference, item)}{hint}", item)


def mismatch(inference: Inference, item: Item, what: str, a: Side, b: Side) -> FormulaError:
    """Any other two sides that must be equal and are not."""
    shown = ", ".join(described(inference, arg) for arg in item.args if arg.kind not in ("string", "size"))
    return inference.tree.error(
        f"the sizes in {what} do not fit: {shown}; {size_text(inference, a)} stands where "
        f"{size_text(inference, b)} is needed{_differ(inference, a, b)}",
        item,
    )
