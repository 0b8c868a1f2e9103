"""The canonical form: n-ary sums and products, like terms collected, transposes and inverses at the leaves.

May import core, operations and notation (for the length of text). One `Canonical` serves one answer: what was typed
first names its equals.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence, Set
from fractions import Fraction
from math import gcd, lcm
from typing import Any

from dvec.core.algebra import ADD, EYE, ONE, ONES, POWER, PRODUCT, TRANSPOSE, ZEROS, eye, ones, zeros
from dvec.core.node import CONSTANT, Node, Op, constant, make, postorder
from dvec.notation.length import Length
from dvec.operations.entrywise import ABS
from dvec.operations.matrix_functions import INVERSE, MATRIX_POWER
from dvec.operations.structure import DIAG
from dvec.rewrite.keys import Keys

Number = int | Fraction
Exponent = Number | Node
LONGEST_FLATTENED = 32  # longer sums in sums, products in products are kept: flattening prefixes is quadratic


def number(node: Node) -> Number:
    """The value of a constant, as an int where it is one (Fractions are slow)."""
    value: Fraction = node.params[0]
    return value.numerator if value.denominator == 1 else value


def _whole(value: Fraction) -> Number:
    return value.numerator if value.denominator == 1 else value


def quotient(c: Number, divisor: Number) -> Number:
    """c / divisor, exactly."""
    if divisor == 1 or divisor == -1:  # as nearly always; fractions are slow
        return c * divisor
    return _whole(Fraction(c) / divisor)


def content_of(numbers: Sequence[Number]) -> Number:
    """The largest number by which all are whole multiples: 1/2 of 3/2 and 2."""
    bottom = lcm(*[c.denominator for c in numbers])
    top = gcd(*[c.numerator for c in numbers])
    return top if bottom == 1 else Fraction(top, bottom)


def split_factors(node: Node) -> tuple[Number, list[Node], list[Node]]:
    """A canonical node as coefficient, scalar factors, chain of matrices."""
    if node.op is CONSTANT:
        return number(node), [], []
    if node.op is not PRODUCT:
        return (1, [node], []) if node.scalar else (1, [], [node])
    args = node.args
    coefficient: Number = 1
    start = 0
    if args[0].op is CONSTANT:
        coefficient, start = number(args[0]), 1
    if node.scalar:
        if not args[start].scalar:  # a chain such as x'*A*x is one scalar
            return coefficient, [node], []
        return coefficient, list(args[start:]), []
    middle = start
    while args[middle].scalar:
        middle += 1
    return coefficient, list(args[start:middle]), list(args[middle:])


def power_parts(factor: Node) -> tuple[Node, Exponent]:
    """A scalar (or entrywise) factor as base and exponent."""
    if factor.op is POWER and factor.args[1].scalar:
        exponent = factor.args[1]
        return factor.args[0], number(exponent) if exponent.op is CONSTANT else exponent
    return factor, 1


def chain_parts(factor: Node) -> tuple[Node, Exponent]:
    """A matrix factor as base and exponent: inv(X)^2 is X, -2, and so is Q'^2 of an orthogonal Q."""
    if factor.op is MATRIX_POWER:
        base, exponent = factor.args
        if exponent.op is not CONSTANT:
            return base, exponent
        inner, sign = chain_parts(base)
        assert not isinstance(sign, Node)
        return inner, sign * number(exponent)
    if factor.op is INVERSE or (factor.op is TRANSPOSE and factor.has("orthogonal")):
        return factor.args[0], -1
    return factor, 1


def _is_function(node: Node) -> bool:
    """Whether it is an inverse, a power, a sum, or another function of a matrix."""
    op = node.op
    return op is INVERSE or op is MATRIX_POWER or op is ADD or op.trace_derivative is not None


def _uses(order: Sequence[Node]) -> dict[Node, int]:
    """How often each sum and product is used: if more than once, it is not flattened into what is around it."""
    count: dict[Node, int] = {}
    for node in order:
        for arg in node.args:
            if arg.op is ADD or arg.op is PRODUCT:
                count[arg] = count.get(arg, 0) + 1
    return count


