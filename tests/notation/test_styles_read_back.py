"""Unicode and LaTeX mean what the formula means, where brackets are most easily lost."""

from __future__ import annotations

import pytest
from checks import assert_printable
from readback import plain_of_latex, plain_of_unicode

from dvec.answers.calls import diff, parse
from dvec.notation.printing import Printer
from dvec.notation.styles import LatexPrinter, UnicodePrinter

SQUARE = "A, B, C: matrix(n,n) invertible; x, y: vector(n); a, b: scalar positive; k: scalar integer"
MIXED = "F, G: matrix(m,n) positive; H: matrix(n,m); x: vector(m); y: vector(n); a, b: scalar positive"

FORMULAS = [
    # transposes of what ends, or begins, in an inverse
    ("(A - C*inv(B))'", SQUARE), ("(inv(B)*C - A)'", SQUARE), ("(A.*inv(B))'", SQUARE), ("(inv(B).*A)'", SQUARE),
    ("(A*inv(B))'", SQUARE), ("(inv(A) + inv(B))'*C", SQUARE), ("(A./inv(B))'", SQUARE), ("(inv(A)/a)'", SQUARE),
    ("(A - B^(-1))'*C", SQUARE), ("inv(A*B')'", SQUARE), ("inv(A')*inv(B)'", SQUARE), ("((A + inv(B))^2)'", SQUARE),
    ("((A*inv(B))')^3", SQUARE), ("kron(A, inv(B))'", SQUARE), ("(kron(inv(A), B) - kron(C, A))'", SQUARE),
    ("exp(inv(A))' + (A + exp(inv(B)))'", SQUARE), ("(A'' - (B'*C)')'", SQUARE), ("((A - B)' - C)'*x", SQUARE),
    # signs and fractions
    ("-(A + B)*C", SQUARE), ("A*(-B)*C", SQUARE), ("A - (B - C)", SQUARE), ("-A.*B - (-A)^2", SQUARE),
    ("a/b*A/2*B", SQUARE), ("a/(b/(a + 1))*A", SQUARE), ("(a/2)^2*(A/b)^2", SQUARE), ("2/3*A*(B/3)", SQUARE),
    ("(A/2)'*(x'*y)/(a*b)", SQUARE), ("inv(A/2 + B)", SQUARE), ("2*3^a*A", SQUARE), ("0.5*2^(a/2)*A - a^-b*B", SQUARE),
    ("F./G/a", MIXED), ("2*a./(3*F)", MIXED), ("F./(G.*F).*G", MIXED), ("(F.*G)./(F + G)", MIXED),
    ("(2*(1./F./G))'", MIXED), ("(F*H)./(a*(F*G'))", MIXED),
    # powers
    ("(F.*G).^2", MIXED), ("(F.^2)'.^3", MIXED), ("F.^G", MIXED), ("sqrt(F)'*x + sqrt(F.^3)'*x", MIXED),
    ("sqrt(a)^3/sqrt(a + b)*F", MIXED), ("sqrt(a)*F/sqrt(2*pi)", MIXED), ("F.^(1/3) + F.^a", MIXED),
    ("log(a)^2*exp(-a^2/2)", MIXED), ("logdet(A)^2 + logdet(A)*a", SQUARE), ("det(A)^2*tr(B)^-1", SQUARE),
    ("A^k", SQUARE), ("a^k*b^(2*k)", SQUARE), ("(a^b)^2", SQUARE), ("a^(b^2)", SQUARE),
    ("sqrtm(S)^2*(A + sqrtm(S))", "S: matrix(n,n) positive definite; A: matrix(n,n)"), ("pinv(F)'*pinv(H)^+", MIXED),
    # bars
    ("norm2(a*norm2(x)*y)^2", SQUARE), ("norm2(norm2(x)*x - norm2(y)*y)", SQUARE), ("abs(abs(a)*b - abs(b))^2", SQUARE),
    ("norm1(x)*norm1(A)", SQUARE), ("norm(F) + norm(F,1)*norm(F,inf) - norm(F,'nuc')/norm(F,'max')", MIXED),
    # products with signs of their own
    ("kron(A*B, C) - kron(A + B, C)", SQUARE), ("kron(kron(A, B), C)", SQUARE), ("kron(A, kron(B, C))/a", SQUARE),
    ("2*kron(A, B)*kron(-C, A/2)", SQUARE), ("A + dsum(F, H)", "A: matrix(m+n,n+m); F: matrix(m,n); H: matrix(n,m)"),
    ("-dsum(F + G, 2*H)*a", MIXED), ("khatri(F, H')*y", MIXED), ("(A.*(B*C)).*C*x", SQUARE),
    ("kron(x, y)*a - vec(x*y')", MIXED), ("(A*(B.*C))'.*A", SQUARE),
    # entries, rows, columns, constants
    ("A[1,:]*B[:,2]*A[1,2]^2", SQUARE), ("(A*B)[1,:]'", SQUARE), ("inv(A)[1,:]'*inv(B)[:,1]'", SQUARE),
    ("(A + B)'[:,1]*x[2]", SQUARE), ("eye(n)[:,1]*x' + eye(n)", SQUARE), ("(x.^2)[1]*A[:,1].^2", SQUARE),
    ("ones(n,n)*A - zeros(n,n)", SQUARE), ("commutation(n,n)*vec(A')'' - rvec(B)'", SQUARE),
    ("rows(F)*F/cols(F)", MIXED), ("duplication(n)*vech(A*inv(B))", SQUARE), ("unvec(vec(A*B), n, n)'", SQUARE),
    # functions, names
    ("diag(softmax(x)) - softmax(x)*softmax(x)'", SQUARE), ("diag(A*inv(B))'*diag(x)", SQUARE),
    ("logsumexp(x)*(relu(x) - sigmoid(-x))", SQUARE), ("tr(expm(A))*sign(a - b)", SQUARE),
    ("rearrange(A*B, '(a b) (c d) -> (c a) (b d)', a=2, b=2, c=2, d=2)", "A, B: matrix(4,4)"),
    ("sigma*(a + b) + lambda/2*(sigma + a)", ""), ("x1*x2^2 - alpha_1*(x1 + 2)", "x1, x2, alpha_1: scalar"),
    ("W1'*(Sigma_2 - W1*W1')*cost", "W1: matrix(m,n); Sigma_2: matrix(m,m); cost: scalar"),
    ("lambda_max*eigmax(S)*S", "S: matrix(n,n) symmetric; lambda_max: scalar"),
    ("x[1]*x_1*x", "x: vector(n); x_1: scalar"), ("e[1]*eye(n)[:,1] + e", "e: vector(n)"),
    ("K[1,2]*commutation(2,3)*vec(A)", "K: matrix(3,3); A: matrix(2,3)"),
    ("e_1'*A*eye(n)[:,1]*x + lambda_max*(a + b)*x",
     "e_1, x: vector(n); A: matrix(n,n); lambda_max, a, b: scalar"),
    ("I[1,2]*eye(n) - I", "I: matrix(n,n)"),
    ("norm2(x)*A/rows(A)^2", "x: vector(n); A: matrix(m*n,k)"),
    ("A^H*(A.*conj(A))^T - inv(A^H*A)^T", "A: matrix(n,n) complex"),
]  # fmt: skip


