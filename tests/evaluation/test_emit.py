from __future__ import annotations

import ast
import inspect
import re
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from one_of_each import VALUED, applied, random_chains

import dvec
from dvec.core.algebra import eye
from dvec.core.errors import DataError
from dvec.core.layouts import Pattern, pattern_of
from dvec.core.node import constant, make, variable
from dvec.core.sizes import named_size, triangle
from dvec.evaluation.compiled import compile_function
from dvec.evaluation.emit import RESERVED, emit_function, emit_module, signature_of
from dvec.evaluation.interpreter import evaluate
from dvec.evaluation.sampling import Sampler
from dvec.evaluation.stable import stable
from dvec.evaluation.templates import PRIMITIVES
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
    return "\n".join(line for line in lines if not re.search(r"_array\(|_scalar\(|_index\(|^_sizes = ", line))


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
        (unit(m, "i").T @ A @ unit(n, 2), "m = _sizes['m'][0]\nreturn A[i - 1, 1]"),
        (A @ unit(n, 1), "return A[:, [0]][:, 0]"),
        (1 - TABLE["tanh"](x) ** 2, "return (1 - np.tanh(x) ** 2)[:, 0]"),
        (x / 2 * lam**-1, "return (x / (2 * lambda_))[:, 0]"),
        (lam ** constant("1/3"), "return lambda_ ** (1 / 3)"),
        (TABLE["softmax"](S @ x), "return _softmax(S @ x)[:, 0]"),
        (TABLE["exp"](S) @ TABLE["exp"](S), "T0 = np.exp(S)\nreturn T0 @ T0"),
        (kron(eye(n), S), "n = _sizes['n'][0]\nreturn np.kron(np.eye(n), S)"),
        (diag(vec(A)), "return np.diag(A.ravel(order='F'))"),
        (inv(S) + inv(S.T), "T0 = np.linalg.inv(S)\nreturn T0 + T0.T"),
    ],
)  # fmt: skip
def test_source_reads_as_written_by_hand(node, text):
    assert body(node) == text


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
    assert signature.arguments[:5] == ["class_", "np_", "sizes", "T0", "λ"]
    assert not any(name.startswith("_") for name in signature.arguments)
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
    assert signature_of([symmetric]).arguments == ["h"]
    assert compile_function(symmetric)(h=np.arange(6), n=3).shape == (3, 3)
    assert compile_function(symmetric)(h=np.arange(10)).shape == (4, 4)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"V": np.ones((5, 2))}, "U is 4×3, so k = 3, but V is 5×2 and needs k columns"),
        ({"U": np.ones(3)}, "U is an m×k matrix, but an array of shape (3,) is given for it"),
        ({"lambda_": "a"}, "the value of lambda is not an array of numbers, but of type str"),
        ({"Y": [["a"]]}, "the value of Y is not an array of numbers, but of type str"),
    ],
)
def test_wrong_arguments_are_named(changed, message):
    values = {"U": np.ones((4, 3)), "V": np.ones((5, 3)), "Y": np.ones((4, 5)), "lambda_": 1}
    compiled = compile_function(G)
    assert compiled(**values).shape == (4, 3)
    with pytest.raises(DataError) as caught:
        compiled(**{**values, **changed})
    assert str(caught.value) == message
    with pytest.raises(DataError, match=r"the index i = 0 is outside 1…4 \(m = 4\)"):
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
    verdict = r"(gradient|hessian) agrees with finite differences: relative error \d\.\de-\d\d \(ok\)\n"
    if factor == 2:
        verdict = r"(gradient|hessian) differs from finite differences: relative error 1\.0e\+00 \(FAILED\)\n"
    assert re.fullmatch(verdict, capsys.readouterr().out)


