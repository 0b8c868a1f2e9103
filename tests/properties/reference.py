"""The value of a formula, entry by entry from the definition of each operation: slow, plain, and independent.

It reads a node's operation, arguments and parameters, and nothing else of dvec: no template, no einsum string, no plan.
Every value is a 2-D array, a scalar a 1×1.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Mapping
from functools import reduce
from itertools import product as every
from typing import Any

import numpy as np
import scipy.linalg
import scipy.special

from dvec.core.node import Node, postorder
from dvec.core.sizes import size_value

Array = np.ndarray[Any, Any]


def entries(rows: int, cols: int, entry: Callable[[int, int], float]) -> Array:
    """The matrix with these entries, counted from 0."""
    return np.array([[entry(i, j) for j in range(cols)] for i in range(rows)], dtype=float).reshape(rows, cols)


def vec(a: Array) -> Array:
    return np.array([a[i, j] for j in range(a.shape[1]) for i in range(a.shape[0])]).reshape(-1, 1)


def _product(*factors: Array) -> Array:
    """From left to right; a 1×1 scales what stands beside it."""
    result = np.ones((1, 1))
    for factor in factors:
        scales = result.shape == (1, 1) or factor.shape == (1, 1)
        result = result * factor if scales else result @ factor
    return result


def _kron(a: Array, b: Array) -> Array:
    (m, n), (p, q) = a.shape, b.shape
    return entries(m * p, n * q, lambda i, j: a[i // p, j // q] * b[i % p, j % q])


def _khatri(a: Array, b: Array) -> Array:
    p = b.shape[0]
    return entries(a.shape[0] * p, a.shape[1], lambda i, j: a[i // p, j] * b[i % p, j])


def _dsum(a: Array, b: Array) -> Array:
    result = np.zeros((a.shape[0] + b.shape[0], a.shape[1] + b.shape[1]))
    result[: a.shape[0], : a.shape[1]] = a
    result[a.shape[0] :, a.shape[1] :] = b
    return result


def _lower(n: int) -> list[tuple[int, int]]:
    """The places of the lower triangle, column by column."""
    return [(i, j) for j in range(n) for i in range(j, n)]


def _vech(a: Array) -> Array:
    return np.array([a[place] for place in _lower(len(a))]).reshape(-1, 1)


def _unvech(x: Array, n: int) -> Array:
    at = {place: k for k, place in enumerate(_lower(n))}
    return entries(n, n, lambda i, j: x[at[max(i, j), min(i, j)], 0])


def _duplication(n: int) -> Array:
    at = {place: k for k, place in enumerate(_lower(n))}
    return entries(n * n, n * (n + 1) // 2, lambda r, k: at[max(r % n, r // n), min(r % n, r // n)] == k)


def _elimination(n: int) -> Array:
    places = _lower(n)
    return entries(len(places), n * n, lambda k, r: places[k] == (r % n, r // n))


def _commutation(m: int, n: int) -> Array:
    """K vec(A) = vec(A') for A m×n: place i + m j of vec(A) goes to place j + n i."""
    result = np.zeros((m * n, m * n))
    for i, j in every(range(m), range(n)):
        result[j + n * i, i + m * j] = 1
    return result


def _rearranged(a: Array, pattern: str, sizes: tuple[tuple[str, int], ...]) -> Array:
    """Each entry goes where the indices of its letters say; the last letter of a group runs fastest."""
    size = dict(sizes)
    before, after = ([group.strip("() ").replace(" ", "") for group in _groups(side)] for side in pattern.split("->"))
    letters = sorted(set("".join(before)) - {"1"})

    def place(groups: list[str], at: dict[str, int]) -> tuple[int, ...]:
        return tuple(reduce(lambda k, x: k * size[x] + at[x], group.replace("1", ""), 0) for group in groups)

    shape = [math.prod(size[x] for x in group.replace("1", "")) for group in after]
    result = np.full(shape, np.nan)
    for values in every(*(range(size[x]) for x in letters)):
        at = dict(zip(letters, values, strict=True))
        result[place(after, at)] = a[place(before, at)]
    return result


def _groups(side: str) -> list[str]:
    found, depth, start = [], 0, 0
    text = side.strip()
    for k, sign in enumerate(text):
        depth += {"(": 1, ")": -1}.get(sign, 0)
        if depth == 0:
            if text[start : k + 1].strip():
                found.append(text[start : k + 1].strip())
            start = k + 1
    return found


def _power(base: Array, exponent: Array) -> Array:
    return np.broadcast_to(base, np.broadcast_shapes(base.shape, exponent.shape)) ** exponent


def _matrix_power(a: Array, exponent: Array) -> Array:
    k = round(float(exponent[0, 0]))
    assert k == exponent[0, 0], "a matrix power needs a whole exponent"
    return np.linalg.matrix_power(a, k)


def _scalar(function: Callable[[Array], Any]) -> Callable[[Array], Array]:
    return lambda a: np.array([[function(a)]], dtype=float)


def _softmax(x: Array) -> Array:
    return np.exp(x - x.max()) / np.exp(x - x.max()).sum()


VALUES: dict[str, Callable[..., Array]] = {
    # constants
    "pi": lambda: np.array([[math.pi]]),
    "size": lambda n: np.array([[float(n)]]),
    "eye": lambda n: entries(n, n, lambda i, j: i == j),
    "ones": lambda m, n: entries(m, n, lambda i, j: 1),
    "zeros": lambda m, n: np.zeros((m, n)),
    "unit": lambda n, i: entries(n, 1, lambda k, _: k == i - 1),
    "commutation": _commutation,
    "duplication": _duplication,
    "elimination": _elimination,
    # algebra
    "+": lambda *terms: reduce(np.add, terms),
    "*": _product,
    ".*": lambda *factors: reduce(np.multiply, factors),
    ".^": _power,
    "'": lambda a: entries(a.shape[1], a.shape[0], lambda i, j: a[j, i]),
    "conj": lambda a: a,
    "inv": np.linalg.inv,
    "^": _matrix_power,
    "pinv": np.linalg.pinv,
    # matrix functions
    "expm": scipy.linalg.expm,
    "logm": scipy.linalg.logm,
    "sqrtm": scipy.linalg.sqrtm,
    "eigmax": _scalar(lambda a: max(np.linalg.eigvals(a).real)),
    "eigmin": _scalar(lambda a: min(np.linalg.eigvals(a).real)),
    # reductions and norms
    "tr": _scalar(lambda a: sum(a[i, i] for i in range(len(a)))),
    "sum": _scalar(lambda a: sum(a.ravel())),
    "det": _scalar(np.linalg.det),
    "logdet": _scalar(lambda a: math.log(abs(np.linalg.det(a)))),
    "rank": _scalar(np.linalg.matrix_rank),
    "softmax": _softmax,
    "logsumexp": _scalar(lambda x: scipy.special.logsumexp(x)),
    "norm2": _scalar(lambda a: math.sqrt(sum(x * x for x in a.ravel()))),
    "norm1": _scalar(lambda a: sum(abs(x) for x in a.ravel())),
    "norm": _scalar(lambda a: np.linalg.svd(a)[1].max()),
    "norm_1": _scalar(lambda a: max(sum(abs(a[:, j])) for j in range(a.shape[1]))),
    "norm_inf": _scalar(lambda a: max(sum(abs(a[i, :])) for i in range(a.shape[0]))),
    "norm_nuc": _scalar(lambda a: np.linalg.svd(a)[1].sum()),
    "indmax": lambda a: np.eye(a.size)[a.argmax()].reshape(a.shape),
    "norm_max": _scalar(lambda a: max(abs(x) for x in a.ravel())),
    # entries moved about
    "diag": lambda x: entries(len(x), len(x), lambda i, j: x[i, 0] * (i == j)),
    "diagonal": lambda a: entries(len(a), 1, lambda i, _: a[i, i]),
    "vec": vec,
    "rvec": lambda a: np.array([x for row in a for x in row]).reshape(1, -1),
    "unvec": lambda x, m, n: entries(m, n, lambda i, j: x[i + m * j, 0]),
    "kron": _kron,
    "khatri": _khatri,
    "dsum": _dsum,
    "tril": lambda a: entries(*a.shape, lambda i, j: a[i, j] * (i >= j)),
    "triu": lambda a: entries(*a.shape, lambda i, j: a[i, j] * (i <= j)),
    "vech": _vech,
    "unvech": _unvech,
    "rearrange": _rearranged,
    # functions of numbers
    **{name: getattr(np, name) for name in ("exp", "log", "sin", "cos", "tan", "sinh", "cosh", "tanh", "abs", "sign")},
    "asin": np.arcsin,
    "acos": np.arccos,
    "atan": np.arctan,
    "relu": lambda a: np.where(a > 0, a, 0.0),
    "step": lambda a: np.where(a > 0, 1.0, np.where(a < 0, 0.0, 0.5)),
    "sigmoid": lambda a: (1 + np.tanh(a / 2)) / 2,
    "softplus": lambda a: np.maximum(a, 0) + np.log1p(np.exp(-np.abs(a))),
    "erf": scipy.special.erf,
}


def value(root: Node, values: Mapping[str, Any], sizes: Mapping[str, int], indices: Mapping[str, int]) -> Array:
    """The value of a formula for arrays by name, as a 2-D array."""
    found: dict[Node, Array] = {}
    for node in postorder(root):
        name = node.op.name
        if name == "variable":
            array = np.asarray(values[node.params[0]], dtype=float)
            found[node] = array.reshape(size_value(node.rows, sizes), size_value(node.cols, sizes))
        elif name == "constant":
            found[node] = np.array([[float(node.params[0])]])
        else:
            parameters = [number(p, sizes, indices) for p in node.params]
            with np.errstate(all="ignore"), warnings.catch_warnings(action="ignore"):
                found[node] = np.asarray(VALUES[name](*(found[a] for a in node.args), *parameters))
    return found[root]


def number(parameter: Any, sizes: Mapping[str, int], indices: Mapping[str, int]) -> Any:
    """A parameter with numbers for its sizes and index symbols; patterns stay text."""
    if isinstance(parameter, str):
        return indices.get(parameter, parameter)
    if isinstance(parameter, tuple):
        return tuple((letter, size_value(size, sizes)) for letter, size in parameter)
    return size_value(parameter, sizes)
