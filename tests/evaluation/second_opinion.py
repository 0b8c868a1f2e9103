"""What every operation of the table means, written a second time and another way, to test values against."""

from __future__ import annotations

import itertools
import math
from functools import reduce

import numpy as np
import scipy.linalg
import scipy.special

from dvec.core.signature import Signature


def grouped_einsum(text, args, parameters):
    """The value of a multilinear operation by its index string: sides are split into letters, then joined."""
    signature = Signature(text)
    sizes = dict(zip(signature.parameters, parameters, strict=True))
    for sides, arg in zip(signature.inputs, args, strict=True):
        for side, length in zip(sides, arg.shape, strict=True):
            if len(side.letters) == 1:
                sizes[side.letters[0]] = length
    inputs = ["".join(letter for side in sides for letter in side.letters) for sides in signature.inputs]
    split = [arg.reshape([sizes[letter] for letter in letters]) for letters, arg in zip(inputs, args, strict=True)]
    rows, cols = signature.output
    output = "".join([*rows.letters, *cols.letters])
    for letter in {letter for letter in output if output.count(letter) > 1}:  # "ii": only where both are equal
        output = output.replace(letter, letter.upper(), 1)
        inputs.append(letter + letter.upper())
        split.append(np.eye(sizes[letter]))
    found = np.einsum(f"{','.join(inputs)}->{output}", *split)
    shape = [int(np.prod([sizes[letter] for letter in side.letters])) for side in (rows, cols)]
    return found.reshape(shape)


def product(*factors):
    return reduce(lambda a, b: a * b if a.size == 1 or b.size == 1 else a @ b, factors)


def determinant(a):
    """Leibniz' sum over permutations."""
    n = len(a)
    total = 0.0
    for p in itertools.permutations(range(n)):
        sign = (-1) ** sum(p[i] > p[j] for i in range(n) for j in range(i + 1, n))
        total += sign * math.prod(a[i, p[i]] for i in range(n))
    return total


def of_spectrum(function):
    """A matrix function through eigenvectors."""

    def value(a):
        values, vectors = np.linalg.eig(a)
        return np.real_if_close(vectors @ np.diag(function(values.astype(complex))) @ np.linalg.inv(vectors))

    return value


def commutation(m, n):
    K = np.zeros((m * n, m * n))
    for i, j in itertools.product(range(m), range(n)):
        K[i * n + j, j * m + i] = 1
    return K


def lower(n):
    return [(i, j) for j in range(n) for i in range(j, n)]


