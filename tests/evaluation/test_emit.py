from __future__ import annotations

import ast
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from one_of_each import VALUED, applied, random_chains

from dvec.core.algebra import eye
from dvec.core.errors import DataError
from dvec.core.layouts import Pattern, pattern_of
from dvec.core.node import constant, make, variable
from dvec.core.sizes import named_size, triangle
from dvec.evaluation.emit import compile_function, emit_function, emit_module, signature_of
from dvec.evaluation.interpreter import evaluate
from dvec.evaluation.sampling import Sampler
from dvec.operations import TABLE
from dvec.operations.constants import duplication, unit
from dvec.operations.structure import diag, kron, vec

m, n, k, p = (named_size(name) for name in "mnkp")
U, V, Y, lam = variable("U", m, k), variable("V", n, k), variable("Y", m, n), variable("lambda")
A, B, C, S = variable("A", m, n), variable("B", k, p), variable("C", n, k), variable("S", n, n)
P = variable("P", n, n, ["positive definite"])
x, b = variable("x", n, 1), variable("b", m, 1)
inv, tr, norm2 = TABLE["inv"], TABLE["tr"], TABLE["norm2"]
F = norm2(U @ V.T - Y) ** 2 + lam / 2 * (norm2(U) ** 2 + norm2(V) ** 2)
G = 2 * ((U @ V.T - Y) @ V) + lam * U


def body(node) -> str:
    """What the emitted function does after it has checked its arguments."""
    tree = ast.parse(emit_function(node))
    function = next(part for part in tree.body if isinstance(part, ast.FunctionDef))
    lines = [ast.unparse(line) for line in function.body[1:]]  # the first is the docstring
    return "\n".join(line for line in lines if not any(check in line for check in ("_array(", "_number(", "_index(")))


def arguments(node, bound):
    """Sampled data under the names of the arguments."""
    names = signature_of([node]).names
    found = {names.variables[name]: value for name, value in bound.arrays.items()}
    sizes = {names.sizes[name]: bound.sizes[name] for name in signature_of([node]).free_sizes}
    return {**found, **sizes, **{names.indices[name]: value for name, value in bound.indices.items()}}


# ------------------------------------------------------------------ the same numbers as the interpreter


@pytest.mark.parametrize("name", VALUED)
def test_source_of_every_operation_gives_the_interpreters_value(name):
    node = applied(VALUED[name])
    bound = Sampler([node], 1).sample().bound
    expected = evaluate(node, {**bound.arrays, **bound.sizes, **bound.indices})
    found = compile_function(node)(**arguments(node, bound))
    assert np.shape(found) == np.shape(expected)
    np.testing.assert_allclose(found, expected, rtol=1e-12)


@settings(max_examples=60, deadline=None)
@given(random_chains())
def test_source_of_products_gives_the_interpreters_value(formula):
    rng = np.random.default_rng(0)
    data = {
        "S": rng.normal(size=(3, 3)),
        "W": rng.normal(size=(3, 3)),
        "x": rng.normal(size=3),
        "y": rng.normal(size=3),
    }
    values = {**data, "c": 0.7, "n": 3, "i": 3}
    function = compile_function(formula)
    found = function(**{name: values[name] for name in signature_of([formula]).arguments})
    np.testing.assert_allclose(found, evaluate(formula, values), rtol=1e-9, atol=1e-9)


def test_vectors_may_be_columns_and_come_back_flat():
    f = compile_function(S @ x)
    square, flat = np.eye(3) * 2, np.array([1, 2, 3])
    np.testing.assert_array_equal(f(S=square, x=flat), [2, 4, 6])
    np.testing.assert_array_equal(f(S=square.tolist(), x=flat[:, None]), [2, 4, 6])
    out = compile_function(x)(x=flat * 1.0)
    assert out.shape == (3,)


# ------------------------------------------------------------------ what the source looks like


