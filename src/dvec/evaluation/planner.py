"""The planner: gives every node of a formula its steps, and knows who uses whom.

May import core, operations, steps and chains.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction

from dvec.core.algebra import EYE, POWER, PRODUCT, TRANSPOSE
from dvec.core.node import CONSTANT, Node, Op, postorder
from dvec.evaluation.chain import Factor
from dvec.evaluation.steps import Index, Steps
from dvec.operations.constants import UNIT
from dvec.operations.matrix_functions import INVERSE
from dvec.operations.reductions import TRACE
from dvec.operations.structure import DIAG

Signed = tuple[int, int]  # ±1 and a step: a minus sign travels up to the sum that takes it


class Planner:
    """Gives every node its steps."""

    def __init__(
        self, roots: Sequence[Node], sizes: Mapping[str, int], rules: Mapping[Op, Rule], otherwise: Rule
    ) -> None:
        self.steps = Steps(sizes)
        self.found: dict[Node, Signed] = {}
        self.position: dict[Node, int] = {}
        self.users: dict[Node, list[Node | None]] = {}
        self._taken_up: dict[Node, bool] = {}
        for node in self._count(roots):
            if not self.absorbed(node):
                self.found[node] = rules.get(node.op, otherwise)(self, node)

    def _count(self, roots: Sequence[Node]) -> list[Node]:
        """All nodes, arguments first; who uses which is noted, None standing for the caller."""
        order = list({node: None for root in roots for node in postorder(root)})
        users: dict[Node, list[Node | None]] = defaultdict(list)
        for node in order:
            for arg in node.args:
                users[arg].append(node)
        for root in roots:
            users[root].append(None)
        self.users = users
        return order

    # ---------------------------------------------------------- who is taken up into the chain above

    def into_products(self, node: Node) -> bool:
        """Whether nothing but products uses it, as it is or transposed; each of its users asks."""
        if node not in self._taken_up:
            self._taken_up[node] = all(
                user is not None and (user.op is PRODUCT or (user.op is TRANSPOSE and self._only_products(user)))
                for user in self.users[node]
            )
        return self._taken_up[node]

    def _only_products(self, node: Node) -> bool:
        return all(user is not None and user.op is PRODUCT for user in self.users[node])

    def absorbed(self, node: Node) -> bool:
        """Whether it is a product, or its transpose, that only the product (or trace) above it uses, once."""
        if node.op is TRANSPOSE:
            node = node.args[0]
        if node.op is not PRODUCT or len(self.users[node]) != 1:
            return False
        user = self.users[node][0]
        if user is not None and user.op is TRANSPOSE:
            user = self.users[user][0] if len(self.users[user]) == 1 else None
        return user is not None and (user.op is PRODUCT or user.op is TRACE)

    # ---------------------------------------------------------- values

    def value(self, node: Node) -> int:
        """The step of a node's value."""
        sign, step = self.found[node]
        if sign < 0:
            step = self.steps.step("negative", step, scalar=self.steps.scalar(step))
        self.position[node] = step
        return step

    def chain_of(self, node: Node) -> tuple[list[Node], list[list[Factor]]]:
        """The scalar factors of a product, and its chains: complete scalars such as x'*A*y, the matrix last."""
        scalars: list[Node] = []
        chains: list[list[Factor]] = []
        todo = [[(node, False)]]
        for links in todo:  # it grows while we go
            found, inner = self._one_chain(links, node, scalars)
            todo.extend(inner)
            if found:
                chains.append(found)
        chains.sort(key=lambda chain: not (chain[0].rows == 1 and chain[-1].cols == 1))
        return scalars, chains

    def _one_chain(
        self, links: list[tuple[Node, bool]], top: Node, scalars: list[Node]
    ) -> tuple[list[Factor], list[list[tuple[Node, bool]]]]:
        """The factors of one chain, nested products opened; complete scalars found inside are handed back unopened."""
        factors: list[Factor] = []
        inner: list[list[tuple[Node, bool]]] = []
        stack = links[::-1]
        while stack:
            node, turned = stack.pop()
            if node.op is TRANSPOSE and self.absorbed(node):
                stack.append((node.args[0], not turned))
            elif node.op is PRODUCT and (node is top or self.absorbed(node)):
                complete, last = _segments(node)
                inner.extend([(f, False) for f in segment] for segment in complete)
                stack.extend((f, turned) for f in (last if turned else reversed(last)))
                self._open_scalars([f for f in node.args if f.scalar], scalars, inner)
            else:
                factors.append(self._factor(node, turned))
        return _without_identities(factors), inner

    def _open_scalars(self, found: list[Node], scalars: list[Node], inner: list[list[tuple[Node, bool]]]) -> None:
        """Scalar factors, products among them opened too."""
        stack = found[::-1]
        while stack:
            node = stack.pop()
            if self.absorbed(node):
                inner.extend([(f, False) for f in segment] for segment in _segments(node)[0])
                stack.extend(f for f in reversed(node.args) if f.scalar)
            else:
                scalars.append(node)

    def _factor(self, node: Node, turned: bool) -> Factor:
        base = node
        if node.op is TRANSPOSE:
            base, turned = node.args[0], not turned
        if base.op is INVERSE and self.into_products(base):
            step = self.value(base.args[0])
            return Factor("inverse", base.rows, base.cols, self.steps.transpose(step) if turned else step)
        if base.op is DIAG and not base.args[0].scalar:
            return Factor("diagonal", base.rows, base.cols, self.value(base.args[0]))
        if base.op is UNIT:
            rows, cols = (base.cols, base.rows) if turned else base.size
            return Factor("unit", rows, cols, params=(base.params[0], Index(base.params[1])))
        if base.op is EYE:
            return Factor("diagonal", base.rows, base.cols, -1)
        rows, cols = (base.cols, base.rows) if turned else base.size
        step = self.value(base)
        return Factor("dense", rows, cols, self.steps.transpose(step) if turned else step)

    def scaled(self, scalars: Sequence[Node], numbers: list[int], matrix: int | None) -> Signed:
        """The product of scalars and at most one matrix; reciprocals become divisions."""
        coefficient = Fraction(1)
        above, below = list[int](), list[int]()
        for node in scalars:
            if (exact := _exact(node)) is not None:
                coefficient *= exact
            elif (divisor := self.divisor(node)) is not None:
                below.append(divisor)
            else:
                sign, step = self.found[node]
                coefficient *= sign
                above.append(step)
        sign = -1 if coefficient < 0 else 1
        return sign, self._fraction(abs(coefficient), above + numbers, below, matrix)

    def divisor(self, node: Node) -> int | None:
        """The step of b^p if the node is b^-p, entry by entry, with a number p."""
        if node.op is not POWER or node.args[1].op is not CONSTANT or node.args[1].params[0] >= 0:
            return None
        return self.power(self.value(node.args[0]), -node.args[1].params[0])

    def power(self, base: int, exponent: Fraction) -> int:
        """A power with an exponent above zero."""
        scalar = self.steps.scalar(base)
        if exponent == 1:
            return base
        if exponent == Fraction(1, 2):
            return self.steps.step("sqrt", base, scalar=scalar)
        return self.steps.step("power", base, self.steps.number(exponent), scalar=scalar)

    def _fraction(self, coefficient: Fraction, above: list[int], below: list[int], matrix: int | None) -> int:
        steps = self.steps
        top, bottom = coefficient.numerator, coefficient.denominator
        if coefficient == 0 or max(top, bottom) > 2**53:
            above = [steps.number(coefficient), *above]
        else:
            above = [steps.number(Fraction(top)), *above] if top != 1 else above
            below = [steps.number(Fraction(bottom)), *below] if bottom != 1 else below
        if not above:
            result = matrix if matrix is not None else steps.number(Fraction(1))
            return steps.divide(result, self._product(below)) if below else result
        result = self._product(above)
        result = steps.divide(result, self._product(below)) if below else result
        return steps.times(result, matrix) if matrix is not None else result

    def _product(self, numbers: list[int]) -> int:
        result = numbers[0]
        for number in numbers[1:]:
            result = self.steps.times(result, number)
        return result


def _segments(node: Node) -> tuple[list[list[Node]], list[Node]]:
    """The matrix factors of a product: those that are complete scalars together, and the last, open stretch."""
    complete: list[list[Node]] = []
    current: list[Node] = []
    for factor in node.args:
        if factor.scalar:
            continue
        current.append(factor)
        if current[0].rows == 1 and factor.cols == 1:
            complete.append(current)
            current = []
    return complete, current


def _without_identities(factors: list[Factor]) -> list[Factor]:
    """Identities dropped, but for one if there is nothing else."""
    kept = [f for f in factors if not (f.kind == "diagonal" and f.step < 0)]
    return kept or factors[:1]


def _exact(node: Node) -> Fraction | None:
    """The value of a number or of its reciprocal."""
    if node.op is CONSTANT:
        return node.params[0]
    if node.op is POWER and node.args[1].op is CONSTANT and node.args[1].params[0] == -1:
        base = node.args[0]
        return 1 / base.params[0] if base.op is CONSTANT and base.params[0] else None
    return None


Rule = Callable[[Planner, Node], Signed]
