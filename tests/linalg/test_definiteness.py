"""Definiteness against the construction of the matrices, and quadratic forms against their values."""

import copy
from itertools import combinations

import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from dvec import linalg

SIGNS = st.lists(st.sampled_from([-1.0, 0.0, 1.0]), min_size=1, max_size=5)


def expected(signs):
    signs = set(signs)
    if {-1.0, 1.0} <= signs:
        return "indefinite"
    if signs == {0.0}:
        return "positive semidefinite"
    side = "positive" if 1.0 in signs else "negative"
    return f"{side} semidefinite" if 0.0 in signs else f"{side} definite"


@given(SIGNS, st.booleans(), st.integers(0, 99))
def test_the_signs_of_the_eigenvalues_decide(signs, is_complex, seed):
    rng = np.random.default_rng(seed)
    n = len(signs)
    Q = np.linalg.qr(rng.standard_normal((n, n)) + (1j * rng.standard_normal((n, n)) if is_complex else 0))[0]
    values = np.array(signs) * rng.uniform(0.5, 2, n)
    result = linalg.definiteness(Q * values @ Q.conj().T)
    assert result == expected(signs)
    assert np.allclose(result.evidence["eigenvalues"], np.sort(values), atol=1e-12)


@given(SIGNS.filter(lambda signs: len(signs) > 1), st.integers(0, 99))
def test_all_principal_minors_decide_semidefiniteness(signs, seed):
    """Horn & Johnson, theorem 7.2.5, in exact arithmetic on the diagonal, where the leading ones may mislead."""
    matrix = np.diag(signs)
    result = linalg.definiteness(matrix)
    n = len(signs)
    sets = [rows for k in range(1, n + 1) for rows in combinations(range(n), k)]
    minors = {rows: float(sp.Matrix(matrix)[list(rows), list(rows)].det()) for rows in sets}
    assert (min(minors.values()) >= 0) == (result in ("positive definite", "positive semidefinite"))
    if "semi" in result:
        assert result.evidence["principal_minors"] == minors
        assert "do not decide semidefiniteness" in result.evidence["reason"]


def test_leading_minors_mislead_where_all_do_not():
    result = linalg.definiteness(np.diag([0.0, 0.0, -1.0]))
    assert result == "negative semidefinite"
    assert (result.evidence["leading_principal_minors"] == 0).all()
    assert min(result.evidence["principal_minors"].values()) == -1


def test_two_signs_make_a_saddle_beside_a_zero():
    result = linalg.definiteness(np.diag([1.0, 0.0, -1.0]))
    assert result == "indefinite"
    assert "Both signs make a saddle, zeros beside them or not." in result.evidence["reason"]


def test_the_zero_matrix_is_semidefinite_of_both_signs():
    result = linalg.definiteness(np.zeros((2, 2)))
    assert result == "positive semidefinite"
    assert "negative semidefinite too" in result.evidence["reason"]


def test_a_matrix_that_is_not_hermitian_is_judged_by_its_hermitian_part():
    result = linalg.definiteness([[1, 5], [-5, 2]])
    assert result == "positive definite"
    assert not result.evidence["hermitian"]
    assert "not Hermitian" in result.evidence["reason"]
    assert linalg.definiteness([[1, 5], [0, 1]]) == "indefinite"


def test_rounding_in_the_hermitian_part_is_no_sign():
    rng = np.random.default_rng(0)
    S = rng.standard_normal((5, 5))
    S = S - S.T + 1e-17 * np.diag([1, -1, 1, 1, 1])
    assert linalg.definiteness(S) == "positive semidefinite"


def test_the_tolerance_is_stated_and_may_be_set():
    A = np.diag([1.0, 1e-5])
    assert linalg.definiteness(A) == "positive definite"
    result = linalg.definiteness(A, rtol=1e-3)
    assert result == "positive semidefinite"
    assert result.evidence["tolerance"] == 1e-3


def test_large_and_tiny_entries():
    assert linalg.definiteness(np.diag([1e300, 1e300])) == "positive definite"
    assert linalg.definiteness(np.diag([1e-300, -1e-300])) == "indefinite"
    assert linalg.definiteness(1e3 * np.eye(150)).evidence["leading_principal_minors"] is None


def test_the_verdict_is_text_that_travels():
    result = linalg.definiteness(np.eye(2))
    twin = copy.deepcopy(result)
    assert isinstance(result, str)
    assert twin == result
    assert twin.evidence["reason"] == result.evidence["reason"]


@given(st.integers(1, 4), st.booleans(), st.integers(0, 99))
def test_the_one_hermitian_matrix_of_a_form(n, is_complex, seed):
    rng = np.random.default_rng(seed)
    A = rng.standard_normal((n, n)) + (1j * rng.standard_normal((n, n)) if is_complex else 0)
    S = linalg.quadratic_form(A)
    x = rng.standard_normal(n) + (1j * rng.standard_normal(n) if is_complex else 0)
    assert np.array_equal(S, S.conj().T)
    assert np.isclose(x.conj() @ S @ x, np.real(x.conj() @ A @ x))


def test_the_matrix_of_a_polynomial_is_exact():
    x, y, z, a = sp.symbols("x y z a")
    form = sp.Rational(1, 3) * x**2 + a * x * y - 3 * y * z + z**2
    S = linalg.symmetric_matrix(form, [x, y, z])
    column = sp.Matrix([x, y, z])
    assert S == S.T
    assert sp.expand((column.T * S * column)[0] - form) == 0
    assert linalg.symmetric_matrix(sp.Integer(0), [x]) == sp.zeros(1, 1)


@pytest.mark.parametrize(
    ("polynomial", "message"),
    [
        ("x**2", "SymPy expression, not str"),
        (sp.Symbol("x") ** 3, r"term x\*\*3 has degree 3"),
        (sp.Symbol("x") ** 2 + 1, "term 1 has degree 0"),
        (sp.sin(sp.Symbol("x")), "not a polynomial"),
        (1 / sp.Symbol("x"), "not a polynomial"),
    ],
)
def test_what_is_no_quadratic_form_is_refused(polynomial, message):
    with pytest.raises(ValueError, match=message):
        linalg.symmetric_matrix(polynomial, [sp.Symbol("x")])


@pytest.mark.parametrize("variables", [[], ["x"], [sp.Symbol("x")] * 2, [sp.Integer(2)]])
def test_variables_are_distinct_symbols(variables):
    with pytest.raises(ValueError, match="variables must be distinct SymPy symbols"):
        linalg.symmetric_matrix(sp.Symbol("x") ** 2, variables)
