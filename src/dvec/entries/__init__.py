"""Explicit matrices of scalar expressions: the fifteen rules of derivatives, integrals, Taylor, critical points.

May import core, operations, notation and SymPy, which is loaded with this room and not before.
"""

from dvec.entries.bridge import entries_of, symbols_of
from dvec.entries.classify import CriticalPointKind, CriticalPoints, classify
from dvec.entries.derivatives import derivative, diff, gradient, hessian, jacobian, row_derivative
from dvec.entries.integrals import NoClosedForm, integrate
from dvec.entries.page import EntriesDerivative, explain
from dvec.entries.taylor import taylor

__all__ = [
    "CriticalPointKind",
    "CriticalPoints",
    "EntriesDerivative",
    "NoClosedForm",
    "classify",
    "derivative",
    "diff",
    "entries_of",
    "explain",
    "gradient",
    "hessian",
    "integrate",
    "jacobian",
    "row_derivative",
    "symbols_of",
    "taylor",
]
