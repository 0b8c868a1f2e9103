from __future__ import annotations

import time

import pytest

import dvec
from dvec.answers import checking
from dvec.core.node import variable
from dvec.evaluation.resizing import smaller
from dvec.operations import TABLE

# formula, what to differentiate by, declarations, order
LARGE = {
    "a product": ("A*X*B", "X", "A: matrix(60, 50); X: matrix(50, 40); B: matrix(40, 70)"),
    "equal sizes": ("A*X*B", "X", "A, X, B: matrix(300, 300)"),
    "softmax": ("softmax(W*x)", "W", "W: matrix(10, 784)"),
    "a determinant": ("log(det(X'*X))", "X", "X: matrix(2000, 1000)"),
    "a Hessian": ("logdet(X)", "X", "X: matrix(100, 100)", 2),
    "kron": ("kron(A, X)", "X", "A: matrix(20, 30); X: matrix(40, 25)"),
    "a product of sizes": ("vec(A)'*y", "A", "A: matrix(10, 20); y: vector(200)"),
    "a sum of sizes": ("tr(dsum(A, B)*C)", "A", "A: matrix(10, 10); B: matrix(20, 20); C: matrix(30, 30)"),
    "a triangle": ("vech(S)'*y", "S", "S: matrix(10, 10) symmetric; y: vector(55)"),
    "rearrange": ("rearrange(X, '(a b) (c) -> (a) (b c)', a=10, b=20, c=7)", "X", "X: matrix(200, 7)"),
    "a size as a number": ("norm2(x .- sum(x)/10)^2", "x", "x: vector(10)"),
    "a size that becomes a number": ("(ones(1, 10)*ones(10, 1))*sum(x)", "x", "x: vector(10)"),
    "beside names": ("x'*A*x", "x", "x: vector(20*n); A: matrix(20*n, 20*n)"),
    "indices": ("X[30,40]^2*X[3,1]", "X", "X: matrix(100, 100)"),
    "an index and a name": ("X[500,2]*tr(X)", "X", "X: matrix(n, n)"),
    "a huge index": ("x[1000000000]^2*x[2]", "x", ""),
    "a row": ("norm2(X*v)^2", "X[70,:]", "X: matrix(100, 40)"),
    "pairs": ("x'*A*y", ("x", "y"), "A: matrix(100, 200)", 2),
}


@pytest.mark.parametrize("name", LARGE)
def test_large_sizes_are_verified_at_small_ones(name):
    formula, wrt, given, order = (*LARGE[name], 1)[:4]
    derivative = dvec.diff(formula, wrt, given, order=order)
    start = time.process_time()
    found = derivative.verify()
    assert found.ok, found.reason
    assert found.samples == 3
    assert time.process_time() - start < 3


@pytest.mark.parametrize("name", LARGE)
def test_a_copy_at_small_sizes_is_wrong_where_the_answer_is(name, monkeypatch):
    formula, wrt, given, order = (*LARGE[name], 1)[:4]
    result = dvec.diff(formula, wrt, given, order=order).result
    monkeypatch.setattr(checking, "_verified", _first_of_copies(checking._verified))
    wrong = checking.replace(result, node=2 * result.node)
    assert not checking.verify(wrong).ok


def _first_of_copies(verified):
    def once(result, samples, seed):
        found = verified(result, samples, seed)
        assert not found.ok
        return found

    return once


def test_where_no_smaller_copy_fits_random_directions_stand_for_all(monkeypatch):
    monkeypatch.setattr(checking, "smaller", lambda roots: iter(()))
    for formula, wrt, given, order in (
        ("A*X*B", "X", "A, X, B: matrix(20, 20)", 1),
        ("softmax(W*x)", "W", "W: matrix(10, 784)", 1),
        ("logdet(X)", "X", "X: matrix(10, 10)", 2),
        ("norm2(S)^2", "S", "S: matrix(100, 100) symmetric", 1),
        ("sum(X.*X)", "X[50,:]", "X: matrix(100, 100)", 1),
    ):
        result = dvec.diff(formula, wrt, given, order=order).result
        assert checking.verify(result).ok
        assert not checking.verify(checking.replace(result, node=2 * result.node)).ok
    found = dvec.diff("A*X*B", "X", "A, X, B: matrix(60, 60)").verify()
    assert not found.ok
    assert "too large to check" in found.reason


def test_nothing_changes_where_no_number_is_large():
    assert not list(smaller([variable("x", 6) * TABLE["sum"](variable("Y", 2, 3))]))


def test_a_number_that_is_no_size_stays():
    x = variable("x", 100)
    (sum_of, constant), *others = smaller([TABLE["sum"](x), 100 * x])
    assert sum_of.args[0].rows != 100
    assert constant.args[0].params[0] == 100
    assert "size(·100)" in repr(others[-1][1])
