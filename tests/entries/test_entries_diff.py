"""Derivatives of explicit matrices against plain loops, NumPy's own transposition and hand-written results."""

import numpy as np
import pytest
import sympy as sp
from entries_layouts import SHAPES, X_SHAPES, example, four_indices, on_page

from dvec import entries
from dvec.core.errors import DataError, FormulaError
from dvec.entries import derivatives

KINDS = [pytest.param(SHAPES[of], X_SHAPES[by], id=f"{of}-{by}") for of in SHAPES for by in X_SHAPES]
x, y, z, t = sp.symbols("x y z t")


@pytest.mark.parametrize(("of", "by"), KINDS)
@pytest.mark.parametrize(
    ("layout", "rows", "cols"),
    [("block", "ia", "jb"), ("vec", "bi", "ja"), ("(i b) (a j)", "ib", "aj"), ("(j a i) (b)", "jai", "b"),
     ("(  b ) (a i j)", "b", "aij"), ("() (b j a i)", "", "bjai")],
)  # fmt: skip
def test_every_pair_of_kinds_in_layouts_that_are_defined_for_all(of, by, layout, rows, cols):
    Y, X = example(of, by)
    assert entries.diff(Y, X, layout) == on_page(four_indices(Y, X), rows, cols)


def expected(layout, of, by):
    """What the table of layouts says of numerator, denominator and mixed, case by case."""
    column = of[1] == by[1] == 1
    if by == (1, 1):
        return {"numerator": "i|b", "denominator": "b|i", "mixed": "i|b"}[layout]
    if of == (1, 1):
        return {"numerator": "j|a", "denominator": "a|j", "mixed": "a|j"}[layout]
    if column:
        return {"numerator": "i|a", "denominator": "a|i", "mixed": "i|a"}[layout]
    return {"numerator": None, "denominator": None, "mixed": "bi|ja"}[layout]


@pytest.mark.parametrize(("of", "by"), KINDS)
@pytest.mark.parametrize("layout", ["numerator", "denominator", "mixed"])
def test_every_pair_of_kinds_in_layouts_that_depend_on_the_kinds(of, by, layout):
    Y, X = example(of, by)
    pattern = expected(layout, of, by)
    if pattern is None:
        with pytest.raises(FormulaError, match="'vec' or 'block'"):
            entries.diff(Y, X, layout)
    else:
        assert entries.diff(Y, X, layout) == on_page(four_indices(Y, X), *pattern.split("|"))


def test_numbers_agree_with_finite_differences():
    Y, X = example((2, 3), (3, 2))
    symbols, at = list(X), np.linspace(0.3, 0.9, 6)
    value = sp.lambdify([symbols], Y)
    got = np.array(entries.diff(Y, X, "(i b) (a j)").subs(dict(zip(symbols, at, strict=True))), dtype=float)
    for k, step in enumerate(np.eye(6) * 1e-6):
        slope = (value(at + step) - value(at - step)) / 2e-6
        assert np.allclose(got[:, k], slope.reshape(-1), rtol=1e-7)


def test_first_example_of_the_note():
    got = entries.diff("[2*x*y, y^2, y; x^2, 2*x*y, x]", "[x; y]")
    assert got == sp.Matrix([[2 * y, 0, 0], [2 * x, 2 * y, 1], [2 * x, 2 * y, 1], [0, 2 * x, 0]])


def test_second_example_of_the_note():
    arguments = "(u,x,v,y,w,z)"
    Y = "[" + ", ".join(f"{f}{arguments}" for f in "abc") + "; " + ", ".join(f"{f}{arguments}" for f in "def") + "]"
    u, v, w = sp.symbols("u v w")
    a, b, c, d, e, f = (sp.Function(name)(u, x, v, y, w, z) for name in "abcdef")
    assert entries.diff(Y, "[u, x; v, y; w, z]") == sp.Matrix([
        [a.diff(u), b.diff(u), c.diff(u), a.diff(x), b.diff(x), c.diff(x)],
        [a.diff(v), b.diff(v), c.diff(v), a.diff(y), b.diff(y), c.diff(y)],
        [a.diff(w), b.diff(w), c.diff(w), a.diff(z), b.diff(z), c.diff(z)],
        [d.diff(u), e.diff(u), f.diff(u), d.diff(x), e.diff(x), f.diff(x)],
        [d.diff(v), e.diff(v), f.diff(v), d.diff(y), e.diff(y), f.diff(y)],
        [d.diff(w), e.diff(w), f.diff(w), d.diff(z), e.diff(z), f.diff(z)],
    ])  # fmt: skip


