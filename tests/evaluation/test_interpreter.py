from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import scipy.sparse
from hypothesis import given, settings
from one_of_each import VALUED, applied, random_chains
from second_opinion import REFERENCE, UP_TO_SIGN, grouped_einsum

from dvec.core.algebra import eye
from dvec.core.errors import DataError, FormulaError
from dvec.core.node import TABLE, Node, constant, make, postorder, variable
from dvec.core.sizes import named_size, size_value, triangle
from dvec.evaluation.arrays import result
from dvec.evaluation.interpreter import evaluate
from dvec.evaluation.plan import plan
from dvec.evaluation.sampling import Sampler
from dvec.operations.constants import unit
from dvec.operations.structure import diag

m, n, k, p = (named_size(name) for name in "mnkp")
A, B, C = variable("A", m, n), variable("B", n, k), variable("C", k, p)
S, W = variable("S", n, n), variable("W", n, n)
x, y, u = variable("x", n, 1), variable("y", n, 1), variable("u", m, 1)
c = variable("c")
inv, tr = TABLE["inv"], TABLE["tr"]


def data(**sizes):
    rng = np.random.default_rng(0)
    return {
        node.params[0]: rng.normal(size=[size_value(side, sizes) for side in node.size])
        for node in (A, B, C, S, W, x, y, u, c)
    }


VALUES = data(m=4, n=3, k=2, p=5)


def naive(root: Node, values, sizes, indices=()):
    """The value by the references alone, operation by operation, as typed."""
    known = {}
    for node in postorder(root):
        args = [known[a] for a in node.args]
        if node.op.name == "variable":
            known[node] = np.reshape(values[node.params[0]], [size_value(side, sizes) for side in node.size])
        elif node.op.name == "constant":
            known[node] = np.array([[float(node.params[0])]])
        elif node.op.name in REFERENCE:
            params = [dict(indices)[q] if isinstance(q, str) else size_value(q, sizes) for q in node.params]
            known[node] = np.atleast_2d(REFERENCE[node.op.name](*args, *params))
        else:
            known[node] = grouped_einsum(node.op.einsum, args, [])
    return known[root]


# ------------------------------------------------------------------ every operation


@pytest.mark.parametrize("name", VALUED)
def test_operation_has_the_value_of_its_reference(name):
    node = applied(TABLE[name])
    for seed in range(3):
        sampler = Sampler([node], seed)
        bound = sampler.sample().bound
        values = {**bound.arrays, **bound.sizes, **bound.indices}
        found = evaluate(node, values)
        args = [np.atleast_2d(bound.arrays[a.params[0]]) for a in node.args]
        if name in UP_TO_SIGN:
            expected, found = UP_TO_SIGN[name](*args), np.outer(found, found)
        elif name in ("variable", "constant"):
            expected = result(bound.arrays["A"], node) if name == "variable" else 1.4
        elif name == "rearrange":
            expected = rearranged(args[0], bound.sizes)
        else:
            params = [bound.indices[q] if isinstance(q, str) else size_value(q, bound.sizes) for q in node.params]
            known = name in REFERENCE
            expected = REFERENCE[name](*args, *params) if known else grouped_einsum(node.op.einsum, args, params)
            expected = result(np.atleast_2d(expected), node)
        assert np.shape(found) == np.shape(expected)
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)


def rearranged(a, sizes):
    """(b i) (j a) -> (i a) (j b), entry by entry."""
    M, N, K, P = (sizes[name] for name in "mnkp")
    found = np.zeros((M * P, K * N))
    for b in range(N):
        for i in range(M):
            for j in range(K):
                for q in range(P):
                    found[i * P + q, j * N + b] = a[b * M + i, j * P + q]
    return found


@pytest.mark.parametrize("name", [name for name in VALUED if applied(VALUED[name]).args and name not in "unvec unvech"])
def test_operation_takes_numbers_for_1_by_1_matrices(name):
    args = tuple(
        variable(letter, 1, 1, ["positive"]) for letter, _ in zip("ABC", applied(VALUED[name]).args, strict=False)
    )
    if name == "rearrange":
        node = make(TABLE[name], args, ("(b i) (j a) -> (i a) (j b)", tuple((letter, 1) for letter in "ibaj")))
    else:
        node = make(TABLE[name], args)
    values = dict(zip("ABC", (0.5, 2, 3), strict=False))
    found = evaluate(node, values)
    if name == "dsum":
        assert found.shape == (2, 2)
    else:
        assert isinstance(found, float)
        expected = evaluate_reference(name, args, values)
        assert found == pytest.approx(expected)


