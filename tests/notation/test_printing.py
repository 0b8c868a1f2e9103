"""Formulas as text, Unicode and LaTeX: brackets where they are needed and nowhere else."""

from __future__ import annotations

import pytest
from checks import assert_printable, assert_round_trip
from formulas import Problem, problems
from hypothesis import HealthCheck, given, settings

from dvec.answers.calls import diff, parse
from dvec.answers.expr import of_node

# (typed, declarations, printed): a formula is printed as it was typed, but for brackets, blanks, the place of scalars
# and of transposes.
PRINTED = [
    ("A+B-C", "", "A + B - C"),
    ("A-(B-C)", "", "A - (B - C)"),
    ("-(A+B)", "", "-(A + B)"),
    ("-A*x", "", "-A*x"),
    ("(a+b)*A", "", "(a + b)*A"),
    ("(A*B)'", "", "B'*A'"),
    ("A'*B'", "", "A'*B'"),
    ("(A+B)'", "", "(A + B)'"),
    ("A^2'", "", "(A')^2"),
    ("(A.^2)[1,2]", "", "(A.^2)[1,2]"),
    ("A[1,:]", "", "A[1,:]"),
    ("(A*B)[:,j]", "A: matrix(m,n); B: matrix(n,k)", "(A*B)[:,j]"),
    ("x[i]", "", "x[i]"),
    ("1/(a*b)", "", "1/(a*b)"),
    ("a/b/c", "", "a/(b*c)"),
    ("a/(b/c)", "", "a/(b/c)"),
    ("1./x", "", "1./x"),
    ("A./B.*C", "", "A.*C./B"),
    ("sqrt(a)", "", "sqrt(a)"),
    ("a^(1/2)", "", "sqrt(a)"),
    ("a^-1", "", "1/a"),
    ("A^-1", "", "inv(A)"),
    ("A^-T", "", "inv(A)'"),
    ("(a^b)^c", "", "(a^b)^c"),
    ("a^(b^c)", "", "a^(b^c)"),
    ("(-a)^2", "", "(-a)^2"),
    ("2^a", "", "2^a"),
    ("2.^x", "", "(2*ones(m, 1)).^x"),
    ("x.^a", "", "x.^a"),
    ("x*(y'*z)", "", "(y'*z)*x"),
    ("A ⊗ B", "", "kron(A, B)"),
    ("A ⊙ B", "A, B: matrix(m,n)", "A.*B"),
    ("A ⊕ B", "", "dsum(A, B)"),
    ("A\\b", "b: vector", "inv(A)*b"),
    ("rvec(A)", "", "rvec(A)"),
    ("norm(A,'nuc')", "", "norm(A, 'nuc')"),
    ("norm(A,1)+norm(A,inf)", "", "norm(A, 1) + norm(A, inf)"),
    ("diag(A)", "A: matrix(n,n)", "diag(A)"),
    ("pinv(A)", "", "pinv(A)"),
    ("λ*A", "", "lambda*A"),
    ("0.5*A", "", "0.5*A"),
    ("A/2", "", "A/2"),
    ("2/3*A", "", "2*A/3"),
    ("1e-3*A", "", "0.001*A"),
    ("A'*eye(m)[:,i]*eye(m)[i,:]*A", "", "A[i,:]'*A[i,:]"),
    ("A*B[:,1]*C[2,:]*D", "", "A*B[:,1]*C[2,:]*D"),
    ("(inv(A)')[i,:]", "", "inv(A)[:,i]'"),
    ("(A')[i,j]", "", "A[j,i]"),
    ("eye(n)[i,j]*eye(n)[j,:]", "", "eye(n)[i,j]*eye(n)[j,:]"),
    ("(A[i,:]).^2", "", "A[i,:].^2"),
    ("A[i,:]'.^2", "", "(A[i,:]').^2"),
    ("2^(x[1])", "", "2^(x[1])"),
    ("2*(1./x)", "", "2./x"),
    ("-(a + b)*(1./x)", "", "-(a + b)./x"),
    ("2/3*(1./x)", "", "2./(3*x)"),
    ("0.5*(1./sqrt(x))", "", "0.5./sqrt(x)"),
    ("a/b*(1./(A*x))", "", "a./(b*A*x)"),
    ("(x'*y)*(1./z)", "", "(x'*y)./z"),
    ("2*(1./A./B)'", "", "2./A'./B'"),
    ("A*(2*(1./x))", "", "A*(2./x)"),
]  # fmt: skip


