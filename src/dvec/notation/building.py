"""The third phase of parsing: typed nodes, arguments before what is made of them.

May import core and operations. Nothing is simplified here, but what a scalar makes trivial is not built.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise

from dvec.core.algebra import ADD, EYE, HADAMARD, ONE, POWER, PRODUCT, TRANSPOSE, conj, ones
from dvec.core.errors import FormulaError, Span
from dvec.core.node import CONSTANT, LONGEST_NUMBER, MOST_BITS, TABLE, Node, constant, make
from dvec.core.sizes import AnySize, Size
from dvec.notation import index_sums
from dvec.notation.tree import Item, Tree
from dvec.notation.unification import find
from dvec.operations import constants, matrix_functions

_MINUS_ONE = constant(-1)


class _PieceError(Exception):
    """What is wrong with one piece; its place is added where the pieces are walked through."""


def build(tree: Tree, variables: dict[str, Node]) -> list[Node]:
    """The nodes of a tree's roots; every side must have been found."""
    item = tree.roots[0]
    try:
        for item in tree.items:
            if type(item.rows) is not int:
                item.rows = find(item.rows)
            if type(item.cols) is not int:
                item.cols = find(item.cols)
            kind = item.kind
            if kind == "name":
                item.node = variables[item.value]
            elif kind == "call":
                item.node = item.value.build(item)
            elif kind != "size":
                item.node = _BUILDERS[kind](item)
    except _PieceError as trouble:
        raise tree.error(str(trouble), item) from None
    except FormulaError as error:
        raise error.at(tree.source, Span(item.start, item.end)) from None
    return [root.node for root in tree.roots]


# ---------------------------------------------------------------- leaves


def _number(item: Item) -> Node:
    return constant(item.value)


def _imaginary(item: Item) -> Node:
    unit = TABLE.get("1i")
    if unit is None:
        raise _PieceError("the imaginary unit is not built yet")
    one = make(unit)
    return one if item.value == 1 else make(PRODUCT, (constant(item.value), one))


def _pi(item: Item) -> Node:
    return make(constants.PI)


def _identity(item: Item) -> Node:
    return make(EYE, (), (item.rows,))


def _part(item: Item) -> Node:
    return item.args[0].node


# ---------------------------------------------------------------- sums and products


def _sum(item: Item) -> Node:
    return make(ADD, tuple([arg.node for arg in item.args]), (), (item.rows, item.cols))


def _negative(item: Item) -> Node:
    """-C is the product of -1 and C, a number its negative."""
    arg = item.args[0]
    node = arg.node
    if node.op is CONSTANT:
        return constant(-node.params[0])
    factors = (node,)
    if node.op is PRODUCT and arg.kind == "product" and not arg.grouped:
        factors = node.args
        if factors[0].op is CONSTANT:
            return make(PRODUCT, (constant(-factors[0].params[0]), *factors[1:]), (), (item.rows, item.cols))
    return make(PRODUCT, (_MINUS_ONE, *factors), (), (item.rows, item.cols))


def _reciprocal(node: Node) -> Node:
    if node.op is CONSTANT:
        value = node.params[0]
        if not value:
            raise _PieceError("division by zero")
        return constant(1 / value)
    return make(POWER, (node, _MINUS_ONE), (), (node.rows, node.cols))


def _over(item: Item) -> Node:
    node = item.args[0].node
    return _reciprocal(node) if node.scalar else make(matrix_functions.INVERSE, (node,), (), (node.rows, node.cols))


def _over_entries(item: Item) -> Node:
    return _reciprocal(item.args[0].node)


def _flat(args: list[Item]) -> list[Node]:
    """The factors of a chain: signs in front of a factor apart, quotients of numbers as one number."""
    factors: list[Node] = []
    for arg in args:
        node = arg.node
        if arg.kind == "neg" and not arg.grouped and node.op is PRODUCT:
            factors += node.args
        elif arg.kind in ("over", "dotover") and factors and factors[-1].op is CONSTANT:
            if node.op is CONSTANT:
                factors[-1] = constant(factors[-1].params[0] * node.params[0])
            elif factors[-1] is ONE:
                factors[-1] = node
            else:
                factors.append(node)
        else:
            factors.append(node)
    return factors


def _product(item: Item) -> Node:
    splits = item.value
    if not splits:
        return _times(_flat(item.args), item.rows, item.cols)
    # A piece such as x'*y that is complete before the chain goes on is a factor of its own.
    borders = [0, *splits, len(item.args)]
    pieces: list[Node] = []
    for start, end in pairwise(borders):
        part = _flat(item.args[start:end])
        if end == len(item.args):
            pieces += part
        else:
            pieces += [node for node in part if node.scalar]
            pieces.append(_times([node for node in part if not node.scalar], 1, 1))
    return _times(pieces, item.rows, item.cols)


def _times(factors: list[Node], rows: AnySize, cols: AnySize) -> Node:
    return factors[0] if len(factors) == 1 else make(PRODUCT, tuple(factors), (), (rows, cols))


