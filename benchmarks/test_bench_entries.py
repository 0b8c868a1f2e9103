"""`entries.diff` against the plain SymPy loop over the entries, in one run: 8×8 polynomials by an 8×8 matrix."""

import time

import pytest
import sympy as sp

from dvec import entries

X = sp.Matrix(8, 8, sp.symbols("x0:64"))


def dense():
    """Every entry contains every variable."""
    squares = [sp.Add(*(s**2 * (r + k % 5 + 1) for k, s in enumerate(X))) for r in range(8)]
    return sp.Matrix(8, 8, lambda r, c: squares[r] + X[0, 0] * X[c, c] ** 2 * X[7, 7])


def product():
    """X² + X'⊙X: every entry contains 15 to 17 of the 64 variables."""
    return X * X + X.T.multiply_elementwise(X)


def plain_loop(Y):
    return [[sp.diff(y, x) for x in X] for y in Y]


def seconds(call, Y):
    sp.core.cache.clear_cache()
    start = time.perf_counter()
    call(Y)
    return time.perf_counter() - start


@pytest.mark.parametrize("make", [dense, product])
def test_diff_of_4096_derivatives(benchmark, make):
    Y = make()
    plain = seconds(plain_loop, Y)
    benchmark.pedantic(lambda: entries.diff(Y, X), setup=sp.core.cache.clear_cache, rounds=1)
    ours = benchmark.stats.stats.min
    benchmark.extra_info |= {"plain_loop_seconds": plain, "ratio": ours / plain}
    assert ours < 3 * plain
