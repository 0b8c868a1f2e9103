"""The facts about a dense matrix, each computed once, by the cheapest sound LAPACK routine.

May import NumPy, SciPy, and this room's checks, definiteness, norms, report and findings.
"""

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
import scipy.linalg as sla
from scipy.linalg import LinAlgError

from dvec.linalg._checks import Array, adjoint, epsilon
from dvec.linalg._factor import determinant_of, rank_tolerance
from dvec.linalg.definiteness import judge
from dvec.linalg.findings import dense_findings
from dvec.linalg.norms import entrywise_norm
from dvec.linalg.report import MatrixReport, Progress

Map: TypeAlias = Callable[[Array], Array]
_ROWS = 128

VECTORS_UP_TO = 500
"""Eigenvectors are computed with the report up to this n, above it when they are asked for."""


def dense_report(matrix: Array, progress: Progress) -> MatrixReport:
    """The report on a dense matrix; its time is that of the LAPACK calls it lists, and O(n²) besides."""
    report = MatrixReport(matrix, (int(matrix.shape[0]), int(matrix.shape[1])))
    _look(report, matrix)
    plan = _plan(report.shape, report.is_hermitian)
    if report.shape[0] == report.shape[1]:
        _square_facts(report, matrix, plan, progress)
    if report.singular_values is None:
        progress.step("singular values", plan["svd"])
        with report.timed("gesdd", "singular values"):
            report.singular_values = _svdvals(matrix)
    _rank_facts(report, matrix)
    progress.step("reasons", plan["rest"])
    report.findings = dense_findings(report, matrix)
    progress.done()
    return report


def _largest_difference(matrix: Array, other: Array) -> float:
    """The largest modulus in A − B, a few rows at a time: a transpose is read across its memory."""
    blocks = [np.abs(matrix[i : i + _ROWS] - other[i : i + _ROWS]).max() for i in range(0, len(matrix), _ROWS)]
    return float(max(blocks))


def _plan(shape: tuple[int, int], is_hermitian: bool) -> dict[str, float]:
    """The expected share of each step in the time, by operation counts (Golub & Van Loan 2013, sections 5.4, 7.5)."""
    if shape[0] != shape[1]:
        return {"lu": 0, "eig": 0, "part": 0, "svd": 0.95, "rest": 0.05}
    if is_hermitian:
        return {"lu": 0.2, "eig": 0.75, "part": 0, "svd": 0, "rest": 0.05}
    return {"lu": 0.02, "eig": 0.63, "part": 0.1, "svd": 0.2, "rest": 0.05}


def _look(report: MatrixReport, matrix: Array) -> None:
    """What needs only a look at the entries."""
    with np.errstate(over="ignore"):
        moduli = np.abs(matrix)
        report.norms = {
            "1": float(moduli.sum(axis=0).max()),
            "inf": float(moduli.sum(axis=1).max()),
            "fro": entrywise_norm(matrix, 2),
            "max": float(moduli.max()),
        }
    if matrix.shape[0] != matrix.shape[1]:
        report.omitted |= dict.fromkeys(
            ("trace", "determinant", "eigenvalues", "eigenvectors", "definiteness"), "the matrix is not square"
        )
        return
    report.trace = np.trace(matrix).item()
    allowed = rank_tolerance(matrix.shape, epsilon(matrix)) * report.norms["max"]
    report.asymmetry = _largest_difference(matrix, adjoint(matrix))
    report.is_hermitian = report.is_symmetric = report.asymmetry <= allowed
    if matrix.dtype.kind == "c":
        report.is_symmetric = _largest_difference(matrix, matrix.T) <= allowed
    report.is_normal = report.is_hermitian or _is_normal(matrix / (report.norms["max"] or 1.0))
    report.is_orthogonal = _vanishes(_gram_minus_one(matrix), matrix, 0)


def _square_facts(report: MatrixReport, matrix: Array, plan: dict[str, float], progress: Progress) -> None:
    """Determinant, eigenvalues, the sign of the quadratic form."""
    progress.step("determinant", plan["lu"])
    with report.timed("getrf", "determinant"):
        sign, log = np.linalg.slogdet(matrix)
    report.log_determinant = float(log)
    report.determinant = determinant_of(sign, log)
    progress.step("eigenvalues", plan["eig"])
    if report.is_hermitian:
        form = matrix / 2 + adjoint(matrix) / 2
        _hermitian_spectrum(report, form)
        progress.step("definiteness", 0.0)
        report.definiteness = judge(matrix, form, report.eigenvalues, hermitian=True)
        return
    _general_spectrum(report, matrix)
    progress.step("eigenvalues of the Hermitian part", plan["part"])
    form = matrix / 2 + adjoint(matrix) / 2
    with report.timed(_name("evd", form), "eigenvalues of the Hermitian part"):
        values = np.linalg.eigvalsh(form)
    report.definiteness = judge(matrix, form, values, hermitian=False)


