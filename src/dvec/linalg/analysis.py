"""`analyze`: one matrix in, everything about it out.

May import NumPy, SciPy, and this room's checks, dense and sparse facts and report.
"""

from typing import Any

import scipy.sparse as sps

from dvec.linalg._checks import MAX_DENSIFY, as_matrix, as_matrix_or_sparse
from dvec.linalg.dense_facts import dense_report
from dvec.linalg.report import MatrixReport, Progress, Silent
from dvec.linalg.sparse_facts import sparse_report


def analyze(A: Any, progress: Progress | None = None) -> MatrixReport:
    """Everything about one matrix A (m×n, real or complex, dense or SciPy sparse), with the reasons.

    Rank, trace, determinant, eigenvalues, singular values, definiteness, norms, condition, symmetries, and which
    inverse there is; `.text` and `.html` explain each verdict with its numbers and tolerance. Dense: singular values
    by gesdd, or for a Hermitian matrix the moduli of its eigenvalues; eigenvectors above n = 500 when they are asked
    for. Sparse of more than 4 million entries: exact what needs one pass, extreme singular values by Lanczos, the rest
    estimated and marked so, or left out with the reason; smaller ones are analysed as dense. `progress` is told of
    each step. Raises ValueError for what is not a finite matrix. Source: Golub & Van Loan, Matrix Computations (2013).

    >>> report = analyze([[2, 1], [1, 2]])
    >>> report.rank, str(report.definiteness), report.inverse_kind
    (2, 'positive definite', 'inverse')
    """
    shown = Silent() if progress is None else progress
    if sps.issparse(A):
        sparse = as_matrix_or_sparse(A)
        if sparse.shape[0] * sparse.shape[1] > MAX_DENSIFY:
            return sparse_report(sparse, shown)
        return dense_report(sparse.toarray(), shown)
    return dense_report(as_matrix(A), shown)
