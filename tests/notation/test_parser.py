"""What formulas mean once they are parsed: nodes, sizes, kinds, declarations, targets, equations."""

import itertools

import pytest

from dvec.core.algebra import ADD, HADAMARD, POWER, PRODUCT, TRANSPOSE
from dvec.core.errors import FormulaError
from dvec.core.node import CONSTANT, VARIABLE, Node, constant, postorder
from dvec.notation.parser import Formula, parse, parse_equation, parse_target, parse_together
from dvec.operations import TABLE

GIVEN = (
    "A, B: matrix(n, n); M: matrix(m, n); x, y: vector(n); a, b, c: scalar; "
    "Z: matrix(n, n) complex; z: vector(n) complex; S: matrix(n, n) symmetric"
)


def shown(node: Node) -> str:
    """The node written as nested calls, leaves by name."""
    done: dict[Node, str] = {}
    for n in postorder(node):
        if n.op is VARIABLE:
            done[n] = n.params[0]
        elif n.op is CONSTANT:
            done[n] = str(n.params[0])
        else:
            inside = ", ".join([*(done[a] for a in n.args), *map(str, n.params)])
            done[n] = f"{n.op.name}({inside})" if inside else n.op.name
    return done[node]


def size(formula: Formula) -> str:
    return f"{formula.node.rows}×{formula.node.cols}"


