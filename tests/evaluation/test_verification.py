from __future__ import annotations

import numpy as np
import pytest

from dvec.core.algebra import PRODUCT, ZERO, eye, ones
from dvec.core.layouts import BLOCK, VEC, Pattern, pattern_of
from dvec.core.node import constant, make, variable
from dvec.core.sizes import named_size
from dvec.evaluation.differences import along, curvature, mixed
from dvec.evaluation.verification import Directions, verify
from dvec.operations import TABLE
from dvec.operations.constants import commutation, unit
from dvec.operations.structure import diag, kron, vec

m, n, k, p = (named_size(name) for name in "mnkp")
U, V, Y, Z = variable("U", m, k), variable("V", n, k), variable("Y", m, n), variable("Z", m, n)
A, B, X, S = variable("A", m, n), variable("B", k, p), variable("X", n, k), variable("S", n, n)
a, b, x, c = variable("a", m, 1), variable("b", n, 1), variable("x", n, 1), variable("c")
D, P = variable("D", n, n, ["diagonal"]), variable("P", n, n, ["positive definite"])
exp, log, inv, det, logdet, tr = (TABLE[name] for name in ("exp", "log", "inv", "det", "logdet", "tr"))
norm2, tanh, softmax = TABLE["norm2"], TABLE["tanh"], TABLE["softmax"]
power = TABLE["^"]
F = norm2(U @ V.T - Y) ** 2 + c / 2 * (norm2(U) ** 2 + norm2(V) ** 2)
G = 2 * ((U @ V.T - Y) @ V) + c * U

# formula, variable, its derivative in the layout
RIGHT = {
    "factorisation": (F, U, G, "mixed"),
    "gradient transposed": (F, U, G.T, "numerator"),
    "logdet": (logdet(S), S, inv(S).T, "mixed"),
    "log det": (log(det(S)), S, inv(S.T), "mixed"),
    "log det X'X": (logdet(X.T @ X), X, 2 * (X @ inv(X.T @ X)), "mixed"),
    "two inverses": (a.T @ A @ inv(S) @ b, S, -(inv(S).T @ A.T @ a @ b.T @ inv(S).T), "mixed"),
    "vec": (A @ X @ B, X, kron(B.T, A), "vec"),
    "block": (A @ X @ B, X, vec(A.T) @ TABLE["rvec"](B), "block"),
    "matrix function": (exp(A @ X), X, diag(vec(exp(A @ X))) @ kron(eye(k), A), "vec"),
    "inverse": (inv(S), S, -kron(inv(S).T, inv(S)), "vec"),
    "transpose": (X.T, X, commutation(n, k), "vec"),
    "column by column": (A @ x, x, A, "mixed"),
    "its transpose": (A @ x, x, A.T, "denominator"),
    "by a scalar": (exp(c * A), c, A * exp(c * A), "mixed"),
    "softmax": (softmax(S @ x), x, (diag(softmax(S @ x)) - softmax(S @ x) @ softmax(S @ x).T) @ S, "mixed"),
    "symbolic power": (tr(power(S, c)), S, c * make(power, (S.T, c - 1)), "mixed"),
    "domain": (log(1 - x.T @ S @ x), x, -1 * ((S + S.T) @ x) / (1 - x.T @ S @ x), "mixed"),
    "kinks": (TABLE["norm1"](A @ x - a), x, A.T @ TABLE["sign"](A @ x - a), "mixed"),
    "vanishing": (tr(S @ inv(S)), S, 0 * S, "mixed"),
    "cancelling": (norm2(A) ** 2 - tr(A.T @ A), A, 0 * A, "mixed"),
    "cancelling in four terms": (
        norm2(Y - Z) ** 2 - norm2(Y) ** 2 - norm2(Z) ** 2 + 2 * tr(Y.T @ Z), Z, 0 * Z, "mixed",
    ),
    "cancelling but for a little": (
        norm2(A) ** 2 - tr(A.T @ A) + a.T @ A @ b / 1000, A, a @ b.T / 1000, "mixed",
    ),
    "large constant": (constant(10**6) + c * c, c, 2 * c, "mixed"),
    "tiny": (constant("1/1000000") * (x.T @ x), x, constant("1/500000") * x, "mixed"),
}  # fmt: skip


def check(formula, wrt, derivative, layout, **options):
    return verify(formula, wrt, derivative, pattern_of(layout, formula.size, wrt.size), **options)


