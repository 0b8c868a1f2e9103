"""Writes derivations.md: worked derivations of well-known objectives, by the program itself.

`python docs/generate_derivations.py` rewrites the page; the tests fail if the page is not what the program gives.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import dvec

PAGE = Path(__file__).with_name("derivations.md")


@dataclass(frozen=True)
class Worked:
    title: str
    formula: str
    wrt: str
    given: str = ""
    layout: str = "mixed"
    order: int = 1
    entries: bool = False  # also from one entry to the whole


FACTORISATION = "norm2(U*V' - Y)^2 + lambda/2*(norm2(U)^2 + norm2(V)^2)"

NOTES = [
    Worked("Matrix factorisation", FACTORISATION, "U", entries=True),
    Worked("A linear map of a column", "A*x", "x", entries=True),
    Worked("A row times a matrix", "x'*A", "x", layout="block"),
    Worked("A quadratic form", "x'*A*x", "x", entries=True),
    Worked("The same as a row", "x'*A*x", "x", layout="numerator"),
    Worked("A squared length", "x'*x", "x"),
    Worked("A bilinear form by its matrix", "a'*X*b", "X", given="a, b: vector", entries=True),
    Worked("A bilinear form by the transposed matrix", "a'*X'*b", "X", given="a, b: vector"),
    Worked("A trace", "tr(A*X)", "X"),
    Worked("A quadratic trace", "tr(X'*A*X)", "X"),
    Worked("A sandwich", "A*X*B", "X"),
    Worked("The Hessian of a quadratic form", "x'*A*x", "x", order=2),
]
OBJECTIVES = [
    Worked("Least squares", "1/2*norm2(X*w - y)^2", "w", entries=True),
    Worked("Ridge regression", "norm2(X*w - y)^2 + l*w'*w", "w", given="l: scalar"),
    Worked("Weighted least squares", "(X*w - y)'*diag(v)*(X*w - y)", "w"),
    Worked("Logistic regression", "sum(log(vector(1) + exp(-y.*(X*w))))", "w"),
    Worked("Logistic regression with labels 0 and 1",
           "y'*log(sigmoid(X*w)) + (vector(1) - y)'*log(vector(1) - sigmoid(X*w))", "w"),
    Worked("Its curvature", "sum(log(vector(1) + exp(X*w)))", "w", order=2),
    Worked("Softmax with cross-entropy", "log(sum(exp(W*x))) - t'*W*x", "W", given="t: vector"),
    Worked("Poisson regression", "sum(exp(X*w)) - y'*X*w", "w"),
    Worked("Principal components: variance kept", "tr(W'*S*W)", "W", given="S: matrix(n, n) symmetric"),
    Worked("Principal components: reconstruction", "norm2(X - X*W*W')^2", "W"),
    Worked("Gaussian likelihood, covariance", "-m/2*logdet(S) - 1/2*tr(inv(S)*C)", "S",
           given="m: scalar; S: matrix(n, n) symmetric positive definite; C: matrix(n, n) symmetric"),
    Worked("Gaussian likelihood, mean", "(x - u)'*inv(S)*(x - u)", "u",
           given="S: matrix(n, n) symmetric positive definite"),
    Worked("Gaussian process evidence", "-1/2*y'*inv(K)*y - 1/2*logdet(K)", "K",
           given="K: matrix(n, n) symmetric positive definite"),
    Worked("Mahalanobis metric learning", "(x - y)'*M'*M*(x - y)", "M"),
    Worked("Discriminant analysis: ratio of traces", "tr(W'*A*W)/tr(W'*B*W)", "W",
           given="A: matrix(m, m) symmetric; B: matrix(m, m) symmetric positive definite"),
    Worked("Rayleigh quotient", "(x'*A*x)/(x'*x)", "x", given="A: matrix(n, n) symmetric"),
    Worked("Masked factorisation", "norm2(O.*(U*V' - Y))^2", "U"),
    Worked("Kernel machine, dual", "1/2*(p.*y)'*K*(p.*y) - sum(p)", "p", given="K: matrix(n, n) symmetric"),
    Worked("Kernel ridge regression", "norm2(K*w - y)^2 + l*w'*K*w", "w", given="l: scalar; K: matrix(n, n) symmetric"),
    Worked("Gaussian kernel", "exp(-norm2(x - y)^2/2)", "x"),
    Worked("Pseudo-Huber loss", "sum(sqrt((A*x - h).^2 + vector(1)))", "x"),
    Worked("Procrustes", "norm2(A*Q - B)^2", "Q"),
    Worked("A network of two layers", "W*tanh(A*x + h)", "x"),
    Worked("Log-sum-exp, second order", "log(sum(exp(A*x)))", "x", order=2),
    Worked("Log-determinant, second order", "logdet(X)", "X", order=2),
    Worked("Factorisation, second order", FACTORISATION, "U", order=2),
]  # fmt: skip
ALL = NOTES + OBJECTIVES


def derivative(worked: Worked) -> dvec.Derivative:
    return dvec.diff(worked.formula, worked.wrt, worked.given, worked.layout, worked.order)


def section(worked: Worked) -> list[str]:
    found = derivative(worked)
    call = f"`{worked.formula}` by `{worked.wrt}`"
    options = [f"`{worked.given}`"] * bool(worked.given) + [f"layout `{worked.layout}`"] * (worked.layout != "mixed")
    lines = [f"### {worked.title}", "", call + (", " + ", ".join(options) if options else ""), ""]
    lines += _steps(found.steps)
    if worked.entries:
        lines += ["", "From one entry to the whole:", "", *_steps(found.derivation(by="entries"))]
    return [*lines, "", f"Answer: `{found.text}`", ""]


def _steps(steps: list[object]) -> list[str]:
    return [f"{number}. ${step.latex}$ \\\n   *{step.rule}*" for number, step in enumerate(steps, 1)]


def page() -> str:
    lines = [
        "# Worked derivations",
        "",
        "Each derivation on this page was written by `dvec`; the tests compare the page with what the program gives,",
        "check both sides of every step on random data. See them with `dvec diff FORMULA WRT --steps`.",
        "",
        "## The rules of the lecture notes",
        "",
    ]
    for worked in NOTES:
        lines += section(worked)
    lines += ["## Well-known objectives", ""]
    for worked in OBJECTIVES:
        lines += section(worked)
    return "\n".join(lines)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
