"""What is shown of a derivative: the rule, its blocks, drawings with block lines, code, verification, the CLI."""

import json
import re

import numpy as np
import pytest
import sympy as sp
from entries_layouts import SHAPES, X_SHAPES, example

from dvec import entries
from dvec.cli.entries import as_json, explicit_derivative, explicit_taylor, is_explicit, shown
from dvec.core.errors import DataError
from dvec.entries.check import verify
from dvec.entries.derivatives import table
from dvec.entries.reading import read
from dvec.entries.rules import RULES

NOTE = "[2*x*y, y^2, y; x^2, 2*x*y, x]"


def test_drawings_of_the_first_example():
    page = entries.explain(NOTE, "[x; y]")
    assert page.text == "[2*y, 0, 0; 2*x, 2*y, 1; 2*x, 2*y, 1; 0, 2*x, 0]"
    assert page.unicode.split("\n") == [
        "⎡2⋅y   0   0⎤",
        "⎢2⋅x  2⋅y  1⎥",
        "⎢───────────⎥",
        "⎢2⋅x  2⋅y  1⎥",
        "⎣ 0   2⋅x  0⎦",
    ]
    assert page.ascii.split("\n") == [
        "[2*y   0   0]",
        "[2*x  2*y  1]",
        "[-----------]",
        "[2*x  2*y  1]",
        "[ 0   2*x  0]",
    ]
    assert page.latex.split("\n") == [
        r"\left[\begin{array}{ccc}", r"2 y & 0 & 0 \\", r"2 x & 2 y & 1 \\ \hline", r"2 x & 2 y & 1 \\", r"0 & 2 x & 0",
        r"\end{array}\right]",
    ]  # fmt: skip
    assert page._repr_latex_().startswith("$\\displaystyle \\left[")


def test_block_lines_in_both_directions():
    page = entries.explain("[a(x,y), b(x,y); x, y]", "[x, y; z, w]")
    assert page.lines == ([2], [2])
    assert r"\begin{array}{cc|cc}" in page.latex
    assert page.latex.count(r"\hline") == 1
    lines = page.unicode.split("\n")
    assert len({len(line) for line in lines}) == 1
    assert sum("┼" in line for line in lines) == 1
    assert all("│" in line or "┼" in line for line in lines)


@pytest.mark.parametrize("of", SHAPES)
@pytest.mark.parametrize("by", X_SHAPES)
def test_the_rule_and_its_blocks(of, by):
    Y, X = example(SHAPES[of], X_SHAPES[by])
    page = entries.explain(Y, X)
    rule = RULES[of, by]
    assert page.rule is rule
    assert rule.number == 0 or f"rule {rule.number} of 15, {of} by {by}" == rule.name
    (m, n), (p, q) = SHAPES[of], X_SHAPES[by]
    assert page.lines == (list(range(p, m * p, p)) if m > 1 < p else [], list(range(n, n * q, n)) if n > 1 < q else [])
    sizes = {"i": m, "b": n, "a": p, "j": q}
    blocks = np.prod([sizes[letter] for letter in rule.outer], initial=1)
    if rule.number:
        assert page.steps[1].text.count("/∂") == blocks
        assert page.steps[1].latex.count(r"\frac{\partial") == blocks
    assert page.steps[-1].text == page.text


def test_the_fifteen_rules_are_numbered_as_in_the_note():
    names = {rule.number: (rule.of, rule.by) for rule in RULES.values()}
    assert sorted(names) == list(range(16))
    assert names[7] == ("row", "column")
    assert names[12] == ("matrix", "column")
    assert names[15] == ("matrix", "matrix")


def test_steps_of_the_second_example():
    page = entries.explain("[a, b, c; d, e, f]", "[u, x; v, y; w, z]")
    assert page.steps[1].text == (
        "[∂[a, b, c]/∂[u; v; w], ∂[a, b, c]/∂[x; y; z]; ∂[d, e, f]/∂[u; v; w], ∂[d, e, f]/∂[x; y; z]]"
    )
    assert (
        entries.explain(NOTE, "[x; y]", "vec")
        .steps[2]
        .text.startswith("vec: D[i,b,a,j] = ∂Y[i,b]/∂X[a,j] with rows (b i)")
    )


def test_order_two():
    hessian = entries.explain("x^2*y", "[x, y]", "mixed", order=2)
    assert hessian.matrix == entries.hessian("x^2*y", "[x, y]")
    assert (hessian.layout, hessian.order) == ("mixed", 2)
    twice = entries.explain("[x^2*y, x]", "[x; y]", order=2)
    assert twice.matrix == entries.diff(entries.diff("[x^2*y, x]", "[x; y]"), "[x; y]")
    assert "the derivative of order 1" in twice.convention
    with pytest.raises(DataError, match="from 1 on"):
        entries.explain("x", "x", order=0)


