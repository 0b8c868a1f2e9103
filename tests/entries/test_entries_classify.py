"""Critical points: against points known by hand, NumPy's eigenvalues, and a search from many starts."""

import pickle

import numpy as np
import pytest
import sympy as sp
from scipy.optimize import fsolve

from dvec import entries
from dvec.core.errors import DataError, NotDifferentiable
from dvec.entries.classify import kind_of

x, y, a, n = sp.symbols("x y a n")
MIN, MAX, SADDLE, OPEN = "local minimum", "local maximum", "saddle point", "undecided"


@pytest.mark.parametrize(
    ("f", "X", "want"),
    [
        ("x^3 - 3*x + y^2", "[x; y]", {(-1, 0): SADDLE, (1, 0): MIN}),
        ("x^4 + y^4 - 4*x*y", "[x, y]", {(-1, -1): MIN, (0, 0): SADDLE, (1, 1): MIN}),
        ("x^2 - y^2 + z^4", "[x; y; z]", {(0, 0, 0): SADDLE}),
        ("x^4 + y^2", "[x; y]", {(0, 0): OPEN}),
        ("-x^2 - y^2 - x*y", "[x; y]", {(0, 0): MAX}),
        ("x + y", "[x; y]", {}),
        ("(1 - x)^2 + 100*(y - x^2)^2", "[x; y]", {(1, 1): MIN}),
        ("x*exp(-x^2 - y^2)", "[x; y]", {(-1 / sp.sqrt(2), 0): MIN, (1 / sp.sqrt(2), 0): MAX}),
        ("log(x) - x", "x", {(1,): MAX}),
        ("x*y/(x + y)", "[x; y]", {}),  # both slopes have numerators that vanish where the function does not exist
        ("1/x + x", "x", {(-1,): MAX, (1,): MIN}),
        ("0.5*x^2 - 0.1*x", "x", {(sp.Rational(1, 10),): MIN}),
        ("x*z - y*w", "[x, y; z, w]", {(0, 0, 0, 0): SADDLE}),
        ("a*x^2 + y^2", "[x; y]", {(0, 0): OPEN}),
        ("a^2*x + x^2 - y^2", "[x; y]", {(-(a**2) / 2, 0): SADDLE}),
    ],
)
def test_known_critical_points(f, X, want):
    found = entries.classify(f, X)
    assert {tuple(sp.nsimplify(c) for c in point): str(kind) for point, kind in found} == {
        tuple(map(sp.sympify, point)): kind for point, kind in want.items()
    }
    assert len(found) == len(want)


