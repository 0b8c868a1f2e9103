"""What is said about sizes that do not fit: both operands, both sizes, and what would be right.

May import core. Nothing here runs unless something is wrong.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dvec.core.errors import FormulaError
from dvec.core.sizes import AnySize, Size, names_of
from dvec.notation.tree import Item
from dvec.notation.unification import Compound, Side, Unknown, find

if TYPE_CHECKING:
    from dvec.notation.inference import Inference


def size_text(inference: Inference, *sides: Side) -> str:
    """The sizes as they will be named if nothing else turns up: m×n."""
    inference.name_all(sides)
    texts = [str(find(side)) for side in sides]
    return "×".join(f"({text})" if " " in text and len(texts) > 1 else text for text in texts)


def _known(side: Side) -> AnySize:
    found = find(side)
    return found if isinstance(found, (int, Size)) else 0


def described(inference: Inference, item: Item) -> str:
    """'A is 2×3'"""
    return f"{inference.tree.text(item)} is {_kind(inference, item.rows, item.cols)}"


def _kind(inference: Inference, rows: Side, cols: Side) -> str:
    if rows == 1 and cols == 1:
        return "a scalar"
    return size_text(inference, rows, cols)


def _may_be_equal(a: Side, b: Side) -> bool:
    """Whether two sides are equal, or one of them is still free."""
    a, b = find(a), find(b)
    free = isinstance(a, Unknown) or isinstance(b, Unknown)
    return a == b or (free and not isinstance(a, Compound) and not isinstance(b, Compound) and 1 not in (a, b))


def _transposed(inference: Inference, item: Item) -> str:
    """The transpose of a piece, as it would be typed."""
    if item.kind == "postfix" and item.value in ("'", ".'", "T"):
        return inference.tree.text(item.args[0])
    text = inference.tree.text(item)
    return f"{text}'" if item.grouped or not item.args or item.kind in ("call", "index") else f"({text})'"


def _guessed(inference: Inference, item: Item) -> str:
    """'vector', where a piece is a name that is one by its first letter only; "" for all else."""
    symbol = inference.symbols.get(item.value) if item.kind == "name" else None
    if symbol is None or not symbol.guessed:
        return ""
    return "scalar" if symbol.rows == 1 else "vector" if symbol.cols == 1 else "matrix"


def _about_exponent(inference: Inference, item: Item) -> str:
    """The hint for an exponent that is no scalar and may have been meant as one."""
    text = inference.tree.text(item)
    if inference.tree.source[item.end : item.end + 1] == "[":
        return f"; an index belongs to the whole power: write ^({text}[…]) for an entry as its exponent"
    return f"; if {text} is meant as a scalar, declare {text}: scalar" if _guessed(inference, item) == "vector" else ""


def exponent(inference: Inference, base: Item, item: Item) -> FormulaError:
    """The exponent of a power that is no scalar."""
    hint = _about_exponent(inference, item) or (
        f"; {inference.tree.text(base)}.^{inference.tree.text(item)} is the power entry by entry; "
        "expm(A) the exponential of a matrix"
    )
    return inference.tree.error(f"an exponent is a scalar: {described(inference, item)}{hint}", item)


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


def size_as_number(inference: Inference, item: Item) -> FormulaError | None:
    """The error for a piece in which the name of a size stands as a number, taken for a vector: x'*x/n"""
    items = inference.tree.items
    sizes = inference.size_names.union(
        part.value[1] for part in items if part.kind == "size" and part.value[0] == "name"
    )
    for part in items:
        if part.kind == "name" and part.value in sizes and item.start <= part.start < item.end:
            symbol = inference.symbols[part.value]
            if symbol.node is None and isinstance(symbol.rows, Unknown) and symbol.cols == 1:
                size = part.value
                what = f"{size} is a size here: as a number it is written {inference.as_number(size)}"
                return inference.tree.error(what, part)
    return None


def product(inference: Inference, item: Item, position: int, rows: Side, cols: Side) -> FormulaError:
    """Two neighbours in a product of which the columns and rows differ."""
    left, right = item.args[:position], item.args[position]
    hint = _differ(inference, cols, right.rows)
    if cols == 1 and right.cols == 1 and rows != 1:
        x, y = inference.tree.text(left[-1]), inference.tree.text(right)
        hint = f"; of two columns take {x}'*{y} (a scalar), {x}*{y}' (a matrix) or {x}.*{y} (entrywise)"
    size = size_text(inference, rows, cols)
    meet = f"{_count(inference, cols, 'column')} meet{'s' * (cols == 1)} {_count(inference, right.rows, 'row')}"
    return inference.tree.error(
        f"the sizes in this product do not fit: {inference.tree.text(*left)} is {size}, {described(inference, right)}; "
        f"{meet}{hint}",
        *left, right,
    )  # fmt: skip


def _count(inference: Inference, side: Side, noun: str) -> str:
    return f"{size_text(inference, side)} {noun}{'s' * (side != 1)}"


_OPERATORS = {"sum": "+", "spread": ".+", "hadamard": ".*", "dotpower": ".^"}


