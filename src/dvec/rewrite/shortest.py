"""The form a textbook prints: common factors taken out of sums, positive terms first.

May import core, operations, notation (for the length of printed text) and canonical.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import partial

from dvec.core.algebra import ADD, HADAMARD, ONES, POWER, PRODUCT, TRANSPOSE
from dvec.core.node import VARIABLE, Node, Op, constant, make, postorder, rebuild
from dvec.notation.length import Length
from dvec.operations.reductions import SUM, TRACE
from dvec.operations.structure import KRON, VEC
from dvec.rewrite import rules
from dvec.rewrite.canonical import Canonical, Number, content_of, power_parts, split_factors
from dvec.rewrite.residues import without_repeats

LEAST_GAIN = 1  # tokens that taking out a factor must save
LARGEST_TURNED = 300  # tokens; longer rows are left as they are
MOST_EXPANDED = 16  # terms that a sum may be multiplied out to, on trial
MOST_ROUNDS = 3  # in which what vanishes or repeats is taken out
MOST_TERMS = 200  # longer sums are left as they are

LINEAR = (PRODUCT, HADAMARD, SUM, TRACE)  # in each argument, through which sums are multiplied out

assert rules.RULES  # the laws are in force


@dataclass(slots=True)
class Term:
    """coefficient · scalars · chain"""

    coefficient: Number
    scalars: dict[Node, Number]
    others: list[Node]  # scalar factors with symbolic exponents
    chain: list[Node]


class Shortest:
    """Shortens canonical formulas; sums and entrywise products that were typed stay as they were typed."""

    def __init__(self, typed: Iterable[Node] = ()) -> None:
        self.ctx = Canonical()  # of its own: here shortened forms name their equals
        self.typed = set(typed)
        self.length = Length()
        self.memo: dict[Node, Node] = {}

    def __call__(self, root: Node) -> Node:
        result = self._walk(root)
        for _ in range(MOST_ROUNDS):
            again = without_repeats(result)
            if again is result:
                break
            result = self._walk(self.ctx(again))
        return self._as_typed(result)

    def _walk(self, root: Node) -> Node:
        order = postorder(root, self.memo.__contains__)
        bracketed = {a for n in order if n.op is not ADD and n.op is not VEC for a in n.args if a.op is ADD}
        for node in order:
            args = tuple(self.memo[a] for a in node.args)
            new = self.ctx.adopted(node) if args == node.args else self.ctx(make(node.op, args, node.params))
            if new not in self.typed and len(new.args) <= MOST_TERMS:
                if new.op is ADD:
                    new = self._sum(new, node in bracketed)
                elif new.op is HADAMARD:
                    new = self._distributed(new) or self._entrywise(new)
                elif new.op is PRODUCT:
                    new = (self._distributed(new) if new.scalar else None) or self._cleared(new)
            self.memo[node] = new
        return self.memo[root]

    def _as_typed(self, root: Node) -> Node:
        """Sums whose transpose was typed are written as the transpose of what was typed."""
        ctx = self.ctx
        for typed in self.typed:
            ctx.adopted(typed)

        def change(node: Node) -> Node | None:
            if node.op not in (ADD, HADAMARD) or node.scalar or (node in self.typed and node.rows != 1):
                return None
            typed = ctx.first.get(ctx.keys.transposed(node))
            if typed is not None and typed in self.typed:
                return make(TRANSPOSE, (typed,))
            if node.rows != 1 or self.length(node) > LARGEST_TURNED:
                return None
            column = ctx(make(TRANSPOSE, (node,)))  # a row reads better as a column transposed
            return make(TRANSPOSE, (column,)) if self.length(column) + 1 < self.length(node) else None

        return rebuild(root, change)

    # ------------------------------------------------------------------ one sum

    def _sum(self, node: Node, bracketed: bool) -> Node:
        expanded = self._expanded(node)
        if expanded is not None:
            if expanded.op is not ADD:
                return expanded
            node = expanded
        terms = [self._split(t) for t in node.args]
        coefficient, scalars = self._common(terms)
        terms = self._grouped(terms, node.scalar, bracketed or coefficient != 1 or bool(scalars))
        rebuilt = [self._join(t) for t in terms]
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

    # ------------------------------------------------------------------ products of sums, where they cancel

    def _expanded(self, node: Node) -> Node | None:
        """The sum with all its products of sums multiplied out, if that is shorter: x - s.*x - (1 - s).*x is 0."""
        if not any(self._sums_in(t) for t in node.args) or len(node.args) > MOST_EXPANDED:
            return None
        terms: list[Node] = []
        for term in node.args:
            terms += self._multiplied_out(term)
            if len(terms) > MOST_EXPANDED:
                return None
        result = self.ctx.add(terms)
        return result if self.length(result) < self.length(node) else None

    def _sums_in(self, term: Node) -> list[Node]:
        """The sums in which a term is linear: among its factors, in what they are products or sums of."""
        found: list[Node] = []
        todo = [term]
        while todo:
            node = todo.pop()
            for arg in node.args if node.op in LINEAR else ():
                (found if arg.op is ADD else todo).append(arg)
        return found

    def _multiplied_out(self, term: Node) -> list[Node]:
        """The terms that a product becomes when its sums are multiplied out."""
        done: list[Node] = []
        todo = [term]
        while todo and len(done) + len(todo) <= MOST_EXPANDED:
            product = todo.pop()
            sums = self._sums_in(product)
            if not sums:
                done.append(product)
                continue
            todo += reversed([self.ctx(self._replaced(product, sums[0], part)) for part in sums[0].args])
        return done + todo

    def _replaced(self, product: Node, factor: Node, part: Node) -> Node:
        """The product with one factor replaced, once."""
        args = list(product.args)
        for k, arg in enumerate(args):
            if arg is factor:
                args[k] = part
                break
            if arg.op in LINEAR and factor in self._sums_in(arg):
                args[k] = self._replaced(arg, factor, part)
                break
        return make(product.op, tuple(args), product.params)

    def _distributed(self, node: Node) -> Node | None:
        """s.*(y./s + z) is y + s.*z: a factor goes into a sum in which it cancels, if the whole gets shorter."""
        for inner in node.args:
            if inner.op is ADD and len(inner.args) <= MOST_EXPANDED and self._cancels_in(node, inner):
                total = self.ctx(make(ADD, tuple(self._replaced(node, inner, part) for part in inner.args)))
                if total.op is ADD:
                    total = self._sum(total, True)
                if self.length(total) < self.length(node):
                    return total
        return None

    def _cleared(self, node: Node) -> Node:
        """c^-2*(1 + q/c^2)^-1 is (c^2 + q)^-1: a scalar goes into a sum whose denominators it clears."""
        scalars = [power_parts(f) for f in split_factors(node)[1]]
        for total, e in scalars:
            for base, f in scalars:
                if total.op is not ADD or isinstance(e, Node) or isinstance(f, Node) or base is total:
                    continue
                times = Fraction(f) / Fraction(e)
                if times.denominator != 1 or times < 1 or not self._divides(total, base):
                    continue
                factor = self.ctx.power_of(base, times.numerator)
                cleared = self.ctx.add([self.ctx.product(1, [factor, term], []) for term in total.args])
                if self.length(cleared) < self.length(total) + self.length(factor):
                    gone = {self.ctx.power_of(base, f), self.ctx.power_of(total, e)}
                    rest = [a for a in node.args if a not in gone]
                    return self.ctx(make(PRODUCT, (self.ctx.power_of(cleared, e), *rest)))
        return node

    def _cancels_in(self, node: Node, inner: Node) -> bool:
        """Whether a factor of the product stands in a denominator within the sum."""
        return any(self._divides(inner, power_parts(a)[0]) for a in node.args if a is not inner)

    @staticmethod
    def _divides(total: Node, base: Node) -> bool:
        """Whether a power of the base is a factor of some term of the sum, as a denominator or a root is."""
        for term in total.args:
            factors = term.args if term.op in (HADAMARD, PRODUCT) else (term,)
            if any(f.op is POWER and f.args[0] is base for f in factors):
                return True
        return False

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

    def _common(self, terms: list[Term]) -> tuple[Number, dict[Node, Number]]:
        """The number and the scalars common to all terms, taken out of them where that saves enough."""
        common: dict[Node, Number] = {}
        for base in terms[0].scalars:
            exponents = [t.scalars.get(base, 0) for t in terms]
            if any(Fraction(x - exponents[0]).denominator != 1 for x in exponents):
                continue  # sqrt(a)*(sqrt(a) - 1) is no shorter than a - sqrt(a)
            if all(x > 0 for x in exponents):
                common[base] = min(exponents)
            elif all(x < 0 for x in exponents):
                common[base] = max(exponents)
        common |= {factor: 1 for factor in terms[0].others if all(factor in t.others for t in terms)}
        numbers = [Fraction(t.coefficient) for t in terms]
        content = Fraction(content_of(numbers))
        if all(c < 0 for c in numbers):
            content = -content
        saved = sum(map(_written, numbers)) - sum(_written(c / content) for c in numbers) - _written(content)
        if saved < 0:
            saved, content = 0, Fraction(1 if content > 0 else -1)
        saved += (len(terms) - 1) * sum(self._tokens(b) + 1 + 2 * (abs(e) != 1) for b, e in common.items())
        equal = len({abs(c) for c in numbers}) == 1 and content.denominator != 1
        least = 0 if equal else LEAST_GAIN  # (A + B)/2 rather than A/2 + B/2
        if saved - 2 < least and not (content != 1 and self._over(terms, content) in self.typed):
            return (-1, {}) if content < 0 and self._negate(terms) else (1, {})
        for term in terms:
            term.coefficient = Fraction(term.coefficient) / content
            for base, e in common.items():
                if base in term.others:
                    term.others.remove(base)
                    continue
                term.scalars[base] -= e
                if term.scalars[base] == 0:
                    del term.scalars[base]
        return content.numerator if content.denominator == 1 else content, common

    def _over(self, terms: list[Term], content: Fraction) -> Node:
        """The sum divided by a number."""
        return self.ctx.add([self._with_number(t, Fraction(t.coefficient) / content) for t in terms])

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
        if scalar:
            return terms
        while len(terms) > 1:
            found = [c for ends in (_last, _first) for c in self._candidates(terms, ends, bracketed)]
            found += self._operator_groups(terms)
            found += self._linear_groups(terms)
            found += self._same_matrices(terms, bracketed)
            if not found:
                break
            _, members, merge = max(found, key=lambda c: c[0])
            merged = merge()
            position = min(members)
            terms = [t for k, t in enumerate(terms) if k not in members]
            terms.insert(position, merged)
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
            if gain < LEAST_GAIN or self._nested(terms, members, common, end):
                continue
            found.append((gain, set(members), partial(self._merged, terms, members, common, end)))
        return found

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
        return self.ctx.content(total) if total.op is ADD else (1, total)

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
        """a*x + b*x = (a + b)*x"""
        groups: dict[tuple[Node, ...], list[int]] = {}
        for k, term in enumerate(terms):
            if term.chain and (term.scalars or term.others):
                groups.setdefault(tuple(term.chain), []).append(k)
        found: list[Candidate] = []
        for chain, members in groups.items():
            if len(members) < 2:
                continue
            total = self.ctx.add([self._with_chain(terms[k], []) for k in members])
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


def _written(coefficient: Fraction) -> int:
    """The tokens that a coefficient adds to a term, signs aside: 2*x, x/2, 3*x/2"""
    return 2 * (abs(coefficient.numerator) != 1) + 2 * (coefficient.denominator != 1)


def _first(chain: list[Node], n: int) -> list[Node]:
    return chain[:n]


def _last(chain: list[Node], n: int) -> list[Node]:
    return chain[-n:]


def shortest(node: Node) -> Node:
    """The canonical form of a formula, shortened."""
    return Shortest()(Canonical()(node))
