import re
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from index_loops import Loops

from dvec.core.errors import FormulaError
from dvec.core.node import Node, postorder, variables_of
from dvec.core.sizes import named_size, names_of, size_value
from dvec.evaluation.interpreter import evaluate
from dvec.notation.declarations import Scope
from dvec.notation.index_form import entry_form, index_form
from dvec.notation.parser import parse
from dvec.notation.printing import size_texts
from dvec.operations import TABLE
from dvec.operations.constants import UNIT

sys.path.append(str(Path(__file__).parents[1] / "evaluation"))
from one_of_each import VALUED, applied, random_chains

LENGTHS = {"m": 4, "n": 3, "k": 2, "p": 5, "q": 3, "r": 2, "i": 3, "j": 2, "l": 4}


def lengths(node: Node) -> dict[str, int]:
    names = {name for part in postorder(node) for side in part.size for name in names_of(side)}
    names |= {name for part in postorder(node) for param in part.params for name in size_names(param)}
    return {name: LENGTHS.get(name, 3) for name in names}


def size_names(param) -> set[str]:
    if isinstance(param, tuple):
        return set().union(*(size_names(p) for p in param))
    return names_of(param) if hasattr(param, "names") else set()


def arrays_for(node: Node, seed: int = 0) -> dict:
    """Positive definite where square, so that everything in the table has a value."""
    rng = np.random.default_rng(seed)
    sizes = lengths(node)
    found = {}
    for v in variables_of(node):
        m, n = size_value(v.rows, sizes), size_value(v.cols, sizes)
        a = rng.uniform(0.2, 0.9, (m, n))
        if m == n and m > 1:
            a = a @ a.T / m + np.eye(m)
            if not v.has("symmetric"):
                a[0, 1] += 0.1
        if v.has("complex"):
            a = a + 1j * rng.uniform(0.1, 0.8, (m, n))
        name = v.params[0]
        found[name] = 2.0 if name == "k" and v.scalar else a
    return found


def same(node: Node, seed: int = 0) -> str:
    """Checks that the index form has, entry by entry, its value, by loops and as the parser reads it."""
    arrays, sizes = arrays_for(node, seed), lengths(node)
    symbols = {str(part.params[1]): 1 for part in postorder(node) if part.op is UNIT}
    values = {name: a if np.size(a) > 1 else np.ravel(a)[0] for name, a in arrays.items()}
    values = {name: np.ravel(a) if np.ndim(a) == 2 and a.shape[1] == 1 else a for name, a in values.items()}
    form = entry_form(node, size_texts({v.params[0]: v for v in variables_of(node)}))
    variables = {v.params[0]: v for v in variables_of(node)}

    def matrices(text: str):
        inner = parse(text, scope=Scope(variables, tuple(sizes))).node
        found = np.asarray(evaluate(inner, {**values, **sizes, **symbols}, sizes))
        return found.reshape(size_value(inner.rows, sizes), size_value(inner.cols, sizes))

    got = np.asarray(evaluate(node, {**values, **sizes, **symbols}, sizes))
    m, n = size_value(node.rows, sizes), size_value(node.cols, sizes)
    got = got.reshape(m, n)
    loops = Loops(arrays, matrices)
    parsed = parse(form.text, scope=Scope(variables, tuple(sizes))).node
    assert parsed.scalar
    for i in range(m):
        for j in range(n):
            at = {**symbols, form.row: i + 1, form.col: j + 1}
            at.pop("", None)
            want = loops.value(form.text, **at)
            assert np.allclose(got[i, j], want, rtol=1e-9, atol=1e-12), (form.text, i, j)
            again = evaluate(parsed, {**values, **sizes, **at}, sizes)
            assert np.allclose(got[i, j], again, rtol=1e-9, atol=1e-12), (form.text, i, j)
    return form.text


@pytest.mark.parametrize("name", VALUED)
def test_every_operation_has_its_entries(name):
    text = same(applied(VALUED[name]))
    assert text


@settings(max_examples=60, deadline=None)
@given(random_chains())
def test_products_nested_any_way(node):
    same(node)


