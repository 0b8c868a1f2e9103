"""Reports on large sparse matrices against dense computations of the same matrix and known spectra."""

import json

import numpy as np
import pytest
import scipy.sparse as sps

import dvec


@pytest.fixture(autouse=True)
def _small_is_sparse(monkeypatch):
    """Let matrices of a size that can be checked densely take the way of the large ones."""
    monkeypatch.setattr("dvec.linalg.analysis.MAX_DENSIFY", 1000)


def path_laplacian(n, ends=2.0):
    diagonal = 2 * np.ones(n)
    diagonal[[0, -1]] = ends
    return sps.diags_array([-np.ones(n - 1), diagonal, -np.ones(n - 1)], offsets=[-1, 0, 1]).tocsr()


def finding(report, topic):
    return next(found for found in report.findings if found.topic == topic)


def test_a_banded_matrix_is_factored():
    n = 250
    report = dvec.analyze(path_laplacian(n))
    angle = np.pi / (n + 1)
    least, largest = 2 - 2 * np.cos(angle), 2 + 2 * np.cos(angle)
    assert report.rank == n
    assert report.inverse_kind == "inverse"
    assert report.definiteness == "positive definite"
    assert np.isclose(report.determinant, n + 1)
    assert report.trace == 2 * n
    assert np.isclose(report.norms["2"], largest, rtol=1e-4)
    assert np.isclose(report.estimates["smallest singular value"][0], least, rtol=1e-4)
    assert np.isclose(report.condition, largest / least, rtol=1e-3)
    assert report.norms["1"] == report.norms["inf"] == 4
    assert report.is_symmetric
    assert report.is_normal
    assert report.is_orthogonal is False
    assert "all eigenvalues" in report.omitted


def test_a_laplacian_is_semidefinite_for_its_row_sums():
    report = dvec.analyze(path_laplacian(250, ends=1.0))
    assert report.definiteness == "positive semidefinite"
    assert "every row adds up to 0" in report.definiteness.evidence["reason"]
    assert report.is_singular
    assert report.inverse_kind == "pseudo"


def test_rounding_at_0_is_no_negative_eigenvalue():
    n = 300
    complete = sps.csr_array(n * np.eye(n) - np.ones((n, n)))  # the Laplacian of the complete graph: 0 and n
    report = dvec.analyze(complete)
    assert report.definiteness == "positive semidefinite"
    assert np.isclose(report.norms["2"], n)


def test_structural_rank_settles_a_missing_row():
    rng = np.random.default_rng(0)
    A = sps.random_array((300, 250), density=4e-3, rng=rng, format="csr")
    report = dvec.analyze(A)
    empty = int((abs(A).sum(axis=0) == 0).sum())
    assert empty > 0
    assert report.is_singular
    assert report.inverse_kind == "pseudo"
    assert report.rank is None
    assert report.estimates["rank at most"][0] <= 250 - empty
    assert f"{empty} columns hold no entry" in finding(report, "rank").why
    assert np.isclose(report.norms["2"], np.linalg.norm(A.toarray(), 2), rtol=1e-4)


def test_no_factorisation_whose_fill_does_not_fit(monkeypatch):
    monkeypatch.setattr("dvec.linalg.sparse_facts.FILL_LIMIT", 100)
    report = dvec.analyze(path_laplacian(250))
    assert report.determinant is None
    assert report.rank is None
    assert report.inverse_kind is None
    assert "a factorisation is predicted to need up to 1,000 entries" in report.omitted["determinant"]
    assert report.estimates["smallest singular value at most"][0] >= 2 - 2 * np.cos(np.pi / 251)
    assert finding(report, "inverse").verdict == "not decided"
    assert not any(call.routine == "splu" for call in report.calls)


def test_the_predicted_fill_is_an_upper_bound():
    from dvec.linalg._factor import LU
    from dvec.linalg.sparse_facts import _predicted_fill

    rng = np.random.default_rng(0)
    A = (path_laplacian(500) + sps.random_array((500, 500), density=1e-3, rng=rng)).tocsr()
    order, fill = _predicted_fill(A)
    lu = LU(sps.csc_matrix(A[order][:, order]), permc_spec="NATURAL")._lu
    assert lu.L.nnz + lu.U.nnz <= fill + 500


@pytest.mark.parametrize("kind", ["real", "complex"])
def test_a_matrix_without_symmetry(kind):
    rng = np.random.default_rng(0)
    A = sps.random_array((210, 210), density=5e-3, rng=rng) + 3 * sps.eye_array(210)
    A = (A * (1 + 1j) if kind == "complex" else A).tocsr()
    report = dvec.analyze(A)
    dense = A.toarray()
    s = np.linalg.svd(dense, compute_uv=False)
    assert not report.is_symmetric
    assert report.is_normal is False
    assert np.isclose(report.norms["2"], s[0], rtol=1e-4)
    assert np.isclose(report.norms["fro"], np.linalg.norm(dense))
    if report.rank is None:
        assert report.estimates["smallest singular value at most"][0] >= s[-1] * (1 - 1e-6)
    else:
        assert np.isclose(report.estimates["smallest singular value"][0], s[-1], rtol=1e-3)
        assert np.isclose(report.log_determinant, np.linalg.slogdet(dense)[1])
    assert "definiteness" in report.omitted


def test_both_signs_are_certain():
    A = path_laplacian(250).tolil()
    A[5, 5] = -3
    report = dvec.analyze(A.tocsr())
    assert report.definiteness == "indefinite"
    assert "both signs" in report.definiteness.evidence["reason"]


def test_gershgorin_decides_where_it_can():
    A = path_laplacian(250) + 3 * sps.eye_array(250)
    assert dvec.analyze(A).definiteness == "positive definite"
    assert dvec.analyze(-A).definiteness == "negative definite"
    assert dvec.analyze(path_laplacian(250) - 0.5 * sps.eye_array(250)).definiteness == "indefinite"


def test_a_singular_matrix_of_full_structural_rank():
    A = sps.block_diag([np.ones((2, 2))] * 110).tocsr()
    report = dvec.analyze(A)
    assert report.is_singular
    assert report.inverse_kind == "pseudo"
    assert finding(report, "rank").verdict.startswith("below")


def test_the_report_reads_and_travels():
    report = dvec.analyze(path_laplacian(250))
    assert "sparse with 748 stored entries" in report.text
    assert report.html.count("data:image/png") == 1
    json.dumps(report.to_dict(), allow_nan=False)
    assert report.eigenvectors is None


def test_the_input_is_left_as_it_is():
    A = sps.coo_array((np.ones(3), ([0, 0, 2999], [1, 1, 5])), shape=(3000, 3000)).tocsr()
    duplicated = sps.csr_array(
        (np.ones(3), np.array([1, 1, 0]), np.concatenate([[0], np.full(3000, 3)])), shape=(3000, 3000)
    )
    before = duplicated.data.copy(), duplicated.indices.copy()
    dvec.analyze(duplicated)
    dvec.analyze(A)
    assert np.array_equal(duplicated.data, before[0])
    assert np.array_equal(duplicated.indices, before[1])
