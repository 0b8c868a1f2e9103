"""Deep, long and odd formulas end soon, in an answer or a clear refusal, and cost what their size says.

Growth is measured in nodes, which no busy machine changes; only the hard limit is one of time.
"""

from __future__ import annotations

from collections.abc import Callable
from time import process_time
from typing import Any

import numpy as np
import pytest

from dvec.answers.calls import diff, matrix, parse, simplify, sizes, vector
from dvec.answers.expr import Expr, of_node
from dvec.core.errors import FormulaError, NotDifferentiable
from dvec.core.node import TABLE, Node, postorder, variable
from dvec.core.sizes import named_size

LIMIT = 5.0  # seconds of work, for everything here

n = named_size("n")
x = variable("x", n, 1)


def node_count(node: Node) -> int:
    return sum(1 for _ in postorder(node))


def tanh_network(layers: int) -> Node:
    """sum(tanh(W tanh(W … tanh(W x)))), one weight for all layers."""
    W = variable("W", n, n)
    y = x
    for _ in range(layers):
        y = TABLE["tanh"](W @ y)
    return TABLE["sum"](y)


def residual_network(layers: int) -> Node:
    """x + tanh(W x) again and again: two to the power of layers paths."""
    W = variable("W", n, n)
    y = x
    for _ in range(layers):
        y = y + TABLE["tanh"](W @ y)
    return y


def nested_squares(depth: int) -> Node:
    y = x.T @ x
    for _ in range(depth):
        y = (y + 1) ** 2
    return y


def long_product(factors: int) -> Node:
    X = variable("X", n, n)
    y = x
    for k in range(factors):
        y = (X if k % 2 else variable(f"A{k}", n, n)) @ y
    return TABLE["sum"](y)


def timed(call: Callable[[], Any]) -> Any:
    start = process_time()
    result = call()
    assert process_time() - start < LIMIT
    return result


GROWING: dict[str, tuple[Callable[[int], Node], str, tuple[int, ...]]] = {
    # formulas of a size, what they are differentiated by, and the sizes tried
    "a tanh network by its input": (tanh_network, "x", (10, 100, 1000)),
    "a tanh network by its weights": (tanh_network, "W", (10, 100, 1000)),
    "nested squares": (nested_squares, "x", (5, 10, 20)),
    "a product of matrices": (long_product, "x", (10, 100, 1000)),
}


@pytest.mark.parametrize("case", GROWING.values(), ids=GROWING)
def test_nodes_grow_linearly(case: tuple[Callable[[int], Node], str, tuple[int, ...]]) -> None:
    """Nodes of the answer per node of the formula: no more for a long formula than for a short one."""
    build, wrt, lengths = case
    ratios = []
    for length in lengths:
        formula = of_node(build(length))
        answer = timed(lambda formula=formula: diff(formula, wrt))
        ratios.append(node_count(answer.expr.node) / node_count(formula.node))
    assert ratios[-1] <= 1.2 * max(ratios[:-1]), ratios
    assert ratios[-1] < 12, ratios


def test_a_network_of_ten_thousand_layers() -> None:
    answer = diff(of_node(tanh_network(10_000)), "x")
    assert node_count(answer.expr.node) < 120_000


def test_the_text_of_a_deep_answer_names_its_parts() -> None:
    formula = of_node(tanh_network(100))
    answer = diff(formula, "x")
    text = timed(lambda: answer.text)
    assert " where " in text
    assert len(text) < 50_000
    again = parse(text, answer.given)
    data = {"x": np.linspace(-1, 1, 3), "W": np.arange(9.0).reshape(3, 3) / 10}
    assert np.allclose(again.evaluate(data), answer.evaluate(data))


def test_a_residual_network_does_not_enumerate_paths() -> None:
    """14 layers have 16,384 paths from the input to the output; the Jacobian shares its parts."""
    formula = residual_network(14)
    answer = timed(lambda: diff(of_node(formula), "x"))
    assert node_count(answer.expr.node) < 2000
    data = {"x": np.array([0.3, -0.2]), "W": np.array([[0.5, -0.1], [0.2, 0.3]])}
    y, J = data["x"], np.eye(2)
    for _ in range(14):
        slope = 1 - np.tanh(data["W"] @ y) ** 2
        y, J = y + np.tanh(data["W"] @ y), J + slope[:, None] * (data["W"] @ J)
    assert np.allclose(answer.evaluate(data), J)


def test_a_jacobian_by_the_weights_of_a_residual_network() -> None:
    answer = timed(lambda: diff(of_node(residual_network(14)), "W"))
    assert node_count(answer.expr.node) < 4000


