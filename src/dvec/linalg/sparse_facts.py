"""The facts about a large sparse matrix: exact, by iteration at the ends of the spectrum, estimated or left out.

May import NumPy, SciPy, and this room's checks, factors, norms, report and findings.
"""

import warnings
from typing import Any

import numpy as np
import scipy.sparse as sps
from scipy.linalg import LinAlgError
from scipy.sparse import csgraph
from scipy.sparse import linalg as solvers

from dvec.linalg._checks import Array, epsilon
from dvec.linalg._factor import LU, determinant_of, rank_tolerance
from dvec.linalg.definiteness import Definiteness
from dvec.linalg.dense_facts import inverse_kind
from dvec.linalg.norms import entrywise_norm
from dvec.linalg.report import MatrixReport, Progress
from dvec.linalg.sparse_findings import sparse_findings

_eigsh: Any = solvers.eigsh  # SciPy's own annotations are narrower than what it takes
_lobpcg: Any = solvers.lobpcg

FILL_LIMIT = 100_000_000
"""A factorisation is made only if its factors are predicted to hold at most this many entries (1.2 GB)."""
_WORK = 1e9
"""Lanczos gets as many rounds of 20 products as make this number of multiplications, from 4 to 1,000."""


def sparse_report(matrix: Any, progress: Progress) -> MatrixReport:
    """The report on a large sparse matrix (CSR)."""
    report = MatrixReport(matrix, (int(matrix.shape[0]), int(matrix.shape[1])))
    progress.step("norms and symmetry", 0.1)
    _look(report, matrix)
    progress.step("structural rank", 0.25)
    _structural_rank(report, matrix)
    progress.step("extreme values", 0.35)
    _largest(report, matrix)
    progress.step("smallest singular value", 0.3)
    fill = 0
    if report.is_singular:
        _structurally_singular(report)
    else:
        order, fill = _predicted_fill(matrix)
        if fill <= FILL_LIMIT:
            _factored(report, matrix, order)
        else:
            _unfactored(report, matrix, fill)
    _leave_out(report)
    report.findings = sparse_findings(report, fill, FILL_LIMIT)
    progress.done()
    return report


def _look(report: MatrixReport, matrix: Any) -> None:
    moduli = abs(matrix)
    report.norms = {
        "1": float(moduli.sum(axis=0).max()),
        "inf": float(moduli.sum(axis=1).max()),
        "fro": entrywise_norm(matrix, 2),
        "max": float(moduli.max()),
    }
    if report.shape[0] != report.shape[1]:
        report.omitted |= dict.fromkeys(("trace", "determinant", "definiteness"), "the matrix is not square")
        return
    report.trace = matrix.diagonal().sum().item()
    allowed = rank_tolerance(report.shape, epsilon(matrix.data)) * report.norms["max"]
    report.is_symmetric = bool(abs(matrix - matrix.T).max() <= allowed)
    report.is_hermitian = report.is_symmetric
    if matrix.dtype.kind == "c":
        report.is_hermitian = bool(abs(matrix - matrix.T.conj()).max() <= allowed)
    report.is_normal = True if report.is_hermitian else _normal_on_probes(matrix)
    report.is_orthogonal = False if _gram_differs_from_one(matrix) else None


def _normal_on_probes(matrix: Any) -> bool | None:
    """False where A Aᴴz ≠ AᴴA z for a random z; None where they agree, which proves nothing."""
    z = np.random.default_rng(0).standard_normal(matrix.shape[1]).astype(matrix.dtype)
    back = matrix.T.conj()
    one, other = matrix @ (back @ z), back @ (matrix @ z)
    scale = float(np.linalg.norm(one) + np.linalg.norm(other))
    return False if float(np.linalg.norm(one - other)) > 1e-6 * scale else None


