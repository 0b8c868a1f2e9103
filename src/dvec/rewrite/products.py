"""Products of sums: multiplied out, or with a factor taken into a sum, where something cancels and the whole gets
shorter. May import core, operations, notation (for the length of printed text) and canonical.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations

from dvec.core.algebra import ADD, HADAMARD, POWER, PRODUCT, TRANSPOSE
from dvec.core.node import Node, constant, make
from dvec.notation.length import Length
from dvec.operations.matrix_functions import INVERSE
from dvec.operations.reductions import SUM, TRACE
from dvec.operations.structure import KRON, VEC
from dvec.rewrite.canonical import Canonical, power_parts, split_factors
from dvec.rewrite.rules.shared import outer, t

MOST_EXPANDED = 16  # terms that a sum may be multiplied out to, on trial
# in each argument, through which sums are multiplied out
LINEAR = (PRODUCT, HADAMARD, SUM, TRACE, TRANSPOSE, VEC, KRON)


class Products:
    """Trials on products of sums in one answer; what is no shorter is not kept."""

    def __init__(self, ctx: Canonical, length: Length) -> None:
        self.ctx = ctx
        self.length = length
        self._known_divisors: dict[Node, frozenset[Node]] = {}

    # ------------------------------------------------------------------ multiplied out

    def multiplied_out(self, total: Node) -> Node | None:
        """The sum with all its products of sums multiplied out, if that is shorter: x - s.*x - (1 - s).*x is 0."""
        products = [t for t in total.args if t.holds(ADD)]
        if len(total.args) > MOST_EXPANDED or not any(_parts(t) or self._sums_in(t) for t in products):
            return None
        terms: list[Node] = []
        for term in total.args:
            terms += self._terms(term)
            if len(terms) > MOST_EXPANDED:
                return None
        result, krons = self.ctx.add(terms), self.ctx.add([self._as_kron(t) for t in terms])
        if len(krons.args) < len(result.args):
            result = krons
        return result if self.length(result) < self.length(total) else None

    def _sums_in(self, term: Node) -> list[Node]:
        """The sums, and their squares, in which a term is linear: among its factors, in what they are products of."""
        found: list[Node] = []
        todo = [term]
        while todo:
            node = todo.pop()
            for arg in node.args if node.op in LINEAR else ():
                (found if _parts(arg) else todo).append(arg)
        return found

    def _terms(self, term: Node) -> list[Node]:
        """The terms that a product becomes when its sums are multiplied out."""
        done: list[Node] = []
        todo = [term]
        while todo and len(done) + len(todo) <= MOST_EXPANDED:
            product = todo.pop()
            sums = [product] if product.op is POWER and _parts(product) else self._sums_in(product)
            if not sums:
                done.append(product)
                continue
            todo += reversed([self.ctx(self._replaced(product, sums[0], part)) for part in _parts(sums[0])])
        return done + todo

    def _as_kron(self, term: Node) -> Node:
        """vec(u v') vec(p q')' = kron(v q', u p'), which may cancel with another such term."""
        coefficient, scalars, chain = split_factors(term)
        if [f.op for f in chain] != [VEC, TRANSPOSE] or chain[1].args[0].op is not VEC:
            return term
        first, second = outer(chain[0].args[0]), outer(chain[1].args[0].args[0])
        if first is None or second is None:
            return term
        (u, v), (p, q) = first, second
        kron = make(KRON, (make(PRODUCT, (t(v), q)), make(PRODUCT, (u, t(p)))))
        return self.ctx(make(PRODUCT, (constant(coefficient), *scalars, kron)))

    def _replaced(self, product: Node, factor: Node, part: Node) -> Node:
        """The product with one factor replaced, once."""
        if product is factor:
            return part
        args = list(product.args)
        for k, arg in enumerate(args):
            if arg is factor or (arg.op in LINEAR and factor in self._sums_in(arg)):
                args[k] = self._replaced(arg, factor, part)
                break
        return make(product.op, tuple(args), product.params)

    # ------------------------------------------------------------------ a factor taken in

    def shorter(self, node: Node) -> Node | None:
        """The product with a factor taken into one of its sums, where that makes it shorter."""
        if not node.holds(ADD):
            return None
        found = self._cleared(node)
        for inner in node.args:
            if inner.op is ADD and len(inner.args) <= MOST_EXPANDED and self._cancels(node, inner):
                total = self.ctx(make(ADD, tuple(self._replaced(node, inner, part) for part in inner.args)))
                if self.length(total) < self.length(found or node):
                    found = total
        return found

    def _cancels(self, node: Node, inner: Node) -> bool:
        """Whether some factor stands in a denominator within the sum, or undoes the end of a term beside it."""
        if inner.scalar or node.op is HADAMARD:
            return not self._divisors(inner).isdisjoint(power_parts(a)[0] for a in node.args if a is not inner)
        at = node.args.index(inner)
        beside = [(t, at + 1) for t in inner.args] + [(t, at - 1) for t in inner.args]
        return any(
            0 <= k < len(node.args) and not node.args[k].scalar and self._undone(term, node.args[k], k > at)
            for term, k in beside
        )

    def _undone(self, term: Node, factor: Node, right: bool) -> bool:
        """Whether the factor, an inverse or orthogonal, cancels the end of the term that it stands beside."""
        if not (factor.op is INVERSE or factor.has("orthogonal")):
            return False
        chain = split_factors(term)[2]
        ends = ([chain[-1]], factor) if right else ([factor], chain[0])
        return self.ctx.cancels(*ends)

    def _cleared(self, node: Node) -> Node | None:
        """c^-2*(1 + q/c^2)^-1 is (c^2 + q)^-1: a factor goes into a sum whose denominators it clears."""
        factors = node.args if node.op is HADAMARD else split_factors(node)[1]
        powers = [power_parts(f) for f in factors]
        bases = {base for base, _ in powers}
        for total, e in powers:
            if total.op is not ADD or not isinstance(e, int):
                continue  # a root takes nothing in whose sign is not known
            divisors = self._divisors(total)
            if divisors.isdisjoint(bases):
                continue
            for base, f in powers:
                if base not in divisors or not isinstance(f, int) or base is total:
                    continue
                times = Fraction(f, e)
                if times.denominator != 1 or times < 1:
                    continue
                factor = self.ctx.power_of(base, times.numerator)
                terms = [self.ctx(make(node.op, (factor, term))) for term in total.args]
                cleared = self.ctx.add(terms)
                if self.length(cleared) < self.length(total) + self.length(factor):
                    gone = {self.ctx.power_of(base, f), self.ctx.power_of(total, e)}
                    rest = [a for a in node.args if a not in gone]
                    return self.ctx(make(node.op, (self.ctx.power_of(cleared, e), *rest)))
        return None

    def _divisors(self, total: Node) -> frozenset[Node]:
        """What powers, as denominators and roots are, stand among the factors of some term of the sum: their bases."""
        found = self._known_divisors.get(total)
        if found is None:
            found = self._known_divisors[total] = frozenset(
                factor.args[0] for term in total.args for factor in _factors(term) if factor.op is POWER
            )
        return found


def _factors(term: Node) -> list[Node]:
    _, scalars, chain = split_factors(term)
    return [*scalars, *(chain[0].args if len(chain) == 1 and chain[0].op is HADAMARD else chain)]


def _parts(node: Node) -> list[Node]:
    """The terms of a sum, or of the square of a short one; none of anything else."""
    if node.op is ADD:
        return list(node.args)
    base, e = power_parts(node)
    if base.op is not ADD or e != 2 or len(base.args) > 3:
        return []
    two, times = constant(2), PRODUCT if node.scalar else HADAMARD
    crossed = [make(PRODUCT, (two, make(times, pair))) for pair in combinations(base.args, 2)]
    return [*(make(POWER, (a, two)) for a in base.args), *crossed]