MEANINGS = {
    # sums, products, signs
    "A*B*A": "*(A, B, A)",
    "A @ B": "*(A, B)",
    "A*(B*A)": "*(A, *(B, A))",
    "A + B - A": "+(A, B, *(-1, A))",
    "A - (B - A)": "+(A, *(-1, +(B, *(-1, A))))",
    "-A": "*(-1, A)",
    "-A*B": "*(-1, A, B)",
    "A - 2*B": "+(A, *(-2, B))",
    "A - c*B": "+(A, *(-1, c, B))",
    "-2": "-2",
    "+A": "A",
    "--a": "a",
    "a*-b": "*(a, -1, b)",
    "x'*y*A": "*(*('(x), y), A)",
    "c*x'*A*y*M": "*(c, *('(x), A, y), M)",
    "x'*A*y": "*('(x), A, y)",
    "x*x'*y": "*(x, '(x), y)",
    "c*A*x": "*(c, A, x)",
    # divisions
    "a/b": "*(a, .^(b, -1))",
    "a/2": "*(a, 1/2)",
    "3/2*A": "*(3/2, A)",
    "1/a": ".^(a, -1)",
    "B/A": "*(B, inv(A))",
    "A\\B": "*(inv(A), B)",
    "A\\x": "*(inv(A), x)",
    "a\\B": "*(.^(a, -1), B)",
    "A\\B\\A": "*(inv(*(inv(A), B)), A)",
    # entry by entry
    "A.*B.*A": ".*(A, B, A)",
    "A ⊙ B": ".*(A, B)",
    "A./B": ".*(A, .^(B, -1))",
    "1./x": ".^(x, -1)",
    "c./A": "*(c, .^(A, -1))",
    "c.*A": "*(c, A)",
    "A./c": "*(.^(c, -1), A)",
    "a.*b": "*(a, b)",
    "x.^2": ".^(x, 2)",
    "x.^y": ".^(x, y)",
    "2.^x": ".^(*(2, ones(n, 1)), x)",
    "A .+ c": "+(A, *(c, ones(n, n)))",
    "c .- x": "+(*(c, ones(n, 1)), *(-1, x))",
    "1.+x": "+(ones(n, 1), x)",
    "2.*x": "*(2, x)",
    # powers and transposes
    "a^2": ".^(a, 2)",
    "A^3": "^(A, 3)",
    "A^c": "^(A, c)",
    "A^-1": "inv(A)",
    "A^-2": "^(A, -2)",
    "A^-T": "'(inv(A))",
    "A^-H": "'(inv(A))",
    "Z^-H": "'(conj(inv(Z)))",
    "A^T": "'(A)",
    "A.'": "'(A)",
    "Z^T": "'(Z)",
    "Z.'": "'(Z)",
    "Z^H": "'(conj(Z))",
    "x^H": "'(x)",
    "conj(Z)": "conj(Z)",
    "conj(A)": "A",
    "M^+": "pinv(M)",
    "A^+*B": "*(pinv(A), B)",
    "A^+ -B": "+(pinv(A), *(-1, B))",
    "A^2'": "'(^(A, 2))",
    "A'^2": "^('(A), 2)",
    "A''": "'('(A))",
    "c'": "c",
    "-a^2": "*(-1, .^(a, 2))",
    "2^-a": ".^(2, *(-1, a))",
    "a^(1/2)": ".^(a, 1/2)",
    "inv(c)": ".^(c, -1)",
    # other names for the same things
    "Aᵀ": "'(A)",
    "Zᴴ": "'(conj(Z))",
    "A⁻¹": "inv(A)",
    "A⁻ᵀ": "'(inv(A))",
    "M⁺": "pinv(M)",
    "a² − b³": "+(.^(a, 2), *(-1, .^(b, 3)))",
    "a⁻²": ".^(a, -2)",
    "a¹²": ".^(a, 12)",
    "A·B×A": "*(A, B, A)",
    "A’": "'(A)",
    "A^⊤": "'(A)",
    "π*a": "*(pi, a)",
    "λ + lambda": "+(lambda, lambda)",
    "A ⊗ B": "kron(A, B)",
    "A ⊕ B": "dsum(A, B)",
    # functions
    "kronl(A, M)": "kron(M, A)",
    "kron(c, A)": "*(c, A)",
    "diag(x)": "diag(x)",
    "diag(A)": "diagonal(A)",
    "diag(c)": "c",
    "sqrt(x)": ".^(x, 1/2)",
    "mean(x)": "*(.^(size(n), -1), sum(x))",
    "rows(M)": "size(m)",
    "rows(M)*cols(M)": "*(size(m), size(n))",
    "norm(A)": "norm(A)",
    "norm(A, 2)": "norm(A)",
    "norm(x)": "norm2(x)",
    "norm(x, 1)": "norm1(x)",
    "norm(x, inf)": "norm_max(x)",
    "norm(A, 1)": "norm_1(A)",
    "norm(A, Inf)": "norm_inf(A)",
    "norm(A, 'fro')": "norm2(A)",
    'norm(A, "nuc")': "norm_nuc(A)",
    "norm(A, 'max')": "norm_max(A)",
    "normF(A)": "norm2(A)",
    "vec(x)": "x",
    "vec(M)": "vec(M)",
    "unvec(vec(M), m, n)": "unvec(vec(M), m, n)",
    "eye(m*n)": "eye(m*n)",
    "eye(n^2)": "eye(n^2)",
    "eye(1)": "1",
    "ones(n, 1)": "ones(n, 1)",
    "zeros(2, n + 1)": "zeros(2, n + 1)",
    "eye(n*(n+1)/2)": "eye(n^2/2 + n/2)",
    "eye(rows(M))*M": "*(eye(m), M)",
    "commutation(m, n)*vec(M)": "*(commutation(m, n), vec(M))",
    "A + I": "+(A, eye(n))",
    "A*I": "*(A, eye(n))",
    "x + vector(1)": "+(x, ones(n, 1))",
    "M - matrix(c)": "+(M, *(-1, *(c, ones(m, n))))",
    "vech(S)": "vech(S)",
    "unvech(vech(S), n)": "unvech(vech(S), n)",
    "duplication(n)*vech(S)": "*(duplication(n), vech(S))",
    "elimination(n)*vec(A)": "*(elimination(n), vec(A))",
    # indices
    "M[i,j]": "*('(unit(m, i)), M, unit(n, j))",
    "M[1,:]": "*('(unit(m, 1)), M)",
    "M[:,j]": "*(M, unit(n, j))",
    "M[:,:]": "M",
    "x[i]": "*('(unit(n, i)), x)",
    "x'[i]": "*('(x), unit(n, i))",
    "(A*B)[i,j]": "*('(unit(n, i)), *(A, B), unit(n, j))",
    "A^T[i,j]": "*('(unit(n, i)), '(A), unit(n, j))",
    "eye(n)[:,i]": "unit(n, i)",
    "eye(n)[2,:]": "'(unit(n, 2))",
    # shared parts and derivatives
    "A*T1 + T1 where T1 = A*B": "+(*(A, *(A, B)), *(A, B))",
    "P where P = Q*x; Q = A'": "*('(A), x)",
    "diff(x'*A*x, x)": "diff(*('(x), A, x), x, mixed)",
    "diff(x'*A*x, x, 'numerator')": "diff(*('(x), A, x), x, numerator)",
}  # fmt: skip


