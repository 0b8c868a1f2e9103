from __future__ import annotations

import pytest

import dvec
from dvec.operations import TABLE

INNER = [
    ("sum(diff(sum(cos(x)), x))", "x", ""),
    ("sum(diff(sum(diff(sum(cos(x).*x), x)), x))", "x", ""),
    ("tr(diff(cos(A*x), x)*B)", "B", "A, B: matrix(n, n)"),
]


@pytest.mark.parametrize(("formula", "wrt", "given"), INNER)
def test_derivatives_inside_a_formula_are_checked_too(formula, wrt, given):
    assert dvec.diff(formula, wrt, given).verify().ok
    cos = TABLE["cos"]
    right = cos.derivative
    object.__setattr__(cos, "derivative", lambda x: TABLE["sin"](x))
    try:
        found = dvec.diff(formula, wrt, given).verify()
    finally:
        object.__setattr__(cos, "derivative", right)
    assert not found.ok
    assert found.reason.startswith("in the formula's own derivative by x: finite differences")


def test_a_derivative_inside_that_cannot_be_checked_leaves_the_answer_unverified():
    found = dvec.diff("diff(log(-c^2), c)*d", "d").verify()
    assert not found.ok
    assert found.samples == 0
    assert "in the formula's own derivative by c: no random data" in found.reason


def test_indices_typed_as_numbers():
    for formula, wrt in (("x[5]^2*x[9]", "x"), ("X[3,4]", "X"), ("norm2(U*V')^2", "U[5,2]")):
        found = dvec.diff(formula, wrt).verify()
        assert found.ok, found.reason
        assert found.samples == 3
