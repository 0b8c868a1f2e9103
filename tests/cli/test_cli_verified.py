"""Whatever a command derives is compared with what was typed before it is shown, and a wrong answer is caught."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import pytest

import dvec
from dvec.answers import checking, derivation_entries
from dvec.answers.checking_values import verify_entry_steps, verify_index, verify_inner, verify_rewriting, verify_taylor
from dvec.cli.verified import check_of

Run = Callable[..., SimpleNamespace]
NEVER = "log(-1 - norm2(x)^2)"  # exists nowhere


class TestPassed:
    """What is right passes."""

    @pytest.mark.parametrize(
        ("formula", "given"),
        [
            ("inv(A)*A*x + x", ""),
            ("A*x - A*x", ""),
            ("diff(tr(A*X), X)*x", ""),
            ("diff(diff(x'*A*x, x)'*y, y)", ""),
            ("(X - X')*S^2", "S: matrix symmetric; X: matrix(n, n)"),
            ("tr(Z*A) + tr(A*Z)", "Z: matrix complex"),
            ("X[i,:]*Y[:,j]", ""),
            ("eye(3)*eye(3)", ""),
            ("sum(i: x[i]*y[i])", ""),
            ("a + b where b = c*c", ""),
        ],
    )
    def test_simplify(self, formula: str, given: str) -> None:
        f = dvec.parse(formula, given)
        found = verify_rewriting(f, dvec.simplify(f))
        assert found.ok, found.reason

    @pytest.mark.parametrize(
        ("formula", "wrt", "order", "given"),
        [
            ("logdet(X)", "X", 4, ""),
            ("logdet(S)", "S", 3, "S: matrix symmetric positive definite"),
            ("tr(S*S)", "S", 3, "S: matrix symmetric"),
            ("sqrt(x)", "x", 4, "x: vector positive"),
            ("abs(x)", "x", 2, "x: vector positive"),
            ("exp(a)", "a", 9, ""),
            ("x'*A*x", "x", 4, ""),
            ("A*y", "x", 2, "x: vector"),
            ("tr(X'*X)", "X", 0, ""),
            ("softmax(A*x)", "x", 2, ""),
            ("diff(norm2(A*x)^2, x)", "x", 2, ""),
            ("X^3", "X", 5, ""),
        ],
    )
    def test_taylor(self, formula: str, wrt: str, order: int, given: str) -> None:
        f = dvec.parse(formula, given)
        step = "H" if wrt.isupper() else "h"
        found = verify_taylor(f, wrt, order, step, dvec.taylor(f, wrt, order, step))
        assert found.ok, found.reason
        assert found.samples == 3

    @pytest.mark.parametrize("formula", ["U*V'", "x'*A*x", "inv(A)*x", "A*x + y", "diff(x'*A*x, x)", "kron(A, B)"])
    def test_index(self, formula: str) -> None:
        f = dvec.parse(formula)
        found = verify_index(f, dvec.index_form(f))
        assert found.ok, found.reason

    @pytest.mark.parametrize(
        ("formula", "wrt", "given"),
        [
            ("norm2(U*V' - Y)^2 + lambda/2*(norm2(U)^2 + norm2(V)^2)", "U", ""),
            ("norm2(U*V')^2", "U[i,:]", ""),
            ("norm2(U*V')^2", "U[2,1]", ""),
            ("A*X*B", "X", ""),
            ("tanh(A*x)", "x", ""),
            ("tr(S*A)", "S", "S: matrix symmetric"),
            ("exp(a*b)", "a", ""),
        ],
    )
    def test_entries(self, formula: str, wrt: str, given: str) -> None:
        d = dvec.diff(formula, wrt, given)
        found = verify_entry_steps(d.formula, d.derivation(by="entries"))
        assert found.ok, found.reason


def _doubled(differentiate: Any) -> Any:
    def wrong(*args: Any, **settings: Any) -> Any:
        result = differentiate(*args, **settings)
        return replace(result, node=2 * result.node)

    return wrong


class TestCaught:
    """What is wrong is not printed in a pipe, and the exit status is 1."""

    def _caught(self, ran: SimpleNamespace) -> None:
        assert (ran.status, ran.out) == (1, "")
        assert "WRONG: " in ran.err
        assert "Not printed, since the check failed: " in ran.err

    def test_simplify(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("dvec.answers.calls.shortest", lambda node: 2 * node)
        self._caught(run("simplify", "A*x"))

    @pytest.mark.parametrize("order", ["1", "4"])
    def test_taylor(self, run: Run, monkeypatch: pytest.MonkeyPatch, order: str) -> None:
        def wrong(over: int, under: int) -> Fraction:  # the last term alone
            return Fraction(over, under + 1 if under == {"1": 1, "4": 24}[order] else under)

        monkeypatch.setattr("dvec.calculus.taylor.Fraction", wrong)
        self._caught(run("taylor", "logdet(X)", "X", "--order", order, "--step", "H"))

    def test_taylor_of_another_polynomial(self) -> None:
        f = dvec.parse("tr(S*S)", "S: matrix symmetric")
        found = verify_taylor(f, "S", 2, "H", dvec.taylor("2*tr(S*S)", "S", 2, "H", "S: matrix symmetric"))
        assert not found.ok
        assert found.max_relative_error > 0.1

    @pytest.mark.parametrize("wrong", ["sum(exp(h))", "x'*h*sum(h)^2"])
    def test_terms_that_do_not_belong_to_a_taylor_polynomial(self, wrong: str) -> None:
        f = dvec.parse("x'*x")
        found = verify_taylor(f, "x", 2, "h", dvec.parse(f"x'*x + 2*x'*h + h'*h + 0.000000001*{wrong}"))
        assert not found.ok
        assert found.reason == "one of its terms is no power of h up to 2"

    def test_index(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("dvec.notation.index_form.index_form", lambda *_: "sum(a: A[i,a]*B[j,a])")
        self._caught(run("index", "A*B", "--given", "A, B: matrix(n, n)"))

    @pytest.mark.parametrize(
        "arguments",
        [
            ["eval", "diff(x'*x, x)", "x=[1;2]"],
            ["simplify", "diff(x'*x, x)"],
            ["index", "diff(x'*x, x)"],
            ["taylor", "diff(x'*x, x)", "x", "--order", "1"],
            ["diff", "diff(x'*x, x)", "x"],
        ],
        ids=lambda arguments: arguments[0],
    )
    def test_a_derivative_inside(self, run: Run, monkeypatch: pytest.MonkeyPatch, arguments: list[str]) -> None:
        monkeypatch.setattr(checking, "differentiate", _doubled(checking.differentiate))
        self._caught(run(*arguments))

    @pytest.mark.parametrize("formula", ["norm2(X)^2", "A*X"])
    def test_steps_from_entries(self, run: Run, monkeypatch: pytest.MonkeyPatch, formula: str) -> None:
        monkeypatch.setattr(derivation_entries, "differentiate", _doubled(derivation_entries.differentiate))
        self._caught(run("diff", formula, "X", "--steps", "entries"))

    def test_explicit_entries(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        verdict = SimpleNamespace(ok=False, max_relative_error=0.5, samples=1)
        monkeypatch.setattr("dvec.entries.page.EntriesDerivative.verify", lambda self: verdict)
        self._caught(run("diff", "[x*y]", "[x; y]"))


class TestNotVerified:
    """What cannot be compared is shown, and said to be unverified."""

    @pytest.mark.parametrize(
        "arguments",
        [
            ["simplify", NEVER],
            ["index", NEVER],
            ["taylor", NEVER, "x", "--order", "2"],
            ["eval", f"diff({NEVER}, x)", "x=[1;2]"],
        ],
        ids=lambda arguments: arguments[0],
    )
    def test_it_is_said(self, run: Run, arguments: list[str]) -> None:
        status, out, err = run(*arguments)
        assert status == 1
        assert out
        assert err.startswith("UNVERIFIED: no random data found")

    def test_explicit_entries_that_exist_nowhere(self, run: Run) -> None:
        status, out, err = run("diff", "[log(-1-x^2)]", "[x]")
        assert (status, out) == (1, "-2*x/(-x^2 - 1)\n")
        assert err.startswith("UNVERIFIED: no random point was found")

    def test_a_check_without_a_reason_has_one(self) -> None:
        found = check_of(lambda: SimpleNamespace(ok=False, max_relative_error=0.5, samples=1))
        assert found.sentence.startswith("WRONG: finite differences give something else: relative error 5.0e-01")


def test_json_says_so(run: Run) -> None:
    for arguments in (["simplify", "x + x"], ["eval", "diff(x'*x, x)", "x=[1;2]"]):
        found = json.loads(run(*arguments, "--json").out)["verification"]
        assert found["ok"]
        assert found["samples"] == 3
    assert json.loads(run("eval", "x'*x", "x=[1;2]", "--json").out)["verification"] is None


@pytest.mark.usefixtures("terminal")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["simplify", "x + x"], "✓ the values of both agree to"),
        (["index", "A*x"], "the values of both agree to"),
        (["taylor", "x'*x", "x", "--order", "2"], "finite differences agree to"),
        (["eval", "diff(x'*x, x)", "x=[1;2]"], "✓ finite differences agree to"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else None,
)
def test_a_terminal_says_so(run: Run, arguments: list[str], said: str) -> None:
    status, out, err = run(*arguments)
    assert (status, err) == (0, "")
    assert said in out


def test_a_value_has_nothing_to_verify() -> None:
    assert verify_inner(dvec.parse("A*x")) == (True, 0.0, 3, "")
