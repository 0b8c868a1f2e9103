"""From an abstract formula at concrete sizes to explicit entries: the strongest check on everything abstract.

May import core, operations and the rest of this room.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import Any

from dvec.core.errors import FormulaError
from dvec.core.node import CONSTANT, VARIABLE, Node, postorder
from dvec.core.properties import Properties
from dvec.core.signature import Signature
from dvec.core.sizes import Size, size_value
from dvec.entries.bridge_rules import RULES, Call
from dvec.entries.functions import ENTRYWISE
from dvec.entries.indices import contract
from dvec.entries.reading import Explicit
from dvec.entries.symbolic import Expr, Matrix, sp


def entries_of(node: Node, sizes: Mapping[str, int], structured: bool = True) -> Matrix:
    """A formula as a SymPy matrix, with whole numbers for its sizes (and for index symbols, if it has any).

    The entry (i,j) of a matrix X becomes the symbol X_i_j, of a column x the symbol x_i; a scalar keeps its name.
    Declared structure is respected: a symmetric matrix shares symbols, a triangular one has zeros, and so on; with
    `structured=False` every entry is a symbol of its own. Properties that no pattern of entries can express
    (orthogonal, definite, invertible, of full rank) are left to the reader.

    >>> from dvec.core.node import variable
    >>> from dvec.entries import entries_of
    >>> X = variable("X", 2, 2, ["symmetric"])
    >>> entries_of(X @ X, {})
    Matrix([
    [      X_1_1**2 + X_1_2**2, X_1_1*X_1_2 + X_1_2*X_2_2],
    [X_1_1*X_1_2 + X_1_2*X_2_2,       X_1_2**2 + X_2_2**2]])

    Raises `DataError` for a size without a value and `FormulaError` for what has no explicit entries.
    Source: the definitions of the operations; Magnus & Neudecker, Matrix Differential Calculus, ch. 1-3.
    """
    _refuse_shared_names(node, sizes)
    values: dict[Node, Explicit] = {}
    for current in postorder(node):
        values[current] = _value(current, [values[a] for a in current.args], sizes, structured)
    return values[node].matrix


def symbols_of(variable: Node, sizes: Mapping[str, int], structured: bool = False) -> Matrix:
    """The matrix of symbols that stands for a variable in `entries_of`, by default each entry a symbol of its own.

    >>> from dvec.core.node import variable
    >>> from dvec.entries import symbols_of
    >>> symbols_of(variable("X", 2, 2), {})
    Matrix([
    [X_1_1, X_1_2],
    [X_2_1, X_2_2]])

    Source: a matter of names.
    """
    assert variable.op is VARIABLE
    return _variable(variable, sizes, structured).matrix


def _value(node: Node, args: list[Explicit], sizes: Mapping[str, int], structured: bool) -> Explicit:
    if node.op is VARIABLE:
        return _variable(node, sizes, structured)
    if node.op is CONSTANT:
        return Explicit(1, 1, (sp.Rational(node.params[0].numerator, node.params[0].denominator),))
    shape = size_value(node.rows, sizes), size_value(node.cols, sizes)
    call = Call(args, _numbers(node.params, sizes), shape, sizes, any(a.complex for a in node.args))
    if node.op in RULES:
        return RULES[node.op](call)
    if node.op.derivative is not None:
        function = ENTRYWISE[node.op.name]
        return Explicit(*shape, tuple(function(e) for e in args[0].flat))
    if node.op.einsum is None:
        raise FormulaError(f"{node.op.name} has no explicit entries")
    return contract(Signature(node.op.einsum), args, call.params, shape)


def _numbers(params: tuple[Any, ...], sizes: Mapping[str, int]) -> tuple[Any, ...]:
    """Parameters with their sizes worked out, in nested tuples too."""
    found: list[Any] = []
    for param in params:
        if isinstance(param, tuple):
            found.append(_numbers(param, sizes))  # pyright: ignore[reportUnknownArgumentType]
        else:
            found.append(size_value(param, sizes) if isinstance(param, Size) else param)
    return tuple(found)


# ------------------------------------------------------------------ variables


def _variable(node: Node, sizes: Mapping[str, int], structured: bool) -> Explicit:
    name, properties = node.params[0], node.params[3]
    rows, cols = size_value(node.rows, sizes), size_value(node.cols, sizes)
    if rows == cols == 1:
        return Explicit(1, 1, (sp.Symbol(name, **({"complex": True} if "complex" in properties else {})),))
    kept = properties if structured else properties & {"complex"}
    places = product(range(1, rows + 1), range(1, cols + 1))
    return Explicit(rows, cols, tuple(_entry(name, (rows, cols), place, kept) for place in places))


def _entry(name: str, shape: tuple[int, int], place: tuple[int, int], properties: Properties) -> Expr:
    """The symbol of one entry: the one that the declared structure ties it to, its negative or conjugate, or 0."""
    i, j = place
    if ("lower triangular" in properties and j > i) or ("upper triangular" in properties and i > j):
        return sp.S.Zero
    if "skew" in properties and (i == j or "symmetric" in properties):
        return sp.S.Zero
    below = i > j and not {"symmetric", "hermitian", "skew"}.isdisjoint(properties)
    place = (j, i) if below else (i, j)
    if "toeplitz" in properties:
        first = min(place) - 1
        place = place[0] - first, place[1] - first
    assumed = {"complex": True} if "complex" in properties else {}
    if "hermitian" in properties and i == j:
        assumed = {"real": True}
    symbol = sp.Symbol(symbol_name(name, shape, place), **assumed)
    if not below or "symmetric" in properties:
        return symbol
    return -symbol if "skew" in properties else sp.conjugate(symbol)


def symbol_name(name: str, shape: tuple[int, int], place: tuple[int, int]) -> str:
    """X_1_2 for an entry of a matrix or row, x_2 for one of a column, counted from 1."""
    return f"{name}_{place[0]}" if shape[1] == 1 else f"{name}_{place[0]}_{place[1]}"


def _refuse_shared_names(node: Node, sizes: Mapping[str, int]) -> None:
    """A column X_1 and a matrix X both want the symbol X_1_1's kin: two meanings of one symbol are refused."""
    owner: dict[str, str] = {}
    for variable in postorder(node):
        if variable.op is VARIABLE:
            for symbol in _variable(variable, sizes, structured=False).flat:
                if owner.setdefault(symbol.name, variable.params[0]) != variable.params[0]:
                    raise FormulaError(
                        f"the symbol {symbol.name} would stand for entries of {owner[symbol.name]} and of "
                        f"{variable.params[0]}: rename one of these variables"
                    )
