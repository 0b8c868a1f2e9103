"""Structured operators: products of matrices that are never formed, with solves and spectra from their factors.

May import NumPy, SciPy and this room's checks and factorisations.
"""

from collections.abc import Sequence
from functools import cached_property, reduce
from typing import Any

import numpy as np
import scipy.sparse as sps
from scipy.linalg import LinAlgError
from scipy.sparse.linalg import LinearOperator

from dvec.linalg._checks import Array, as_numbers
from dvec.linalg._factor import LU, determinant_of


class StructuredOperator(LinearOperator):
    """A product of matrices that knows its factors: a `scipy.sparse.linalg.LinearOperator` that can solve, too.

    Beside what SciPy's operators do (`@`, `.T`, `.H`, `matvec`, `matmat`): `solve`, `inverse`, `slogdet`,
    `determinant`, `eigenvalues`, `trace`, `toarray`, all computed from the factors. `factors` are those matrices.
    """

    def __init__(self, factors: Sequence[Any], shape: tuple[int, int]) -> None:
        self.factors: tuple[Any, ...] = tuple(factors)
        super().__init__(np.result_type(*(factor.dtype for factor in self.factors)), shape)

    def solve(self, b: Any) -> Array:
        """x with (this) x = b, for a vector or the columns of a matrix; LinAlgError where a factor is singular."""
        right = as_numbers(b, "b")
        if right.ndim not in (1, 2) or len(right) != self.shape[0]:
            raise ValueError(f"The operator has shape {self.shape}; b has {right.shape}, and must have its rows.")
        x = self._solve(right if right.ndim == 2 else right[:, None])
        return x if right.ndim == 2 else x[:, 0]

    def determinant(self) -> Any:
        """The determinant; 0 or inf where its modulus is out of range (see `slogdet`)."""
        return determinant_of(*self.slogdet())

    def toarray(self) -> Array:
        """The product itself, as a dense matrix."""
        return np.asarray(self.matmat(np.eye(self.shape[1], dtype=self.dtype)))

    def slogdet(self) -> tuple[Any, float]:
        """The sign (or phase) of the determinant and the logarithm of its modulus; (0, -inf) where it is singular."""
        raise NotImplementedError

    def inverse(self) -> "StructuredOperator":
        """The inverse, as an operator of the same kind."""
        raise NotImplementedError

    def eigenvalues(self) -> Array:
        """All eigenvalues, from those of the factors."""
        raise NotImplementedError

    def trace(self) -> Any:
        """The sum of the diagonal entries."""
        raise NotImplementedError

    def _solve(self, B: Array) -> Array:
        raise NotImplementedError

    def _matvec(self, x: Array) -> Array:
        return self._matmat(x.reshape(-1, 1))[:, 0]

    def _require_square(self, what: str) -> None:
        if self.shape[0] != self.shape[1]:
            raise LinAlgError(f"{what} needs a square operator; this one has shape {self.shape}.")

    def _square_factors(self, what: str) -> tuple[Any, ...]:
        """The factors, all square; LinAlgError where they are not and the product is singular or not square."""
        self._require_square(what)
        for index, factor in enumerate(self.factors):
            if factor.shape[0] != factor.shape[1]:
                raise LinAlgError(
                    f"{what} from the factors needs them square; factor {index} has shape {factor.shape}, so the "
                    f"product is singular."
                )
        return self.factors

    @cached_property
    def _lu(self) -> list[LU]:
        return [LU(factor, f"factor {i}") for i, factor in enumerate(self._square_factors("A solve"))]

    def _slogdets(self) -> list[tuple[Any, float]]:
        return [_slogdet(factor) for factor in self.factors]

    def _spectra(self) -> list[Array]:
        return [_eigenvalues(_dense(factor)) for factor in self._square_factors("Eigenvalues")]


