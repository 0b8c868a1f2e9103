"""The two views of a matrix product: rows of the result as mixtures of rows, columns as mixtures of columns.

May import NumPy and this room's checks.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from dvec.linalg._checks import Array, as_matrix

_SHOWN = 6


@dataclass(frozen=True)
class ProductViews:
    """A·B seen by rows and by columns; A is m×n, B is n×p.

    `row_terms[i, k]` is A[i, k]·B[k, :], so that summing over k gives row i of the product: shape (m, n, p).
    `column_terms[j, k]` is A[:, k]·B[k, j], summing over k gives column j: shape (p, n, m).
    """

    A: Array
    B: Array
    product: Array

    @property
    def row_terms(self) -> Array:
        """(m, n, p): term k of row i, A[i, k]·B[k, :]."""
        return self.A[:, :, None] * self.B[None, :, :]

    @property
    def column_terms(self) -> Array:
        """(p, n, m): term k of column j, A[:, k]·B[k, j]."""
        return self.B.T[:, :, None] * self.A.T[None, :, :]

    @property
    def row_text(self) -> str:
        """The row view in words and numbers, counted from 1 as in mathematics."""
        m, n = self.A.shape
        head = (
            f"Row view: a row on the left mixes rows. Each row of A*B ({m} of them) is a sum of the {n} rows of B, "
            f"with that row of A as weights."
        )
        lines = [_line(f"row {i + 1}", self.A[i], self.B, self.product[i]) for i in range(min(m, _SHOWN))]
        return "\n".join([head, *lines, *_more(m, "rows")])

    @property
    def column_text(self) -> str:
        """The column view in words and numbers, counted from 1 as in mathematics."""
        n, p = self.B.shape
        head = (
            f"Column view: a column on the right mixes columns. Each column of A*B ({p} of them) is a sum of the {n} "
            f"columns of A, with that column of B as weights."
        )
        lines = [_line(f"column {j + 1}", self.B[:, j], self.A.T, self.product[:, j]) for j in range(min(p, _SHOWN))]
        return "\n".join([head, *lines, *_more(p, "columns")])

    @property
    def text(self) -> str:
        """Both views."""
        return f"{self.row_text}\n\n{self.column_text}"

    def __str__(self) -> str:
        return self.text


def explain_product(A: ArrayLike, B: ArrayLike) -> ProductViews:
    """The product A·B (A m×n, B n×p) with its row view and its column view, as data and as text.

    Row view: (A B)[i, :] = Σₖ A[i, k] B[k, :]; a row vector on the left works on rows. Column view:
    (A B)[:, j] = Σₖ A[:, k] B[k, j]; a column vector on the right works on columns.
    Source: Golub & Van Loan, Matrix Computations (2013), section 1.1.

    >>> print(explain_product([[1, 2]], [[3, 4], [5, 6]]).row_text.splitlines()[1])
      row 1: 1*[3, 4] + 2*[5, 6] = [13, 16]
    """
    left, right = as_matrix(A), as_matrix(B, "B")
    if left.shape[1] != right.shape[0]:
        raise ValueError(
            f"A has {left.shape[1]} columns (shape {left.shape}), B has {right.shape[0]} rows (shape {right.shape}): "
            f"for A*B they must be equal."
        )
    return ProductViews(left, right, left @ right)


def _line(name: str, weights: Array, parts: Array, total: Array) -> str:
    terms = [f"{_number(w)}*{_vector(part)}" for w, part in zip(weights[:_SHOWN], parts[:_SHOWN], strict=True)]
    dots = " + …" if len(weights) > _SHOWN else ""
    return f"  {name}: {' + '.join(terms)}{dots} = {_vector(total)}"


def _vector(x: Array) -> str:
    inside = ", ".join(_number(value) for value in x[:_SHOWN])
    return f"[{inside}{', …' if len(x) > _SHOWN else ''}]"


def _number(value: complex) -> str:
    text = f"{value:.4g}"
    return f"({text})" if np.iscomplexobj(value) else text


def _more(count: int, what: str) -> list[str]:
    return [f"  … and {count - _SHOWN} more {what}."] if count > _SHOWN else []