def evaluate_reference(name, args, values):
    arrays = [np.array([[float(values[a.params[0]])]]) for a in args]
    if name == "rearrange":
        return arrays[0].item()
    if name in UP_TO_SIGN:
        return UP_TO_SIGN[name](*arrays).item()
    reference = REFERENCE.get(name) or (lambda *a: grouped_einsum(TABLE[name].einsum, a, []))
    return np.asarray(reference(*arrays)).item()


# ------------------------------------------------------------------ products in a good order


@settings(max_examples=150, deadline=None)
@given(random_chains())
def test_products_in_any_order_have_the_value_of_the_typed_one(formula):
    found = evaluate(formula, {**VALUES, "n": 3, "i": 3})
    expected = result(naive(formula, VALUES, {"n": 3}, {"i": 3}.items()), formula)
    np.testing.assert_allclose(found, expected, rtol=1e-7, atol=1e-7)


def whats(*roots, sizes=None):
    return [step.what for step in plan(roots, sizes).steps]


def test_inverse_times_something_is_a_solve():
    assert whats(inv(S) @ x).count("solve") == 1
    assert "inv" not in whats(x.T @ inv(S) @ y, inv(S).T @ W)
    assert "solve" not in whats(inv(S), inv(S) @ x)  # computed anyway


def test_no_product_of_matrices_where_a_vector_is_near():
    program = plan([A @ B @ C @ variable("z", p, 1)])
    shapes = [step.args for step in program.steps if step.what == "matmul"]
    assert shapes == [(2, 3), (1, 4), (0, 5)] or len(shapes) == 3
    big = 3000
    values = {"S": np.ones((big, big)), "x": np.ones(big)}
    assert evaluate(S @ S @ S @ x, values)[0] == big**3  # three products of matrices would take minutes


def test_trace_of_a_product_and_diagonals_cost_no_matrix_product():
    assert "matmul" not in whats(tr(A @ variable("D", n, m)))
    assert "matmul" not in whats(diag(x) @ W @ diag(y))
    assert whats(unit(n, "i").T @ S @ unit(n, 2)) == ["variable", "entry"]


def test_shared_parts_are_computed_once():
    T = TABLE["exp"](A @ B)
    assert whats(T + T.T.T + 2 * T).count("matmul") == 1


# ------------------------------------------------------------------ what comes in and goes out


def test_shapes_of_results():
    assert isinstance(evaluate(x.T @ y, VALUES), float)
    assert evaluate(S @ x, VALUES).shape == (3,)
    assert evaluate(x.T, VALUES).shape == (1, 3)
    assert evaluate(A, VALUES).shape == (4, 3)


def test_vectors_as_columns_lists_and_sparse_arrays():
    expected = evaluate(S @ x, VALUES)
    flat = VALUES["x"].ravel()
    for given_x in (flat, flat.tolist(), VALUES["x"]):
        np.testing.assert_array_equal(evaluate(S @ x, {**VALUES, "x": given_x}), expected)
    sparse = scipy.sparse.csr_array(VALUES["S"])
    np.testing.assert_array_equal(evaluate(S @ x, {**VALUES, "S": sparse}), expected)


def test_integers_may_be_given():
    assert evaluate(1 / c, {"c": 2}) == 0.5
    np.testing.assert_array_equal(evaluate(x**-1, {"x": [1, 2, 4]}), [1, 0.5, 0.25])


def test_inputs_are_never_changed_nor_handed_out():
    given_S = VALUES["S"].copy()
    out = evaluate(S, {"S": given_S})
    out[:] = 0
    evaluate(S.T, {"S": given_S})[:] = 0
    np.testing.assert_array_equal(given_S, VALUES["S"])


def test_nan_and_infinity_pass_through_without_a_warning():
    assert np.isnan(evaluate(TABLE["log"](c), {"c": -1}))
    assert evaluate(1 / c, {"c": 0}) == np.inf
    assert np.isnan(evaluate(c ** constant("1/2"), {"c": -4}))


def test_complex_results():
    z = variable("z", 1, 1, ["complex"])
    assert evaluate(z * z, {"z": 1j}) == -1
    assert isinstance(evaluate(z * z, {"z": 1j}), complex)