@pytest.mark.parametrize("name", RIGHT)
def test_right_derivatives_pass(name):
    found = check(*RIGHT[name])
    assert found.ok, found.reason
    assert found.samples == 3
    assert found.max_relative_error < 1e-7
    assert found.reason == ""


@pytest.mark.parametrize("name", RIGHT)
@pytest.mark.parametrize("wrong", ["double", "negative", "zero", "transposed", "one entry", "a little"])
def test_wrong_derivatives_fail(name, wrong):
    formula, wrt, derivative, layout = RIGHT[name]
    if derivative.op is PRODUCT and derivative.args[0] is ZERO:  # twice zero is right
        derivative = constant("1/1000000") * wrt
    elif wrong == "transposed":
        if not derivative.square or derivative.scalar:
            pytest.skip("the transpose has another size")
        derivative = derivative.T
    elif wrong == "one entry":
        rows, cols = derivative.size
        derivative = derivative + unit(rows, 1) @ unit(cols, 1).T if not derivative.scalar else derivative + 1
    else:
        factor = {"double": 2, "negative": -1, "zero": 0, "a little": constant("1.00001")}[wrong]
        derivative = factor * derivative
    found = check(formula, wrt, derivative, layout)
    assert not found.ok
    assert found.max_relative_error > 1e-6
    assert "finite differences" in found.reason


def test_every_layout_is_its_own():
    for pattern in (VEC, BLOCK, Pattern("ib", "aj"), Pattern("a", "jib"), Pattern("jbia", "")):
        jacobian = kron(B.T, A)  # rows (b i), columns (j a)
        sizes = tuple(zip("biaj", (p, m, n, k), strict=True))
        side = lambda letters: f"({' '.join(letters)})"  # noqa: E731
        node = TABLE["rearrange"](jacobian, params=(f"(b i) (j a) -> {side(pattern.rows)} {side(pattern.cols)}", sizes))
        assert verify(A @ X @ B, X, node, pattern).ok
        assert not verify(A @ X @ B, X, 2 * node, pattern).ok


# ------------------------------------------------------------------ second derivatives

HESSIANS = {
    "factorisation": (F, U, None, 2 * kron(V.T @ V, eye(m)) + c * eye(k * m)),
    "logdet": (logdet(S), S, None, -(kron(inv(S), inv(S.T)) @ commutation(n, n))),
    "exponential": (TABLE["sum"](exp(A @ x)), x, None, A.T @ diag(exp(A @ x)) @ A),
    "mixed": (tr(Z.T @ U @ V.T), U, Z, kron(V.T, eye(m))),
    "bilinear": (a.T @ A @ b, a, b, A),
    "scalar": (c**3, c, None, 6 * c),
    "linear": (a.T @ A @ x, x, None, 0 * eye(n)),
    "cancelling": (norm2(x) ** 2 - x.T @ x, x, None, 0 * eye(n)),
    "cancelling mixed": (norm2(a - A @ b) ** 2 - norm2(a) ** 2 + 2 * a.T @ A @ b, a, b, 0 * A),
}


@pytest.mark.parametrize("name", HESSIANS)
def test_second_derivatives(name):
    formula, wrt, second, hessian = HESSIANS[name]
    found = check(formula, wrt, hessian, "mixed", order=2, second=second)
    assert found.ok, found.reason
    for wrong in (2 * hessian + ones(*hessian.size), hessian + unit_corner(hessian)):
        assert not check(formula, wrt, wrong, "mixed", order=2, second=second).ok


def unit_corner(node):
    return constant(1) if node.scalar else unit(node.rows, 1) @ unit(node.cols, 1).T


# ------------------------------------------------------------------ parts of variables, structured ones


def test_by_an_entry_a_row_and_the_transpose():
    row = unit(m, "i").T

    def of_row(at, indices):
        e = np.eye(len(at))[:, [indices.get("i", 2) - 1]]
        return Directions((1, at.shape[1]), lambda weights: e @ weights)

    def of_entry(at, indices):
        e = np.eye(at.shape[1])[[1]]
        return Directions((1, 1), lambda weights: of_row(at, indices).move(weights @ e))

    def turned(at, indices):
        return Directions(at.shape[::-1], lambda weights: weights.T)

    gradient = Pattern("a", "j")
    assert verify(F, U, row @ G, gradient, directions=of_row).ok
    assert not verify(F, U, unit(m, 1).T @ G, gradient, directions=of_row).ok
    assert verify(F, U, row @ G @ unit(k, 2), gradient, directions=of_entry).ok
    assert verify(F, U, G.T, gradient, directions=turned).ok