def test_applied_twice_it_gives_second_derivatives():
    once = entries.diff("[x^2*y, x*y^3]", "[x; y]")
    assert once == sp.Matrix([[2 * x * y, y**3], [x**2, 3 * x * y**2]])
    twice = entries.diff(once, "[x; y]")
    assert twice == sp.Matrix([[2 * y, 0], [2 * x, 3 * y**2], [2 * x, 3 * y**2], [0, 6 * x * y]])


def test_what_does_not_contain_a_variable_is_not_differentiated(monkeypatch):
    asked = []
    monkeypatch.setattr(derivatives, "derivative_of", lambda e, s: asked.append((e, s)) or e.diff(s))
    X = sp.Matrix(4, 4, sp.symbols("x0:16"))
    got = entries.diff(X.applyfunc(lambda e: e**2), X, "vec")
    assert len(asked) == 16
    assert got == sp.diag(*[2 * e for e in X.T])


def test_gradient_row_derivative_jacobian_hessian_of_a_function_of_a_matrix():
    X = sp.Matrix([[x, y], [z, t]])
    f = x**2 * t + y * z**3
    assert entries.gradient(f, X) == sp.Matrix([[2 * x * t, z**3], [3 * y * z**2, x**2]])
    assert entries.row_derivative(f, X) == sp.Matrix([[2 * x * t, 3 * y * z**2, z**3, x**2]])
    assert entries.jacobian(f, X) == sp.Matrix([[2 * x * t, 3 * y * z**2], [z**3, x**2]])
    assert entries.hessian(f, X) == sp.hessian(f, [x, z, y, t])


@pytest.mark.parametrize("by", X_SHAPES.values(), ids=X_SHAPES)
def test_hessian_is_the_jacobian_of_the_row_derivative(by):
    f, X = example((1, 1), by)
    assert entries.hessian(f, X) == entries.jacobian(entries.row_derivative(f, X).T, X)


def test_jacobian_of_a_column_and_of_a_matrix():
    assert entries.jacobian([x * y, x + z], [x, y, z]) == sp.Matrix([[y, x, 0], [1, 0, 1]])
    Y, X = example((2, 3), (3, 2))
    assert entries.jacobian(Y, X) == on_page(four_indices(Y, X), "bi", "ja")


def test_derivative_by_a_scalar_keeps_shape_and_kind():
    assert entries.derivative("[t^3, sin(t); exp(2*t), 1]", "t") == sp.Matrix(
        [[3 * t**2, sp.cos(t)], [2 * sp.exp(2 * t), 0]]
    )
    assert entries.derivative("[t^3, sin(t)]", "t", order=2) == sp.Matrix([[6 * t, -sp.sin(t)]])
    assert entries.derivative(t**2 * x, t) == 2 * t * x
    assert entries.derivative("t^2", "t", order=0) == t**2


def test_variables_count_as_real():
    assert entries.diff("[abs(x), relu(x), sign(x), step(x)]", "x") == sp.Matrix([[sp.sign(x), sp.Heaviside(x), 0, 0]])
    s = sp.Symbol("s", positive=True)
    assert entries.diff(sp.Abs(s) * x, s) == sp.Matrix([[x]])


def test_impulses_that_were_given_stay():
    assert entries.diff(sp.Heaviside(x) * sp.DiracDelta(y), x) == sp.Matrix([[sp.DiracDelta(x) * sp.DiracDelta(y)]])


@pytest.mark.parametrize("call", [entries.gradient, entries.row_derivative, entries.hessian])
def test_scalar_calls_refuse_matrices(call):
    with pytest.raises(DataError, match="needs a scalar function, this is 1×2; jacobian and diff take matrices"):
        call("[x, y]", "[x, y]")


def test_bad_orders_and_layouts():
    with pytest.raises(DataError, match="whole number from 0 on, not -1"):
        entries.derivative("t", "t", order=-1)
    with pytest.raises(FormulaError, match="unknown layout 'sideways'"):
        entries.diff("x", "x", "sideways")
    with pytest.raises(FormulaError, match="leaves out the index j"):
        entries.diff("x", "[x, y]", "(i b) (a)")
    with pytest.raises(DataError, match="one variable is needed here, this is 1×2"):
        entries.derivative("t", "[t, x]")
