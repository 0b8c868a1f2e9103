"""THE TABLE: one module per family, one record per function of the language. Importing this room fills the table.

May import core.
"""

from dvec.core import algebra
from dvec.core.node import TABLE
from dvec.operations import constants, derivative, entrywise, matrix_functions, norms, reductions, structure

__all__ = [
    "TABLE",
    "algebra",
    "constants",
    "derivative",
    "entrywise",
    "matrix_functions",
    "norms",
    "reductions",
    "structure",
]