class KroneckerOperator(StructuredOperator):
    """A₁ ⊗ A₂ ⊗ …: applied one factor at a time, mn(p+q) operations for A m×n ⊗ B p×q instead of mnpq.

    (A ⊗ B) vec X = vec(B X Aᵀ). Inverse, determinant, eigenvalues by the mixed-product rule:
    (A ⊗ B)⁻¹ = A⁻¹ ⊗ B⁻¹, det(A ⊗ B) = det(A)^q det(B)^n for A n×n and B q×q, eigenvalues λᵢ μⱼ.
    Source: Van Loan, The ubiquitous Kronecker product (2000), section 2; Golub & Van Loan (2013), section 12.3.
    """

    def __init__(self, *factors: Any) -> None:
        flat = _flattened(factors, KroneckerOperator)
        rows = int(np.prod([factor.shape[0] for factor in flat], dtype=object))
        columns = int(np.prod([factor.shape[1] for factor in flat], dtype=object))
        super().__init__(flat, (rows, columns))

    def _matmat(self, X: Array) -> Array:
        return _along_axes(X, [factor.shape[1] for factor in self.factors], [f.__matmul__ for f in self.factors])

    def _adjoint(self) -> Any:
        return KroneckerOperator(*(factor.T.conj() for factor in self.factors))

    def _transpose(self) -> Any:
        return KroneckerOperator(*(factor.T for factor in self.factors))

    def _solve(self, B: Array) -> Array:
        return _along_axes(B, [factor.shape[0] for factor in self.factors], [lu.solve for lu in self._lu])

    def inverse(self) -> "KroneckerOperator":
        """A₁⁻¹ ⊗ A₂⁻¹ ⊗ …; LinAlgError where a factor is singular."""
        return KroneckerOperator(*_inverses(self.factors, self._lu))

    def slogdet(self) -> tuple[Any, float]:
        """The sign (or phase) and the logarithm of the modulus of ∏ det(Aᵢ)^(N / nᵢ), N the size of the product."""
        self._require_square("A determinant")
        if any(factor.shape[0] != factor.shape[1] for factor in self.factors):
            return 0.0, -np.inf  # rank ≤ ∏ min(mᵢ, nᵢ) < N
        powers = [self.shape[0] // factor.shape[0] for factor in self.factors]
        signs, logs = zip(*self._slogdets(), strict=True)
        sign = np.prod([sign**power for sign, power in zip(signs, powers, strict=True)])
        return sign, float(sum(log * power for log, power in zip(logs, powers, strict=True)))

    def eigenvalues(self) -> Array:
        """The N products of one eigenvalue of each factor, the last factor's running fastest."""
        return reduce(lambda all_, new: np.multiply.outer(all_, new).ravel(), self._spectra())

    def trace(self) -> Any:
        """∏ tr(Aᵢ) for square factors."""
        return np.prod([_trace(factor) for factor in self._square_factors("A trace")])


class DirectSumOperator(StructuredOperator):
    """A₁ ⊕ A₂ ⊕ …: block diagonal, each block applied to its own part of the vector.

    Source: Horn & Johnson, Matrix Analysis (2013), section 0.9.2.
    """

    def __init__(self, *blocks: Any) -> None:
        flat = _flattened(blocks, DirectSumOperator)
        super().__init__(flat, (sum(block.shape[0] for block in flat), sum(block.shape[1] for block in flat)))

    def _parts(self, X: Array, axis: int) -> list[Array]:
        ends = np.cumsum([block.shape[axis] for block in self.factors])[:-1]
        return np.split(X, ends)

    def _matmat(self, X: Array) -> Array:
        return np.concatenate([b @ part for b, part in zip(self.factors, self._parts(X, 1), strict=True)])

    def _adjoint(self) -> Any:
        return DirectSumOperator(*(block.T.conj() for block in self.factors))

    def _transpose(self) -> Any:
        return DirectSumOperator(*(block.T for block in self.factors))

    def _solve(self, B: Array) -> Array:
        lus = self._lu
        return np.concatenate([lu.solve(part) for lu, part in zip(lus, self._parts(B, 0), strict=True)])

    def inverse(self) -> "DirectSumOperator":
        """A₁⁻¹ ⊕ A₂⁻¹ ⊕ …; LinAlgError where a block is singular."""
        return DirectSumOperator(*_inverses(self.factors, self._lu))

    def slogdet(self) -> tuple[Any, float]:
        """The sign (or phase) and the logarithm of the modulus of ∏ det(Aᵢ)."""
        self._require_square("A determinant")
        if any(block.shape[0] != block.shape[1] for block in self.factors):
            return 0.0, -np.inf
        signs, logs = zip(*self._slogdets(), strict=True)
        return np.prod(signs), float(sum(logs))

    def eigenvalues(self) -> Array:
        """Those of the first block, then those of the second, …."""
        return np.concatenate(self._spectra())

    def trace(self) -> Any:
        """Σ tr(Aᵢ) for square blocks."""
        return sum(_trace(block) for block in self._square_factors("A trace"))


def _along_axes(X: Array, sizes: list[int], maps: list[Any]) -> Array:
    """Each map applied along its own axis of X, whose rows are numbered by all axes together, the last one fastest."""
    columns = X.shape[1]
    image = X
    for axis, (size, apply) in reversed(list(enumerate(zip(sizes, maps, strict=True)))):
        before = int(np.prod(sizes[:axis], dtype=object))
        cube = image.reshape(before, size, -1)
        front = cube.transpose(1, 0, 2).reshape(size, -1) if before > 1 else cube[0]
        image = apply(front)
        image = image.reshape(len(image), before, -1).transpose(1, 0, 2).reshape(-1, columns)
    return image


def _flattened(factors: Sequence[Any], kind: type[StructuredOperator]) -> list[Any]:
    """The factors, with those of a factor of the same kind in its place (both products are associative)."""
    return [inner for factor in factors for inner in (factor.factors if isinstance(factor, kind) else (factor,))]


def _inverses(factors: Sequence[Any], lus: list[LU]) -> list[Array]:
    return [lu.solve(np.eye(f.shape[0], dtype=f.dtype)) for f, lu in zip(factors, lus, strict=True)]


def _dense(factor: Any) -> Array:
    return factor.toarray() if hasattr(factor, "toarray") else factor


def _trace(factor: Any) -> Any:
    return factor.trace()


def _slogdet(factor: Any) -> tuple[Any, float]:
    if isinstance(factor, StructuredOperator):
        return factor.slogdet()
    if not sps.issparse(factor):
        sign, log = np.linalg.slogdet(factor)
        return sign, float(log)
    try:
        return LU(factor).slogdet()
    except LinAlgError:
        return 0.0, -np.inf


def _eigenvalues(matrix: Array) -> Array:
    if np.array_equal(matrix, matrix.T.conj()):
        return np.linalg.eigvalsh(matrix)
    return np.linalg.eigvals(matrix)
