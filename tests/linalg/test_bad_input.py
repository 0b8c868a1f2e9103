"""Every function of the room on what is not a matrix of finite numbers: always a sentence, never another error."""

import warnings
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sps
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.linalg import LinAlgError, LinAlgWarning

import dvec
from dvec import linalg

ONE: dict[str, Any] = {
    "analyze": dvec.analyze,
    "definiteness": linalg.definiteness,
    "direct_sum": linalg.direct_sum,
    "entrywise_norm": lambda A: linalg.entrywise_norm(A, 3),
    "induced_norm": lambda A: linalg.induced_norm(A, 3),
    "is_projector": linalg.is_projector,
    "left_inverse": linalg.left_inverse,
    "pinv": linalg.pinv,
    "projector": linalg.projector,
    "quadratic_form": linalg.quadratic_form,
    "right_inverse": linalg.right_inverse,
    "rvec": linalg.rvec,
    "vec": linalg.vec,
    "vech": linalg.vech,
}
TWO: dict[str, Any] = {
    "explain_product": linalg.explain_product,
    "hadamard": linalg.hadamard,
    "hadamard lazy": lambda A, B: linalg.hadamard(A, B, lazy=True),
    "inverse_update": linalg.inverse_update,
    "khatri_rao": linalg.khatri_rao,
    "kron": linalg.kron,
    "kron lazy": lambda A, B: linalg.kron(A, B, lazy=True),
    "kron_left": linalg.kron_left,
    "least_squares": linalg.least_squares,
    "minimum_norm": linalg.minimum_norm,
    "penrose_residuals": linalg.penrose_residuals,
    "direct_sum lazy": lambda A, B: linalg.direct_sum(A, B, lazy=True),
    "mode_product": lambda A, B: linalg.mode_product(A, B, 0),
    "woodbury": lambda A, B: linalg.woodbury(A, B, np.eye(2), np.ones((2, 2))),
}
BAD = {
    "nan": [[1.0, np.nan], [0, 1]],
    "inf": [[1.0, np.inf], [0, 1]],
    "empty": np.empty((0, 2)),
    "nothing": [],
    "objects": np.array([[1, None], [2, 3]], dtype=object),
    "numbers as objects": np.array([[1, 2], [2, 3]], dtype=object),
    "words": [["a", "b"]],
    "ragged": [[1, 2], [3]],
    "dates": np.array([["2020-01-01"]], dtype="datetime64[D]"),
    "masked": np.ma.masked_array([[1.0, 2], [3, 4]], mask=[[0, 1], [0, 0]]),
    "none": None,
    "record": np.zeros((2, 2), dtype=[("a", float)]),
}
NOT_TWO_AXES = {"1-D": [1.0, 2.0], "3-D": np.ones((2, 2, 2)), "scalar": 3.0}


@pytest.mark.parametrize("bad", BAD)
@pytest.mark.parametrize("name", ONE)
def test_one_matrix(name, bad):
    with pytest.raises((ValueError, LinAlgError)) as caught:
        ONE[name](BAD[bad])
    assert len(str(caught.value)) > 15
    assert str(caught.value)[0].isupper()


@pytest.mark.parametrize("bad", BAD)
@pytest.mark.parametrize("name", TWO)
def test_two_matrices(name, bad):
    with pytest.raises((ValueError, LinAlgError)):
        TWO[name](BAD[bad], np.eye(2))
    with pytest.raises((ValueError, LinAlgError)):
        TWO[name](np.eye(2), BAD[bad])


@pytest.mark.parametrize("shape", NOT_TWO_AXES)
@pytest.mark.parametrize("name", ONE)
def test_the_number_of_axes_is_named(name, shape):
    with pytest.raises(ValueError, match=r"must be a matrix \(2 axes\), and has shape"):
        ONE[name](NOT_TWO_AXES[shape])


def test_the_entry_that_is_wrong_is_named():
    with pytest.raises(ValueError, match=r"A\[1, 0\] is nan: every entry must be finite \(1 of 4 is not\)"):
        linalg.vec([[1, 2], [np.nan, 4]])
    with pytest.raises(ValueError, match=r"A\[1, 0\] is inf"):
        linalg.entrywise_norm(sps.csr_array([[1, 0], [np.inf, 0]]), 2)
    with pytest.raises(ValueError, match="For a column write A"):
        linalg.vec([1, 2])


@pytest.mark.parametrize("dtype", [bool, np.int8, np.uint64, np.float16, np.longdouble, np.clongdouble])
def test_other_numbers_are_taken_to_double_precision(dtype):
    A = np.array([[1, 0], [1, 1]], dtype=dtype)
    for name, call in ONE.items():
        if name not in ("is_projector",):
            call(A)
    assert linalg.pinv(A).dtype in (np.float64, np.complex128)


def test_a_large_sparse_matrix_is_not_made_dense():
    huge = sps.eye_array(10**6).tocsr()
    with pytest.raises(ValueError, match=r"sparse of shape .* too many"):
        linalg.pinv(huge)
    small = sps.csr_array(np.diag([1.0, 2.0]))
    assert np.allclose(linalg.pinv(small), np.diag([1, 0.5]))


@pytest.mark.parametrize("bad", [sps.csr_array((0, 3)), sps.coo_array(np.array([[np.nan, 2]]))])
def test_sparse_matrices_are_checked_too(bad):
    for call in (dvec.analyze, lambda A: linalg.entrywise_norm(A, 1), lambda A: linalg.kron(A, np.eye(2), lazy=True)):
        with pytest.raises(ValueError, match=r"A"):
            call(bad)


@contextmanager
def sentences():
    """Lets a ValueError or LinAlgError that says something pass."""
    message = "long enough to be a sentence"
    try:
        yield
    except (ValueError, LinAlgError) as error:
        message = str(error)
    assert len(message) > 15


ANY = hnp.arrays(
    dtype=st.sampled_from([np.float64, np.float32, np.complex128, np.int64, np.bool_]),
    shape=hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3),
)


@given(ANY, st.sampled_from(sorted(ONE)))
def test_any_array_gives_a_result_or_a_sentence(A, name):
    before = A.copy()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LinAlgWarning)
        warnings.filterwarnings("ignore", "overflow", RuntimeWarning)
        warnings.filterwarnings("ignore", "invalid value", RuntimeWarning)
        with sentences():
            ONE[name](A)
    assert np.array_equal(A, before, equal_nan=A.dtype.kind in "fc")


@given(ANY, ANY, st.sampled_from(sorted(TWO)))
def test_any_two_arrays_give_a_result_or_a_sentence(A, B, name):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LinAlgWarning)
        warnings.filterwarnings("ignore", "overflow", RuntimeWarning)
        warnings.filterwarnings("ignore", "invalid value", RuntimeWarning)
        with sentences():
            TWO[name](A, B)
