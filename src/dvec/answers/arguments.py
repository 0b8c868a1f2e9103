"""What Python hands in: sizes, values by name, formulas put together by way of text.

May import every room but the faces and the rest of answers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from numbers import Integral
from typing import Any

from dvec.core.errors import DataError, FormulaError
from dvec.core.node import Node, substitute, variable
from dvec.core.sizes import AnySize, Size
from dvec.notation.declarations import Scope, sizes_of
from dvec.notation.parser import parse
from dvec.notation.reading import read_size
from dvec.notation.tokens import normal_name
from dvec.notation.tree import shortened
from dvec.notation.unification import bounded


def size_of(value: Any) -> AnySize:
    """A size: a whole number, one of `dvec.sizes`, or the text of one such as "n" or "m*n"."""
    size = read_size(value) if isinstance(value, str) else value
    if isinstance(size, Size):
        return bounded(size)
    if isinstance(size, bool) or not isinstance(size, Integral):
        raise FormulaError(f"a size is a whole number, or a name such as 'n', not {size!r}")
    if size < 1:
        raise FormulaError(f"a size is at least 1, not {size}")
    return bounded(int(size))


def named_values(values: Mapping[str, Any] | None, named: Mapping[str, Any]) -> dict[str, Any]:
    """Values by the names that the formula has for its variables: λ is lambda."""
    if values is not None and not isinstance(values, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise DataError(f"values are given by name, as in {{'x': …}}, not as {type(values).__name__}")
    found: dict[str, Any] = {}
    typed: dict[str, str] = {}
    for name, value in (values or {}).items():
        if not isinstance(name, str):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise DataError(f"values are given by name, and {name!r} is none")
        key = normal_name(name)
        if key in found:
            raise DataError(f"{typed[key]} and {name} are the same name, and a value is given for both")
        found[key], typed[key] = value, name
    return found | {normal_name(name): value for name, value in named.items()}


_STAND_IN = re.compile(r"\bArg(\d+)\b(['^\[]?)")


def written(text: str, operands: Mapping[int, Node], shown: Callable[[int], str]) -> Node:
    """The formula that a text stands for in which Arg0, Arg1, … stand for others.

    Complaints name what they stand for, as `shown` gives it, and have no caret: nobody typed this text.
    """
    stand_ins = {k: _stand_in(f"Arg{k}", node) for k, node in operands.items()}
    scope = Scope({node.params[0]: node for node in stand_ins.values()}, sizes_of(stand_ins.values()))
    try:
        node = parse(text, scope=scope).node
    except FormulaError as error:

        def named(found: re.Match[str]) -> str:
            operand = shortened(shown(int(found[1])))
            return f"({operand}){found[2]}" if found[2] and not operand.isidentifier() else operand + found[2]

        raise FormulaError(_STAND_IN.sub(named, error.message)) from None
    return substitute(node, {stand_ins[k]: node for k, node in operands.items()})


def _stand_in(name: str, node: Node) -> Node:
    return variable(name, node.rows, node.cols, node.properties | ({"complex"} if node.complex else set()))
