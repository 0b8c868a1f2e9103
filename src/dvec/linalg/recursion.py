"""The guarded recursion S ← S − step·(S x)(S x)ᴴ for P = S/ρ, sample by sample and in blocks, on BLAS kernels.

May import NumPy, SciPy's BLAS and LAPACK, and this room's checks.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import DTypeLike
from scipy.linalg import blas, lapack

from dvec.linalg._checks import Array, as_positive, as_size, as_vector

HOLD = 0.01
"""Forgetting is held where trace(P)·(trace(R) + ‖x‖²) exceeds HOLD/eps: a bound on the condition of P after x."""
CAP = 0.03
"""Nor may a sample bring trace(P)·‖x‖²·(1/r + weight), the condition along itself, above CAP/eps: its weight falls."""
_CHECK_EVERY = 64
_BLOCK = 64


class Recursion:
    """P = S/ρ with the lower triangle of S in `triangle`; what `InverseCorrelation` documents, as a kernel.

    `sample` checks one x, `advance` takes it in and gives what the gain is made of, `advance_block` takes in many.
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
        self.triangle = np.asfortranarray(np.eye(self.n, dtype=self.dtype) / self.regularization)
        self.rho = 1.0
        self._trace = self.n / self.regularization  # of S
        self._energy = self.n * self.regularization  # trace of R
        self._ceiling = float(np.finfo(self.dtype).max) ** 0.5
        self._until_check = self._check_every
        if not (np.isfinite(self.triangle[0, 0]) and 0 < self._trace < self._ceiling):
            raise ValueError(f"regularization {regularization:g} is out of range for {self.dtype}.")

    # ------------------------------------------------------------------ one sample

    def sample(self, x: Any) -> Array:
        """x as a vector of this precision. Finiteness is tested later, on ‖x‖², which the update needs anyway."""
        if type(x) is np.ndarray and x.dtype == self.dtype and x.shape == self._shape:
            return x
        vector = as_vector(x, "x", size=self.n)
        if vector.dtype.kind == "c" and self.dtype.kind == "f":
            self.make_complex()
        return vector.astype(self.dtype)

    def advance(self, x: Array) -> tuple[Array, float]:
        """Take x in; gives S x and λρ + xᴴS x, whose quotient is the gain P x / (λ + r), before the update."""
        image = self._hemv(1.0, self.triangle, x, lower=1)
        if self.is_complex:
            beta, size, energy = self.dot(x, image).real, self.dot(image, image).real, self.dot(x, x).real
        else:
            beta, size, energy = self.dot(x, image), self.dot(image, image), self.dot(x, x)
        rho = self.forgetting * self.rho
        after = self.forgetting * self._energy + energy
        if self._trace * after <= self._hold * rho and self._trace < self._ceiling * rho:
            step = 1.0 / (rho + beta)
            gain = image, rho + beta
            self.rho, self._energy = rho, after
        else:  # not-a-number and infinity fail the comparison, too
            step = self._guarded_step(x, beta, energy)
            gain = image, rho + max(beta, 0.0)
        if step:
            self._her(-step, image, lower=1, a=self.triangle, overwrite_a=1)
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
            raise ValueError(f"x must be finite, and not so large that its squared norm overflows {self.dtype}.")
        self._trace = float(np.trace(self.triangle).real)
        self.held += self.forgetting < 1
        leverage = beta / self.rho
        if not (leverage > 0 and energy > 0):
            return 0.0
        wanted = 1 - (1 - self.forgetting) / leverage
        allowed = self._cap * self.rho / (self._trace * energy) - 1 / leverage
        self.damped += allowed < wanted
        weight = min(max(min(wanted, allowed), 0.0), 1.0)
        self._energy += weight * energy
        return weight / (self.rho + weight * beta)

    def _recheck(self) -> None:
        """Now and then, O(n²) at most: ρ back to about 1 by a power of two (exact), the trace of S summed anew."""
        if self.rho < 1e-6:
            factor = 2.0 ** round(-math.log2(self.rho))
            self.triangle *= self.dtype.type(factor)
            self.rho *= factor
        self._trace = float(np.trace(self.triangle).real)
        self._until_check = self._check_every

    # ------------------------------------------------------------------ a block of samples

    def advance_block(self, block: Array) -> bool:
        """Take in the rows of a block at once, unless forgetting might have to be held on the way: then False.

        R(m) = λᵐ (R + Y Yᴴ), column j of Y being λ^(−j/2) xⱼ, so S ← S − K (ρ I + Yᴴ K)⁻¹ Kᴴ with K = S Y.
        """
        weights = self.forgetting ** -np.arange(1.0, len(block) + 1)
        energies = np.einsum("ij,ij->i", block, block.conj()).real
        rho = self.rho / weights[-1]
        after = self._energy + float(weights @ energies)
        if not (self._trace * after <= self._hold * rho and self._trace < self._ceiling * rho):
            return False
        Y = np.asfortranarray(block.T * np.sqrt(weights).astype(energies.dtype))
        K = self._hemm(1.0, self.triangle, Y, lower=1)
        inner = self._gemm(1.0, Y, K, trans_a=2)
        inner.ravel(order="K")[:: len(block) + 1] += self.rho
        factor, info = self._potrf(inner, lower=1, overwrite_a=1)
        if info:
            return False
        half = self._trsm(1.0, factor, K, side=1, lower=1, trans_a=2, overwrite_b=1)
        self._herk(-1.0, half, beta=1.0, c=self.triangle, lower=1, overwrite_c=1)
        self.rho, self._energy = rho, after / weights[-1]
        self.updates += len(block)
        self._recheck()
        return True

    # ------------------------------------------------------------------ types

    def _set_type(self, dtype: np.dtype) -> None:
        if dtype.char not in "fdFD":
            raise ValueError(f"dtype must be float32, float64, complex64 or complex128, not {dtype}.")
        self.dtype, self.is_complex = dtype, dtype.kind == "c"
        names = ("hemv", "her", "hemm", "herk", "dotc") if self.is_complex else ("symv", "syr", "symm", "syrk", "dot")
        like = np.empty(0, dtype=dtype)
        kernels = blas.get_blas_funcs((*names, "gemm", "trsm"), (like,))
        self._hemv, self._her, self._hemm, self._herk, self.dot, self._gemm, self._trsm = kernels
        (self._potrf,) = lapack.get_lapack_funcs(("potrf",), (like,))
        eps = float(np.finfo(dtype).eps)
        self._hold, self._cap = HOLD / eps, CAP / eps
        # λᵐ must not fall below 2⁻²⁰ between two checks, nor within a block
        reach = int(20 * math.log(2) / -math.log(self.forgetting)) if self.forgetting < 1 else _CHECK_EVERY
        self._check_every = max(1, min(_CHECK_EVERY, reach))
        self.block = max(1, min(_BLOCK, reach))

    def make_complex(self) -> None:
        self._set_type(np.dtype(np.complex64 if self.dtype.char == "f" else np.complex128))
        self.triangle = np.asfortranarray(self.triangle.astype(self.dtype))