@pytest.mark.parametrize(("typed", "given", "printed"), PRINTED)
def test_text(typed: str, given: str, printed: str) -> None:
    formula = parse(typed, given)
    assert formula.text == printed
    assert_round_trip(formula)
    assert_printable(formula)


SHOWN = [
    ("x'*A*x", 'xᵀ A x', r'x^{\top} A x'),
    ("inv(A)'*b*a", 'b a A⁻ᵀ', r'b a A^{-\top}'),
    ("norm2(U*V' - Y)^2 + lambda/2*norm2(U)^2", '‖U Vᵀ - Y‖² + λ ‖U‖²/2',
     r'\|U V^{\top} - Y\|^{2} + \frac{1}{2} \left(\lambda \|U\|^{2}\right)'),
    ('kron(A,B)', 'A ⊗ B', r'A \otimes B'),
    ('sum(x./y)', 'sum(x./y)', r'\operatorname{sum}\left(x \oslash y\right)'),
    ('exp(-a^2/2)/sqrt(2*pi)', 'exp(-a²/2)/√(2 π)', r'\frac{\exp\left(-\frac{a^{2}}{2}\right)}{\sqrt{2 \pi}}'),
    ('logdet(S)', 'logdet(S)', r'\log\left|\det\left(S\right)\right|'),
    ('A[i,:]', 'A[i,:]', r'A_{i,:}'),
    ('sigma*x_1', 'σ x_1', r'\sigma x_{1}'),
    ("diag(x)*inv(A'*A)*A'", 'diag(x) (Aᵀ A)⁻¹ Aᵀ',
     r'\operatorname{diag}\left(x\right) \left(A^{\top} A\right)^{-1} A^{\top}'),
    ('A^3', 'A³', r'A^{3}'),
    ('softmax(x)', 'softmax(x)', r'\operatorname{softmax}\left(x\right)'),
    ('A.^2.*B', 'A∘² ⊙ B', r'A^{\odot 2} \odot B'),
    ('x_1[2]*eye(n)[1,:]*eye(n)[:,j]', 'x_1[2] I(n)[1,j]', r'\left(x_{1}\right)_{2} \left(I_{n}\right)_{1,j}'),
    ('eye(n)[:,i]*eye(n)[1,:]', 'I(n)[:,i] I(n)[1,:]', r'e_{i} e_{1}^{\top}'),
    ('A[i,:].^2', 'A[i,:]∘²', r'A_{i,:}^{\odot 2}'),
    ('2/3*(1./x)', '2./(3 x)', r'2 \oslash \left(3 x\right)'),
    ('x[1]*x_1', 'x[1] x_1', r'\left(x\right)_{1} x_{1}'),
    ('eye(n^10)*x*rvec(A)', 'I(n^10) x rvec(A)', r'I_{n^{10}} x \operatorname{rvec}\left(A\right)'),
    ('2*3^a*sigma*(a+b)', '2·3^a σ·(a + b)', r'2 \cdot 3^{a} \sigma \cdot \left(a + b\right)'),
    ('logdet(A)^2', 'logdet(A)²', r'\left(\log\left|\det\left(A\right)\right|\right)^{2}'),
    ('norm2(a*norm2(x)*y)', '‖(a ‖x‖ y)‖', r'\|\left(a \|x\| y\right)\|'),
    ('dsum(A, B) + C', '(A ⊕ B) + C', r'\left(A \oplus B\right) + C'),
    ("rearrange(A, 'a b -> b a')", "rearrange(A, 'a b -> b a', a=m, b=n)",
     r'\operatorname{rearrange}\left(A, \text{a b $\to$ b a}, a=m, b=n\right)'),
    ('a*(1./(x.*y))', 'a./(x ⊙ y)', r'a \oslash \left(x \odot y\right)'),
]  # fmt: skip


