"""Operators for the Hadamard and the Khatri–Rao product, which are applied without being formed.

May import NumPy, SciPy and this room's checks and factorisations.
"""

from typing import Any

import numpy as np

from dvec.linalg._checks import Array
from dvec.linalg._factor import LU
from dvec.linalg.operators import StructuredOperator

_ROWS = 256


class HadamardOperator(StructuredOperator):
    """A ⊙ B, entry by entry: (A ⊙ B) x = diag(A diag(x) Bᵀ), formed a few rows at a time.

    The factors say nothing of its inverse, determinant and eigenvalues: for those the product is formed, which is no
    larger than a factor. Source: Horn & Johnson, Topics in Matrix Analysis (1991), lemma 5.1.3.
    """

    def __init__(self, A: Array, B: Array) -> None:
        super().__init__((A, B), (A.shape[0], A.shape[1]))

    def _matmat(self, X: Array) -> Array:
        A, B = self.factors
        starts = range(0, self.shape[0], _ROWS)
        return np.concatenate([(A[i : i + _ROWS] * B[i : i + _ROWS]) @ X for i in starts])

    def _adjoint(self) -> Any:
        return HadamardOperator(*(factor.T.conj() for factor in self.factors))

    def _transpose(self) -> Any:
        return HadamardOperator(*(factor.T for factor in self.factors))

    def _formed(self, what: str) -> Array:
        self._require_square(what)
        return self.factors[0] * self.factors[1]

    def _solve(self, B: Array) -> Array:
        return LU(self._formed("A solve"), "A .* B").solve(B)

    def inverse(self) -> Any:
        """The inverse of the product, as an array: it is no Hadamard product of the factors' inverses."""
        return LU(self._formed("An inverse"), "A .* B").solve(np.eye(self.shape[0], dtype=self.dtype))

    def slogdet(self) -> tuple[Any, float]:
        """The sign (or phase) and the logarithm of the modulus of the determinant of the product, formed."""
        sign, log = np.linalg.slogdet(self._formed("A determinant"))
        return sign, float(log)

    def eigenvalues(self) -> Array:
        """The eigenvalues of the product, formed."""
        return np.linalg.eigvals(self._formed("Eigenvalues"))

    def trace(self) -> Any:
        """Σ aᵢᵢ bᵢᵢ."""
        self._require_square("A trace")
        return (np.diagonal(self.factors[0]) * np.diagonal(self.factors[1])).sum()


class KhatriRaoOperator(StructuredOperator):
    """The Khatri–Rao product: column k is aₖ ⊗ bₖ, for A m×n and B p×n; (A khatri B) x = rvec(A diag(x) Bᵀ).

    It is mp×n and square only if mp = n; then it is solved with by forming it.
    Source: Kolda & Bader, Tensor Decompositions and Applications (2009), section 2.6.
    """

    def __init__(self, A: Array, B: Array) -> None:
        super().__init__((A, B), (A.shape[0] * B.shape[0], A.shape[1]))

    def _matmat(self, X: Array) -> Array:
        A, B = self.factors
        return np.stack([((A * x) @ B.T).ravel() for x in X.T], axis=1)

    def _rmatvec(self, x: Array) -> Array:
        A, B = self.factors
        table = x.reshape(A.shape[0], B.shape[0])
        return ((table.T @ A.conj()) * B.conj()).sum(axis=0)

    def gram(self) -> Array:
        """(this)ᴴ(this) = AᴴA ⊙ BᴴB, n×n. Source: Kolda & Bader (2009), section 2.6."""
        A, B = self.factors
        return (A.T.conj() @ A) * (B.T.conj() @ B)

    def _solve(self, B: Array) -> Array:
        return LU(self._formed("A solve"), "khatri_rao(A, B)").solve(B)

    def _formed(self, what: str) -> Array:
        self._require_square(what)
        return self.toarray()

    def inverse(self) -> Any:
        """The inverse of a square product, formed, as an array."""
        return LU(self._formed("An inverse"), "khatri_rao(A, B)").solve(np.eye(self.shape[0], dtype=self.dtype))

    def slogdet(self) -> tuple[Any, float]:
        """The sign (or phase) and the logarithm of the modulus of the determinant of a square product, formed."""
        sign, log = np.linalg.slogdet(self._formed("A determinant"))
        return sign, float(log)

    def eigenvalues(self) -> Array:
        """The eigenvalues of a square product, formed."""
        return np.linalg.eigvals(self._formed("Eigenvalues"))

    def trace(self) -> Any:
        """The sum of the diagonal entries of a square product."""
        return np.trace(self._formed("A trace"))
