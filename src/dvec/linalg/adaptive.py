"""The inverse of a correlation matrix that follows its data, sample by sample or in blocks, and the RLS filter on it.

May import NumPy, SciPy's BLAS and LAPACK, and this room's checks.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike
from scipy.linalg import blas, lapack

from dvec.linalg._checks import Array, as_matrix, as_positive, as_size, as_vector

HOLD = 0.01
"""Forgetting is held where trace(P)·(trace(R) + ‖x‖²) exceeds HOLD/eps: a bound on the condition of P after x."""
CAP = 0.03
"""No sample may bring the condition along itself, trace(P)·‖x‖² (1/r + weight), above CAP/eps; its weight is lowered."""
_CHECK_EVERY = 64
_BLOCK = 64


class InverseCorrelation:
    """P = R⁻¹ (n×n) of R(t) = λ R(t−1) + x xᴴ, R(0) = regularization·I, kept up to date in O(n²) a sample.

    With λ = `forgetting` in (0, 1] and r = xᴴP x: P ← (P − (P x)(P x)ᴴ / (λ + r)) / λ, the matrix inversion lemma.
    Real or complex: the first complex sample makes it complex. `dtype` float32 halves the memory; samples are taken to
    it. Source: Haykin, Adaptive Filter Theory (2014), section 10.3; Sayed, Adaptive Filters (2008), section 30.2.

    How it stays right over any number of updates. P is kept as S/ρ with a scalar ρ, which takes the factor 1/λ, and
    only one triangle of S exists: P is Hermitian by construction. Where the input leaves directions unexcited (a
    constant, a sinusoid, silence), P grows there as λ⁻ᵗ until rounding makes it indefinite. So before
    trace(P)·trace(R) reaches 0.01/eps, forgetting is held in all directions but that of x (directional forgetting:
    Kulhavý & Kárný 1984; Bittanti, Bolzern & Campi 1990): R ← R + ε x xᴴ with ε = 1 − (1 − λ)/r, clipped to [0, 1],
    and ε is lowered where x xᴴ would carry R beyond what the precision can invert. `held` counts the samples at which
    forgetting was held, `damped` those whose ε was lowered; if both are 0, R is exactly what the first line says.

    >>> tracker = InverseCorrelation(2, forgetting=0.5, regularization=1.0)
    >>> tracker.update([1.0, 0.0])
    >>> tracker.inverse
    array([[0.66666667, 0.        ],
           [0.        , 2.        ]])
    """

    def __init__(
        self, n: int, forgetting: float = 1.0, regularization: float = 1e-3, dtype: DTypeLike = np.float64
    ) -> None:
        self.n = as_size(n, "n")
        self.forgetting = as_positive(forgetting, "forgetting", at_most=1.0)
        self.regularization = as_positive(regularization, "regularization")
        self.updates = 0
        """The samples taken in."""
        self.held = 0
        """The samples at which forgetting was held, to keep P positive definite."""
        self.damped = 0
        """The samples that entered R with less than their full weight, for the same reason."""
        self._shape = (self.n,)
        self._set_type(np.dtype(dtype))
        self._S = np.asfortranarray(np.eye(self.n, dtype=self._dtype) / self.regularization)
        self._rho = 1.0
        self._trace = self.n / self.regularization  # of S
        self._energy = self.n * self.regularization  # trace of R
        self._ceiling = float(np.finfo(self._dtype).max) ** 0.5
        self._until_check = self._check_every
        if not (np.isfinite(self._S[0, 0]) and 0 < self._trace < self._ceiling):
            raise ValueError(f"regularization {regularization:g} is out of range for {self._dtype}.")

    def update(self, x: ArrayLike) -> None:
        """Take in one sample, a vector of n entries: R ← λ R + x xᴴ. O(n²): one symv and one syr (hemv, her)."""
        self._advance(self._sample(x))

    def update_many(self, X: ArrayLike) -> None:
        """Take in the samples in the rows of X (m×n), the first row first, as `update` would, in blocks by BLAS-3.

        Woodbury's identity on blocks of 64 samples; a block in which forgetting might have to be held goes sample by
        sample. Source: Golub & Van Loan, Matrix Computations (2013), section 2.1.4.
        """
        samples = as_matrix(X, "X")
        if samples.shape[1] != self.n:
            raise ValueError(f"X has {samples.shape[1]} columns (shape {samples.shape}); each sample needs {self.n}.")
        if samples.dtype.kind == "c" and self._dtype.kind == "f":
            self._make_complex()
        samples = samples.astype(self._dtype, copy=False)
        for start in range(0, len(samples), self._block):
            block = samples[start : start + self._block]
            if not self._advance_block(block):
                for row in block:
                    self._advance(np.ascontiguousarray(row))

    @property
    def inverse(self) -> Array:
        """P = R⁻¹, n×n, Hermitian, as an array of its own."""
        lower = np.tril(self._S) / self._dtype.type(self._rho)
        return lower + np.tril(lower, -1).T.conj()

    @property
    def report(self) -> str:
        """One sentence on what was taken in and whether the guard had to act."""
        guarded = "forgetting was never held" if not self.held else f"forgetting was held at {self.held} of them"
        damped = f", and {self.damped} entered with less than full weight" if self.damped else ""
        return f"{self.updates} samples taken in; {guarded}{damped}."

    def __repr__(self) -> str:
        return f"<{type(self).__name__} n={self.n} forgetting={self.forgetting:g} {self._dtype}: {self.report}>"

    # ------------------------------------------------------------------ one sample

    def _sample(self, x: Any) -> Array:
        """x as a vector of this precision. Finiteness is tested later, on ‖x‖², which the update needs anyway."""
        if type(x) is np.ndarray and x.dtype == self._dtype and x.shape == self._shape:
            return x
        vector = as_vector(x, "x", size=self.n)
        if vector.dtype.kind == "c" and self._dtype.kind == "f":
            self._make_complex()
        return vector.astype(self._dtype)

    def _advance(self, x: Array) -> tuple[Array, float]:
        """Take x in; gives S x and λρ + xᴴS x, whose quotient is the gain P x / (λ + r), before the update."""
        image = self._hemv(1.0, self._S, x, lower=1)
        if self._complex:
            beta, size, energy = self._dot(x, image).real, self._dot(image, image).real, self._dot(x, x).real
        else:
            beta, size, energy = self._dot(x, image), self._dot(image, image), self._dot(x, x)
        rho = self.forgetting * self._rho
        after = self.forgetting * self._energy + energy
        if self._trace * after <= self._hold * rho and self._trace < self._ceiling * rho:
            step = 1.0 / (rho + beta)
            gain = image, rho + beta
            self._rho, self._energy = rho, after
        else:  # not-a-number and infinity fail the comparison, too
            step = self._guarded_step(x, beta, energy)
            gain = image, rho + max(beta, 0.0)
        if step:
            self._her(-step, image, lower=1, a=self._S, overwrite_a=1)
        self.updates += 1
        before = self._trace
        self._trace -= step * size
        self._until_check -= 1
        if self._until_check <= 0 or self._trace < 0.01 * before:
            self._recheck()
        return gain

    def _guarded_step(self, x: Array, beta: float, energy: float) -> float:
        """The factor of (S x)(S x)ᴴ while forgetting is held: ε / (ρ + ε β), see the class."""
        if not math.isfinite(energy):
            raise ValueError(f"x must be finite, and not so large that its squared norm overflows {self._dtype}.")
        self._trace = float(np.trace(self._S).real)
        self.held += self.forgetting < 1
        leverage = beta / self._rho
        if not (leverage > 0 and energy > 0):
            return 0.0
        wanted = 1 - (1 - self.forgetting) / leverage
        allowed = self._cap * self._rho / (self._trace * energy) - 1 / leverage
        self.damped += allowed < wanted
        weight = min(max(min(wanted, allowed), 0.0), 1.0)
        self._energy += weight * energy
        return weight / (self._rho + weight * beta)

    def _recheck(self) -> None:
        """Now and then, O(n²) at most: ρ back to about 1 by a power of two (exact), the trace of S summed anew."""
        if self._rho < 1e-6:
            factor = 2.0 ** round(-math.log2(self._rho))
            self._S *= self._dtype.type(factor)
            self._rho *= factor
        self._trace = float(np.trace(self._S).real)
        self._until_check = self._check_every

    # ------------------------------------------------------------------ a block of samples

    def _advance_block(self, block: Array) -> bool:
        """Take in the rows of a block at once, unless forgetting might have to be held on the way: then False.

        R(m) = λᵐ (R + Y Yᴴ), column j of Y being λ^(−j/2) xⱼ, so S ← S − K (ρ I + Yᴴ K)⁻¹ Kᴴ with K = S Y.
        """
        weights = self.forgetting ** -np.arange(1.0, len(block) + 1)
        energies = np.einsum("ij,ij->i", block, block.conj()).real
        rho = self._rho / weights[-1]
        after = self._energy + float(weights @ energies)
        if not (self._trace * after <= self._hold * rho and self._trace < self._ceiling * rho):
            return False
        Y = np.asfortranarray(block.T * np.sqrt(weights).astype(self._S.real.dtype))
        K = self._hemm(1.0, self._S, Y, lower=1)
        inner = self._gemm(1.0, Y, K, trans_a=2)
        inner.ravel(order="K")[:: len(block) + 1] += self._rho
        factor, info = self._potrf(inner, lower=1, overwrite_a=1)
        if info:
            return False
        half = self._trsm(1.0, factor, K, side=1, lower=1, trans_a=2, overwrite_b=1)
        self._herk(-1.0, half, beta=1.0, c=self._S, lower=1, overwrite_c=1)
        self._rho, self._energy = rho, after / weights[-1]
        self.updates += len(block)
        self._recheck()
        return True

    # ------------------------------------------------------------------ types

    def _set_type(self, dtype: np.dtype) -> None:
        if dtype.char not in "fdFD":
            raise ValueError(f"dtype must be float32, float64, complex64 or complex128, not {dtype}.")
        self._dtype, self._complex = dtype, dtype.kind == "c"
        names = ("hemv", "her", "hemm", "herk", "dotc") if self._complex else ("symv", "syr", "symm", "syrk", "dot")
        like = np.empty(0, dtype=dtype)
        kernels = blas.get_blas_funcs((*names, "gemm", "trsm"), (like,))
        self._hemv, self._her, self._hemm, self._herk, self._dot, self._gemm, self._trsm = kernels
        (self._potrf,) = lapack.get_lapack_funcs(("potrf",), (like,))
        eps = float(np.finfo(dtype).eps)
        self._hold, self._cap = HOLD / eps, CAP / eps
        # λᵐ must not fall below 2⁻²⁰ between two checks, nor within a block
        reach = int(20 * math.log(2) / -math.log(self.forgetting)) if self.forgetting < 1 else _CHECK_EVERY
        self._check_every = max(1, min(_CHECK_EVERY, reach))
        self._block = max(1, min(_BLOCK, reach))

    def _make_complex(self) -> None:
        self._set_type(np.dtype(np.complex64 if self._dtype.char == "f" else np.complex128))
        self._S = np.asfortranarray(self._S.astype(self._dtype))


class RLSFilter:
    """Recursive least squares: the w (n entries) that minimises Σ λ^(t−j) |d(j) − wᴴx(j)|² + λᵗ·regularization·‖w‖².

    It is kept up to date in O(n²) a sample on `InverseCorrelation` (`.correlation`, whose guard it inherits; the gain
    P x / (λ + xᴴP x) stays that of full forgetting along x, so the filter follows while the rest of P is held).
    Source: Haykin, Adaptive Filter Theory (2014), table 10.1.

    >>> rls = RLSFilter(1, regularization=1.0)
    >>> rls.update([1.0], 2.0), rls.weights
    (2.0, array([1.]))
    """

    def __init__(
        self, n: int, forgetting: float = 1.0, regularization: float = 1e-3, dtype: DTypeLike = np.float64
    ) -> None:
        self.correlation = InverseCorrelation(n, forgetting, regularization, dtype)
        self._weights = np.zeros(self.correlation.n, dtype=dtype)

    @property
    def weights(self) -> Array:
        """w, as an array of its own; the filter's output is wᴴx."""
        return self._weights.copy()

    def update(self, x: ArrayLike, d: complex) -> Any:
        """Take in a sample x (n entries) and the output d wanted there; gives the error d − wᴴx before the update."""
        tracker = self.correlation
        sample, wanted = tracker._sample(x), _scalar(d)
        if isinstance(wanted, complex) and not tracker._complex:
            tracker._make_complex()
            sample = sample.astype(tracker._dtype)
        if self._weights.dtype != tracker._dtype:
            self._weights = self._weights.astype(tracker._dtype)
        error = wanted - tracker._dot(self._weights, sample)
        image, pivot = tracker._advance(sample)
        self._weights += (error.conjugate() / pivot) * image
        return error

    def predict(self, x: ArrayLike) -> Any:
        """wᴴx for one sample of n entries."""
        return np.vdot(self._weights, as_vector(x, "x", size=self.correlation.n)).item()

    def __repr__(self) -> str:
        return f"<RLSFilter n={self.correlation.n}: {self.correlation.report}>"


def _scalar(d: Any) -> float | complex:
    """d as a finite float or complex number."""
    if isinstance(d, np.ndarray) and d.ndim == 0:
        d = d.item()
    if isinstance(d, bool) or not isinstance(d, int | float | complex | np.number):
        raise ValueError(f"d must be a number, not {d!r}.")
    number = complex(d) if isinstance(d, complex | np.complexfloating) else float(d)
    if not np.isfinite(number):
        raise ValueError(f"d must be finite, not {d!r}.")
    return number
