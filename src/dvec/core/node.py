"""What a formula is: immutable interned nodes, and the record that says all there is to know of an operation.

May import the rest of core but algebra, which defines the operations that the operators here stand for.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from math import isfinite
from numbers import Rational, Real
from typing import Any

from dvec.core.atoms import Atom
from dvec.core.errors import FormulaError
from dvec.core.properties import NONE, SQUARE, Properties, closure
from dvec.core.signature import Shape, Signature
from dvec.core.sizes import AnySize

TABLE: dict[str, Op] = {}
"""Every operation by its name."""


@dataclass(frozen=True, eq=False, slots=True)
class Op:
    """One operation of the language: the only place where it is described.

    Only `name` and a size rule (`signature`, or `shape` where a string cannot say it) are required. Columns:

    einsum        for multilinear operations, the value by indices with groups: "ij,kl->(ik)(jl)"
    maps          for multilinear operations, one rule per argument: (*arguments) -> atoms of linear maps, the last
                  applied first; one rule for all, (arguments, position) -> atoms, where their number is free
    adjoint       one rule per argument of an opaque map: (G, *arguments) -> the adjoint applied to G
    matrix        one rule per argument of an opaque map: (*arguments) -> its matrix on vec
    definition    (*arguments) -> what it is an abbreviation of, in simpler operations
    derivative    for entrywise functions, f'(x) in matrix language, read entry by entry
    differential  for the rest, one rule per argument: (*arguments, d) -> an expression linear in d
    trace_derivative   for matrix functions f: X -> f'(X) with d tr f(X) = tr(f'(X) dX)
    linearize     node -> [(a node below, atoms)], in place of the rules above where the argument's own form matters
    transpose     (*arguments) -> the transposed value; `conjugate`, `inverse` (None where it has no such form) likewise
    homogeneous   the positions of arguments out of which a scalar factor may be taken
    properties    (*arguments) -> what is known of the value
    invariant     whether the value is the same at the transposed argument
    parity        for entrywise functions, 1 if f(-x) = f(x), -1 if f(-x) = -f(x), 0 if neither
    real          whether the value is real whatever the arguments
    text          how it is written, with the same placeholders as code, where it is not name(arguments, parameters)
    code          NumPy source with {0}, {1} for arguments and {name} for parameters; a target may override it
    latex         LaTeX with the same placeholders; unicode likewise
    domain        what the first argument must satisfy for value and derivative to exist, see evaluation.sampling
    names         the names of the parameters in templates, where the signature does not give them
    rule          the name of the rule that differentiates it, in the field's words
    refusal       why it has no derivative, where it has none
    source        where the mathematics stands

    In all rules the parameters (sizes, indices) follow the arguments.
    """

    name: str
    signature: Signature | None = None
    shape: Callable[[Sequence[Node], tuple[Any, ...]], Shape] | None = None
    einsum: str | None = None
    maps: tuple[Callable[..., list[Atom]], ...] | Callable[[Sequence[Any], int], list[Atom]] = ()
    adjoint: tuple[Callable[..., Node] | None, ...] = ()
    matrix: tuple[Callable[..., Node] | None, ...] = ()
    definition: Callable[..., Node] | None = None
    derivative: Callable[[Node], Node] | None = None
    differential: tuple[Callable[..., Any] | None, ...] = ()
    trace_derivative: Callable[..., Node] | None = None
    linearize: Callable[[Node], list[tuple[Node, list[Atom]]] | None] | None = None
    transpose: Callable[..., Node] | None = None
    conjugate: Callable[..., Node] | None = None
    inverse: Callable[..., Node | None] | None = None
    homogeneous: tuple[int, ...] = ()
    properties: Callable[..., Iterable[str]] | None = None
    invariant: bool = False
    parity: int = 0
    real: bool = False
    text: str | None = None
    code: str | None = None
    latex: str | None = None
    unicode: str | None = None
    domain: str | None = None
    names: tuple[str, ...] = ()
    rule: str = ""
    refusal: str = ""
    source: str = ""
    bit: int = field(init=False)  # by which formulas tell whether they hold this operation

    def __post_init__(self) -> None:
        assert self.name not in TABLE, self.name
        assert (self.signature is None) != (self.shape is None), self.name
        object.__setattr__(self, "bit", 2 << len(TABLE))
        TABLE[self.name] = self

    def __repr__(self) -> str:
        return f"<Op {self.name}>"

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names under which templates find the parameters."""
        return self.names or (self.signature.parameters if self.signature is not None else ())

    def __call__(self, *args: Any, params: tuple[Any, ...] = ()) -> Any:
        return apply(self, args, params)