@pytest.mark.parametrize("text", MEANINGS)
def test_meaning(text):
    assert shown(parse(text, GIVEN).node) == MEANINGS[text]


@pytest.mark.parametrize("text", MEANINGS)
def test_sizes_agree_with_those_of_the_operations(text):
    """Inference hands its sizes to the nodes unchecked; the operations' own rules must give the same."""
    for node in postorder(parse(text, GIVEN).node):
        op = node.op
        if op.shape is not None:
            assert op.shape(node.args, node.params) == node.size
        else:
            assert op.signature.shape(op.name, node.params, tuple(a.size for a in node.args)) == node.size


@pytest.mark.parametrize(
    ("text", "parenthesised"),
    [
        ("0.5*a", "(1/2)*a"),
        ("1e-3*a", "(1/1000)*a"),
        ("A*B.*A", "(A*B).*A"),
        ("A.*B*A", "(A.*B)*A"),
        ("A\\B*A", "(A\\B)*A"),
        ("A*B\\A", "(A*B)\\A"),
        ("A ⊗ B ⊗ A", "kron(kron(A, B), A)"),
        ("A ⊗ B'", "kron(A, B')"),
        ("A ⊕ B ⊕ A", "dsum(dsum(A, B), A)"),
        ("A ⊕ B*A", "A ⊕ (B*A)"),
        ("A + B.*A", "A + (B.*A)"),
        ("-x'", "(-1)*(x')"),
        ("x.*y.^2", "x.*(y.^2)"),
        ("-A[i,j]^2", "(-1)*(A[i,j]^2)"),
        ("A^2[1,2]", "(A^2)[1,2]"),
        ("(A')^2[1,2]*x", "((A')^2)[1,2]*x"),
        ("A.^2[:,1]", "(A.^2)[:,1]"),
        ("A²[1,2]", "(A^2)[1,2]"),
        ("A^-1[1,2]", "inv(A)[1,2]"),
        ("A\n+\tB", "A+B"),
    ],
)
def test_precedence(text, parenthesised):
    assert shown(parse(text, GIVEN).node) == shown(parse(parenthesised, GIVEN).node)


# ---------------------------------------------------------------- sizes and kinds that nobody declared

INFERRED = {
    "norm2(U*V' - Y)^2 + lambda/2*(norm2(U)^2 + norm2(V)^2)":
        "U: matrix(m, n); V: matrix(k, n); Y: matrix(m, k); lambda: scalar",
    "x'*A*x": "x: vector(m); A: matrix(m, m)",
    "A*x + b*y": "A: matrix(m, n); x: vector(n); b: scalar; y: vector(m)",
    "vec(X)'*A*vec(X)": "X: matrix(m, n); A: matrix(m*n, m*n)",
    "kron(A,B)*kron(C,D)": "A: matrix(m, n); B: matrix(k, p); C: matrix(n, q); D: matrix(p, r)",
    "kron(A,B) + C": "A: matrix(m, n); B: matrix(k, p); C: matrix(k*m, n*p)",
    "duplication(n)*vech(A)": "A: matrix(n, n)",
    "commutation(n,n)*vec(A)": "A: matrix(n, n)",
    "vech(A) + vech(B)": "A, B: matrix(m, m)",
    "dsum(A,B) + C": "A: matrix(m, n); B: matrix(k, p); C: matrix(k + m, n + p)",
    "X'*X + eye(n)": "X: matrix(m, n)",
    "X*eye(m)": "X: matrix(n, m)",
    "X[k,j]*m[i]": "X: matrix(n, p); m: vector(q)",
    "sigma*Sigma*mu": "sigma, mu: scalar; Sigma: matrix(m, n)",
    "x₁ + x1": "x1: vector(m)",
    "P*x where P = A*B": "x: vector(m); A: matrix(n, k); B: matrix(k, m)",
    "U*A - I": "U: matrix(m, n); A: matrix(n, m)",
    "unvec(x, m, n)*y": "x: vector(m*n); y: vector(n)",
    "rearrange(J, '(b i) (j a) -> (i a) (j b)', i=m, a=p, j=q, b=n)": "J: matrix(m*n, p*q)",
}  # fmt: skip


