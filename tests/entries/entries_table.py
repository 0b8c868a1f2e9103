"""One small sample formula for every operation of the table, sizes different where the operation allows it."""

from itertools import count

from dvec.core.algebra import ADD, HADAMARD, POWER, PRODUCT, conj, eye
from dvec.core.node import CONSTANT, TABLE, VARIABLE, Node, Op, constant, make, variable
from dvec.core.sizes import named_size
from dvec.operations.constants import size_constant, unit
from dvec.operations.derivative import DERIVATIVE
from dvec.operations.matrix_functions import MATRIX_POWER
from dvec.operations.structure import REARRANGE, UNVECH, VECH

A, B = variable("A", 2, 3), variable("B", 3, 2)
S, W = variable("S", 2, 2), variable("W", 3, 3)
x, y, c = variable("x", 3), variable("y", 2), variable("c")
Z = variable("Z", 2, 2, ["complex"])
SYMMETRIC = variable("S", 2, 2, ["symmetric"])

PATTERN = "(b i) (j a) -> (i a) (j b)", (("b", 2), ("i", 3), ("j", 2), ("a", 2))

BY_HAND: dict[Op, Node] = {
    VARIABLE: A,
    CONSTANT: constant("3/7"),
    ADD: make(ADD, (A, B.T, A)),
    PRODUCT: make(PRODUCT, (c, A, B, y, x.T)),
    HADAMARD: make(HADAMARD, (A, B.T)),
    POWER: make(POWER, (A, constant("5/2"))),
    TABLE["conj"]: conj(Z),
    TABLE["size"]: size_constant(named_size("n")),
    TABLE["unit"]: unit(4, 3),
    TABLE["commutation"]: TABLE["commutation"](params=(2, 3)),
    TABLE["duplication"]: TABLE["duplication"](params=(3,)),
    TABLE["elimination"]: TABLE["elimination"](params=(3,)),
    TABLE["eye"]: eye(3),
    TABLE["ones"]: TABLE["ones"](params=(2, 3)),
    TABLE["zeros"]: TABLE["zeros"](params=(2, 3)),
    TABLE["unvec"]: TABLE["unvec"](variable("x", 6), params=(2, 3)),
    MATRIX_POWER: make(MATRIX_POWER, (W, constant(3))),
    VECH: make(VECH, (W,)),
    UNVECH: make(UNVECH, (variable("x", 6),), (3,)),
    REARRANGE: make(REARRANGE, (variable("J", 6, 4),), PATTERN),
    DERIVATIVE: make(DERIVATIVE, (A @ x, x), ("mixed",)),
    TABLE["kron"]: make(TABLE["kron"], (A, B)),
    **{TABLE[name]: make(TABLE[name], (SYMMETRIC,)) for name in ("eigmax", "eigmin", "topvec")},
}  # fmt: skip


def sample(op: Op) -> Node:
    """The sample written above, or the operation on variables of the sizes that its signature asks for."""
    if op in BY_HAND:
        return BY_HAND[op]
    assert op.signature is not None, f"write a sample for {op.name}"
    small = {"norm", "norm_nuc", "topleft", "topright", "expm", "logm", "sqrtm"}
    pool, letters = count(2), {}
    for sides in op.signature.inputs:
        for side in sides:
            for letter in side.letters:
                letters[letter] = letters.get(letter) or (2 if op.name in small and letter == "n" else next(pool))
    sizes = [tuple(side.value(letters) for side in sides) for sides in op.signature.inputs]
    names = iter("ABCDEF")
    return make(op, tuple(variable(next(names), rows, cols) for rows, cols in sizes))
