"""What `dvec.analyze` gives: everything found out about one matrix, with the reasons, as data, text and HTML.

May import NumPy, SciPy, and this room's pages and pictures where they are asked for.
"""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any, Protocol

import numpy as np
import scipy.linalg as sla

from dvec.linalg._checks import Array
from dvec.linalg.definiteness import Definiteness


@dataclass(frozen=True)
class Finding:
    """One verdict: what it is about, the verdict in a few words, and the numbers and tolerance behind it."""

    topic: str
    verdict: str
    why: str


@dataclass(frozen=True)
class Call:
    """One library call that the report rests on: the routine, what it was for, and the seconds it took."""

    routine: str
    purpose: str
    seconds: float


class Progress(Protocol):
    """What shows the progress of long work: told of each step as it begins, with its share of the whole time."""

    def step(self, purpose: str, share: float) -> None:
        """The step `purpose` begins; it is expected to take `share` of the whole time."""
        ...

    def done(self) -> None:
        """The work is finished."""
        ...


class Silent:
    """A progress display that shows nothing."""

    def step(self, purpose: str, share: float) -> None:
        """Nothing."""

    def done(self) -> None:
        """Nothing."""


@dataclass(eq=False, repr=False)
class MatrixReport:
    """Everything found out about one matrix A (m×n). What could not be had is None, and `omitted` says why.

    Numbers come with what they rest on: `tolerance` (singular values up to it count as 0), `findings` (each verdict
    with its reasons), `calls` (the library routines and their seconds), `estimates` (values that are bounds or not
    proven, by name, with a word on each).
    """

    matrix: Any
    """The matrix itself, dense or sparse (not a copy)."""
    shape: tuple[int, int]
    trace: Any = None
    """The sum of the diagonal entries; None unless square."""
    rank: int | None = None
    determinant: Any = None
    """0 or inf where the modulus is out of range: see `log_determinant`."""
    log_determinant: float | None = None
    """The logarithm of the modulus of the determinant."""
    eigenvalues: Any = None
    """All n eigenvalues: ascending for a Hermitian matrix, in LAPACK's order otherwise."""
    singular_values: Any = None
    """All min(m, n) singular values, largest first."""
    definiteness: Definiteness | None = None
    """The sign of the quadratic form Re(xᴴA x), see `dvec.linalg.definiteness`; None unless square."""
    norms: dict[str, float] = field(default_factory=dict[str, float])
    """By name: `"1" "2" "inf"` (induced), `"fro" "nuc" "max"`."""
    condition: float | None = None
    """The largest singular value over the smallest, inf where that is 0."""
    asymmetry: float | None = None
    """The largest modulus in A − Aᴴ; None unless square and dense."""
    is_symmetric: bool = False
    is_hermitian: bool = False
    is_normal: bool | None = False
    is_orthogonal: bool | None = False
    """AᴴA = I (orthogonal, or unitary if complex)."""
    is_singular: bool | None = None
    """Whether the rank is below min(m, n), at the tolerance; for a square matrix: whether it has no inverse."""
    inverse_kind: str | None = None
    """`"inverse"`, `"left"`, `"right"`, or `"pseudo"` where only the Moore–Penrose inverse exists."""
    tolerance: float = 0.0
    estimates: dict[str, tuple[float, str]] = field(default_factory=dict[str, tuple[float, str]])
    omitted: dict[str, str] = field(default_factory=dict[str, str])
    findings: list[Finding] = field(default_factory=list[Finding])
    calls: list[Call] = field(default_factory=list[Call])
    vectors: Any = None
    """The eigenvectors where they are computed already; ask for `eigenvectors`."""

    @property
    def eigenvectors(self) -> Any:
        """V (n×n) with A V = V diag(eigenvalues), columns of length 1; unitary for a Hermitian A.

        Computed with the report up to n = 500, on first request above. None for a matrix that is not square or too
        large and sparse.
        """
        if self.vectors is None and self.eigenvalues is not None and isinstance(self.matrix, np.ndarray):
            self.vectors = _eigenvectors(self.matrix, self.eigenvalues, self.is_hermitian)
        return self.vectors

    @contextmanager
    def timed(self, routine: str, purpose: str) -> Generator[None]:
        """Records the routine called inside the block, with its time."""
        start = perf_counter()
        yield
        self.calls.append(Call(routine, purpose, perf_counter() - start))

    @property
    def text(self) -> str:
        """The report as plain text."""
        from dvec.linalg.pages import as_text

        return as_text(self)

    @property
    def html(self) -> str:
        """The report as one HTML page with its pictures inside; nothing in it is loaded from elsewhere."""
        from dvec.linalg.pages import as_html

        return as_html(self)

    def to_dict(self) -> dict[str, Any]:
        """The report as numbers, text, lists and dictionaries, ready for JSON; complex numbers become [re, im]."""
        from dvec.linalg.pages import as_dict

        return as_dict(self)

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        rows, columns = self.shape
        return f"<MatrixReport of a {rows}x{columns} matrix: rank {self.rank}, {self.inverse_kind}>"

    def _repr_html_(self) -> str:
        return self.html


def _eigenvectors(matrix: Array, values: Array, hermitian: bool) -> Array:
    """The eigenvectors, in the order of the eigenvalues that were computed without them."""
    if hermitian:
        return sla.eigh(matrix / 2 + matrix.T.conj() / 2)[1]
    from scipy.optimize import linear_sum_assignment

    again, vectors = np.linalg.eig(matrix)
    distance = np.abs(values[:, None] - again[None, :])
    return vectors[:, linear_sum_assignment(distance)[1]]