@pytest.mark.parametrize("text", INFERRED)
def test_inferred(text):
    assert parse(text).scope.given() == INFERRED[text]


@pytest.mark.parametrize("text", INFERRED)
def test_given_gives_the_same_formula_again(text):
    first = parse(text)
    again = parse(text, first.scope.given())
    assert again.node is first.node
    assert again.scope.given() == first.scope.given()


@pytest.mark.parametrize(
    ("text", "given", "want"),
    [
        ("kron(A, X)*y", "A: matrix(2, 3); y: vector(9)", "2*m×1"),
        ("A*x", "A: matrix(m*n, p + q)", "m*n×1"),
        ("a'*X*b", "a, b: vector", "1×1"),
        ("A*I", "A: matrix(2, 3)", "2×3"),
        ("dsum(A, X) + B", "A: matrix(2,2); B: matrix(5,5)", "5×5"),
        ("vech(S)", "S: matrix(4, 4)", "10×1"),
        ("khatri(A, B)", "A: matrix(m, n)", "k*m×n"),
        ("rvec(M)", GIVEN, "1×m*n"),
    ],
)
def test_sizes(text, given, want):
    assert size(parse(text, given)) == want


def test_sizes_found_through_products_of_sizes():
    f = parse("kron(A, X)*y", "A: matrix(2,3); y: vector(12)")
    assert str(f.scope.variables["X"].cols) == "4"
    f = parse("kron(A, X)*y", "A: matrix(m,n); y: vector(n*k)")
    assert str(f.scope.variables["X"].cols) == "k"
    f = parse("vech(A) + x", "x: vector(10)")
    assert f.scope.variables["A"].size == (4, 4)
    f = parse("rearrange(J, '(b i) (j a) -> (i a) (j b)', i=2, a=p, j=q)", "J: matrix(6, p*q)")
    assert dict(f.node.params[1])["b"] == 3


def test_names_are_in_order_of_appearance_and_unused_declarations_last():
    f = parse("y'*A*x", "w: vector(p); x: vector(n); A: matrix(m, n)")
    assert list(f.scope.variables) == ["y", "A", "x", "w"]
    assert f.scope.sizes == ("m", "n", "p")


def test_fresh_sizes_leave_other_names_alone():
    assert parse("A*m", reserved="n").scope.given() == "A: matrix(k, p); m: vector(p)"
    assert "m" not in parse("A*x + eye(m)[:,i]*y'*z").scope.inferred


def test_fresh_sizes_go_on_when_the_letters_are_used_up():
    names = ["m", "n", "k", "p", "q", "r", "s", "t", "u", "v", "w", "n1", "n2"]
    f = parse("+".join(f"norm2(X{i})" for i in range(7)))
    assert list(itertools.chain(*(map(str, v.size) for v in f.scope.variables.values())))[: len(names)] == names


@pytest.mark.parametrize("name", ["lambda", "alpha_1", "mu2", "λ", "β₀", "a", "gamma"])
def test_scalars_by_name(name):
    assert parse(name).node.scalar


def test_a_declared_name_may_be_anything():
    f = parse("I*pi + T'", "I, T: matrix(n, n); pi: scalar")
    assert shown(f.node) == "+(*(I, pi), '(T))"
    assert shown(parse("A^T*H^H", "T, H: matrix(n,n); A: matrix(n,n)").node) == "*('(A), '(H))"


@pytest.mark.parametrize("name", "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ".replace("I", ""))
def test_every_letter_is_a_variable(name):
    assert parse(f"2*{name}").scope.variables[name].op is VARIABLE


def test_decimals():
    assert parse("0.5*x").decimals
    assert parse("1e-3*x").decimals
    assert not parse("1./x + x/2").decimals


# ---------------------------------------------------------------- declarations