CASES = {
    "U*V'": "sum(a: U[i,a]*V[j,a])",
    "norm2(U*V' - Y)^2": "sum(i,j: (sum(a: U[i,a]*V[j,a]) - Y[i,j])^2)",
    "norm2(U*V' - Y)^2 + lambda/2*(norm2(U)^2 + norm2(V)^2)": "sum(i,j: (sum(a: U[i,a]*V[j,a]) - Y[i,j])^2) "
    "+ lambda/2*(sum(i,a: U[i,a]^2) + sum(j,a: V[j,a]^2))",
    "2*(U*V' - Y)*V + lambda*U": "2*sum(a: (sum(b: U[i,b]*V[a,b]) - Y[i,a])*V[a,j]) + lambda*U[i,j]",
    "x'*A*x": "sum(i,j: x[i]*A[i,j]*x[j])",
    "A*x": "sum(j: A[i,j]*x[j])",
    "x'*A": "sum(i: x[i]*A[i,j])",
    "x*y'": "x[i]*y[j]",
    "tr(A)": "sum(i: A[i,i])",
    "tr(A*B)": "sum(i,j: A[i,j]*B[j,i])",
    "tr(A*A')": "sum(i,j: A[i,j]^2)",
    "A*diag(x)*B": "sum(a: A[i,a]*x[a]*B[a,j])",
    "diag(x)*A*diag(y)": "x[i]*A[i,j]*y[j]",
    "diag(x)": "x[i]*eye(m)[i,j]",
    "eye(n) + A": "eye(n)[i,j] + A[i,j]",
    "tr(eye(n) + A)": "sum(i: 1 + A[i,i])",
    "norm2(A*x - y)^2": "sum(i: (sum(j: A[i,j]*x[j]) - y[i])^2)",
    "norm2(x)": "sqrt(sum(i: x[i]^2))",
    "norm1(A)": "sum(i,j: abs(A[i,j]))",
    "softmax(x)": "exp(x[i])/sum(j: exp(x[j]))",
    "logsumexp(x)": "log(sum(i: exp(x[i])))",
    "A*(B*(C*x))": "sum(j,a,b: A[i,j]*B[j,a]*C[a,b]*x[b])",
    "(x'*y)*A": "sum(a: x[a]*y[a])*A[i,j]",
    "(x'*y)^2": "sum(i: x[i]*y[i])^2",
    "1/(x'*x)*x": "x[i]/sum(j: x[j]^2)",
    "X^3": "sum(a,b: X[i,a]*X[a,b]*X[b,j])",
    "X^9": "(X^9)[i,j]",
    "inv(X'*X)*X'*y": "sum(j,a: inv(X'*X)[i,j]*X[a,j]*y[a])",
    "log(det(S)) + 1": "log(det(S)) + 1",
    "kron(A, B)": "kron(A, B)[i,j]",
    "sum(ones(m,n)*A)": "tr(eye(m))*sum(i,j: A[i,j])",
    "mean(x)": "sum(i: x[i])/rows(x)",
    "-A + 3*A.^2./B": "-A[i,j] + 3*A[i,j]^2/B[i,j]",
    "-(A + B)": "-(A[i,j] + B[i,j])",
    "A - (B + C)": "A[i,j] - (B[i,j] + C[i,j])",
    "a'*X*b + c": "sum(i,j: a[i]*X[i,j]*b[j]) + c",
    "X[i,:]*X[j,:]'": "sum(a: X[i,a]*X[j,a])",
    "X[i,:]": "X[i,j]",
    "A[2,:]*x": "sum(i: A[2,i]*x[i])",
    "2.^x": "2^(x[i])",
    "x.^y": "x[i]^(y[i])",
    "0.5*x'*x": "0.5*sum(i: x[i]^2)",
    "x'*diag(y)*x": "sum(i: x[i]^2*y[i])",
    "-X'*(y.*sigmoid(-y.*(X*w)))": "-sum(j: X[j,i]*y[j]*sigmoid(-y[j]*sum(a: X[j,a]*w[a])))",
}


@pytest.mark.parametrize("formula", CASES)
def test_as_a_person_would_write_it(formula):
    p = parse(formula, "a, b: vector" if formula.startswith("a'") else "")
    assert entry_form(p.node, size_texts(p.scope.variables), p.decimals).text == CASES[formula]
    same(p.node)


