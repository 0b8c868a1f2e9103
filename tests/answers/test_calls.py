"""The public calls: formulas built in Python, pairs and lists of variables, operators, Taylor polynomials, refusals."""

from __future__ import annotations

import numpy as np
import pytest

import dvec

RNG = np.random.default_rng(7)


def rand(*shape: int) -> np.ndarray:
    return RNG.normal(size=shape)


def factorisation() -> tuple[dvec.Expr, dvec.Expr]:
    m, n, k = dvec.sizes("m n k")
    U, V = dvec.matrix("U", m, k), dvec.matrix("V", n, k)
    Y, lam = dvec.matrix("Y", m, n), dvec.scalar("lambda")
    return dvec.normF(U @ V.T - Y) ** 2 + lam / 2 * (dvec.normF(U) ** 2 + dvec.normF(V) ** 2), U


def test_operators_build_the_same_formula_as_text() -> None:
    f, U = factorisation()
    d = dvec.diff(f, U)
    assert d.text == "2*(U*V' - Y)*V + lambda*U"
    assert d.shape == ("m", "k")
    assert d.given == "U: matrix(m, k); V: matrix(n, k); Y: matrix(m, n); lambda: scalar"


def test_python_counts_from_zero_and_prints_from_one() -> None:
    X = dvec.matrix("X", 3, 4)
    assert [X[0, 1].text, X[2].text, X[:, 3].text] == ["X[1,2]", "X[3,:]", "X[:,4]"]
    with pytest.raises(dvec.FormulaError, match="outside"):
        X[3, 0]


def test_operators_mean_what_they_mean_in_numpy() -> None:
    m, n = dvec.sizes("m n")
    A, B, c = dvec.matrix("A", m, n), dvec.matrix("B", m, n), dvec.scalar("c")
    values = {"A": rand(2, 3), "B": rand(2, 3), "c": 1.5}
    a, b = values["A"], values["B"]
    for made, wanted in [
        (A * B, a * b), (A @ B.T, a @ b.T), (2 - A, 2 - a), (A / B, a / b), (c * A, 1.5 * a), (A**2, a**2), (-A, -a),
        (1 / B, 1 / b), (A + c, a + 1.5), (A - 0.5 * B, a - 0.5 * b),
    ]:  # fmt: skip
        np.testing.assert_allclose(made.evaluate(values), wanted)


def test_names_that_mean_two_things_are_refused() -> None:
    n = dvec.sizes("n")[0]
    with pytest.raises(dvec.FormulaError, match="means two things"):
        dvec.vector("x", n) + dvec.vector("x", 3)
    with pytest.raises(dvec.FormulaError, match="differ in size"):
        dvec.vector("x", n) + dvec.vector("y", 3)


def test_a_list_of_variables_gives_a_dictionary() -> None:
    found = dvec.diff("a'*X*b", ["a", "X"], given="a, b: vector")
    assert {name: d.text for name, d in found.items()} == {"a": "X*b", "X": "a*b'"}


def test_mixed_second_derivatives() -> None:
    d = dvec.diff("x'*A*y", ("x", "y"), order=2)
    assert d.text == "A"
    assert d.verify().ok
    assert dvec.diff("norm2(U*V')^2", ("U", "V"), order=2).verify().ok
    with pytest.raises(dvec.FormulaError, match="order=2"):
        dvec.diff("x'*A*y", ("x", "y"))