@pytest.mark.parametrize(
    ("given", "want"),
    [
        ("S: matrix(n,n) symmetric positive definite", "S: matrix(n, n) positive definite"),
        ("S: matrix(n,n) hermitian positive definite", "S: matrix(n, n) hermitian positive definite"),
        ("S: matrix(n,n) complex hermitian", "S: matrix(n, n) hermitian"),
        ("S: matrix(n,n) \"positive semidefinite\", toeplitz", "S: matrix(n, n) positive semidefinite toeplitz"),
        ("S: matrix(n,n) positive-definite", "S: matrix(n, n) positive definite"),
        ("S: matrix(n,n) diagonal positive", "S: matrix(n, n) diagonal positive"),
        ("S: matrix(m,n) full column rank", "S: matrix(m, n) full column rank"),
        ("S: matrix symmetric", "S: matrix(m, m) symmetric"),
        ("a,b : scalar positive ;\n c: vector(2*n)", "a, b: scalar positive; c: vector(2*n)"),
        ("r: matrix(1, n); c: vector(n, 1); d: matrix(n, 1)", "r: matrix(1, n); c, d: vector(n)"),
        ("λ: scalar integer", "lambda: scalar integer"),
        ("Q: matrix(n,n) orthogonal", "Q: matrix(n, n) orthogonal"),
        ("L: matrix(n,n) lower triangular invertible", "L: matrix(n, n) invertible lower triangular"),
        ("", ""),
    ],
)  # fmt: skip
def test_declarations(given, want):
    scope = parse("1", given).scope
    assert scope.given() == want
    assert parse("1", scope.given()).scope.variables == scope.variables


# ---------------------------------------------------------------- several texts with one meaning


def test_a_scope_is_kept():
    f = parse("A*x")
    g = parse("x'*A'*y", scope=f.scope)
    assert g.scope.variables["A"] is f.scope.variables["A"]
    assert g.scope.given() == "x: vector(n); A: matrix(m, n); y: vector(m)"


def test_texts_together():
    f, g = parse_together(["A*x", "A*y + x'*C*x*z"])
    assert f.scope is g.scope
    assert f.scope.given() == "A: matrix(m, n); x, y: vector(n); C: matrix(n, n); z: vector(m)"


def test_equations():
    left, right = parse_equation("A*B = B*A")
    assert left.scope.given() == "A, B: matrix(m, m)"
    assert (left.source, right.source) == ("A*B", "B*A")
    left, right = parse_equation("A*x - b = 0", "b: vector(n)")
    assert right.node is TABLE["zeros"](params=left.node.size)
    left, right = parse_equation("0 = A")
    assert left.node.size == right.node.size
    left, right = parse_equation("T*x = P where T = A*B; P = y")
    assert shown(left.node) == "*(*(A, B), x)"


def test_sides_of_different_size_are_no_error():
    left, right = parse_equation("A*X*B = c", "A, X, B: matrix(n,n)")
    assert not left.node.scalar
    assert right.node.scalar
    left, right = parse_equation("A = A'", "A: matrix(2,3)")
    assert left.node.size == (2, 3)
    left, right = parse_equation("kron(A, B) = C", "A, C: matrix(2,2); B: matrix(3,3)")
    assert left.node.size == (6, 6)


TARGETS = {
    "U": "U",
    "U[i,j]": "*('(unit(m, i)), U, unit(k, j))",
    "U[2,:]": "*('(unit(m, 2)), U)",
    "U'": "'(U)",
    "conj(Z)": "conj(Z)",
    "Z^H": "'(conj(Z))",
    "W": "W",
    "x[3]": "*('(unit(n, 3)), x)",
}


@pytest.mark.parametrize("text", TARGETS)
def test_targets(text):
    f = parse("U*V*x", "U: matrix(m,k); V: matrix(k,n); W: matrix(m, n); Z: matrix(n,n) complex")
    assert shown(parse_target(text, f)) == TARGETS[text]
    assert parse_target(text, f.scope) is parse_target(text, f)


def test_nothing_of_the_operands_is_flattened():
    node = parse("A*B + (A + B) + A.*(A.*B)", GIVEN).node
    assert node.op is ADD
    assert [a.op for a in node.args] == [PRODUCT, ADD, HADAMARD]
    assert parse("x^2 + x'", "x: scalar").node.args[0].op is POWER
    assert parse("A'", GIVEN).node.op is TRANSPOSE
    assert parse("2", GIVEN).node is constant(2)


def test_errors_have_the_text():
    with pytest.raises(FormulaError) as caught:
        parse("A*B", "A: matrix(2,3); B: matrix(4,5)")
    assert caught.value.source == "A*B"
    assert caught.value.span == (0, 3)
