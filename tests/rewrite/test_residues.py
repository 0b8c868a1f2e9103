"""Values at random points of a finite field: exact, and different where nothing makes them equal."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations, combinations_with_replacement

import numpy as np
import pytest

from dvec.answers.calls import parse
from dvec.core.node import Node, postorder
from dvec.rewrite.residues import PRIME, SIZES, Point

VECTORS = ("x: vector(7)", "x: vector(7) toeplitz", "x: vector(7) positive")


def value(text: str, given: str, number: int = 0) -> list[list[int]]:
    node: Node = parse(text, given).node
    return Point(postorder(node), number, False).value(node)


@pytest.mark.parametrize("given", VECTORS)
@pytest.mark.parametrize("number", range(5))
def test_entries_differ(given: str, number: int) -> None:
    entries = [row[0] for row in value("x", given, number)]
    assert all(a != b and (a + b) % PRIME for a, b in combinations(entries, 2))


@pytest.mark.parametrize("number", range(5))
@pytest.mark.parametrize(
    ("properties", "equal"),
    [
        ("", set()),
        ("symmetric", {("A", "A'")}),
        ("skew", {("A", "-A'")}),
        ("diagonal", {("A", "A'"), ("A", "A.*eye(4)"), ("A", "tril(A)")}),
        ("orthogonal", {("A'", "inv(A)")}),
        ("toeplitz", {("A[1,1]", "A[3,3]"), ("A[1,2]", "A[3,4]")}),
        ("symmetric toeplitz", {("A", "A'"), ("A[1,1]", "A[3,3]"), ("A[1,2]", "A[3,4]")}),
    ],
)
def test_properties_and_nothing_else(properties: str, equal: set[tuple[str, str]], number: int) -> None:
    """Of all these pairs exactly those are equal that the property makes equal."""
    given = f"A: matrix(4, 4) {properties}"
    pairs = [
        ("A", "A'"), ("A", "-A'"), ("A'", "inv(A)"), ("A[1,1]", "A[3,3]"), ("A[1,2]", "A[3,4]"), ("A[1,2]", "A[1,3]"),
        ("A[2,1]", "A[3,1]"), ("A[1,1]", "A[1,2]"), ("A*A'", "A'*A + A"), ("A", "A.*eye(4)"), ("det(A)", "1"),
    ]  # fmt: skip
    implied = {
        "diagonal": {("A[1,2]", "A[1,3]"), ("A[2,1]", "A[3,1]"), ("A[1,2]", "A[3,4]")},
        "skew": {("A[1,1]", "A[3,3]")},
        "orthogonal": {("det(A)", "1")} if number % 2 == 0 else set(),
    }
    for one, other in pairs:
        same = value(one, given, number) == value(other, given, number)
        assert same == ((one, other) in equal or (one, other) in implied.get(properties, ())), (one, other)


@pytest.mark.parametrize(
    ("one", "other", "given"),
    [
        ("A*B*x", "A*(B*x)", ""),
        ("(A + B)^2", "A^2 + A*B + B*A + B^2", "A, B: matrix(n,n)"),
        ("inv(A*B)", "inv(B)*inv(A)", "A, B: matrix(n,n)"),
        ("det(A*B)", "det(A)*det(B)", "A, B: matrix(n,n)"),
        ("kron(A,B)*kron(C,D)", "kron(A*C,B*D)", "A: matrix(m,n); C: matrix(n,k); B: matrix(m,m); D: matrix(m,n)"),
        ("vec(A*X*B)", "kron(B',A)*vec(X)", ""),
        ("norm2(x)^2", "x'*x", ""),
        ("norm2(x)^3", "x'*x*norm2(x)", ""),
        ("softmax(x)'*ones(rows(x),1)", "1", "x: vector(n)"),
        ("exp(x)/sum(exp(x))", "softmax(x)", ""),
        ("sigmoid(x)", "1./(1 .+ exp(-x))", ""),
        ("diag(x)*y", "x.*y", ""),
        ("tr(A*B)", "sum(A.*B')", ""),
        ("khatri(A,B)*x", "vec(B*diag(x)*A')", ""),
        ("rows(A)*a", "tr(eye(rows(A)))*a", ""),
        ("3*a/7", "a/7 + 2*a/7", ""),
    ],
)
def test_identities_hold(one: str, other: str, given: str) -> None:
    for number in range(5):
        both = parse(f"({one}) - ({other})", given).node
        assert not any(map(any, Point(postorder(both), number, False).value(both)))


def test_entries_are_in_no_relation() -> None:
    """Random matrices are invertible, however they are told apart."""
    for name in map(str, range(2000)):
        node = parse("inv(A)", "A: matrix(5, 5)").node
        point = Point(postorder(node), 0, False)
        point.random = lambda *what, name=name, random=point.random: random(name, *what)
        point.value(node)


def test_sizes_are_in_no_relation() -> None:
    """No sizes that a formula has are equal at all points, nor in a linear relation, alone or in a product of two."""
    one = [1] * len(SIZES[0])
    for count in (1, 2, 3):
        for chosen in combinations(SIZES, count):
            assert np.linalg.matrix_rank(np.array([one, *chosen])) == count + 1
    for a, b in combinations_with_replacement(SIZES, 2):
        for c in SIZES:
            assert np.linalg.matrix_rank(np.array([one, c, np.multiply(a, b)])) == 3
    assert all({size % 2 for size in sizes} == {0, 1} for sizes in SIZES)


def test_numbers_are_exact() -> None:
    third = value("1/3", "")[0][0]
    assert third * 3 % PRIME == 1
    assert Fraction(1, 3) == Fraction(third * 3 % PRIME, 3)
