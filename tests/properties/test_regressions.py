"""Every mistake that random formulas found, as its shortest formula: all checks must hold now."""

from __future__ import annotations

from typing import Any

import pytest
from checks import Undecided, check
from formulas import Problem

from dvec.answers.calls import diff, parse
from dvec.core.errors import DataError
from dvec.notation.parser import parse_target

FOUND: dict[str, tuple[Any, ...]] = {
    # what was wrong: (formula, what to differentiate by, declarations, order, structure, pattern)
    "a negated sum printed without its brackets": ("tr(-(A + A))", "A"),
    "the same inside a function": ("softmax(-(x + x))", "x"),
    "a column of an entrywise power": ("tr(A.^A)", "A[:,1]", "A: matrix(m, m) positive"),
    "an entry of a matrix power": ("exp(sum(inv(A).^2))", "A[1,2]", "A: matrix(m, m) positive definite"),
    "an entry of an entrywise power": ("(y.^a)[2]*sum(y)", "y[2]", "y: vector(3) positive; a: scalar positive"),
    "second derivatives by a matrix and its entry": ("tr(A)", ("A", "A[1,1]"), "", 2),
    "by a matrix and its row": ("tr(A*A)", ("A", "A[1,:]"), "", 2),
    "by a row and the matrix": ("tr(A*A)", ("A[1,:]", "A"), "", 2),
    "by the transpose and the matrix": ("det(A)", ("A'", "A"), "", 2),
    "by an entry and the vector": ("sum((ones(3, 2)*ones(2, 1))*(x'*A'))*a", ("x[1]", "x"), "A: matrix(5, 2)", 2),
    "an index that the derivative has lost": ("a/sum(A)", "A[i,1]", "A: matrix(m, n)"),
    "the same with a second derivative": ("tr(A)", "A[1,i]", "A: matrix(2, 2)", 2),
    "an index for sides of two sizes": ("a*A[i,:]*B[:,i]", "a", "A: matrix(2, n); B: matrix(n, n)"),
    "functions of a 1×1 matrix": ("tr(expm(a)) + tr(logm(b))*tr(sqrtm(b))", "b", "b: scalar positive"),
    "exponents that are matrices of constants": ("sum(x.^ones(n, 1) + x.^zeros(n, 1))", "x", "x: vector(n)"),
    "an identity lost in the block layout": ("(ones(m, n) + x*y')*y", "x", "x: vector(m); y: vector(n)"),
    "an entry of a matrix of composite size": ("A'", "A[1,1]", "A: matrix(m*n, k)"),
    "complex values on the way to none": ("tr(sigmoid(A*tr(sqrtm(D))))", "A", "A, D: matrix(n, n)"),
    "a transposed inverse under rvec": ("det(A)", "A", "", 2),
    "a trace of a matrix function beside matrices": ("tr(expm(A))*ones(n, n)", "A", "A: matrix(n, n)"),
    "a trace of a power beside matrices": ("tr(A^k)*B", "A", "A, B: matrix(n, n); k: scalar integer"),
    "a negated sum under norm1": ("norm1(-A - B)", "A"),
    "a negated sum over a scalar under norm1": ("norm1((-A - B)/a)", "A", "A, B: matrix(m, m)"),
    "a negated sum squared": ("tr(-A^(-2)*B*C)", "A", "A: matrix(n, n); B: matrix(n, m); C: matrix(m, n)"),
    "the entrywise product of skew matrices": ("sum((A.*B)*x)", "A", "A, B: matrix(n, n) skew; x: vector(n)"),
    "a second derivative that vanishes": ("logsumexp(x + ones(n, m)*y)", "y", "x: vector(n); y: vector(m)", 2),
    "a second derivative that all but vanishes": ("erf(sum(sqrt(A)))", "A", "A: matrix(m, m) positive", 2),
    "warnings of matrix functions": ("tr(logm(ones(m, m) + 2*eye(m))) + tr(sqrtm(A'*A + eye(m)))", "A"),
    "names for shared parts, one used by the next": (
        "norm2((rearrange(A, '() (a c) -> (a) (c)', a=m, c=m) + exp(B)^2)^2 + B)", "B",
        "A: matrix(1, m^2); B: matrix(m, m)", 2,
    ),
    "a symmetric variable that moves off the symmetric matrices": (
        "sum(inv(A)[1,:])", "A", "A: matrix(3, 3) symmetric", 1, "ignore",
    ),
    "a row of a symmetric variable": ("x'*inv(A)", "A[1,:]", "A: matrix(3, 3) symmetric; x: vector(3)"),
    "an index beside a scalar made of a chain": (
        "(2*((A*x)*B)*log(C))[:,1]/a", "a", "B: matrix(1, m); C: matrix(m, m) positive",
    ),
    "an entry of a row of ones": ("eye(3)[1,:]*ones(3, 1) + a*ones(1, 3)[:,1]", "a"),
    "sizes with a factor": ("det(exp(tr(A))*B)", "A", "A: matrix(n, n); B: matrix(2*n, 2*n) positive definite", 2),
    "code for a matrix m×m²": ("exp(A) + A", "A", "A: matrix(m, m^2)"),
    "code for a matrix with m(m+1)/2 columns": ("logsumexp(sum(A)*ones(m, 1))", "A", "A: matrix(m, m^2/2 + m/2)"),
    "code for a matrix m×mn": ("norm2(A)/a", "a", "A: matrix(m, m*n)"),
    "code with sizes that follow from each other": (
        "sum(sqrt(A + exp(unvec(x, 2*n, m))))", "A", "A: matrix(2*n, m) positive; x: vector(2*m*n)",
    ),
    "code for a sum of columns": ("(x'*diag(x))*x", "x", "x: vector(n)"),
    "a second derivative of a vector": ("exp(a*A)*x", "a", "", 2),
    "a number lost beside a diagonal": ("tr(asin(asin(A/2)/2))", "A", "A: matrix(m, m)", 2),
    "a diagonal product transposed": ("4*tr((A^3).^2)", "A", "A: matrix(2, 2)"),
    "triangles under a trace": ("tr(triu(A*B))^2", "A", "A: matrix(4, 2); B: matrix(2, 4)", 2),
    "a factor 4 lost beside an identity": ("tr(asin(tanh(asin(tanh(A)/2))/2))", "A", "A: matrix(m, m)", 2),
    "A.*eye is A'.*eye, in a product": ("tr((A^3).^2)", "A", "A: matrix(2, 2)"),
    "in an exponent": ("tr(A.^a)", ("a", "A"), "A: matrix(m, m) positive; a: scalar positive", 2),
    "under a function": ("sin(tr(cos(inv(A))))", "A", "A: matrix(m, m) invertible", 2),
    "under an index": ("exp(((eye(m)./A)[1,:]*A)*(eye(m)./A)[:,1])", "A", "A: matrix(m, m) positive"),
    "of triangles": ("tr(triu(A*B))^2", "A", "A: matrix(4, 2); B: matrix(2, 4)", 2),
    "of a diagonal variable": (
        "(ones(1, k)*(A./B)).^2*x/a", "B", "A: matrix(k, k) diagonal; B: matrix(k, k) positive; x: vector(k)",
    ),
    "a root of a sum of equal terms": ("(sqrt(y + y)'*A)*sqrt(y + y)", "y", "y: vector(m) positive; A: matrix(m, m)"),
    "elimination and duplication transposed": (
        "1/(1 + ((x'*duplication(m)')*elimination(m)')*(elimination(m)*(duplication(m)*x)))", "x",
        "x: vector(m^2/2 + m/2)", 2,
    ),
    "a difference of powers": ("a - sqrt(a)", "a", "a: scalar positive"),
    "a power of a size": (
        "logsumexp((A + a*ones(m, m))*(2*B*ones(n, m^2)*ones(m^2, 1)))", "B[1,1]",
        "A: matrix(m, m); a: scalar; B: matrix(m, n)", 2,
    ),
    "a scalar beside the norm of an outer product": ("A/norm2(x*(y'/a))", "A", "a: scalar positive"),
    "a column of a diagonal matrix inside a product": (
        "rearrange(exp((eigmax(C)*(A*ones(3, 1))).^2), '(a c) () -> (a) (c)', a=1, c=3)", "A[1,:]",
        "A: matrix(3, 3); C: matrix(3, 3) symmetric",
    ),
    "a column of ones inside a product": ("ones(m, m)*A", "A[1,1]", "A: matrix(m, m)"),
    "sides of length 0": ("tr(dsum(A, A))", "A", "A: matrix(m, m)"),
    "a vector that is called Toeplitz": ("unvec(a^2*(a*x), 2, 2)", "a", "a: scalar; x: vector(4) toeplitz"),
    "a lower triangular matrix times an upper one": (
        "tr(expm(tr(A^3))) + b", "A", "A: matrix(2, 2) lower triangular; b: scalar", 2,
    ),
    "the same with an inverse": ("det(A)", "A", "A: matrix(m, m) lower triangular", 2),
    "diagonal matrices side by side": (
        "((2*x'*inv(diag(x))*inv((a + b)*diag(x)))*A)*(2*inv((a + b)*diag(x))*inv(diag(x))*x)", "a",
        "a, b: scalar positive; x: vector(k) positive; A: matrix(k, k)",
    ),
    "a diagonal variable beside an outer product": (
        "logsumexp(2*(exp(A)./(A.^2 + ones(m, m)) + A)*A*x)", ("x", "A"),
        "A: matrix(m, m) diagonal positive definite; x: vector(m)", 2,
    ),
    "a derivative inside that has lost its variable": (
        "diff(tr(logm(a*A)), a, 'mixed')", "a", "a: scalar positive; A: matrix(m, m) positive definite", 2,
    ),
    "a value that is nothing but rounding": (
        "rearrange(a*khatri(logdet(inv(A)), ones(m^3, 1)), '(a c d) () -> (a c) (d)', a=m, c=m, d=m)", "a",
        "A: matrix(m, m) orthogonal; a: scalar",
    ),
    "what cancels before the variable comes in": (
        "a*((x*eye(n)[1,:])*ones(n, 1) - log(exp(x)))", "a", "a: scalar; x: vector(m)", 2,
    ),
    "a part that is canonical already": ("((x.*x).*(-x) + (x - x.^3))/a", "x", "x: vector(m); a: scalar positive"),
    "ones at both sides of an entry": (
        "(log(A)*ones(m, 1))*(x*ones(1, m))[1,:]", "A", "A: matrix(m, m) positive; x: vector(m)",
    ),
    "a sum printed as a transpose, transposed": (
        "norm2(cosh(A./B) + (B + pinv(C)))", "B'", "A: matrix(m, n); B: matrix(m, n) positive; C: matrix(n, m)", 2,
    ),
    "the trace of a reflection, which is rounding": ("tr(A)^2", "A", "A: matrix(2, 2) symmetric orthogonal"),
    "a sign that a root swallowed": ("(tr(A)^2 + 1)^(3/2)", "A", "A: matrix(m, m)"),
    "a column of a diagonal matrix turned": ("(eye(m)./A)[:,1]'*eye(m)[:,i]", "A[1,1]", "A: matrix(m, m) positive"),
    "a differential of a definite matrix": ("logdet(S)", "S", "S: matrix(n, n) positive definite"),
}  # fmt: skip


