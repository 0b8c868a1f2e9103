"""Arrays in and out: what may be given for a variable, and the sizes that follow from it.

May import core, names, the prelude and NumPy.
"""
# pyright: reportPrivateUsage=false
# The prelude's names begin with an underscore because generated modules carry them, where users' names must not clash.

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from functools import cache
from math import lcm, prod
from typing import Any, NamedTuple

import numpy as np

from dvec.core.errors import DataError
from dvec.core.node import Node
from dvec.core.sizes import AnySize, Size, names_of, size_value
from dvec.evaluation import prelude
from dvec.evaluation.names import is_composite, kind, relations

Array = Any  # NumPy's stubs say too little of 2-D arrays of unknown type
Sizes = dict[str, tuple[int, str]]  # the prelude's table: values, and where they come from


class Bound(NamedTuple):
    """Numbers for the variables of a formula (2-D arrays, or NumPy scalars), sizes and index symbols."""

    arrays: dict[str, Any]
    sizes: dict[str, int]
    indices: dict[str, int]


def bind(
    variables: Iterable[Node], needed: Iterable[str], symbols: Mapping[str, Sequence[AnySize]],
    values: Mapping[str, Any], sizes: Mapping[str, int] | None = None,
) -> Bound:  # fmt: skip
    """Numbers for variables, for the sizes named in `needed`, and for index symbols (each with the sizes it must fit).

    A name in `values` is a variable's, else a size's, else an index symbol's. Raises `DataError` in a sentence.
    """
    return Binder(variables, needed, symbols)(values, sizes)


class Binder:
    """Binds arguments; what can be said without them is prepared once. Variables named in `optional` may be missing."""

    def __init__(
        self, variables: Iterable[Node], needed: Iterable[str], symbols: Mapping[str, Sequence[AnySize]],
        optional: Container[str] = (),
    ) -> None:  # fmt: skip
        self.nodes = {node.params[0]: node for node in variables}
        self.needed = sorted(needed)
        self.symbols = symbols
        self.required = [name for name in self.nodes if name not in optional]
        self.sides = {name: tuple(_side(size) for size in node.size) for name, node in self.nodes.items()}
        names = {name for node in self.nodes.values() for size in node.size for name in names_of(size)}
        self.size_names = sorted((names | set(needed)) - self.nodes.keys())
        self.composite = {str(size) for node in self.nodes.values() for size in node.size if is_composite(size)}

    def __call__(
        self,
        values: Mapping[str, Any],
        sizes: Mapping[str, int] | None = None,
        indices: Mapping[str, Any] | None = None,
    ) -> Bound:
        """The numbers; `sizes` and `indices` hold what is known to be one."""
        if missing := [f"{name} ({kind(self.nodes[name])})" for name in self.required if name not in values]:
            raise DataError(f"no value is given for {', '.join(missing)}")
        known: Sizes = {name: (prelude._count(name, value), "") for name, value in (sizes or {}).items()}
        for name in self.size_names:
            if name in values and name not in known and _single(values[name]):
                known[name] = prelude._count(name, values[name]), ""
        arrays = {name: self._array(name, values[name], known) for name in self.nodes if name in values}
        if self.composite:
            for size in relations([self.nodes[name] for name in arrays], known):
                prelude._relate(known, str(size), sorted(size.names), size_function(size))
        solved = {name: value for name, (value, _) in known.items() if name not in self.composite}
        for name in self.needed:
            if name not in solved:
                raise DataError(f"the size {name} is not known: give it by name, as in {{'{name}': 3}}")
        chosen = {name: values[name] for name in self.symbols if name in values and name not in self.nodes}
        chosen |= indices or {}
        at = {symbol: _index(symbol, of, chosen, solved) for symbol, sides in self.symbols.items() for of in sides}
        return Bound(arrays, solved, at)

    def _array(self, name: str, value: Any, known: Sizes) -> Any:
        node = self.nodes[name]
        if node.scalar:
            return prelude._scalar(name, value, not node.complex)
        return prelude._array(name, value, kind(node), self.sides[name], known, not node.complex)


def _single(value: Any) -> bool:
    return not isinstance(value, list | tuple) and np.ndim(value) == 0


def _side(size: AnySize) -> int | str:
    return size if isinstance(size, int) else str(size)


@cache
def size_function(size: Size) -> Callable[..., float]:
    """A size as a function of its names."""
    divisor = lcm(*(factor.denominator for _, factor in size.terms))
    terms = [(int(factor * divisor), monomial) for monomial, factor in size.terms]

    def value(**names: int) -> float:
        return sum(factor * prod(names[name] for name in monomial) for factor, monomial in terms) / divisor

    return value


def _index(symbol: str, size: AnySize, chosen: Mapping[str, Any], sizes: Mapping[str, int]) -> int:
    if symbol not in chosen:
        raise DataError(f"no value is given for the index {symbol}, a number from 1 to {size}")
    return prelude._index(symbol, chosen[symbol], str(size), size_value(size, sizes))


def result(value: Any, node: Node) -> Any:
    """A value as users get it: a float, a 1-D array for a column, else a 2-D array; arrays may be written to."""
    if node.scalar:
        number = np.asarray(value).reshape(-1)[0]
        return complex(number) if np.iscomplexobj(number) else float(number)
    array = value[:, 0] if node.cols == 1 else value
    return array if array.flags.writeable else array.copy()
