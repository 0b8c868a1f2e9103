"""Updated inverses against inverses computed afresh."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.linalg import LinAlgError, LinAlgWarning

from dvec import linalg

KINDS = ["f", "d", "F", "D"]


def draw(rng, *shape, kind="d"):
    real = rng.standard_normal(shape)
    return (real + 1j * rng.standard_normal(shape) if kind in "FD" else real).astype(kind)


@given(st.integers(1, 6), st.integers(1, 7), st.sampled_from("dD"), st.sampled_from("dD"), st.integers(0, 99))
def test_woodbury_and_rank_one(n, k, kind, other, seed):
    rng = np.random.default_rng(seed)
    A = draw(rng, n, n, kind=kind) + 8 * np.eye(n)
    x, y = draw(rng, n, kind=other), draw(rng, n, kind=other)
    B, C, D = draw(rng, n, k, kind=other), draw(rng, k, k), draw(rng, k, n)
    C[0] = 0  # singular
    inverse = np.linalg.inv(A)
    kept = [array.copy() for array in (inverse, x, y, B, C, D)]
    for got, changed in [
        (lambda: linalg.inverse_update(inverse, x, y), A + np.outer(x, y.conj())),
        (lambda: linalg.inverse_update(inverse, x), A + np.outer(x, x.conj())),
        (lambda: linalg.woodbury(inverse, B, C, D), A + B @ C @ D),
    ]:
        if np.linalg.cond(changed) < 1e6:
            wanted = np.linalg.inv(changed)
            assert np.allclose(got(), wanted, atol=1e-8 * np.abs(wanted).max())
    for array, before in zip((inverse, x, y, B, C, D), kept, strict=True):
        assert np.array_equal(array, before)


@pytest.mark.parametrize("order", ["C", "F", "strided"])
@pytest.mark.parametrize("kind", KINDS)
def test_in_place_where_asked(kind, order):
    rng = np.random.default_rng(1)
    A = draw(rng, 4, 4, kind=kind) + 6 * np.eye(4, dtype=kind)
    x = draw(rng, 4, kind=kind)
    target = np.linalg.inv(A)
    if order == "strided":
        target, whole = np.zeros((8, 8), dtype=kind)[::2, ::2], target
        target[...] = whole
    else:
        target = np.array(target, order=order)
    wanted = np.linalg.inv(A + np.outer(x, x.conj()))
    assert linalg.inverse_update(target, x, overwrite=True) is target
    assert np.allclose(target, wanted, atol=1e-5 if kind in "fF" else 1e-12)
    B, C = draw(rng, 4, 2, kind=kind), draw(rng, 2, 2, kind=kind)
    again = linalg.woodbury(target, B, C, B.conj().T, overwrite=True)
    assert again is target
    assert np.allclose(target, np.linalg.inv(A + np.outer(x, x.conj()) + B @ C @ B.conj().T), atol=1e-4)


def test_overwrite_needs_an_array_that_can_hold_the_result():
    with pytest.raises(ValueError, match="overwrite needs A_inv to be an array of dtype complex128"):
        linalg.inverse_update(np.eye(2), [1j, 0], overwrite=True)
    with pytest.raises(ValueError, match="overwrite"):
        linalg.inverse_update([[1.0, 0.0], [0.0, 1.0]], [1, 0], overwrite=True)
    frozen = np.eye(2)
    frozen.flags.writeable = False
    with pytest.raises(ValueError, match="read-only"):
        linalg.woodbury(frozen, np.ones((2, 1)), [[1]], np.ones((1, 2)), overwrite=True)


def test_a_near_singular_result_is_warned_about():
    x = np.array([1.0, 0.0])
    with pytest.warns(LinAlgWarning, match=r"A \+ x y\^H is near-singular"):
        linalg.inverse_update(np.eye(2), x, -(1 - 1e-14) * x)
    with pytest.warns(LinAlgWarning, match="near-singular.*condition number"):
        linalg.woodbury(np.eye(2), np.eye(2), np.diag([1e-14 - 1, 0]), np.eye(2))


def test_a_singular_result_is_refused():
    with pytest.raises(LinAlgError, match=r"A \+ x y\^H is singular"):
        linalg.inverse_update(np.eye(2), [1, 0], [-1, 0])
    with pytest.raises(LinAlgError, match="singular"):
        linalg.inverse_update(np.eye(3), [0.1, 0.2, 0.3], -np.array([0.1, 0.2, 0.3]) / 0.14)
    with pytest.raises(LinAlgError, match=r"A \+ B C D is singular"):
        linalg.woodbury(np.eye(2), np.eye(2), -np.eye(2), np.eye(2))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: linalg.inverse_update(np.eye(3), [1, 2]), "x has 2 entries; 3"),
        (lambda: linalg.inverse_update(np.eye(3), [1, 2, 3], [1]), "y has 1 entries; 3"),
        (lambda: linalg.inverse_update(np.ones((2, 3)), [1, 2]), "A_inv must be square"),
        (lambda: linalg.woodbury(np.eye(3), np.ones((3, 2)), np.eye(2), np.ones((3, 2))), r"D \(2, 3\)"),
    ],
)
def test_shapes_that_do_not_fit_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
