"""Random formulas over the whole table: every derivative, in every layout, against finite differences.

2,000 formulas in every run, always the same ones; `pytest -m long` draws 100,000 new ones, or as many as the
environment variable DVEC_EXAMPLES says. `python tests/properties/campaign.py` does that without stopping at a failure.
"""

from __future__ import annotations

import os

import numpy as np
import pytest
import reference
from checks import Undecided, check, derivative, describe, sample_of
from formulas import Problem, operations_in, problems
from hypothesis import HealthCheck, Phase, find, given, note, reject, settings
from hypothesis import strategies as st

from dvec.answers.expr import of_node
from dvec.calculus.differentiate import expanded
from dvec.core.errors import FormulaError, NotDifferentiable
from dvec.core.node import postorder
from dvec.operations import TABLE

SHORT = settings(
    deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck), report_multiple_bugs=False,
)  # fmt: skip
LONG = settings(SHORT, derandomize=False, max_examples=int(os.environ.get("DVEC_EXAMPLES", "100000")))


def assert_right(problem: Problem, seed: int = 0) -> None:
    """All checks; a formula on which no data can be drawn is discarded, not counted."""
    note(describe(problem))
    try:
        check(problem, seed)
    except Undecided:
        reject()


@settings(SHORT, max_examples=700)
@given(problems(order=1, depth=3))
def test_first_derivatives_of_short_formulas(problem: Problem) -> None:
    assert_right(problem)


@settings(SHORT, max_examples=700)
@given(problems(order=1, depth=5))
def test_first_derivatives_of_nested_formulas(problem: Problem) -> None:
    assert_right(problem)


@settings(SHORT, max_examples=600)
@given(problems(order=2, depth=4))
def test_second_derivatives(problem: Problem) -> None:
    assert_right(problem)


# Whose values vanish on whole regions, so that a term that is zero on one sample says nothing.
FLAT = {"relu", "step", "sign", "abs", "norm1", "indmax", "unit"}


@settings(SHORT, max_examples=400)
@given(problems(depth=4))
def test_no_term_of_an_answer_vanishes(problem: Problem) -> None:
    """No sum in an answer has a term that is zero, whatever the data."""
    if operations_in(problem.formula) & FLAT or problem.target.op.name != "variable":
        reject()
    try:
        answer = derivative(problem).expr.node
        sample = sample_of([expanded(problem.formula), answer])
    except (Undecided, NotDifferentiable):
        reject()
    for node in (node for node in postorder(answer) if node.op.name == "+"):
        sizes = [np.abs(reference.value(a, *sample.bound)).max(initial=0.0) for a in node.args]
        assert max(sizes) == 0 or min(sizes) > 1e-13 * max(sizes), f"a term is zero in {of_node(node).text}"


@pytest.mark.long
@LONG
@given(problems(depth=5), st.integers(0, 2**32 - 1))
def test_many_formulas(problem: Problem, seed: int) -> None:
    assert_right(problem, seed)


# ------------------------------------------------------------------ the formulas themselves

# Operations that no random formula holds, and why.
NEVER = {
    "topvec": "defined up to its sign", "topleft": "defined up to its sign", "topright": "defined up to its sign",
    "conj": "complex variables are not built yet", "d": "a differential in a formula has no value",
}  # fmt: skip


def test_every_operation_of_the_table_occurs() -> None:
    seen: set[str] = set()

    @settings(SHORT, max_examples=2500, phases=[Phase.generate])
    @given(problems(depth=4))
    def collect(problem: Problem) -> None:
        seen.update(operations_in(problem.formula))

    collect()
    assert set(TABLE) - seen - set(NEVER) == set()


@pytest.mark.parametrize("name", ["kron", "softmax", "rearrange", "unvech"])
def test_formulas_shrink(name: str) -> None:
    """A failing formula is shown as a short one."""
    smallest = find(problems(), lambda p: name in operations_in(p.formula), settings=settings(SHORT, max_examples=5000))
    assert len(operations_in(smallest.formula)) <= 5


def test_a_wrong_derivative_is_found() -> None:
    """The checks notice one wrong sign in one rule."""
    object.__setattr__(cos := TABLE["cos"], "derivative", lambda x: TABLE["sin"](x))
    try:
        quick = settings(SHORT, max_examples=2000, phases=[Phase.generate])
        with pytest.raises(AssertionError, match="finite differences"):
            quick(given(problems(order=1))(lambda problem: assert_right(problem)))()
    finally:
        object.__setattr__(cos, "derivative", lambda x: -TABLE["sin"](x))


def test_sizes_always_fit() -> None:
    """Whatever is drawn is a formula: the constructors refuse nothing."""

    @settings(SHORT, max_examples=300, phases=[Phase.generate])
    @given(st.data())
    def draw(data: st.DataObject) -> None:
        try:
            data.draw(problems())
        except FormulaError as error:
            raise AssertionError(str(error)) from None

    draw()
