"""Explicit matrices of scalar expressions, on SymPy: the fifteen rules of derivatives, integrals, Taylor, critical points.

May import core, operations, notation and SymPy, which is loaded with this room and not before.
"""

from dvec.entries.classify import CriticalPointKind, CriticalPoints, classify
from dvec.entries.derivatives import derivative, diff, gradient, hessian, jacobian, row_derivative
from dvec.entries.integrals import NoClosedForm, integrate
from dvec.entries.taylor import taylor

__all__ = [
    "CriticalPointKind",
    "CriticalPoints",
    "NoClosedForm",
    "classify",
    "derivative",
    "diff",
    "gradient",
    "hessian",
    "integrate",
    "jacobian",
    "row_derivative",
    "taylor",
]
