"""What every operation does to networks: the step from a formula with indices to sums of products of matrices.

May import core and operations.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from itertools import combinations_with_replacement, permutations
from itertools import product as combinations
from math import prod

from dvec.core.algebra import ADD, CONJUGATE, HADAMARD, ONES, POWER, PRODUCT, TRANSPOSE
from dvec.core.errors import FormulaError
from dvec.core.node import CONSTANT, TABLE, Node, Op, constant, make
from dvec.notation.lifting_contract import contracted
from dvec.notation.lifting_layout import identity, taken_together
from dvec.notation.lifting_nodes import power, times
from dvec.notation.lifting_terms import Axis, Factor, Side, Tensor, Term
from dvec.operations.constants import UNIT
from dvec.operations.matrix_functions import MATRIX_POWER
from dvec.operations.norms import NORM1, NORM2
from dvec.operations.reductions import LOGSUMEXP, SOFTMAX, SUM, TRACE
from dvec.operations.structure import DIAG, DIAGONAL, KHATRI, KRON, RVEC, VEC

MOST_TERMS = 64  # products of sums with more are not multiplied out
LARGEST_POWER = 4

Rule = Callable[[Node, list[Tensor], Mapping[Node, Tensor]], Tensor]


def leaf(node: Node) -> Tensor:
    """A formula without indices: one matrix, or a number."""
    if node.scalar:
        return Tensor((), (), (Term((node,)),))
    rows, cols = (() if size == 1 else (Axis(size),) for size in node.size)
    factors = () if node.op is ONES else (Factor(node, rows, cols),)
    return Tensor(rows, cols, (Term((), factors),))


# ---------------------------------------------------------------- from networks to one matrix


def collapsed(tensor: Tensor) -> Tensor:
    """The same with one matrix in place of the network."""
    node, rows, cols = matrix_of(tensor)
    term = Term((), (Factor(node, rows, cols),)) if rows or cols else Term((node,))
    return Tensor(tensor.rows, tensor.cols, (term,))


def matrix_of(tensor: Tensor, sides: tuple[Side, Side] | None = None) -> tuple[Node, Side, Side]:
    """The matrix of a tensor over all axes that it depends on, and what its sides are."""
    terms = [contracted(term) for term in tensor.terms]
    rows, cols = sides or _sides(Tensor(tensor.rows, tensor.cols, tuple(terms)), tensor.axes)
    return taken_together(terms, rows, cols), rows, cols


def _sides(tensor: Tensor, axes: list[Axis]) -> tuple[Side, Side]:
    """How the axes are best laid out: as a matrix in the formula has them, own sides as they are, else as they come."""
    wanted = set(axes)
    for term in tensor.terms:
        for factor in term.factors:
            if set(factor.axes) == wanted and (not factor.rows or not factor.cols or len(axes) == 2):
                return factor.rows, factor.cols
    rows, cols = list(tensor.rows), list(tensor.cols)
    for axis in axes:
        if axis not in rows and axis not in cols:
            (cols if rows and not cols and len(axes) == 2 else rows).append(axis)
    if not cols and len(rows) > 2:
        cols = [rows.pop()]
    return tuple(rows), tuple(cols)


def expanded(factors: Sequence[Sequence[Term]]) -> tuple[Term, ...]:
    """The product of sums of terms, multiplied out."""
    found: list[Term] = []
    for chosen in combinations(*factors):
        term = Term()
        for one in chosen:
            term = term.times(one)
        found.append(term)
    return tuple(found)


def _compact(tensor: Tensor) -> Tensor:
    """A sum of several terms as one matrix, if two axes are enough."""
    return collapsed(tensor) if len(tensor.terms) > 1 and len(tensor.axes) <= 2 else tensor


def _multiplied(tensors: Sequence[Tensor]) -> tuple[Term, ...]:
    if len(tensors) == 1:
        return tensors[0].terms
    tensors = [_compact(tensor) for tensor in tensors]
    if prod(len(tensor.terms) for tensor in tensors) > MOST_TERMS:
        tensors = [collapsed(tensor) if len(tensor.terms) > 1 else tensor for tensor in tensors]
    return expanded([tensor.terms for tensor in tensors])


# ---------------------------------------------------------------- sides that are the same


def _matched(tensor: Tensor, rows: Side, cols: Side) -> Tensor:
    """The tensor with the sides that another has."""
    for mine, wanted in ((tensor.rows, rows), (tensor.cols, cols)):
        if mine == wanted:
            continue
        if len(mine) == len(wanted) and all(a.size == b.size for a, b in zip(mine, wanted, strict=True)):
            tensor = tensor.renamed({a: (b,) for a, b in zip(mine, wanted, strict=True)})
        else:
            link = identity(mine, wanted)
            terms = tuple(Term(t.scalars, (*t.factors, link), t.summed.union(mine)) for t in tensor.terms)
            tensor = Tensor(tensor.rows, tensor.cols, terms)
    return Tensor(rows, cols, tensor.terms)


def _aligned(tensors: Sequence[Tensor]) -> list[Tensor]:
    """Tensors of the same size with the same sides; scalars among them stay as they are."""
    rows = max((tensor.rows for tensor in tensors), key=len)
    cols = max((tensor.cols for tensor in tensors), key=len)
    return [_matched(t, rows, cols) if t.rows or t.cols else t for t in tensors]


# ---------------------------------------------------------------- sums and products


def _unit(node: Node, args: list[Tensor], known: Mapping[Node, Tensor]) -> Tensor:
    size, index = node.params
    row = Axis(size)
    return Tensor((row,), (), (Term((), (identity((row,), (index,)),)),))


def _add(node: Node, args: list[Tensor], known: Mapping[Node, Tensor]) -> Tensor:
    args = _aligned(args)
    return Tensor(args[0].rows, args[0].cols, tuple(term for arg in args for term in arg.terms))


def _hadamard(node: Node, args: list[Tensor], known: Mapping[Node, Tensor]) -> Tensor:
    args = _aligned(args)
    return Tensor(args[0].rows, args[0].cols, _multiplied(args))


def _product(node: Node, args: list[Tensor], known: Mapping[Node, Tensor]) -> Tensor:
    """Neighbours share a side that is summed over. Factors without an index stay together."""
    scalars = [t for factor, t in zip(node.args, args, strict=True) if factor.scalar]
    chain = _runs([(factor, t) for factor, t in zip(node.args, args, strict=True) if not factor.scalar], known)
    found: Tensor | None = None
    for tensor in chain:
        found = tensor if found is None else _linked(found, tensor)
    if found is None:
        return Tensor((), (), _multiplied(scalars))
    return Tensor(found.rows, found.cols, _multiplied([*scalars, found]))


def _runs(chain: list[tuple[Node, Tensor]], known: Mapping[Node, Tensor]) -> list[Tensor]:
    """The factors of a chain, neighbours that do not depend on an index multiplied as they stand."""
    found: list[Tensor] = []
    run: list[Node] = []
    for factor, tensor in chain:
        if factor in known:
            found += [leaf(times(*run))] if run else []
            found.append(tensor)
            run = []
        else:
            run.append(factor)
    return [*found, leaf(times(*run))] if run else found


def _linked(left: Tensor, right: Tensor) -> Tensor:
    """The matrix product of two tensors."""
    right = _matched(right, left.cols, right.cols)
    terms = tuple(term.over(left.cols) for term in _multiplied([left, right]))
    return Tensor(left.rows, right.cols, terms)


def _transpose(node: Node, args: list[Tensor], known: Mapping[Node, Tensor]) -> Tensor:
    return Tensor(args[0].cols, args[0].rows, args[0].terms)


def _matrix_power(node: Node, args: list[Tensor], known: Mapping[Node, Tensor]) -> Tensor:
    exponent = node.args[1]
    if exponent.op is not CONSTANT or exponent.params[0] not in range(1, LARGEST_POWER + 1):
        raise FormulaError("an index inside a matrix power has no matrix form: write the product out")
    found = args[0]
    for _ in range(int(exponent.params[0]) - 1):
        found = _linked(found, args[0].fresh())
    return found


# ---------------------------------------------------------------- entry by entry


def entrywise_rule(node: Node, args: list[Tensor], known: Mapping[Node, Tensor]) -> Tensor:
    """A function of every entry is one of every entry of the matrix, however that is laid out."""
    return _applied(node.op, args[0])


def _applied(op: Op, tensor: Tensor) -> Tensor:
    argument, rows, cols = matrix_of(tensor)
    return _of_matrix(tensor, make(op, (argument,)), rows, cols)


def _of_matrix(tensor: Tensor, node: Node, rows: Side, cols: Side) -> Tensor:
    term = Term((), (Factor(node, rows, cols),)) if rows or cols else Term((node,))
    return Tensor(tensor.rows, tensor.cols, (term,))


def _power(node: Node, args: list[Tensor], known: Mapping[Node, Tensor]) -> Tensor:
    base, exponent = args
    value = node.args[1].params[0] if node.args[1].op is CONSTANT else None
    if node.args[0].op is NORM2 and value == 2:
        return _sum_of_squares(known[node.args[0].args[0]].fresh(), node.args[0].args[0])
    if node.args[1] not in known and node.args[1].scalar:
        return _to_power(base, node.args[1], value)
    base, exponent = _aligned([base, exponent])
    axes = list(dict.fromkeys([*base.axes, *exponent.axes]))
    sides = _sides(Tensor(base.rows, base.cols, (*base.terms, *exponent.terms)), axes)
    nodes = [matrix_of(tensor, sides)[0] for tensor in (base, exponent)]
    return _of_matrix(base if base.rows or base.cols else exponent, power(*nodes), *sides)


def _to_power(base: Tensor, exponent: Node, value: Fraction | None) -> Tensor:
    """A power with a number for an exponent; of many axes, factor by factor or multiplied out where possible."""
    whole = value is not None and value.denominator == 1
    if len(base.axes) > 2 and whole and len(base.terms) == 1 and not base.terms[0].summed:
        term = base.terms[0]
        scalars = tuple(power(scalar, exponent) for scalar in term.scalars)
        factors = tuple(Factor(power(f.node, exponent), f.rows, f.cols) for f in term.factors)
        return Tensor(base.rows, base.cols, (Term(scalars, factors),))
    if len(base.axes) > 2 and value in (2, 3):
        copies = [_matched(base.fresh(), base.rows, base.cols).terms for _ in range(int(value))]
        if len(base.terms) ** len(copies) <= MOST_TERMS:
            return Tensor(base.rows, base.cols, _power_of_sum(copies))
    node, rows, cols = matrix_of(base)
    return _of_matrix(base, power(node, exponent), rows, cols)


def _power_of_sum(copies: Sequence[Sequence[Term]]) -> tuple[Term, ...]:
    """(a + b)^2 = a^2 + 2*a*b + b^2 for copies of a + b."""
    found: list[Term] = []
    for chosen in combinations_with_replacement(range(len(copies[0])), len(copies)):
        term = Term((constant(len(set(permutations(chosen)))),))
        for copy, position in zip(copies, chosen, strict=True):
            term = term.times(copy[position])
        found.append(term)
    return tuple(found)


# ---------------------------------------------------------------- sums over sides, diagonals


def _sum(node: Node, args: list[Tensor], known: Mapping[Node, Tensor]) -> Tensor:
    return args[0].over([*args[0].rows, *args[0].cols])


def _trace(node: Node, args: list[Tensor], known: Mapping[Node, Tensor]) -> Tensor:
    return _on_diagonal(args[0]).over(args[0].rows)


def _diagonal(node: Node, args: list[Tensor], known: Mapping[Node, Tensor]) -> Tensor:
    return _on_diagonal(args[0])


def _on_diagonal(tensor: Tensor) -> Tensor:
    tensor = _matched(tensor, tensor.rows, tensor.rows)
    return Tensor(tensor.rows, (), tensor.terms)


def _diag(node: Node, args: list[Tensor], known: Mapping[Node, Tensor]) -> Tensor:
    rows = args[0].rows
    cols = tuple(Axis(axis.size) for axis in rows)
    link = identity(rows, cols)
    return Tensor(rows, cols, tuple(Term(t.scalars, (*t.factors, link), t.summed) for t in args[0].terms))


def _sum_of_squares(tensor: Tensor, argument: Node) -> Tensor:
    if argument.complex:
        tensor = _applied(TABLE["abs"], tensor)
    return _to_power(tensor, constant(2), Fraction(2)).over([*tensor.rows, *tensor.cols])


def _norm2(node: Node, args: list[Tensor], known: Mapping[Node, Tensor]) -> Tensor:
    return _to_power(_sum_of_squares(args[0], node.args[0]), constant("1/2"), Fraction(1, 2))


def _norm1(node: Node, args: list[Tensor], known: Mapping[Node, Tensor]) -> Tensor:
    return _applied(TABLE["abs"], args[0]).over([*args[0].rows, *args[0].cols])


def _softmax(node: Node, args: list[Tensor], known: Mapping[Node, Tensor]) -> Tensor:
    above = _applied(TABLE["exp"], args[0])
    below = above.fresh()
    below = _to_power(below.over(below.rows), constant(-1), Fraction(-1))
    return Tensor(above.rows, (), _multiplied([above, below]))


def _logsumexp(node: Node, args: list[Tensor], known: Mapping[Node, Tensor]) -> Tensor:
    return _applied(TABLE["log"], _applied(TABLE["exp"], args[0]).over(args[0].rows))


# ---------------------------------------------------------------- joined sides


def _vec(node: Node, args: list[Tensor], known: Mapping[Node, Tensor]) -> Tensor:
    return Tensor(args[0].cols + args[0].rows, (), args[0].terms)


def _rvec(node: Node, args: list[Tensor], known: Mapping[Node, Tensor]) -> Tensor:
    return Tensor((), args[0].rows + args[0].cols, args[0].terms)


def _kron(node: Node, args: list[Tensor], known: Mapping[Node, Tensor]) -> Tensor:
    a, b = args
    return Tensor(a.rows + b.rows, a.cols + b.cols, _multiplied(args))


def _khatri(node: Node, args: list[Tensor], known: Mapping[Node, Tensor]) -> Tensor:
    a, b = args
    b = _matched(b, b.rows, a.cols)
    return Tensor(a.rows + b.rows, a.cols, _multiplied([a, b]))


RULES: dict[Op, Rule] = {
    UNIT: _unit, ADD: _add, HADAMARD: _hadamard, PRODUCT: _product, TRANSPOSE: _transpose, MATRIX_POWER: _matrix_power,
    POWER: _power, CONJUGATE: entrywise_rule, SUM: _sum, TRACE: _trace, DIAGONAL: _diagonal, DIAG: _diag,
    NORM2: _norm2, NORM1: _norm1, SOFTMAX: _softmax, LOGSUMEXP: _logsumexp,
    VEC: _vec, RVEC: _rvec, KRON: _kron, KHATRI: _khatri,
}  # fmt: skip