@pytest.mark.parametrize("of", SHAPES)
@pytest.mark.parametrize("by", ["scalar", "matrix"])
def test_verification_accepts_what_is_right(of, by):
    found = entries.explain(*example(SHAPES[of], X_SHAPES[by])).verify()
    assert found.ok
    assert found.samples == 2


def test_verification_of_undefined_functions_and_kinks():
    assert entries.explain("[a(x,y)*b(x), log(a(y,y)^2); abs(x), relu(x - y)]", "[x; y]", order=2).verify().ok


def test_verification_refuses_what_is_wrong():
    Y, X = read("[x^2*y, y]"), read("[x; y]")
    right = table(Y, X)
    for place in [(0, 0, 0, 0), (0, 1, 1, 0)]:
        found = verify(Y, X, lambda *at, place=place: -right(*at) if at == place else right(*at), 2, 0)
        assert found.ok is False


def test_verification_without_a_point_says_so():
    found = entries.explain("log(-1 - x^2)*sqrt(-x)", "x").verify()
    assert found.ok is None
    assert found.samples == 0


def test_code_runs():
    page = entries.explain("[x^2*exp(y), abs(x); relu(y), 1]", "[x, y]")
    scope = {}
    exec(page.code("numpy"), scope)
    want = np.array(page.matrix.subs({"x": -0.5, "y": 0.25}), dtype=float)
    assert np.allclose(scope["derivative"](-0.5, 0.25), want)
    assert page.code("jax").startswith("import jax.numpy as jnp\n")
    assert page.code("julia").startswith("function derivative(x, y)")
    assert page.code("matlab").startswith("derivative = @(x, y) [")
    assert page.code("latex") == sp.latex(page.matrix)
    with pytest.raises(DataError, match="no code for the target 'cobol': one of jax, julia"):
        page.code("cobol")
    with pytest.raises(DataError, match="only their names are known"):
        entries.explain("a(x)", "x").code("numpy")


@pytest.mark.parametrize(
    ("formula", "wrt", "given", "explicit"),
    [
        (NOTE, "[x; y]", "", True),
        ("x^2*y", " [x, y]", "", True),
        ("[t^2, sin(t)]", "t", "", True),
        ("[A, B; C, D]", "A", "", False),
        ("[t, 1]", "t", "t: scalar", False),
        ("norm2(x)", "x", "", False),
    ],
)
def test_what_the_command_line_takes_as_explicit(formula, wrt, given, explicit):
    assert is_explicit(formula, wrt, given) is explicit


def test_what_the_command_line_prints():
    found = explicit_derivative(NOTE, "[x; y]", "block")
    assert shown(found, latex=True) == found.latex
    assert shown(found) == found.unicode
    assert shown(found, wide=False) == found.text
    assert shown(found, code="numpy").startswith("import numpy as np")
    steps = shown(found, steps=True).split("\n")
    assert steps[0] == "1. rule 12 of 15, matrix by column"
    assert re.match(r"   ∂Y/∂x = \[∂y_11/∂x … ", steps[1])


def test_taylor_on_the_command_line():
    assert explicit_taylor("exp(x)*y", "[x; y]", "[0; 1]", 2) == "x^2/2 + x*(y - 1) + x + y"
    assert explicit_taylor("[exp(x), x]", "x", "0", 1) == "[x + 1, x]"
    assert explicit_taylor("x^3/3", "x", "0", 3, latex=True) == r"\frac{x^{3}}{3}"


def test_json_has_the_keys_that_every_derivative_has():
    found = explicit_derivative(NOTE, "[x; y]")
    told = json.loads(json.dumps(as_json(found, NOTE, "[x; y]", steps=True, code="latex"), allow_nan=False))
    assert set(told) >= {
        "formula",
        "wrt",
        "order",
        "layout",
        "convention",
        "shape",
        "text",
        "unicode",
        "latex",
        "sizes",
        "kinds",
        "steps",
        "code",
        "verification",
    }
    assert told["shape"] == [4, 3]
    assert told["kinds"] == {"x": "scalar", "y": "scalar"}
    assert told["verification"]["ok"] is True
    assert len(told["steps"]) == 3
    assert as_json(found, NOTE, "[x; y]", verify=False)["verification"] is None