def _hadamard(item: Item) -> Node:
    """Scalars scale, in front; the rest is multiplied entry by entry."""
    if item.rows == 1 and item.cols == 1:
        return _times(_flat(item.args), 1, 1)
    factors = _flat(item.args)
    scalars = [node for node in factors if node.scalar]
    matrices = [node for node in factors if not node.scalar]
    size = (item.rows, item.cols)
    entrywise = matrices[0] if len(matrices) == 1 else make(HADAMARD, tuple(matrices), (), size)
    return make(PRODUCT, (*scalars, entrywise), (), size) if scalars else entrywise


def _spread(item: Item) -> Node:
    """A .+ c adds c to every entry."""
    size = (item.rows, item.cols)
    return make(ADD, tuple([_everywhere(arg.node, *size) for arg in item.args]), (), size)


def _everywhere(node: Node, rows: AnySize, cols: AnySize) -> Node:
    if not node.scalar or (rows == 1 and cols == 1):
        return node
    return ones(rows, cols) if node is ONE else make(PRODUCT, (node, ones(rows, cols)), (), (rows, cols))


def _left_division(item: Item) -> Node:
    a, b = item.args[0].node, item.args[1].node
    return make(PRODUCT, (_over(item), b), (), (item.rows, item.cols)) if b is not ONE else _reciprocal(a)


# ---------------------------------------------------------------- powers, transposes, indices


def _transpose(node: Node) -> Node:
    return node if node.scalar else make(TRANSPOSE, (node,), (), (node.cols, node.rows))


def _postfix(item: Item) -> Node:
    node, sign = item.args[0].node, item.value
    if sign == "'" and node.complex:
        raise _PieceError(
            "' on something complex has two meanings: write ^H (Hermitian transpose) or ^T (transpose only)"
        )
    if sign == "+":
        return make(matrix_functions.PSEUDOINVERSE, (node,), (), (item.rows, item.cols))
    if sign[0] == "-":
        node = _reciprocal(node) if node.scalar else make(matrix_functions.INVERSE, (node,), (), node.size)
    return _transpose(conj(node) if sign[-1] == "H" else node)


def _power(item: Item) -> Node:
    base, exponent = item.args[0].node, item.args[1].node
    if base.scalar:
        _refuse_huge(base, exponent)
        return make(POWER, (base, exponent), (), (1, 1))
    if exponent.op is CONSTANT:
        value: Fraction = exponent.params[0]
        if value == -1:
            return make(matrix_functions.INVERSE, (base,), (), base.size)
        if value.denominator != 1:
            raise _PieceError(
                "a matrix power has a whole exponent; sqrtm(A) is the square root, A.^p the power entry by entry"
            )
    return make(matrix_functions.MATRIX_POWER, (base, exponent), (), base.size)


def _entrywise_power(item: Item) -> Node:
    base, exponent = item.args[0].node, item.args[1].node
    if base.scalar and not exponent.scalar:
        base = _everywhere(base, item.rows, item.cols)
    _refuse_huge(base, exponent)
    return make(POWER, (base, exponent), (), (item.rows, item.cols))


def _refuse_huge(base: Node, exponent: Node) -> None:
    """Refuses numbers that nobody could work with exactly, such as 9^(9^9)."""
    if exponent.op is CONSTANT and exponent.params[0].numerator.bit_length() > 64:
        raise _PieceError("an exponent of more than 19 digits is not worked with")
    if base.op is not CONSTANT or exponent.op is not CONSTANT:
        return
    value, power = base.params[0], exponent.params[0]
    bits = max(value.numerator.bit_length(), value.denominator.bit_length())
    if bits > 1 and bits * abs(power) > MOST_BITS:
        raise _PieceError(f"a number of more than {LONGEST_NUMBER:,} digits is not worked with")
    if not value and power < 0:
        raise _PieceError("division by zero")


def _index(item: Item) -> Node:
    """X[i,j] is e_i' * X * e_j with unit vectors; of an identity they alone."""
    base = item.args[0].node
    row, column = item.value
    if base.op is EYE and (row == ":") != (column == ":"):
        return _unit(item, base.rows, column) if row == ":" else _transpose(_unit(item, base.rows, row))
    factors = [base]
    if row != ":":
        factors.insert(0, _transpose(_unit(item, base.rows, row)))
    if column != ":":
        factors.append(_unit(item, base.cols, column))
    return _times([node for node in factors if node is not ONE] or [ONE], item.rows, item.cols)


def _unit(item: Item, size: AnySize, entry: str | index_sums.BoundIndex) -> Node:
    if isinstance(entry, index_sums.BoundIndex):
        entry.size = size
        return make(constants.UNIT, (), (size, entry), (size, 1))
    if not entry.isdigit():
        return constants.unit(size, entry)
    if not isinstance(size, Size) and int(entry) > size:
        raise _PieceError(f"the index {entry} is too large: there are only {size}")
    return constants.unit(size, int(entry))


_BUILDERS: dict[str, Callable[[Item], Node]] = {
    "number": _number, "imaginary": _imaginary, "pi": _pi, "I": _identity, "part": _part, "sum": _sum, "neg": _negative,
    "over": _over, "dotover": _over_entries, "product": _product, "hadamard": _hadamard, "spread": _spread,
    "left": _left_division, "postfix": _postfix, "power": _power, "dotpower": _entrywise_power, "index": _index,
    "binder": index_sums.build,
}  # fmt: skip
