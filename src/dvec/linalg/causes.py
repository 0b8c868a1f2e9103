"""What makes a matrix singular or ill-conditioned, and what its entries show at a glance.

May import NumPy, SciPy and this room's checks and wording.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.linalg as sla

from dvec.linalg._checks import Array, adjoint, epsilon
from dvec.linalg.wording import count, number

_NAMED = 3


def dependent_columns(matrix: Array, rank: int) -> list[str]:
    """Sentences that say which columns (or rows) make the matrix lose rank; empty if they find nothing short to say."""
    told = _zero_lines(matrix)
    if rank == 0:
        return ["Every entry is 0."] if not matrix.any() else told
    allowed = 10 * len(matrix) * epsilon(matrix) * float(np.abs(matrix).max())
    sums = np.abs(matrix.sum(axis=1)).max()
    if sums <= allowed * np.sqrt(matrix.shape[1]):
        told.append(f"Every row adds up to 0{f' (to {sums:.1g})' if sums else ''}, so A sends the vector of ones to 0.")
    if not told:
        told = _combinations(matrix, rank)
    return told


def _zero_lines(matrix: Array) -> list[str]:
    told: list[str] = []
    for axis, what in ((0, "column"), (1, "row")):
        zero = np.flatnonzero(~matrix.any(axis=axis)) + 1
        if len(zero):
            named = ", ".join(str(i) for i in zero[:_NAMED]) + (", …" if len(zero) > _NAMED else "")
            told.append(f"{count(len(zero), f'zero {what}')}: {named}.")
    return told


def _combinations(matrix: Array, rank: int) -> list[str]:
    """Dependent columns by QR with column pivoting (Golub & Van Loan 2013, section 5.4.2)."""
    triangle: Any = sla.qr(matrix, mode="r", pivoting=True)
    R, order = triangle
    independent, dependent = order[:rank], order[rank:]
    weights = sla.solve_triangular(R[:rank, :rank], R[:rank, rank:], check_finite=False)
    told = [_combination(int(column), independent, weights[:, j]) for j, column in enumerate(dependent[:_NAMED])]
    if len(dependent) > _NAMED:
        told.append(f"And {count(len(dependent) - _NAMED, 'more column')} likewise.")
    return told


def _combination(column: int, independent: Array, weights: Array) -> str:
    large = np.flatnonzero(np.abs(weights) > 1e-10 * max(1.0, float(np.abs(weights).max())))
    if len(large) > 4:
        return f"Column {column + 1} is a mixture of {len(large)} others."
    terms = [(int(independent[i]), weights[i]) for i in sorted(large, key=lambda i: int(independent[i]))]
    text = " + ".join(f"{_coefficient(weight)}column {index + 1}" for index, weight in terms)
    return f"Column {column + 1} = {text.replace('+ -', '- ') or '0'}."


def _coefficient(weight: complex) -> str:
    if abs(weight - 1) < 1e-10:
        return ""
    if abs(weight + 1) < 1e-10:
        return "-"
    text = number(weight)
    return f"({text})·" if np.iscomplexobj(weight) else f"{text}·"


def scaled_condition(matrix: Array, condition: float) -> str:
    """A sentence on whether poor scaling of rows and columns is the cause: the condition once they have length 1.

    Square matrices only: the 1-norm condition is estimated from LU by LAPACK's gecon. Source: van der Sluis, Condition
    numbers and equilibration of matrices (1969); Higham (2002), section 7.3.
    """
    if matrix.shape[0] != matrix.shape[1]:
        return ""
    scaled = _equilibrated(matrix)
    getrf, gecon = sla.get_lapack_funcs(("getrf", "gecon"), (scaled,))
    lu, _, info = getrf(scaled)
    rcond = 0.0 if info else float(gecon(lu, np.abs(scaled).sum(axis=0).max(), norm="1")[0])
    after = np.inf if rcond == 0 else 1 / rcond
    if after < condition / 100:
        return (
            f" Mostly a matter of scale: with rows and columns divided to equal lengths the condition number (1-norm, "
            f"estimated) is {number(after, 3)}. Other units for the variables would cure it."
        )
    return (
        f" Scaling rows and columns does not cure it (then, in the 1-norm and estimated, {number(after, 3)}): columns "
        f"are nearly dependent."
    )


def _equilibrated(matrix: Array) -> Array:
    """Rows and columns scaled until the largest entry of each is near 1.

    Source: Ruiz, A scaling algorithm to equilibrate both rows and columns norms in matrices (2001).
    """
    scaled = matrix
    for _ in range(8):
        moduli = np.abs(scaled)
        rows, columns = np.sqrt(moduli.max(axis=1)), np.sqrt(moduli.max(axis=0))
        scaled = scaled / np.where(rows > 0, rows, 1)[:, None] / np.where(columns > 0, columns, 1)
    return scaled


def structure(matrix: Array) -> list[str]:
    """What the zero entries and the repeated ones show, the most telling first."""
    rows, columns = matrix.shape
    words = _square_words(matrix) if rows == columns and rows > 1 else []
    if min(rows, columns) > 1:
        words += _constant_lines(matrix)
    if matrix.dtype.kind == "f" and _every_block(rows, lambda r: (matrix[r] >= 0).all()) and matrix.any():
        words.append("no negative entry")
    zeros = int(matrix.size - np.count_nonzero(matrix))
    if zeros * 2 > matrix.size and zeros < matrix.size:
        words.append(f"{100 * zeros / matrix.size:.1f} % of the entries are 0: a sparse format would do")
    return words


def _every_block(rows: int, holds: Callable[[slice], Any]) -> bool:
    """Whether something holds for every block of rows; looks no further than the first where it doesn't."""
    return all(bool(holds(slice(i, min(i + 64, rows)))) for i in range(0, rows, 64))


def _constant_lines(matrix: Array) -> list[str]:
    inner = len(matrix) - 1
    upper, lower = matrix[:-1], matrix[1:]
    words: list[str] = []
    if _every_block(inner, lambda r: np.array_equal(lower[r, 1:], upper[r, :-1])):
        words.append("Toeplitz (constant along each diagonal)")
    if _every_block(inner, lambda r: np.array_equal(lower[r, :-1], upper[r, 1:])):
        words.append("Hankel (constant along each antidiagonal)")
    return words


def _square_words(matrix: Array) -> list[str]:
    n = len(matrix)
    lower, upper = sla.bandwidth(matrix)
    words: list[str] = []
    if lower == upper == 0:
        words.append("diagonal")
    elif upper == 0 or lower == 0:
        words.append(f"{'lower' if upper == 0 else 'upper'} triangular: its eigenvalues stand on the diagonal")
    elif max(lower, upper) == 1:
        words.append("tridiagonal")
    elif max(lower, upper) < n // 4:
        words.append(f"banded: {count(lower, 'diagonal')} below the main one, {upper} above")
    mirrored, diagonal = adjoint(matrix), 2 * np.abs(np.diagonal(matrix))
    if _every_block(n, lambda r: np.array_equal(matrix[r], -mirrored[r])) and matrix.any():
        words.append("skew-Hermitian" if matrix.dtype.kind == "c" else "skew-symmetric: its eigenvalues are imaginary")
    if _every_block(n, lambda r: (diagonal[r] > np.abs(matrix[r]).sum(axis=1)).all()):
        words.append("strictly diagonally dominant by rows, hence invertible (Gershgorin)")
    return words