def _gram_differs_from_one(matrix: Any) -> bool:
    z = np.random.default_rng(0).standard_normal(matrix.shape[1]).astype(matrix.dtype)
    return bool(np.linalg.norm(matrix.T.conj() @ (matrix @ z) - z) > 1e-6 * np.linalg.norm(z))


def _structural_rank(report: MatrixReport, matrix: Any) -> None:
    with report.timed("csgraph", "structural rank (a maximum matching of rows and columns)"):
        rank = int(csgraph.structural_rank(matrix))
    report.estimates["rank at most"] = (rank, "structural rank: an upper bound on the rank")
    if rank < min(report.shape):
        report.is_singular = True
        report.inverse_kind = "pseudo"


def _structurally_singular(report: MatrixReport) -> None:
    """Whatever the values are, the smallest singular value is 0."""
    report.condition = np.inf
    report.omitted["rank"] = "it is known by an upper bound only; to settle it takes all singular values"
    if report.shape[0] == report.shape[1]:
        report.determinant, report.log_determinant = 0.0, -np.inf


def _largest(report: MatrixReport, matrix: Any) -> None:
    """The largest singular value; for a Hermitian matrix from the two ends of its spectrum."""
    if report.is_hermitian:
        (low, _), (high, _) = ends = [_end(report, matrix, which) for which in ("SA", "LA")]
        _two_norm(report, *max((abs(value), converged) for value, converged in ends))
        report.estimates["smallest eigenvalue"] = (low, "a value xᴴAx / xᴴx takes, so the smallest is no larger")
        report.estimates["largest eigenvalue"] = (high, "a value xᴴAx / xᴴx takes, so the largest is no smaller")
        report.definiteness = _sign(matrix, low, high, report)
        return
    with report.timed("eigsh", "largest singular value (Lanczos on A^H A)"):
        square, converged = _outer(_Gram(_tall(matrix)), "LA")
    _two_norm(report, float(np.sqrt(square)), converged)
    if report.shape[0] == report.shape[1]:
        report.omitted["definiteness"] = (
            "the matrix is not Hermitian; the sign of its quadratic form was not looked for"
        )


def _two_norm(report: MatrixReport, value: float, converged: bool) -> None:
    """The largest singular value, with a word on how well it is known."""
    accuracy = "to about 4 digits" if converged else "not converged: a lower bound"
    report.norms["2"] = value
    report.estimates["2-norm (largest singular value)"] = (value, f"by Lanczos, {accuracy}")


def _end(report: MatrixReport, matrix: Any, which: str) -> tuple[float, bool]:
    with report.timed("eigsh", f"{'smallest' if which == 'SA' else 'largest'} eigenvalue (Lanczos)"):
        return _outer(matrix, which)


def _outer(operator: Any, which: str) -> tuple[float, bool]:
    """The smallest (SA) or largest (LA) eigenvalue of a Hermitian operator, and whether it converged.

    Lanczos stops at a residual of 1e-4, which bounds the distance to an eigenvalue; where it does not get there, a few
    steps of LOBPCG (Knyazev 2001) give a value that xᴴAx / xᴴx takes.
    """
    size, largest = operator.shape[0], which == "LA"
    rounds = int(np.clip(_WORK / (20 * max(getattr(operator, "nnz", size), 1)), 4, 1000))
    start = np.random.default_rng(0).standard_normal((size, 2)).astype(operator.dtype)
    converged = True
    try:
        values = _eigsh(operator, k=1, which=which, v0=start[:, 0], tol=1e-4, maxiter=rounds, return_eigenvectors=False)
    except solvers.ArpackNoConvergence:
        converged = False
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            values = _lobpcg(operator, start, largest=largest, maxiter=rounds, tol=1e-6)[0]
    return float(np.max(values) if largest else np.min(values)), converged


def _tall(matrix: Any) -> Any:
    return matrix if matrix.shape[0] >= matrix.shape[1] else matrix.T.conj().tocsr()


