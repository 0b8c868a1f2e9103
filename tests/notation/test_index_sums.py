"""Index sums as input: what they are lifted to, and that its value is that of loops over the indices."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from index_loops import Loops

from dvec.core.errors import FormulaError
from dvec.core.node import postorder
from dvec.core.sizes import size_value
from dvec.evaluation.interpreter import evaluate
from dvec.notation.parser import parse, parse_equation, parse_together
from dvec.notation.printing import Printer, size_texts
from dvec.rewrite import rules
from dvec.rewrite.canonical import Canonical

assert rules.products  # importing the rules is what makes the canonical form one

LIFTED = {
    "sum(i,j: (sum(a: U[i,a]*V[j,a]) - Y[i,j])^2)": "norm2(U*V' - Y)^2",
    "sum(i: x[i])": "sum(x)",
    "sum(i: X[i,i])": "tr(X)",
    "sum(i: x[i]^2)": "norm2(x)^2",
    "sum(i: x[i]*y[i])": "x'*y",
    "sum(i: x[i]*y[i]*z[i])": "x'*(y.*z)",
    "sum(i,j: A[i,j])": "sum(A)",
    "sum(i,j: x[i]*A[i,j]*y[j])": "x'*A*y",
    "sum(i,j: A[i,j]*x[i]*x[j])": "x'*A*x",
    "sum(i,j: A[i,j]*B[i,j])": "sum(A.*B)",
    "sum(i,j: A[i,j]*B[j,i])": "tr(A*B)",
    "sum(i,j,k: A[i,j]*B[j,k]*C[k,i])": "tr(A*B*C)",
    "sum(i,j,k: A[i,j]*B[j,k])": "sum(A*B)",
    "sum(i,j: x[i]*A[i,j]*B[i,j]*y[j])": "x'*(A.*B)*y",
    "sum(i,j: x[i]*A[i,j]*B[j,i])": "tr(diag(x)*A*B)",
    "sum(i,j: A[i,j]*x[j]*B[j,i])": "tr(A*diag(x)*B)",
    "sum(i,j: U[i,j]*U[i,j])": "norm2(U)^2",
    "sum(i: X[:,i]'*inv(S)*X[:,i])": "tr(X'*inv(S)*X)",
    "sum(i: (X[:,i]-u)*(X[:,i]-u)')": "(X - u*ones(1, n))*(X - u*ones(1, n))'",
    "sum(i,j,k: W[i,j]*X[i,k]*X[j,k])": "tr(W*X*X')",
    "sum(i,j,k: A[i,k]*B[j,k]*C[i,j])": "tr(A*B'*C')",
    "sum(i: 2*x[i])": "2*sum(x)",
    "sum(i,j: abs(Z[i,j])^2)": "norm2(Z)^2",
    "sum(i: x[i] - y[i])": "sum(x - y)",
    "sum(i: x[i] + X[i,:]*w)": "sum(x + X*w)",
    "sum(i: x[i] + 1)": "sum(x) + rows(x)",
    "sum(i,j: A[i,j] - x[i])": "sum(A) - cols(A)*sum(x)",
    "matrix(i,j: A[j,i])": "A'",
    "matrix(i,j: x[i]*y[j])": "x*y'",
    "matrix(i,j: sum(k: A[i,k]*B[k,j]))": "A*B",
    "matrix(i,j: sum(k: A[i,k]*d[k]*B[k,j]))": "A*diag(d)*B",
    "matrix(i,j: x[i]*A[i,j]*y[j])": "diag(x)*A*diag(y)",
    "matrix(i,j: eye(n)[i,j]*x[j])": "diag(x)",
    "matrix(i,j: X[i,j]/x[i])": "diag(1./x)*X",
    "matrix(i,j: exp(A[i,j])*B[j,i])": "exp(A).*B'",
    "vector(i: A[i,i])": "diag(A)",
    "vector(i: sum(j: A[i,j]*x[j]))": "A*x",
    "vector(i: exp(x[i])/sum(j: exp(x[j])))": "exp(x)/sum(exp(x))",
    "vector(i: sum(j: A[i,j]*B[i,j]))": "diag(A*B')",
    "vector(i: sum(j: A[i,j]))": "A*ones(n, 1)",
    "sum(k: A[i,k]*B[k,j])": "A[i,:]*B[:,j]",
    "2*sum(j: (U[i,:]*V[j,:]' - Y[i,j])*V[j,a])": "2*(U[i,:]*V' - Y[i,:])*V[:,a]",
    "sum(i: X[i,:]'*X[i,:])": "X'*X",
    "sum(j: X[:,j]*y[j])": "X*y",
    "sum(i: norm2(X[i,:])^2)": "norm2(X)^2",
    "sum(i: (y[i] - X[i,:]*w)^2)": "norm2(y - X*w)^2",
    "sum(i: log(1 + exp(-y[i]*X[i,:]*w)))": "sum(log(ones(m, 1) + exp(-y.*(X*w))))",
    "sum(i,j: W[i,j]*(U[i,:]*V[j,:]' - Y[i,j])^2)": "sum(W.*(U*V' - Y).^2)",
    "sum(i,j,k: (A[i,j] + B[j,k])^2)": "cols(B)*norm2(A)^2 + 2*sum(A*B) + rows(A)*norm2(B)^2",
    "sum(i,j,k,l: A[i,j]*B[j,k]*C[k,l]*D[l,i]*F[i,k])": "tr(((A*B).*F)*C*D)",
    "sum(i: eye(n)[i,2]*x[i])": "x[2]",
    "tr(A)*sum(a: x[a]) + a": "tr(A)*sum(x) + a",
    "sum(i: T[i]) where T = A*x": "sum(A*x)",
}


def scalars_of(text: str) -> str:
    return "d: vector(n)" if "d[" in text else ""


@pytest.mark.parametrize("text", LIFTED)
def test_lifted_as_a_person_would_write_it(text):
    p = parse(text, scalars_of(text))
    assert Printer(size_texts(p.scope.variables)).write(p.node) == LIFTED[text]


@pytest.mark.parametrize("text", LIFTED)
def test_lifted_to_the_same_value(text):
    if "where" not in text:
        agrees(text, scalars_of(text))


# ---------------------------------------------------------------- any index formula

SIZES = {"i": "m", "j": "n", "k": "p", "l": "n", "s": "m"}
LENGTHS = {"m": 2, "n": 3, "p": 2}
GIVEN = "; ".join(
    [f"A{a}{b}, B{a}{b}: matrix({a}, {b})" for a in LENGTHS for b in LENGTHS]
    + [f"x{a}, y{a}: vector({a})" for a in LENGTHS]
    + ["c: scalar"]
)


def random_arrays() -> dict:
    rng = np.random.default_rng(7)
    found: dict = {
        f"{v}{a}{b}": rng.uniform(0.2, 0.9, (LENGTHS[a], LENGTHS[b])) for v in "AB" for a in "mnp" for b in "mnp"
    }
    found |= {f"{v}{a}": rng.uniform(0.2, 0.9, (LENGTHS[a], 1)) for v in "xy" for a in "mnp"}
    return found | {"c": np.array([[1.3]])}


ARRAYS = random_arrays()


@st.composite
def entries(draw, scope: tuple[str, ...], depth: int) -> str:
    """A scalar formula in which the indices of the scope may occur."""
    kind = draw(st.integers(0, 12)) if depth > 0 else draw(st.integers(0, 3))
    inner = lambda: draw(entries(scope, depth - 1))  # noqa: E731
    if kind <= 1 or (kind == 2 and len(scope) < 2):
        return leaf(draw, scope)
    if kind == 2:
        a, b = draw(st.permutations(scope))[:2]
        side = draw(st.sampled_from("mnp"))
        other = f"B{SIZES[b]}{side}[{b},:]'" if draw(st.booleans()) else f"B{side}{SIZES[b]}[:,{b}]"
        return f"A{SIZES[a]}{side}[{a},:]*{other}"
    if kind == 3:
        return draw(st.sampled_from(["2", "c", "1/2"]))
    if kind == 4:
        return f"({inner()} + {inner()})"
    if kind == 5:
        return f"({inner()} - {inner()})"
    if kind in (6, 7):
        return f"{inner()}*{inner()}"
    if kind == 8:
        return f"({inner()})^2"
    if kind == 9:
        return f"{draw(st.sampled_from(['tanh', 'sin', 'sigmoid', 'exp']))}({leaf(draw, scope)} - {inner()})"
    if kind == 10:
        return f"{inner()}/({leaf(draw, scope)})"
    return draw(sums(scope, depth - 1))


def leaf(draw, scope: tuple[str, ...]) -> str:
    if not scope:
        return "c"
    a = draw(st.sampled_from(scope))
    if draw(st.booleans()):
        b = draw(st.sampled_from(scope))
        return f"{draw(st.sampled_from('AB'))}{SIZES[a]}{SIZES[b]}[{a},{b}]"
    return f"{draw(st.sampled_from('xy'))}{SIZES[a]}[{a}]"


@st.composite
def sums(draw, scope: tuple[str, ...], depth: int) -> str:
    """A sum over one or two indices that are new, all of which occur."""
    free = [name for name in SIZES if name not in scope]
    if not free:
        return draw(entries(scope, depth))
    new = tuple(draw(st.permutations(free))[: draw(st.integers(1, min(2, len(free))))])
    used = "*".join(leaf_of(draw, name, (*scope, *new)) for name in new)
    return f"sum({','.join(new)}: {used}*{draw(entries((*scope, *new), depth))})"


def leaf_of(draw, name: str, scope: tuple[str, ...]) -> str:
    other = draw(st.sampled_from(scope))
    if draw(st.booleans()):
        return f"x{SIZES[name]}[{name}]"
    return f"A{SIZES[name]}{SIZES[other]}[{name},{other}]"


def agrees(text: str, declared: str, arrays: dict | None = None) -> None:
    """Compares a lifted formula with loops."""
    head, _, body = text.partition(":")
    rows = cols = None
    if head.startswith(("matrix", "vector")) and text.endswith(")"):
        names = head.partition("(")[2].replace(" ", "").split(",")
        rows, cols = names[0], names[1] if len(names) == 2 else None
        body = body[:-1]
    else:
        body = text
    p = parse(text, declared)
    arrays, sizes = (arrays, LENGTHS) if arrays is not None else arrays_for(p)
    values = {name: a[:, 0] if a.shape[1] == 1 else a for name, a in arrays.items()}
    values = {name: a[0] if a.shape == (1,) else a for name, a in values.items()}
    symbols = {"i": 1, "j": 2, "a": 1}
    symbols = {name: at for name, at in symbols.items() if name not in values}
    got = np.asarray(evaluate(p.node, {**values, **symbols}, sizes))
    loops = Loops(arrays, lambda inner: np.asarray(evaluate(parse(inner, scope=p.scope).node, values, sizes)))
    if rows is None:
        want = loops.value(body, **symbols)
    else:
        tree_sizes = (got.shape[0], got.shape[1] if cols else 1)
        want = np.array([
            [loops.value(body, **{rows: a + 1, **({cols: b + 1} if cols else {})}) for b in range(tree_sizes[1])]
            for a in range(tree_sizes[0])
        ])  # fmt: skip
        want = want if cols else want[:, 0]
    assert np.allclose(got, np.reshape(want, got.shape), rtol=1e-8, atol=1e-10), (text, str(Printer().write(p.node)))


def arrays_for(p) -> tuple[dict, dict]:
    rng = np.random.default_rng(3)
    sizes = {name: 2 + number % 3 for number, name in enumerate(p.scope.sizes)}
    shapes = {name: [size_value(side, sizes) for side in v.size] for name, v in p.scope.variables.items()}
    return {name: rng.uniform(0.2, 0.9, shape) for name, shape in shapes.items()}, sizes


@settings(max_examples=150, deadline=None)
@given(sums((), 3))
def test_any_sum_has_the_value_of_loops(text):
    agrees(text, GIVEN, ARRAYS)


@settings(max_examples=80, deadline=None)
@given(entries(("i", "j"), 3))
def test_any_matrix_of_entries_has_them(text):
    agrees(f"matrix(i,j: Amn[i,j]*{text})", GIVEN, ARRAYS)


@settings(max_examples=80, deadline=None)
@given(entries(("k",), 3))
def test_any_vector_of_entries_has_them(text):
    agrees(f"vector(k: {text} + xp[k])", GIVEN, ARRAYS)


@st.composite
def networks(draw) -> tuple[str, str]:
    """A sum of a product of entries in any pattern, and the indices that stay free in a matrix around it."""
    names = "ijkls"
    pair = st.tuples(st.sampled_from("AB"), st.sampled_from(names), st.sampled_from(names))
    factors = [f"{m}{SIZES[a]}{SIZES[b]}[{a},{b}]" for m, a, b in draw(st.lists(pair, min_size=2, max_size=8))]
    factors += [f"x{SIZES[a]}[{a}]" for a in draw(st.lists(st.sampled_from(names), max_size=2))]
    body = "*".join(draw(st.permutations(factors)))
    used = sorted({name for name in names if f"[{name}" in body or f",{name}]" in body})
    free = draw(st.integers(0, min(2, len(used))))
    front, inner = used[:free], used[free:]
    text = f"sum({','.join(inner)}: {body})" if inner else body
    return (f"{'vector' if free == 1 else 'matrix'}({','.join(front)}: {text})" if front else text), body


@settings(max_examples=150, deadline=None)
@given(networks())
def test_any_network_of_entries(texts):
    agrees(texts[0], GIVEN, ARRAYS)


OF_ONE_ROW = [
    "logsumexp(X[@,:]')", "softmax(X[@,:]')'*y", "softmax(X[@,:]')", "norm1(X[@,:] - y')", "norm2(X[@,:])",
    "norm2(X[@,:] - y')^2", "tr(x[@]*A)", "sum(diag(X[@,:]')*A)", "y'*(x[@]*A)^2*y", "sum(kron(X[@,:]', z))",
    "norm2(kron(X[@,:], A))^2", "norm2(khatri(X[@,:]'*y', A) - khatri(A, A))", "sum(vec(X[@,:]'*y').*vec(A))",
    "norm2(rvec(X[@,:]'*y') - rvec(A))", "X[@,:]*A*X[@,:]'", "x[@]^(x[@])", "2^(x[@])", "sum(y.^(x[@]))",
    "sum((X[@,:]'*y').^A)", "(X[@,:]'*y').^A", "tr(X[@,:]'*X[@,:])", "diag(X[@,:]'*y')'*y", "A*X[@,:]'",
    "X[@,:]'*X[@,:]", "X[@,:]*A", "kron(X[@,:]', y)", "vec(X[@,:]'*X[@,:])", "rvec(X[@,:]'*y')*kron(y, X[@,:]')",
    "(A*B)[@,:]", "tanh(X[@,:]'*y' + A)*y", "exp(A*x[@])", "(x[@]*ones(n,n) - A).^2", "A./x[@]", "eye(n)*x[@] + A",
    "sum(A.*(X[@,:]'*X[@,:]).*A)", "z'*ones(p,1)*x[@]", "vec(x[@]*A)'*kron(y, y)", "X[@,:]*kron(y, eye(n))'*vec(A)",
    "norm2(X[@,:]'*X[@,:] - A)^2", "tr((X[@,:]'*y')^3)", "sum(diag(X[@,:]'))", "-x[@]*y", "x[@]/(1 + norm2(X[@,:])^2)",
]  # fmt: skip


@pytest.mark.parametrize("body", OF_ONE_ROW)
def test_every_operation_that_may_depend_on_an_index(body):
    """A sum over rows is what comes out when the rows are added one by one."""
    declared = "X: matrix(m, n); x: vector(m); y: vector(n); z: vector(p); A: matrix(n, n); B: matrix(n, k)"
    if "B" in body:
        declared = "X: matrix(m, n); A: matrix(m, n); B: matrix(n, k)"
    lifted = parse(f"sum(s: {body.replace('@', 's')})", declared)
    sizes = {"m": 3, "n": 2, "p": 4, "k": 5}
    rng = np.random.default_rng(5)
    values = {}
    for name, v in lifted.scope.variables.items():
        values[name] = rng.uniform(0.2, 0.9, [size_value(side, sizes) for side in v.size if side != 1])
    want = sum(evaluate(parse(body.replace("@", str(row)), declared).node, values, sizes) for row in (1, 2, 3))
    assert np.allclose(evaluate(lifted.node, values, sizes), want)


@pytest.mark.parametrize("body", ["tril(x[s]*A)", "inv(x[s]*A)", "norm(x[s]*A)", "(x[s]*A)^a", "det(x[s]*A)"])
def test_what_has_no_matrix_form_is_refused(body):
    with pytest.raises(FormulaError, match="has no matrix form"):
        parse(f"sum(s: {body})")


def test_no_index_is_left_behind():
    p = parse("sum(i,j,k,l: exp(Amm[i,j]*Bmm[k,l])*xm[i])", "Amm, Bmm: matrix(m,m); xm: vector(m)")
    assert not any(node.op.name == "unit" or str(node.params[:1]).startswith("('#") for node in postorder(p.node))


# ---------------------------------------------------------------- names, sizes, places


def test_an_index_is_one_inside_its_sum_only():
    p = parse("a*sum(a: x[a])")
    assert Printer().write(p.node) == "a*sum(x)"
    with pytest.raises(FormulaError, match="index here and a variable elsewhere"):
        parse("a*sum(i: x[i]*y[a])")


def test_sizes_are_found_through_indices():
    p = parse("sum(i,j: (sum(a: U[i,a]*V[j,a]) - Y[i,j])^2)", "Y: matrix(r, t)")
    assert p.scope.given() == "U: matrix(r, m); V: matrix(t, m); Y: matrix(r, t)"
    assert parse("sum(m: x[m]*y[m])").scope.given() == "x, y: vector(n)"


def test_equations_and_formulas_together():
    left, right = parse_equation("(A*B)[i,j] = sum(k: A[i,k]*B[k,j])")
    canonical = Canonical()
    assert canonical(left.node) is canonical(right.node)
    one, other = parse_together(["sum(i: x[i])", "sum(i,j: X[i,j]*x[j])"])
    assert (Printer().write(one.node), Printer().write(other.node)) == ("sum(x)", "sum(X*x)")


def test_the_lines_of_the_factorisation_are_the_same():
    declared = "U: matrix(m,k); V: matrix(n,k); Y: matrix(m,n)"
    for claim in (
        "norm2(U*V' - Y)^2 = sum(i,j: (sum(a: U[i,a]*V[j,a]) - Y[i,j])^2)",
        "norm2(U)^2 = sum(i,a: U[i,a]^2)",
        "2*sum(j: (U[i,:]*V[j,:]' - Y[i,j])*V[j,a]) = 2*(U[i,:]*V' - Y[i,:])*V[:,a]",
    ):
        left, right = parse_equation(claim, declared)
        canonical = Canonical()
        assert canonical(left.node) is canonical(right.node)


def test_long_and_deep_sums():
    wide = "*".join(f"A{k}[i{k},i{k + 1}]" for k in range(60))
    names = ",".join(f"i{k}" for k in range(61))
    p = parse(f"sum({names}: {wide})")
    assert Printer().write(p.node) == f"sum({'*'.join(f'A{k}' for k in range(60))})"
    deep = "x[1]"
    for k in range(300):
        deep = f"sum(i{k}: y[i{k}]*{deep})"
    assert parse(deep).node.scalar
    chain = "x[i]"
    for _ in range(3000):
        chain = f"sin({chain})"
    assert parse(f"sum(i: {chain})").node.scalar