def _hermitian_spectrum(report: MatrixReport, form: Array) -> None:
    """Eigenvalues, and with them the singular values, which are their moduli."""
    with report.timed(_name("evd", form), "eigenvalues and singular values (their moduli)"):
        if len(form) <= VECTORS_UP_TO:
            report.eigenvalues, report.vectors = np.linalg.eigh(form)
        else:
            report.eigenvalues = np.linalg.eigvalsh(form)
    report.singular_values = np.sort(np.abs(report.eigenvalues))[::-1]


def _general_spectrum(report: MatrixReport, matrix: Array) -> None:
    try:
        with report.timed("geev", "eigenvalues"):
            if len(matrix) <= VECTORS_UP_TO:
                report.eigenvalues, report.vectors = np.linalg.eig(matrix)
            else:
                report.eigenvalues = np.linalg.eigvals(matrix)
    except LinAlgError as error:
        report.omitted |= dict.fromkeys(("eigenvalues", "eigenvectors"), f"LAPACK's geev failed: {error}")


def _rank_facts(report: MatrixReport, matrix: Array) -> None:
    """Rank, condition, the norms by singular values, and which inverse there is."""
    s: Array = report.singular_values
    largest, least = float(s[0]), float(s[-1])
    report.tolerance = rank_tolerance(matrix.shape, epsilon(matrix)) * largest
    report.rank = int(np.count_nonzero(s > report.tolerance))
    with np.errstate(over="ignore"):
        report.norms |= {"2": largest, "nuc": float(s.sum())}
        report.condition = float(np.float64(largest) / least) if least > 0 else np.inf
    report.is_singular = report.rank < min(matrix.shape)
    report.inverse_kind = inverse_kind(report.shape, report.rank)


def inverse_kind(shape: tuple[int, int], rank: int) -> str:
    """Which inverse a matrix of this shape and rank has."""
    rows, columns = shape
    if rank < min(shape):
        return "pseudo"
    if rows == columns:
        return "inverse"
    return "left" if rows > columns else "right"


def _svdvals(matrix: Array) -> Array:
    values: Any
    try:
        values = sla.svdvals(matrix)
    except LinAlgError:  # as in _factor.svd
        values = sla.svd(matrix, compute_uv=False, lapack_driver="gesvd")
    return values


def _name(routine: str, matrix: Array) -> str:
    return ("he" if matrix.dtype.kind == "c" else "sy") + routine


def _commutator(A: Array) -> Map:
    """A Aᴴ − Aᴴ A, as a function of a block of vectors."""

    def apply(z: Array) -> Array:
        return A @ (adjoint(A) @ z) - adjoint(A) @ (A @ z)

    return apply


def _is_normal(scaled: Array) -> bool:
    return _vanishes(_commutator(scaled), scaled, 2)


def _gram_minus_one(A: Array) -> Map:
    """AᴴA − I, as a function of a block of vectors."""

    def apply(z: Array) -> Array:
        return adjoint(A) @ (A @ z) - z

    return apply


def _vanishes(apply: Map, A: Array, degree: int) -> bool:
    """Whether a matrix that is given as a function is 0 to rounding: refuted on two random vectors, else formed.

    Two vectors cost O(n²) and refute nearly always; only where they don't is the matrix formed, in O(n³).
    """
    n = A.shape[1]
    with np.errstate(over="ignore", invalid="ignore"):
        size = float(np.linalg.norm(A)) ** degree if degree else float(np.sqrt(n))
        allowed = 10 * rank_tolerance(A.shape, epsilon(A)) * size
        probe = np.random.default_rng(0).standard_normal((n, 2)) / np.sqrt(n)
        if not float(np.linalg.norm(apply(probe.astype(A.dtype)))) <= 10 * allowed:
            return False
        return float(np.linalg.norm(apply(np.eye(n, dtype=A.dtype)))) <= allowed
