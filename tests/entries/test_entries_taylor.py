"""Taylor polynomials against SymPy's series along a line, hand-written ones and the order of the error."""

import math

import pytest
import sympy as sp

from dvec import entries
from dvec.core.errors import DataError, NotDifferentiable

x, y, z, s = sp.symbols("x y z s")
CASES = [
    (sp.exp(x) * sp.sin(y), [x, y], [0, 0], 4),
    (x**3 * y + sp.exp(x) * y**2, [x, y], [0, 1], 2),
    (sp.log(1 + x * y + z), [x, y, z], [1, 2, 0], 3),
    (1 / (x + y), [x, y], [sp.Rational(1, 2), 1], 5),
    (sp.sqrt(x) * sp.Symbol("c"), [x], [4], 3),
]


@pytest.mark.parametrize(("f", "X", "about", "order"), CASES)
def test_agrees_with_the_series_along_a_line(f, X, about, order):
    line = {v: at + s * (v - at) for v, at in zip(X, about, strict=True)}
    want = sum(f.subs(line, simultaneous=True).diff(s, k).subs(s, 0) / math.factorial(k) for k in range(order + 1))
    assert sp.simplify(entries.taylor(f, X, about, order) - want) == 0


@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_the_error_falls_with_the_next_power_of_the_step(order):
    f, at = sp.exp(x) * sp.cos(y) / (1 + x), {x: sp.Rational(1, 5), y: sp.Rational(1, 3)}
    p = entries.taylor(f, [x, y], list(at.values()), order)

    def error(h):
        near = {v: value + h for v, value in at.items()}
        return abs(sp.N((f - p).subs(near), 30))

    rate = math.log2(error(sp.Rational(1, 100)) / error(sp.Rational(1, 200)))
    assert abs(rate - (order + 1)) < 0.1


def test_forms_of_input_and_output():
    assert entries.taylor("exp(x)*y", "[x; y]", [0, 1], 2) == 1 + x + (y - 1) + x**2 / 2 + x * (y - 1)
    assert entries.taylor("[sin(x), cos(x)]", "x", 0, 3) == sp.Matrix([[x - x**3 / 6, 1 - x**2 / 2]])
    assert entries.taylor("x*y", "[x, y; z, s]", 0, 2) == x * y
    assert entries.taylor("x*y", "[x; y]", [[1, 2]], 1) == 2 + 2 * (x - 1) + (y - 2)
    assert entries.taylor("f(x)", "x", "a", 0) == sp.Function("f")(sp.Symbol("a"))
    assert entries.taylor("abs(x)", "x", -2, 3) == 2 - (x + 2)


@pytest.mark.parametrize(
    ("f", "about", "message"),
    [
        ("log(x)", 0, "about x = 0: .* is not finite there"),
        ("sqrt(x)", 0, "is not finite there"),
        ("abs(x - 1)", 1, "has a kink or jump there"),
        ("relu(x)", 0, "has a kink or jump there"),
        ("step(2*x)", 0, "has a kink or jump there"),
    ],
)
def test_no_polynomial_where_there_is_no_derivative(f, about, message):
    with pytest.raises(NotDifferentiable, match=message):
        entries.taylor(f, "x", about, 2)


def test_other_kinks():
    with pytest.raises(NotDifferentiable, match="kink or jump"):
        entries.taylor(sp.Piecewise((x, x > 1), (1, True)), x, 1, 1)
    with pytest.raises(NotDifferentiable, match="kink or jump"):
        entries.taylor(sp.floor(x), x, 2, 1)


def test_bad_input():
    with pytest.raises(DataError, match="the point is 3×1, the variables are 2×1"):
        entries.taylor("x*y", "[x; y]", [0, 0, 0], 2)
    with pytest.raises(DataError, match="whole number from 0 on"):
        entries.taylor("x", "x", 0, -1)
