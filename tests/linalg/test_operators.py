"""Lazy products against the dense product, in everything an operator can do."""

import numpy as np
import pytest
import scipy.sparse as sps
from scipy.linalg import LinAlgError
from scipy.sparse.linalg import LinearOperator, gmres

from dvec import linalg

RNG = np.random.default_rng(3)


def draw(rows, columns, is_complex):
    real = RNG.standard_normal((rows, columns))
    return real + 1j * RNG.standard_normal((rows, columns)) if is_complex else real


def pairs(is_complex):
    """Lazy operators on square factors, with the dense matrix that they stand for."""
    A, B, C = draw(3, 3, is_complex), draw(2, 2, False), draw(3, 3, is_complex)
    return {
        "kron": (linalg.kron(A, B, lazy=True), np.kron(A, B)),
        "kron_left": (linalg.kron_left(A, B, lazy=True), np.kron(B, A)),
        "kron of three": (linalg.kron(linalg.kron(A, B, lazy=True), C, lazy=True), np.kron(np.kron(A, B), C)),
        "kron with a sum": (
            linalg.kron(linalg.direct_sum(A, B, lazy=True).toarray(), B, lazy=True),
            np.kron(np.block([[A, np.zeros((3, 2))], [np.zeros((2, 3)), B]]), B),
        ),
        "direct sum": (
            linalg.direct_sum(A, B, lazy=True),
            np.block([[A, np.zeros((3, 2))], [np.zeros((2, 3)), B]]),
        ),
        "hadamard": (linalg.hadamard(A, C, lazy=True), A * C),
        "khatri-rao": (linalg.khatri_rao(draw(1, 3, False) * 0 + A[:1], C, lazy=True), A[:1] * C),
        "sparse factor": (linalg.kron(sps.csr_array(A), B, lazy=True), np.kron(A, B)),
    }


CASES = [(name, is_complex) for name in pairs(False) for is_complex in (False, True)]


@pytest.mark.parametrize(("name", "is_complex"), CASES)
def test_an_operator_does_what_its_matrix_does(name, is_complex):
    operator, dense = pairs(is_complex)[name]
    n = len(dense)
    x, X = draw(n, 1, True)[:, 0], draw(n, 3, True)
    assert isinstance(operator, LinearOperator)
    assert operator.shape == dense.shape
    assert operator.dtype == dense.dtype
    assert np.allclose(operator.toarray(), dense)
    assert np.allclose(operator @ x, dense @ x)
    assert np.allclose(operator @ X, dense @ X)
    assert np.allclose(operator.H @ x, dense.conj().T @ x)
    assert np.allclose(operator.H @ X, dense.conj().T @ X)
    assert np.allclose(operator.T @ x, dense.T @ x)
    assert np.allclose(operator.rmatvec(x), dense.conj().T @ x)
    assert np.allclose(operator.solve(x), np.linalg.solve(dense, x))
    assert np.allclose(operator.solve(X), np.linalg.solve(dense, X))
    assert np.allclose(operator.determinant(), np.linalg.det(dense))
    sign, log = operator.slogdet()
    assert np.allclose([sign, log], np.linalg.slogdet(dense))
    assert np.allclose(operator.trace(), np.trace(dense))
    assert np.allclose(operator.inverse() @ x, np.linalg.solve(dense, x))
    wanted, got = np.linalg.eigvals(dense), operator.eigenvalues()
    assert len(got) == n
    assert np.abs(wanted[:, None] - got[None, :]).min(axis=1).max() < 1e-8
    assert np.abs(wanted[:, None] - got[None, :]).min(axis=0).max() < 1e-8


def test_rectangular_factors_are_applied():
    A, B, C = draw(3, 2, True), draw(2, 4, False), draw(5, 2, False)
    for operator, dense in [
        (linalg.kron(A, B, lazy=True), np.kron(A, B)),
        (linalg.direct_sum(A, B, C, lazy=True), linalg.direct_sum(A, B, C)),
        (linalg.khatri_rao(A, C, lazy=True), linalg.khatri_rao(A, C)),
        (linalg.hadamard(draw(600, 3, False), np.ones((600, 3)), lazy=True), None),
    ]:
        wanted = operator.toarray() if dense is None else dense
        x, y = draw(operator.shape[1], 2, True), draw(operator.shape[0], 2, True)
        assert np.allclose(operator @ x, wanted @ x)
        assert np.allclose(operator.H @ y, wanted.conj().T @ y)
        with pytest.raises(LinAlgError, match=r"square"):
            operator.solve(y)


def test_gram_of_khatri_rao_from_its_factors():
    A, C = draw(3, 2, True), draw(5, 2, True)
    dense = linalg.khatri_rao(A, C)
    assert np.allclose(linalg.khatri_rao(A, C, lazy=True).gram(), dense.conj().T @ dense)


def test_a_square_product_of_rectangles_is_singular():
    operator = linalg.kron(draw(2, 3, False), draw(3, 2, False), lazy=True)
    assert operator.determinant() == 0
    with pytest.raises(LinAlgError, match="singular"):
        operator.solve(np.ones(6))
    with pytest.raises(LinAlgError, match="singular"):
        operator.eigenvalues()


def test_a_singular_factor_is_named():
    operator = linalg.kron(np.eye(2), np.ones((3, 3)), lazy=True)
    with pytest.raises(LinAlgError, match="factor 1 is singular"):
        operator.solve(np.ones(6))
    assert operator.determinant() == 0


def test_a_large_determinant_keeps_its_logarithm():
    operator = linalg.kron(100 * np.eye(40), 10 * np.eye(30), lazy=True)
    assert np.isinf(operator.determinant())
    assert np.isclose(operator.slogdet()[1], 1200 * np.log(1000))


def test_hermitian_factors_give_real_eigenvalues():
    A = draw(3, 3, True)
    operator = linalg.kron(A + A.conj().T, np.diag([1.0, 2.0]), lazy=True)
    assert operator.eigenvalues().dtype == np.float64


def test_scipy_can_iterate_with_an_operator():
    A, B = draw(4, 4, False) + 6 * np.eye(4), draw(3, 3, False) + 6 * np.eye(3)
    b = draw(12, 1, False)[:, 0]
    x, info = gmres(linalg.kron(A, B, lazy=True), b, rtol=1e-12)
    assert info == 0
    assert np.allclose(np.kron(A, B) @ x, b)


def test_nothing_of_the_size_of_the_product_is_formed():
    A, B = draw(400, 400, False), draw(400, 400, False)
    operator = linalg.kron(A, B, lazy=True)  # 2.56e10 entries
    X = draw(400, 400, False)
    x = linalg.vec(X)
    assert np.allclose(operator @ x, linalg.vec(B @ X @ A.T))
    assert np.allclose(operator @ operator.solve(x), x)


@pytest.mark.parametrize("b", [np.ones(5), np.ones((6, 1, 1)), np.full(6, np.nan)])
def test_a_right_hand_side_that_does_not_fit(b):
    with pytest.raises(ValueError, match=r"\bb\b"):
        linalg.kron(np.eye(2), np.eye(3), lazy=True).solve(b)