@pytest.mark.parametrize(("formula", "given"), FORMULAS)
def test_means_what_it_says(formula: str, given: str) -> None:
    expr = parse(formula, given)
    assert_printable(expr)
    assert plain_of_unicode(expr)
    assert plain_of_latex(expr)


# with definitions behind "where" in all styles, in Unicode, and in none
LONG = [
    ("tanh(" * 400 + "a*b" + ")" * 400, "a"),
    ("tanh(" * 40 + "a*b" + ")" * 40, "a"),
    ("sum(tanh(W*tanh(W*tanh(W*tanh(W*x)))))", "W"),
]


@pytest.mark.parametrize(("formula", "by"), LONG)
def test_names_of_parts_are_read_back(formula: str, by: str) -> None:
    assert_printable(diff(formula, by).expr)


@pytest.mark.parametrize("style", [UnicodePrinter, LatexPrinter])
@pytest.mark.parametrize("formula", ["(A - C*inv(B))'", "A*(B + C)", "(A.*B)*C", "kron(A*B, C).*kron(B, A)"])
def test_brackets_that_are_lost_are_missed(style: type[Printer], formula: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(style, "bracketed", lambda self, piece, level=0: piece)
    with pytest.raises(AssertionError):
        assert_printable(parse(formula, SQUARE))
