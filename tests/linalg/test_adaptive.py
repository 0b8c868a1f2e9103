"""The tracked inverse against the inverse computed afresh, and its guard on input that defeats the bare recursion."""

import numpy as np
import pytest

from dvec import linalg


def draw(rng, *shape, is_complex=False):
    real = rng.standard_normal(shape)
    return real + 1j * rng.standard_normal(shape) if is_complex else real


def correlation(X, forgetting, regularization):
    R = regularization * np.eye(X.shape[1], dtype=X.dtype)
    for x in X:
        R = forgetting * R + np.outer(x, x.conj())
    return R


@pytest.mark.parametrize("is_complex", [False, True])
@pytest.mark.parametrize("forgetting", [1.0, 0.98, 0.6])
@pytest.mark.parametrize("by", ["sample", "block", "both"])
def test_it_is_the_inverse_of_the_correlation(is_complex, forgetting, by):
    X = draw(np.random.default_rng(0), 333, 5, is_complex=is_complex)
    tracker = linalg.InverseCorrelation(5, forgetting=forgetting, regularization=0.1)
    if by == "block":
        tracker.update_many(X)
    else:
        for x in X[:100]:
            tracker.update(x)
        if by == "both":
            tracker.update_many(X[100:])
        else:
            for x in X[100:]:
                tracker.update(x)
    wanted = np.linalg.inv(correlation(X, forgetting, 0.1))
    assert np.allclose(tracker.inverse, wanted, rtol=1e-9, atol=1e-9 * np.abs(wanted).max())
    assert np.array_equal(tracker.inverse, tracker.inverse.conj().T)
    assert (tracker.updates, tracker.held, tracker.damped) == (333, 0, 0)
    assert "never held" in tracker.report


def test_float32_within_its_precision():
    X = draw(np.random.default_rng(0), 500, 6).astype(np.float32)
    one, many = (linalg.InverseCorrelation(6, 0.95, 1.0, dtype=np.float32) for _ in range(2))
    for x in X:
        one.update(x)
    many.update_many(X)
    wanted = np.linalg.inv(correlation(X.astype(float), 0.95, 1.0))
    assert one.inverse.dtype == np.float32
    assert np.allclose(one.inverse, wanted, atol=1e-3 * np.abs(wanted).max())
    assert np.allclose(many.inverse, wanted, atol=1e-3 * np.abs(wanted).max())


def test_a_complex_sample_makes_it_complex():
    X = draw(np.random.default_rng(0), 20, 3)
    Z = draw(np.random.default_rng(1), 20, 3, is_complex=True)
    tracker = linalg.InverseCorrelation(3, 0.9)
    for x in [*X, *Z]:
        tracker.update(x)
    wanted = np.linalg.inv(correlation(np.concatenate([X.astype(complex), Z]), 0.9, 1e-3))
    assert np.allclose(tracker.inverse, wanted, atol=1e-8 * np.abs(wanted).max())