class Operand:
    """What operators may stand between: formulas, and linear maps on their way through a formula.

    The operators mean what they mean for 2-D arrays in NumPy; a scalar beside a matrix in a sum is added everywhere.
    """

    __slots__ = ()
    __array_ufunc__ = None  # so that NumPy leaves mixed expressions to us
    rows: AnySize
    cols: AnySize

    def through(self, op: Op, args: tuple[Any, ...], params: tuple[Any, ...], position: int) -> Operand:
        """For a linear map: itself followed by the operation, with the other arguments held fixed."""
        raise AssertionError("a formula is no linear map")

    @property
    def scalar(self) -> bool:
        return self.rows == 1 and self.cols == 1

    @property
    def T(self) -> Any:
        if self.scalar:
            return self
        if isinstance(self, Node) and self.op is TABLE["'"]:
            return self.args[0]
        return apply(TABLE["'"], (self,))

    def __add__(self, other: Any) -> Any:
        return _sum(self, _operand(other))

    def __radd__(self, other: Any) -> Any:
        return _sum(_operand(other), self)

    def __sub__(self, other: Any) -> Any:
        return _sum(self, -_operand(other))

    def __rsub__(self, other: Any) -> Any:
        return _sum(_operand(other), -self)

    def __neg__(self) -> Any:
        return apply(TABLE["*"], (-1, self))

    def __mul__(self, other: Any) -> Any:
        return _times(self, _operand(other))

    def __rmul__(self, other: Any) -> Any:
        return _times(_operand(other), self)

    def __matmul__(self, other: Any) -> Any:
        return apply(TABLE["*"], (self, _operand(other)))

    def __rmatmul__(self, other: Any) -> Any:
        return apply(TABLE["*"], (_operand(other), self))

    def __truediv__(self, other: Any) -> Any:
        return _times(self, _operand(other) ** -1)

    def __rtruediv__(self, other: Any) -> Any:
        return _times(_operand(other), self**-1)

    def __pow__(self, exponent: Any) -> Any:
        return apply(TABLE[".^"], (self, exponent))


def _operand(value: Any) -> Any:
    return value if isinstance(value, Operand) else constant(value)


def _sum(left: Any, right: Any) -> Any:
    if left.scalar and not right.scalar:
        left = left * apply(TABLE["ones"], (), (right.rows, right.cols))
    elif right.scalar and not left.scalar:
        right = right * apply(TABLE["ones"], (), (left.rows, left.cols))
    return apply(TABLE["+"], (left, right))


def _times(left: Any, right: Any) -> Any:
    return apply(TABLE["*" if left.scalar or right.scalar else ".*"], (left, right))


class Node(Operand):
    """An application of an operation to nodes. Immutable; equal nodes are the same object."""

    __slots__ = (
        "__weakref__", "args", "cols", "complex", "held", "known", "op", "params", "rows",
        "scalar",  # pyright: ignore[reportIncompatibleMethodOverride]
    )  # fmt: skip
    op: Op
    args: tuple[Node, ...]
    params: tuple[Any, ...]
    complex: bool
    scalar: bool
    held: int  # the operations in the formula, as bits; the last is for anything complex
    known: Properties | None  # the properties, once they have been asked for

    @property
    def size(self) -> Shape:
        return self.rows, self.cols

    @property
    def square(self) -> bool:
        return self.rows == self.cols

    @property
    def column(self) -> bool:
        return self.cols == 1

    @property
    def properties(self) -> Properties:
        """What is known of the value, inferred from the arguments on first use."""
        if self.known is None:
            for arg in self.args:
                if arg.known is None:
                    for node in postorder(arg, lambda n: n.known is not None):
                        node.known = _inferred(node)
            self.known = _inferred(self)
        return self.known

    def holds(self, op: Op) -> bool:
        """Whether the operation stands anywhere in the formula."""
        return self.held & op.bit != 0

    @property
    def holds_complex(self) -> bool:
        """Whether anything in the formula is complex; it may be real itself, as abs(z) is."""
        return self.held & 1 != 0

    def has(self, name: str) -> bool:
        if self.rows != self.cols and name in SQUARE:
            return False
        return name in (self.properties if self.known is None else self.known)

    def __repr__(self) -> str:
        inside = ", ".join([*map(str, self.params), *map(repr, self.args)])
        return f"{self.op.name}({inside})" if inside else self.op.name


def _inferred(node: Node) -> Properties:
    if node.op is VARIABLE:
        return node.params[3]
    if node.op.properties is None:
        return NONE
    found = frozenset(node.op.properties(*node.args, *node.params))
    return closure(found if node.square else found - SQUARE)


class _Reference(weakref.ref[Node]):
    """A weak reference that knows its key. (WeakValueDictionary does the same in Python code, at twice the cost.)"""

    __slots__ = ("key",)
    key: Any


_nodes: dict[Any, _Reference] = {}


def _forget(reference: _Reference) -> None:
    if _nodes.get(reference.key) is reference:  # a new node may have taken its place
        del _nodes[reference.key]