def test_all_nine_points_of_himmelblau_found_by_search_too():
    f = (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2
    found = entries.classify(f, [x, y])
    slope = sp.lambdify([(x, y)], [f.diff(x), f.diff(y)])
    curve = sp.lambdify([(x, y)], sp.hessian(f, [x, y]))
    starts = [(p, q) for p in np.linspace(-5, 5, 12) for q in np.linspace(-5, 5, 12)]
    roots = [fsolve(slope, start, full_output=True) for start in starts]
    searched = {tuple(np.round(r[0], 6)) for r in roots if r[2] == 1 and np.abs(r[1]["fvec"]).max() < 1e-8}
    assert len(found) == 9
    assert found.complete
    assert sorted(tuple(np.round([float(c) for c in p], 6) + 0.0) for p, _ in found) == sorted(searched)
    for point, kind in found:
        eigenvalues = np.linalg.eigvalsh(np.array(curve([float(c) for c in point]), dtype=float))
        assert kind == (MIN if eigenvalues[0] > 0 else MAX if eigenvalues[1] < 0 else SADDLE)
        assert np.allclose(eigenvalues, [float(v) for v in kind.evidence["eigenvalues"]])


def test_roots_without_radicals():
    found = entries.classify("x^6/6 - x^2/2 - x", "x")
    assert found.complete
    assert [(round(float(p[0]), 6), str(kind)) for p, kind in found] == [
        (round(max(np.roots([1, 0, 0, 0, -1, -1]).real), 6), MIN)
    ]


def test_evidence():
    (_, saddle), (_, minimum) = entries.classify("x^3 - 3*x + y^2", "[x; y]")
    assert minimum.evidence["hessian"] == sp.diag(6, 2)
    assert list(minimum.evidence["leading_principal_minors"]) == [6, 12]
    assert list(saddle.evidence["eigenvalues"]) == [-6, 2]
    assert (minimum.evidence["value"], saddle.evidence["value"]) == (-2, 2)
    assert "positive definite" in minimum.evidence["reason"]
    assert "1 positive, 1 negative and 0 zero" in saddle.evidence["reason"]
    again = pickle.loads(pickle.dumps(saddle))
    assert again == SADDLE
    assert again.evidence == saddle.evidence


def test_undecided_points_say_why():
    ((_, singular),) = entries.classify("x^4 + y^2", "[x; y]")
    assert "1 zero eigenvalues: it is singular and does not decide" in singular.evidence["reason"]
    ((_, open_sign),) = entries.classify("a*x^2 + y^2", "[x; y]")
    assert open_sign.evidence["reason"] == "the signs of the Hessian's minors depend on a"
    assert list(open_sign.evidence["eigenvalues"]) == [2 * a, 2]


def test_curves_of_critical_points_keep_a_symbol():
    found = entries.classify("(x + y)^2", "[x; y]")
    assert found == [((-y, y), OPEN)]
    assert not found.complete
    assert "curves" in found.note
    lines = entries.classify("(x - 1)^2*(y - 2)^2*exp(x)", "[x; y]")
    assert {point for point, _ in lines} == {(1, y), (x, 2)}
    assert entries.classify("3", "[x; y]") == [((x, y), OPEN)]


def test_endless_families_of_one_variable():
    found = entries.classify("sin(x)", "x")
    n = sp.Symbol("n", integer=True)
    assert {point[0]: str(kind) for point, kind in found} == {
        2 * sp.pi * n + sp.pi / 2: MAX,
        2 * sp.pi * n + 3 * sp.pi / 2: MIN,
    }


def test_periodic_functions_of_several_variables_are_listed_once_a_period():
    found = entries.classify("sin(x) + cos(y)", "[x; y]")
    assert not found.complete
    assert found.note == "one point for each period is listed"
    assert ((sp.pi / 2, sp.Integer(0)), MAX) in found


SYMMETRIC = [np.array(m) for m in (
    [[2, 0, 0], [0, 3, 0], [0, 0, 1]], [[-2, 1, 0], [1, -3, 1], [0, 1, -2]], [[0, 1, 0], [1, 0, 0], [0, 0, 0]],
    [[1, 1, 1], [1, 1, 1], [1, 1, 1]], [[0, 0, 0], [0, 0, 0], [0, 0, -1]], [[0, 0, 0], [0, 0, 0], [0, 0, 0]],
    [[1, 2, 3], [2, 4, 5], [3, 5, 6]], [[0, 0, 1], [0, 0, 1], [1, 1, 0]],
)]  # fmt: skip


@pytest.mark.parametrize("matrix", SYMMETRIC)
def test_kinds_agree_with_numeric_eigenvalues(matrix):
    eigenvalues = np.linalg.eigvalsh(matrix)
    up, down = (eigenvalues > 1e-9).sum(), (eigenvalues < -1e-9).sum()
    want = MIN if up == 3 else MAX if down == 3 else SADDLE if up and down else OPEN
    assert kind_of(sp.Matrix(matrix.tolist())) == want


def test_a_plain_mixture_with_parameters_is_a_saddle():
    assert kind_of(sp.Matrix([[a, 1, 0], [1, 0, 0], [0, 0, a]])) == SADDLE
    c = sp.Symbol("c", positive=True)
    assert kind_of(sp.Matrix([[c, 0], [0, 2 * c]])) == MIN
    assert kind_of(sp.Matrix([[c, 0], [0, -c]])) == SADDLE


def test_refusals():
    with pytest.raises(NotDifferentiable, match=r"Abs\(x\) has a kink"):
        entries.classify("abs(x) + y^2", "[x; y]")
    with pytest.raises(DataError, match="classify needs a scalar function"):
        entries.classify("[x, y]", "[x; y]")
    with pytest.raises(DataError, match="classify needs a function written out"):
        entries.classify("f(x)", "x")
    with pytest.raises(DataError, match="no method here finds where"):
        entries.classify("exp(x) + x*sin(x)", "x")
