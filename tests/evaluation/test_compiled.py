"""Compiled functions, emitted modules and `evaluate` take the same arguments, give the same and complain alike."""

from __future__ import annotations

import inspect
import re

import numpy as np
import pytest
import scipy.sparse
from one_of_each import VALUED, applied

import dvec
from dvec.evaluation.compiled import compile_function
from dvec.evaluation.emit import emit_function
from dvec.evaluation.interpreter import evaluate
from dvec.evaluation.sampling import Sampler

EYE = np.eye(2)


def emitted(expr: dvec.Expr):
    scope = {}
    exec(expr.code(), scope)
    return scope["function"]


def arguments(text: str, given: str, values):
    """The three ways to a value, and whether the emitted function can be asked: it takes what it needs and no more."""
    expr = dvec.parse(text, given)
    function = emitted(expr)
    wanted = inspect.signature(function).parameters
    ways = [lambda: expr.evaluate(values), lambda: expr.compile()(**values)]
    return [*ways, lambda: function(**values)] if set(values) == set(wanted) else ways


@pytest.mark.parametrize(
    ("text", "given", "values"),
    [
        ("10^400*c", "", {"c": 1}),
        ("c^400", "", {"c": 10}),
        ("1/rows(x) + 0*sum(x)", "", {"x": []}),
        ("rows(x)^400*sum(x)", "", {"x": np.ones(10)}),
        ("rank(A)^-1", "", {"A": np.zeros((2, 2))}),
        ("2", "", {}),
        ("A*x", "", {"A": scipy.sparse.csr_array(EYE), "x": [1, 2]}),
        ("A*x", "", {"A": scipy.sparse.csr_matrix(EYE), "x": scipy.sparse.csc_array([[1.0], [2.0]])}),
        ("A*x", "", {"A": EYE + 0j, "x": [1, 2]}),
        ("Z*x", "Z: matrix complex", {"Z": EYE * 1j, "x": [1, 2]}),
        ("unvec(x, m, n)*y + h", "", {"x": [], "y": [], "h": [1, 2]}),
        ("A*unvec(x, n, k)", "", {"A": EYE, "x": np.arange(6)}),
        ("unvec(x, m, k)", "", {"x": np.arange(6), "k": 3}),
        ("x", "x: vector(40000)", {"x": np.ones(40000)}),
        ("unvec(x, 2, n)*y", "", {"x": np.ones(60000), "y": np.ones(30000)}),
        ("x[i] + X[i,1]", "x: vector(m); X: matrix(m, n)", {"x": [1, 2], "X": EYE, "i": 2}),
        ("log(sum(exp(x)))", "", {"x": [1000, 1000]}),
        ("log(1 - c)", "", {"c": 2}),
    ],
)
def test_the_same_value(text, given, values):
    with np.errstate(all="ignore"):  # evaluate and compile say nothing of infinity, emitted source is NumPy's as it is
        found = [way() for way in arguments(text, given, values)]
    for other in found[1:]:
        assert isinstance(other, type(found[0]))
        np.testing.assert_allclose(other, found[0], rtol=1e-14)


@pytest.mark.parametrize(
    ("text", "values", "message"),
    [
        ("x", {"x": [[1], [2, 3]]}, "the value of x is not an array of numbers: its rows differ in length"),
        ("A*x", {"A": EYE * 1j, "x": [1, 2]}, "A is real, but complex numbers are given for it: declare it complex"),
        ("A*x", {"A": EYE, "x": np.ones((1, 2))}, "x is 1×2, but it needs 1 column"),
        ("A*x", {"A": EYE, "x": np.ones(3)}, "A is 2×2, so n = 2, but x is 3×1 and needs n rows"),
        ("X*X", {"X": np.ones((2, 3))}, "X is 2×3, but it must be m×m"),
        (
            "A*unvec(x, n, k)",
            {"A": EYE, "x": np.ones(7)},
            "x is 7×1: no size k makes k*n equal to 7, where A is 2×2, so n = 2",
        ),
        (
            "unvec(x, m, k)",
            {"x": np.ones(7), "m": 0, "k": 1},
            "k = 1 is given and m = 0 is given, but x is 7×1, so k*m = 7: it must be 0",
        ),
        ("unvec(x, m, k)", {"x": np.ones(7), "k": 0}, "x is 7×1: no size m makes k*m equal to 7, where k = 0 is given"),
        ("x[i]", {"x": [1, 2], "i": "a"}, "i must be a whole number, not 'a'"),
        ("x[i]", {"x": [1, 2], "i": None}, "i must be a whole number, not None"),
        ("x[i]", {"x": [1, 2], "i": np.inf}, "i must be a whole number, not inf"),
        ("x[i]", {"x": [1, 2], "i": [1]}, "i must be a whole number, not [1]"),
        ("x[i]", {"x": [1, 2], "i": 3}, "the index i = 3 is outside 1…2 (m = 2)"),
        ("eye(n)", {"n": "a"}, "n must be a whole number, not 'a'"),
        ("c*x", {"c": [1, 2], "x": [1]}, "c is a scalar, but an array of shape (2,) is given for it"),
    ],
)  # fmt: skip
def test_the_same_complaint(text, values, message):
    for way in arguments(text, "", values):
        with pytest.raises(ValueError, match=re.escape(message)) as caught:
            way()
        assert str(caught.value) == message


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("inv(A)*x", {"A": np.zeros((2, 2)), "x": [1, 2]}),
        ("x[5]", {"x": [1, 2]}),
        ("X[1,5]", {"X": EYE}),
        ("A*x", {"A": EYE}),
        ("tr(eye(n))", {}),
        ("A^c", {"A": EYE, "c": 0.5}),
    ],
)
def test_compiled_complains_as_evaluate_does(text, values):
    expr = dvec.parse(text)
    with pytest.raises(dvec.DataError) as wanted:
        expr.evaluate(values)
    with pytest.raises(dvec.DataError) as found:
        expr.compile()(**values)
    assert type(found.value) is dvec.DataError
    assert "index" in str(found.value) or "exponent" in str(found.value) or str(found.value) == str(wanted.value)


