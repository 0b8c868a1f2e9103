"""The form a textbook prints: common factors taken out of sums, positive terms first.

May import core, operations, notation (for the length of printed text) and canonical.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from math import gcd

from dvec.core.algebra import ADD, PRODUCT, TRANSPOSE
from dvec.core.node import Node, constant, make, postorder, rebuild
from dvec.notation.printing import Printer
from dvec.operations.structure import KRON
from dvec.rewrite import rules
from dvec.rewrite.canonical import Canonical, Number, power_parts, split_factors

LEAST_GAIN = 2  # tokens that taking out a factor must save
MOST_TERMS = 200  # longer sums are left as they are

assert rules.RULES  # the laws are in force


@dataclass(slots=True)
class Term:
    """coefficient · scalars · chain"""

    coefficient: Number
    scalars: dict[Node, Number]
    others: list[Node]  # scalar factors with symbolic exponents
    chain: list[Node]


class Shortest:
    """Shortens canonical formulas; sums that were typed stay as they were typed."""

    def __init__(self, typed: Node | None = None) -> None:
        self.ctx = Canonical()  # of its own: here shortened forms name their equals
        self.typed = {n for n in postorder(typed) if n.op is ADD} if typed is not None else set[Node]()
        self.printer = Printer()
        self.memo: dict[Node, Node] = {}

    def __call__(self, root: Node) -> Node:
        for node in postorder(root, self.memo.__contains__):
            args = tuple(self.memo[a] for a in node.args)
            new = self.ctx.adopted(node) if args == node.args else self.ctx(make(node.op, args, node.params))
            if new.op is ADD and new not in self.typed and len(new.args) <= MOST_TERMS:
                new = self._sum(new)
            self.memo[node] = new
        return self._as_typed(self.memo[root])

    def _as_typed(self, root: Node) -> Node:
        """Sums whose transpose was typed are written as the transpose of what was typed."""
        if not self.typed:
            return root
        ctx = self.ctx

        def change(node: Node) -> Node | None:
            if node.op is not ADD or node.scalar or node in self.typed:
                return None
            typed = ctx.first.get(ctx.keys.transposed(node))
            return make(TRANSPOSE, (typed,)) if typed in self.typed and typed is not None else None

        return rebuild(root, change)

    # ------------------------------------------------------------------ one sum

    def _sum(self, node: Node) -> Node:
        terms = [self._split(t) for t in node.args]
        coefficient, scalars = self._common(terms)
        terms = self._grouped(terms, node)
        rebuilt = [self._join(t) for t in terms]
        result = self.ctx.add(rebuilt) if len(rebuilt) > 1 else rebuilt[0]
        if result.op is ADD:
            result = self._positive_first(result)
        if coefficient == 1 and not scalars:
            return result
        outer = [self.ctx.power_of(b, e) for b, e in scalars.items()]
        if result.op is not ADD:
            return self.ctx(make(PRODUCT, (constant(Fraction(coefficient)), *outer, result)))
        if coefficient != 1:
            outer.insert(0, constant(Fraction(coefficient)))
        return self.ctx.renamed(make(PRODUCT, (*outer, result), (), node.size))

    def _positive_first(self, node: Node) -> Node:
        """The same sum with a positive term in front, if it has one, and A before A'."""
        signs = [self.ctx.without_coefficient(t)[0] > 0 for t in node.args]
        first = signs.index(True) if any(signs) else 0
        lead = node.args[first]
        mirrored = self.ctx.keys.transposed(lead)
        for k, term in enumerate(node.args):  # A + A' rather than A' + A
            if self.ctx.keys.key(term) == mirrored and self._tokens(term) < self._tokens(lead):
                first = k
        if first == 0:
            return node
        args = (node.args[first], *node.args[:first], *node.args[first + 1 :])
        return self.ctx.renamed(make(ADD, args, (), node.size))

    def _split(self, node: Node) -> Term:
        coefficient, factors, chain = split_factors(node)
        scalars: dict[Node, Number] = {}
        others: list[Node] = []
        for factor in factors:
            base, e = power_parts(factor)
            if isinstance(e, Node):
                others.append(factor)
            else:
                scalars[base] = e
        return Term(coefficient, scalars, others, chain)

    def _join(self, term: Term) -> Node:
        scalars = [self.ctx.power_of(b, e) for b, e in term.scalars.items()]
        return self.ctx.product(term.coefficient, [*scalars, *term.others], term.chain)

    def _common(self, terms: list[Term]) -> tuple[Number, dict[Node, Number]]:
        """The number and the scalars common to all terms, taken out of them where that saves enough."""
        common: dict[Node, Number] = {}
        for base in terms[0].scalars:
            exponents = [t.scalars.get(base, 0) for t in terms]
            if all(x > 0 for x in exponents):
                common[base] = min(exponents)
            elif all(x < 0 for x in exponents):
                common[base] = max(exponents)
        numbers = [Fraction(t.coefficient) for t in terms]
        content: Number = Fraction(gcd(*(c.numerator for c in numbers)), _lcm([c.denominator for c in numbers]))
        if all(c < 0 for c in numbers):
            content = -content
        saved = sum(self._tokens(b) + 1 + 2 * (abs(e) != 1) for b, e in common.items())
        saved += 2 * (abs(content) != 1)
        least = LEAST_GAIN if Fraction(content).denominator == 1 else 0  # (A + B)/2 rather than A/2 + B/2
        if (len(terms) - 1) * saved - 2 < least:
            return (-1, {}) if content < 0 and self._negate(terms) else (1, {})
        for term in terms:
            term.coefficient = Fraction(term.coefficient) / content
            for base, e in common.items():
                term.scalars[base] -= e
                if term.scalars[base] == 0:
                    del term.scalars[base]
        return content, common

    @staticmethod
    def _negate(terms: list[Term]) -> bool:
        """-(A + B + C) for -A - B - C: shorter from three terms on."""
        if len(terms) < 3:
            return False
        for term in terms:
            term.coefficient = -term.coefficient
        return True

    def _tokens(self, node: Node) -> int:
        return self.printer.piece(node).tokens

    # ------------------------------------------------------------------ common first and last factors

    def _grouped(self, terms: list[Term], node: Node) -> list[Term]:
        """Groups of terms with the same first or last factors, the best group first, each term in one group."""
        if node.scalar:
            return terms
        while len(terms) > 1:
            best = max(
                (c for ends in (_last, _first) for c in self._candidates(terms, ends)),
                key=lambda c: c[0],
                default=None,
            )
            kron = self._kron_group(terms)
            if kron is not None and (best is None or kron[0] > best[0]):
                best = kron
            if best is None:
                break
            _, members, merged = best
            position = min(members)
            terms = [t for k, t in enumerate(terms) if k not in members]
            terms.insert(position, merged)
        return terms

    def _candidates(
        self, terms: list[Term], end: Callable[[list[Node], int], list[Node]]
    ) -> list[tuple[int, set[int], Term]]:
        groups: dict[Node, list[int]] = {}
        for k, term in enumerate(terms):
            if len(term.chain) > 1:
                groups.setdefault(end(term.chain, 1)[0], []).append(k)
        found: list[tuple[int, set[int], Term]] = []
        for members in groups.values():
            if len(members) < 2:
                continue
            length = 1
            chains = [terms[k].chain for k in members]
            while all(len(c) > length + 1 for c in chains) and len({tuple(end(c, length + 1)) for c in chains}) == 1:
                length += 1
            common = end(chains[0], length)
            tokens = sum(map(self._tokens, common)) + len(common) - 1
            gain = (len(members) - 1) * (tokens + 1) - 2
            if gain >= LEAST_GAIN and (merged := self._merged(terms, members, common, end is _last)) is not None:
                found.append((gain, set(members), merged))
        return found

    def _merged(self, terms: list[Term], members: list[int], common: list[Node], last: bool) -> Term | None:
        n = len(common)
        inner: list[Node] = []
        for k in members:
            term = terms[k]
            rest = term.chain[:-n] if last else term.chain[n:]
            if any(self._new_sum(f) for f in rest) and len(members) < 3:
                return None  # no nesting of sums in sums for a small gain
            inner.append(self._join(Term(term.coefficient, dict(term.scalars), list(term.others), rest)))
        total = self.ctx.add(inner)
        if total.op is not ADD:
            return Term(1, {}, [], [total, *common] if last else [*common, total])
        content, total = self.ctx.content(self._positive_first(total))
        return Term(content, {}, [], [total, *common] if last else [*common, total])

    def _new_sum(self, node: Node) -> bool:
        return node.op is ADD and node not in self.typed

    def _kron_group(self, terms: list[Term]) -> tuple[int, set[int], Term] | None:
        """kron(A,C) + kron(B,C) = kron(A + B, C)"""
        best: tuple[int, set[int], Term] | None = None
        for side in (0, 1):
            groups: dict[Node, list[int]] = {}
            for k, term in enumerate(terms):
                if len(term.chain) == 1 and term.chain[0].op is KRON:
                    groups.setdefault(term.chain[0].args[side], []).append(k)
            for shared, members in groups.items():
                if len(members) < 2:
                    continue
                other = 1 - side
                inner = [
                    self._join(Term(t.coefficient, dict(t.scalars), list(t.others), [t.chain[0].args[other]]))
                    for t in (terms[k] for k in members)
                ]
                gain = (len(members) - 1) * (self._tokens(shared) + 4)
                total = self.ctx.add(inner)
                arguments = (shared, total) if side == 0 else (total, shared)
                merged = self._split(self.ctx(make(KRON, arguments)))
                if best is None or gain > best[0]:
                    best = gain, set(members), merged
        return best


def _first(chain: list[Node], n: int) -> list[Node]:
    return chain[:n]


def _last(chain: list[Node], n: int) -> list[Node]:
    return chain[-n:]


def _lcm(numbers: list[int]) -> int:
    result = 1
    for n in numbers:
        result = result * n // gcd(result, n)
    return result


def shortest(node: Node, typed: Node | None = None) -> Node:
    """The canonical form of a formula, shortened."""
    return Shortest(typed)(Canonical()(node))

