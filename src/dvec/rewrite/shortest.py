"""The form a textbook prints: common factors taken out of sums, positive terms first.

May import core, operations, notation (for the length of printed text) and canonical.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

from dvec.core.algebra import ADD, HADAMARD, ONES, PRODUCT, TRANSPOSE
from dvec.core.node import VARIABLE, Node, Op, constant, make, postorder
from dvec.operations.constants import SIZE
from dvec.operations.structure import DIAG, KRON, VEC
from dvec.rewrite import rules
from dvec.rewrite.canonical import Canonical, Number, content_of, power_parts, quotient, split_factors
from dvec.rewrite.products import Products
from dvec.rewrite.residues import without_repeats
from dvec.rewrite.turning import turned

LEAST_GAIN = 1  # tokens that taking out a factor must save
MOST_ROUNDS = 3  # in which what vanishes or repeats is taken out
MOST_NESTED = 8  # brackets in brackets that taking out factors makes; each level costs the square of the terms
MOST_TERMS = 200  # longer sums are left as they are

assert rules.products  # the laws are in force


@dataclass(slots=True)
class Term:
    """coefficient · scalars · chain"""

    coefficient: Number
    scalars: dict[Node, Number]
    others: list[Node]  # scalar factors with symbolic exponents
    chain: list[Node]


class Shortest:
    """Shortens canonical formulas; sums and entrywise products that were typed stay as they were typed."""

    def __init__(self, typed: Iterable[Node] = (), beside: Canonical | None = None) -> None:
        self.ctx = Canonical(beside)  # of its own: here shortened forms name their equals
        self.typed = set(typed)
        for node in self.typed:
            self.ctx.adopted(node)
        self.length = self.ctx.length
        self.products = Products(self.ctx, self.length)
        self.memo: dict[Node, Node] = {}
        self.nested = 0  # sums in which common factors are being looked for, one inside the other

    def __call__(self, root: Node) -> Node:
        result = self._walk(root)
        for _ in range(MOST_ROUNDS):
            again = without_repeats(result)
            if again is result:
                break
            result = self._walk(self.ctx(again))
        return turned(result, self.ctx, self.typed, self.length)

    def _walk(self, root: Node) -> Node:
        order = postorder(root, self.memo.__contains__)
        bracketed = {a for n in order if n.op is not ADD and n.op is not VEC for a in n.args if a.op is ADD}
        for node in order:
            args = tuple([self.memo[a] for a in node.args])
            new = self.ctx.adopted(node) if args == node.args else self.ctx(make(node.op, args, node.params))
            if new not in self.typed and len(new.args) <= MOST_TERMS:
                if new.op is ADD:
                    turned_typed = self.ctx.first.get(self.ctx.keys.transposed(new)) in self.typed
                    new = new if turned_typed else self._sum(new, node in bracketed)
                elif new.op is HADAMARD or new.op is PRODUCT:
                    new = self._product(new)
            self.memo[node] = new
        return self.memo[root]

    def _product(self, node: Node) -> Node:
        if node.op is PRODUCT and node.args[-1].op is HADAMARD:  # numbers may just have come out of it
            coefficient, scalars, chain = split_factors(node)
            if len(chain) == 1 and (inner := self._product(chain[0])) is not chain[0]:
                return self.ctx(make(PRODUCT, (constant(coefficient), *scalars, inner)))
        shorter = self.products.shorter(node)
        if shorter is None:
            return self._entrywise(node) if node.op is HADAMARD else self._lettered(node)
        return self._sum(shorter, True) if shorter.op is ADD else shorter

    # ------------------------------------------------------------------ one sum

    def _sum(self, node: Node, bracketed: bool) -> Node:
        expanded = self.products.multiplied_out(node)
        if expanded is not None:
            if expanded.op is not ADD:
                return expanded
            node = expanded
        terms = [self._split(t) for t in node.args]
        coefficient, scalars = self._common(terms, 0 if bracketed else 2)
        grouped = self._grouped(terms, node.scalar, bracketed or coefficient != 1 or bool(scalars))
        if grouped is terms and coefficient == 1 and not scalars:
            return self._ordered(node)
        rebuilt = [self._join(t) for t in grouped]
        result = self.ctx.add(rebuilt) if len(rebuilt) > 1 else rebuilt[0]
        if result.op is ADD:
            result = self._ordered(result)
        if coefficient == 1 and not scalars:
            return result
        outer = [self.ctx.power_of(b, e) for b, e in scalars.items()]
        if result.op is not ADD:
            return self.ctx(make(PRODUCT, (constant(coefficient), *outer, result)))
        if result.scalar and any(power_parts(f)[0] is result for f in outer):
            return self.ctx(make(PRODUCT, (constant(coefficient), *outer, result)))
        if coefficient != 1:
            outer.insert(0, constant(coefficient))
        return self.ctx.renamed(make(PRODUCT, (*outer, result), (), node.size))

    # ------------------------------------------------------------------ the order on the page

    def _ordered(self, node: Node) -> Node:
        """Positive terms first, A before A', constants last."""
        rank = {t: (self.ctx.without_coefficient(t)[0] < 0, self._constant(t)) for t in node.args}
        args = sorted(node.args, key=rank.__getitem__)
        mirrored = self.ctx.keys.transposed(args[0])
        for k, term in enumerate(args):
            if self.ctx.keys.key(term) == mirrored and self._tokens(term) < self._tokens(args[0]):
                args.insert(0, args.pop(k))
                break
        return node if tuple(args) == node.args else self.ctx.renamed(make(ADD, tuple(args), (), node.size))

    @staticmethod
    def _constant(term: Node) -> bool:
        return term.op is ONES or (term.op is PRODUCT and term.args[-1].op is ONES)

    def _entrywise(self, node: Node) -> Node:
        """Plain factors before functions: A.*exp(X)"""
        args = tuple(sorted(node.args, key=lambda a: a.op is not VARIABLE and a.op is not TRANSPOSE))
        return node if args == node.args else self.ctx.renamed(make(HADAMARD, args, (), node.size))

    def _lettered(self, node: Node) -> Node:
        """Letters and sizes before other scalars: d*norm2(x)*A"""
        coefficient, scalars, _ = split_factors(node)
        start = int(coefficient != 1)
        ordered = sorted(scalars, key=lambda f: power_parts(f)[0].op not in (VARIABLE, SIZE))
        if ordered == scalars:
            return node
        args = (*node.args[:start], *ordered, *node.args[start + len(scalars) :])
        return self.ctx.renamed(make(PRODUCT, args, (), node.size))

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
        scalars = [self.ctx(self.ctx.power_of(b, e)) for b, e in term.scalars.items()]
        return self.ctx.product(term.coefficient, [*scalars, *term.others], term.chain)

    def _common(self, terms: list[Term], brackets: int) -> tuple[Number, dict[Node, Number]]:
        """The number and the scalars common to all terms, taken out of them where that saves enough."""
        common: dict[Node, Number] = {}
        for base in terms[0].scalars:
            exponents = [t.scalars.get(base, 0) for t in terms]
            if any((x - exponents[0]).denominator != 1 for x in exponents):
                continue  # sqrt(a)*(sqrt(a) - 1) is no shorter than a - sqrt(a)
            if all(x > 0 for x in exponents):
                common[base] = min(exponents)
            elif all(x < 0 for x in exponents):
                common[base] = max(exponents)
        common |= {factor: 1 for factor in terms[0].others if all(factor in t.others for t in terms)}
        numbers = [t.coefficient for t in terms]
        content = content_of(numbers)
        if all(c < 0 for c in numbers):
            content = -content
        saved = sum(map(_written, numbers)) - sum([_written(quotient(c, content)) for c in numbers]) - _written(content)
        if saved < 0:
            saved, content = 0, 1 if content > 0 else -1
        saved += (len(terms) - 1) * sum(self._tokens(b) + 1 + 2 * (abs(e) != 1) for b, e in common.items())
        plain = all(len(t.chain) + len(t.scalars) + len(t.others) < 2 for t in terms)
        equal = len({abs(c) for c in numbers}) == 1 and (content.denominator != 1 or (plain and abs(content) != 1))
        least = 0 if equal else LEAST_GAIN  # (A + B)/2 rather than A/2 + B/2, 2*(A + B) rather than 2*A + 2*B
        if saved - brackets < least and not (content != 1 and self._over(terms, content) in self.typed):
            return (-1, {}) if content < 0 and self._negate(terms) else (1, {})
        for term in terms:
            term.coefficient = quotient(term.coefficient, content)
            for base, e in common.items():
                if base in term.others:
                    term.others.remove(base)
                    continue
                term.scalars[base] -= e
                if term.scalars[base] == 0:
                    del term.scalars[base]
        return content, common

    def _over(self, terms: list[Term], content: Number) -> Node:
        """The sum divided by a number."""
        return self.ctx.add([self._with_number(t, quotient(t.coefficient, content)) for t in terms])

    def _with_number(self, term: Term, coefficient: Number) -> Node:
        return self._join(Term(coefficient, term.scalars, term.others, term.chain))

    @staticmethod
    def _negate(terms: list[Term]) -> bool:
        """-(A + B + C) for -A - B - C: shorter from three terms on."""
        if len(terms) < 3:
            return False
        for term in terms:
            term.coefficient = -term.coefficient
        return True

    def _tokens(self, node: Node) -> int:
        return self.length(node)

    # ------------------------------------------------------------------ common first and last factors

    def _grouped(self, terms: list[Term], scalar: bool, bracketed: bool) -> list[Term]:
        """Groups of terms with the same first or last factors, the best group first, each term in one group."""
        if scalar or self.nested == MOST_NESTED:
            return terms
        self.nested += 1
        while len(terms) > 1:
            found = self._same_matrices(terms, bracketed)  # of equal gains the first is taken
            found += [c for ends in (_last, _first) for c in self._candidates(terms, ends, bracketed)]
            found += self._operator_groups(terms)
            found += self._linear_groups(terms)
            if not found:
                break
            _, members, merge = max(found, key=lambda c: c[0])
            merged = merge()
            position = min(members)
            terms = [t for k, t in enumerate(terms) if k not in members]
            terms.insert(position, merged)
        self.nested -= 1
        return terms

    def _candidates(self, terms: list[Term], end: End, bracketed: bool) -> list[Candidate]:
        groups: dict[Node, list[int]] = {}
        for k, term in enumerate(terms):
            if len(term.chain) > 1:
                groups.setdefault(end(term.chain, 1)[0], []).append(k)
        found: list[Candidate] = []
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
            if bracketed and len(members) == len(terms):
                gain += 2  # the brackets around the sum are there already
            least = 0 if any(self._is_diagonal(terms[k].chain, length, end) for k in members) else LEAST_GAIN
            if gain < least or self._nested(terms, members, common, end):
                continue
            found.append((gain, set(members), partial(self._merged, terms, members, common, end)))
        return found

    def _is_diagonal(self, chain: list[Node], length: int, end: End) -> bool:
        """Whether diag(p) remains without the common factors: (diag(p) - p*p')*A is what books have."""
        rest = self._rest(chain, length, end)
        return len(rest) == 1 and rest[0].op is DIAG

    def _nested(self, terms: list[Term], members: list[int], common: list[Node], end: End) -> bool:
        """Whether taking the factors out would leave sums in sums, or the factor within the sum once more."""
        compound = [f for f in common if f.args and f.op is not TRANSPOSE]
        for k in members:
            rest = self._rest(terms[k].chain, len(common), end)
            if len(members) < 3 and any(f.op is ADD and f not in self.typed for f in rest):
                return True
            if any(f in rest for f in compound):
                return True
        return False

    @staticmethod
    def _rest(chain: list[Node], n: int, end: End) -> list[Node]:
        return chain[:-n] if end is _last else chain[n:]

    def _merged(self, terms: list[Term], members: list[int], common: list[Node], end: End) -> Term:
        inner = [self._with_chain(terms[k], self._rest(terms[k].chain, len(common), end)) for k in members]
        total = self.ctx.add(inner)
        content: Number = 1
        if total.op is ADD:
            content, total = self._inner(total)
        return Term(content, {}, [], [total, *common] if end is _last else [*common, total])

    def _inner(self, total: Node) -> tuple[Number, Node]:
        if total in self.typed:
            return 1, total
        total = self._sum(total, True)
        if total.op is not ADD:
            return 1, total
        content, total = self.ctx.content(total)
        return content, self._ordered(total) if total.op is ADD else total

    def _with_chain(self, term: Term, chain: list[Node]) -> Node:
        return self._join(Term(term.coefficient, dict(term.scalars), list(term.others), chain))

    def _operator_groups(self, terms: list[Term]) -> list[Candidate]:
        """kron(A,C) + kron(B,C) = kron(A + B, C); y.*A + y.*B = y.*(A + B)"""
        groups: dict[tuple[Op, Node, int], list[int]] = {}
        for k, term in enumerate(terms):
            if len(term.chain) == 1:
                factor = term.chain[0]
                if factor.op is KRON:
                    for side in (0, 1):
                        groups.setdefault((KRON, factor.args[side], side), []).append(k)
                elif factor.op is HADAMARD:
                    for arg in factor.args:
                        groups.setdefault((HADAMARD, arg, 0), []).append(k)
        found: list[Candidate] = []
        for (op, shared, side), members in groups.items():
            if len(members) < 2:
                continue
            gain = (len(members) - 1) * (self._tokens(shared) + (4 if op is KRON else 1))
            if op is HADAMARD:
                quotients = [self._quotient(terms[k].chain[0], shared) for k in members]
                gain += 2 * sum(q.op is PRODUCT for q in quotients) - 2
            if gain >= LEAST_GAIN:
                found.append((gain, set(members), partial(self._merged_operator, terms, members, op, shared, side)))
        return found

    def _linear_groups(self, terms: list[Term]) -> list[Candidate]:
        """diag(x) + diag(y) = diag(x + y), of every operation that is linear in its one argument"""
        groups: dict[tuple[Op, tuple[object, ...]], list[int]] = {}
        for k, term in enumerate(terms):
            if len(term.chain) == 1 and len(term.chain[0].args) == 1 == len(term.chain[0].op.homogeneous):
                op = term.chain[0].op
                if op is not TRANSPOSE:
                    groups.setdefault((op, term.chain[0].params), []).append(k)
        found: list[Candidate] = []
        for (op, params), members in groups.items():
            if len(members) < 2:
                continue
            total = self.ctx.add([self._with_chain(terms[k], [terms[k].chain[0].args[0]]) for k in members])
            if total.op is ADD and total not in self.typed:
                total = self._sum(total, True)
            merged = self.ctx(make(op, (total,), params))
            before = sum(self.length(self._join(terms[k])) for k in members) + len(members) - 1
            if (gain := before - self.length(merged)) >= LEAST_GAIN:
                found.append((gain, set(members), partial(self._split, merged)))
        return found

    def _same_matrices(self, terms: list[Term], bracketed: bool) -> list[Candidate]:
        """a*x + b*x = (a + b)*x, and 1 for a"""
        groups: dict[tuple[Node, ...], list[int]] = {}
        for k, term in enumerate(terms):
            if term.chain:
                groups.setdefault(tuple(term.chain), []).append(k)
        found: list[Candidate] = []
        for chain, members in groups.items():
            if len(members) < 2:
                continue
            total = self.ctx.add([self._with_chain(terms[k], []) for k in members])
            total = self._ordered(total) if total.op is ADD else total
            before = sum(self.length(self._join(terms[k])) for k in members) + len(members) - 1
            after = self.length(total) + 3 + sum(map(self.length, chain)) + len(chain) - 1
            gain = before - after + 2 * (bracketed and len(members) == len(terms))
            if gain >= LEAST_GAIN:
                found.append((gain, set(members), partial(self._with_scalar, total, list(chain))))
        return found

    def _with_scalar(self, scalar: Node, chain: list[Node]) -> Term:
        return self._split(self.ctx.product(1, [scalar], chain))

    def _quotient(self, product: Node, factor: Node) -> Node:
        args = list(product.args)
        args.remove(factor)
        return args[0] if len(args) == 1 else self.ctx(make(HADAMARD, tuple(args)))

    def _merged_operator(self, terms: list[Term], members: list[int], op: Op, shared: Node, side: int) -> Term:
        inner: list[Node] = []
        for k in members:
            factor = terms[k].chain[0]
            rest = factor.args[1 - side] if op is KRON else self._quotient(factor, shared)
            inner.append(self._with_chain(terms[k], [rest]))
        total = self.ctx.add(inner)
        if total.op is ADD and total not in self.typed:
            total = self._sum(total, op is HADAMARD)
        arguments = (total, shared) if op is KRON and side == 1 else (shared, total)
        return self._split(self.ctx(make(op, arguments)))


End = Callable[[list[Node], int], list[Node]]
Candidate = tuple[int, set[int], Callable[[], Term]]


def _written(coefficient: Number) -> int:
    """The tokens that a coefficient adds to a term, signs aside: 2*x, x/2, 3*x/2"""
    return 2 * (abs(coefficient.numerator) != 1) + 2 * (coefficient.denominator != 1)


def _first(chain: list[Node], n: int) -> list[Node]:
    return chain[:n]


def _last(chain: list[Node], n: int) -> list[Node]:
    return chain[-n:]


def shortest(node: Node) -> Node:
    """The canonical form of a formula, shortened."""
    ctx = Canonical()
    return Shortest((), ctx)(ctx(node))