def test_structured_variables():
    formula, full = tr(inv(P) @ S), -(inv(P) @ S.T @ inv(P))
    gradient = Pattern("a", "j")

    def moved(change):
        return lambda at, indices: Directions(at.shape, change)

    projected, free = moved(lambda e: (e + e.T) / 2), moved(lambda e: e + e.T - np.diag(np.diag(e)))
    assert verify(formula, P, (full + full.T) / 2, gradient, directions=projected).ok
    assert not verify(formula, P, full, gradient, directions=projected).ok
    assert verify(formula, P, full + full.T - eye(n) * full, gradient, directions=free).ok
    assert verify(formula, P, full, gradient).ok  # every entry by itself


def test_complex_variables():
    W = variable("W", n, n, ["complex"])
    K = variable("K", n, n, ["complex"])
    gradient = Pattern("a", "j")
    holomorphic = tr(K @ W @ W)
    assert verify(holomorphic, W, K.T @ W.T + W.T @ K.T, gradient).ok
    assert verify(holomorphic, W, 0 * W, gradient, conjugate=True).ok
    modulus = tr(TABLE["conj"](W).T @ W)
    assert verify(modulus, W, TABLE["conj"](W), gradient).ok
    assert verify(modulus, W, W, gradient, conjugate=True).ok
    assert not verify(modulus, W, W, gradient).ok


# ------------------------------------------------------------------ what cannot be checked


def test_no_data_is_no_success():
    found = check(log(-1 * (x.T @ x)), x, 2 * x / (x.T @ x), "mixed")
    assert not found.ok
    assert found.samples == 0
    assert "log needs positive entries" in found.reason


def test_a_derivative_that_does_not_exist_on_the_data_is_no_success():
    found = check(x.T @ x, x, 2 * x + log(-1 * (x.T @ x)) * x, "mixed")
    assert not found.ok


def test_a_derivative_of_the_wrong_size_is_told():
    found = verify(A @ X @ B, X, kron(B.T, A), BLOCK)
    assert not found.ok
    assert found.reason.startswith("the derivative should be ")


def test_long_formulas_take_random_directions():
    h = x
    W = variable("W", n, n)
    for _ in range(1000):
        h = tanh(W @ h)
    formula = h.T @ h
    gradient = 2 * h
    values = h
    for _ in range(1000):
        gradient, values = W.T @ ((1 - values**2) * gradient), values.args[0].args[1]
    assert check(formula, x, gradient, "mixed", samples=1).ok
    assert not check(formula, x, 2 * gradient, "mixed", samples=1).ok


# ------------------------------------------------------------------ finite differences themselves


def test_finite_differences_are_exact_to_many_digits():
    point = np.array([[0.7], [1.3]])
    u, v = np.array([[1.0], [2.0]]), np.array([[0.5], [-1.0]])
    f = lambda z: np.exp(z[0, 0]) * np.sin(z[1, 0])  # noqa: E731
    e, s, t = np.exp(0.7), np.sin(1.3), np.cos(1.3)
    first = along(f, point, u)
    assert first.value == pytest.approx(e * s + 2 * e * t, rel=1e-12)
    assert first.error < 1e-9
    second = curvature(f, point, u)
    assert second.value == pytest.approx(e * s + 4 * e * t - 4 * e * s, rel=1e-9)
    both = mixed(lambda y, z: f(y) * z[0, 0], (point, point), u, v)
    assert both.value == pytest.approx((e * s + 2 * e * t) * 0.5, rel=1e-9)


# ------------------------------------------------------------------ what was lost in rounding, and what was not


def test_a_derivative_lost_in_rounding_is_not_called_right():
    cos, sin = TABLE["cos"], TABLE["sin"]
    d = variable("d")
    wave = exp(-1 * c**2 - 30)
    right = -2 * c * wave * cos(c) - wave * sin(c)
    wrong = -2 * c * wave * cos(c) + wave * sin(c)
    assert check(wave * cos(c), c, right, "mixed").ok
    assert check(wave * cos(c), c, wrong, "mixed").max_relative_error > 1e-3
    for said in (right, wrong):  # beside a value of another size nothing is left of it
        found = check(wave * cos(c) + d, c, said, "mixed")
        assert not found.ok
        assert "lost in rounding" in found.reason
    vanishing = exp(-1000 * (c**2 + 1))
    found = check(vanishing * cos(c), c, -2000 * c * vanishing * cos(c) + vanishing * sin(c), "mixed")
    assert not found.ok
    assert found.samples == 0
    assert "lost in rounding" in found.reason


