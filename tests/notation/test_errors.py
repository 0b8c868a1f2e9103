"""What is said about formulas that cannot be understood: message and caret, word for word."""

import pytest

from dvec.core.errors import FormulaError
from dvec.notation.parser import parse, parse_equation, parse_target

COMPLEX = "z: vector(n) complex; Z: matrix(m, n) complex"

TEXTS = [
    # what is missing or too much
    "", "A*", "*A", "A .*", "(A", "tr(A", "tr(A))", "2x", "x y", "x'y", "2(x + y)", "A)(B", "a, b", "(a; b)",
    "A[", "A]",
    "exp", "exp()", "exp(x, y)", "eye(3, 3)", "ones(3)", "tr(A, n)", "diff(A)", "x = y", "x where",
    "T1 where T1 = T1 + 1",
    "x + T1 where T1 = y; T1 = z", "x where 2 = y", "'A'", "norm(A, ord='fro')",
    # signs
    "A**2", "a^b^c", "9^9^9", "A^2^T", "A^+2", "|A|", "A†", "A.B", "3.x", "A ! B", "~A", "A == B", "5'fro'",
    # names
    "trace(A)", "transpose(A)", "foo(A)", "sigmod(x)", "f(x)", "hadamard(A, B)", "ln(x)", "ж*x", "norm_F(A)",
    # not yet
    "[a, b; c, d]", "\\frac{a}{b}", "x_{1}",
    "\\lambda*x", "eye(9999999999999999999)", "\\|A\\|^2",
    # sums over indices
    "sum(i, j: X[i,2])", "sum(i: i*x[i])", "sum(i, i: X[i,i])", "sum(i: sum(i: x[i]))", "matrix(i: x[i])",
    "matrix(i, j: X[i,:])", "sum(1: x)", "sum(x: )", "sum(i: x[i]", "sum(i: c[i])", "sum(i, j: x[i,j])", "sum(i: X[i])",
    "sum(i: ones(m,2)[i,1]*ones(n,2)[i,2])", "sum(i: det(x[i]*A))", "sum(i: x[i]) + y[i]*i",
    "sum(i, x[i])", "sum(i: x[i], i)",
    "sum(i: I[i,i])", "vector(i, j: X[i,j])",
    # indices
    "X[0,1]", "X[1]", "X[i+1,j]", "X[1:3,2]", "X[i", "X[i,i,i]", "X[1.5,2]", "x[i]*i", "X[a,b]*a",
    # sizes
    "A + 1", "x + c", "2*x - c*d", "A - tr(A)", "x*y", "norm2(X*B - y)", "X*beta - y", "softmax(A)", "x^2",
    "2^A", "A^B",
    "A^0.5", "x/y", "1/A", "diag(x')", "A .+ x", "I", "tr(I)", "sum(vector(1))", "vector(x)",
    "commutation(m,n)*vec(A)",
    "kron(A, A) + A", "eye(x')", "eye(1.5)", "eye(0.5*n)", "norm(A, 3)", "norm(A, 'foo')", "norm(x', 1)",
    "rearrange(J, 'b i -> i')", "rearrange(J, '(b i) (j a) -> (i a) (j b)', c=m)", "diff(A*x, A*x)",
    "diff(A*x, x, 'foo')",
    "diff(A*X, X, 'numerator')",
    # sizes as numbers
    "x'*(eye(n) - ones(n,n)/n)*x", "n*eye(n)", "A/n + eye(n)", "sum(x)*n + sum(ones(n,1))",
    "x'*T1*x where T1 = eye(n)/n",
    # numbers
    "1/0", "0^-1", "9999999999^9999999999999999999999", "(10^9)*10^100000", "1e99999",
]  # fmt: skip

GIVEN = [
    ("A*B", "A: matrix(2,3); B: matrix(4,5)"),
    ("A + B", "A: matrix(2,3); B: matrix(4,5)"),
    ("A - B", "A: matrix(m,n); B: matrix(m,p)"),
    ("A./B", "A: matrix(m,n); B: matrix(n,m)"),
    ("tr(A)", "A: matrix(n,p)"),
    ("A*B", "A: matrix(m,n); B: matrix(p,q)"),
    ("x'*A*x", "A: matrix(m,n)"),
    ("A/B", "B: matrix(2,3)"),
    ("A\\b", "A: matrix(3,2); b: vector(3)"),
    ("unvec(x, 2, 3)", "x: vector(5)"),
    ("unvec(x, m, n)", "x: vector(p)"),
    ("kron(A, B) + C", "C: matrix(m, n)"),
    ("unvech(x, n)", "x: vector(m)"),
    ("x[5]", "x: vector(3)"),
    ("norm2(A*x - b)^2/m", "A: matrix(m, n); b: vector(m)"),
    ("sum(x)/n", "x: vector(n)"),
    ("A + T1 where T1 = B", "T1: scalar"),
    ("z'*z", COMPLEX),
    ("tr(Z'*Z)", COMPLEX),
    ("A", "A: matrx(m,n)"),
    ("A", "A: matrix(m)"),
    ("A", "A: vector(m,n)"),
    ("A", "A: matrix(m,0)"),
    ("A", "A: matrix(m,n"),
    ("A", "A: matrix(m,x')"),
    ("A", "A matrix(m,n)"),
    ("A", "A B: matrix(m,n)"),
    ("A", "2: scalar"),
    ("A", "A: matrix(m,n); A: scalar"),
    ("A", "A: matrix(m,n) symmetric"),
    ("A", "A: vector symmetric"),
    ("A", "A: matrix(n,n) symetric"),
    ("A", "A: matrix(n,n) spd"),
    ("A", "A: matrix(n,n) purple"),
    ("A", "A: row(n)"),
    ("A", "A:"),
    ("A", "A: matrix(n,n) §"),
]  # fmt: skip


def complaint(call, *args, **more):
    with pytest.raises(FormulaError) as caught:
        call(*args, **more)
    assert caught.value.span is not None, "an error has a place"
    return str(caught.value)


@pytest.mark.parametrize("text", TEXTS)
def test_text(text, snapshot):
    assert complaint(parse, text) == snapshot


@pytest.mark.parametrize(("text", "given"), GIVEN)
def test_with_declarations(text, given, snapshot):
    assert complaint(parse, text, given) == snapshot


@pytest.mark.parametrize("text", ["A", "A = B = C", "A = ", "x = y + c"])
def test_equation(text, snapshot):
    assert complaint(parse_equation, text) == snapshot


@pytest.mark.parametrize("text", ["W", "lamda", "X + X", "2", "X[i,b]", "X[m,i]", "X*", "exp(X)", "X[1,7]"])
def test_target(text, snapshot):
    formula = parse("b*norm2(X*A)^2 + lambda", "A: matrix(3, n)")
    assert complaint(parse_target, text, formula) == snapshot


def test_a_long_formula_is_cut_to_a_readable_width():
    text = " + ".join(f"A{i}*x{i}" for i in range(200)) + " + 2"
    lines = complaint(parse, text).splitlines()
    assert all(len(line) < 220 for line in lines)