def sum_(inference: Inference, item: Item, a: Item, b: Item) -> FormulaError:
    """Two terms, or two factors of an entrywise product, of different size."""
    scalars = [x.rows == 1 and x.cols == 1 for x in (a, b)]
    if any(scalars):
        return _scalar_in_sum(inference, a, b, scalars[0])
    plain = b.args[0] if b.kind in ("neg", "dotover") else b
    turned = _may_be_equal(a.rows, b.cols) and _may_be_equal(a.cols, b.rows)
    wrong = (a.rows, b.rows) if not inference.unifier.equal(a.rows, b.rows) else (a.cols, b.cols)
    sign = _OPERATORS[item.kind]
    if item.kind == "dotpower" and (exponent := _about_exponent(inference, b)):
        hint = exponent
    elif turned:
        hint = f"; transpose one of them, as in {_transposed(inference, plain)}"
    else:
        hint = _differ(inference, *wrong)
    sign = {"neg": sign.replace("+", "-"), "dotover": "./"}.get(b.kind, sign)
    return inference.tree.error(
        f"the operands of {sign} differ in size: {described(inference, a)}, {described(inference, b)}{hint}",
        a, b,
    )  # fmt: skip


def _scalar_in_sum(inference: Inference, a: Item, b: Item, first: bool) -> FormulaError:
    scalar, other = (a, b) if first else (b, a)
    scalar = scalar.args[0] if scalar.kind == "neg" else scalar
    c = inference.tree.text(scalar)
    sign, right = ("-", b.args[0]) if b.kind == "neg" else ("+", b)
    short = f"{inference.tree.text(a)} .{sign} {inference.tree.text(right)}"
    square = _may_be_equal(other.rows, other.cols)
    if scalar.kind in ("sum", "product", "hadamard", "left", "neg") and not scalar.grouped:
        c = f"({c})"
    times = "" if c == "1" else f"{c}*"
    rows, cols = size_text(inference, other.rows), size_text(inference, other.cols)
    diagonal = f", or {times}eye({rows}) (on the diagonal)" if square else ""
    kind = "vector" if cols == "1" else "matrix" if rows != "1" else f"matrix(1, {cols})"
    meant = f"if {c} is meant as a {kind.partition('(')[0]}, declare {c}: {kind}; otherwise "
    return inference.tree.error(
        f"a scalar and something of size {size_text(inference, other.rows, other.cols)} cannot be added as they stand: "
        f"{meant * bool(_guessed(inference, scalar))}write {times}ones({rows},{cols}) or {short} (to every entry)"
        f"{diagonal}",
        a, b,
    )  # fmt: skip


def square(inference: Inference, item: Item, what: str, instead: str = "") -> FormulaError:
    vector = instead and item.kind != "name" and 1 in (item.rows, item.cols)  # whose names are vectors for good
    hint = "" if vector else _differ(inference, item.rows, item.cols)
    return inference.tree.error(
        f"{what} needs a square matrix: {described(inference, item)}{hint}{instead and '; ' + instead}", item
    )


def kind(inference: Inference, item: Item, what: str, needed: str, *sides: Side) -> FormulaError:
    """'softmax needs a column vector here: A is m×n'"""
    hint = _side_of_one(inference, sides[0], 1) if sides else ""
    turned = "a column" if item.rows == 1 else "a row" if item.cols == 1 else "neither"
    if needed.startswith(turned):
        hint = f"; transpose it: {_transposed(inference, item)}"
    return inference.tree.error(f"{what} needs {needed} here: {described(inference, item)}{hint}", item)


def mismatch(inference: Inference, item: Item, what: str, a: Side, b: Side) -> FormulaError:
    """Any other two sides that must be equal and are not."""
    hint = _differ(inference, a, b)
    shown = ", ".join(described(inference, arg) for arg in item.args if arg.kind not in ("string", "size", "letter"))
    size, wanted = size_text(inference, a), size_text(inference, b)
    untold = sorted(names_of(_known(a)) | names_of(_known(b)))
    untold = [name for name in untold if name in inference.inferred]
    if untold and not hint:
        hint = f"; nothing tells {' and '.join(untold)}: declare the sizes of the variables"
    return inference.tree.error(
        f"the sizes in {what} do not fit: {shown}; {size} stands where {wanted} is needed{hint}", item
    )


def index(inference: Inference, item: Item, name: str, before: Side, now: Side, behind: Item | None) -> FormulaError:
    """An index that cannot run over a side, or not over one of another length."""
    base = item.args[0]
    shown = described(inference, base)
    if behind is None or find(now) == 1:
        kind = "vector" if base.rows == 1 and base.cols == 1 else "matrix"
        what = inference.tree.text(base)
        hint = f"; if {what} is meant as a {kind}, declare {what}: {kind}" if base.kind == "name" else ""
        return inference.tree.error(f"{name} cannot run over a side of 1: {shown}{hint}", item)
    hint = _differ(inference, before, now)
    sizes = size_text(inference, before), size_text(inference, now)
    return inference.tree.error(
        f"{name} runs to {sizes[0]} in {inference.tree.text(behind)} and to {sizes[1]} here: {shown}{hint}", item
    )
