"""Inverses of every kind against their defining equations, exact arithmetic and NumPy's solvers."""

import warnings

import numpy as np
import pytest
import scipy.linalg as sla
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st
from scipy.linalg import LinAlgError, LinAlgWarning

from dvec import linalg

RNG = np.random.default_rng(5)


def draw(rows, columns, is_complex=False):
    real = RNG.standard_normal((rows, columns))
    return real + 1j * RNG.standard_normal((rows, columns)) if is_complex else real


@pytest.mark.parametrize("is_complex", [False, True])
@pytest.mark.parametrize("shape", [(5, 3), (3, 3), (7, 1)])
def test_one_sided_inverses(shape, is_complex):
    tall = draw(*shape, is_complex)
    left, right = linalg.left_inverse(tall), linalg.right_inverse(tall.T)
    assert np.allclose(left @ tall, np.eye(shape[1]))
    assert np.allclose(tall.T @ right, np.eye(shape[1]))
    rows = left @ sla.null_space(tall.conj().T)  # of least norm: its rows lie in the span of the columns of A
    assert np.allclose(rows, 0)


def test_pinv_of_an_integer_matrix_is_exact():
    A = np.array([[1, 2, 3], [4, 5, 6], [7, 8, 9], [2, 4, 6]])
    exact = np.array(sp.Matrix(A).pinv(), dtype=float)
    assert np.allclose(linalg.pinv(A), exact, atol=1e-14)
    assert max(linalg.penrose_residuals(A, exact)) < 1e-14


@given(st.integers(1, 5), st.integers(1, 5), st.integers(1, 5), st.booleans(), st.integers(0, 99))
def test_pinv_meets_the_four_conditions(m, n, rank, is_complex, seed):
    rng = np.random.default_rng(seed)
    A = rng.standard_normal((m, rank)) @ rng.standard_normal((rank, n)) * (1 + 2j if is_complex else 1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LinAlgWarning)
        G = linalg.pinv(A)
    condition = np.linalg.norm(A, 2) * np.linalg.norm(G, 2)
    assert np.allclose(A @ G @ A, A, atol=1e-13 * condition * np.linalg.norm(A))
    assert np.allclose(G @ A @ G, G, atol=1e-13 * condition * np.linalg.norm(G))
    assert np.allclose(A @ G, (A @ G).conj().T, atol=1e-13 * condition)
    assert np.allclose(G @ A, (G @ A).conj().T, atol=1e-13 * condition)
    assert max(linalg.penrose_residuals(A, G)) < 1e-12 * condition


def test_the_residuals_are_the_relative_distances():
    A, G = np.array([[2.0, 0.0], [0.0, 0.0]]), np.array([[1.0, 1.0], [0.0, 0.0]])
    residuals = linalg.penrose_residuals(A, G)
    AGA = np.array([[4.0, 0.0], [0.0, 0.0]])
    GAG = np.array([[2.0, 2.0], [0.0, 0.0]])
    AG = np.array([[2.0, 2.0], [0.0, 0.0]])
    assert np.isclose(residuals.aga, np.linalg.norm(AGA - A) / np.linalg.norm(A))
    assert np.isclose(residuals.gag, np.linalg.norm(GAG - G) / np.linalg.norm(G))
    assert np.isclose(residuals.ag_hermitian, np.linalg.norm(AG - AG.T) / np.linalg.norm(AG))
    assert residuals.ga_hermitian == 0


def test_the_zero_matrix_has_the_pseudo_inverse_zero():
    zero = np.zeros((2, 3))
    assert np.array_equal(linalg.pinv(zero), np.zeros((3, 2)))
    assert max(linalg.penrose_residuals(zero, np.zeros((3, 2)))) == 0
    assert linalg.penrose_residuals(zero, np.ones((3, 2))).gag == 1
    assert np.array_equal(linalg.projector(zero), np.zeros((2, 2)))


@pytest.mark.parametrize("is_complex", [False, True])
def test_least_squares_is_stationary_and_shortest(is_complex):
    A, b = draw(7, 4, is_complex), draw(7, 2, is_complex)
    A[:, 3] = A[:, 0] + A[:, 1]  # of rank 3
    x = linalg.least_squares(A, b)
    assert np.allclose(A.conj().T @ (A @ x - b), 0)
    assert np.allclose(sla.null_space(A).conj().T @ x, 0)
    assert linalg.least_squares(A, b[:, 0]).shape == (4,)


@pytest.mark.parametrize("is_complex", [False, True])
def test_minimum_norm_solves_and_is_shortest(is_complex):
    A, b = draw(3, 6, is_complex), draw(3, 2, is_complex)
    x = linalg.minimum_norm(A, b)
    assert np.allclose(A @ x, b)
    assert np.allclose(sla.null_space(A).conj().T @ x, 0)