def test_python_operators_build_deep_formulas() -> None:
    (size,) = sizes("n")
    X, y = matrix("X", size, size), vector("y", size)
    total: Expr = y
    for _ in range(3000):
        total = X @ total + y
    answer = timed(lambda: diff(total.T @ total, "y"))
    assert node_count(answer.expr.node) < 100_000
    assert timed(lambda: len(answer.latex)) > 1000


# ------------------------------------------------------------------ as text

ENDS: dict[str, str] = {
    "100,000 brackets": "(" * 100_000 + "x" + ")" * 100_000,
    "100,000 brackets that are never closed": "(" * 100_000 + "x",
    "nested functions": "sin(" * 10_000 + "a" + ")" * 10_000,
    "nested functions of several kinds": "sin(exp(tanh(" * 1500 + "a" + ")))" * 1500,
    "functions nested 50,000 deep": "sin(" * 50_000 + "a" + ")" * 50_000,
    "norms nested 50,000 deep": "norm2(" * 50_000 + "a" + ")" * 50_000,
    "traces nested 20,000 deep": "tr(diag(" * 10_000 + "a" + "))" * 10_000,
    "a transposed network": "(" + "tanh(X*" * 100 + "X" + ")" * 100 + ")'",
    "a network of matrices": "tanh(A*" * 100 + "x" + ")" * 100,
    "different inverses nested 200 deep": "logdet(" + "X + inv(" * 200 + "X" + ")" * 201,
    "25,000 differences": "1 - (" * 25_000 + "a" + ")" * 25_000,
    "inverses nested 2,000 deep": "tr(" + "inv(A + " * 2000 + "X" + ")" * 2001,
    "products nested 10,000 deep": "(a + b)*(" * 10_000 + "a" + ")" * 10_000,
    "a tower of 1,000 powers": "a^(" * 1000 + "a" + ")" * 1000,
    "a tower of 20,000 powers": "a^(" * 20_000 + "a" + ")" * 20_000,
    "a tower of powers of a number": "2^(" * 2000 + "a" + ")" * 2000,
    "a tower of powers in a formula": "norm2(x)*(a^(a*" + "a^(1 + " * 300 + "a" + ")" * 301 + ") + sin(a)",
    "a tower of powers of vectors": "x.^(" * 2000 + "x" + ")" * 2000,
    "5,000 nested squares": "(" * 5000 + "a" + "^2)" * 5000,
    "a sum of 5,000 terms": " + ".join(f"a{k}*x" for k in range(5000)),
    "5,000 equal terms": " + ".join(["x"] * 5000),
    "a product of 5,000 sums": "*".join(f"(a{k} + b{k})" for k in range(5000)),
    "a product of 5,000 equal sums": "*".join(["(a + b)"] * 5000),
    "1,000 matrices in a row": "*".join(["X"] * 1000) + "*x",
    "1,000 different matrices in a row": "*".join(f"X{k}" for k in range(1000)) + "*x",
    "a tower of powers": "2^" * 50 + "2",
    "a bracketed tower of powers": "(" * 50 + "a" + "^2)" * 50,
    "ten nested squares": "(" * 10 + "x'*x" + " + 1)^2" * 10,
    "a tower of numbers": "9^(9^9)",
    "a large power of a matrix": "X^1000",
    "a huge exponent": "a^99999999999999999999999",
    "a number of 100,000 digits": "1" * 100_000,
    "many transposes": "X" + "'" * 10_000,
    "many signs": "-" * 10_000 + "a",
    "an index far out": "x[999999999999999999]",
    "Kronecker products of Kronecker products": "kron(" * 50 + "X" + ", X)" * 50,
}


@pytest.mark.parametrize("text", ENDS.values(), ids=ENDS)
def test_it_ends_in_an_answer_or_a_refusal(text: str) -> None:
    """Reading, simplifying, differentiating and printing: 5 s each, no recursion, no traceback of ours."""
    given = "X: matrix(n, n); x: vector(n)"

    def everything() -> None:
        formula = parse(text, given)
        simplify(formula)
        wrt = next(name for name in ("x", "X", "a", "a1", "X1") if name in formula.scope.variables)
        answer = diff(formula, wrt)
        for shown in (answer.text, answer.latex, answer.unicode):
            assert shown

    def ended() -> str:
        try:
            everything()
        except (FormulaError, NotDifferentiable) as refusal:
            return str(refusal)
        return ""

    assert len(timed(ended)) < 2000, "a refusal is a sentence, not the whole input"


TOO_DEEP = {
    "functions": "sin(" * 50_000 + "a" + ")" * 50_000,
    "powers": "a^(" * 3000 + "a" + ")" * 3000,
    "entrywise powers": "a.^(" * 3000 + "a" + ")" * 3000,
    "powers in parts": "T0 where " + "; ".join(f"T{k} = a^T{k + 1}" for k in range(3000)) + "; T3000 = a",
}


