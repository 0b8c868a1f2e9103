"""Nodes: interned, checked when made, walked without recursion; signatures; properties; layouts."""

from __future__ import annotations

import gc
import sys

import numpy as np
import pytest

from dvec.core import node as node_module
from dvec.core.algebra import eye, ones, product, transposed
from dvec.core.errors import FormulaError, Span, caret
from dvec.core.layouts import pattern_of
from dvec.core.node import TABLE, constant, make, postorder, rebuild, substitute, variable, variables_of
from dvec.core.properties import IMPLIES, closure
from dvec.core.signature import Signature
from dvec.core.sizes import named_size
from dvec.evaluation.draws import satisfies
from dvec.operations.structure import kron

m, n, k = (named_size(name) for name in "mnk")
A, B, x = variable("A", m, n), variable("B", n, k), variable("x", n)


# ------------------------------------------------------------------ nodes


def test_equal_formulas_are_the_same_object() -> None:
    assert (A @ B + A @ B).args[0] is (A @ B)
    assert variable("A", m, n) is A
    assert variable("A", m, n, ["positive"]) is not A
    assert kron(A, B) is kron(A, B)
    assert constant(0.1) is constant("1/10")


def test_nodes_that_nobody_holds_are_let_go() -> None:
    gc.collect()
    before = len(node_module._nodes)
    formula = variable("Unused", m, n) @ B
    assert len(node_module._nodes) > before
    del formula
    gc.collect()
    assert len(node_module._nodes) == before


def test_formulas_may_be_deeper_than_the_stack() -> None:
    depth = 10 * sys.getrecursionlimit()
    formula = x
    for _ in range(depth):
        formula = TABLE["tanh"](formula)
    order = list(postorder(formula))
    assert len(order) == depth + 1
    assert order[0] is x
    assert variables_of(formula) == [x]
    assert formula.properties is not None
    y = variable("y", n)
    assert variables_of(substitute(formula, {x: y})) == [y]
    del formula, order


def test_postorder_gives_every_node_once_arguments_first() -> None:
    formula = (A @ B) + (A @ B) * 2
    order = list(postorder(formula))
    assert len(order) == len(set(order))
    assert all(order.index(a) < order.index(node) for node in order for a in node.args)
    assert A @ B not in postorder(formula, lambda node: node.op.name == "*")


def test_rebuilding_without_a_change_gives_the_same_object() -> None:
    formula = A @ B + ones(m, k)
    assert rebuild(formula, lambda node: None) is formula


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: A @ A, "the sizes in a product do not fit: m×n times m×n"),
        (lambda: A + B, "the operands of a sum differ in size: m×n and n×k"),
        (lambda: A * B, "the operands of an entrywise product differ in size: m×n and n×k"),
        (lambda: TABLE["inv"](A), "inv needs a square matrix, this one is m×n"),
        (lambda: TABLE["softmax"](A), "softmax needs a column vector here, this is m×n"),
        (lambda: TABLE["khatri"](A, B), "the sizes in khatri do not fit: m×n and n×k"),
        (lambda: variable("S", m, n, ["symmetric"]), "S is m×n: only a square matrix can be symmetric"),
        (lambda: make(TABLE["^"], (A, constant(2))), "a matrix power needs a square matrix, this one is m×n"),
    ],
)
def test_sizes_that_do_not_fit_are_named(build: object, message: str) -> None:
    with pytest.raises(FormulaError) as refused:
        build()  # type: ignore[operator]
    assert message in str(refused.value)


def test_operators_mean_what_they_mean_for_arrays() -> None:
    c = variable("c")
    assert (A * A).op.name == ".*"
    assert (c * A).op.name == (A / c).op.name == "*"
    assert (A + c).args[1] is c * ones(m, n)
    assert (A**2).op.name == ".^"
    assert (A - A).op.name == "+"
    assert (2 - A).size == A.size
    assert (2 / A).size == A.size


def test_sizes_of_one_make_scalars() -> None:
    one = constant(1)
    assert eye(1) is one
    assert ones(1, 1) is one
    assert product([]) is one
    c = variable("c")
    assert transposed(c) is c
    assert c.T is c
    assert variable("B", 1, 1).scalar


# ------------------------------------------------------------------ signatures


@pytest.mark.parametrize(
    ("text", "parameters", "shapes", "result"),
    [
        ("ij,jk->ik", (), [(2, 3), (3, 4)], (2, 4)),
        ("ij,kl->(ik)(jl)", (), [(2, 3), (4, 5)], (8, 15)),
        ("ij,kl->(i+k)(j+l)", (), [(2, 3), (4, 5)], (6, 8)),
        ("i,j;(ji)1->ij", (2, 3), [(6, 1)], (2, 3)),
        ("m,n;->(mn)(mn)", (2, 3), [], (6, 6)),
        ("ii->i1", (), [(4, 4)], (4, 1)),
        ("nn->11", (), [(4, 4)], (1, 1)),
    ],
)
def test_signatures(
    text: str, parameters: tuple[int, ...], shapes: list[tuple[int, int]], result: tuple[int, int]
) -> None:
    assert Signature(text).shape("it", parameters, tuple(shapes)) == result