def _sign(matrix: Any, low: float, high: float, report: MatrixReport) -> Definiteness | None:
    """Definiteness where it is certain: two signs that xᴴAx takes, or Gershgorin's disks on one side of 0."""
    tolerance = rank_tolerance(report.shape, epsilon(matrix.data)) * max(abs(low), abs(high))
    diagonal = np.real(matrix.diagonal())
    radius = np.asarray(abs(matrix).sum(axis=1)).ravel() - np.abs(diagonal)
    slack = epsilon(matrix.data) * report.norms["inf"]
    left, right = float((diagonal - radius).min()), float((diagonal + radius).max())
    evidence: dict[str, Any] = {"eigenvalues": np.array([low, high]), "tolerance": tolerance, "hermitian": True,
        "leading_principal_minors": None, "principal_minors": None, "gershgorin": (left, right)}  # fmt: skip
    kind = reason = None
    disks = f"Gershgorin's disks cover [{left:.4g}, {right:.4g}]"
    if min(low, diagonal.min()) < -tolerance and max(high, diagonal.max()) > tolerance:
        kind, reason = "indefinite", f"x^H A x / x^H x takes the values {low:.4g} and {high:.4g}: both signs, a saddle."
    elif left > slack or right < -slack:
        kind = "positive definite" if left > slack else "negative definite"
        reason = f"{disks}, on one side of 0."
    elif left >= -slack or right <= slack:
        kind = "positive semidefinite" if left >= -slack else "negative semidefinite"
        reason = f"{disks}: not both signs. {_ones(matrix)}"
    if kind is None or reason is None:
        report.omitted["definiteness"] = (
            f"{disks}, which decides nothing, and the ends found, {low:.4g} and {high:.4g}, are bounds only"
        )
        return None
    return Definiteness(kind, evidence | {"reason": reason})


def _ones(matrix: Any) -> str:
    if np.asarray(matrix.sum(axis=1)).any():
        return "Whether an eigenvalue is 0 was not decided."
    return "0 is an eigenvalue: every row adds up to 0, so A sends the vector of ones to 0."


def _predicted_fill(matrix: Any) -> tuple[Array | None, int]:
    """The order of reverse Cuthill–McKee, and a bound on the entries of L and U in it: n (2l + u + 1).

    l and u are the bandwidths below and above the diagonal; pivoting by rows widens U to l + u.
    Source: Golub & Van Loan, Matrix Computations (2013), section 4.3.3; Cuthill & McKee (1969).
    """
    n = matrix.shape[0]
    if n != matrix.shape[1]:
        return None, FILL_LIMIT + 1
    order = np.asarray(csgraph.reverse_cuthill_mckee(matrix, symmetric_mode=False))
    place = np.empty(n, dtype=np.int64)
    place[order] = np.arange(n)
    offsets = place[sps.coo_array(matrix).coords[0]] - place[matrix.indices]
    return order, n * (2 * max(int(offsets.max()), 0) + max(int(-offsets.min()), 0) + 1)


def _factored(report: MatrixReport, matrix: Any, order: Array | None) -> None:
    """Determinant, smallest singular value, rank and condition, from an LU factorisation that fits."""
    ordered = sps.csc_matrix(matrix[order][:, order])
    try:
        with report.timed("splu", "LU factorisation in the order of reverse Cuthill–McKee"):
            lu = LU(ordered, "A", permc_spec="NATURAL")
    except LinAlgError as error:
        report.is_singular, report.inverse_kind, report.determinant = True, "pseudo", 0.0
        report.omitted["condition"] = str(error).rstrip(".")
        return
    sign, report.log_determinant = lu.slogdet()
    report.determinant = determinant_of(sign, report.log_determinant)
    with report.timed("eigsh", "smallest singular value (Lanczos on the inverse)"):
        least = _smallest_singular(lu, ordered)
    report.tolerance = rank_tolerance(report.shape, epsilon(matrix.data)) * report.norms["2"]
    report.estimates["smallest singular value"] = (least, "by Lanczos on the inverse")
    report.condition = report.norms["2"] / least if least > 0 else np.inf
    report.is_singular = bool(least <= report.tolerance)
    report.rank = None if report.is_singular else min(report.shape)
    report.inverse_kind = inverse_kind(report.shape, report.rank or 0)
    if report.definiteness is not None and "semi" in report.definiteness and not report.is_singular:
        _settle(report, least)


