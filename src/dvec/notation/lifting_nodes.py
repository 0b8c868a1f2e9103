"""Nodes as they are put together when index sums become matrix notation: readable, but not otherwise simplified.

May import core and operations.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

from dvec.core.algebra import ADD, EYE, HADAMARD, ONE, ONES, POWER, PRODUCT, ZEROS, ones, transposed
from dvec.core.node import CONSTANT, Node, constant, make
from dvec.operations.constants import size_constant
from dvec.operations.entrywise import ABS
from dvec.operations.norms import NORM2
from dvec.operations.reductions import SUM, TRACE
from dvec.operations.structure import DIAG, DIAGONAL, diag

_TWO = constant(2)
_HALF = constant("1/2")


def times(*factors: Node) -> Node:
    """The product, scalars in front; a chain that begins and ends with a side of 1 is a scalar of its own."""
    number = Fraction(1)
    scalars: list[Node] = []
    chain: list[Node] = []
    for factor in _flat(factors):
        if factor.op is CONSTANT:
            number *= factor.params[0]
        elif factor.scalar:
            scalars.append(factor)
        else:
            chain.append(factor)
            if chain[0].rows == 1 and factor.cols == 1:
                scalars.append(make(PRODUCT, tuple(chain)))
                chain = []
    found = [*scalars, *_without_identities(chain)]
    if number != 1 or not found:
        found.insert(0, constant(number))
    return found[0] if len(found) == 1 else make(PRODUCT, tuple(found))


def _flat(factors: Iterable[Node]) -> Iterable[Node]:
    for factor in factors:
        if factor.op is PRODUCT and not (factor.scalar and not factor.args[0].scalar):
            yield from factor.args
        else:
            yield factor


def _without_identities(chain: list[Node]) -> list[Node]:
    kept = [factor for factor in chain if factor.op is not EYE]
    return kept or chain[:1]


def plus(terms: Sequence[Node]) -> Node:
    return terms[0] if len(terms) == 1 else make(ADD, tuple(terms))


def turn(node: Node) -> Node:
    """The transpose, taken to the factors of a product."""
    if node.op is PRODUCT and not node.scalar:
        scalars = [factor for factor in node.args if factor.scalar]
        return times(*scalars, *(turn(factor) for factor in reversed(node.args) if not factor.scalar))
    if node.op in (EYE, ONES, ZEROS) and node.op.transpose is not None:
        return node.op.transpose(*node.params)
    return transposed(node)


def entrywise_product(nodes: Sequence[Node]) -> Node:
    """A.*B, in which scalars of the factors stand in front and matrices of ones are left out."""
    scalars: list[Node] = []
    factors: list[Node] = []
    for node in nodes:
        inner = node
        if node.op is PRODUCT and node.args[0].scalar and not node.scalar:
            scalars += [factor for factor in node.args if factor.scalar]
            inner = times(*(factor for factor in node.args if not factor.scalar))
        factors += inner.args if inner.op is HADAMARD else (inner,)
    kept = [factor for factor in factors if factor.op is not ONES] or factors[:1]
    return times(*scalars, kept[0] if len(kept) == 1 else make(HADAMARD, tuple(kept)))


def power(base: Node, exponent: Node) -> Node:
    """base.^exponent; the square of a square root is what stood under it."""
    if (
        base.op is POWER
        and exponent is _TWO
        and base.args[1].op is CONSTANT
        and base.args[1].params[0] == Fraction(1, 2)
    ):
        return base.args[0]
    if exponent is ONE:
        return base
    if base.scalar and not exponent.scalar:
        base = times(base, ones(exponent.rows, exponent.cols))
    return make(POWER, (base, exponent))


def diagonal_matrix(column: Node) -> Node:
    return diag(column)


def square_of_norm(node: Node) -> Node:
    return make(POWER, (make(NORM2, (node,)), _TWO))


def total(node: Node) -> Node:
    """The sum of all entries, in the form in which one meets it: norm2(R)^2, tr(A), n, sum(x)."""
    if node.scalar:
        return node
    if node.op is PRODUCT and node.args[0].scalar:
        scalars = [factor for factor in node.args if factor.scalar]
        return times(*scalars, total(times(*(factor for factor in node.args if not factor.scalar))))
    if node.op is POWER and node.args[1] is _TWO and not node.complex:
        base = node.args[0]
        return square_of_norm(base.args[0] if base.op is ABS else base)
    if node.op is DIAGONAL:
        return trace(node.args[0])
    if node.op is DIAG:
        return total(node.args[0])
    if node.op is EYE:
        return size_constant(node.rows)
    if node.op is ONES:
        return times(size_constant(node.rows), size_constant(node.cols))
    return make(SUM, (node,))


def trace(node: Node) -> Node:
    scalars = [factor for factor in node.args if factor.scalar] if node.op is PRODUCT else []
    if scalars:
        return times(*scalars, trace(times(*(factor for factor in node.args if not factor.scalar))))
    return make(TRACE, (node,))
