"""Norms against their definitions, known values, and an exhaustive search where the size allows it."""

import copy
import pickle

import numpy as np
import pytest
import scipy.sparse as sps
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize

from dvec import linalg

POWERS = st.one_of(st.sampled_from([1, 2, np.inf]), st.floats(1, 60))


def draw(rng, *shape, is_complex=False):
    real = rng.standard_normal(shape)
    return real + 1j * rng.standard_normal(shape) if is_complex else real


@given(st.integers(1, 5), st.integers(1, 5), POWERS, st.booleans(), st.booleans(), st.integers(0, 99))
def test_the_interval_holds_what_vectors_attain(m, n, p, is_complex, is_sparse, seed):
    rng = np.random.default_rng(seed)
    A = draw(rng, m, n, is_complex=is_complex) * 10.0 ** rng.integers(-3, 3)
    got = linalg.induced_norm(sps.csr_array(A) if is_sparse else A, p)
    assert got == got.lower <= got.upper
    for x in [*np.eye(n), *draw(rng, 50, n, is_complex=is_complex)]:
        assert np.linalg.norm(A @ x, p) <= got.upper * np.linalg.norm(x, p) * (1 + 1e-12)
    if got.vector is not None:
        attained = np.linalg.norm(A @ got.vector, p) / np.linalg.norm(got.vector, p)
        assert np.isclose(attained, got.lower, rtol=1e-9)


@given(st.integers(1, 4), st.integers(1, 4), st.booleans(), st.integers(0, 99))
def test_the_three_exact_ones_are_numpy_s(m, n, is_complex, seed):
    A = draw(np.random.default_rng(seed), m, n, is_complex=is_complex)
    for p in (1, 2, np.inf):
        got = linalg.induced_norm(A, p)
        assert np.isclose(got, np.linalg.norm(A, p))
        assert got.exact


@given(st.integers(1, 6), st.integers(1, 6), st.floats(1.05, 20), st.integers(0, 99))
def test_the_interval_closes_for_matrices_without_negative_entries(m, n, p, seed):
    rng = np.random.default_rng(seed)
    A = np.abs(draw(rng, m, n)) * (rng.random((m, n)) < 0.7)
    got = linalg.induced_norm(A, p)
    assert got.upper - got.lower <= 1e-3 * got.upper + 1e-300


@pytest.mark.parametrize("p", [1.2, 1.5, 3, 7.5])
def test_known_values(p):
    rng = np.random.default_rng(0)
    u, v = draw(rng, 4), draw(rng, 5)
    q = p / (p - 1)
    rank_one = linalg.induced_norm(np.outer(u, v), p)
    assert rank_one.exact
    assert np.isclose(rank_one, np.linalg.norm(u, p) * np.linalg.norm(v, q))
    diagonal = linalg.induced_norm(np.diag([1.0, -7, 2]), p)
    assert diagonal.exact
    assert np.isclose(diagonal, 7)
    hadamard = linalg.induced_norm(np.array([[1.0, 1], [1, -1]]), p)
    assert np.isclose(hadamard, 2 ** max(1 / p, 1 / q))


@pytest.mark.parametrize("p", [1.3, 4.0])
def test_no_search_finds_more(p):
    rng = np.random.default_rng(7)
    A = draw(rng, 4, 3)
    got = linalg.induced_norm(A, p)
    angles = np.stack(np.meshgrid(*[np.linspace(0, np.pi, 200)] * 2), axis=-1).reshape(-1, 2)
    a, b = angles.T
    sphere = np.stack([np.cos(a), np.sin(a) * np.cos(2 * b), np.sin(a) * np.sin(2 * b)])
    ratio = np.linalg.norm(A @ sphere, p, axis=0) / np.linalg.norm(sphere, p, axis=0)
    start = sphere[:, np.argmax(ratio)]
    best = minimize(lambda x: -np.linalg.norm(A @ x, p) / np.linalg.norm(x, p), start, method="Nelder-Mead")
    assert -best.fun <= got * (1 + 1e-9)
    assert np.isclose(-best.fun, got, rtol=1e-6)


@given(st.integers(1, 4), st.integers(1, 4), POWERS, st.booleans(), st.integers(0, 99))
def test_entrywise_norms(m, n, p, is_sparse, seed):
    A = draw(np.random.default_rng(seed), m, n, is_complex=True)
    A[0, 0] = 0
    got = linalg.entrywise_norm(sps.csr_array(A) if is_sparse else A, p)
    assert isinstance(got, float)
    assert np.isclose(got, np.linalg.norm(A.ravel(), p))


def test_nothing_overflows_on_the_way():
    A = np.array([[1e300, 1e300], [0, 1e300]])
    assert np.isclose(linalg.entrywise_norm(A, 2), np.sqrt(3) * 1e300)
    assert np.isclose(linalg.induced_norm(A, 2), np.linalg.norm(A / 1e300, 2) * 1e300)
    assert linalg.induced_norm(A * 1e-600, 3) == 0
    assert np.isclose(linalg.induced_norm(A / 1e300 * 1e-300, 3), linalg.induced_norm(A / 1e300, 3) * 1e-300)


@pytest.mark.parametrize("p", [1, 2, 3, np.inf])
def test_large_sparse_matrices(p):
    rng = np.random.default_rng(0)
    A = sps.random_array((300, 200), density=1e-2, rng=rng, format="csr", data_sampler=rng.standard_normal)
    got = linalg.induced_norm(A, p)
    if p != 3:
        assert np.isclose(got, np.linalg.norm(A.toarray(), p))
    x = rng.standard_normal(200)
    assert np.linalg.norm(A @ x, p) / np.linalg.norm(x, p) < got <= got.upper


def test_a_large_laplacian_whose_spectrum_is_crowded():
    n = 3000
    A = sps.diags_array([-np.ones(n - 1), 2 * np.ones(n), -np.ones(n - 1)], offsets=[-1, 0, 1]).tocsr()
    got = linalg.induced_norm(A, 2)
    assert got.lower <= 2 + 2 * np.cos(np.pi / (n + 1)) <= got.upper * (1 + 1e-6)
    assert np.isclose(got, 4, rtol=1e-3)


def test_an_estimate_is_a_float_that_travels():
    got = linalg.induced_norm([[1, -2], [3, 4]], 3)
    for twin in (pickle.loads(pickle.dumps(got)), copy.deepcopy(got)):
        assert (twin, twin.lower, twin.upper) == (got, got.lower, got.upper)
    assert "certainly in" in repr(got)
    assert "exact" in repr(linalg.induced_norm([[1, -2], [3, 4]], 1))


def test_the_zero_matrix():
    for p in (1, 1.5, 2, np.inf):
        assert linalg.induced_norm(np.zeros((2, 3)), p) == 0
        assert linalg.entrywise_norm(sps.csr_array((2, 3)), p) == 0


@pytest.mark.parametrize("p", [0.5, 0, -1, np.nan, "two", None])
def test_a_p_that_gives_no_norm_is_refused(p):
    for norm in (linalg.induced_norm, linalg.entrywise_norm):
        with pytest.raises(ValueError, match="p must be"):
            norm(np.eye(2), p)
