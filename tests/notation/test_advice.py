"""What errors advise: word for word, and that whoever follows the advice is understood."""

import pytest

from dvec.core.errors import FormulaError, Span, caret
from dvec.notation.parser import parse


@pytest.mark.parametrize("before", ["日本*", "é*", "e\u0301*", "x*"])
def test_the_caret_stands_under_its_place_in_columns_of_a_terminal(before):
    wide = {"日本*": 5}.get(before, 2)
    assert caret(before + "foo", Span(len(before), len(before) + 3)).splitlines()[1] == "  " + " " * wide + "^^^"


# ---------------------------------------------------------------- what is said

TEXTS = [
    # vectors and scalars that are none
    "A*x - b", "W*X + b", "A - b - c", "1 + exp(X*w)", "-A*x + mu", "x' + 1", "x' - c", "x' + y", "y - x'*2", "x.*y'",
    "softmax(x')", "softmax((A*x)')", "1/x'", "1/x", "A.^p", "A^k", "a^x[1]", "A.^p[1]", "x.^(y')",
    # functions
    "Σ(x)", "sin^2(a)", "sin a", "log^-1 x", "norm(A,'fro'", "min(x)", "X(1,2)", "x(1)", "f(1)", "np.log(x)", "A.T*x",
    "Z.H", "A.inv()", "x.A",
    # names, numbers, sizes
    "½*x", "x½", "xⁿ", "2[1]", "(2)[1]", "eye(-1)", "eye(2 - 3)", "eye(n^65)",
    "rearrange(A,'a b -> b a',a=0)",
]  # fmt: skip

GIVEN = [
    ("A - 1", "A: matrix(2,3)"),
    ("A - c", "A: matrix(n,n); c: scalar"),
    ("A + B", "A: matrix(2,3); B: matrix(3,2)"),
    ("A*B", "A: matrix(m + 2, n + 3); B: matrix(m*n, n)"),
    ("rearrange(A,'(a b) c -> a (b c)',a=2)", "A: matrix(5,3)"),
    ("A", "A: matrix(m,n) positive definite"),
    ("A", "A: matrix(m,n) symmetric orthogonal"),
    ("A", "A: matrix, B: matrix"),
    ("A", "A: matrix(m,n) symmetric, b: vector"),
    ("A", "A: matrix(m,n) full rank"),
    ("A", "x: vector(rows(A)); A: matrix"),
    ("A", "x: vector(2*cols(A))"),
    ("A", "½: vector"),
]


@pytest.mark.parametrize("text", TEXTS)
def test_text(text, snapshot):
    with pytest.raises(FormulaError) as caught:
        parse(text)
    assert str(caught.value) == snapshot


@pytest.mark.parametrize(("text", "given"), GIVEN)
def test_with_declarations(text, given, snapshot):
    with pytest.raises(FormulaError) as caught:
        parse(text, given)
    assert str(caught.value) == snapshot


# ---------------------------------------------------------------- who follows it is understood


@pytest.mark.parametrize(
    ("text", "given"),
    [
        ("A*x - b", "b: vector"), ("W*X + b", "b: matrix"), ("A*x - b*ones(m,1)", ""), ("A*x .- b", ""),
        ("1 .+ exp(X*w)", ""), ("x' .+ 1", ""), ("x' + ones(1,m)", ""), ("A + eye(m)", ""), ("x' + y'", ""),
        ("softmax(x)", ""), ("1./x'", ""), ("A.^p", "p: scalar"), ("A^k", "k: scalar"), ("a^(x[1])", ""),
        ("A.^(p[1])", ""), ("(1/2)*x", ""), ("A + B'", "A: matrix(2,3); B: matrix(3,2)"),
        ("A - c*eye(n)", "A: matrix(n,n)"), ("A", "A: matrix(n,n) positive semi-definite"),
        ("A", "A: matrix(m,n) full column rank; b: vector"),
    ],
)  # fmt: skip
def test_advice_works_when_followed(text, given):
    assert parse(text, given).node is not None


@pytest.mark.parametrize("name", ["µ", "μ", "𝛍", "𝜇"])
def test_greek_letters_in_all_their_signs(name):
    assert parse(f"{name}*x").node is parse("mu*x").node