@pytest.mark.parametrize("text", TOO_DEEP.values(), ids=TOO_DEEP)
def test_what_is_typed_too_deep_is_refused_for_derivatives_only(text: str) -> None:
    formula = parse(text)
    with pytest.raises(FormulaError, match="nested too deep"):
        diff(formula, "a")
    assert simplify(formula).text
    assert 0 < np.real(formula.evaluate(a=0.7)) < 1


SECOND_TOO_DEEP = {
    "functions": "sin(" * 3000 + "a" + ")" * 3000,
    "powers": "a^(" * 370 + "a" + ")" * 370,
    "entrywise powers": "sum(" + "x.^(" * 50 + "x" + ")" * 51,
    "fractions": "1/(a + " * 100 + "a" + ")" * 100,
    "squares": "(" * 60 + "a" + "^2 + 1)" * 60,
    "factors": "*".join(f"(a + b{k})" for k in range(100)),
    "a network": "sum(" + "tanh(A*" * 500 + "x" + ")" * 501,
    "inverses": "tr(" + "X*inv(X + A*" * 120 + "X" + ")" * 121,
    "a first derivative inside": "diff(" + "a*sin(" * 200 + "a" + ")" * 200 + ", a)",
}


@pytest.mark.parametrize("text", SECOND_TOO_DEEP.values(), ids=SECOND_TOO_DEEP)
def test_a_second_derivative_of_what_is_typed_too_deep_is_refused(text: str) -> None:
    formula = parse(text)
    wrt = next(name for name in ("X", "x", "a") if name in formula.scope.variables)
    with pytest.raises(FormulaError, match="nested too deep in this formula for its second derivative"):
        timed(lambda: diff(formula, wrt, order=1 if "diff" in text else 2))


SECOND_IN_TIME = {
    "functions": "sin(" * 100 + "a" + ")" * 100,
    "a network of 10 layers": "sum(" + "tanh(A*" * 10 + "x" + ")" * 11,
    "a residual network of 10 layers": "sum(" + "x + tanh(A*(" * 10 + "x" + "))" * 10 + ")",
    "a continued fraction": "1/(a + " * 10 + "a" + ")" * 10,
    "nested squares": "(" * 15 + "a" + "^2 + 1)" * 15,
    "factors": "*".join(f"(a + b{k})" for k in range(15)),
    "a sum of 1,000 terms": "+".join(f"x'*A{k}*x" for k in range(1000)),
}


@pytest.mark.parametrize("text", SECOND_IN_TIME.values(), ids=SECOND_IN_TIME)
def test_a_second_derivative_that_someone_may_type_is_found(text: str) -> None:
    formula = parse(text)
    wrt = "x" if "x" in formula.scope.variables else "a"
    assert timed(lambda: diff(formula, wrt, order=2)).result.order == 2


@pytest.mark.parametrize(("base", "wrt"), [("X", "X"), ("B", "X"), ("B", "")])
def test_a_product_of_products_that_doubles_at_each_level_is_refused(base: str, wrt: str) -> None:
    """286 letters, a million factors."""
    text = "T0*X where " + "".join(f"T{k} = T{k + 1}*A*T{k + 1}; " for k in range(20)) + f"T20 = {base}"
    with pytest.raises(FormulaError, match="written out"):
        timed(lambda: diff(text, wrt) if wrt else simplify(text))
    short = text.replace("T0*", "T17*")
    assert diff(short, "X", "B, X: matrix(n, n)").text


def test_softmax_in_softmax_is_refused_where_it_would_take_long() -> None:
    assert diff("softmax(A*" * 30 + "x" + ")" * 30, "x").text
    with pytest.raises(FormulaError, match="nested too deep"):
        timed(lambda: diff("softmax(" * 400 + "x" + ")" * 400, "x"))


def test_a_typed_network_of_ten_thousand_layers_is_not_refused() -> None:
    formula = parse("sum(" + "tanh(A*" * 10_000 + "x" + ")" * 10_001)
    assert node_count(diff(formula, "x").expr.node) < 120_000


def test_a_derivative_inside_of_what_is_too_deep_is_refused() -> None:
    with pytest.raises(FormulaError, match="nested too deep"):
        parse("diff(" + "a^(" * 3000 + "a" + ")" * 3000 + ", a)")


def test_what_is_built_in_python_may_be_as_deep_as_it_is() -> None:
    """The limit is one for typed text: a deep network is differentiated however long that takes."""
    total: Expr = parse("a")
    for _ in range(2600):
        total = parse("a") ** total
    assert diff(total, "a").text
