"""The verdicts of a report on a dense matrix, each argued with its numbers and the tolerance used.

May import NumPy, SciPy, and this room's checks, causes, wording and report.
"""

import numpy as np

from dvec.linalg._checks import Array, epsilon
from dvec.linalg._factor import rank_tolerance
from dvec.linalg.causes import dependent_columns, scaled_condition, structure
from dvec.linalg.report import Finding, MatrixReport
from dvec.linalg.wording import count, determinant, number

EXPLAIN_UP_TO = 2000
"""The causes of singularity and of a large condition number are looked for up to this n: two LU factorisations."""
_LARGE = 1e6
_TOO_LARGE = f"Which columns depend on which is not looked for above n = {EXPLAIN_UP_TO:,}."


def dense_findings(report: MatrixReport, matrix: Array) -> list[Finding]:
    """All verdicts on a dense matrix, the most telling first."""
    found = [_inverse(report, matrix), _rank(report, matrix), _condition(report, matrix)]
    if report.definiteness is not None:
        found.append(_sign(report, matrix))
    if report.shape[0] == report.shape[1]:
        found += [_eigenvalues(report), _determinant(report)]
    found.append(_symmetry(report, matrix))
    kinds = structure(matrix)
    if kinds:
        found.append(Finding("structure", "; ".join(kinds), ""))
    return found


def _tolerance(report: MatrixReport, matrix: Array) -> str:
    """The rank tolerance as a reader can check it."""
    side, eps = max(report.shape), epsilon(matrix)
    return f"max(m, n)·eps·s1 = {side}·{eps:.3g}·{number(report.singular_values[0])} = {report.tolerance:.3g}"


def _inverse(report: MatrixReport, matrix: Array) -> Finding:
    rows, columns = report.shape
    names = {
        "inverse": ("a two-sided inverse", f"It is square and its rank is {rows}."),
        "left": (
            "a left inverse",
            f"It has more rows than columns ({rows} > {columns}) and full column rank {columns}: (A^H A)^-1 A^H gives "
            f"G A = I and solves A x = b in the sense of least squares. No G makes A G = I.",
        ),
        "right": (
            "a right inverse",
            f"It has fewer rows than columns ({rows} < {columns}) and full row rank {rows}: A^H (A A^H)^-1 gives "
            f"A G = I and the shortest of the solutions of A x = b. No G makes G A = I.",
        ),
        "pseudo": (
            "only the Moore–Penrose inverse",
            f"Its rank {report.rank} is below min(m, n) = {min(report.shape)}, so no G makes A G = I or G A = I.",
        ),
    }
    verdict, why = names[report.inverse_kind or "pseudo"]
    return Finding("inverse", verdict, why)


def _rank(report: MatrixReport, matrix: Array) -> Finding:
    s, rank, least = report.singular_values, report.rank or 0, min(report.shape)
    tolerance = _tolerance(report, matrix)
    if rank == least:
        return Finding(
            "rank",
            f"{rank}, full",
            f"The smallest singular value is {number(s[-1])}, above the tolerance {tolerance}.",
        )
    lost = least - rank
    beyond = (
        f"{lost} of {count(least, 'singular value')} {'is' if lost == 1 else 'are'} at most the tolerance {tolerance}"
    )
    gap = "" if rank == 0 else f"; the last that counts is {number(s[rank - 1])}, the next is {number(s[rank])}"
    causes = dependent_columns(matrix, rank) if max(report.shape) <= EXPLAIN_UP_TO else [_TOO_LARGE]
    square = report.shape[0] == report.shape[1]
    verdict = f"{rank} of {least}{', singular' if square else ', deficient'}"
    return Finding("rank", verdict, " ".join([f"{beyond}{gap}.", *causes]))


def _condition(report: MatrixReport, matrix: Array) -> Finding:
    s, condition, eps = report.singular_values, report.condition or np.inf, epsilon(matrix)
    ratio = f"s1 / s{len(s)} = {number(s[0])} / {number(s[-1])}"
    if report.is_singular:
        return Finding(
            "condition",
            "infinite to working precision",
            f"{ratio} = {number(condition)}, at least 1/(max(m, n)·eps) = {1 / rank_tolerance(report.shape, eps):.2g}: "
            f"in this precision A cannot be told from a matrix of rank {report.rank}.",
        )
    lost, digits = max(0.0, float(np.log10(condition))), -np.log10(eps)
    grade = "well" if condition < 1e3 else "moderately" if condition * eps < 1e-8 else "ill"
    why = f"{ratio} = {number(condition)}: solving with A loses about {lost:.1f} of {digits:.1f} digits."
    if condition > _LARGE and max(report.shape) <= EXPLAIN_UP_TO:
        with report.timed("getrf", "condition after scaling rows and columns"):
            why += scaled_condition(matrix, condition)
    verdict = f"{grade} conditioned" if grade != "moderately" else "of moderate condition"
    return Finding("condition", verdict, why)


