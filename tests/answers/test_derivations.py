"""Derivations: the page of worked examples is what the program gives, and every step holds on random data."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

import dvec

DOCS = Path(__file__).parents[2] / "docs"
_spec = importlib.util.spec_from_file_location("generate_derivations", DOCS / "generate_derivations.py")
assert _spec is not None
assert _spec.loader is not None
generate = sys.modules["generate_derivations"] = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(generate)

MF = generate.FACTORISATION


def test_the_page_is_what_the_program_gives() -> None:
    assert generate.PAGE.read_text(encoding="utf-8") == generate.page()


@pytest.mark.parametrize("worked", generate.ALL, ids=lambda w: w.title)
def test_every_step_holds(worked) -> None:
    found = generate.derivative(worked)
    steps = found.steps
    texts = [step.text for step in steps]
    assert found.verify().ok
    checked = found.verify_steps()
    assert checked.ok, checked.reason
    assert len(set(texts)) == len(texts)
    assert all(step.rule and step.latex and step.unicode for step in steps)
    assert texts[-1].endswith(f"= {found.text}")


@pytest.mark.parametrize("worked", [w for w in generate.ALL if w.order == 1], ids=lambda w: w.title)
def test_the_route_by_entries_ends_with_the_answer(worked) -> None:
    found = generate.derivative(worked)
    steps = found.derivation(by="entries")
    assert len(steps) >= 2
    assert steps[-1].text.endswith(f"= {found.text}")
    assert len({step.text for step in steps}) == len(steps)


def test_the_factorisation_takes_few_steps() -> None:
    texts = [step.text for step in dvec.diff(MF, "U").steps]
    assert texts == [
        "df = d(norm2(U*V' - Y)^2) + lambda*d(norm2(U)^2)/2",
        "d(norm2(U*V' - Y)^2) = 2*tr((U*V' - Y)'*dU*V')",
        "d(norm2(U)^2) = 2*tr(U'*dU)",
        "df = 2*tr((U*V' - Y)'*dU*V') + lambda*tr(U'*dU)",
        "df = tr((2*(U*V' - Y)*V + lambda*U)'*dU)",
        "∂f/∂U = 2*(U*V' - Y)*V + lambda*U",
    ]


def test_entry_row_and_matrix_are_answers_of_their_own() -> None:
    assert dvec.diff(MF, "U[i,:]").text == "2*(U[i,:]*V' - Y[i,:])*V + lambda*U[i,:]"
    assert dvec.diff(MF, "U[i,a]").text == "2*(U[i,:]*V' - Y[i,:])*V[:,a] + lambda*U[i,a]"


def test_a_wrong_step_is_found() -> None:
    from dataclasses import replace

    from dvec.answers.checking_steps import verify_steps

    found = dvec.diff("tr(A*X*B)", "X")
    steps = found.steps
    broken = [replace(steps[0], right=-steps[0].right), *steps[1:]]
    checked = verify_steps(found.result, broken)
    assert not checked.ok
    assert "does not hold" in checked.reason


def test_unknown_routes_are_refused() -> None:
    with pytest.raises(dvec.FormulaError, match="differentials"):
        dvec.diff("x'*x", "x").derivation(by="magic")
    with pytest.raises(dvec.FormulaError, match="first derivatives"):
        dvec.hessian("x'*x", "x").derivation(by="entries")
