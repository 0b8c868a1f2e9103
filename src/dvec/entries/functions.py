"""The entrywise functions of the language as SymPy's: one row each, for typed text and for the bridge.

May import SymPy.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dvec.entries.symbolic import sp

ENTRYWISE: dict[str, Callable[[Any], Any]] = {
    "exp": sp.exp,
    "log": sp.log,
    "sqrt": sp.sqrt,
    "sin": sp.sin,
    "cos": sp.cos,
    "tan": sp.tan,
    "asin": sp.asin,
    "acos": sp.acos,
    "atan": sp.atan,
    "sinh": sp.sinh,
    "cosh": sp.cosh,
    "tanh": sp.tanh,
    "abs": sp.Abs,
    "sign": sp.sign,
    "relu": lambda x: sp.Max(x, 0),
    "step": sp.Heaviside,
    "sigmoid": lambda x: 1 / (1 + sp.exp(-x)),
    "softplus": lambda x: sp.log(1 + sp.exp(x)),
    "erf": sp.erf,
    "conj": sp.conjugate,
}
"""Name → function of one scalar. `step` is 1/2 at 0, as in the rest of dvec."""
