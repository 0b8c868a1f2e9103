"""What Python may hand in: NumPy's numbers, sizes, indices, values by name; the rest is refused in a sentence."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import dvec

m, n = dvec.sizes("m n")
A, X, x, y, c = (
    dvec.matrix("A", m, n),
    dvec.matrix("X", 3, 4),
    dvec.vector("x", n),
    dvec.vector("y", 3),
    dvec.scalar("c"),
)
f = dvec.normF(A @ x) ** 2


@pytest.mark.parametrize(
    ("made", "text"),
    [
        (np.float64(2) * c, "2*c"), (np.int64(2) * X, "2*X"), (Fraction(1, 2) * X, "X/2"), (2**c, "2^c"),
        (X * np.float32(0.5), "0.5*X"), (2**x, "(2*ones(n, 1)).^x"), (c**x, "(c*ones(n, 1)).^x"),
        (+X, "X"), (abs(X), "abs(X)"),
        (dvec.eye(np.int64(3)), "eye(3)"), (dvec.eye("n"), "eye(n)"), (X[np.int64(0), 0], "X[1,1]"),
        (dvec.exp(True), "exp(1)"), (dvec.exp(np.float64(0.5)), "exp(0.5)"), (dvec.exp(Fraction(1, 2)), "exp(1/2)"),
        (dvec.norm(A, np.inf), "norm(A, inf)"), (dvec.norm(A, np.int64(1)), "norm(A, 1)"),
        (c + np.uint8(200), "c + 200"), (dvec.eye(n**20), "eye(n^20)"),
    ],
)  # fmt: skip
def test_numbers_are_taken_whoever_made_them(made: dvec.Expr, text: str) -> None:
    assert made.text == text
    assert dvec.simplify(text, made.given) == dvec.simplify(made)


def test_sizes_are_numbers_or_names() -> None:
    assert dvec.vector("x", np.int64(3)) == dvec.vector("x", 3)
    assert dvec.matrix("M", "n", "2*n + 1").given == "M: matrix(n, 2*n + 1)"
    assert dvec.sizes("λ, p") == (*dvec.sizes("lambda"), *dvec.sizes("p"))


def test_rows_are_run_through_where_they_are_a_number() -> None:
    assert [row.text for row in X] == ["X[1,:]", "X[2,:]", "X[3,:]"]
    assert dvec.simplify(sum(y)).text == "y[1] + y[2] + y[3]"
    assert y[2] in y
    for never_ending in (list, sum, itertools.cycle, lambda e: c in e):
        for expr in (x, c):
            with pytest.raises(dvec.FormulaError, match="cannot be run through"):
                never_ending(expr)


def test_values_are_found_however_their_names_are_typed() -> None:
    values = {"λ₁": 2, "a": 3}
    assert dvec.evaluate("λ₁*a", values) == dvec.parse("lambda1*a").evaluate(values) == 6
    assert dvec.diff("λ₁*a^2", "a").evaluate(values) == 12
    assert dvec.parse("λ*a").evaluate(λ=2, a=3) == dvec.parse("λ*a").evaluate(lambda_=2, a=3) == 6
    J = dvec.diff("Λ*x", "x").operator({"Λ": np.eye(2), "x": np.ones(2)})
    np.testing.assert_array_equal(J @ np.ones(2), np.ones(2))


def test_a_variable_of_the_same_name_must_be_the_same() -> None:
    assert dvec.diff(f, x).text == "2*A'*A*x"
    assert dvec.diff(f, x[0]).text == "2*A[:,1]'*A*x"
    for other in (dvec.vector("x", n, positive=True), dvec.vector("x", m), dvec.scalar("x")):
        with pytest.raises(dvec.FormulaError, match="x means two things"):
            dvec.diff(f, other)
    for missing in (dvec.vector("z", n), x[0] * dvec.scalar("d")):
        with pytest.raises(dvec.FormulaError, match="the formula has no variable"):
            dvec.diff(f, missing)


REFUSED: dict[str, Callable[[], Any]] = {
    "nan is no number": lambda: dvec.exp(float("nan")),
    "inf is no number": lambda: dvec.exp(np.inf),
    "-inf is no number": lambda: X + -np.inf,
    "nan is no number that": lambda: np.float64("nan") * c,
    "index 3 is outside": lambda: y[3],
    "this one has 3": lambda: X[0, 1, 2],
    "this one has 0": lambda: X[()],
    "counted from 0": lambda: X["i"],
    "counted from 0, or": lambda: X[True, 0],
    "not int": lambda: dvec.parse("x", given=3),
    "not list": lambda: dvec.parse("x", given=["x: scalar"]),
    "not bytes": lambda: dvec.parse("x", given=b"x: scalar"),
    "not ndarray": lambda: dvec.diff("x'*x", "x", given=np.ones(2)),
    "taken by one variable": lambda: dvec.diff("x'*x", (), order=2),
    "taken by one variable; a pair": lambda: dvec.diff("x'*x", ("x", "x", "x"), order=2),
    "by name, as in .* not as int": lambda: dvec.evaluate("x", 3),
    "by name, as in .* not as list": lambda: dvec.evaluate("x", [1.0]),
    "3 is none": lambda: dvec.evaluate("x", {3: 1.0}),
    "λ and lambda are the same name": lambda: dvec.evaluate("λ", {"λ": 1, "lambda": 2}),
    "not by NoneType": lambda: dvec.sizes(None),
    "a \\+ b is no name for a size": lambda: dvec.sizes("a+b"),
    "a variable has a name": lambda: dvec.scalar(3),
    "whole number, or a name": lambda: dvec.vector("x", 2.5),
    "not Expr": lambda: dvec.vector("x", c),
    "at least 1, not -1": lambda: dvec.vector("x", -1),
    "at least 1, not 0": lambda: dvec.vector("x", 0),
    "more than 64 others": lambda: dvec.vector("x", n**65),
    "only a square matrix can be positive definite": lambda: dvec.matrix("A", m, n, positive_definite=True),
    "number of samples": lambda: dvec.diff("x'*x", "x").verify(samples=None),
    "product do not fit: A is m×n, A is m×n; n columns meet m rows": lambda: A @ A,
    "differ in size: A is m×n, X is 3×4": lambda: A + X,
    r"differ in size: A \+ A is m×n, X is 3×4": lambda: (A + A) / X,
    "in unvec do not fit: x is n×1; n stands where m\\*n is needed": lambda: dvec.unvec(x, m, n),
    "here: A'\\*A is n×n": lambda: dvec.softmax(A.T @ A),
}


@pytest.mark.parametrize("words", REFUSED)
def test_the_rest_is_refused_in_a_sentence(words: str) -> None:
    with pytest.raises((dvec.FormulaError, dvec.DataError), match=words):
        REFUSED[words]()
