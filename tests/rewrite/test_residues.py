"""Values at random points of a finite field: exact, and different where nothing makes them equal."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations, product
from math import prod

import numpy as np
import pytest

from dvec.answers.calls import diff, parse
from dvec.core.node import Node, postorder
from dvec.rewrite.residues import DEGREES, PRIME, SIGNS, SIZES, Point

POINTS = len(SIZES[0])
VECTORS = ("x: vector(7)", "x: vector(7) toeplitz", "x: vector(7) positive")


def value(text: str, given: str, number: int = 0) -> list[list[int]]:
    node: Node = parse(text, given).node
    return Point(postorder(node), number, False).value(node)


@pytest.mark.parametrize("given", VECTORS)
@pytest.mark.parametrize("number", range(POINTS))
def test_entries_differ(given: str, number: int) -> None:
    entries = [row[0] for row in value("x", given, number)]
    assert all(a != b and (a + b) % PRIME for a, b in combinations(entries, 2))


@pytest.mark.parametrize("number", range(POINTS))
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
        "orthogonal": {("det(A)", "1")} if SIGNS[0][number] > 0 else set(),
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
        ("commutation(m,n)*vec(A)", "vec(A')", "A: matrix(m,n)"),
        ("kron(A,B)*commutation(n,q)", "commutation(m,p)*kron(B,A)", "A: matrix(m,n); B: matrix(p,q)"),
        ("kron(A,eye(n))*diag(vec(B))", "diag(vec(B))*kron(A,eye(n))", "A: matrix(n,n) diagonal; B: matrix(n,n)"),
        ("3*a/7", "a/7 + 2*a/7", ""),
    ],
)
def test_identities_hold(one: str, other: str, given: str) -> None:
    for number in range(POINTS):
        both = parse(f"({one}) - ({other})", given).node
        assert not any(map(any, Point(postorder(both), number, False).value(both)))


def test_entries_are_in_no_relation() -> None:
    """Random matrices are invertible, however they are told apart."""
    for name in map(str, range(2000)):
        node = parse("inv(A)", "A: matrix(5, 5)").node
        point = Point(postorder(node), 0, False)
        point.random = lambda *what, name=name, random=point.random: random(name, *what)
        point.value(node)


def test_sizes_are_in_general_position() -> None:
    """No polynomial of the degrees that are looked at vanishes at all points, in up to six sizes."""
    for count, degree in list(enumerate(DEGREES))[1 : len(SIZES) + 1]:
        exponents = [e for e in product(range(degree + 1), repeat=count) if sum(e) <= degree]
        for chosen in combinations(SIZES, count):
            rows = [[prod(c[p] ** k for c, k in zip(chosen, e, strict=True)) for p in range(POINTS)] for e in exponents]
            assert np.linalg.matrix_rank(np.array(rows, dtype=float) / np.max(rows, axis=1, keepdims=True)) == len(rows)
    assert all({size % 2 for size in sizes} == {0, 1} for sizes in SIZES)


def test_determinants_take_both_signs() -> None:
    assert set(zip(*SIGNS, strict=True)) == {(1, 1), (1, -1), (-1, 1), (-1, -1)}
    node = parse("det(Q)*det(R)", "Q: matrix(3, 3) orthogonal; R: matrix(2, 2) orthogonal").node
    found = [Point(postorder(node), k, False).value(node)[0][0] for k in range(POINTS)]
    assert [x if x == 1 else x - PRIME for x in found] == [a * b for a, b in zip(*SIGNS, strict=True)]


def test_numbers_are_exact() -> None:
    third = value("1/3", "")[0][0]
    assert third * 3 % PRIME == 1
    assert Fraction(1, 3) == Fraction(third * 3 % PRIME, 3)


@pytest.mark.parametrize(
    ("formula", "given", "expected"),
    [
        ("det(P + X*x*y')", "", "zeros(m*n, m*n)"),
        ("(tr(X*x*y'))^2 - tr((X*x*y')^2)", "", "zeros(m*n, m*n)"),
        ("(y'*X*z)/(w'*X*v)", "w: vector(m); z,v: vector(n)",
         "(2*(y'*X*z)*kron(v*v', w*w')/(w'*X*v) - kron(z*v', y*w') - kron(v*z', w*y'))/(w'*X*v)^2"),
        ("det(P + X*x*y')*x'*X*y", "X: matrix(n,n)",
         "det(P + X*x*y')*(kron(y*x', x*y'*inv(P + X*x*y')) + kron(x*y', inv(P + X*x*y')'*y*x'))"),
        ("1/(1 + (x'*X*y)^2)", "",
         "2*(4*(x'*X*y)^2/(1 + (x'*X*y)^2) - 1)*kron(y*y', x*x')/(1 + (x'*X*y)^2)^2"),
    ],
)  # fmt: skip
def test_second_derivatives_hold_nothing_twice(formula: str, given: str, expected: str) -> None:
    """Terms that cancel behind commutation matrices, or within vec, are gone."""
    d = diff(formula, "X", given, order=2)
    assert str(d) == expected
    assert d.verify().ok
