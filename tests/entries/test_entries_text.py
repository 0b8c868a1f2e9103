"""Text to SymPy: against expressions built by hand, round trips, errors with their carets."""

import pytest
import sympy as sp
from entries_agreement import disagreement
from hypothesis import given, settings
from hypothesis import strategies as st

from dvec.core.errors import FormulaError
from dvec.entries.check import with_meaning
from dvec.entries.drawing import entry_text, matrix_text
from dvec.entries.text import parse_text

x, y, z = sp.symbols("x y z")
f = sp.Function("f")


def entry(text):
    rows, cols, flat, plain = parse_text(text)
    assert (rows, cols, plain) == (1, 1, True)
    return flat[0]


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("2*x*y", 2 * x * y),
        ("-x^2", -(x**2)),
        ("(-x)^2", x**2),
        ("2^-x", 2 ** (-x)),
        ("-x*-y", x * y),
        ("x - y - z", x - y - z),
        ("x - (y - z)", x - y + z),
        ("x/y/z", x / (y * z)),
        ("x/y*z", x * z / y),
        ("+x", x),
        ("0.1 + 1/3", sp.Rational(13, 30)),
        ("1.5e-3*x", x * sp.Rational(3, 2000)),
        ("1./x", 1 / x),
        ("x.*y./z .^ 2", x * y / z**2),
        ("x²", x**2),
        ("x⁻¹·y", y / x),
        ("λ + lambda", 2 * sp.Symbol("lambda")),
        ("pi*I", sp.pi * sp.Symbol("I")),
        ("2i*x", 2 * sp.I * x),
        ("sqrt(x^2) + abs(y)", sp.sqrt(x**2) + sp.Abs(y)),
        ("exp(-(x+y))*sigmoid(x)", sp.exp(-x - y) / (1 + sp.exp(-x))),
        ("relu(x)", sp.Max(x, 0)),
        ("f(x, y + f(z, 1))", f(x, y + f(z, 1))),
        ("diff(f(x,y), x, y)", f(x, y).diff(x, y)),
        ("integral(f(x), x, 0, y)", sp.Integral(f(x), (x, 0, y))),
    ],
)
def test_scalars(text, want):
    assert entry(text) == want


def test_matrices():
    assert parse_text("[x, y; 1, f(x, y)]") == (2, 2, (x, y, sp.Integer(1), f(x, y)), False)
    assert parse_text(" [ x ] ") == (1, 1, (x,), False)


def test_a_long_sum_and_a_deep_one():
    assert entry("+".join(["x"] * 20_000)) == 20_000 * x
    assert entry("(" * 40 + "x" + ")" * 40) == x
    assert entry("sin(" * 40 + "x" + ")" * 40).diff(x).has(sp.cos)
    with pytest.raises(FormulaError, match="nested more than 40 deep"):
        entry("(" * 41 + "x" + ")" * 41)


@pytest.mark.parametrize(
    ("text", "message", "caret"),
    [
        ("[x, y; z]", "row 2 has 1 entry, the first row has 2", "        ^^"),
        ("[x y]", "an operator or a comma is missing here", "     ^"),
        ("2x", "an operator or a comma is missing here", "   ^"),
        ("x^2^3", "a^b^c has two readings", "     ^"),
        ("2^-x^3", "a^b^c has two readings", "      ^"),
        ("[x, y]'", "an explicit matrix ends with its bracket", "        ^"),
        ("x'", "' belongs to matrices", "   ^"),
        ("x \\ y", "\\ stands between matrices", "    ^"),
        ("(x + y", "the parenthesis is never closed", "  ^"),
        ("f(x", "the parenthesis is never closed", "  ^"),
        ("x)", "this parenthesis was never opened", "   ^"),
        ("[x, y", "the bracket [ is never closed", "  ^"),
        ("[x,, y]", "an entry is missing before ,", "     ^"),
        ("[x; ]", "an entry is missing before ]", "      ^"),
        ("f()", "an entry is missing before )", "    ^"),
        ("[x, [y, z]]", "not a matrix of its own", "      ^"),
        ("x +", "the formula ends too early", "     ^"),
        ("", "the formula ends too early", "  ^"),
        ("x = 1", "= has no place here", "    ^"),
        ("tr(x)", "tr takes a matrix", "  ^^"),
        ("normF(x)", "normF takes a matrix", "  ^^^^^"),
        ("x*(y + 1)*x(y + 1)", "x stands for a number and for a function", "            ^"),
        ("sin(x, y)", "sin takes one argument, here are 2", "  ^^^"),
        ("diff(x^2, 2)", "diff is written diff(e, x)", "  ^^^^"),
        ("1/0", "this has no finite value", "   ^"),
        ("1/(x - x)", "this has no finite value", "   ^"),
        ("log(0)", "this has no finite value", "  ^^^"),
        ("relu(1i)", "relu is not defined at I", "  ^^^^"),
        ("9^(9^9)", "too large to be worked out", "   ^"),
        ("(2^10000)^10000", "too large to be worked out", "           ^"),
        ("x ? y", "the character ? has no meaning here", "    ^"),
    ],
)
def test_errors_say_what_and_where(text, message, caret):
    with pytest.raises(FormulaError) as caught:
        parse_text(text)
    first, *shown = str(caught.value).split("\n")
    assert message in first
    assert shown[-1] == caret


@pytest.mark.parametrize("text", ["__import__('os').system('true')", "x.diff(x)", "lambda x: x", "[x for x in (1,2)]"])
def test_python_is_not_understood(text):
    with pytest.raises(FormulaError):
        parse_text(text)


leaves = st.sampled_from([x, y, sp.Symbol("lambda"), sp.Integer(2), sp.Rational(-3, 7), sp.pi, sp.I])


def ramp(e):
    return sp.Max(e, 0)


grown = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(lambda a, b: a + b, inner, inner),
        st.builds(lambda a, b: a * b, inner, inner),
        st.builds(lambda a, n: a**n if a != 0 else a, inner, st.sampled_from([-2, -1, 2, 3, sp.Rational(1, 2)])),
        st.builds(lambda a, g: g(a), inner, st.sampled_from([sp.exp, sp.sin, sp.Abs, sp.tanh, f, sp.conjugate])),
        st.builds(lambda a, g: g(a), leaves.filter(lambda e: e != sp.I), st.sampled_from([sp.Heaviside, ramp])),
        st.builds(lambda a: f(a, x).diff(x), leaves.filter(lambda e: e != x)),
    ),
    max_leaves=8,
)


@settings(deadline=None, max_examples=60)
@given(grown)
def test_what_is_printed_reads_back(expression):
    if expression.has(sp.zoo, sp.nan, sp.oo):
        return
    again = entry(entry_text(expression))
    if again != expression:  # SymPy takes a minus into a sum, or not, as it comes: -(x + y)*z
        assert disagreement(*(sp.Matrix([with_meaning(e)]) for e in (again, expression))) is None


def test_printed_matrices_read_back():
    M = sp.Matrix([[x**2, sp.exp(1), sp.conjugate(x)], [sp.Max(x, 0), sp.Heaviside(y), sp.Integral(f(x), (x, 0, y))]])
    assert matrix_text(M) == "[x^2, exp(1), conj(x); relu(x), step(y), integral(f(x), x, 0, y)]"
    assert parse_text(matrix_text(M)) == (2, 3, tuple(M), False)
