"""Steps of a numeric program, and the list that holds each of them once.

May import core.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, NamedTuple

from dvec.core.node import Node
from dvec.core.sizes import AnySize


class Index(NamedTuple):
    """An index parameter: a number or a symbol, counted from 1 as in formulas."""

    at: int | str


class Step(NamedTuple):
    """One step: a primitive of `templates.PRIMITIVES` or an operation of the table, on the results of earlier steps."""

    what: str
    args: tuple[int, ...]
    params: tuple[Any, ...]
    scalar: bool  # whether the result is a number; everything else is a 2-D array


class Program(NamedTuple):
    """Steps in order, where the roots' values stand, and where the value of a node stands if it has a step."""

    steps: list[Step]
    outputs: tuple[int, ...]
    position: dict[Node, int]
    roots: tuple[Node, ...]


class Steps:
    """The steps of a program in the making; equal steps are one step."""

    def __init__(self, sizes: Mapping[str, int]) -> None:
        self.listed: list[Step] = []
        self._place: dict[Step, int] = {}
        self._sizes = sizes

    def step(self, what: str, *args: int, params: tuple[Any, ...] = (), scalar: bool = False) -> int:
        new = Step(what, args, params, scalar)
        place = self._place.get(new)
        if place is None:
            place = self._place[new] = len(self.listed)
            self.listed.append(new)
        return place

    def scalar(self, *args: int) -> bool:
        return all(self.listed[arg].scalar for arg in args)

    def number(self, value: Fraction) -> int:
        return self.step("number", params=(value,), scalar=True)

    def transpose(self, arg: int) -> int:
        below = self.listed[arg]
        if below.scalar:
            return arg
        return below.args[0] if below.what == "transpose" else self.step("transpose", arg)

    def inverse(self, arg: int) -> int:
        below = self.listed[arg]
        return self.transpose(self.inverse(below.args[0])) if below.what == "transpose" else self.step("inv", arg)

    def times(self, left: int, right: int) -> int:
        """Entry by entry, or a number times anything."""
        return self.step("times", left, right, scalar=self.scalar(left, right))

    def divide(self, left: int, right: int) -> int:
        return self.step("divide", left, right, scalar=self.scalar(left, right))

    def corner(self, arg: int) -> int:
        """The only entry of a 1×1 array, as a number."""
        return self.step("corner", arg, scalar=True)

    def weight(self, size: AnySize) -> float:
        """What a size counts for in a cost; sizes that are not known are taken to be equal and large."""
        if isinstance(size, int):
            return float(size)
        total = 0.0
        for monomial, factor in size.terms:
            part = float(factor)
            for name in monomial:
                part *= self._sizes.get(name, 100)
            total += part
        return total