def make(op: Op, args: tuple[Node, ...] = (), params: tuple[Any, ...] = (), checked: Shape | None = None) -> Node:
    """The node, sizes checked (unless the caller has: `checked`), the same object if it exists already."""
    key = (op, args, params)
    known = _nodes.get(key)
    if known is not None and (found := known()) is not None:
        return found
    node = Node()
    node.op, node.args, node.params, node.known = op, args, params, None
    if checked is not None:
        node.rows, node.cols = checked
    elif op.shape is not None:
        node.rows, node.cols = op.shape(args, params)
    else:
        assert op.signature is not None
        node.rows, node.cols = op.signature.shape(op.name, params, tuple([(a.rows, a.cols) for a in args]))
    node.scalar = node.rows == 1 and node.cols == 1
    held = op.bit
    node.complex = False
    for arg in args:
        held |= arg.held
        if arg.complex and not op.real:
            node.complex = True
    node.held = held
    _nodes[key] = reference = _Reference(node, _forget)  # pyright: ignore[reportArgumentType]  (it is called with itself)
    reference.key = key
    return node


def apply(op: Op, args: Sequence[Any], params: tuple[Any, ...] = ()) -> Any:
    """The operation applied to nodes, or carried through a linear map if one argument is such a map."""
    operands: tuple[Any, ...] = tuple([a if isinstance(a, Operand) else constant(a) for a in args])
    for position, arg in enumerate(operands):
        if not isinstance(arg, Node):
            return arg.through(op, operands, params, position)
    return make(op, operands, params)


def _variable_shape(args: Sequence[Node], params: tuple[Any, ...]) -> Shape:
    return params[1], params[2]


VARIABLE = Op("variable", shape=_variable_shape)
CONSTANT = Op(
    "constant", signature=Signature("->11"), properties=lambda value: ["positive"] * (value > 0),
)  # fmt: skip


def variable(name: str, rows: AnySize = 1, cols: AnySize = 1, properties: Iterable[str] = ()) -> Node:
    """A variable. Properties that need a square matrix are refused for others."""
    found = closure(frozenset(properties))
    if rows != cols and (bad := sorted(found & SQUARE)):
        raise FormulaError(f"{name} is {rows}×{cols}: only a square matrix can be {bad[0]}")
    node = make(VARIABLE, (), (name, rows, cols, found), checked=(rows, cols))
    if "complex" in found:
        node.complex = True
        node.held |= 1
    return node


LONGEST_NUMBER = 4000
"""Digits; Python itself refuses to print an integer of more than 4,300."""
MOST_BITS = LONGEST_NUMBER * 10 // 3


def constant(value: int | Fraction | float | Real | str) -> Node:
    """An exact number, also one of NumPy's. A float is taken as the decimal that Python prints for it.

    Raises `FormulaError` for numbers that are not finite, or too long to be worked with.
    """
    if type(value) is int and -LARGEST_KEPT <= value <= LARGEST_KEPT:
        return _whole(value)
    exact = value if isinstance(value, Fraction) and type(value.numerator) is int else _exact(value)
    if max(exact.numerator.bit_length(), exact.denominator.bit_length()) > MOST_BITS:
        raise FormulaError(f"a number of more than {LONGEST_NUMBER:,} digits is not worked with")
    return make(CONSTANT, (), (exact,), checked=(1, 1))


def _exact(value: float | Real | str) -> Fraction:
    if isinstance(value, str):
        return Fraction(value)
    if isinstance(value, Rational):
        return Fraction(int(value.numerator), int(value.denominator))  # Python's integers, which never overflow
    number = float(value)
    if not isfinite(number):
        raise FormulaError(f"{number} is no number that can stand in a formula")
    return Fraction(repr(number))


LARGEST_KEPT = 100  # the numbers that formulas are full of stay alive


@cache
def _whole(value: int) -> Node:
    return make(CONSTANT, (), (Fraction(value),), checked=(1, 1))


def postorder(root: Node, skip: Callable[[Node], bool] = frozenset[Node]().__contains__) -> list[Node]:
    """Every node under the root once, arguments before what is made of them, without recursion.

    Nodes for which `skip` holds are left out, with what is under them.
    """
    if skip(root):
        return []
    seen = {root}
    order: list[Node] = []
    above: list[tuple[Node, Iterator[Node]]] = []  # the path from the root, and which arguments are still to come
    node, args = root, iter(root.args)
    while True:
        for arg in args:
            if arg in seen or skip(arg):
                continue
            seen.add(arg)
            if arg.args:
                above.append((node, args))
                node, args = arg, iter(arg.args)
                break
            order.append(arg)
        else:
            order.append(node)
            if not above:
                return order
            node, args = above.pop()


def variables_of(root: Node) -> list[Node]:
    """The variables in a formula, in order of appearance."""
    return [node for node in postorder(root) if node.op is VARIABLE]


def rebuild(root: Node, change: Callable[[Node], Node | None]) -> Node:
    """The formula with some nodes replaced: `change` gives the replacement of a node, or None to keep it."""
    new: dict[Node, Node] = {}
    for node in postorder(root):
        replaced = change(node)
        if replaced is None:
            args = tuple([new[a] for a in node.args])
            replaced = node if args == node.args else make(node.op, args, node.params)
        new[node] = replaced
    return new[root]


def substitute(root: Node, mapping: dict[Node, Node]) -> Node:
    return rebuild(root, mapping.get)
