"""Where a function and its derivative exist: what the column `domain` of the table asks of the first argument.

May import core and NumPy. Each check keeps a margin, so that a finite difference does not step over the edge.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from dvec.core.node import CONSTANT, Node, Op

Array = Any
_EDGE = 0.05


# Numbers are compared as such: long formulas have thousands, and NumPy's functions for arrays take ten times as long.
def _nonzero(x: Array) -> bool:
    if isinstance(x, float):
        return abs(x) > _EDGE
    return bool(np.abs(x).min(initial=1.0) > _EDGE)


def _positive(x: Array) -> bool:
    """Positive; complex numbers must stay off the cut along the negative axis."""
    if isinstance(x, float):
        return x > _EDGE
    a: Array = np.asarray(x)
    real, imaginary = a.real, abs(a.imag)
    if not np.any(imaginary):
        return bool(np.min(real, initial=1.0) > _EDGE)
    return _nonzero(x) and not np.any((real < 0) & (imaginary < _EDGE))


def _regular(x: Array, limit: float) -> bool:
    values = np.linalg.svd(np.atleast_2d(x), compute_uv=False)
    return values.size == 0 or bool(values[-1] > 1e-3 and values[0] < limit * values[-1])


def _positive_spectrum(x: Array) -> bool:
    """With a margin beside the largest entry too: of large numbers even a singular matrix has some, by rounding."""
    a = np.atleast_2d(x)
    edge = max(_EDGE, 1e-6 * float(np.abs(a).max(initial=0.0)))
    return bool(np.linalg.eigvals(a).real.min(initial=2 * edge) > edge)


def _simple_spectrum(x: Array) -> bool:
    a = np.atleast_2d(x)
    scale = max(float(np.abs(a).max(initial=0.0)), 1e-9)
    gaps = np.diff(np.linalg.eigvalsh(a))
    return bool(np.abs(a - a.conj().T).max(initial=0.0) < 1e-9 * scale and gaps.min(initial=scale) > 0.02 * scale)


def _whole(exponent: Array) -> bool:
    if isinstance(exponent, float):
        return exponent.is_integer()
    a: Array = np.asarray(exponent)
    return bool((a == a.round()).all())


def _power(node: Node, x: Array, exponent: Array, limit: float) -> bool:
    """Whole powers of anything (negative ones of what is not zero), other powers of positive numbers."""
    whole = node.args[1].op is CONSTANT or node.args[1].has("integer")
    if whole and _whole(exponent):
        return _nonzero(x) or bool(np.all(exponent >= 0))
    return _positive(x)


def _matrix_power(node: Node, x: Array, exponent: Array, limit: float) -> bool:
    return _whole(exponent) and (bool(exponent >= 0) or _regular(x, limit))


def has_kink(op: Op) -> bool:
    """Whether it is a function of single numbers with a kink (or a jump) at 0: abs, sign, relu, step."""
    return op.derivative is not None and op.domain == "nonzero"


Check = Callable[[Node, Array, Array, float], Any]
"""(node, value of the first argument, of the second, largest condition number allowed) -> whether it is inside."""

DOMAINS: dict[str, tuple[str, Check]] = {
    "positive": ("positive entries", lambda node, x, y, limit: _positive(x)),
    "within 1": ("entries between -1 and 1", lambda node, x, y, limit: np.abs(x).max(initial=0.0) < 0.95),
    "nonzero": ("entries that are not zero", lambda node, x, y, limit: _nonzero(x)),
    "nonzero norm": ("an argument that is not zero", lambda node, x, y, limit: np.linalg.norm(x) > _EDGE),
    "power": ("a positive base", _power),
    "matrix power": ("a whole exponent and, if it is negative, an invertible matrix", _matrix_power),
    "invertible": ("an invertible matrix", lambda node, x, y, limit: _regular(x, limit)),
    "full rank": ("a matrix of full rank", lambda node, x, y, limit: _regular(x, limit)),
    "positive spectrum": ("eigenvalues off the negative axis", lambda node, x, y, limit: _positive_spectrum(x)),
    "symmetric": ("a symmetric matrix with distinct eigenvalues", lambda node, x, y, limit: _simple_spectrum(x)),
}
