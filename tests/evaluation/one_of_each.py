"""One application of every operation of the table, on variables of different sizes."""

from __future__ import annotations

from hypothesis import strategies as st

from dvec.core.algebra import eye, ones
from dvec.core.node import Node, Op, constant, make, variable
from dvec.core.sizes import named_size, triangle
from dvec.operations import TABLE
from dvec.operations.constants import unit
from dvec.operations.structure import diag

m, n, k, p = (named_size(name) for name in "mnkp")

# What has no value of its own, and why.
WITHOUT_VALUE = {"diff": "calculus expands it first", "d": "a differential, calculus expands it first"}

_PROPERTIES = {"symmetric": ("symmetric",)}  # by domain: what the argument must be declared
_OWN = {
    "variable": lambda: variable("A", m, n),
    "constant": lambda: constant("7/5"),
    "+": lambda: make(TABLE["+"], (variable("A", m, n), variable("B", m, n), variable("C", m, n))),
    "*": lambda: make(TABLE["*"], (variable("c"), variable("A", m, n), variable("B", n, k), variable("C", k, p))),
    ".*": lambda: make(TABLE[".*"], (variable("A", m, n), variable("B", m, n), variable("C", m, n))),
    ".^": lambda: make(TABLE[".^"], (variable("A", m, n), variable("c"))),
    "^": lambda: make(TABLE["^"], (variable("A", n, n), variable("k"))),
    "conj": lambda: make(TABLE["conj"], (variable("Z", m, n, ["complex"]),)),
    "size": lambda: make(TABLE["size"], (), (m * n,)),
    "unit": lambda: make(TABLE["unit"], (), (n, "i")),
    "duplication": lambda: make(TABLE["duplication"], (), (n,)),
    "elimination": lambda: make(TABLE["elimination"], (), (n,)),
    "vech": lambda: make(TABLE["vech"], (variable("A", n, n),)),
    "unvech": lambda: make(TABLE["unvech"], (variable("x", triangle(n), 1),), (n,)),
    "rearrange": lambda: make(
        TABLE["rearrange"],
        (variable("A", n * m, p * k),),
        ("(b i) (j a) -> (i a) (j b)", (("i", m), ("a", p), ("j", k), ("b", n))),
    ),
}


def applied(op: Op) -> Node:
    """The operation on variables A, B, … with the sizes that its signature asks for, all letters different."""
    if op.name in _OWN:
        return _OWN[op.name]()
    assert op.signature is not None
    letters = {letter: named_size(letter) for letter in "ijklmn"}
    properties = _PROPERTIES.get(op.domain or "", ())
    args = tuple(
        variable(name, *(side.value(letters) for side in sides), properties)
        for name, sides in zip("ABCD", op.signature.inputs, strict=False)
    )
    return make(op, args, tuple(letters[name] for name in op.signature.parameters))


VALUED = {name: op for name, op in TABLE.items() if name not in WITHOUT_VALUE}


def random_chains():
    """Products, nested any way, of matrices, transposes, inverses, diagonals, unit vectors and scalars."""
    S, W = variable("S", n, n), variable("W", n, n)
    x, y, c = variable("x", n, 1), variable("y", n, 1), variable("c")
    inv, tr = TABLE["inv"], TABLE["tr"]
    i, j = unit(n, "i"), unit(n, 2)
    squares = [S, W, S.T, inv(S), inv(W.T), inv(S).T, diag(x), eye(n), 2 * W, diag(x) @ S, -W, x @ y.T, inv(S @ W)]
    columns = [x, y, -x, 3 * (W @ y), i, j, inv(S) @ x, c * x]
    square, column = st.sampled_from(squares), st.sampled_from(columns)

    def nested(children):
        return st.tuples(children, children).map(lambda pair: pair[0] @ pair[1]) | children.map(lambda a: a.T)

    matrix = st.recursive(square, nested, max_leaves=5)
    product = st.tuples(matrix, column).map(lambda pair: pair[0] @ pair[1])
    scalar = st.tuples(column, matrix, column).map(lambda three: three[0].T @ three[1] @ three[2])
    trace = matrix.map(lambda a: tr(a))
    mixed = st.tuples(scalar, product).map(lambda pair: pair[0] * pair[1] - pair[1] / c + ones(n, 1))
    return st.one_of(matrix, product, product.map(lambda a: a.T), scalar, trace, mixed)
