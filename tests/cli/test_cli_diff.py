"""`dvec diff`: what it prints, for whom, and with what exit status."""

from __future__ import annotations

import json
from collections.abc import Callable
from types import SimpleNamespace

import pytest

import dvec
from dvec.cli.diff import parts
from dvec.cli.shown import DIFF_KEYS

FACTORISATION = "norm2(U*V' - Y)^2 + lambda/2*(norm2(U)^2 + norm2(V)^2)"
Run = Callable[..., SimpleNamespace]


def test_the_main_job(run: Run) -> None:
    assert run("diff", FACTORISATION, "U") == (0, "2*(U*V' - Y)*V + lambda*U\n", "")


@pytest.mark.parametrize(
    ("arguments", "printed"),
    [
        (["-x'*x", "x"], "-2*x"),
        (["x'*A*x", "x", "--given", "A: matrix symmetric"], "2*A*x"),
        (["A*x", "x"], "A"),
        (["A*x", "x", "--layout", "denominator"], "A'"),
        (["x'*A*x", "x", "--order", "2"], "A + A'"),
        (["x'*A*y", "x,y", "--order", "2"], "A"),
        (["norm2(U)^2", "U[i,a]"], "2*U[i,a]"),
        (["tr(A*X)", "X'"], "A"),
        (["tr(A*X)", "X", "--latex"], r"A^{\top}"),
        (["tr(A*X)", "X", "--code", "latex"], r"A^{\top}"),
        (["log(det(X))", "X", "--given", "X: matrix positive definite", "--structure", "ignore"], "inv(X)"),
    ],
    ids=" ".join,
)
def test_in_a_pipe_the_answer_stands_alone(run: Run, arguments: list[str], printed: str) -> None:
    assert run("diff", *arguments) == (0, printed + "\n", "")


def test_json_has_everything(run: Run) -> None:
    status, out, err = run("diff", FACTORISATION, "U", "--json")
    found = json.loads(out)
    assert (status, err) == (0, "")
    assert tuple(found) == DIFF_KEYS
    assert found["formula"] == FACTORISATION
    assert (found["wrt"], found["order"], found["layout"]) == ("U", 1, "mixed")
    assert found["shape"] == ["m", "n"]
    assert found["sizes"] == {"U": ["m", "n"], "V": ["k", "n"], "Y": ["m", "k"], "lambda": []}
    assert found["kinds"] == {"U": "matrix", "V": "matrix", "Y": "matrix", "lambda": "scalar"}
    assert found["steps"] is None
    assert found["code"] is None
    assert found["verification"]["ok"]
    assert 0 <= found["verification"]["max_relative_error"] < 1e-6
    assert found["verification"]["samples"] == 3


def test_json_means_the_same_elsewhere(run: Run) -> None:
    found = json.loads(run("diff", FACTORISATION, "U", "--json").out)
    assert dvec.parse(found["text"], found["given"]) == dvec.diff(FACTORISATION, "U").expr


def test_code_runs_on_its_own(run: Run) -> None:
    status, out, _ = run("diff", FACTORISATION, "U", "--code", "numpy")
    assert status == 0
    exec(compile(out, "<printed>", "exec"), {"__name__": "printed"})
    assert json.loads(run("diff", FACTORISATION, "U", "--code", "numpy", "--json").out)["code"].strip() == out.strip()


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["tr(A*X", "X"], "  tr(A*X\n  ^"),
        (["tr(X)", "Z"], "the formula has no variable Z"),
        (["A*x + y'", "x"], "A*x is"),
        (["tr(X)", "X", "--layout", "sideways"], "unknown layout"),
        (["tr(X)", "X", "--order", "two"], "not a valid integer"),
        (["tr(X)", "X", "--code", "julia"], "not built yet"),
        (["tr(X)", "X", "--code", "cobol"], "cobol"),
        (["tr(X)", "X", "--structure", "odd"], "odd"),
        (["tr(X)", "X", "--given", "X: tensor"], "tensor"),
        (["tr(X*Y)", "X,Y"], "order"),
        (["tr(X)", "X", "--laytou", "vec"], "Did you mean"),
        (["tr(X)"], "Missing argument 'WRT'"),
        (["tr(X)", "X", "Y"], "unexpected extra argument"),
        (["", "X"], "empty"),
        (["tr(X)", ""], ""),
        (["tr(X)", ","], ""),
        (["\x00\x1b[31m", "X"], ""),
        (["(" * 100_000, "X"], ""),
        (["x" + "'" * 50_000, "x", "--order", "99"], ""),
    ],
    ids=lambda value: " ".join(value)[:40].encode("unicode_escape").decode() if isinstance(value, list) else None,
)
def test_bad_input_is_said_in_words(run: Run, arguments: list[str], complaint: str) -> None:
    status, out, err = run("diff", *arguments)
    assert (status, out) == (2, "")
    assert complaint in err
    assert "dvec made a mistake" not in err


