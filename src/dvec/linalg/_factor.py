"""The factorisations this room builds on, LU and SVD; decisions on singularity and rank are taken here alone.

May import NumPy, SciPy and this room's checks.
"""

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.linalg as sla
import scipy.sparse as sps
from scipy.linalg import LinAlgError, LinAlgWarning

from dvec.linalg._checks import Array, epsilon

DIGITS_LEFT = 1e-3
"""A result is warned about where condition × rounding exceeds this: fewer than three digits can be trusted."""


def rank_tolerance(shape: tuple[int, ...], eps: float) -> float:
    """Singular values below this fraction of the largest count as zero: max(m, n) · eps.

    Source: Golub & Van Loan, Matrix Computations (2013), section 5.4.1; the choice of NumPy and MATLAB.
    """
    return max(shape) * eps


def warn_if_ill_conditioned(condition: float, eps: float, name: str, stacklevel: int = 3) -> None:
    """A LinAlgWarning with the condition number where fewer than three digits of a result can be trusted."""
    if condition * eps > DIGITS_LEFT:
        digits = max(0, int(-np.log10(max(condition * eps, 1e-300))))
        warnings.warn(
            f"{name} is near-singular: its condition number is {condition:.2e}, so about {digits} of "
            f"{int(-np.log10(eps))} digits of the result can be trusted.",
            LinAlgWarning,
            stacklevel=stacklevel + 1,
        )


@dataclass(frozen=True)
class SVD:
    """A = left · diag(s) · right (U, s, Vᴴ), its numerical rank, and the tolerance that decided it (times s[0])."""

    left: Array
    s: Array
    right: Array
    rank: int
    tolerance: float

    @property
    def condition(self) -> float:
        """The ratio of the largest singular value to the smallest one that counts."""
        return float(self.s[0] / self.s[self.rank - 1]) if self.rank else 1.0

    def require_rank(self, needed: int, name: str, kind: str) -> None:
        """LinAlgError unless the rank is `needed`, with the singular value that fails and the tolerance."""
        if self.rank < needed:
            raise LinAlgError(
                f"{name} has rank {self.rank}, and {kind} needs {needed}: singular value {self.rank + 1} is "
                f"{self.s[self.rank]:.3g}, at most {self.tolerance:.2g} times the largest, {self.s[0]:.3g}."
            )


def svd(A: Array, rtol: float | None = None) -> SVD:
    """The thin singular value decomposition of A with its rank decided at `rtol` (by default max(m, n) · eps)."""
    tolerance = rank_tolerance(A.shape, epsilon(A)) if rtol is None else _rtol(rtol)
    try:
        left, s, right = sla.svd(A, full_matrices=False)
    except LinAlgError:  # gesdd fails on rare matrices that gesvd, slower, can do
        left, s, right = sla.svd(A, full_matrices=False, lapack_driver="gesvd")
    return SVD(left, s, right, int(np.count_nonzero(s > tolerance * s[0])), tolerance)


def _rtol(rtol: Any) -> float:
    if not 0 <= float(rtol) < 1:
        raise ValueError(f"rtol must lie between 0 and 1, not {rtol!r}.")
    return float(rtol)