def test_module_runs_on_its_own(tmp_path):
    path = tmp_path / "gradient.py"
    path.write_text(module("gradient"), encoding="utf-8")
    run = subprocess.run([sys.executable, "-I", str(path)], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert run.stdout.startswith("gradient agrees with finite differences: relative error ")
    assert "dvec." not in path.read_text(encoding="utf-8").replace("Written by dvec.", "")


def test_module_without_data_has_no_check_and_says_so(capsys):
    formula = LOG(-1 * (x.T @ x))
    text = emit_module(formula, 2 * x / (x.T @ x), x, Pattern("a", "j"))
    assert "It does not check itself: no random data found" in text
    exec(compile(text, "module", "exec"), {"__name__": "__main__"})
    assert capsys.readouterr().out.startswith("gradient not checked: no random data found")


def run_module(text, capsys):
    """Whether the module says that its derivative is right."""
    with pytest.raises(SystemExit) as ended:
        exec(compile(text, "module", "exec"), {"__name__": "__main__"})
    assert ("(ok)" in capsys.readouterr().out) == (ended.value.code == 0)
    return ended.value.code == 0


@pytest.mark.parametrize("factor", [-1, 1, constant("1001/1000"), constant("10000001/10000000")])
@pytest.mark.parametrize("size", [constant("1e-10"), constant(1), constant("1e10")])
def test_small_gradients_are_checked_as_well_as_large_ones(size, factor, capsys):
    formula, gradient = size * (x.T @ S @ x), factor * size * ((S + S.T) @ x)
    right = factor in (1, constant("10000001/10000000"))
    assert run_module(emit_module(formula, gradient, x, Pattern("a", "j")), capsys) == right


@pytest.mark.parametrize(
    "formula", [TABLE["sum"](TABLE["softmax"](x)), tr(S @ P) - tr(P @ S), lam - lam, x.T @ x * 0 + 1e9]
)
def test_a_gradient_of_zero_is_right_where_differences_are_rounding(formula, capsys):
    formula = formula + 0 * (x.T @ x)
    assert run_module(emit_module(formula, 0 * x, x, Pattern("a", "j")), capsys)


def identifiers(text):
    """All names in a module that a user could give a variable."""
    tree = ast.parse(text)
    found = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    found |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg | ast.keyword) and node.arg}
    found |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    found |= {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    return found


ALL_NAMES = sorted({name for key in MODULES for name in identifiers(module(key)) if not name.startswith("_")})


def modules_with(name):
    """Modules of all kinds of checks, a variable of this name being what the derivative is by."""
    X, z, T = variable(name, n, n), variable(name, n, 1), variable(name, n, n, ["symmetric"])
    M = variable("A" if name != "A" else "B", n, n)
    e = unit(n, "i")
    gradient = (M + M.T) @ z
    yield emit_module(z.T @ M @ z, gradient, z, Pattern("a", "j"))
    yield emit_module(z.T @ M @ z, e.T @ gradient, z, Pattern("a", "j"), target=e.T @ z)
    yield emit_module(z.T @ M @ z, M + M.T, z, Pattern("a", "j"), order=2, name="hessian")
    yield emit_module(tr(M @ X), M.T @ unit(n, 2), X, Pattern("a", "j"), target=X @ unit(n, 2))
    yield emit_module(tr(M @ T), (M + M.T) / 2, T, Pattern("a", "j"), structure=("symmetric", "projected"))


@pytest.mark.parametrize("name", ALL_NAMES)
def test_variables_may_be_called_like_anything_in_a_module(name, capsys):
    for text in modules_with(name):
        assert run_module(text, capsys)


def test_sizes_and_indices_may_be_called_like_anything_in_a_module(capsys):
    for name in ("_seed", "rng", "seed", "function", "np", "size", "normal", "x", "print", "data", "max"):
        side = named_size(name.lstrip("_"))
        z, M = variable("x", side, 1), variable("A", side, side)
        e = unit(side, name.lstrip("_"))
        assert run_module(emit_module(z.T @ M @ z, (M + M.T) @ z, z, Pattern("a", "j")), capsys)
        text = emit_module(z.T @ M @ z, e.T @ (M + M.T) @ z, z, Pattern("a", "j"), target=e.T @ z)
        assert run_module(text, capsys)


def test_the_check_binds_no_name_that_a_user_could_type():
    tree = ast.parse(module("a row"))
    main = next(part for part in tree.body if isinstance(part, ast.If))
    differences = next(part for part in tree.body if getattr(part, "name", "") == "_differences")
    for part in (main, differences):
        stored = [node.id for node in ast.walk(part) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]
        assert stored
        assert all(
            name.startswith("_") for name in [*stored, *(a.arg for a in ast.walk(part) if isinstance(a, ast.arg))]
        )


def test_names_in_templates_are_reserved():
    for source in (*PRIMITIVES.values(), *(op.code for op in TABLE.values() if op.code)):
        tree = ast.parse(re.sub(r"\{\w+\}", "_hole", source), mode="eval")
        inside = {inner for node in ast.walk(tree) if isinstance(node, ast.Lambda) for inner in ast.walk(node)}
        used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and node not in inside}
        assert {name for name in used if not name.startswith("_")} <= RESERVED


# ------------------------------------------------------------------ functions that do not overflow


@pytest.mark.parametrize(
    ("text", "at", "value"),
    [
        ("log(sum(exp(x)))", [1000, 1000], 1000 + np.log(2)),
        ("log(sum(exp(x))) + log(det(A))", [1000, 1000], np.nan),
        ("sum(log(exp(x).+1))", [1000, -1000], 1000),
        ("exp(x)/sum(exp(x))", [1000, 1000], [0.5, 0.5]),
        ("x'*exp(x)/sum(exp(x))", [1000, 1000], 1000),
        ("1./(1 .+ exp(-x))", [-1000, 1000], [0, 1]),
        ("a*log(1 + exp(x[1]))", [1000, 1], 3000),
    ],
)
def test_functions_of_modules_are_as_stable_as_their_derivatives(text, at, value):
    values = {"x": np.array(at, dtype=float), "a": 3.0, "A": np.diag([1.0, -1.0])}
    derivative = dvec.diff(text, "x")
    scope = {}
    exec(derivative.code(), scope)
    wanted = {name: values[name] for name in inspect.signature(scope["function"]).parameters}
    with np.errstate(invalid="ignore"):
        np.testing.assert_allclose(scope["function"](**wanted), value, atol=1e-300)
    expr = dvec.parse(text)
    np.testing.assert_allclose(expr.evaluate(values), value, atol=1e-300)
    np.testing.assert_allclose(expr.compile()(**values), value, atol=1e-300)


def test_formulas_without_an_exponential_are_computed_as_typed():
    for text in ("x'*x + x'*x", "inv(A)*A*x", "exp(x) + exp(x)", "exp(x).*exp(x)"):
        typed = dvec.parse(text).node
        assert stable(typed) is typed
    assert stable(dvec.parse("inv(A)*A*x + exp(y)/sum(exp(y))").node) is dvec.parse("inv(A)*A*x + softmax(y)").node
