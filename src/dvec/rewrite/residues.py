"""Values of formulas at a random point of a finite field, exact and cheap: what is zero there, or twice the same, is so
for a reason, whatever the reason (Schwartz 1980). May import core, operations and notation (for the length of text).

What has no value in the field (sin, a root, logdet) is an arbitrary function of its arguments: what is equal for all
functions is equal for the one that is meant, so nothing is held equal that is not. Sizes differ from point to point, so
that nothing is held equal that is so for 2×2 matrices only, nor an m that happens to be n. An accident has a chance of
about 1 in 10^17 a comparison.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from fractions import Fraction
from itertools import product as every
from math import ceil, prod
from operator import mul

from dvec.core.algebra import ADD, EYE, HADAMARD, ONE, ONES, POWER, PRODUCT, ZEROS, zeros
from dvec.core.errors import DataError
from dvec.core.node import CONSTANT, VARIABLE, Node, Op, constant, make, postorder, rebuild
from dvec.core.properties import STRUCTURES
from dvec.core.sizes import AnySize, names_of, size_value
from dvec.notation.length import Length
from dvec.operations.constants import COMMUTATION, SIZE, UNIT
from dvec.operations.entrywise import EXP
from dvec.operations.matrix_functions import INVERSE, MATRIX_POWER
from dvec.operations.reductions import DET
from dvec.operations.structure import KRON

PRIME = 2**61 - 1
MOST_NODES = 400
SHAPED = STRUCTURES | {"orthogonal"}  # properties by which entries, traces, products may vanish
MOST_WORK = (30_000, 300_000)  # multiplications at the first point, some milliseconds, and at the others
LARGEST_DENSE = 8_000  # products of more multiplications are looked at for zeros
LARGEST_RATIO = 64  # of two terms, numerator and denominator
# The sizes m, n, k, … at each point: small at the first, which settles most, then in general position: no polynomial of
# the degrees below vanishes at all points. Those that come first are larger, so that inv(X'*X) exists.
SIZES = (
    (3, 6, 8, 6, 8, 5, 7, 6, 6, 7, 4, 8),
    (2, 5, 5, 5, 7, 3, 6, 5, 4, 4, 4, 8),
    (2, 3, 4, 2, 5, 3, 6, 4, 3, 2, 4, 7),
    (3, 2, 5, 4, 2, 3, 2, 3, 6, 5, 7, 3),
    (2, 6, 5, 5, 3, 3, 7, 5, 2, 6, 4, 6),
    (3, 6, 3, 3, 4, 5, 2, 5, 2, 7, 4, 5),
)  # fmt: skip
DEGREES = (0, 4, 3, 2, 1, 1, 1)  # by how many sizes a formula has: the largest degree in them that is looked at
# The determinants of two orthogonal matrices at each point: all four pairs of signs.
SIGNS = ((1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1), (1, 1, -1, -1, 1, 1, -1, -1, 1, 1, -1, -1))
Matrix = list[list[int]]
Number = int | Fraction


class Unknown(Exception):  # noqa: N818
    """The formula has no value at this point, or none that is cheap."""


def without_repeats(root: Node) -> Node:
    """The formula with zeros for what vanishes, one term for terms that are multiples of each other, and the shortest
    of several parts that are equal; the formula itself where there is nothing of the kind."""
    nodes = postorder(root)
    if len(nodes) > MOST_NODES or not any(map(_may_hold_more, nodes)):
        return root
    if root.holds(SIZE) and not _degree_is_small(nodes):
        return root
    nodes.insert(0, ONE)  # which other parts may be equal to
    points: list[Point] = []
    changes: dict[Node, Node] = {}
    for number in range(len(SIZES[0])):
        point = _point(nodes, number)
        if point is None:
            return root
        points.append(point)
        changes = _changes(nodes, points)
        if not changes:
            return root
    return rebuild(root, changes.get)


def _may_hold_more(node: Node) -> bool:
    """Whether something may vanish or repeat in a formula because of this part of it."""
    return (
        node.op is ADD
        or (node.op is POWER and node.scalar)
        or (node.op is VARIABLE and not SHAPED.isdisjoint(node.params[3]))
    )


def _degree_is_small(nodes: Sequence[Node]) -> bool:
    """Whether the points tell every polynomial in the sizes that the formula may hold from zero."""
    degree: dict[Node, int] = {}
    for node in nodes:
        total = sum([degree[a] for a in node.args])
        if node.op is SIZE:
            total = 1 if isinstance(node.params[0], int) else max(len(names) for names, _ in node.params[0].terms)
        elif node.op is ADD:
            total = max([degree[a] for a in node.args])
        elif total and node.op in (POWER, MATRIX_POWER) and node.args[1].op is CONSTANT:
            total = ceil(total * abs(node.args[1].params[0]))
        degree[node] = total
    names = {name for node in nodes if node.op is SIZE for name in names_of(node.params[0])}
    return not names or (len(names) < len(DEGREES) and degree[nodes[-1]] <= DEGREES[len(names)])


def _point(nodes: Sequence[Node], number: int) -> Point | None:
    """A point at which every part has a value; for inv(X'*X) X must be tall, so several sizes are tried."""
    for turned in (False, True):
        try:
            point = Point(nodes, number, turned)
            point.compute(nodes)
        except Unknown:
            continue
        return point
    return None


def _changes(nodes: Sequence[Node], points: Sequence[Point]) -> dict[Node, Node]:
    length = Length()
    found: dict[tuple[object, ...], Node] = {}
    changes: dict[Node, Node] = {}
    for node in nodes:
        key: tuple[object, ...] = (node.rows, node.cols)
        is_zero = True
        for point in points:
            value = point.values[node]
            key += (tuple(map(tuple, value)),)
            is_zero = is_zero and not any(map(any, value))
        if is_zero:
            if node.op is not ZEROS and node.op is not CONSTANT:
                changes[node] = zeros(node.rows, node.cols)
            continue
        first = found.setdefault(key, node)
        if first is not node:
            if length(node) < length(first):
                found[key], first, node = node, node, first
            changes[node] = first
        elif node.op is ADD and (terms := _collected(node, points, length)) is not None:
            changes[node] = terms
    return changes


def _collected(node: Node, points: Sequence[Point], length: Length) -> Node | None:
    """The sum with each group of terms that are multiples of each other as one term; None where there is none."""
    groups: list[list[tuple[Node, Number]]] = []
    leaders: dict[tuple[object, ...], list[tuple[list[int], list[tuple[Node, Number]]]]] = {}
    for term in node.args:
        values = [[x for row in p.value(term) for x in row] for p in points]
        scales = [next(filter(None, v), 0) for v in values]  # the first entries that are not zero
        if not all(scales):
            return None
        shape = tuple(_divided(v, scale) for v, scale in zip(values, scales, strict=True))
        alike = leaders.setdefault(shape, [])
        for first, group in alike:
            ratio = _ratio(scales, first)
            if ratio is not None:
                group.append((term, ratio))
                break
        else:
            groups.append([(term, 1)])
            alike.append((scales, groups[-1]))
    if len(groups) == len(node.args):
        return None
    kept: list[Node] = []
    for group in groups:
        term, own = min(group, key=lambda pair: length(pair[0]))
        total = Fraction(sum(ratio for _, ratio in group)) / own
        if total:
            kept.append(term if total == 1 else make(PRODUCT, (constant(total), term)))
    if not kept:
        return zeros(node.rows, node.cols)
    return kept[0] if len(kept) == 1 else make(ADD, tuple(kept))


def _divided(values: list[int], scale: int) -> tuple[int, ...]:
    inverse = _inverse(scale)
    return tuple([x * inverse % PRIME for x in values])


def _ratio(values: list[int], others: list[int]) -> Fraction | None:
    """The fraction of small numbers by which the values are multiples of the others, at every point."""
    found = {_rational(x * _inverse(y) % PRIME) for x, y in zip(values, others, strict=True)}
    return found.pop() if len(found) == 1 else None


def _rational(residue: int) -> Fraction | None:
    """The fraction of small numbers that this is modulo the prime."""
    for denominator in range(1, LARGEST_RATIO + 1):
        numerator = residue * denominator % PRIME
        if numerator > PRIME // 2:
            numerator -= PRIME
        if abs(numerator) <= LARGEST_RATIO:
            return Fraction(numerator, denominator)
    return None


def _residue(value: Fraction) -> int:
    top, bottom = value.as_integer_ratio()
    return top % PRIME if bottom == 1 else top * _inverse(bottom) % PRIME


def _inverse(x: int) -> int:
    if not x:
        raise Unknown
    return pow(x, -1, PRIME)


# ------------------------------------------------------------------ a point


class Point:
    """Numbers for the sizes and for the entries of variables, and the values that parts of a formula have there."""

    def __init__(self, nodes: Sequence[Node], number: int, turned: bool) -> None:
        self.number = number
        self.work = 0
        self.values: dict[Node, Matrix] = {}
        sides = dict.fromkeys([side for node in nodes for side in (node.rows, node.cols)])
        names = dict.fromkeys([name for side in sides for name in sorted(names_of(side))])
        if len(names) > len(SIZES):
            raise Unknown
        self.orthogonal: list[str] = []  # in the order in which they appear
        ordered = reversed(names) if turned else names
        self.sizes = {name: sizes[number] for name, sizes in zip(ordered, SIZES, strict=False)}
        self._sides: dict[AnySize, int] = {}

    def size(self, size: AnySize) -> int:
        found = self._sides.get(size)
        if found is None:
            try:
                found = self._sides[size] = size_value(size, self.sizes)
            except DataError:
                raise Unknown from None
        return found

    def random(self, *what: object) -> int:
        """A number that is as good as random, the same for the same things; numbers among them are not below 0.

        Python hashes text so (SipHash); the hashes of neighbouring tuples are nearly in a linear relation.
        """
        return hash(str(hash((self.number, *what)))) % PRIME

    def drawn(self, rows: int, cols: int, *what: object) -> Matrix:
        """A matrix that is as good as random, the same for the same things."""
        seed = f"{hash((self.number, *what))} "
        return [[hash(seed + chr(k)) % PRIME for k in range(i * cols, (i + 1) * cols)] for i in range(rows)]

    def value(self, node: Node) -> Matrix:
        found = self.values.get(node)
        if found is None:
            self.compute(postorder(node, self.values.__contains__))
            found = self.values[node]
        return found

    def compute(self, order: Sequence[Node]) -> None:
        """The values of nodes, each of which comes after its arguments."""
        values = self.values
        for node in order:
            rule = _RULES.get(node.op)
            args = [values[a] for a in node.args]
            values[node] = rule(self, node, args) if rule is not None else self._by_record(node, args)

    def spend(self, multiplications: int) -> None:
        self.work += multiplications
        if self.work > MOST_WORK[self.number > 0]:
            raise Unknown

    def _by_record(self, node: Node, args: list[Matrix]) -> Matrix:
        op = node.op
        if op.einsum is not None:
            return self._by_indices(node, args)
        if op.definition is not None:
            return self.value(op.definition(*node.args, *node.params))
        if op.derivative is not None:
            self.spend(len(args[0]) * len(args[0][0]))
            return [[self._at(op, x) for x in row] for row in args[0]]
        rows, cols = self.size(node.rows), self.size(node.cols)
        self.spend(rows * cols)
        return self.drawn(rows, cols, op.name, node.params, *(tuple(map(tuple, a)) for a in args))

    def _at(self, op: Op, x: int) -> int:
        """An arbitrary function at x, but for sin(-x) = -sin(x), as the record says, and exp(-x) = 1/exp(x)."""
        if x <= PRIME // 2 or not (op.parity or op is EXP):
            return self.random(op.name, x)
        value = self.random(op.name, PRIME - x)
        return _inverse(value) if op is EXP else op.parity * value % PRIME

    def _by_indices(self, node: Node, args: list[Matrix]) -> Matrix:
        """The einsum string of the record, summed index by index."""
        signature = node.op.signature
        assert signature is not None
        if node.op.einsum == "ij->ji":
            return [list(row) for row in zip(*args[0], strict=True)]
        sizes = {name: self.size(size) for name, size in zip(signature.parameters, node.params, strict=False)}
        for sides, arg in zip(signature.inputs, args, strict=True):
            for side, size in zip(sides, (len(arg), len(arg[0])), strict=True):
                if len(side.letters) == 1:
                    sizes[side.letters[0]] = size
        self.spend(2 * len(args) * prod(sizes.values()))
        result = [[0] * self.size(node.cols) for _ in range(self.size(node.rows))]
        for numbers in every(*map(range, sizes.values())):
            at = dict(zip(sizes, numbers, strict=True))
            term = 1
            for (row, col), arg in zip(signature.inputs, args, strict=True):
                term *= arg[_place(row.letters, at, sizes)][_place(col.letters, at, sizes)]
            row, col = signature.output
            line = result[_place(row.letters, at, sizes)]
            line[_place(col.letters, at, sizes)] += term
        return [[x % PRIME for x in line] for line in result]

    # -------------------------------------------------------------- leaves

    def variable(self, node: Node, args: list[Matrix]) -> Matrix:
        name, properties = node.params[0], node.params[3]
        rows, cols = self.size(node.rows), self.size(node.cols)
        self.spend(rows * cols)
        if "complex" in properties:
            raise Unknown
        if "orthogonal" in properties and (rows, cols) != (1, 1):
            if properties & {"symmetric", "skew", "lower triangular", "upper triangular", "toeplitz", "positive"}:
                raise Unknown
            return self._orthogonal(name, rows)
        drawn = self.drawn(rows, cols, name)
        return drawn if SHAPED.isdisjoint(properties) else _shaped(drawn, properties)

    def _orthogonal(self, name: str, n: int) -> Matrix:
        """Cayley's (I - S) inv(I + S) of a skew S, with its first row negated where the determinant is to be -1."""
        if name not in self.orthogonal:
            self.orthogonal.append(name)
        if len(self.orthogonal) > len(SIGNS):
            raise Unknown
        S = _shaped(self.drawn(n, n, name), {"skew"})
        plus = [[(i == j) + S[i][j] for j in range(n)] for i in range(n)]
        minus = [[(i == j) - S[i][j] for j in range(n)] for i in range(n)]
        Q = self.times(minus, self.inverse(plus)[0])
        positive = SIGNS[self.orthogonal.index(name)][self.number] > 0
        return Q if positive else [[-x % PRIME for x in Q[0]], *Q[1:]]

    def commutation(self, node: Node, args: list[Matrix]) -> Matrix:
        """K vec(A) = vec(A') for A m×n: entry i + m j goes to j + n i."""
        m, n = map(self.size, node.params)
        self.spend(m * n * m * n)
        result = [[0] * (m * n) for _ in range(m * n)]
        for i, j in every(range(m), range(n)):
            result[j + n * i][i + m * j] = 1
        return result

    def unit(self, node: Node, args: list[Matrix]) -> Matrix:
        """A column of the identity; for an index that is a letter, any column."""
        n, at = self.size(node.rows), node.params[1]
        if isinstance(at, int):
            if at > n:
                raise Unknown
            return [[int(i == at - 1)] for i in range(n)]
        return [[self.random("unit", at, node.rows, i)] for i in range(n)]

    # -------------------------------------------------------------- operations

    def add(self, node: Node, args: list[Matrix]) -> Matrix:
        return [[sum(entries) % PRIME for entries in zip(*rows, strict=True)] for rows in zip(*args, strict=True)]

    def hadamard(self, node: Node, args: list[Matrix]) -> Matrix:
        result = args[0]
        for other in args[1:]:
            result = [[a * b % PRIME for a, b in zip(r, s, strict=True)] for r, s in zip(result, other, strict=True)]
        return result

    def product(self, node: Node, args: list[Matrix]) -> Matrix:
        result = args[0]
        for factor in args[1:]:
            result = self.times(result, factor)
        return result

    def kron(self, node: Node, args: list[Matrix]) -> Matrix:
        a, b = args
        self.spend(len(a) * len(a[0]) * len(b) * len(b[0]))
        return [[x * y % PRIME for x in r for y in s] for r in a for s in b]

    def times(self, a: Matrix, b: Matrix) -> Matrix:
        if len(b) == len(b[0]) == 1:
            a, b = b, a
        if len(a) == len(a[0]) == 1:
            scalar = a[0][0]
            return [[scalar * x % PRIME for x in row] for row in b]
        work = len(a) * len(b) * len(b[0])
        columns = list(zip(*b, strict=True))
        if work > LARGEST_DENSE:  # by a commutation, diag(vec(A)) or kron(A, I), of which most is 0
            entries = [[(k, y) for k, y in enumerate(column) if y] for column in columns]
            self.spend(len(a) * sum(map(len, entries)))
            return [[sum([row[k] * y for k, y in column]) % PRIME for column in entries] for row in a]
        self.spend(work)
        return [[sum(map(mul, row, column)) % PRIME for column in columns] for row in a]

    def power(self, node: Node, args: list[Matrix]) -> Matrix:
        """Entry by entry; b^(n + r) is b^n times an arbitrary function of b."""
        base, exponents = args
        if node.args[1].op is not CONSTANT:
            fixed = exponents[0][0] if node.args[1].scalar else None
            return [
                [self.random("power", x, exponents[i][j] if fixed is None else fixed) for j, x in enumerate(row)]
                for i, row in enumerate(base)
            ]
        inner, e = _as_power(node)
        whole, rest = divmod(e, 1)
        self.spend(4 * len(base) * len(base[0]))
        return [[self._raised(x, whole, rest) for x in row] for row in self.value(inner)]

    def _raised(self, x: int, whole: int, rest: Fraction) -> int:
        raised = pow(x, whole, PRIME) if whole >= 0 else pow(_inverse(x), -whole, PRIME)
        return raised * self.random("root", rest, x) % PRIME if rest else raised

    def matrix_power(self, node: Node, args: list[Matrix]) -> Matrix:
        base, exponent = args[0], node.args[1]
        if exponent.op is not CONSTANT or exponent.params[0].denominator != 1:
            return self.drawn(len(base), len(base), tuple(map(tuple, base)), exponent)
        k = int(exponent.params[0])
        if abs(k) > 16:
            raise Unknown
        factor = self.inverse(base)[0] if k < 0 else base
        result = [[int(i == j) for j in range(len(base))] for i in range(len(base))]
        for _ in range(abs(k)):
            result = self.times(result, factor)
        return result

    def inverse(self, a: Matrix) -> tuple[Matrix, int]:
        """The inverse and the determinant, by Gauss and Jordan."""
        n, determinant = len(a), 1
        self.spend(2 * n**3)
        rows = [[x % PRIME for x in row] + [int(i == j) for j in range(n)] for i, row in enumerate(a)]
        for k in range(n):
            pivot = next((i for i in range(k, n) if rows[i][k]), None)
            if pivot is None:
                raise Unknown
            if pivot != k:
                rows[k], rows[pivot], determinant = rows[pivot], rows[k], -determinant
            determinant = determinant * rows[k][k] % PRIME
            inverse = _inverse(rows[k][k])
            line = rows[k] = [x * inverse % PRIME for x in rows[k]]
            for i in range(n):
                if i != k and (factor := rows[i][k]):
                    rows[i] = [(x - factor * y) % PRIME for x, y in zip(rows[i], line, strict=True)]
        return [row[n:] for row in rows], determinant % PRIME


def _shaped(drawn: Matrix, properties: Set[str]) -> Matrix:
    """The matrix made symmetric, skew, triangular, Toeplitz."""

    def entry(i: int, j: int) -> int:
        if ("lower triangular" in properties and j > i) or ("upper triangular" in properties and j < i):
            return 0
        sign = 1
        if j < i and "symmetric" in properties:
            i, j = j, i
        elif "skew" in properties:
            if i == j:
                return 0
            if j < i:
                i, j, sign = j, i, -1
        if "toeplitz" in properties:
            i, j = max(i - j, 0), max(j - i, 0)
        return sign * drawn[i][j] % PRIME

    return [[entry(i, j) for j in range(len(drawn[0]))] for i in range(len(drawn))]


def _place(letters: Sequence[str], at: dict[str, int], sizes: dict[str, int]) -> int:
    """Where the indices of a group stand; the last letter runs fastest."""
    place = 0
    for letter in letters:
        place = place * sizes[letter] + at[letter]
    return place


def _as_power(node: Node) -> tuple[Node, Fraction]:
    """A constant power, of what is itself a power, as base and exponent: norm2(x)^2 is sum(x.^2)^1."""
    base, e = node.args[0], Fraction(node.args[1].params[0])
    while e.denominator == 1:
        if base.op.definition is not None:
            base = base.op.definition(*base.args, *base.params)
        if base.op is not POWER or base.args[1].op is not CONSTANT:
            break
        base, e = base.args[0], e * base.args[1].params[0]
    return base, e


_RULES: dict[Op, Callable[[Point, Node, list[Matrix]], Matrix]] = {
    VARIABLE: Point.variable, ADD: Point.add, PRODUCT: Point.product, HADAMARD: Point.hadamard, POWER: Point.power,
    MATRIX_POWER: Point.matrix_power, UNIT: Point.unit, COMMUTATION: Point.commutation, KRON: Point.kron,
    CONSTANT: lambda p, n, a: [[_residue(n.params[0])]],
    SIZE: lambda p, n, a: [[p.size(n.params[0])]],
    EYE: lambda p, n, a: [[int(i == j) for j in range(p.size(n.cols))] for i in range(p.size(n.rows))],
    ONES: lambda p, n, a: [[1] * p.size(n.cols) for _ in range(p.size(n.rows))],
    ZEROS: lambda p, n, a: [[0] * p.size(n.cols) for _ in range(p.size(n.rows))],
    INVERSE: lambda p, n, a: p.inverse(a[0])[0],
    DET: lambda p, n, a: [[p.inverse(a[0])[1]]],
}  # fmt: skip