STREAMS = {
    "constant": lambda rng, n: np.tile(rng.standard_normal(n), (2400, 1)),
    "sinusoid": lambda rng, n: np.lib.stride_tricks.sliding_window_view(np.sin(0.3 * np.arange(2400 + n)), n)[:2400],
    "with an offset": lambda rng, n: (
        3 + np.lib.stride_tricks.sliding_window_view(np.sin(0.01 * np.arange(2400 + n)), n)[:2400]
    ),
    "of rank two": lambda rng, n: rng.standard_normal((2400, 2)) @ rng.standard_normal((2, n)),
    "louder and louder": lambda rng, n: np.outer(10.0 ** (np.arange(2400) // 700), rng.standard_normal(n)),
    "with silence": lambda rng, n: rng.standard_normal((2400, n)) * (np.arange(2400) // 500 % 2)[:, None],
    "nearly silent": lambda rng, n: (
        rng.standard_normal((2400, n)) * 10.0 ** (-6 * (np.arange(2400) // 500 % 2))[:, None]
    ),
    "changing direction": lambda rng, n: rng.standard_normal((50, n))[np.arange(2400) // 300 % 50],
    "of many scales": lambda rng, n: rng.standard_normal((2400, n)) * 10.0 ** -np.arange(n),
    "huge": lambda rng, n: 1e6 * rng.standard_normal((2400, n)),
}


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex64])
@pytest.mark.parametrize("forgetting", [0.5, 0.95, 1.0])
@pytest.mark.parametrize("stream", STREAMS)
def test_it_stays_positive_definite(stream, forgetting, dtype):
    X = STREAMS[stream](np.random.default_rng(2), 8).astype(dtype)
    tracker = linalg.InverseCorrelation(8, forgetting, dtype=dtype)
    for start in range(0, len(X), 400):
        for x in X[start : start + 200]:
            tracker.update(x)
        tracker.update_many(X[start + 200 : start + 400])
        P = tracker.inverse.astype(np.result_type(dtype, np.float64))
        assert np.isfinite(P).all()
        values = np.linalg.eigvalsh(P / np.abs(P).max())
        assert values[0] > 0
        assert np.array_equal(P, P.conj().T)


def test_forgetting_is_held_counted_and_reported():
    tracker = linalg.InverseCorrelation(8, forgetting=0.95)
    for _ in range(2000):
        tracker.update(np.ones(8))
    assert 500 < tracker.held < 2000
    assert f"held at {tracker.held}" in tracker.report
    assert str(tracker.held) in repr(tracker)


def test_the_textbook_recursion_fails_where_the_guard_holds():
    P, x = np.eye(8) / 1e-3, np.ones(8)
    for _ in range(2000):
        g = P @ x / (0.95 + x @ P @ x)
        P = (P - np.outer(g, x @ P)) / 0.95
        P = (P + P.T) / 2
    assert not np.linalg.eigvalsh(P)[0] > 0


def test_after_a_hold_it_learns_again():
    rng = np.random.default_rng(0)
    X = np.concatenate([np.tile(np.ones(4), (3000, 1)), rng.standard_normal((1500, 4))])
    tracker = linalg.InverseCorrelation(4, forgetting=0.95)
    tracker.update_many(X)
    assert tracker.held
    wanted = np.linalg.inv(correlation(X, 0.95, 1e-3))
    assert np.allclose(tracker.inverse, wanted, rtol=1e-6, atol=1e-8 * np.abs(wanted).max())


def test_many_updates_do_not_wear_it_out():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((100_000, 4))
    tracker = linalg.InverseCorrelation(4, forgetting=0.99)
    for x in X:
        tracker.update(x)
    weights = 0.99 ** np.arange(3000 - 1.0, -1, -1)
    wanted = np.linalg.inv((X[-3000:] * weights[:, None]).T @ X[-3000:])
    assert np.allclose(tracker.inverse, wanted, rtol=1e-10)
    assert tracker.held == 0


@pytest.mark.long
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("stream", ["white", "constant", "sinusoid"])
def test_ten_million_updates(stream, dtype):
    rng = np.random.default_rng(0)
    tracker = linalg.InverseCorrelation(4, forgetting=0.999, dtype=dtype)
    phase = np.arange(100_000 + 3)
    sine = np.lib.stride_tricks.sliding_window_view(np.sin(0.2 * phase), 4)
    for _ in range(100):
        X = {"white": rng.standard_normal((100_000, 4)), "constant": np.ones((100_000, 4)), "sinusoid": sine}[stream]
        tracker.update_many(X)
        P = tracker.inverse.astype(float)
        assert np.linalg.eigvalsh(P / np.abs(P).max())[0] > 0
    assert tracker.updates == 10**7
    if stream == "white":
        weights = 0.999 ** np.arange(100_000 - 1.0, -1, -1)
        wanted = np.linalg.inv((X * weights[:, None]).T @ X)
        assert np.allclose(P, wanted, rtol=1e-9 if dtype == np.float64 else 1e-2, atol=1e-3 * np.abs(wanted).max())


@pytest.mark.parametrize("is_complex", [False, True])
def test_the_filter_is_the_weighted_least_squares_solution(is_complex):
    rng = np.random.default_rng(0)
    X, d = draw(rng, 60, 3, is_complex=is_complex), draw(rng, 60, is_complex=is_complex)
    rls = linalg.RLSFilter(3, forgetting=0.9, regularization=0.2)
    errors = []
    for x, wanted in zip(X, d, strict=True):
        before = rls.weights
        errors.append(rls.update(x, wanted))
        assert np.isclose(errors[-1], wanted - before.conj() @ x)
        assert np.isclose(rls.predict(x), rls.weights.conj() @ x)
    share = 0.9 ** np.arange(59.0, -1, -1)
    R = (X.T * share) @ X.conj() + 0.9**60 * 0.2 * np.eye(3)
    r = (X.T * share) @ d.conj()
    assert np.allclose(rls.weights, np.linalg.solve(R, r))


def test_the_filter_follows_a_change_while_forgetting_is_held():
    rls = linalg.RLSFilter(4, forgetting=0.95)
    x = np.array([1.0, 2.0, 0.0, 1.0])
    for _ in range(2000):
        rls.update(x, 1.0)
    assert rls.correlation.held
    for _ in range(300):
        rls.update(x, -3.0)
    assert abs(rls.predict(x) + 3) < 1e-5


def test_the_filter_takes_complex_outputs_of_real_inputs():
    rng = np.random.default_rng(0)
    rls = linalg.RLSFilter(2, regularization=1e-9)
    w = np.array([1 + 2j, -3j])
    for x in rng.standard_normal((20, 2)):
        error = rls.update(x, np.vdot(w, x))
    assert np.allclose(rls.weights, w, atol=1e-6)
    assert abs(error) < 1e-6


def test_a_bad_sample_changes_nothing():
    tracker, rls = linalg.InverseCorrelation(2), linalg.RLSFilter(2)
    tracker.update([1, 2])
    rls.update([1, 2], 3)
    before, weights = tracker.inverse, rls.weights
    for bad in (
        [np.nan, 1],
        [np.inf, 1],
        np.array([np.nan, 1]),
        [1, 2, 3],
        [[1, 2], [3, 4]],
        ["a", "b"],
        1e200 * np.ones(2),
    ):
        with pytest.raises(ValueError, match=r"\bx\b"):
            tracker.update(bad)
        with pytest.raises(ValueError, match=r"\bx\b"):
            rls.update(bad, 1)
    for bad in (np.nan, "a", None, True, [1]):
        with pytest.raises(ValueError, match=r"\bd\b"):
            rls.update([1, 2], bad)
    with pytest.raises(ValueError, match="X has 3 columns"):
        tracker.update_many(np.ones((2, 3)))
    with pytest.raises(ValueError, match="X"):
        tracker.update_many([[1, np.nan]])
    assert np.array_equal(tracker.inverse, before)
    assert np.array_equal(rls.weights, weights)
    assert tracker.updates == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n": 0}, "n must be at least 1"),
        ({"n": 2.0}, "n must be an integer"),
        ({"n": 2, "forgetting": 0}, "forgetting"),
        ({"n": 2, "forgetting": 1.1}, "forgetting.*at most 1"),
        ({"n": 2, "forgetting": "a"}, "forgetting"),
        ({"n": 2, "regularization": -1}, "regularization"),
        ({"n": 2, "regularization": 1e-300}, "out of range"),
        ({"n": 2, "regularization": np.nan}, "regularization"),
        ({"n": 2, "dtype": int}, "dtype"),
    ],
)
def test_arguments_out_of_range_are_named(arguments, message):
    for kind in (linalg.InverseCorrelation, linalg.RLSFilter):
        with pytest.raises(ValueError, match=message):
            kind(**arguments)


def test_samples_are_left_as_they_are():
    X = np.random.default_rng(0).standard_normal((70, 3))
    before = X.copy()
    tracker = linalg.InverseCorrelation(3)
    tracker.update(X[0])
    tracker.update_many(X)
    assert np.array_equal(X, before)
