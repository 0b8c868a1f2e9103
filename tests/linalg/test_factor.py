"""The factorisations that the room builds on, dense and sparse alike, against NumPy."""

import numpy as np
import pytest
import scipy.sparse as sps
from scipy.linalg import LinAlgError, LinAlgWarning

from dvec.linalg._factor import LU, determinant_of, svd


@pytest.mark.parametrize("is_sparse", [False, True])
@pytest.mark.parametrize("kind", "fdFD")
@pytest.mark.parametrize("trans", "NTH")
def test_solves_with_a_matrix_its_transpose_and_its_adjoint(kind, trans, is_sparse):
    rng = np.random.default_rng(0)
    A = rng.standard_normal((6, 6)) + 1j * rng.standard_normal((6, 6))
    A = (A if kind in "FD" else A.real).astype(kind)
    lu = LU(sps.csr_array(A) if is_sparse else A)
    op = {"N": A, "T": A.T, "H": A.conj().T}[trans]
    for b in (rng.standard_normal(6), rng.standard_normal((6, 2)) + 1j * rng.standard_normal((6, 2))):
        before = b.copy()
        assert np.allclose(op @ lu.solve(b, trans), b, atol=1e-4 if kind in "fF" else 1e-11)
        assert np.array_equal(b, before)


@pytest.mark.parametrize("is_sparse", [False, True])
@pytest.mark.parametrize("seed", range(12))
def test_the_sign_of_the_determinant(seed, is_sparse):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 9))
    A = rng.standard_normal((n, n))[rng.permutation(n)] * np.where(rng.random((n, n)) < 0.5, 1, 1e-3)
    sign, log = LU(sps.csr_array(A) if is_sparse else A).slogdet()
    assert np.allclose((sign, log), np.linalg.slogdet(A))


@pytest.mark.parametrize("is_sparse", [False, True])
def test_a_permutation_has_its_sign(is_sparse):
    for order in ([1, 0, 2], [1, 2, 0], [2, 1, 0, 3], [1, 0, 3, 2], [1, 2, 3, 0]):
        A = np.eye(len(order))[order]
        assert LU(sps.csr_array(A) if is_sparse else A).slogdet()[0] == np.linalg.det(A)


def test_determinants_out_of_range():
    assert determinant_of(-1.0, 2000.0) == -np.inf
    assert determinant_of(1j, 2000.0) == np.inf
    assert determinant_of(1.0, -2000.0) == 0
    assert determinant_of(0.0, -np.inf) == 0
    assert np.isclose(determinant_of(-1.0, np.log(3)), -3)
    assert np.isclose(determinant_of(1j, np.log(3)), 3j)


def test_singular_and_near_singular():
    with pytest.raises(LinAlgError, match="exactly 0"):
        LU(np.array([[1.0, 2], [2, 4]]))
    with pytest.raises(LinAlgError, match="singular to working precision"):
        LU(np.array([[1.0, 2, 3], [4, 5, 6], [7, 8, 9 + 1e-15]]))
    with pytest.raises(LinAlgError, match="M is singular"):
        LU(sps.csr_array([[1.0, 0], [0, 0]]), "M")
    with pytest.raises(LinAlgError, match=r"M has shape \(2, 3\): only a square"):
        LU(np.ones((2, 3)), "M")
    with pytest.warns(LinAlgWarning, match="near-singular"):
        LU(np.diag([1.0, 1e-14]))


def test_the_condition_is_that_of_the_values_that_count():
    factors = svd(np.diag([4.0, 2.0, 0.0]))
    assert (factors.rank, factors.condition) == (2, 2)
    assert svd(np.zeros((2, 2))).condition == 1