def duplication(n):
    D = np.zeros((n * n, n * (n + 1) // 2))
    for column, (i, j) in enumerate(lower(n)):
        D[j * n + i, column] = D[i * n + j, column] = 1
    return D


def elimination(n):
    L = np.zeros((n * (n + 1) // 2, n * n))
    for row, (i, j) in enumerate(lower(n)):
        L[row, j * n + i] = 1
    return L


def unvech(x, n):
    S = np.zeros((n, n))
    for value, (i, j) in zip(x[:, 0], lower(n), strict=True):
        S[i, j] = S[j, i] = value
    return S


def khatri(a, b):
    return np.column_stack([np.kron(a[:, j], b[:, j]) for j in range(a.shape[1])])


def indicator_of_largest(a):
    found = np.zeros(a.shape)
    found[np.unravel_index(np.argmax(a), a.shape)] = 1
    return found


def leading(vectors):
    """A vector up to its sign: the outer product with itself."""
    return vectors @ vectors.T


singular = lambda a: np.sqrt(np.abs(np.linalg.eigvals(a.T @ a)))  # noqa: E731
column = lambda x: np.reshape(x, (-1, 1))  # noqa: E731

# Functions of the arguments as 2-D arrays and of the parameters.
REFERENCE = {
    "+": lambda *args: sum(args),
    "*": product,
    ".*": lambda *args: reduce(np.multiply, args),
    ".^": np.float_power,
    "'": lambda a: np.array([[a[i, j] for i in range(a.shape[0])] for j in range(a.shape[1])]),
    "conj": lambda a: a.real - 1j * a.imag,
    "eye": lambda n: np.diag(np.ones(n)),
    "ones": lambda m, n: np.full((m, n), 1.0),
    "zeros": lambda m, n: np.full((m, n), 0.0),
    "pi": lambda: 4 * math.atan(1),
    "size": lambda n: n,
    "unit": lambda n, i: column([float(k == i) for k in range(1, n + 1)]),
    "commutation": commutation,
    "duplication": duplication,
    "elimination": elimination,
    "exp": lambda x: np.expm1(x) + 1,
    "log": lambda x: np.log1p(x - 1),
    "sin": lambda x: np.imag(np.exp(1j * x)),
    "cos": lambda x: np.real(np.exp(1j * x)),
    "tan": lambda x: np.sin(x) / np.cos(x),
    "asin": lambda x: np.arctan2(x, np.sqrt(1 - x * x)),
    "acos": lambda x: np.arctan2(np.sqrt(1 - x * x), x),
    "atan": lambda x: np.angle(1 + 1j * x),
    "sinh": lambda x: (np.exp(x) - np.exp(-x)) / 2,
    "cosh": lambda x: (np.exp(x) + np.exp(-x)) / 2,
    "tanh": lambda x: 2 * scipy.special.expit(2 * x) - 1,
    "abs": lambda x: np.sqrt(x * x),
    "sign": lambda x: (x > 0) * 1.0 - (x < 0),
    "relu": lambda x: x * (x > 0),
    "step": lambda x: (x > 0) * 1.0,
    "sigmoid": scipy.special.expit,
    "softplus": lambda x: np.log1p(np.exp(x)),
    "erf": scipy.special.erf,
    "inv": lambda a: np.linalg.solve(a, np.eye(len(a))),
    "^": lambda a, k: reduce(np.matmul, [a] * int(k.item())),
    "pinv": scipy.linalg.pinv,
    "expm": of_spectrum(np.exp),
    "logm": of_spectrum(np.log),
    "sqrtm": of_spectrum(np.sqrt),
    "eigmax": lambda a: max(np.linalg.eigvals(a).real),
    "eigmin": lambda a: min(np.linalg.eigvals(a).real),
    "norm2": lambda a: math.sqrt((a * a).sum()),
    "norm1": lambda a: np.abs(a).sum(),
    "norm": lambda a: max(singular(a)),
    "norm_1": lambda a: max(np.abs(a).sum(axis=0)),
    "norm_inf": lambda a: max(np.abs(a).sum(axis=1)),
    "norm_nuc": lambda a: scipy.linalg.svdvals(a).sum(),
    "norm_max": lambda a: np.abs(a).max(),
    "indmax": indicator_of_largest,
    "rank": lambda a: sum(scipy.linalg.svdvals(a) > 1e-9),
    "det": determinant,
    "logdet": lambda a: math.log(abs(determinant(a))),
    "softmax": lambda x: scipy.special.softmax(x, axis=0),
    "logsumexp": scipy.special.logsumexp,
    "dsum": scipy.linalg.block_diag,
    "khatri": khatri,
    "tril": lambda a: np.where(np.arange(len(a))[:, None] >= np.arange(len(a)), a, 0),
    "triu": lambda a: np.where(np.arange(len(a))[:, None] <= np.arange(len(a)), a, 0),
    "vech": lambda a: column([a[i, j] for i, j in lower(len(a))]),
    "unvech": unvech,
}

# Vectors with a free sign: compared by their outer products.
UP_TO_SIGN = {
    "topvec": lambda a: leading(scipy.linalg.eigh(a)[1][:, -1:]),
    "topleft": lambda a: leading(scipy.linalg.svd(a)[0][:, :1]),
    "topright": lambda a: leading(scipy.linalg.svd(a)[2][:1].T),
}