@pytest.mark.parametrize(
    ("node", "text"),
    [
        (G, "return 2 * ((U @ V.T - Y) @ V) + lambda_ * U"),
        (inv(S) @ x, "return np.linalg.solve(S, x)[:, 0]"),
        (x.T @ inv(S), "return np.linalg.solve(S.T, x).T"),
        (-(inv(S.T) @ x @ b.T), "return -(np.linalg.solve(S.T, x) @ b.T)"),
        (S @ S @ S @ x, "return (S @ (S @ (S @ x)))[:, 0]"),
        (x.T @ S @ S, "return x.T @ S @ S"),
        (diag(x) @ S @ diag(x), "return x * S * x.T"),
        (tr(S @ C @ C.T), "return np.sum(S * (C @ C.T).T)"),
        (unit(m, "i").T @ A @ unit(n, 2), "m = sizes['m']\nreturn A[i - 1, 1]"),
        (A @ unit(n, 1), "return A[:, [0]][:, 0]"),
        (1 - TABLE["tanh"](x) ** 2, "return (1 - np.tanh(x) ** 2)[:, 0]"),
        (x / 2 * lam**-1, "return (x / (2 * lambda_))[:, 0]"),
        (lam ** constant("1/3"), "return lambda_ ** (1 / 3)"),
        (TABLE["softmax"](S @ x), "return _softmax(S @ x)[:, 0]"),
        (TABLE["exp"](S) @ TABLE["exp"](S), "T0 = np.exp(S)\nreturn T0 @ T0"),
        (kron(eye(n), S), "n = sizes['n']\nreturn np.kron(np.eye(n), S)"),
        (diag(vec(A)), "return np.diag(A.ravel(order='F'))"),
        (inv(S) + inv(S.T), "T0 = np.linalg.inv(S)\nreturn T0 + T0.T"),
    ],
)  # fmt: skip
def test_source_reads_as_written_by_hand(node, text):
    assert body(node).replace("sizes = {}\n", "") == text


def test_lines_are_short_and_long_formulas_get_names():
    h = x
    for _ in range(300):
        h = TABLE["tanh"](S @ h) + x * TABLE["exp"](h)
    text = emit_function(h, summary="a network")
    assert max(map(len, text.splitlines())) < 100
    rng = np.random.default_rng(0)
    values = {"S": rng.normal(size=(3, 3)) / 9, "x": -rng.uniform(size=3)}
    np.testing.assert_allclose(compile_function(h)(**values), evaluate(h, values))


def test_names_cannot_do_harm():
    names = ["class", "np", "sizes", "T0", "λ", "ϵ", "float", "f", "_array", "lambda"]
    total = sum((variable(name) * (place + 1) for place, name in enumerate(names)), constant(0))
    squares = TABLE["exp"](total) * TABLE["exp"](total) + variable("x'; import os #")
    signature = signature_of([squares])
    assert signature.arguments[:5] == ["class_", "np_", "sizes_", "T0", "λ"]
    assert len(set(signature.arguments)) == 11
    assert all(name.isidentifier() for name in signature.arguments)
    values = dict.fromkeys(names, 0.1)
    found = compile_function(squares)(**dict.fromkeys(signature.arguments, 0.1))
    assert found == pytest.approx(evaluate(squares, {**values, "x'; import os #": 0.1}))


def test_names_of_variables_sizes_and_indices_may_be_the_same():
    node = variable("n") * (unit(n, "i").T @ x) + variable("i") + make(TABLE["size"], (), (p,))
    assert signature_of([node]).arguments == ["n", "x", "i", "p", "i_index"]
    assert compile_function(node)(n=2, x=[1, 5], i=3, p=4, i_index=2) == 17


def test_texts_of_users_stay_in_docstrings():
    text = emit_function(S @ x, "f", summary='a """ b \\ c')
    scope = {}
    exec(text, scope)
    assert scope["f"].__doc__.startswith("a ''' b \\ c")


def test_sizes_that_follow_from_products_and_sums():
    z, s, h = variable("z", m * n, 1), variable("s", n + p, 1), variable("h", triangle(n), 1)
    unvec = TABLE["unvec"](z, params=(m, n)) @ x
    values = {"z": np.arange(12.0), "x": np.ones(3)}
    np.testing.assert_array_equal(compile_function(unvec)(**values), evaluate(unvec, values))
    alone = TABLE["unvec"](z, params=(m, n)) @ TABLE["unvec"](z, params=(m, n)).T @ b
    np.testing.assert_array_equal(
        compile_function(alone)(z=np.arange(12.0), b=np.ones(4)), evaluate(alone, {"z": np.arange(12), "b": np.ones(4)})
    )
    stacked = s + TABLE["ones"](params=(n + p, 1)) + 0 * (x.T @ x)
    assert compile_function(stacked)(s=np.ones(5), x=np.ones(2)).shape == (5,)
    symmetric = make(TABLE["unvech"], (h,), (n,))
    assert signature_of([symmetric]).arguments == ["h", "n"]
    assert compile_function(symmetric)(h=np.arange(6), n=3).shape == (3, 3)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"V": np.ones((5, 2))}, "V must be n×k with k = 3, as other arguments say, but it is 5×2"),
        ({"U": np.ones(3)}, "U must be m×k, but its shape is (3,)"),
        ({"lambda_": "a"}, "lambda_ must be a number, not 'a'"),
        ({"Y": [["a"]]}, "Y must be an array of numbers"),
    ],
)
def test_wrong_arguments_are_named(changed, message):
    values = {"U": np.ones((4, 3)), "V": np.ones((5, 3)), "Y": np.ones((4, 5)), "lambda_": 1}
    compiled = compile_function(G)
    assert compiled(**values).shape == (4, 3)
    with pytest.raises(DataError) as caught:
        compiled(**{**values, **changed})
    assert str(caught.value) == message
    with pytest.raises(DataError, match="i must be an index from 1 to 4, not 0"):
        compile_function(unit(m, "i").T @ A)(A=np.ones((4, 3)), i=0)


