"""A derivative inside a formula, diff(F, X): a node that calculus expands on demand.

May import core.
"""

from collections.abc import Sequence
from typing import Any

from dvec.core.errors import FormulaError
from dvec.core.layouts import pattern_of
from dvec.core.node import VARIABLE, Node, Op
from dvec.core.signature import Shape, Signature


def _shape(args: Sequence[Node], params: tuple[Any, ...]) -> Shape:
    if args[1].op is not VARIABLE:
        raise FormulaError("a derivative is taken by a variable: diff(F, X)")
    return pattern_of(params[0], args[0].size, args[1].size).shape(args[0].size, args[1].size)


# d(F) in the steps of a derivation, before it is worked out; nobody can type it.
DIFFERENTIAL = Op("d", Signature("mn->mn"), latex=r"\mathrm{{d}}({0})", unicode="d({0})", refusal="expand it first")
DERIVATIVE = Op("diff", names=("layout",), shape=_shape, text="diff({0}, {1}, '{layout}')", refusal="expand it first")