ZERO_EVERYWHERE = {
    "sign": (TABLE["sum"](TABLE["sign"](x)), x, 0 * x),
    "a step that is not reached": (TABLE["relu"](-1 * exp(c)), c, -1 * TABLE["step"](-1 * exp(c)) * exp(c)),
    "above the diagonal": (TABLE["sum"](TABLE["tril"](S)), S, TABLE["tril"](ones(n, n))),
    "a sum that cancels": (
        TABLE["cos"](c) ** 2 + TABLE["sin"](c) ** 2,
        c,
        2 * TABLE["sin"](c) * TABLE["cos"](c) - TABLE["sin"](2 * c),
    ),
    "another variable": (TABLE["det"](S) + c, x, 0 * x),
}


@pytest.mark.parametrize("name", ZERO_EVERYWHERE)
def test_derivatives_that_vanish_are_verified(name):
    formula, wrt, derivative = ZERO_EVERYWHERE[name]
    found = check(formula, wrt, derivative, "mixed")
    assert found.ok, found.reason
    assert not check(formula, wrt, derivative + constant("1/100000") * ones(*wrt.size), "mixed").ok


def test_a_derivative_that_vanishes_up_to_rounding_is_verified():
    """The trace of a reflection of the plane is 0, or 1e-16: its square is flat there, but not beside it."""
    R = variable("R", 2, 2, ["symmetric", "orthogonal"])
    for seed in range(10):
        assert check(tr(R) ** 2, R, 2 * tr(R) * eye(2), "mixed", samples=1, seed=seed).ok
        assert not check(tr(R) ** 2, R, 2 * tr(R) * eye(2) + eye(2), "mixed", samples=1, seed=seed).ok


def test_constants_of_any_size_and_shifted_domains():
    for formula, wrt, derivative in (
        (constant(10) ** -12 * (x.T @ x), x, 2 * constant(10) ** -12 * x),
        (602 * constant(10) ** 21 * (x.T @ x), x, 1204 * constant(10) ** 21 * x),
        (x.T @ x + 10**12, x, 2 * x),
        (TABLE["sum"]((x - 1000) ** 4), x, 4 * (x - 1000) ** 3),
        (log(c - 10**6), c, 1 / (c - 10**6)),
        (TABLE["cos"](70000 * c), c, -70000 * TABLE["sin"](70000 * c)),
    ):
        found = check(formula, wrt, derivative, "mixed")
        assert found.ok, found.reason
        assert not check(formula, wrt, constant("1.001") * derivative, "mixed").ok


def test_both_sides_of_a_kink_are_compared():
    assert not check(TABLE["sum"](TABLE["relu"](x - 3)), x, 0 * x, "mixed").ok
    assert not check(TABLE["sum"](TABLE["abs"](x - 5)), x, -1 * ones(n, 1), "mixed").ok


def test_long_products_are_compared_at_a_scale_where_they_neither_over_nor_underflow():
    rest = [variable(f"B{number}", k, k) + variable(f"C{number}", k, k) for number in range(1500)]
    B = variable("B", k, k)
    right = check(tr(make(PRODUCT, (B, *rest))), B, make(PRODUCT, tuple(rest)).T, "mixed")
    assert right.ok, right.reason
    assert 1e-17 < right.max_relative_error < 1e-7
    assert not check(tr(make(PRODUCT, (B, *rest))), B, make(PRODUCT, tuple(rest)), "mixed").ok


@pytest.mark.parametrize("frequency", [5000, 10_000, 40_000])
def test_steps_in_tune_with_a_formula_call_nothing_wrong(frequency: int) -> None:
    """At steps of full periods the sine of 10,000 a looked like one that moves slowly."""
    a = variable("a")
    argument = constant(frequency) * a
    assert check(TABLE["sin"](argument), a, constant(frequency) * TABLE["cos"](argument), "mixed").ok
    wrong = check(TABLE["sin"](argument), a, constant(frequency) * TABLE["sin"](argument), "mixed")
    assert not wrong.ok
    assert wrong.max_relative_error < float("inf")