def _absorbed(order: Sequence[Node], uses: dict[Node, int]) -> set[Node]:
    """Products that only the product around them uses: their factors are taken up with those of that one.

    Each of 10,000 nested factors is then multiplied in once, and not again and again with every prefix. Scalars are so
    from the start; matrices in long products alone, since laws of neighbours may prefer what the brackets say.
    """
    found: set[Node] = set()
    factors: dict[Node, int] = {}
    for node in order:
        if node.op is not PRODUCT:
            continue
        total = len(node.args)
        for arg in node.args:
            inside = factors.get(arg, 0)
            if not inside or uses[arg] > 1 or (arg.scalar and total + inside > LONGEST_FLATTENED):
                continue
            total += inside - 1
            if arg.scalar or inside > LONGEST_FLATTENED:
                found.add(arg)
        if not node.scalar or False not in [a.scalar for a in node.args]:  # x'*y is one factor
            factors[node] = total
    return found


def _factors(product: Node, absorbed: Set[Node]) -> list[Node]:
    """The factors of a product, with those of the products that it absorbs."""
    found: list[Node] = []
    todo = list(product.args)
    while todo:
        node = todo.pop()
        if node in absorbed:
            todo += node.args
        else:
            found.append(node)
    return found[::-1]


def ones_apart(chain: list[Node]) -> list[Node]:
    """The chain with each matrix of ones as a column by a row of them."""
    if ONES not in [f.op for f in chain]:
        return chain
    parts = [(ones(f.rows, 1), ones(1, f.cols)) if f.op is ONES and 1 not in f.size else (f,) for f in chain]
    return [f for part in parts for f in part]


