"""The inverse of a correlation matrix that follows its data, and the recursive least squares filter on it.

May import NumPy, this room's checks and its guarded recursion.
"""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from dvec.linalg._checks import Array, as_matrix, as_vector
from dvec.linalg.recursion import Recursion


class InverseCorrelation(Recursion):
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
    In float32 the default regularization of 1e-3 is small: for samples of unit size give 1 or so, else the first ones
    are damped.

    >>> tracker = InverseCorrelation(2, forgetting=0.5, regularization=1.0)
    >>> tracker.update([1.0, 0.0])
    >>> tracker.inverse
    array([[0.66666667, 0.        ],
           [0.        , 2.        ]])
    """

    def update(self, x: ArrayLike) -> None:
        """Take in one sample, a vector of n entries: R ← λ R + x xᴴ. O(n²): one symv and one syr (hemv, her)."""
        self.advance(self.sample(x))

    def update_many(self, X: ArrayLike) -> None:
        """Take in the samples in the rows of X (m×n), the first row first, as `update` would, in blocks by BLAS-3.

        Woodbury's identity on blocks of 64 samples; a block in which forgetting might have to be held goes sample by
        sample. Source: Golub & Van Loan, Matrix Computations (2013), section 2.1.4.
        """
        samples = as_matrix(X, "X")
        if samples.shape[1] != self.n:
            raise ValueError(f"X has {samples.shape[1]} columns (shape {samples.shape}); each sample needs {self.n}.")
        if samples.dtype.kind == "c" and self.dtype.kind == "f":
            self.make_complex()
        samples = samples.astype(self.dtype, copy=False)
        for start in range(0, len(samples), self.block):
            block = samples[start : start + self.block]
            if not self.advance_block(block):
                for row in block:
                    self.advance(np.ascontiguousarray(row))

    @property
    def inverse(self) -> Array:
        """P = R⁻¹, n×n, Hermitian, as an array of its own."""
        lower = np.tril(self.triangle) / self.dtype.type(self.rho)
        return lower + np.tril(lower, -1).T.conj()

    @property
    def report(self) -> str:
        """One sentence on what was taken in and whether the guard had to act."""
        guarded = "forgetting was never held" if not self.held else f"forgetting was held at {self.held} of them"
        damped = f", and {self.damped} entered with less than full weight" if self.damped else ""
        return f"{self.updates} samples taken in; {guarded}{damped}."

    def __repr__(self) -> str:
        return f"<{type(self).__name__} n={self.n} forgetting={self.forgetting:g} {self.dtype}: {self.report}>"


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
        sample, wanted = tracker.sample(x), _scalar(d)
        if isinstance(wanted, complex) and not tracker.is_complex:
            tracker.make_complex()
            sample = sample.astype(tracker.dtype)
        if self._weights.dtype != tracker.dtype:
            self._weights = self._weights.astype(tracker.dtype)
        error = wanted - tracker.dot(self._weights, sample)
        image, pivot = tracker.advance(sample)
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