@pytest.mark.parametrize("exponent", [np.nan, np.inf, 0.5])
def test_an_exponent_that_is_not_whole_is_refused(exponent):
    expr = dvec.parse("A^c")
    for function in (expr.compile(), emitted(expr)):
        with pytest.raises(ValueError, match=f"needs a whole exponent, this one is {exponent}"):
            function(A=EYE, c=exponent)


# ------------------------------------------------------------------ which arguments


def test_variables_that_the_derivative_has_lost_may_be_given():
    d = dvec.diff("c*tr(X)", "X")
    compiled = d.compile()
    for values in ({"c": 2, "X": EYE}, {"c": 2, "m": 2}, {"c": 2, "X": EYE, "m": 2, "unused": None}):
        np.testing.assert_array_equal(compiled(**values), 2 * EYE)
        np.testing.assert_array_equal(d.evaluate(values), 2 * EYE)
    assert list(inspect.signature(compiled).parameters) == ["c", "X"]
    with pytest.raises(dvec.DataError, match="the size m is not known"):
        compiled(c=2)
    np.testing.assert_array_equal(dvec.diff("A*x", "x").compile()(A=EYE, x=[1, 2]), EYE)
    np.testing.assert_array_equal(dvec.diff("A*x", "x").compile()(A=EYE), EYE)


def test_keywords_take_an_underscore_and_formulas_their_own_names():
    expr = dvec.parse("lambda*x")
    for values in ({"lambda": 3, "x": [1, 2]}, {"lambda_": 3, "x": [1, 2]}):
        assert expr.evaluate(values).tolist() == expr.evaluate(**values).tolist() == [3, 6]
        assert expr.compile()(**values).tolist() == [3, 6]
    assert expr.evaluate(λ=3, x=[1, 2]).tolist() == expr.compile()(λ=3, x=[1, 2]).tolist() == [3, 6]


# ------------------------------------------------------------------ results are the caller's own


def own(found, given):
    if not isinstance(found, float | complex):
        assert found.flags.writeable
        assert not any(np.shares_memory(found, array) for array in given.values())
        found *= 0


@pytest.mark.parametrize("name", VALUED)
def test_results_are_the_callers_own(name):
    node = applied(VALUED[name])
    scope = {}
    exec(emit_function(node), scope)
    bound = Sampler([node], 1).sample().bound
    for order in "CF":
        arrays = {key: np.array(value, order=order) for key, value in bound.arrays.items()}
        values = {**arrays, **bound.sizes, **bound.indices}
        wanted = {key: values[key] for key in inspect.signature(scope["function"]).parameters}
        own(scope["function"](**wanted), arrays)
        own(compile_function(node)(**values), arrays)
        own(evaluate(node, values), arrays)
        assert all((arrays[key] == value).all() for key, value in bound.arrays.items())


KINDS = ["", "diagonal", "symmetric", "skew", "lower triangular"]
STRUCTURES = [(kind, structure) for kind in KINDS for structure in ("projected", "ignore")]


@pytest.mark.parametrize(("kind", "structure"), [*STRUCTURES, ("diagonal", "free"), ("symmetric", "free")])
def test_gradients_are_the_callers_own(kind, structure):
    d = dvec.diff("tr(A*X)", "X", given=f"X: matrix(n, n) {kind}", structure=structure)
    values = {"A": np.array([[1.0, 2.0], [3.0, 4.0]]), "X": np.eye(2)}
    for found in (d.compile()(**values), d.evaluate(values)):
        own(found, values)
    assert values["A"].tolist() == [[1, 2], [3, 4]]
    own(dvec.parse("A^1").compile()(A=values["A"]), values)
    own(dvec.parse("A^c").compile()(A=values["A"], c=1), values)
