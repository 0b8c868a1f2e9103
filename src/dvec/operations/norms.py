"""Norms of vectors and matrices.

May import core.
"""

from dvec.core.algebra import HALF, conj
from dvec.operations.entrywise import SIGN
from dvec.operations.records import general
from dvec.operations.reductions import SUM, TRACE

_LATER = "its derivative is not built yet"

NORM2 = general(
    "norm2", "mn->11", rule="differential of a norm", invariant=True,
    differential=(lambda A, d: TRACE(conj(A).T @ d) / NORM2(A),), real=True,
    domain="nonzero norm", definition=lambda A: SUM(A**2) ** HALF,
    homogeneous=(), properties=lambda A: ["positive"], code="np.linalg.norm({0})", latex=r"\|{0}\|", unicode="‖{0}‖",
    source="Petersen & Pedersen, Matrix Cookbook, eq. (129), (132)",
)  # fmt: skip
NORM1 = general(
    "norm1", "mn->11", rule="differential of a 1-norm", invariant=True,
    differential=(lambda A, d: TRACE(SIGN(A).T @ d),), real=True, domain="nonzero",
    properties=lambda A: ["positive"], code="np.sum(np.abs({0}))", latex=r"\|{0}\|_1",
)  # fmt: skip
SPECTRAL = general(
    "norm", "mn->11", invariant=True, real=True, code="np.linalg.norm({0}, 2)", latex=r"\|{0}\|_2", refusal=_LATER
)
INDUCED1 = general("norm_1", "mn->11", real=True, text="norm({0}, 1)", code="np.linalg.norm({0}, 1)",
                   latex=r"\|{0}\|_{{1\to 1}}", refusal=_LATER)  # fmt: skip
INDUCED_INF = general("norm_inf", "mn->11", real=True, text="norm({0}, inf)", code="np.linalg.norm({0}, np.inf)",
                      latex=r"\|{0}\|_\infty", refusal=_LATER)  # fmt: skip
NUCLEAR = general("norm_nuc", "mn->11", invariant=True, real=True, text="norm({0}, 'nuc')",
                  code="np.linalg.norm({0}, 'nuc')",
                  latex=r"\|{0}\|_*", refusal=_LATER)  # fmt: skip
MAXNORM = general("norm_max", "mn->11", invariant=True, real=True, text="norm({0}, 'max')",
                  code="np.max(np.abs({0}))", latex=r"\|{0}\|_{{\max}}", refusal=_LATER)  # fmt: skip
INDMAX = general("indmax", "mn->mn", real=True, refusal=_LATER,
                 code="(lambda a: (np.arange(a.size).reshape(a.shape) == np.argmax(a)) * 1.0)({0})")  # fmt: skip
