"""The entries of every operation: which entries of its arguments an entry of its value is made of.

May import core and operations. An operation without a rule here, such as inv, is an atom of which one entry is meant.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import NamedTuple

from dvec.core.algebra import ADD, CONJUGATE, EYE, HADAMARD, ONES, POWER, PRODUCT, TRANSPOSE, ZEROS
from dvec.core.node import CONSTANT, TABLE, Node, Op
from dvec.core.sizes import AnySize
from dvec.notation.index_entries import Entries, Entry, Index
from dvec.operations.constants import UNIT, size_constant
from dvec.operations.matrix_functions import MATRIX_POWER
from dvec.operations.norms import NORM1, NORM2
from dvec.operations.reductions import LOGSUMEXP, SOFTMAX, SUM, TRACE
from dvec.operations.structure import DIAG, DIAGONAL

LARGEST_POWER = 4  # X^k up to this k is written as a product

Place = Index | None  # a row or column index, None where there is one row or column only


class Wanted(NamedTuple):
    """One entry of a formula; two of the same are asked for as the same."""

    node: Node
    row: Place
    col: Place


class Plan(NamedTuple):
    """The entries that an entry is made of, and how."""

    needs: Sequence[Wanted]
    made: Callable[[list[Entry]], Entry]


class IndexRules:
    """Turns formulas into entries. One object serves one formula, so that its free indices are the same objects."""

    def __init__(self) -> None:
        self.entries = Entries()
        self._symbols: dict[str, Index] = {}
        self._done: dict[Wanted, Entry] = {}

    def symbol(self, name: int | str, size: AnySize) -> Index:
        """The free index with this name, or the fixed position with this number."""
        return self._symbols.setdefault(str(name), Index(size, str(name)))

    def entry(self, node: Node, row: Place, col: Place) -> Entry:
        """One entry of a formula, by a stack of its own: no depth is too deep."""
        done, root = self._done, Wanted(node, row, col)
        plans: dict[Wanted, Plan] = {}
        stack = [root]
        while stack:
            wanted = stack[-1]
            if wanted in done:
                stack.pop()
                continue
            plan = plans.get(wanted)
            if plan is None:
                plan = plans[wanted] = RULES.get(wanted.node.op, _default)(self, wanted)
            missing = [need for need in plan.needs if need not in done]
            if missing:
                stack.extend(reversed(missing))
            else:
                done[wanted] = plan.made([done[need] for need in plan.needs])
        return done[root]

    def count(self, size: AnySize) -> Entry:
        """A size as a number."""
        if isinstance(size, int):
            return self.entries.number(size)
        return self.entries.atom(size_constant(size), None, None)

    def sum(self, indices: Sequence[Place], body: Entry) -> Entry:
        return self.entries.sum([index for index in indices if index is not None], body, self.count)

    def all_of(self, node: Node) -> Wanted:
        """The entry at new indices, to be summed over."""
        return Wanted(node, index_over(node.rows), index_over(node.cols))


def index_over(size: AnySize) -> Place:
    """A new index, none for a side of 1."""
    return None if size == 1 else Index(size)


Rule = Callable[[IndexRules, Wanted], Plan]


def _default(rules: IndexRules, wanted: Wanted) -> Plan:
    """A function of every entry commutes with taking an entry; of anything else one entry is meant."""
    node, row, col = wanted
    if node.op.derivative is not None or node.op is CONJUGATE:
        return Plan([Wanted(node.args[0], row, col)], lambda args: rules.entries.call(node, args[0]))
    return Plan([], lambda _: rules.entries.atom(node, row, col))


# ---------------------------------------------------------------- constants


def _constant(rules: IndexRules, wanted: Wanted) -> Plan:
    return Plan([], lambda _: rules.entries.number(wanted.node.params[0]))


def _ones(rules: IndexRules, wanted: Wanted) -> Plan:
    return Plan([], lambda _: rules.entries.one)


def _zeros(rules: IndexRules, wanted: Wanted) -> Plan:
    return Plan([], lambda _: rules.entries.zero)


def _identity(rules: IndexRules, wanted: Wanted) -> Plan:
    return Plan([], lambda _: _delta(rules, wanted.row, wanted.col))


def _unit(rules: IndexRules, wanted: Wanted) -> Plan:
    size, position = wanted.node.params
    return Plan([], lambda _: _delta(rules, wanted.row, rules.symbol(position, size)))


def _delta(rules: IndexRules, a: Place, b: Place) -> Entry:
    assert a is not None
    assert b is not None
    return rules.entries.delta(a, b)


# ---------------------------------------------------------------- entry by entry


def _sum_of_terms(rules: IndexRules, wanted: Wanted) -> Plan:
    needs = [Wanted(term, wanted.row, wanted.col) for term in wanted.node.args]
    return Plan(needs, rules.entries.plus)


def _hadamard(rules: IndexRules, wanted: Wanted) -> Plan:
    needs = [Wanted(factor, wanted.row, wanted.col) for factor in wanted.node.args]
    return Plan(needs, rules.entries.times)


def _power(rules: IndexRules, wanted: Wanted) -> Plan:
    node, row, col = wanted
    base, exponent = node.args
    power = Wanted(exponent, None, None) if exponent.scalar else Wanted(exponent, row, col)
    return Plan([Wanted(base, row, col), power], lambda args: rules.entries.power(*args))


def _transpose(rules: IndexRules, wanted: Wanted) -> Plan:
    return Plan([Wanted(wanted.node.args[0], wanted.col, wanted.row)], lambda args: args[0])


# ---------------------------------------------------------------- products


def _product(rules: IndexRules, wanted: Wanted) -> Plan:
    return _chains(rules, wanted.node.args, wanted.row, wanted.col)


def _chains(rules: IndexRules, factors: Sequence[Node], row: Place, col: Place) -> Plan:
    """c*A*B*…: neighbours share an index that is summed over. What is 1×1 on the way is a factor of its own."""
    needs: list[Wanted] = []
    deltas: list[Entry] = []
    sums: list[tuple[int, list[Place]]] = []  # up to which need a sum goes, and over what
    chain: list[Node] = []
    left = sum(not factor.scalar for factor in factors)
    for factor in factors:
        if factor.scalar:
            needs.append(Wanted(factor, None, None))
            continue
        chain.append(factor)
        left -= 1
        if not left or (chain[0].rows == 1 and factor.cols == 1):
            places, summed = _places(rules, chain, row if chain[0].rows != 1 else None, None if left else col, deltas)
            needs += _entries_of(chain, places)
            sums.append((len(needs), summed))
            chain = []

    def made(args: list[Entry]) -> Entry:
        parts: list[Entry] = []
        start = 0
        for end, summed in sums:
            parts.append(rules.sum(summed, rules.entries.times(args[start:end])))
            start = end
        return rules.entries.times([*parts, *args[start:], *deltas])

    return Plan(needs, made)


def _unit_of(factor: Node) -> Node | None:
    """The unit vector that a factor is, or is the transpose of."""
    inner = factor.args[0] if factor.op is TRANSPOSE else factor
    return inner if inner.op is UNIT else None


def _places(
    rules: IndexRules, chain: list[Node], row: Place, col: Place, deltas: list[Entry]
) -> tuple[list[Place], list[Place]]:
    """The indices left and right of each factor of a chain, and those that are summed.

    A unit vector says which index stands beside it, an identity or a diagonal matrix has the same on both sides; where
    that makes two given indices equal, a delta is left.
    """
    given: list[list[Place]] = [[row], *([] for _ in chain)]
    first = list(range(len(given)))  # of places that are the same, the first
    for k, factor in enumerate(chain):
        unit = _unit_of(factor)
        if unit is not None:
            place = first[k] if factor is unit else k + 1
            given[place].append(rules.symbol(unit.params[1], unit.rows))
        elif factor.op in (EYE, DIAG):
            first[k + 1] = first[k]
    given[first[-1]].append(col)
    places: list[Place] = []
    summed: list[Place] = []
    for k, size in enumerate([chain[0].rows, *(factor.cols for factor in chain)]):
        known = [index for index in given[k] if index is not None]
        if first[k] != k:
            places.append(places[first[k]])
        elif known or size == 1:
            places.append(known[0] if known else None)
            deltas += [rules.entries.delta(known[0], other) for other in known[1:]]
        else:
            places.append(Index(size))
            summed.append(places[-1])
    return places, summed


def _entries_of(chain: list[Node], places: list[Place]) -> list[Wanted]:
    """The entries that the factors of a chain have at these places."""
    found: list[Wanted] = []
    for k, factor in enumerate(chain):
        if factor.op is DIAG:
            found.append(Wanted(factor.args[0], places[k], None))
        elif factor.op is not EYE and _unit_of(factor) is None:
            found.append(Wanted(factor, places[k], places[k + 1]))
    return found


def _matrix_power(rules: IndexRules, wanted: Wanted) -> Plan:
    base, exponent = wanted.node.args
    if exponent.op is CONSTANT and exponent.params[0] in range(1, LARGEST_POWER + 1):
        return _chains(rules, [base] * int(exponent.params[0]), wanted.row, wanted.col)
    return _default(rules, wanted)


# ---------------------------------------------------------------- sums over entries, diagonals


def _sum(rules: IndexRules, wanted: Wanted) -> Plan:
    need = rules.all_of(wanted.node.args[0])
    return Plan([need], lambda args: rules.sum([need.row, need.col], args[0]))


def _trace(rules: IndexRules, wanted: Wanted) -> Plan:
    index = index_over(wanted.node.args[0].rows)
    return Plan([Wanted(wanted.node.args[0], index, index)], lambda args: rules.sum([index], args[0]))


def _diag(rules: IndexRules, wanted: Wanted) -> Plan:
    need = Wanted(wanted.node.args[0], wanted.row, None)
    return Plan([need], lambda args: rules.entries.times([args[0], _delta(rules, wanted.row, wanted.col)]))


def _diagonal(rules: IndexRules, wanted: Wanted) -> Plan:
    return Plan([Wanted(wanted.node.args[0], wanted.row, wanted.row)], lambda args: args[0])


# ---------------------------------------------------------------- norms, softmax


def _norm2(rules: IndexRules, wanted: Wanted) -> Plan:
    """The square root of the sum of squares, of absolute values where entries are complex."""
    argument = wanted.node.args[0]
    need = rules.all_of(argument)
    entries = rules.entries

    def made(args: list[Entry]) -> Entry:
        size = entries.call(TABLE["abs"](argument), args[0]) if argument.complex else args[0]
        squares = rules.sum([need.row, need.col], entries.power(size, entries.number(2)))
        return entries.power(squares, entries.number(Fraction(1, 2)))

    return Plan([need], made)


def _norm1(rules: IndexRules, wanted: Wanted) -> Plan:
    argument = wanted.node.args[0]
    need = rules.all_of(argument)
    size = TABLE["abs"](argument)
    return Plan([need], lambda args: rules.sum([need.row, need.col], rules.entries.call(size, args[0])))


def _softmax(rules: IndexRules, wanted: Wanted) -> Plan:
    """exp(x[i])/sum(j: exp(x[j]))"""
    x = wanted.node.args[0]
    summed = rules.all_of(x)
    exp, entries = TABLE["exp"](x), rules.entries

    def made(args: list[Entry]) -> Entry:
        above, below = (entries.call(exp, arg) for arg in args)
        total = rules.sum([summed.row], below)
        return entries.times([above, entries.power(total, entries.number(-1))])

    return Plan([Wanted(x, wanted.row, None), summed], made)


def _logsumexp(rules: IndexRules, wanted: Wanted) -> Plan:
    x = wanted.node.args[0]
    need = rules.all_of(x)
    exp, log = TABLE["exp"](x), TABLE["log"](wanted.node)

    def made(args: list[Entry]) -> Entry:
        return rules.entries.call(log, rules.sum([need.row], rules.entries.call(exp, args[0])))

    return Plan([need], made)


RULES: dict[Op, Rule] = {
    CONSTANT: _constant, ONES: _ones, ZEROS: _zeros, EYE: _identity, UNIT: _unit,
    ADD: _sum_of_terms, HADAMARD: _hadamard, POWER: _power, TRANSPOSE: _transpose,
    PRODUCT: _product, MATRIX_POWER: _matrix_power,
    SUM: _sum, TRACE: _trace, DIAG: _diag, DIAGONAL: _diagonal,
    NORM2: _norm2, NORM1: _norm1, SOFTMAX: _softmax, LOGSUMEXP: _logsumexp,
}  # fmt: skip
