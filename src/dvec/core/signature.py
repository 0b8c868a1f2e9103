"""The size rule of an operation, written as an einsum-like string: "ij,jk->ik", "nn->11", "m,n;(mn)1->mn".

One string serves the constructor, the size inference of the parser and, for multilinear operations, the value.
May import nothing of dvec but errors and sizes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from dvec.core.errors import FormulaError
from dvec.core.sizes import AnySize

Shape = tuple[AnySize, AnySize]
_DIMENSION = re.compile(r"\(([a-z]+(?:\+[a-z]+)*)\)|([a-z1])")


@dataclass(frozen=True)
class Dimension:
    """One side of a matrix: letters multiplied (`joint="*"`), added (`"+"`), or the number 1 (no letters)."""

    letters: tuple[str, ...]
    joint: str = "*"

    def value(self, bound: dict[str, AnySize]) -> AnySize:
        total: AnySize = 0 if self.joint == "+" else 1
        for letter in self.letters:
            total = total + bound[letter] if self.joint == "+" else total * bound[letter]
        return total


def _sides(text: str) -> tuple[Dimension, Dimension]:
    found: list[Dimension] = []
    for group, single in _DIMENSION.findall(text):
        if single == "1":
            found.append(Dimension(()))
        elif single:
            found.append(Dimension((single,)))
        elif "+" in group:
            found.append(Dimension(tuple(group.split("+")), "+"))
        else:
            found.append(Dimension(tuple(group)))
    if len(found) != 2:
        raise AssertionError(f"a matrix has two sides, {text!r} has {len(found)}")
    return found[0], found[1]


@dataclass(frozen=True, eq=False)
class Signature:
    """`text` is "parameters; inputs -> output", the parameters being sizes (eye's n), left out where there are none."""

    text: str

    @cached_property
    def _parts(self) -> tuple[tuple[str, ...], tuple[tuple[Dimension, Dimension], ...], tuple[Dimension, Dimension]]:
        head, _, tail = self.text.rpartition(";")
        inputs, _, output = tail.partition("->")
        sides = tuple(_sides(part) for part in inputs.split(",")) if inputs else ()
        return tuple(p for p in head.split(",") if p), sides, _sides(output)

    @property
    def parameters(self) -> tuple[str, ...]:
        return self._parts[0]

    @property
    def inputs(self) -> tuple[tuple[Dimension, Dimension], ...]:
        return self._parts[1]

    @property
    def output(self) -> tuple[Dimension, Dimension]:
        return self._parts[2]

    @lru_cache(maxsize=4096)  # noqa: B019  (signatures live as long as the table; formulas ask for the same few shapes)
    def shape(self, name: str, parameters: tuple[AnySize, ...], shapes: tuple[Shape, ...]) -> Shape:
        """The size of the result; a `FormulaError` names the sizes that do not fit."""
        bound = dict(zip(self.parameters, parameters, strict=False))
        for position, (sides, shape) in enumerate(zip(self.inputs, shapes, strict=True)):
            for side, size in zip(sides, shape, strict=True):
                if len(side.letters) == 1 and side.letters[0] not in bound:
                    bound[side.letters[0]] = size
                elif (wanted := side.value(bound)) != size:
                    raise FormulaError(self._complaint(name, position, shapes, wanted, size))
        return self.output[0].value(bound), self.output[1].value(bound)

    def _complaint(self, name: str, position: int, shapes: Sequence[Shape], wanted: AnySize, size: AnySize) -> str:
        given = " and ".join(f"{rows}×{cols}" for rows, cols in shapes)
        rows, cols = self.inputs[position]
        if rows == cols and len(self.inputs) == 1 and len(rows.letters) == 1:
            return f"{name} needs a square matrix, this one is {given}"
        if not rows.letters or not cols.letters:
            kind = "a scalar" if rows == cols else "a column vector" if not cols.letters else "a row vector"
            return f"{name} needs {kind} here, this is {shapes[position][0]}×{shapes[position][1]}"
        return f"the sizes in {name} do not fit: {given} ({size} stands where {wanted} is needed)"