@pytest.mark.parametrize(("typed", "unicode", "latex"), SHOWN)
def test_unicode_and_latex(typed: str, unicode: str, latex: str) -> None:
    formula = parse(typed)
    assert formula.unicode == unicode
    assert formula.latex == latex


# Answers that once had factors of 1, double transposes, unit vectors or brackets that nobody needs.
ANSWERS = [
    ("sum(2*log(x))", "x", 1, "2./x"),
    ("sum(x.^0.5)", "x", 1, "0.5./sqrt(x)"),
    ("sum(x.^(2/3))", "x", 1, "2./(3*x.^(1/3))"),
    ("a*sum(log(x))", "x", 1, "a./x"),
    ("(X[i,:]*w - y[i])^2", "w", 2, "2*X[i,:]'*X[i,:]"),
    ("(A*X*B)[i,j]", "X", 1, "A[i,:]'*B[:,j]'"),
    ("inv(X)[i,j]", "X", 1, "-inv(X)[i,:]'*inv(X)[:,j]'"),
    ("sum(W[i,:].^3)", "W", 1, "3*eye(m)[:,i]*W[i,:].^2"),
    ("softmax(W*x)", "W", 1, "kron(x', diag(softmax(W*x)) - softmax(W*x)*softmax(W*x)')"),
    ("logsumexp(W*x) - y'*W*x", "W", 2, "kron(x*x', diag(softmax(W*x)) - softmax(W*x)*softmax(W*x)')"),
    ("(h'*X*k)^2", "X", 2, "2*kron(k*k', h*h')"),
    ("h*z'*(k'*X*y)", "X", 1, "kron(z*y', h*k')"),
    ("h*z'*tr(X)", "X", 1, "vec(h*z')*rvec(eye(k))"),
    ("h'*X*k", "X", 1, "h*k'"),
]  # fmt: skip


@pytest.mark.parametrize(("formula", "by", "order", "printed"), ANSWERS)
def test_answers_are_printed_short_and_read_back(formula: str, by: str, order: int, printed: str) -> None:
    answer = diff(formula, by, order=order)
    assert answer.text == printed
    assert_round_trip(answer.expr)
    assert_printable(answer.expr)


def test_transposes_of_complex_factors_meet() -> None:
    answer = diff("tr(A*B*C*X)", "X", given="A, B, C: matrix(n,n) complex; X: matrix(n,n)")
    assert answer.text == "(A*B*C)^T"


def test_no_transpose_of_a_transpose() -> None:
    answer = diff("x[1]*x[2]^2", "x", order=2)
    assert ")'" not in answer.text
    assert_round_trip(answer.expr)
    assert_printable(answer.expr)


@settings(max_examples=500, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(problems(order=1, depth=5))
def test_every_formula_reads_back_as_it_was_printed(problem: Problem) -> None:
    formula = of_node(problem.formula)
    assert_round_trip(assert_round_trip(formula))
    assert_printable(formula)


def test_only_long_answers_name_their_parts() -> None:
    """Up to 2,000 tokens an answer is one formula; beyond, it ends in names for what is shared or long."""
    short, long = (diff("tanh(" * n + "a*b" + ")" * n, "a") for n in (5, 40))
    assert " where " not in short.text
    assert " where " in long.text
    definitions = long.text.partition(" where ")[2].split("; ")
    for name in (definition.partition(" = ")[0] for definition in definitions):
        assert long.text.count(name) > 1
    value = {"a": 0.7, "b": 1.3}
    assert parse(long.text).evaluate(value) == pytest.approx(long.evaluate(value))
