"""Integrals of matrices: against hand-written ones, differentiation and quadrature; what has none says so."""

import math
import warnings

import pytest
import sympy as sp
from scipy.integrate import quad

from dvec import entries
from dvec.core.errors import DataError
from dvec.entries import NoClosedForm, integrals

t, a, b = sp.symbols("t a b")
M = sp.Matrix([[t**2, sp.sin(t)], [sp.exp(t), 1]])


def test_indefinite():
    assert entries.integrate(M, t) == sp.Matrix([[t**3 / 3, -sp.cos(t)], [sp.exp(t), t]])
    assert entries.integrate("[t*exp(t), 1/t]", "t").diff(t).applyfunc(sp.simplify) == sp.Matrix(
        [[t * sp.exp(t), 1 / t]]
    )
    assert entries.integrate("2*t", "t") == t**2


@pytest.mark.parametrize("limits", [("t", 0, "pi"), (("t", 0, sp.pi),), (sp.Tuple(t, 0, sp.pi),)])
def test_definite(limits):
    got = entries.integrate(M, *limits)
    assert got == sp.Matrix([[sp.pi**3 / 3, 2], [sp.exp(sp.pi) - 1, sp.pi]])
    for entry, value in zip(M, got, strict=True):
        assert math.isclose(quad(sp.lambdify(t, entry), 0, math.pi)[0], value, rel_tol=1e-9)


def test_infinite_and_symbolic_limits():
    assert entries.integrate("exp(-t^2)", "t", -sp.oo, sp.oo) == sp.sqrt(sp.pi)
    assert entries.integrate("exp(-t)", "t", 0, float("inf")) == 1
    assert entries.integrate("[t, 1]", "t", "a", "b") == sp.Matrix([[b**2 / 2 - a**2 / 2, b - a]])


def test_an_integral_without_a_closed_form_stays_one_and_says_so():
    with pytest.warns(NoClosedForm, match=r"entry \(1,2\), exp\(t\*\*t\), has no closed form .* stays an integral"):
        got = entries.integrate("[t, exp(t^t)]", "t")
    assert got == sp.Matrix([[t**2 / 2, sp.Integral(sp.exp(t**t), t)]])
    with pytest.warns(NoClosedForm, match="the integral a\\(t\\)"):
        assert entries.integrate("a(t)", "t", 0, 1) == sp.Integral(sp.Function("a")(t), (t, 0, 1))


def test_variables_count_as_real():
    want = sp.Piecewise((-(t**2) / 2, t <= 0), (t**2 / 2, True))
    assert entries.integrate("[abs(t), 1]", "t") == sp.Matrix([[want, t]])
    assert entries.integrate("[abs(t), sign(t)]", "t", -1, 2) == sp.Matrix([[sp.Rational(5, 2), 1]])


def test_an_answer_with_a_condition_is_no_divergence():
    with pytest.warns(NoClosedForm):
        got = entries.integrate("exp(-a*t)", "t", 0, sp.oo)
    assert got.args[0].expr == 1 / a


def test_an_integral_that_was_given_is_no_news():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert entries.integrate(sp.Integral(sp.exp(a**a), a), t).has(sp.Integral)


def test_a_wrong_answer_of_sympy_is_not_passed_on(monkeypatch):
    monkeypatch.setattr(integrals.sp, "integrate", lambda e, over: sp.sin(t) if over == t else sp.Integer(7))
    with pytest.warns(NoClosedForm):
        assert entries.integrate(t**2, t) == sp.Integral(t**2, t)
    with pytest.warns(NoClosedForm):
        assert entries.integrate(t**2, (t, 0, 1)) == sp.Integral(t**2, (t, 0, 1))


def test_bad_input():
    with pytest.raises(DataError, match="does not converge"):
        entries.integrate("1/t", "t", 0, 1)
    with pytest.raises(DataError, match="needs both limits"):
        entries.integrate("t", "t", 0)
    with pytest.raises(DataError, match="a limit of integration is a scalar, this is 1×2"):
        entries.integrate("t", "t", 0, "[1, 2]")
    with pytest.raises(DataError, match="one variable is needed here"):
        entries.integrate("t", "[t, a]")
