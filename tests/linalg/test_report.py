"""Reports on dense matrices: every number against NumPy or the construction, every verdict against the matrix."""

import json
import re
import warnings

import numpy as np
import pytest
import scipy.linalg as sla
import scipy.sparse as sps
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csgraph

import dvec
from dvec import linalg

RNG = np.random.default_rng(11)


def draw(*shape, is_complex=False):
    real = RNG.standard_normal(shape)
    return real + 1j * RNG.standard_normal(shape) if is_complex else real


def finding(report, topic):
    return next(found for found in report.findings if found.topic == topic)


@given(st.integers(1, 6), st.integers(1, 6), st.integers(1, 6), st.booleans(), st.integers(0, 999))
def test_the_numbers_of_any_matrix(m, n, rank, is_complex, seed):
    rng = np.random.default_rng(seed)
    left = rng.standard_normal((m, rank)) + (1j * rng.standard_normal((m, rank)) if is_complex else 0)
    A = left @ rng.standard_normal((rank, n))
    report = dvec.analyze(A)
    s = np.linalg.svd(A, compute_uv=False)
    assert report.shape == (m, n)
    assert report.rank == np.linalg.matrix_rank(A)
    assert np.allclose(report.singular_values, s)
    wanted = {"1": 1, "2": 2, "inf": np.inf, "fro": "fro", "nuc": "nuc"}
    assert all(np.isclose(report.norms[name], np.linalg.norm(A, order)) for name, order in wanted.items())
    assert np.isclose(report.norms["max"], np.abs(A).max())
    assert report.is_singular == (report.rank < min(m, n))
    kinds = {"inverse": m == n, "left": m > n, "right": m < n}
    assert report.inverse_kind == ("pseudo" if report.is_singular else next(k for k, v in kinds.items() if v))
    if m == n:
        assert np.isclose(report.trace, np.trace(A))
        assert np.isclose(report.determinant, np.linalg.det(A))
        V, w = report.eigenvectors, report.eigenvalues
        assert np.allclose(A @ V, V * w)
    else:
        assert report.trace is report.determinant is report.eigenvalues is report.eigenvectors is None
        assert report.omitted["trace"] == "the matrix is not square"
    if not report.is_singular:
        assert np.isclose(report.condition, np.linalg.cond(A), rtol=1e-6)
    assert report.text
    assert json.dumps(report.to_dict(), allow_nan=False)


@pytest.mark.parametrize("is_complex", [False, True])
def test_kinds_of_symmetry(is_complex):
    A = draw(4, 4, is_complex=is_complex)
    Q = np.linalg.qr(A)[0]
    normal = Q @ np.diag([1, 2j, 3, -1j]) @ Q.conj().T
    flags = lambda M: [getattr(dvec.analyze(M), f"is_{name}") for name in ("hermitian", "normal", "orthogonal")]  # noqa: E731
    assert flags(A) == [False, False, False]
    assert flags(A + A.conj().T) == [True, True, False]
    assert flags(normal) == [False, True, False]
    assert flags(Q) == [False, True, True]
    assert dvec.analyze(A + A.T).is_symmetric
    assert dvec.analyze(A + A.T).is_hermitian == (not is_complex)


def test_eigenvectors_of_large_matrices_are_computed_on_request(monkeypatch):
    monkeypatch.setattr("dvec.linalg.dense_facts.VECTORS_UP_TO", 20)
    A = draw(30, 30)
    for M in (A, A + A.T):
        report = dvec.analyze(M)
        assert report.vectors is None
        V = report.eigenvectors
        assert np.allclose(M @ V, V * report.eigenvalues, atol=1e-8)
        assert report.eigenvectors is V


def test_hilbert_is_ill_conditioned_and_not_for_its_scale():
    report = dvec.analyze(sla.hilbert(8))
    why = finding(report, "condition")
    assert why.verdict == "ill conditioned"
    assert "loses about 10.2 of 15.7 digits" in why.why
    assert "Scaling rows and columns does not cure it" in why.why
    assert report.definiteness == "positive definite"
    assert "Hankel" in finding(report, "structure").verdict
    assert dvec.analyze(sla.hilbert(15)).inverse_kind == "pseudo"


def test_wine_is_ill_conditioned_for_its_units():
    data = pytest.importorskip("sklearn.datasets").load_wine().data
    report = dvec.analyze(np.cov(data.T))
    assert "Mostly a matter of scale" in finding(report, "condition").why
    correlation = np.linalg.cond(np.corrcoef(data.T), 1)
    told = float(re.search(r"estimated\) is (\S+)\.", finding(report, "condition").why).group(1))
    assert correlation / 3 < told < correlation * 3


def test_digits_have_three_pixels_that_never_change():
    data = pytest.importorskip("sklearn.datasets").load_digits().data
    report = dvec.analyze(np.cov(data.T))
    assert report.rank == 61
    assert "3 zero columns: 1, 33, 40." in finding(report, "rank").why
    assert report.definiteness == "positive semidefinite"


def test_a_graph_laplacian_sends_the_ones_to_zero():
    W = np.triu((RNG.random((9, 9)) < 0.6).astype(float), 1)
    report = dvec.analyze(csgraph.laplacian(W + W.T))
    assert "Every row adds up to 0, so A sends the vector of ones to 0." in finding(report, "rank").why


