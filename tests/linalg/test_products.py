"""Products and vectorization against their definitions, entry by entry, and NumPy's own."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dvec import linalg

SIZES = st.integers(1, 4)


def draw(rng, *shape, is_complex=False):
    real = rng.standard_normal(shape)
    return real + 1j * rng.standard_normal(shape) if is_complex else real


@given(SIZES, SIZES, SIZES, SIZES, st.booleans(), st.integers(0, 99))
def test_products_are_what_their_definitions_say(m, n, p, q, is_complex, seed):
    rng = np.random.default_rng(seed)
    A, B = draw(rng, m, n, is_complex=is_complex), draw(rng, p, q)
    right, left, both = linalg.kron(A, B), linalg.kron_left(A, B), linalg.direct_sum(A, B)
    assert right.shape == left.shape == (m * p, n * q)
    assert both.shape == (m + p, n + q)
    for i in range(m):
        for j in range(n):
            assert np.array_equal(right[i * p : (i + 1) * p, j * q : (j + 1) * q], A[i, j] * B)
    for i in range(p):
        for j in range(q):
            assert np.array_equal(left[i * m : (i + 1) * m, j * n : (j + 1) * n], A * B[i, j])
    assert np.array_equal(both[:m, :n], A)
    assert np.array_equal(both[m:, n:], B)
    assert not both[:m, n:].any()
    assert not both[m:, :n].any()


def test_khatri_rao_is_kronecker_column_by_column():
    rng = np.random.default_rng(0)
    A, B = draw(rng, 3, 4), draw(rng, 2, 4)
    columns = [np.kron(A[:, k], B[:, k]) for k in range(4)]
    assert np.allclose(linalg.khatri_rao(A, B), np.stack(columns, axis=1))


def test_direct_sum_is_associative_and_not_commutative():
    A, B, C = np.ones((2, 2)), 2 * np.ones((1, 3)), 3 * np.ones((2, 1))
    together = linalg.direct_sum(A, B, C)
    assert np.array_equal(together, linalg.direct_sum(linalg.direct_sum(A, B), C))
    assert not np.array_equal(linalg.direct_sum(A, B), linalg.direct_sum(B, A))


@given(SIZES, SIZES, st.integers(0, 99))
def test_stacking_and_its_matrices(m, n, seed):
    rng = np.random.default_rng(seed)
    A, S = draw(rng, m, n), draw(rng, n, n)
    stacked = [A[i, j] for j in range(n) for i in range(m)]
    lower = [S[i, j] for j in range(n) for i in range(j, n)]
    assert np.array_equal(linalg.vec(A), stacked)
    assert np.array_equal(linalg.rvec(A), [[A[i, j] for i in range(m) for j in range(n)]])
    assert np.array_equal(linalg.unvec(linalg.vec(A), (m, n)), A)
    assert np.array_equal(linalg.vech(S), lower)
    assert np.array_equal(linalg.commutation_matrix(m, n) @ linalg.vec(A), linalg.vec(A.T))
    assert np.array_equal(linalg.elimination_matrix(n) @ linalg.vec(S), lower)
    symmetric = S + S.T
    assert np.array_equal(linalg.duplication_matrix(n) @ linalg.vech(symmetric), linalg.vec(symmetric))
    for matrix in (linalg.commutation_matrix(m, n), linalg.duplication_matrix(n), linalg.elimination_matrix(n)):
        assert matrix.nnz == max(matrix.shape[0], 1)  # sparse: one entry in each row


def test_the_duplication_matrix_of_1000_is_sparse():
    D = linalg.duplication_matrix(1000)
    assert D.shape == (10**6, 500500)
    assert D.nnz == 10**6


@given(st.lists(SIZES, min_size=1, max_size=4), st.integers(0, 99), st.data())
def test_tensors_unfold_multiply_and_fold(shape, seed, data):
    rng = np.random.default_rng(seed)
    T = draw(rng, *shape)
    mode = data.draw(st.integers(-len(shape), len(shape) - 1))
    M = draw(rng, 3, shape[mode])
    flat = linalg.unfold(T, mode)
    others = [range(side) for axis, side in enumerate(shape) if axis != mode % len(shape)]
    for i in range(shape[mode]):
        moved = np.moveaxis(T, mode, 0)[i]
        assert np.array_equal(flat[i], [moved[index] for index in np.ndindex(*[len(r) for r in others])])
    assert np.array_equal(linalg.fold(flat, mode, tuple(shape)), T)
    product = linalg.mode_product(T, M, mode)
    assert np.allclose(linalg.unfold(product, mode), M @ flat)


def test_views_of_a_product_add_up():
    rng = np.random.default_rng(0)
    A, B = draw(rng, 3, 2), draw(rng, 2, 4, is_complex=True)
    views = linalg.explain_product(A, B)
    want = np.array([[sum(A[i, k] * B[k, j] for k in range(2)) for j in range(4)] for i in range(3)])
    assert np.allclose(views.product, want)
    assert np.allclose(views.row_terms.sum(axis=1), want)
    assert np.allclose(views.column_terms.sum(axis=1), want.T)
    assert np.allclose(views.row_terms[1, 0], A[1, 0] * B[0])
    assert np.allclose(views.column_terms[2, 1], A[:, 1] * B[1, 2])


def test_views_of_a_product_as_text():
    text = linalg.explain_product([[1, 2], [0, -1]], [[3], [5]]).text
    assert "row 1: 1*[3] + 2*[5] = [13]" in text
    assert "column 1: 3*[1, 0] + 5*[2, -1] = [13, -5]" in text


def test_views_of_a_large_product_are_cut_short():
    text = linalg.explain_product(np.ones((9, 8)), np.ones((8, 7))).text
    assert "… and 3 more rows." in text
    assert "+ … =" in text
    assert max(len(line) for line in text.splitlines()) < 250


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: linalg.direct_sum(), "at least one matrix"),
        (lambda: linalg.hadamard(np.ones((2, 3)), np.ones((3, 2))), r"\(2, 3\).*\(3, 2\)"),
        (lambda: linalg.khatri_rao(np.ones((2, 3)), np.ones((2, 2))), "3 columns and B has 2"),
        (lambda: linalg.unvec([1, 2, 3], (2, 2)), "3 entries; 4"),
        (lambda: linalg.unvec([1, 2, 3, 4], 4), "shape must be a sequence"),
        (lambda: linalg.unvec([1, 2, 3, 4], (2, 2, 1)), "2 entries"),
        (lambda: linalg.commutation_matrix(0, 2), "at least 1"),
        (lambda: linalg.commutation_matrix(2.5, 2), "integer"),
        (lambda: linalg.vech(np.ones((2, 3))), "square"),
        (lambda: linalg.mode_product(np.ones((2, 3)), np.ones((4, 2)), 1), "2 columns.*axis 1 of T has 3"),
        (lambda: linalg.unfold(np.ones((2, 3)), 2), "mode 2 does not exist"),
        (lambda: linalg.unfold(np.ones((2, 3)), 0.5), "integer"),
        (lambda: linalg.unfold(3.0, 0), "at least one axis"),
        (lambda: linalg.fold(np.ones((2, 3)), 0, (3, 2)), r"must have \(3, 2\)"),
        (lambda: linalg.explain_product(np.ones((2, 3)), np.ones((2, 3))), "3 columns.*2 rows"),
    ],
)
def test_what_does_not_fit_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