class LU:
    """P A = L U of a square matrix, dense or sparse, for solves with A, Aᵀ and Aᴴ; LinAlgError where A is singular.

    Dense: the condition number in the 1-norm is estimated by LAPACK's gecon (Higham, Accuracy and Stability of
    Numerical Algorithms (2002), section 15.3), 2n² operations; above 1/(n·eps) the matrix counts as singular.
    Sparse: SuperLU with the column order `permc_spec`; it refuses an exact zero pivot only.
    """

    def __init__(self, A: Any, name: str = "A", permc_spec: str = "COLAMD") -> None:
        if A.shape[0] != A.shape[1]:
            raise LinAlgError(f"{name} has shape {A.shape}: only a square matrix can be solved with.")
        self.condition = np.nan
        self._type: np.dtype[Any] = A.dtype
        self._sparse = bool(sps.issparse(A))
        if self._sparse:
            self._factor_sparse(A, name, permc_spec)
        else:
            self._factor_dense(A, name)

    def _factor_dense(self, A: Array, name: str) -> None:
        getrf, gecon, self._getrs = sla.get_lapack_funcs(("getrf", "gecon", "getrs"), (A,))
        self._lu, self._pivots, info = getrf(A)
        if info > 0:
            raise LinAlgError(f"{name} is singular: pivot {info} of its LU factorisation is exactly 0.")
        rcond, _ = gecon(self._lu, np.abs(A).sum(axis=0).max(), norm="1")
        eps = epsilon(A)
        if not rcond > rank_tolerance(A.shape, eps):
            raise LinAlgError(
                f"{name} is singular to working precision: its reciprocal condition number is {rcond:.2g}, and below "
                f"n·eps = {rank_tolerance(A.shape, eps):.2g} it counts as 0."
            )
        self.condition = float(1 / rcond)
        warn_if_ill_conditioned(self.condition, eps, name, stacklevel=5)

    def _factor_sparse(self, A: Any, name: str, permc_spec: str) -> None:
        from scipy.sparse.linalg import splu

        try:
            self._lu = splu(sps.csc_matrix(A), permc_spec=permc_spec)
        except RuntimeError as error:
            raise LinAlgError(f"{name} is singular: {error}.") from None

    def solve(self, B: Any, trans: str = "N") -> Array:
        """X with A X = B, or AᵀX = B for trans="T", AᴴX = B for "H"; B is a vector or a matrix, and stays as it is."""
        if self._sparse:
            return self._sparse_solve(B, trans)
        if np.iscomplexobj(B) and self._lu.dtype.kind == "f":
            return self._real_solve(B.real, trans) + 1j * self._real_solve(B.imag, trans)
        return self._real_solve(B, trans)

    def _real_solve(self, B: Any, trans: str) -> Array:
        X, _ = self._getrs(self._lu, self._pivots, B, trans={"N": 0, "T": 1, "H": 2}[trans])
        return X

    def _sparse_solve(self, B: Any, trans: str) -> Array:
        if trans == "H":  # SuperLU's own mode H is wrong for complex matrices: Aᴴx = b is Aᵀx̄ = b̄
            return self._sparse_solve(B.conj(), "T").conj()
        if np.iscomplexobj(B) and self._type.kind == "f":
            return self._sparse_solve(B.real, trans) + 1j * self._sparse_solve(B.imag, trans)
        return self._lu.solve(np.ascontiguousarray(B, dtype=self._type), trans)

    def slogdet(self) -> tuple[Any, float]:
        """The sign (or phase) of the determinant, and the logarithm of its modulus."""
        if self._sparse:
            diagonal = self._lu.U.diagonal()
            sign = _parity(self._lu.perm_r) * _parity(self._lu.perm_c)
        else:
            diagonal = np.diagonal(self._lu)
            sign = -1.0 if np.count_nonzero(self._pivots != np.arange(len(self._pivots))) % 2 else 1.0
        moduli = np.abs(diagonal)
        return sign * np.prod(diagonal / moduli), float(np.log(moduli).sum())


def determinant_of(sign: Any, log: float) -> Any:
    """sign · exp(log); where that is out of range 0, or inf with the sign of a real determinant."""
    if not sign or log == -np.inf:
        return 0.0
    if log > np.log(np.finfo(float).max):
        return -np.inf if np.real(sign) < 0 and not np.imag(sign) else np.inf
    return np.asarray(sign * np.exp(log)).item()


def _parity(permutation: Array) -> float:
    """+1 for an even permutation, −1 for an odd one, by its number of cycles."""
    seen = np.zeros(len(permutation), dtype=bool)
    odd = False
    for start in range(len(permutation)):
        length, at = 0, start
        while not seen[at]:
            seen[at] = True
            at, length = int(permutation[at]), length + 1
        odd ^= length > 0 and length % 2 == 0
    return -1.0 if odd else 1.0
