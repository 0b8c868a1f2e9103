"""Where transposes stand on the page: what was typed is found again, and one inverse has one spelling."""

from __future__ import annotations

import pytest

from dvec import diff

CASES = [
    ("sum(tanh(X'))", "X", 1, "ones(m, n) - tanh(X).^2"),
    ("x'*inv(P + A*A')*x", "A", 1, "-inv(P + A*A')*x*x'*inv(P + A*A')*A - inv(P + A*A')'*x*x'*inv(P + A*A')'*A"),
    ("logdet(X'*A*X)", "X", 1, "A*X*inv(X'*A*X) + A'*X*inv(X'*A*X)'"),
    (
        "logdet(P' + X*A'*X')", "X", 1,
        "inv(P' + X*A'*X')*X*A' + inv(P' + X*A'*X')'*X*A",
    ),
    (
        "tr(X'*inv(X*A'*X' + B')*X)", "X", 1,
        "inv(X*A'*X' + B')*X + inv(X*A'*X' + B')'*X - inv(X*A'*X' + B')*X*X'*inv(X*A'*X' + B')*X*A' "
        "- inv(X*A'*X' + B')'*X*X'*inv(X*A'*X' + B')'*X*A",
    ),
    ("tr(inv(A*X*B))", "X", 1, "-(B*inv(A*X*B)^2*A)'"),
    (
        "det(X + x*y')", "X", 2,
        "det(X + x*y')*(vec(inv(X + x*y')')*rvec(inv(X + x*y')) "
        "- kron(inv(X + x*y'), inv(X + x*y')')*commutation(m, m))",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("formula", "wrt", "order", "expected"), CASES)
def test_transposes(formula: str, wrt: str, order: int, expected: str) -> None:
    found = diff(formula, wrt, order=order)
    assert found.text == expected
    assert found.verify().ok
