"""What dvec.linalg costs beyond the BLAS and LAPACK calls that its mathematics needs: ratios, each within one run.

    python -m pytest benchmarks/test_bench_linalg.py -s

One core, one thread; ours and the bare calls take turns, and the median of the ratios counts. padasip is optional.
"""

import os
import statistics
from collections.abc import Callable, Iterator
from itertools import cycle
from time import perf_counter
from typing import Any

import numpy as np
import pytest
import scipy.linalg as sla
from scipy.linalg import blas, lapack
from threadpoolctl import threadpool_limits

import dvec
from dvec import linalg

RNG = np.random.default_rng(0)


@pytest.fixture(autouse=True)
def _one_core() -> Iterator[None]:
    """One thread on one core, so that ratios are of work and not of luck."""
    affinity = getattr(os, "sched_getaffinity", None)
    before = affinity(0) if affinity else None
    if before:
        os.sched_setaffinity(0, {max(before)})
    with threadpool_limits(1):
        yield
    if before:
        os.sched_setaffinity(0, before)


def seconds(call: Callable[[], Any], times: int) -> float:
    start = perf_counter()
    for _ in range(times):
        call()
    return (perf_counter() - start) / times


def ratio(name: str, ours: Callable[[], Any], bare: Callable[[], Any], times: int, rounds: int = 15) -> float:
    """The median over the rounds of our time by theirs, printed with the median times."""
    ours(), bare()
    pairs = [(seconds(ours, times), seconds(bare, times)) for _ in range(rounds)]
    middle = statistics.median(our / their for our, their in pairs)
    our, their = (1e6 * statistics.median(column) for column in zip(*pairs, strict=True))
    print(f"\n{name}: {middle:.2f} times ({our:,.1f} µs against {their:,.1f} µs)")
    return middle


def samples(n: int, dtype: str) -> Callable[[], Any]:
    """An endless stream of samples, more of them than there are directions."""
    X = RNG.standard_normal((2 * n, n)) + (1j * RNG.standard_normal((2 * n, n)) if dtype in "FD" else 0)
    return cycle(list(X.astype(dtype))).__next__


@pytest.mark.parametrize(("n", "limit"), [(64, 2.0), (512, 1.3), (1024, 1.3)])
@pytest.mark.parametrize("dtype", ["d", "D"])
def test_one_update_against_its_two_blas_calls(n: int, limit: float, dtype: str) -> None:
    draw = samples(n, dtype)
    tracker = linalg.InverseCorrelation(n, forgetting=0.999, regularization=1.0, dtype=dtype)
    for _ in range(2 * n):
        tracker.update(draw())
    S = np.asfortranarray(np.eye(n, dtype=dtype))
    product, rank_one = (getattr(blas, name) for name in (("dsymv", "dsyr") if dtype == "d" else ("zhemv", "zher")))

    def bare() -> None:
        rank_one(-1e-9, product(1.0, S, draw(), lower=1), lower=1, a=S, overwrite_a=1)

    got = ratio(f"update, n = {n}, {dtype}", lambda: tracker.update(draw()), bare, 3000 if n == 64 else 60)
    assert tracker.held == 0
    assert got <= limit


@pytest.mark.parametrize("n", [8, 64, 256])
def test_the_filter_against_padasip(n: int) -> None:
    padasip = pytest.importorskip("padasip")
    draw = samples(n, "d")
    ours, theirs = linalg.RLSFilter(n, forgetting=0.99), padasip.filters.FilterRLS(n, mu=0.99)
    got = ratio(f"RLS filter, n = {n}", lambda: ours.update(draw(), 1.0), lambda: theirs.adapt(1.0, draw()), 300)
    assert got < 1


@pytest.mark.parametrize("n", [256, 1024])
@pytest.mark.parametrize("dtype", ["d", "D"])
def test_many_updates_against_their_gemms(n: int, dtype: str) -> None:
    """A block of 64 needs S Y (n×n by n×64), Yᴴ K (64×n by n×64) and a product n×64 by 64×n."""
    draw = samples(n, dtype)
    X = np.stack([draw() for _ in range(256)])
    tracker = linalg.InverseCorrelation(n, forgetting=0.999, regularization=1.0, dtype=dtype)
    for _ in range(8):
        tracker.update_many(np.stack([draw() for _ in range(256)]))
    gemm = blas.dgemm if dtype == "d" else blas.zgemm
    S, Y = np.asfortranarray(np.eye(n, dtype=dtype)), np.asfortranarray(X[:64].T)

    def bare() -> None:
        for _ in range(4):
            K = gemm(1.0, S, Y)
            gemm(1.0, Y, K, trans_a=2)
            gemm(-1e-9, K, K, trans_b=2, beta=1.0, c=S, overwrite_c=1)

    assert ratio(f"update_many, n = {n}, {dtype}", lambda: tracker.update_many(X), bare, 3) <= 1.5
    assert tracker.held == 0


def test_a_kronecker_solve_against_its_two_factor_solves() -> None:
    n = 500
    A, B = RNG.standard_normal((n, n)), RNG.standard_normal((n, n))
    b = RNG.standard_normal(n * n)
    X = np.asfortranarray(b.reshape(n, n))

    def bare() -> None:
        lapack.dgesv(B, X)
        lapack.dgesv(A, X)

    got = ratio("Kronecker solve of 250,000", lambda: linalg.kron(A, B, lazy=True).solve(b), bare, 1)
    operator = linalg.kron(A, B, lazy=True)
    operator.solve(b)
    factors = [lapack.dgetrf(M)[:2] for M in (A, B)]

    def again() -> None:
        for lu, pivots in factors:
            lapack.dgetrs(lu, pivots, X)

    repeated = ratio("the same again, factors known", lambda: operator.solve(b), again, 1)
    assert got <= 1.3
    assert repeated <= 1.3


@pytest.mark.parametrize("kind", ["general", "symmetric"])
def test_analyze_against_the_calls_that_it_reports(kind: str) -> None:
    A = RNG.standard_normal((2000, 2000))
    A = A + A.T if kind == "symmetric" else A
    bare: dict[str, Callable[[], Any]] = {
        "getrf": lambda: np.linalg.slogdet(A),
        "gesdd": lambda: sla.svdvals(A),
        "geev": lambda: np.linalg.eigvals(A),
        "syevd": lambda: np.linalg.eigvalsh(A / 2 + A.T / 2),
    }
    rounds = [_analyze_once(A, bare) for _ in range(3)]
    middle = statistics.median(ours / theirs for ours, theirs in rounds)
    ours, theirs = (statistics.median(column) for column in zip(*rounds, strict=True))
    print(f"\nanalyze, 2,000 x 2,000, {kind}: {middle:.2f} times ({ours:.1f} s against {theirs:.1f} s)")
    assert middle <= 1.2


def _analyze_once(A: Any, bare: dict[str, Callable[[], Any]]) -> tuple[float, float]:
    """The time of the report with its text, and of the calls that it lists, made by themselves."""
    start = perf_counter()
    report = dvec.analyze(A)
    assert report.text
    ours = perf_counter() - start
    return ours, sum(seconds(bare[call.routine], 1) for call in report.calls)