# ------------------------------------------------------------------ modules that check themselves

LOG = TABLE["log"]
MODULES = {
    "gradient": (F, G, U, {}),
    "a Jacobian": (A @ C @ B, kron(B.T, A), C, {}),
    "in another order": (A @ C @ B, kron(A.T, B), C, {"pattern": Pattern("aj", "ib")}),
    "a transposed gradient": (F, G.T, U, {"pattern": Pattern("j", "a")}),
    "by a scalar": (lam**2 * A, 2 * lam * A, lam, {}),
    "positive data": (LOG(x.T @ S @ x), (S + S.T) @ x / (x.T @ S @ x), x, {}),
    "a row": (F, unit(m, "i").T @ G, U, {"target": unit(m, "i").T @ U}),
    "an entry": (F, unit(m, "i").T @ G @ unit(k, 2), U, {"target": unit(m, "i").T @ U @ unit(k, 2)}),
    "an entry of a column": (x.T @ P @ x, 2 * (unit(n, 2).T @ P @ x), x, {"target": unit(n, 2).T @ x}),
    "the whole, said twice": (F, G, U, {"target": U}),
    "the transpose": (F, G.T, U, {"target": U.T}),
    "projected": (
        tr(inv(P) @ S), -(inv(P) @ (S + S.T) @ inv(P)) / 2, P, {"structure": ("symmetric", "projected")},
    ),
    "free": (tr(P @ S), S + S.T - eye(n) * S, P, {"structure": ("symmetric", "entries")}),
    "by vech": (
        inv(P), -kron(inv(P), inv(P)) @ duplication(n), P,
        {"structure": ("symmetric", "free"), "pattern": Pattern("bi", "a")},
    ),
    "a Hessian": (F, 2 * kron(V.T @ V, eye(m)) + lam * eye(k * m), U, {"order": 2, "name": "hessian"}),
    "a mixed Hessian": (b.T @ A @ x, A, b, {"order": 2, "second": x}),
    "a whole exponent": (tr(make(TABLE["^"], (S, lam))), lam * make(TABLE["^"], (S.T, lam - 1)), S, {}),
    "a size alone": (tr(P) * tr(eye(p)), tr(eye(p)) * eye(n), P, {}),
    "toeplitz": (x.T @ variable("T", n, n, ["toeplitz"]) @ x, x @ x.T, variable("T", n, n, ["toeplitz"]), {}),
}  # fmt: skip


def module(name, factor=1):
    formula, derivative, wrt, options = MODULES[name]
    by = options.get("target", wrt).size
    options = {"pattern": pattern_of("mixed", formula.size, by), **options}
    return emit_module(formula, factor * derivative, wrt, formula_text="f", derivative_text="g", **options)


@pytest.mark.parametrize("factor", [1, 2])
@pytest.mark.parametrize("name", MODULES)
def test_module_checks_its_own_derivative(name, factor, capsys):
    text = module(name, factor)
    assert max(map(len, text.splitlines())) < 110
    with pytest.raises(SystemExit) as ended:
        exec(compile(text, name, "exec"), {"__name__": "__main__"})
    assert ended.value.code == (0 if factor == 1 else 1)
    assert float(capsys.readouterr().out.split(": ")[1]) < 1e-6 or factor == 2


def test_module_runs_on_its_own(tmp_path):
    path = tmp_path / "gradient.py"
    path.write_text(module("gradient"), encoding="utf-8")
    run = subprocess.run([sys.executable, "-I", str(path)], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert run.stdout.startswith("largest relative difference from finite differences: ")
    assert "dvec." not in path.read_text(encoding="utf-8").replace("Written by dvec.", "")


def test_module_without_data_has_no_check():
    formula = LOG(-1 * (x.T @ x))
    text = emit_module(formula, 2 * x / (x.T @ x), x, Pattern("a", "j"))
    assert "__main__" not in text
    assert "def gradient(" in text
