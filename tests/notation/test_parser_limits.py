"""Input that no one would type: deep, long, huge or random. It ends soon, in an answer or in a clear refusal."""

import sys
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dvec
from dvec.core.errors import FormulaError
from dvec.notation.parser import parse, parse_equation, parse_target

DEEP = 100_000
CALLS = 10_000

PATHOLOGICAL = {
    "brackets": "(" * DEEP + "x" + ")" * DEEP,
    "brackets never closed": "(" * DEEP + "x",
    "brackets never opened": "x" + ")" * DEEP,
    "transposes": "A" + "'" * DEEP,
    "a sum": "+".join(["A"] * DEEP),
    "a sum of different matrices": "+".join(f"A{i}" for i in range(DEEP // 4)),
    "a product": "*".join(["A"] * DEEP),
    "an entrywise product": ".*".join(["A"] * DEEP),
    "minus signs": "-" * DEEP + "x",
    "left divisions": "\\".join(["A"] * (DEEP // 4)),
    "calls": "exp(" * CALLS + "x" + ")" * CALLS,
    "traces": "tr(" * CALLS + "A" + ")" * CALLS,
    "vec of vec": "vec(" * CALLS + "A" + ")" * CALLS,
    "Kronecker products": "kron(A, " * CALLS + "B" + ")" * CALLS,
    "Kronecker products of different matrices": "".join(f"kron(A{i}, " for i in range(CALLS)) + "B" + ")" * CALLS,
    "Kronecker products in a row": "⊗".join(["A"] * DEEP),
    "direct sums": "dsum(A, " * CALLS + "B" + ")" * CALLS,
    "sizes that grow": "+".join(f"kron(A{i}, A{i})*A{i + 1}" for i in range(40)),
    "sizes in a chain": "*".join(f"kron(X{i}, X{i + 1})" for i in range(300)),
    "powers": "(" * DEEP + "A" + ")^2" * DEEP,
    "a tower": "^2".join(["x"] * 1000),
    "sums in a product": "*".join(["(A+B)"] * 5000),
    "indices": "A" + "[:,:]" * DEEP,
    "shared parts": "T0 where " + "; ".join(f"T{i} = 2*T{i + 1}" for i in range(CALLS)) + f"; T{CALLS} = A",
    "digits": "9" * DEEP,
    "an exponent": "1e999999999",
    "superscripts": "x" + "²" * DEEP,
    "quotes": "'" * DEEP,
    "commas": "," * DEEP,
    "a size": "eye(" + "n*" * DEEP + "n)",
    "a huge size": "eye(" + "99999999*" * 1000 + "n)",
    "a nested size": "eye(" + "(" * DEEP + "n" + ")" * DEEP + ")",
}


@pytest.mark.parametrize("name", PATHOLOGICAL)
def test_pathological_input_ends(name):
    limit = sys.getrecursionlimit()
    start = time.perf_counter()
    try:
        parse(PATHOLOGICAL[name])
    except FormulaError as error:
        assert len(str(error)) < 1000  # noqa: PT017
    assert time.perf_counter() - start < 10  # 2 s on an idle machine
    assert sys.getrecursionlimit() == limit


@pytest.mark.parametrize("text", ["1e3999*1e3999*a^2", "a/1e3999/1e3999", "9" * 4000 + "e4000*a"])
def test_numbers_of_more_than_4000_digits_are_refused(text):
    with pytest.raises(FormulaError, match="4,000 digits"):
        assert dvec.diff(text, "a").text


def test_declarations_without_end():
    given = "; ".join(f"A{i}: matrix(m{i}, n{i})" for i in range(CALLS))
    assert len(parse("A1", given).scope.variables) == CALLS
    with pytest.raises(FormulaError):
        parse("A", "A: matrix(" + "(" * DEEP + ")")


PIECES = [
    "A", "B", "X", "x", "y", "a", "c", "lambda", "n", "i", "I", "T", "H", "pi", "1", "2", "0", "0.5", "1i", "10",
    "+", "-", "*", "/", "\\", ".*", "./", ".^", "^", ".+", ".-", "'", ".'", "(", ")", "[", "]", ",", ";", ":", "=",
    "where", "'fro'", "tr(", "exp(", "eye(", "kron(", "vec(", "unvec(", "norm(", "diag(", "diff(", "rearrange(",
    "vector(", "matrix(", "rows(", "sum(", "[i,j]", "[:,1]", "[i]", "^-1", "^T", "^+", "²", "ᵀ", "⊗", "⊕", "⊙", "λ",
    " ", "\n", "'(b i) (j a) -> (i a) (j b)'", "i=", "dsum(", "duplication(", "vech(", "unvech(", "§", "\\frac",
    "{", "|",
]  # fmt: skip
GIVEN = [
    "",
    "A: matrix(m,n); x: vector(n)",
    "A: matrix(n,n) complex; x: vector(n)",
    "A: matrix(2,3); n: scalar; B: matrix",
]


def only_formula_errors(call, *args):
    try:
        call(*args)
    except FormulaError:
        return


@settings(max_examples=500, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=25).map("".join), st.sampled_from(GIVEN))
def test_random_tokens(text, declared):
    only_formula_errors(parse, text, declared)
    only_formula_errors(parse_equation, text, declared)


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=40))
def test_random_text(text):
    only_formula_errors(parse, text)
    only_formula_errors(parse, "A", text)
    only_formula_errors(parse_target, text, parse("A*x + c*y"))


LEAVES = ["A", "B", "x", "y", "c", "2", "I", "vector(1)", "matrix(1)", "X[i,:]", "eye(n)"]
OPERATORS = ["+", "-", "*", "/", "\\", ".*", "./", ".^", ".+", "⊗", "⊕"]
FORMS = [
    "tr({})",
    "inv({})",
    "vec({})",
    "diag({})",
    "kron({}, A)",
    "det({})",
    "exp({})",
    "norm({})",
    "rvec({})",
    "vech({})",
]
FORMS += ["mean({})", "-{}", "({})'", "({})^2", "({})^-1", "({}).^2", "({})[1,:]", "({})[i]"]
EXPRESSIONS = st.recursive(
    st.sampled_from(LEAVES),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(OPERATORS), inner).map(" ".join),
        st.tuples(st.sampled_from(FORMS), inner).map(lambda pair: pair[0].format(pair[1])),
    ),
    max_leaves=12,
)