@pytest.mark.parametrize(
    ("formula", "wrt", "options", "values"),
    [
        ("A*exp(X)*B", "X", {}, {"A": rand(2, 3), "X": rand(3, 4), "B": rand(4, 5)}),
        ("softmax(A*x)", "x", {}, {"A": rand(4, 3), "x": rand(3)}),
        ("norm2(O.*(U*V'))^2", "U", {"order": 2}, {"O": rand(4, 5), "U": rand(4, 2), "V": rand(5, 2)}),
        ("X'", "X", {}, {"X": rand(2, 3)}),
    ],
)
def test_operators_never_form_the_matrix_and_act_like_it(formula, wrt, options, values) -> None:
    d = dvec.diff(formula, wrt, **options)
    J, op = np.asarray(d.evaluate(values)), d.operator(values)
    assert op.shape == J.shape
    x, y = rand(J.shape[1]), rand(J.shape[0])
    np.testing.assert_allclose(op @ x, J @ x, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(op.rmatvec(y), J.T @ y, rtol=1e-10, atol=1e-12)


def test_taylor_polynomials_approach_the_function() -> None:
    x, h = rand(4), 1e-2 * rand(4)
    exact = np.log(np.exp(x + h).sum())
    errors = []
    for order in (0, 1, 2, 3):
        polynomial = dvec.taylor("log(sum(exp(x)))", "x", order=order)
        errors.append(abs(dvec.evaluate(polynomial.text, {"x": x, "h": h}) - exact))
    assert errors[0] > errors[1] > errors[2] > errors[3]
    assert errors[3] < 1e-7
    assert dvec.taylor("inv(A)", "A", 2, step="E").text == "inv(A) - inv(A)*E*inv(A) + inv(A)*E*inv(A)*E*inv(A)"
    with pytest.raises(dvec.FormulaError, match="another name"):
        dvec.taylor("x'*h", "x", order=1)


@pytest.mark.parametrize(
    ("formula", "kind"),
    [("x'*x", "local minimum"), ("-x'*x", "local maximum"), ("x[1]*x[2]", "saddle point"), ("x[1]^4", "undecided")],
)
def test_kinds_of_critical_points(formula: str, kind: str) -> None:
    assert dvec.classify_critical_point(formula, np.zeros(2), "x", given="x: vector(2)") == kind


def test_a_point_with_a_slope_is_no_critical_point() -> None:
    with pytest.raises(dvec.DataError, match="no critical point"):
        dvec.classify_critical_point("x'*x", np.ones(2), "x")


def test_what_cannot_be_done_is_refused_with_a_sentence() -> None:
    for call, words in [
        (lambda: dvec.diff("A*X*B", "X", layout="numerator"), "vec"),
        (lambda: dvec.diff("x'*x", "x", order=3), "order"),
        (lambda: dvec.diff("A*x", "x", order=2), "scalar"),
        (lambda: dvec.diff("x'*x", "y"), "no variable y"),
        (lambda: dvec.diff("x'*x", "x", structure="odd"), "structure"),
        (lambda: dvec.diff(3, "x"), "text"),
        (lambda: dvec.diff("x'*x", 3), "name"),
        (lambda: dvec.parse("x").code("fortran"), "target"),
        (lambda: dvec.parse("x").compile("jax"), "not built yet"),
    ]:
        with pytest.raises(dvec.FormulaError, match=words):
            call()
    with pytest.raises(dvec.NotDifferentiable, match="not built"):
        dvec.diff("expm(X)", "X")
    with pytest.raises(dvec.NotDifferentiable, match="complex"):
        dvec.diff("tr(Z)", "Z", given="Z: matrix(n, n) complex")
    with pytest.raises(AttributeError):
        _ = dvec.no_such_function


@pytest.mark.parametrize(
    ("formula", "wrt", "place"),
    [
        ("x'*pinv(B)*pinv(A)*x", "A", "pinv(A)"),  # that of B is no matter
        ("P + inv(P) where P = expm(A)", "A[i,j]", "expm(A)"),
        ("tr(A) + sum(A^1000)", "A", "A^1000"),
        ("norm(A, inf)^2", "A", "norm(A, inf)"),
    ],
)
def test_what_has_no_derivative_is_pointed_at(formula: str, wrt: str, place: str) -> None:
    with pytest.raises(dvec.NotDifferentiable) as refusal:
        dvec.diff(formula, wrt)
    start = formula.index(place)
    assert refusal.value.span == (start, start + len(place))
    assert str(refusal.value).endswith(f"\n  {formula}\n  {' ' * start}{'^' * len(place)}")
    with pytest.raises(dvec.NotDifferentiable) as bare:  # built in Python it has no text to point at
        dvec.diff(1 * dvec.parse(formula), wrt)
    assert bare.value.span is None


def test_what_has_no_derivative_is_not_pointed_at_where_it_may_be_one_of_several() -> None:
    with pytest.raises(dvec.NotDifferentiable, match="1000 is too many") as refusal:
        dvec.diff("tr(A^2) + sum(A^1000)", "A")
    assert refusal.value.span is None


@pytest.mark.parametrize("order", ["2", None, 3, [1], 1.5])
def test_an_order_is_1_or_2(order: object) -> None:
    with pytest.raises(dvec.FormulaError, match="order is 1 or 2"):
        dvec.diff("x'*x", "x", order=order)  # type: ignore[arg-type]
    with pytest.raises(dvec.FormulaError, match="order of a Taylor polynomial"):
        dvec.taylor("x'*x", "x", order=order if order != 3 else -1)  # type: ignore[arg-type]


@pytest.mark.parametrize("formula", ["x.*x + diag(x*x')", "diag(x*x')", "diag(x)*x - diag(x*x')", "2*diag(x*x')"])
def test_compiled_columns_equal_evaluated_ones(formula: str) -> None:
    expr, x = dvec.parse(formula, "x: vector(n)"), rand(4)
    np.testing.assert_allclose(expr.compile()(x=x), expr.evaluate(x=x))


def test_a_structured_variable_moves_within_its_structure() -> None:
    for formula, given, kind in [
        ("tr(X*X)", "X: matrix(2, 2) symmetric", "local minimum"),
        ("log(det(X)) - tr(X)", "X: matrix(2, 2) positive definite", "local maximum"),
        ("tr(X*X)", "X: matrix(2, 2)", "saddle point"),
    ]:
        point = np.eye(2) if "log" in formula else np.zeros((2, 2))
        assert dvec.classify_critical_point(formula, point, "X", given=given) == kind


def test_names_and_indices_that_cannot_be_are_refused() -> None:
    with pytest.raises(dvec.FormulaError, match="rename it"):
        _ = dvec.diff("dx'*x", "x", given="dx: vector").steps
    with pytest.raises(dvec.DataError, match="outside"):
        dvec.evaluate("A[4,1]", {"A": np.eye(2)})
    with pytest.raises(dvec.DataError, match="one sample"):
        dvec.diff("x'*x", "x").verify(samples=0)
    with pytest.raises(dvec.NotDifferentiable, match="too many"):
        dvec.diff("*".join(f"(a + {k})" for k in range(1, 3000)), "a")


def test_importing_loads_no_numeric_library() -> None:
    import subprocess
    import sys

    script = (
        "import sys, dvec; dvec.diff('tr(A*X*B)', 'X').latex; "
        "print([m for m in ('numpy', 'scipy', 'sympy', 'click', 'rich') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