class Canonical:
    """The canonical form of formulas that belong to one answer.

    Calling it costs each node once. Equal forms (up to the order of sums, the transposition of scalars, the rotation of
    traces) become the same object: the one that came first.
    """

    def __init__(self, beside: Canonical | None = None) -> None:
        """`beside` another one, it shares what depends on the formulas alone."""
        self.memo: dict[Node, Node] = {}
        self.keys = Keys() if beside is None else beside.keys
        self.length = Length() if beside is None else beside.length
        self.first: dict[int, Node] = {}
        self._contents: dict[Node, tuple[Number, Node]] = {}
        self._exponents: dict[tuple[Exponent, Exponent], Exponent] = {}  # sums of two, one of them symbolic
        self._oriented: dict[int, Node] = {}
        self._generators: dict[Node, Node | None] = {}

    # ------------------------------------------------------------------ the driver

    def __call__(self, root: Node) -> Node:
        """The canonical form; a rule may answer with a formula that still needs the pass, so no rule recurses."""
        memo = self.memo
        if root in memo:
            return memo[root]
        order = postorder(root, memo.__contains__)
        uses = _uses(order)
        absorbed = _absorbed(order, uses)
        waiting: dict[Node, Node] = {}
        order.reverse()  # what comes next is at the end
        while order:
            node = order.pop()
            if node in memo or node in absorbed:
                continue
            if node in waiting:
                memo[node] = memo[waiting.pop(node)]
                continue
            args = _factors(node, absorbed) if absorbed and node.op is PRODUCT else node.args
            result, final = self._rule(node, [memo[a] for a in args], uses)
            if final or result is node:
                result = self.named(result)
                memo[result] = result
                memo[node] = result
            elif result in memo:
                memo[node] = memo[result]
            else:
                waiting[node] = result
                more = postorder(result, memo.__contains__)
                absorbed.difference_update(more)  # they stand elsewhere now, too
                order.append(node)
                order += reversed(more)
        return memo[root]

    def named(self, node: Node) -> Node:
        """The first formula with the same key."""
        return self.first.setdefault(self.keys.key(node), node)

    def adopted(self, node: Node) -> Node:
        """A node that is known to be canonical already, or the name of its equals."""
        found = self.memo.get(node)
        if found is None:
            found = self.memo[node] = self.named(node)
        return found

    def renamed(self, node: Node) -> Node:
        """The node itself, from now on the name of all that equals it."""
        self.first[self.keys.key(node)] = node
        self.memo[node] = node
        return node

    def _rule(self, node: Node, args: list[Node], uses: dict[Node, int]) -> tuple[Node, bool]:
        if node.op is ADD:
            return self.add(args, [uses.get(raw, 1) <= 1 for raw in node.args]), True
        rule = RULES.get(node.op)
        if rule is not None:
            return rule(self, node, args)
        return self._default(node, args)

    def _default(self, node: Node, args: list[Node]) -> tuple[Node, bool]:
        """Take scalar factors and zeros out of the arguments in which the operation is homogeneous."""
        op = node.op
        coefficient: Number = 1
        scalars: list[Node] = []
        for position in op.homogeneous:
            inner = args[position]
            if inner.op is ADD:
                content, args[position] = self.content(inner)
                coefficient *= content
                continue
            if inner.scalar or inner.op not in (PRODUCT, ZEROS):
                continue
            if inner.op is ZEROS:
                return self.zero(node), True
            c, s, chain = split_factors(inner)
            if c != 1 or s:
                coefficient *= c
                scalars += s
                args[position] = self.chain(chain)
        core = make(op, tuple(args), node.params)
        identity = IDENTITIES.get(op)
        if identity is not None:
            found = identity(self, core)
            if found is not None:
                return self.scaled(coefficient, scalars, found), False
        if coefficient == 1 and not scalars:
            return core, True
        return self.product(coefficient, scalars, [self.named(core)]), True

    def scaled(self, coefficient: Number, scalars: list[Node], node: Node) -> Node:
        """A raw product, for the driver to take up again."""
        if coefficient == 1 and not scalars:
            return node
        return make(PRODUCT, (constant(coefficient), *scalars, node))

    @staticmethod
    def zero(like: Node) -> Node:
        return zeros(like.rows, like.cols)

    # ------------------------------------------------------------------ sums

    def add(self, terms: Sequence[Node], flatten: Sequence[bool] | None = None) -> Node:
        """The sum of canonical terms, like terms collected, in the order in which they first appear."""
        like = terms[0]
        collected: dict[Node, Number] = {}
        whole: Set[Node] = frozenset()  # sums that stay as they are, in all terms: R - R is 0 where R is shared
        if flatten is not None and False in flatten:
            whole = {self.without_coefficient(t)[1] for t, flat in zip(terms, flatten, strict=True) if not flat}
        for term in terms:
            for coefficient, part in self._terms(term, whole):
                total = collected.get(part, 0) + coefficient
                collected[part] = total
        kept = [(part, c) for part, c in collected.items() if c != 0]
        if not kept:
            return self.zero(like)
        if len(kept) == 1:
            return self.times(kept[0][1], kept[0][0])
        return self.named(make(ADD, tuple([self.times(c, part) for part, c in kept]), (), like.size))

    def _terms(self, term: Node, whole: Set[Node]) -> Iterable[tuple[Number, Node]]:
        """A term as coefficient and rest; a short sum inside the sum as its own terms, unless it is to stay whole."""
        if term.op is ZEROS:
            return []
        coefficient, rest = self.without_coefficient(term)
        if rest.op is ADD and rest not in whole and len(rest.args) <= LONGEST_FLATTENED:
            inner = [self.without_coefficient(t) for t in rest.args]
            return [(coefficient * c, t) for c, t in inner]
        return [(coefficient, rest)]

    def without_coefficient(self, term: Node) -> tuple[Number, Node]:
        if term.op is CONSTANT:
            return number(term), ONE
        if term.op is PRODUCT and term.args[0].op is CONSTANT:
            rest = term.args[1:]
            return number(term.args[0]), rest[0] if len(rest) == 1 else self.named(make(PRODUCT, rest, (), term.size))
        return 1, term

    def times(self, coefficient: Number, node: Node) -> Node:
        """A number times a canonical node that has no coefficient of its own."""
        if coefficient == 1:
            return node
        if coefficient == 0:
            return self.zero(node)
        factor = constant(coefficient)
        if node is ONE:
            return factor
        rest = node.args if node.op is PRODUCT and self._flat(node) else (node,)
        return self.named(make(PRODUCT, (factor, *rest), (), node.size))

    @staticmethod
    def _flat(node: Node) -> bool:
        """Whether the factors of a product may stand beside further scalar factors: not those of x'*A*x."""
        return not node.scalar or node.args[-1].scalar

    def content(self, node: Node) -> tuple[Number, Node]:
        """The rational content of a sum, signed as the sum that came first, and the rest."""
        found = self._contents.get(node)
        if found is None:
            found = self._contents[node] = self._content(node)
        return found

    def _content(self, node: Node) -> tuple[Number, Node]:
        terms = [self.without_coefficient(t) for t in node.args]
        content = content_of([c for c, _ in terms])
        negative = [c < 0 for c, _ in terms]
        if all(negative):
            content = -content
        elif any(negative) and (first := self._opposite(terms, content)) is not None:
            return -content, first
        if content == 1:
            return 1, node
        return content, self.named(make(ADD, tuple(self._over(terms, content)), (), node.size))

    def _opposite(self, terms: list[tuple[Number, Node]], content: Number) -> Node | None:
        """The negated sum, if it came first. Of a sum and its negative one is chosen once and for all."""
        key, opposite = (self.keys.of_sum(self._over(terms, c)) for c in (content, -content))
        if key in self._oriented:
            return None
        found = self._oriented.get(opposite) or self.first.get(opposite)
        if found is None:
            self._oriented[key] = make(ADD, tuple(self._over(terms, content)))
        else:
            self._oriented[opposite] = found
        return found

    def _over(self, terms: list[tuple[Number, Node]], divisor: Number) -> list[Node]:
        return [self.times(quotient(c, divisor), t) for c, t in terms]

    # ------------------------------------------------------------------ products

    def product(self, coefficient: Number, scalars: Iterable[Node], chain: Sequence[Node]) -> Node:
        """The product of canonical factors: number, scalars with powers collected, chain with neighbours merged."""
        rows, cols = (chain[0].rows, chain[-1].cols) if chain else (1, 1)
        powers: dict[Node, Exponent] = {}
        factors = list(chain)
        pending = list(scalars)
        chain_coefficient, more, factors = self._merge_chain(factors)
        coefficient *= chain_coefficient
        pending += more
        for scalar in pending:
            coefficient *= self._collect(powers, scalar)
        if coefficient == 0:
            return zeros(rows, cols)
        scalar_factors: list[Node] = []
        if powers:
            if len(powers) + len(factors) > 1:
                for recognise in FRACTIONS:
                    factors = recognise(self, powers, factors)
            scalar_factors = [self.power_of(base, e) for base, e in powers.items()]
        return self._assemble(coefficient, scalar_factors, factors, (rows, cols))

    def _assemble(self, coefficient: Number, scalars: list[Node], chain: list[Node], size: Any) -> Node:
        if not chain and size != (1, 1):
            chain = [eye(size[0])]
        factors = [*scalars, *chain]
        if coefficient != 1 or not factors:
            factors.insert(0, constant(coefficient))
        return factors[0] if len(factors) == 1 else self.named(make(PRODUCT, tuple(factors), (), size))

    def _collect(self, powers: dict[Node, Exponent], scalar: Node) -> Number:
        """Multiply a scalar into the collected powers; the number that comes out is returned."""
        if scalar.op is PRODUCT and len(scalar.args) > LONGEST_FLATTENED:
            return self.multiply_in(powers, scalar)
        result, factors, _ = split_factors(scalar)
        for factor in factors:
            result *= self.multiply_in(powers, factor)
        return result

    def multiply_in(self, powers: dict[Node, Exponent], factor: Node) -> Number:
        """Multiply one factor, a power of something, into collected powers; its number is returned."""
        base, e = power_parts(factor)
        total = self.sum_of_exponents(powers.get(base, 0), e)
        outside: Number = 1
        if base.op is ABS and isinstance(total, int) and total % 2 == 0:  # |x|^2 = x^2
            powers.pop(base, None)
            base = base.args[0]
            total = self.sum_of_exponents(powers.get(base, 0), total)
        if base.op is ADD and isinstance(total, int):
            content, plain = self.content(base)
            if plain is not base:  # its powers may have been collected under that name
                powers.pop(base, None)
                outside = _whole(Fraction(content) ** total)
                base, total = plain, self.sum_of_exponents(powers.get(plain, 0), total)
        if isinstance(total, int) and total == 0:
            powers.pop(base, None)
        else:
            powers[base] = total
        return outside

    def sum_of_exponents(self, e: Exponent, f: Exponent) -> Exponent:
        if isinstance(e, int) and isinstance(f, int):  # as nearly always
            return e + f
        if isinstance(e, Node) or isinstance(f, Node):
            found = self._exponents.get((e, f))
            if found is None:
                total = self.add([x if isinstance(x, Node) else constant(x) for x in (e, f)])
                found = self._exponents[e, f] = number(total) if total.op is CONSTANT else total
            return found
        return _whole(Fraction(e + f))

    def power_of(self, base: Node, exponent: Exponent) -> Node:
        if isinstance(exponent, int) and exponent == 1:
            return base
        e = exponent if isinstance(exponent, Node) else constant(exponent)
        return self.named(make(POWER, (base, e), (), base.size))

    # ------------------------------------------------------------------ chains of matrices

    def chain(self, factors: Sequence[Node]) -> Node:
        """The product of canonical matrices, without looking at neighbours again."""
        return factors[0] if len(factors) == 1 else self.named(make(PRODUCT, tuple(factors)))

    def _merge_chain(self, factors: list[Node]) -> tuple[Number, list[Node], list[Node]]:
        """Neighbours merged and cancelled; pieces of size 1×1 and numbers taken out."""
        coefficient: Number = 1
        scalars: list[Node] = []
        done: list[Node] = []
        todo = list(reversed(factors))
        while todo:
            factor = todo.pop()
            if factor.scalar:
                scalars.append(factor)
                continue
            if factor.op is PRODUCT:
                c, s, inner = split_factors(factor)
                coefficient *= c
                scalars += s
                todo += reversed(inner)
                continue
            if factor.op is ADD:
                c, factor = self.content(factor)
                coefficient *= c
                if factor.op is PRODUCT:
                    todo.append(factor)
                    continue
            if factor.op is ZEROS:
                return 0, [], [factor]
            if factor.op is EYE:
                continue
            if done:
                merged = self._merge(done, factor)
                if merged is not None:
                    todo += reversed(merged)
                    continue
            done.append(factor)
        cut, kept = self._cut(done)
        if cut and len(kept) > 1:  # what stood at both sides of a scalar are neighbours now
            number_between, more, kept = self._merge_chain(kept)
            return coefficient * number_between, scalars + cut + more, kept
        return coefficient, scalars + cut, kept

    def _merge(self, done: list[Node], factor: Node) -> list[Node] | None:
        """What the last factors and the next one become together, taken off `done`; None if they stay apart."""
        last = done[-1]
        if last.rows == last.cols == factor.rows == factor.cols:
            (base, e), (other, f) = chain_parts(last), chain_parts(factor)
            if base is other and (last is not factor or base.op not in (DIAG, ONES)):  # which have laws of their own
                done.pop()
                return self.matrix_power(base, self.sum_of_exponents(e, f))
        cancelled = self._cancel(done, factor)
        if cancelled is not None:
            return cancelled
        if (last.args or factor.args) and self._commute(last, factor) and self._rank(factor) < self._rank(last):
            done.pop()
            return [factor, last]
        for rule in NEIGHBOURS.get((last.op, factor.op), ()):
            found = rule(self, last, factor)
            if found is not None:
                done.pop()
                return found
        return None

    def _rank(self, node: Node) -> tuple[int, int]:
        """Which of two factors that commute comes first: the shorter."""
        return self.length(node), self.keys.key(node)

    def _commute(self, a: Node, b: Node) -> bool:
        """Whether they are different functions of one matrix."""
        if a is b or a.rows != a.cols or not (_is_function(a) or _is_function(b)):
            return False
        of = self._function_of(a)
        return of is not None and of is self._function_of(b)

    def _function_of(self, node: Node) -> Node | None:
        """The matrix of which this one is a function, itself if it is no other's: all functions of A commute."""
        known = self._generators
        if node in known:
            return known[node]
        for inner in postorder(node, known.__contains__):
            found: Node | None = inner
            if inner.op is ADD or inner.op is PRODUCT:
                of = {known[a] for a in inner.args if not a.scalar and a.op is not EYE}
                found = of.pop() if len(of) == 1 else None
            elif _is_function(inner):
                found = known[inner.args[0]]
            known[inner] = found
        return known[node]

    def _cancel(self, done: list[Node], factor: Node) -> list[Node] | None:
        """inv(X'*X) X' X, Q'Q, K K': products that are identities."""
        last = done[-1]
        keys = self.keys
        if last.has("orthogonal") and keys.key(factor) == keys.transposed(last):
            done.pop()
            return []
        if factor.op is INVERSE and factor.args[0].op is PRODUCT:
            inner = factor.args[0].args
            if len(done) >= len(inner) and all(a is b for a, b in zip(done[-len(inner) :], inner, strict=True)):
                del done[-len(inner) :]
                return []
        return self._cancel_before(done, factor) if len(done) > 1 or last.op is INVERSE else None

    def cancels(self, done: list[Node], factor: Node) -> bool:
        """Whether the factor undoes the last one."""
        (base, e), (other, f) = chain_parts(done[-1]), chain_parts(factor)
        if base is other and done[-1].square and self.sum_of_exponents(e, f) == 0:
            return True
        return self._cancel(list(done), factor) is not None

    @staticmethod
    def _cancel_before(done: list[Node], factor: Node) -> list[Node] | None:
        for back in range(len(done) - 1, max(-1, len(done) - 9), -1):
            candidate = done[back]
            if candidate.op is INVERSE and candidate.args[0].op is PRODUCT:
                inner = candidate.args[0].args
                if len(inner) == len(done) - back and inner[-1] is factor and all(
                    a is b for a, b in zip(done[back + 1 :], inner[:-1], strict=True)
                ):  # fmt: skip
                    del done[back:]
                    return []
        return None

    def matrix_power(self, base: Node, exponent: Exponent) -> list[Node]:
        """base^exponent as factors of a chain."""
        if isinstance(exponent, Node):
            return [self.named(make(MATRIX_POWER, (base, exponent)))]
        if exponent == 0:
            return []
        if exponent < 0:
            base = self(make(INVERSE, (base,)))
            exponent = -exponent
        return [base if exponent == 1 else self.named(make(MATRIX_POWER, (base, constant(exponent))))]

    def _cut(self, chain: list[Node]) -> tuple[list[Node], list[Node]]:
        """Cut the chain at its links of size 1: the pieces in the middle are scalars. Ones are a column by a row."""
        last = len(chain) - 1
        linked = last >= 0 and chain[0].rows == 1 and chain[last].cols == 1
        for at, factor in enumerate(chain):
            if factor.op is ONES or (factor.cols == 1 and at != last):
                linked = True
        if not linked:
            return [], chain
        pieces: list[list[Node]] = [[]]
        for factor in ones_apart(chain):
            pieces[-1].append(factor)
            if factor.cols == 1:
                pieces.append([])
        kept: list[Node] = []
        scalars: list[Node] = []
        for piece in filter(None, pieces):
            if piece[0].rows == 1 and piece[-1].cols == 1:
                scalars.append(self.scalar_chain(piece))
            else:
                kept += piece
        return (scalars, kept) if scalars else ([], chain)

    def scalar_chain(self, piece: list[Node]) -> Node:
        """A 1×1 product as one scalar factor, found under its transpose as well."""
        for rule in SCALAR_CHAINS:
            found = rule(self, piece)
            if found is not None:
                return found
        return self.chain(piece)


Rule = Callable[[Canonical, Node, list[Node]], tuple[Node, bool]]
RULES: dict[Op, Rule] = {}  # operations with a canonical form of their own
IDENTITIES: dict[Op, Callable[[Canonical, Node], Node | None]] = {}  # what a single application is equal to
NEIGHBOURS: dict[tuple[Op, Op], tuple[Callable[[Canonical, Node, Node], list[Node] | None], ...]] = {}
SCALAR_CHAINS: list[Callable[[Canonical, list[Node]], Node | None]] = []
FRACTIONS: list[Callable[[Canonical, dict[Node, Exponent], list[Node]], list[Node]]] = []  # softmax, sigmoid