def _settle(report: MatrixReport, least: float) -> None:
    """A form of one sign whose matrix is invertible is definite, and its eigenvalue next to 0 is ± the least one."""
    assert report.definiteness is not None
    kind = "positive" if report.definiteness.startswith("positive") else "negative"
    evidence = dict(report.definiteness.evidence)
    left, right = evidence["gershgorin"]
    evidence["reason"] = (
        f"Gershgorin's disks cover [{left:.4g}, {right:.4g}], so no eigenvalue lies on the other side of 0, and the "
        f"smallest singular value, {least:.4g}, says that none is 0 (tolerance {report.tolerance:.2g})."
    )
    end = "smallest eigenvalue" if kind == "positive" else "largest eigenvalue"
    report.estimates[end] = (least if kind == "positive" else -least, "by Lanczos on the inverse")
    report.definiteness = Definiteness(f"{kind} definite", evidence)


class _Gram(solvers.LinearOperator):
    """AᴴA, applied and not formed."""

    def __init__(self, A: Any) -> None:
        super().__init__(A.dtype, (A.shape[1], A.shape[1]))
        self._forward, self._back = A, A.T.conj()
        self.nnz = 2 * A.nnz

    def _matmat(self, X: Array) -> Array:
        return self._back @ (self._forward @ X)

    def _matvec(self, x: Array) -> Array:
        return self._back @ (self._forward @ x)


class _InverseGram(solvers.LinearOperator):
    """(AᴴA)⁻¹ = A⁻¹A⁻ᴴ from an LU factorisation of A."""

    def __init__(self, lu: LU, A: Any) -> None:
        super().__init__(A.dtype, A.shape)
        self._lu = lu

    def _matvec(self, x: Array) -> Array:
        return self._lu.solve(self._lu.solve(x.ravel(), "H"))


def _smallest_singular(lu: LU, matrix: Any) -> float:
    """1/√μ for the largest eigenvalue μ of (AᴴA)⁻¹ = A⁻¹A⁻ᴴ."""
    inverse = _InverseGram(lu, matrix)
    return float(1 / np.sqrt(_outer(inverse, "LA")[0]))


def _unfactored(report: MatrixReport, matrix: Any, fill: int) -> None:
    """Without a factorisation: an upper bound on the smallest singular value, nothing on the rank from below."""
    reason = f"a factorisation is predicted to need up to {fill:,} entries, more than {FILL_LIMIT:,}"
    if report.shape[0] == report.shape[1]:
        report.omitted["determinant"] = reason
    else:
        reason = "it needs all singular values"
    tall = _tall(matrix)
    lengths = np.sqrt(np.asarray(abs(tall).power(2).sum(axis=0)).ravel())
    least = float(lengths.min())
    if least > 0:
        with report.timed("eigsh", "upper bound on the smallest singular value"):
            least = min(least, float(np.sqrt(max(_outer(_Gram(tall), "SA")[0], 0.0))))
    report.estimates["smallest singular value at most"] = (least, "a value ‖Ax‖/‖x‖ takes: an upper bound")
    report.estimates["condition number at least"] = (report.norms["2"] / least if least else np.inf, "from that bound")
    report.omitted["rank, condition"] = reason


def _leave_out(report: MatrixReport) -> None:
    size = f"{max(report.shape):,} of them would need a dense matrix of that size"
    report.omitted |= dict.fromkeys(("all singular values", "nuclear norm"), size)
    if report.shape[0] == report.shape[1]:
        report.omitted |= dict.fromkeys(("all eigenvalues", "eigenvectors"), size)