def _sign(report: MatrixReport, matrix: Array) -> Finding:
    result = report.definiteness
    assert result is not None
    why = str(result.evidence["reason"])
    diagonal = np.real(np.diagonal(matrix))
    if result == "indefinite":
        low, high = int(np.argmin(diagonal)), int(np.argmax(diagonal))
        if diagonal[low] < 0 < diagonal[high]:
            why += (
                f" Seen on the diagonal already: a[{low + 1},{low + 1}] = {number(diagonal[low])} and "
                f"a[{high + 1},{high + 1}] = {number(diagonal[high])}."
            )
        elif (diagonal == 0).any():
            why += " A zero on the diagonal beside a non-zero entry of its row forces both signs."
        else:
            why += " The diagonal has one sign; the other comes from entries off the diagonal that outweigh it."
    return Finding("definiteness", str(result), why)


def _eigenvalues(report: MatrixReport) -> Finding:
    values = report.eigenvalues
    if values is None:
        return Finding("eigenvalues", "not computed", report.omitted["eigenvalues"])
    radius = float(np.abs(values).max())
    n = len(values)
    total = values.sum().item() if np.iscomplexobj(report.matrix) else np.real(values).sum().item()
    check = f"They add up to {number(total)} (the trace: {number(report.trace)})."
    if report.is_hermitian:
        return Finding("eigenvalues", f"real, from {number(values[0])} to {number(values[-1])}", check)
    complex_ones = int(np.count_nonzero(np.abs(np.imag(values)) > n * np.finfo(values.real.dtype).eps * radius))
    real = "all real" if not complex_ones else f"{n - complex_ones} real, {complex_ones} complex"
    why = f"The largest modulus is {number(radius)}. {check}{_dependent_vectors(report)}"
    return Finding("eigenvalues", real, why)


def _dependent_vectors(report: MatrixReport) -> str:
    """A warning where the eigenvectors are nearly dependent: the matrix is defective, or close to one that is."""
    if report.vectors is None or report.is_normal:
        return ""
    s = np.linalg.svd(report.vectors, compute_uv=False)
    condition = float(s[0] / s[-1]) if s[-1] > 0 else np.inf
    if condition * float(np.finfo(s.dtype).eps) < 1e-9:
        return f" The eigenvector matrix V has condition number {number(condition)}."
    return (
        f" The eigenvectors are nearly dependent (condition number of V: {number(condition)}): A is defective or close "
        f"to it, its eigenvalues are very sensitive, and A = V diag(w) V^-1 is not to be relied on."
    )


def _determinant(report: MatrixReport) -> Finding:
    log = report.log_determinant if report.log_determinant is not None else -np.inf
    verdict = determinant(report.determinant, report.log_determinant)
    base = f"ln|det A| = {number(log)}." if np.isfinite(log) else "A pivot of the LU factorisation is exactly 0."
    if report.is_singular:
        note = " A has lost rank at the tolerance, so what stands here is rounding error."
        return Finding("determinant", verdict, base + (note if np.isfinite(log) else ""))
    note = (
        f" Its size says nothing about how close A is to singular (that of 2·A is 2^{report.shape[0]} times it); the "
        f"condition number does."
    )
    return Finding("determinant", verdict, base + note)


def _symmetry(report: MatrixReport, matrix: Array) -> Finding:
    is_complex = matrix.dtype.kind == "c"
    if report.shape[0] != report.shape[1]:
        return Finding("symmetry", "none: not square", f"{report.shape[0]} rows and {report.shape[1]} columns.")
    words = [word for word, holds in _symmetry_words(report, is_complex) if holds]
    allowed = rank_tolerance(report.shape, epsilon(matrix)) * report.norms["max"]
    compared = "A - A^H" if is_complex else "A - A'"
    why = (
        f"The largest entry of {compared} is {number(report.asymmetry)}; up to n·eps·max|a| = {allowed:.2g} it "
        f"counts as 0."
    )
    if report.is_normal and not report.is_hermitian:
        why += " A A^H = A^H A to rounding, so its eigenvectors can be chosen orthonormal."
    if report.is_normal is False:
        why += " A A^H and A^H A differ, so its eigenvectors are not orthogonal to one another."
    return Finding("symmetry", ", ".join(words) or "neither symmetric nor normal", why)


def _symmetry_words(report: MatrixReport, is_complex: bool) -> list[tuple[str, bool | None]]:
    if is_complex:
        return [
            ("Hermitian", report.is_hermitian),
            ("symmetric (without conjugation)", report.is_symmetric),
            ("unitary", report.is_orthogonal),
            ("normal", report.is_normal),
        ]
    return [("symmetric", report.is_symmetric), ("orthogonal", report.is_orthogonal), ("normal", report.is_normal)]