@settings(max_examples=500, deadline=None)
@given(EXPRESSIONS, st.sampled_from(GIVEN))
def test_random_expressions(text, declared):
    only_formula_errors(parse, text, declared)


@settings(max_examples=500, deadline=None)
@given(EXPRESSIONS)
def test_what_parses_has_declarations_that_give_it_again(text):
    try:
        first = parse(text)
    except FormulaError:
        return
    assert parse(text, first.scope.given()).node is first.node


def test_derivatives_inside_derivatives_are_carried_out_to_a_depth_of_6():
    def nested(depth):
        return "diff(" * depth + "a*exp(a)" + ", a)" * depth

    assert dvec.simplify(nested(6)).text == "exp(a)*(a + 6)"
    parts = "T0 where " + "; ".join(f"T{k} = diff(T{k + 1}, a)" for k in range(7)) + "; T7 = exp(a)"
    for text in (nested(7), nested(5000), parts):
        with pytest.raises(FormulaError, match="more than 6 deep"):
            parse(text)


def test_sizes_are_read_with_any_exponent_that_is_written():
    assert str(parse("x", "x: vector(n^64)").scope.variables["x"].rows) == "n^64"
    for size in ("n^65", "(m + n)^64", "(a + b + c + d)^32", "99^64", "n^n", "n^-1"):
        with pytest.raises(FormulaError, match=r"too long|too large|made of|at most 64"):
            parse("x", f"x: vector({size})")