STYLES = {
    "norm2(U*V' - Y)^2": ("Σᵢⱼ (Σₐ Uᵢₐ Vⱼₐ - Yᵢⱼ)²", r"\sum_{i,j} \left(\sum_{a} U_{ia} V_{ja} - Y_{ij}\right)^{2}"),
    "x'*A*x": ("Σᵢⱼ xᵢ Aᵢⱼ xⱼ", r"\sum_{i,j} x_{i} A_{ij} x_{j}"),
    "diag(x)": ("xᵢ δᵢⱼ", r"x_{i} \delta_{ij}"),
    "(x'*y)*A": ("(Σₐ xₐ yₐ) Aᵢⱼ", r"\left(\sum_{a} x_{a} y_{a}\right) A_{ij}"),
    "tr(A)*tr(B)": ("(Σᵢ Aᵢᵢ) Σⱼ Bⱼⱼ", r"\left(\sum_{i} A_{ii}\right) \sum_{j} B_{jj}"),
    "tr(A + B)": ("Σᵢ (Aᵢᵢ + Bᵢᵢ)", r"\sum_{i} \left(A_{ii} + B_{ii}\right)"),
    "x1'*x1": ("Σᵢ x1ᵢ²", r"\sum_{i} {x_{1}}_{i}^{2}"),
    "A*B*C": ("Σₐₗ Aᵢₐ Bₐₗ Cₗⱼ", r"\sum_{a,b} A_{ia} B_{ab} C_{bj}"),
    "softmax(x)": ("exp(xᵢ)/(Σⱼ exp(xⱼ))", r"\frac{\exp\left(x_{i}\right)}{\sum_{j} \exp\left(x_{j}\right)}"),
}


@pytest.mark.parametrize("formula", STYLES)
def test_unicode_and_latex(formula):
    form = entry_form(parse(formula).node)
    assert (form.unicode, form.latex) == STYLES[formula]


@pytest.mark.parametrize(
    ("formula", "declared"),
    [
        ("i*(A*x)", "i: scalar"),
        ("A*x + j", "j: vector"),
        ("a*b*c*d*A*B*C", "a, b, c, d: scalar"),
        ("A*B*C", "A: matrix(a, b); B: matrix(b, j); C: matrix(j, i)"),
        ("X[a,:]*A*B*Y[:,b]", ""),
    ],
)
def test_no_index_has_a_name_of_the_formula(formula, declared):
    node = parse(formula, declared).node
    names = {v.params[0] for v in variables_of(node)} | {str(s) for v in variables_of(node) for s in v.size}
    names |= {part.params[1] for part in postorder(node) if part.op is UNIT}
    form = entry_form(node)
    bound = {name for head in re.findall(r"sum\(([\w,]+):", form.text) for name in head.split(",")}
    assert not bound & (names | {form.row, form.col})
    assert not {form.row, form.col} & names
    same(node)


def test_free_indices_may_be_named():
    form = entry_form(parse("U*V'").node, free=("i", "a"))
    assert (form.text, form.row, form.col) == ("sum(j: U[i,j]*V[a,j])", "i", "a")


def test_sums_in_each_other_never_share_an_index():
    """The same scalar inside itself: sum(i: …) in a sum over i."""
    p = parse("(A*x)'*(exp((x'*x)*A*x).*y)")
    text = same(p.node)
    assert text == same(p.node, seed=1)


def test_depth_and_length_are_refused_or_worked_with():
    x = parse("x").node
    deep = x
    for _ in range(900):
        deep = TABLE["sin"](deep)
    assert index_form(deep).endswith("x[i]" + ")" * 900)
    for _ in range(10_000):
        deep = TABLE["sin"](deep)
    with pytest.raises(FormulaError, match="too long"):
        index_form(deep)
    wide = x
    for _ in range(40):
        wide = TABLE["softmax"](wide)
    with pytest.raises(FormulaError, match="too long"):
        index_form(wide)


def test_complex_norms_are_sums_of_squares_of_absolute_values():
    node = parse("norm2(Z)^2", "Z: matrix(m, n) complex").node
    assert same(node) == "sum(i,j: abs(Z[i,j])^2)"
    assert named_size("m") in node.args[0].args[0].size