@pytest.mark.parametrize(
    ("text", "parameters", "shapes"),
    [
        ("ij,jk->ik", (), [(2, 3), (4, 4)]), ("ii->i1", (), [(4, 3)]), ("i,j;(ji)1->ij", (2, 3), [(5, 1)]),
        ("n1->11", (), [(2, 3)]), ("11->11", (), [(2, 1)]),
    ],
)  # fmt: skip
def test_signatures_refuse(text: str, parameters: tuple[int, ...], shapes: list[tuple[int, int]]) -> None:
    with pytest.raises(FormulaError):
        Signature(text).shape("it", parameters, tuple(shapes))


# ------------------------------------------------------------------ properties


M = np.random.default_rng(0).normal(size=(3, 3))
WITH_PROPERTY = {
    "symmetric": M + M.T, "skew": M - M.T, "diagonal": np.diag([1.0, -2.0, 0.0]), "orthogonal": np.linalg.qr(M)[0],
    "positive definite": M @ M.T + np.eye(3), "positive semidefinite": M[:, :1] @ M[:, :1].T, "invertible": M,
    "lower triangular": np.tril(M), "upper triangular": np.triu(M), "toeplitz": np.array([[1.0, 2], [3, 1]]),
    "full column rank": M[:, :2], "full row rank": M[:2], "positive": abs(M), "integer": np.round(9 * M),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(set(IMPLIES) - {"complex", "hermitian", "unitary"}))
def test_what_a_property_implies_holds_of_its_matrices(name: str) -> None:
    implied = closure(frozenset([name]))
    assert closure(implied) == implied
    assert all(satisfies(WITH_PROPERTY[name], other) for other in implied)
    assert not all(satisfies(array, name) for array in WITH_PROPERTY.values())


# ------------------------------------------------------------------ layouts


@pytest.mark.parametrize(
    ("layout", "of", "by", "pattern", "shape"),
    [
        ("vec", (m, n), (k, 2), "(b i) (j a)", (m * n, 2 * k)),
        ("block", (m, n), (k, 2), "(i a) (j b)", (m * k, 2 * n)),
        ("mixed", (m, n), (k, 2), "(b i) (j a)", (m * n, 2 * k)),
        ("mixed", (1, 1), (m, n), "(a) (j)", (m, n)),
        ("numerator", (1, 1), (m, n), "(j) (a)", (n, m)),
        ("denominator", (1, 1), (m, n), "(a) (j)", (m, n)),
        ("mixed", (m, 1), (n, 1), "(i) (a)", (m, n)),
        ("numerator", (m, 1), (n, 1), "(i) (a)", (m, n)),
        ("denominator", (m, 1), (n, 1), "(a) (i)", (n, m)),
        ("mixed", (m, n), (1, 1), "(i) (b)", (m, n)),
        ("numerator", (m, n), (1, 1), "(i) (b)", (m, n)),
        ("denominator", (m, n), (1, 1), "(b) (i)", (n, m)),
        ("(i b) (a j)", (m, n), (k, 2), "(i b) (a j)", (m * n, 2 * k)),
        ("(b a j i) ()", (m, n), (k, 2), "(b a j i) ()", (2 * m * n * k, 1)),
        ("(i) (a)", (m, 1), (n, 1), "(i) (a)", (m, n)),
    ],
)
def test_layouts(layout: str, of: tuple, by: tuple, pattern: str, shape: tuple) -> None:  # type: ignore[type-arg]
    found = pattern_of(layout, of, by)
    assert str(found) == pattern
    assert found.shape(of, by) == shape


@pytest.mark.parametrize(
    ("layout", "message"),
    [
        ("numerator", "has no rule for m×n by k×2"),
        ("denominator", "take 'vec' or 'block'"),
        ("nonsense", "unknown layout 'nonsense'"),
        ("(i b) (a)", "j"),
        ("(i b) (a j i)", "names an index twice"),
        ("(i b c) (a j)", "unknown layout"),
    ],
)
def test_layouts_that_are_refused(layout: str, message: str) -> None:
    with pytest.raises(FormulaError) as refused:
        pattern_of(layout, (m, n), (k, 2))
    assert message in str(refused.value)


# ------------------------------------------------------------------ errors


@pytest.mark.parametrize(
    ("source", "span", "shown"),
    [
        ("A + B", Span(4, 5), "  A + B\n      ^"),
        ("A +\nB*C", Span(6, 7), "  B*C\n    ^"),
        ("A", Span(1, 1), "  A\n   ^"),
        ("A\tB", Span(2, 3), "  A B\n    ^"),
    ],
)
def test_the_caret_stands_under_the_place(source: str, span: Span, shown: str) -> None:
    assert caret(source, span) == shown


def test_long_lines_are_cut_around_the_place() -> None:
    source = "a" * 300 + "!" + "b" * 300
    lines = caret(source, Span(300, 301)).split("\n")
    assert lines[0].index("!") == lines[1].index("^")
    assert len(lines[0]) < 120