@pytest.mark.parametrize(
    ("formula", "values", "message"),
    [
        (A @ B, {"A": np.ones((4, 3)), "B": np.ones((5, 2))}, "A is 4×3, so n = 3, but B is 5×2 and needs n rows"),
        (x + y, {"x": np.ones(3), "y": np.ones(4)}, "x is 3×1, so n = 3, but y is 4×1 and needs n rows"),
        (A @ B, {"A": np.ones((4, 3))}, "no value is given for B (an n×k matrix)"),
        (c * x, {}, "no value is given for c (a scalar), x (a column vector of n entries)"),
        (c, {"c": "2"}, "the value of c is not an array of numbers, but of type str"),
        (x, {"x": np.array([1, None])}, "the value of x is not an array of numbers, but of type int"),
        (x, {"x": [[1], [2, 3]]}, "the value of x is not an array of numbers: its rows differ in length"),
        (c, {"c": [1, 2]}, "c is a scalar, but an array of shape (2,) is given for it"),
        (A, {"A": np.ones(3)}, "A is an m×n matrix, but an array of shape (3,) is given for it"),
        (x, {"x": np.ones((1, 3))}, "x is 1×3, but it needs 1 column"),
        (c, {"c": 1j}, "c is real, but complex numbers are given for it: declare it complex"),
        (eye(n), {}, "the size n is not known: give it by name, as in {'n': 3}"),
        (eye(n), {"n": 2.5}, "n must be a whole number, not 2.5"),
        (eye(n) @ x, {"x": np.ones(3), "n": 4}, "n = 4 is given, but x is 3×1 and needs n rows"),
        (unit(n, "i").T @ x, {"x": np.ones(3), "i": 4}, "the index i = 4 is outside 1…3 (n = 3)"),
        (unit(n, "i").T @ x, {"x": np.ones(3)}, "no value is given for the index i, a number from 1 to n"),
        (inv(S), {"S": np.zeros((2, 2))}, "inv of a 2×2 matrix: singular matrix"),
        (TABLE["^"](S, c), {"S": np.eye(2), "c": 0.5}, "a matrix power needs a whole exponent, this one is 0.5"),
    ],
)
def test_bad_data_is_refused_in_a_sentence(formula, values, message):
    with pytest.raises(DataError) as caught:
        evaluate(formula, values)
    assert str(caught.value) == message


def test_a_root_of_a_matrix_is_refused_when_planned():
    with pytest.raises(FormulaError, match="whole exponent"):
        evaluate(make(TABLE["^"], (S, constant("1/2"))), VALUES)


def test_sizes_by_equations():
    z = variable("z", m * n, 1)
    assert evaluate(TABLE["unvec"](z, params=(m, n)) @ x, {"z": np.arange(12), "x": np.ones(3)}).shape == (4,)
    h = variable("h", triangle(n), 1)
    assert evaluate(make(TABLE["unvech"], (h,), (n,)), {"h": np.arange(6)}).shape == (3, 3)
    with pytest.raises(DataError, match="h is 7×1: no size n makes"):
        evaluate(make(TABLE["unvech"], (h,), (n,)), {"h": np.arange(7)})
    stacked = variable("s", m + n, 1)
    assert evaluate(stacked + 0 * stacked, {"s": np.ones(5)}).shape == (5,)


def test_names_of_variables_come_before_sizes_and_indices():
    number = variable("n")
    assert evaluate(number * x, {"n": 7, "x": [1, 2]}).tolist() == [7, 14]
    assert evaluate(eye(n), {"n": 2, "unused": "anything"}).tolist() == [[1, 0], [0, 1]]
    assert evaluate(S @ x, {"S": np.eye(2), "x": [1, 2], "n": np.ones(3)}).tolist() == [1, 2]  # not meant as the size
    assert evaluate(eye(n), {}, sizes={"n": 1}).tolist() == [[1]]  # what it is follows from its size as written


def test_deep_formulas_need_no_recursion():
    tanh, h, long, turned = TABLE["tanh"], x, x, x
    for _ in range(5000):
        h, long, turned = tanh(W @ h), long + W @ x, TABLE["'"](turned)
    product = W
    for _ in range(3000):
        product = product @ W
    values = {"x": np.ones(3), "W": np.eye(3) / 2}
    assert np.all(evaluate(h, values) >= 0)
    np.testing.assert_allclose(evaluate(long, values), 2501)
    np.testing.assert_allclose(evaluate(turned, values), 1)
    np.testing.assert_allclose(evaluate(product @ x, values), 0)


def test_planning_and_source_load_no_numpy():
    code = (
        "import sys; from dvec.core.node import variable; from dvec.evaluation.plan import plan; "
        "from dvec.evaluation.source import body_of; plan([variable('x') * 2]); sys.exit('numpy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