def _says(monkeypatch: pytest.MonkeyPatch, ok: bool, error: float, reason: str) -> None:
    from dvec.answers.derivative import Derivative

    verdict = SimpleNamespace(ok=ok, max_relative_error=error, samples=1, reason=reason)
    monkeypatch.setattr(Derivative, "verify", lambda self: verdict)


class TestSteps:
    """How an answer is derived."""

    def test_they_stand_before_the_answer(self, run: Run) -> None:
        status, out, err = run("diff", "tr(A*X)", "X", "--steps")
        steps = dvec.diff("tr(A*X)", "X").steps
        assert (status, err) == (0, "")
        assert out.startswith(f"1. {steps[0].rule}\n   {steps[0].text}\n")
        assert out.endswith("\n\nA'\n")

    def test_json(self, run: Run) -> None:
        found = json.loads(run("diff", "tr(A*X)", "X", "--steps", "--json").out)
        steps = dvec.diff("tr(A*X)", "X").steps
        assert found["steps"] == [{"rule": s.rule, "text": s.text, "latex": s.latex} for s in steps]

    @pytest.mark.usefixtures("terminal")
    def test_terminal(self, run: Run) -> None:
        out = run("diff", "tr(A*X)", "X", "--steps").out
        assert all(step.unicode in out for step in dvec.diff("tr(A*X)", "X").steps)

    def test_steps_that_are_wrong_are_not_passed_off(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        from dvec.answers.derivative import Derivative

        verdict = SimpleNamespace(ok=False, max_relative_error=0.5, samples=1, reason="step 2 is wrong")
        monkeypatch.setattr(Derivative, "verify_steps", lambda self: verdict)
        status, out, err = run("diff", "tr(A*X)", "X", "--steps")
        assert (status, out) == (1, "")
        assert "WRONG: the steps: step 2 is wrong" in err

    @pytest.mark.parametrize(
        ("arguments", "shown", "not_shown"),
        [
            (["tr(G*X)^2 + tr(D*X)*tr(N*X)", "X", "--order", "2"], "dG1 = ", " dG = "),
            (["exp(c*G)", "c", "--order", "2"], "dD = ", "dG"),
            (["exp(c*D)", "c"], "dF = N*dc", "D*dc"),
            (["df*norm2(X)^2", "X"], "dg = ", "df ="),
        ],
    )
    def test_they_call_nothing_by_the_name_of_a_variable(
        self, run: Run, arguments: list[str], shown: str, not_shown: str
    ) -> None:
        status, out, err = run("diff", *arguments, "--steps")
        assert (status, err) == (0, "")
        assert shown in out
        assert not_shown not in out

    @pytest.mark.parametrize(("formula", "index"), [("norm2(X)^2", "X[i1,a]"), ("norm2(x)^2", "x[i1]")])
    def test_letters_for_indices_do_not_run_out(self, run: Run, formula: str, index: str) -> None:
        scalars = "ijklrstuv"
        found = run("diff", f"({'+'.join(scalars)})*{formula}", formula[6], "--steps", "entries",
                    "--given", f"{','.join(scalars)}: scalar")  # fmt: skip
        assert (found.status, found.err) == (0, "")
        assert f"∂f/∂{index} = 2*" in found.out


class TestNotVerified:
    """An answer that is not verified is never passed off."""

    def test_it_is_shown_as_unverified(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        _says(monkeypatch, False, float("inf"), "no data")
        assert run("diff", "tr(A*X)", "X") == (1, "A'\n", "UNVERIFIED: no data\n")

    def test_a_check_that_breaks_down_verifies_nothing(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        from dvec.answers.derivative import Derivative

        def broken(self: object) -> None:
            raise ZeroDivisionError("by zero")

        monkeypatch.setattr(Derivative, "verify", broken)
        status, out, err = run("diff", "tr(A*X)", "X")
        assert (status, out) == (1, "A'\n")
        assert "UNVERIFIED: the check broke down (ZeroDivisionError: by zero)" in err

    def test_a_wrong_answer_does_not_go_down_a_pipe(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        _says(monkeypatch, False, 0.5, "finite differences say 2*A")
        status, out, err = run("diff", "tr(A*X)", "X")
        assert (status, out) == (1, "")
        assert "WRONG: finite differences say 2*A" in err

    def test_json_says_so(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        _says(monkeypatch, False, float("inf"), "no data")
        status, out, err = run("diff", "tr(A*X)", "X", "--json")
        expected = {"ok": False, "max_relative_error": None, "samples": 1, "reason": "no data"}
        assert json.loads(out)["verification"] == expected
        assert (status, err) == (1, "UNVERIFIED: no data\n")

    @pytest.mark.usefixtures("terminal")
    @pytest.mark.parametrize(("error", "word"), [(float("inf"), "UNVERIFIED"), (0.5, "WRONG")])
    def test_a_terminal_says_so(self, run: Run, monkeypatch: pytest.MonkeyPatch, error: float, word: str) -> None:
        _says(monkeypatch, False, error, "for a reason")
        status, out, _ = run("diff", "tr(A*X)", "X")
        assert status == 1
        assert f"{word}: for a reason" in out


@pytest.mark.usefixtures("terminal")
class TestTerminal:
    """What a person sees."""

    def test_the_answer_and_what_it_can_be_checked_by(self, run: Run) -> None:
        status, out, _ = run("diff", FACTORISATION, "U")
        assert status == 0
        assert "∂/∂U" in out
        assert "=  2 (U Vᵀ - Y) V + λ U" in out
        assert "size    m × n" in out
        assert "U: matrix(m, n)" in out
        assert "layout  mixed: the gradient ∂f/∂X has the shape of X" in out
        assert "✓ finite differences agree to" in out
        assert all(len(line) <= 100 for line in out.splitlines())

    def test_what_is_to_be_copied_is_not_broken(self, run: Run) -> None:
        out = run("diff", "sum(softmax(A*x).*y)", "x", "--latex", "--code", "numpy").out
        found = dvec.diff("sum(softmax(A*x).*y)", "x")
        assert found.latex in out
        assert "def gradient" in out or "def derivative" in out

    def test_second_derivatives(self, run: Run) -> None:
        assert "∂²/∂x∂xᵀ  xᵀ A x" in run("diff", "x'*A*x", "x", "--order", "2").out
        assert "∂²/∂x∂y  xᵀ A y" in run("diff", "x'*A*y", "x, y", "--order", "2").out

    def test_json_is_one_line_a_key(self, run: Run) -> None:
        out = run("diff", "tr(A*X)", "X", "--json").out
        assert len(out.splitlines()) == len(DIFF_KEYS) + 2
        assert json.loads(out)["text"] == "A'"


class TestExplicitEntries:
    """Matrices written out entry by entry are dvec.entries' subject; the command is the same."""

    def test_text(self, run: Run) -> None:
        assert run("diff", "[x^2*y; x]", "[x; y]") == (0, "[2*x*y; x^2; 1; 0]\n", "")

    def test_json(self, run: Run) -> None:
        found = json.loads(run("diff", "[x*y]", "[x; y]", "--json").out)
        assert tuple(found) == DIFF_KEYS
        assert found["steps"] is None
        assert found["code"] is None
        assert found["verification"]["ok"]

    @pytest.mark.usefixtures("terminal")
    def test_terminal(self, run: Run) -> None:
        out = run("diff", "[x^2*y; x]", "[x; y]").out
        assert "⎡2⋅x⋅y⎤" in out
        assert "finite differences agree" in out


def test_a_pair_is_set_apart_by_a_comma_outside_brackets() -> None:
    assert parts("U,V") == ("U", "V")
    assert parts("U[i,a]") == "U[i,a]"
    assert parts("U[i,:] , V[:,j]") == ("U[i,:]", "V[:,j]")
