"""The derivation by differentials: outermost first, one rule a step, from the records that the derivative is made of.

May import core, operations, rewrite and the rest of calculus.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from dvec.calculus.derivative import dependent, local_maps
from dvec.calculus.linear_map import total
from dvec.core.algebra import ADD, PRODUCT, eye, product, transposed
from dvec.core.node import Node, constant, make, substitute, variable
from dvec.operations.derivative import DIFFERENTIAL
from dvec.operations.norms import NORM2
from dvec.operations.reductions import DET, TRACE
from dvec.rewrite.canonical import Canonical, split_factors
from dvec.rewrite.shortest import Shortest

# Two operations that a textbook differentiates in one step.
FUSED = {(".^", NORM2.name): "differential of a squared norm", ("log", DET.name): "differential of a log-determinant"}


TOGETHER = "the parts put together"


@dataclass(frozen=True)
class Equation:
    """One step: the rule, and the two sides that it makes equal."""

    rule: str
    left: Node
    right: Node


class Differentials:
    """The differential of a formula along dX, worked out node by node.

    A node is *linear* where the variable stands in one argument in which the operation is linear; the differential
    passes through such nodes without a step of its own.
    """

    def __init__(self, formula: Node, X: Node) -> None:
        self.formula, self.X = formula, X
        self.dX = variable(f"d{X.params[0]}", X.rows, X.cols)
        self.order = dependent(formula, X)
        self.depends = set(self.order)
        self.fused = {
            n.args[0]: n for n in self.order if n.args and (n.op.name, n.args[0].op.name) in FUSED
        }  # fmt: skip
        self._linear: dict[Node, Node] = {}
        for node in self.order:
            self._linear[node] = self._through(node)

    def _through(self, node: Node) -> Node:
        """d(node) by linearity alone, in terms of dX and of differentials of nodes that are not linear."""
        if node is self.X:
            return self.dX
        inside = [k for k, a in enumerate(node.args) if a in self.depends]
        if node.op is ADD:
            return total([self._linear[node.args[k]] for k in inside], node.size)
        fused = node.op.linearize is not None and node.op.linearize(node) is not None
        if len(inside) == 1 and node.op.maps and not fused:
            k = inside[0]
            return make(node.op, (*node.args[:k], self._linear[node.args[k]], *node.args[k + 1 :]), node.params)
        return make(DIFFERENTIAL, (node,))

    def linear(self) -> Node:
        return self._linear[self.formula]

    def nonlinear(self) -> list[Node]:
        """The nodes with a step of their own, outermost first, in the order in which they are met."""
        found: dict[Node, None] = {}
        queue = _differentials(self.linear())
        while queue:
            node = queue.pop(0)
            if node not in found:
                found[node] = None
                queue += _differentials(self.local(node))
        return list(found)

    def _hidden(self, node: Node) -> bool:
        """Whether the node is differentiated together with the one above it, and with no other."""
        above = self.fused.get(node)
        users = [n for n in self.order if node in n.args]
        return above is not None and users == [above]

    def local(self, node: Node) -> Node:
        """d(node) by its own rule."""
        terms: list[Node] = []
        for arg, part in local_maps(node, self.depends):
            inner = self._linear[arg] if arg in self._linear else make(DIFFERENTIAL, (arg,))
            if self._hidden(arg):
                inner = self.local(arg)
            terms.append(part.applied(inner))
        return total(terms, node.size)

    def rule(self, node: Node) -> str:
        if node.args and self._hidden(node.args[0]):
            return FUSED[node.op.name, node.args[0].op.name]
        return node.op.rule or f"differential of {node.op.name}"

    def complete(self) -> Node:
        """d(formula) with every rule carried out."""
        worked: dict[Node, Node] = {}
        for node in reversed(self.nonlinear()):
            worked[make(DIFFERENTIAL, (node,))] = substitute(self.local(node), worked)
        return substitute(self.linear(), worked)


def by_differentials(formula: Node, X: Node, gradient: Node | None, typed: set[Node]) -> list[Equation]:
    """The steps from dF to the differential in dX; where the gradient G of a scalar is given, to ⟨G, dX⟩."""
    ctx = Canonical()

    def shorten(node: Node) -> Node:
        return Shortest(typed, ctx)(ctx(node))

    d = Differentials(formula, X)
    whole = make(DIFFERENTIAL, (formula,))
    steps: list[Equation] = []
    if d.linear() is not whole:
        rule = "sum rule and constant factors" if formula.op is ADD else "linearity of the differential"
        steps.append(Equation(rule, whole, shorten(d.linear())))
    own = d.nonlinear()
    steps += [
        Equation(
            d.rule(node), whole if node is formula else make(DIFFERENTIAL, (shorten(node),)), shorten(d.local(node))
        )
        for node in own
    ]
    complete = shorten(d.complete())
    if len(own) > 1 or (own and own[0] is not formula):
        steps.append(Equation(TOGETHER, whole, complete))
    if gradient is not None and not X.scalar:
        collected = _against(gradient, d.dX)
        if steps and steps[-1].rule == TOGETHER and ctx(collected) is ctx(complete):
            steps.pop()  # the parts come together in this form at once
        rule = "transposition of scalars" if X.column else "cyclic property of the trace"
        steps.append(Equation(rule, whole, collected))
    return steps


def _differentials(expression: Node) -> list[Node]:
    """The nodes whose differentials stand in an expression, from left to right."""
    found: list[Node] = []
    stack = [expression]
    while stack:
        node = stack.pop()
        if node.op is DIFFERENTIAL:
            found.append(node.args[0])
        else:
            stack += reversed(node.args)
    return found


def _against(G: Node, dX: Node) -> Node:
    """⟨G, dX⟩ as tr(G'*dX), numbers and scalars in front, dX at the end."""
    coefficient, scalars, chain = split_factors(G)
    factors = [transposed(f) for f in reversed(chain)] or [eye(dX.rows)]
    inner = make(PRODUCT, (*factors, dX))
    inner = inner if inner.scalar else make(TRACE, (inner,))
    outer = [constant(Fraction(coefficient))] if coefficient != 1 else []
    return product([*outer, *scalars, inner])