def test_a_dependent_column_is_spelled_out():
    A = draw(5, 3)
    A = np.column_stack([A, A[:, 0] - 0.5 * A[:, 2]])
    told = finding(dvec.analyze(A), "rank").why
    match = re.search(r"Column (\d) = (.+)\.", told)
    column, terms = int(match.group(1)) - 1, match.group(2).replace("- ", "+ -").split(" + ")
    total = np.zeros(5)
    for term in terms:
        factor, index = re.fullmatch(r"(-?[\d.]*)·?column (\d)", term).groups()
        total += {"": 1.0, "-": -1.0}.get(factor, float(factor or 1) if factor not in ("", "-") else 0) * A[
            :, int(index) - 1
        ]
    assert np.allclose(total, A[:, column], atol=1e-5)


def test_toeplitz_triangular_and_others_are_recognised():
    kinds = {
        "Toeplitz": sla.toeplitz([3, 1, 2, 0], [3, 7, 8, 9]),
        "tridiagonal": sla.toeplitz([2.0, -1, 0, 0]),
        "upper triangular": np.triu(np.ones((3, 3))),
        "diagonal": np.diag([1, 2]),
        "skew-symmetric": np.array([[0, 1], [-1, 0]]),
        "strictly diagonally dominant": np.array([[3, 1], [-1, 2]]),
        "no negative entry": np.array([[3, 1], [1, 2]]),
        "of the entries are 0": np.diag(np.ones(5)),
    }
    for word, matrix in kinds.items():
        assert word in finding(dvec.analyze(matrix), "structure").verdict


def test_a_defective_matrix_is_pointed_out():
    told = finding(dvec.analyze([[2, 1], [0, 2]]), "eigenvalues").why
    assert "defective or close to it" in told


def test_a_determinant_out_of_range_keeps_its_logarithm():
    report = dvec.analyze(100 * np.eye(400))
    assert np.isinf(report.determinant)
    assert np.isclose(report.log_determinant, 400 * np.log(100))
    assert "of modulus exp(1842.07)" in report.text


def test_what_makes_a_matrix_indefinite():
    assert "a[2,2] = -1 and a[1,1] = 1" in finding(dvec.analyze(np.diag([1, -1])), "definiteness").why
    assert "off the diagonal" in finding(dvec.analyze([[1, 2], [2, 1]]), "definiteness").why
    assert "A zero on the diagonal" in finding(dvec.analyze([[0, 2], [2, 1]]), "definiteness").why


@pytest.mark.parametrize("scale", [1e-300, 1e-5, 1e5, 1e300])
def test_verdicts_do_not_depend_on_the_unit(scale):
    A = np.array([[2.0, 1, 0], [1, 3, 1], [0, 1, 4]])
    one, other = dvec.analyze(A), dvec.analyze(A * scale)
    for name in ("rank", "definiteness", "inverse_kind", "is_symmetric", "is_normal", "is_singular"):
        assert getattr(one, name) == getattr(other, name)
    assert np.isclose(one.condition, other.condition)


@pytest.mark.parametrize(
    "matrix", [np.zeros((3, 3)), np.zeros((1, 1)), np.zeros((2, 4)), np.eye(2), [[5]], np.ones((1, 4))]
)
def test_corner_cases_have_a_report_and_a_page(matrix):
    report = dvec.analyze(matrix)
    assert report.text
    assert report.html.endswith("</html>\n")
    json.dumps(report.to_dict(), allow_nan=False)


def test_float32_is_judged_in_its_own_precision():
    report = dvec.analyze(np.array([[1, 1], [1, 1 + 1e-7]], dtype=np.float32))
    assert report.rank == 1
    assert "1.19e-07" in finding(report, "rank").why


def test_the_calls_are_listed_with_their_time():
    calls = {call.routine for call in dvec.analyze(draw(4, 4)).calls}
    assert calls == {"getrf", "geev", "syevd", "gesdd"}
    assert {call.routine for call in dvec.analyze(np.eye(3)).calls} == {"getrf", "syevd"}
    assert all(call.seconds > 0 for call in dvec.analyze(np.eye(3)).calls)


def test_the_page_holds_the_pictures_and_loads_nothing():
    for matrix, pictures in [
        (np.array([[2, 1], [1, -1]]), 5),
        (np.diag([1, 2, 3]), 5),
        (draw(3, 2), 2),
        (draw(700, 4), 2),
    ]:
        page = dvec.analyze(matrix).html
        assert page.count("data:image/png;base64") == pictures
        assert not re.findall(r"(?:src|href)=.?https?:", page)
        assert "<script" not in page


def test_a_small_sparse_matrix_is_analysed_as_dense():
    A = np.diag([1.0, 2.0])
    assert dvec.analyze(sps.csr_array(A)).text.splitlines()[:8] == dvec.analyze(A).text.splitlines()[:8]


def test_progress_is_told_of_each_step():
    class Log:
        steps, finished = [], 0

        def step(self, purpose, share):
            self.steps.append((purpose, share))

        def done(self):
            self.finished += 1

    log = Log()
    dvec.analyze(draw(5, 5), progress=log)
    assert [purpose for purpose, _ in log.steps][:2] == ["determinant", "eigenvalues"]
    assert 0.8 < sum(share for _, share in log.steps) <= 1.001
    assert log.finished == 1


def test_the_input_is_left_as_it_is():
    A = np.asfortranarray(draw(6, 6))
    before = A.copy()
    dvec.analyze(A)
    assert np.array_equal(A, before)


@given(st.integers(2, 5), st.integers(0, 999))
def test_no_matrix_of_small_integers_raises_a_warning(n, seed):
    A = np.random.default_rng(seed).integers(-2, 3, (n, n))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        report = dvec.analyze(A)
        assert report.text
    exact = linalg.definiteness(A)
    assert report.definiteness == exact
