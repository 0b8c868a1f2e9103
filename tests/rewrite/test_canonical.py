"""What holds of the canonical and the shortest form of every formula."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise, product

import pytest
from checks import Undecided, assert_canonical, assert_round_trip, assert_same, matrix_value, sample_of, scale_of
from formulas import Problem, problems
from hypothesis import HealthCheck, given, reject, settings

from dvec.answers.expr import of_node
from dvec.calculus.differentiate import expanded
from dvec.core.algebra import ADD, PRODUCT, TRANSPOSE, ZEROS, eye, ones
from dvec.core.node import CONSTANT, VARIABLE, Node, make, postorder, variable
from dvec.core.sizes import AnySize, named_size
from dvec.notation.parser import parse
from dvec.notation.printing import Printer
from dvec.operations.constants import unit
from dvec.rewrite.canonical import Canonical
from dvec.rewrite.shortest import Shortest, shortest

MANY = settings(
    max_examples=300, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)


def tokens(node: Node) -> int:
    return Printer().piece(node).tokens


@MANY
@given(problems(order=1))
def test_the_canonical_form_of_a_canonical_form_is_itself(problem: Problem) -> None:
    assert_canonical(expanded(problem.formula))


@MANY
@given(problems(order=1))
def test_canonical_and_shortest_form_have_the_value_of_the_formula(problem: Problem) -> None:
    formula = expanded(problem.formula)
    forms = [formula, Canonical()(formula), shortest(formula)]
    try:
        sample = sample_of(forms)
    except Undecided:
        reject()
    values = [matrix_value(of_node(form), sample) for form in forms]
    for form, value in zip(forms, values, strict=True):
        assert_same(value, values[0], scale_of(sample), of_node(form).text, form, sample)


@MANY
@given(problems(order=1))
def test_the_shortest_form_is_no_longer(problem: Problem) -> None:
    """Than the canonical form, but for the few tokens that grouping two terms may cost."""
    ctx = Canonical()
    plain = ctx(expanded(problem.formula))
    short = Shortest()(plain)
    try:
        sample_of([plain])
    except Undecided:  # 1/0 can be printed, but not read
        reject()
    assert tokens(short) <= tokens(plain) + 2, f"{of_node(plain).text}\nbecame\n{of_node(short).text}"
    assert_round_trip(of_node(short))


@MANY
@given(problems(order=1))
def test_every_law_holds_in_the_mirror(problem: Problem) -> None:
    """The canonical form of the transpose is the same whether the transpose is taken before or after."""
    formula = expanded(problem.formula)
    if formula.scalar:
        formula = formula * ones(named_size("μ"), 1)
    ctx = Canonical()
    before, after = ctx(formula.T), ctx(ctx(formula).T)
    assert before is after, f"{of_node(before).text}\nand\n{of_node(after).text}"


@MANY
@given(problems(order=1))
def test_no_zeros_ones_or_nested_sums_are_left(problem: Problem) -> None:
    """In a canonical form sums hold no sums, no zeros and no two equal terms; products no products, no factor 1."""
    ctx = Canonical()
    form = ctx(expanded(problem.formula))
    shared = [a for node in postorder(form) for a in node.args]
    for node in postorder(form):
        if node.op is ADD:
            assert len(node.args) > 1
            assert not any(a.op is ZEROS or (a.op is CONSTANT and a.params[0] == 0) for a in node.args)
            assert all(a.op is not ADD or shared.count(a) > 1 for a in node.args)
            rests = [ctx.without_coefficient(a)[1] for a in node.args]
            assert len(set(rests)) == len(rests), f"equal terms in {of_node(node).text}"
        if node.op is PRODUCT:
            assert len(node.args) > 1
            assert sum(a.op is CONSTANT for a in node.args) <= 1
            assert not any(a.op is CONSTANT and a.params[0] in (0, 1) for a in node.args)
        if node.op is TRANSPOSE:
            assert not node.args[0].scalar
            assert node.args[0].op not in (TRANSPOSE, ADD, PRODUCT)
            assert not (node.args[0].op is VARIABLE and node.args[0].has("symmetric"))


def four_factors() -> Iterator[list[Node]]:
    """Products of matrices, rows, columns and numbers: variables, ones, unit vectors and a diagonal matrix."""
    n = named_size("n")
    for sides in product((1, n), repeat=5):
        yield from map(list, product(*(_factors(k, rows, cols) for k, (rows, cols) in enumerate(pairwise(sides)))))


def _factors(k: int, rows: AnySize, cols: AnySize) -> list[Node]:
    found = [variable("ABCD"[k], rows, cols, ()), ones(rows, cols)]
    if rows != cols:
        e = unit(named_size("n"), (1, "i", "j", 2)[k])
        found.append(e if cols == 1 else e.T)
    elif rows != 1:
        found.append(eye(rows) / variable("PQRS"[k], rows, cols, ("positive",)))
    return found


def test_brackets_in_a_product_do_not_matter() -> None:
    for factors in four_factors():
        a, b, c, d = factors
        whole = make(PRODUCT, tuple(factors))
        ctx = Canonical()
        forms = [ctx(form) for form in (whole, a @ b @ c @ d, a @ (b @ (c @ d)), (a @ b) @ (c @ d), a @ (b @ c) @ d)]
        shown = " and ".join(of_node(form).text for form in dict.fromkeys(forms))
        assert len(set(forms)) == 1, f"{of_node(whole).text} becomes {shown}"


@pytest.mark.parametrize("text", ["(A + B) - (A + B)", "2*(A + B) - (B + A)*2", "(A + B) - 3*(A + B) + 2*(A + B)"])
def test_a_sum_that_stands_twice_in_a_sum_is_one_term_there(text: str) -> None:
    assert Canonical()(parse(text).node).op is ZEROS