@pytest.mark.parametrize("found", FOUND.values(), ids=FOUND)
def test_found_by_random_formulas(found: tuple[Any, ...]) -> None:
    text, wrt, given, order, structure, pattern = (*found, *("", 1, "projected", ("bi", "ja"))[len(found) - 2 :])
    formula = parse(text, given)
    first, second = (parse_target(w, formula.scope) for w in (wrt if isinstance(wrt, tuple) else (wrt, wrt)))
    check(Problem(formula.node, first, second if isinstance(wrt, tuple) else None, order, structure, pattern))


def test_verification_says_when_nothing_can_be_drawn() -> None:
    """A root that is complex for all data is no data, not a crash."""
    verdict = diff("tr(sqrtm(-eye(3)*a^2))", "a").verify()
    assert not verdict.ok
    assert "no random data" in verdict.reason
    with pytest.raises(Undecided):
        check(Problem(parse("tr(sqrtm(-eye(3)*a^2))").node, parse("a").node))


def test_an_index_must_fit_every_side_that_it_stands_for() -> None:
    formula = parse("A[i,:]*B[:,i]", "A: matrix(2, n); B: matrix(n, k)")
    with pytest.raises(DataError, match="index i = 3"):
        formula.evaluate({"A": [[1.0, 2.0], [3.0, 4.0]], "B": [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], "i": 3})
