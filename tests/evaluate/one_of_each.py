"""One application of every operation of the table, on variables of different sizes."""

from __future__ import annotations

from dvec.core.node import Node, Op, constant, make, variable
from dvec.core.sizes import named_size, triangle
from dvec.operations import TABLE

m, n, k, p = (named_size(name) for name in "mnkp")

# What has no value of its own, and why.
WITHOUT_VALUE = {"diff": "calculus expands it first"}

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
