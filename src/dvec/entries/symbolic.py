"""SymPy, loaded with this room and not before; it has no type stubs, so its types are names for the reader only.

May import nothing of dvec.
"""

from importlib import import_module
from typing import Any, TypeAlias

Expr: TypeAlias = Any
Symbol: TypeAlias = Any
Matrix: TypeAlias = Any

try:
    sp: Any = import_module("sympy")
    mpmath: Any = import_module("mpmath")  # comes with SymPy
except ModuleNotFoundError as missing:
    raise ModuleNotFoundError("dvec.entries works with SymPy: pip install 'dvec[entries]'", name="sympy") from missing