def test_minimum_norm_refuses_what_has_no_solution():
    with pytest.raises(LinAlgError, match=r"no solution.*least_squares"):
        linalg.minimum_norm([[1, 1], [1, 1]], [1, 2])
    assert np.allclose(linalg.minimum_norm([[1, 1], [1, 1]], [2, 2]), [1, 1])


def test_least_squares_never_squares_the_condition():
    """Läuchli's matrix: AᴴA is singular in double precision, the solution is not lost."""
    e = 1e-9
    A = np.array([[1, 1], [e, 0], [0, e]])
    assert np.linalg.matrix_rank(A.T @ A) == 1
    assert np.allclose(linalg.least_squares(A, A @ [1.0, 2.0]), [1, 2], atol=1e-6)
    assert np.allclose(linalg.left_inverse(A) @ A, np.eye(2), atol=1e-6)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: linalg.left_inverse(np.ones((2, 3))), "more columns than rows.*right_inverse"),
        (lambda: linalg.right_inverse(np.ones((3, 2))), "more rows than columns.*left_inverse"),
        (lambda: linalg.left_inverse(np.ones((3, 2))), "rank 1, and a left inverse needs 2"),
        (lambda: linalg.right_inverse(np.zeros((2, 3))), "rank 0, and a right inverse needs 2"),
    ],
)
def test_a_rank_that_is_missing_is_named(call, message):
    with pytest.raises(LinAlgError, match=message):
        call()


def test_near_singular_input_is_warned_about_with_its_condition():
    A = np.diag([1.0, 1e-14])
    for call in (linalg.pinv, linalg.left_inverse, linalg.right_inverse, lambda M: linalg.least_squares(M, [1, 1])):
        with pytest.warns(LinAlgWarning, match=r"near-singular.*1\.00e\+14.*1 of 15 digits"):
            call(A)


def test_the_tolerance_decides_the_rank():
    A = np.diag([1.0, 1e-3])
    assert np.allclose(linalg.pinv(A, rtol=1e-2), np.diag([1, 0]))
    with pytest.raises(LinAlgError, match="rank 1"):
        linalg.left_inverse(A, rtol=1e-2)
    with pytest.raises(ValueError, match="rtol"):
        linalg.pinv(A, rtol=2)


def test_float32_keeps_its_precision_and_its_tolerance():
    A = draw(4, 2).astype(np.float32)
    assert linalg.pinv(A).dtype == np.float32
    assert np.allclose(linalg.pinv(A) @ A, np.eye(2), atol=1e-5)
    with pytest.raises(LinAlgError, match="rank 1"):
        linalg.left_inverse(np.array([[1, 1], [1, 1 + 1e-7]], dtype=np.float32))


@pytest.mark.parametrize("is_complex", [False, True])
def test_projectors(is_complex):
    A = draw(5, 2, is_complex)
    P = linalg.projector(A)
    x = draw(5, 1, is_complex)[:, 0]
    assert np.allclose(P @ A, A)
    assert np.allclose(A.conj().T @ (x - P @ x), 0)
    assert np.array_equal(P, P.conj().T)
    assert linalg.is_projector(P)
    assert linalg.is_projector(np.eye(5) - P)
    assert not linalg.is_projector(P + 1e-9 * np.ones((5, 5)))
    assert not linalg.is_projector(np.ones((2, 3)))
    assert linalg.is_projector(P + 1e-9 * np.ones((5, 5)), rtol=1e-6)


def test_matrix_of_a_linear_map():
    M = draw(3, 4)
    assert np.allclose(linalg.matrix_of(lambda x: M @ x, 4), M)
    assert np.allclose(linalg.matrix_of(lambda x: (M @ x)[:, None], 4), M)
    assert np.allclose(linalg.matrix_of(lambda x: x[0] + 2 * x[1], 2), [[1, 2]])
    assert np.allclose(linalg.matrix_of(np.fft.fft, 4), np.fft.fft(np.eye(4)))


@pytest.mark.parametrize(
    "bad",
    [
        np.abs,
        np.square,
        lambda x: x + 1,
        lambda x: x[x > 0],
        lambda x: np.maximum(x, 0),
        lambda x: [np.nan],
        lambda x: np.ones((2, 2)),
        lambda x: "text",
        lambda x: x * (1 + 1e-6 * x[0]),
    ],
)
def test_a_map_that_is_not_linear_is_refused(bad):
    with pytest.raises(ValueError, match=r"T"):
        linalg.matrix_of(bad, 3)


def test_a_map_cannot_change_the_points_it_is_given():
    def careless(x):
        x *= 2
        return x

    assert np.array_equal(linalg.matrix_of(careless, 2), 2 * np.eye(2))
