"""The numeric matrix toolbox: products, inverses, updates, norms, definiteness, and a report on any matrix.

May import NumPy and SciPy; SymPy, matplotlib and rich where a function needs them; nothing of the other rooms.
"""

from dvec.linalg.adaptive import InverseCorrelation, RLSFilter
from dvec.linalg.analysis import analyze
from dvec.linalg.definiteness import Definiteness, definiteness, quadratic_form, symmetric_matrix
from dvec.linalg.entrywise_operators import HadamardOperator, KhatriRaoOperator
from dvec.linalg.inverses import (
    PenroseResiduals,
    is_projector,
    least_squares,
    left_inverse,
    matrix_of,
    minimum_norm,
    penrose_residuals,
    pinv,
    projector,
    right_inverse,
)
from dvec.linalg.norms import NormEstimate, entrywise_norm, induced_norm
from dvec.linalg.operators import DirectSumOperator, KroneckerOperator, StructuredOperator
from dvec.linalg.products import direct_sum, hadamard, khatri_rao, kron, kron_left
from dvec.linalg.report import Call, Finding, MatrixReport, Progress
from dvec.linalg.tensors import fold, mode_product, unfold
from dvec.linalg.updates import inverse_update, woodbury
from dvec.linalg.vectorization import (
    commutation_matrix,
    duplication_matrix,
    elimination_matrix,
    rvec,
    unvec,
    vec,
    vech,
)
from dvec.linalg.views import ProductViews, explain_product

__all__ = [
    "Call",
    "Definiteness",
    "DirectSumOperator",
    "Finding",
    "HadamardOperator",
    "InverseCorrelation",
    "KhatriRaoOperator",
    "KroneckerOperator",
    "MatrixReport",
    "NormEstimate",
    "PenroseResiduals",
    "ProductViews",
    "Progress",
    "RLSFilter",
    "StructuredOperator",
    "analyze",
    "commutation_matrix",
    "definiteness",
    "direct_sum",
    "duplication_matrix",
    "elimination_matrix",
    "entrywise_norm",
    "explain_product",
    "fold",
    "hadamard",
    "induced_norm",
    "inverse_update",
    "is_projector",
    "khatri_rao",
    "kron",
    "kron_left",
    "least_squares",
    "left_inverse",
    "matrix_of",
    "minimum_norm",
    "mode_product",
    "penrose_residuals",
    "pinv",
    "projector",
    "quadratic_form",
    "right_inverse",
    "rvec",
    "symmetric_matrix",
    "unfold",
    "unvec",
    "vec",
    "vech",
    "woodbury",
]
