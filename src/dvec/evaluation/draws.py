"""Random matrices with declared properties, as unsymmetric as the properties allow.

May import core and NumPy.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from dvec.core.properties import Properties

Array = Any
STYLES = ("any", "positive", "small", "near identity", "large", "negative", "tiny")
_TRIES = 8


def draw(
    rng: np.random.Generator, shape: tuple[int, int], properties: Properties, style: str = "any", scale: float = 1.0
) -> Array | None:
    """A random matrix that has the properties, or None where none was found: a skew invertible 3×3, say.

    The style says what the entries are like where the properties leave it open, and so does the scale.
    """
    for _ in range(_TRIES):
        base = _entries(rng, shape, style, properties)
        makers = _ORTHOGONAL if properties & {"orthogonal", "unitary"} else (_structured,)
        for maker in makers:
            found = maker(rng, base, properties)
            if found is not None and all(satisfies(found, name) for name in properties):
                return found * _allowed(scale, properties)
    return None


def _allowed(scale: float, properties: Properties) -> float:
    """What the entries of a matrix with these properties may be multiplied by."""
    if properties & {"orthogonal", "unitary"}:
        return 1.0
    return max(1.0, float(round(scale))) if "integer" in properties else scale


def _entries(rng: np.random.Generator, shape: tuple[int, int], style: str, properties: Properties) -> Array:
    if "integer" in properties:
        sizes = rng.integers(1, 4, size=shape).astype(float)
        signs = 1.0 if style == "positive" or "positive" in properties else rng.choice([-1.0, 1.0], size=shape)
        return sizes * (-1.0 if style == "negative" else signs)
    if "positive" in properties or style in ("positive", "negative"):
        base = rng.uniform(0.5, 1.5, size=shape)
    else:
        base = rng.normal(size=shape)
    if style == "near identity" and shape[0] == shape[1] > 1:
        base = np.eye(shape[0]) + 0.2 * base
    if "complex" in properties:
        base = base + 1j * rng.normal(size=shape) * (0.2 if style == "near identity" else 1.0)
    return base * {"small": 0.3, "tiny": 0.1, "large": 3.0, "negative": -1.0}.get(style, 1.0)


# ------------------------------------------------------------------ structures


def _structured(rng: np.random.Generator, base: Array, properties: Properties) -> Array:
    result = base
    one_sided = properties & {"lower triangular", "upper triangular"}
    for name, impose in _IMPOSED.items():
        if name in properties or (name == "diagonal" and one_sided and properties & _TWO_SIDED):
            result = impose(result)
    result = np.round(result) if "integer" in properties else result
    if "positive semidefinite" in properties:
        result = _lifted(rng, result, properties)
    return result


def _lifted(rng: np.random.Generator, base: Array, properties: Properties) -> Array:
    """A multiple of the identity added to make it definite; where it need only be semidefinite, often singular."""
    singular = "invertible" not in properties and rng.random() < 0.5
    spread = max(float(np.abs(base).max()), 1e-3)
    smallest = float(np.linalg.eigvalsh(base)[0])
    shift = -smallest if singular else spread * rng.uniform(0.3, 0.8) - min(smallest, 0.0)
    shift = np.ceil(shift) if "integer" in properties else shift
    return base + shift * np.eye(base.shape[0])


def _toeplitz(base: Array) -> Array:
    rows, cols = base.shape
    band = np.concatenate([base[::-1, 0], base[0, 1:]])
    return band[np.arange(cols)[None, :] - np.arange(rows)[:, None] + rows - 1]


_TWO_SIDED = frozenset(["symmetric", "hermitian", "skew"])
_IMPOSED: dict[str, Callable[[Array], Array]] = {
    "toeplitz": _toeplitz,
    "diagonal": lambda a: np.diag(np.diag(a)),
    "lower triangular": np.tril,
    "upper triangular": np.triu,
    "symmetric": lambda a: (a + a.T) / 2,
    "hermitian": lambda a: (a + a.conj().T) / 2,
    "skew": lambda a: (a - a.T) / 2,
}


def _householder(rng: np.random.Generator, base: Array, properties: Properties) -> Array:
    v = base[:, :1]
    return np.eye(len(v)) - 2 * v @ v.conj().T / np.linalg.norm(v) ** 2


def _skew_orthogonal(rng: np.random.Generator, base: Array, properties: Properties) -> Array | None:
    half, odd = divmod(base.shape[0], 2)
    if odd:
        return None
    q = np.linalg.qr(base)[0]
    return q @ np.kron(np.eye(half), np.array([[0.0, 1.0], [-1.0, 0.0]])) @ q.T


def _signs(rng: np.random.Generator, base: Array, properties: Properties) -> Array:
    return np.diag(rng.choice([-1.0, 1.0], size=base.shape[0])) + 0 * base


def _reflection(rng: np.random.Generator, n: int) -> Array:
    """The identity, or with its first entry negated: so that orthogonal matrices of either determinant are drawn."""
    return np.diag([rng.choice([-1.0, 1.0]), *np.ones(n - 1)])


_ORTHOGONAL: tuple[Callable[[np.random.Generator, Array, Properties], Array | None], ...] = (
    lambda rng, base, properties: np.linalg.qr(base)[0] @ _reflection(rng, base.shape[0]),
    _householder,
    _skew_orthogonal,
    _signs,
    lambda rng, base, properties: -np.eye(base.shape[0]) + 0 * base,
    lambda rng, base, properties: np.eye(base.shape[0]) + 0 * base,
)


# ------------------------------------------------------------------ checks


def satisfies(a: Array, name: str) -> bool:
    """Whether a matrix has a property, up to rounding; a rank must be clear of doubt."""
    return bool(_CHECKS[name](a, 1e-9 * max(1.0, float(np.abs(a).max(initial=0.0)))))


def _close(a: Array, b: Array, tolerance: float) -> bool:
    return a.shape == b.shape and bool(np.abs(a - b).max(initial=0.0) <= tolerance)


def _rank_is(a: Array, rank: int) -> bool:
    if min(a.shape) < rank:
        return False
    values = np.linalg.svd(a, compute_uv=False)
    return rank == 0 or bool(values[rank - 1] > 1e-3 * values[0])


def _smallest(a: Array) -> float:
    return float(np.linalg.eigvalsh((a + a.conj().T) / 2)[0])


_CHECKS: dict[str, Callable[[Array, float], Any]] = {
    "symmetric": lambda a, t: _close(a, a.T, t),
    "hermitian": lambda a, t: _close(a, a.conj().T, t),
    "skew": lambda a, t: _close(a, -a.T, t),
    "diagonal": lambda a, t: _close(a, np.diag(np.diag(a)), t),
    "orthogonal": lambda a, t: _close(a @ a.T, np.eye(a.shape[0]), t),
    "unitary": lambda a, t: _close(a @ a.conj().T, np.eye(a.shape[0]), t),
    "positive definite": lambda a, t: _close(a, a.conj().T, t) and _smallest(a) > 1e6 * t,
    "positive semidefinite": lambda a, t: _close(a, a.conj().T, t) and _smallest(a) > -t * 10,
    "invertible": lambda a, t: a.shape[0] == a.shape[1] and _rank_is(a, a.shape[0]),
    "lower triangular": lambda a, t: _close(a, np.tril(a), t),
    "upper triangular": lambda a, t: _close(a, np.triu(a), t),
    "toeplitz": lambda a, t: _close(a[1:, 1:], a[:-1, :-1], t),
    "full column rank": lambda a, t: _rank_is(a, a.shape[1]),
    "full row rank": lambda a, t: _rank_is(a, a.shape[0]),
    "positive": lambda a, t: np.isrealobj(a) and np.all(a > 0),
    "integer": lambda a, t: _close(a, np.round(a), t),
    "complex": lambda a, t: True,
}
