"""The verdicts of a report on a large sparse matrix, each with what it rests on.

May import NumPy, and this room's report and wording.
"""

import numpy as np

from dvec.linalg.report import Finding, MatrixReport
from dvec.linalg.wording import count, number


def sparse_findings(report: MatrixReport, fill: int, limit: int) -> list[Finding]:
    """All verdicts on a large sparse matrix, the most telling first."""
    found = [_inverse(report), _rank(report), _condition(report, fill, limit)]
    if report.definiteness is not None:
        found.append(Finding("definiteness", str(report.definiteness), str(report.definiteness.evidence["reason"])))
    return [*found, _symmetry(report), _structure(report)]


def _inverse(report: MatrixReport) -> Finding:
    if report.inverse_kind is None:
        return Finding(
            "inverse", "not decided", "Nothing found shows that A loses rank, and nothing proves that it does not."
        )
    if report.inverse_kind == "pseudo":
        return Finding("inverse", "only the Moore–Penrose inverse", "The rank is below min(m, n), see below.")
    return Finding(
        "inverse", "a two-sided inverse", "It is square and of full rank; its entries would fill it, so solve."
    )


def _rank(report: MatrixReport) -> Finding:
    bound = int(report.estimates["rank at most"][0])
    least = min(report.shape)
    matching = f"A maximum matching pairs {bound:,} of {least:,} rows and columns through non-zero entries"
    if bound < least:
        lines = _empty_lines(report)
        return Finding(
            "rank", f"at most {bound:,} of {least:,}", f"{matching}: no values there make it higher. {lines}"
        )
    if report.rank is not None:
        least_value = number(report.estimates["smallest singular value"][0])
        why = f"The smallest singular value, {least_value}, is above max(m, n)·eps·s1 = {report.tolerance:.3g}."
        return Finding("rank", f"{report.rank:,}, full", why)
    if report.is_singular:
        return Finding("rank", f"below {least:,}, singular", f"{matching}, but the values there are dependent.")
    return Finding("rank", f"at most {bound:,}", f"{matching}; the values there may still be dependent.")


def _empty_lines(report: MatrixReport) -> str:
    rows = int(np.count_nonzero(np.diff(report.matrix.indptr) == 0))
    columns = int(report.shape[1] - len(np.unique(report.matrix.indices)))
    return f"{count(rows, 'row')} and {count(columns, 'column')} hold no entry." if rows or columns else ""


def _condition(report: MatrixReport, fill: int, limit: int) -> Finding:
    if report.condition is not None and "smallest singular value" in report.estimates:
        why = f"s1 / sn = {number(report.norms['2'])} / {number(report.estimates['smallest singular value'][0])}."
        if report.is_singular:
            return Finding("condition", "infinite to working precision", why)
        lost = np.log10(max(report.condition, 1.0))
        return Finding(
            "condition", f"{number(report.condition)}, an estimate", f"{why} Solving loses {lost:.1f} digits."
        )
    bound = report.estimates.get("condition number at least")
    if bound is None:
        return Finding("condition", "infinite", "A is singular: its smallest singular value is 0.")
    why = "The smallest singular value is known by an upper bound only."
    if fill > limit and report.shape[0] == report.shape[1]:
        why += f" A factorisation would settle it; it is predicted to need up to {fill:,} entries."
    return Finding("condition", f"at least {number(bound[0])}", why)


def _symmetry(report: MatrixReport) -> Finding:
    if report.shape[0] != report.shape[1]:
        return Finding("symmetry", "none: not square", "")
    pairs = (("symmetric", report.is_symmetric), ("Hermitian", report.is_hermitian and not report.is_symmetric))
    words = [word for word, holds in pairs if holds]
    probed = {True: "", False: "", None: "On a random vector A A^H and A^H A agree, which proves nothing."}
    if report.is_normal is False:
        words = [*words, "not normal"] if words else ["neither symmetric nor normal"]
    return Finding("symmetry", ", ".join(words) or "not symmetric; perhaps normal", probed[report.is_normal])


def _structure(report: MatrixReport) -> Finding:
    matrix = report.matrix
    rows, columns = report.shape
    per_row = np.diff(matrix.indptr)
    zeros = int(matrix.nnz - np.count_nonzero(matrix.data))
    stored = f" {count(zeros, 'stored entry' if zeros == 1 else 'stored entrie')} are 0." if zeros else ""
    return Finding(
        "structure",
        f"{matrix.nnz:,} stored entries, {100 * matrix.nnz / rows / columns:.2g} % of all",
        f"From {per_row.min():,} to {per_row.max():,} in a row, {matrix.nnz / rows:.3g} on average.{stored}",
    )
