"""The plan: a formula as a list of numeric steps, each on the results of earlier ones, in a good order.

May import core, operations and the steps; it needs no numbers and no NumPy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from dvec.core.algebra import ADD, CONJUGATE, HADAMARD, ONES, POWER, PRODUCT, TRANSPOSE
from dvec.core.errors import FormulaError
from dvec.core.node import CONSTANT, VARIABLE, Node, Op
from dvec.core.signature import Shape
from dvec.core.sizes import AnySize
from dvec.evaluation.chain import Factor, associate, dense
from dvec.evaluation.planner import Planner, Rule, Signed
from dvec.evaluation.steps import Index, Program, Steps
from dvec.operations.constants import SIZE, UNIT
from dvec.operations.matrix_functions import INVERSE, MATRIX_POWER
from dvec.operations.reductions import TRACE
from dvec.operations.structure import REARRANGE, split_pattern


def plan(roots: Sequence[Node], sizes: Mapping[str, int] | None = None) -> Program:
    """The steps that compute the roots together, products ordered by cost at these sizes (unknown ones are equal).

    inv(A)*B becomes a solve, products with unit vectors slices, products with diagonal matrices scalings.
    """
    planner = Planner(roots, sizes or {}, RULES, call)
    return _without_dead_steps(planner, tuple(planner.value(root) for root in roots), tuple(roots))


def _without_dead_steps(planner: Planner, outputs: tuple[int, ...], roots: tuple[Node, ...]) -> Program:
    steps = planner.steps.listed
    alive = [False] * len(steps)
    for index in outputs:
        alive[index] = True
    for index in range(len(steps) - 1, -1, -1):
        if alive[index]:
            for arg in steps[index].args:
                alive[arg] = True
    new = {old: place for place, old in enumerate(index for index in range(len(steps)) if alive[index])}
    kept = [step._replace(args=tuple(new[a] for a in step.args)) for step, on in zip(steps, alive, strict=True) if on]
    position = {node: new[index] for node, index in planner.position.items() if alive[index]}
    return Program(kept, tuple(new[index] for index in outputs), position, roots)


# ------------------------------------------------------------------ one rule for each operation that is not a mere call


def _variable(planner: Planner, node: Node) -> Signed:
    return 1, planner.steps.step("variable", params=(node.params[0],), scalar=node.scalar)


def _constant(planner: Planner, node: Node) -> Signed:
    value = node.params[0]
    return (-1 if value < 0 else 1), planner.steps.number(abs(value))


def _size(planner: Planner, node: Node) -> Signed:
    return 1, planner.steps.step("size", params=node.params, scalar=True)


def _unit(planner: Planner, node: Node) -> Signed:
    return 1, planner.steps.step("unit", params=(node.params[0], Index(node.params[1])))


def _transposed(planner: Planner, node: Node) -> Signed:
    sign, step = planner.found[node.args[0]]
    return sign, planner.steps.transpose(step)


def _multiplied(planner: Planner, node: Node) -> Signed:
    """A product: scalars, complete chains, and the chain of matrices that it is the value of."""
    scalars, chains = planner.chain_of(node)
    numbers: list[int] = []
    matrix: int | None = None
    for chain in chains:
        result = associate(chain, planner.steps)
        step = (
            identity(result, planner) if result.step < 0 and result.kind == "diagonal" else dense(result, planner.steps)
        )
        if result.scalar:
            numbers.append(step)
        else:
            matrix = step
    return planner.scaled(scalars, numbers, matrix)


def identity(factor: Factor, planner: Planner) -> int:
    return planner.steps.step("eye", params=(factor.rows,))


def _sum(planner: Planner, node: Node) -> Signed:
    """A sum; a term c*ones(m,n) beside other matrices is the number c, which NumPy adds to every entry."""
    terms = [(planner.found[arg], arg) for arg in node.args]
    wide = [arg for arg in node.args if arg.scalar or _constant_entry(arg) is None]
    if wide and not node.scalar:
        terms = [(_entry(planner, arg, signed), arg) for signed, arg in terms]
    signed = [term for term, _ in terms]
    if signed[0][0] < 0 and any(sign > 0 for sign, _ in signed):
        first = next(k for k, (sign, _) in enumerate(signed) if sign > 0)
        signed.insert(0, signed.pop(first))
    sign, total = signed[0]
    for other, step in signed[1:]:
        what = "add" if other == sign else "subtract"
        total = planner.steps.step(what, total, step, scalar=planner.steps.scalar(total, step))
    return sign, total


def _constant_entry(node: Node) -> list[Node] | None:
    """The scalar factors of c*ones(m,n), or None for anything else."""
    if node.op is ONES:
        return []
    if node.op is not PRODUCT:
        return None
    matrices = [f for f in node.args if not f.scalar]
    if len(matrices) == 1 and matrices[0].op is ONES:
        return [f for f in node.args if f.scalar]
    return None


def _entry(planner: Planner, node: Node, signed: Signed) -> Signed:
    scalars = _constant_entry(node)
    if scalars is None:
        return signed
    numbers = [f for f in scalars if f not in planner.found]  # taken up into the product: take the product as it is
    return signed if numbers else planner.scaled(scalars, [], None)


def _entrywise_product(planner: Planner, node: Node) -> Signed:
    sign = 1
    above: list[int] = []
    below: list[int] = []
    for arg in node.args:
        if (divisor := planner.divisor(arg)) is not None:
            below.append(divisor)
            continue
        own, step = planner.found[arg]
        sign *= own
        above.append(step)
    steps = planner.steps
    result = above[0] if above else steps.number(Fraction(1))
    for step in above[1:]:
        result = steps.times(result, step)
    for step in below:
        result = steps.divide(result, step)
    return sign, result


def _power(planner: Planner, node: Node) -> Signed:
    base, exponent = node.args
    steps = planner.steps
    if (divisor := planner.divisor(node)) is not None:
        return 1, steps.divide(steps.number(Fraction(1)), divisor)
    below = planner.value(base)
    if exponent.op is CONSTANT and exponent.params[0] > 0:
        return 1, planner.power(below, exponent.params[0])
    return 1, steps.step("power", below, planner.value(exponent), scalar=node.scalar)


def _inverse(planner: Planner, node: Node) -> Signed:
    below = planner.value(node.args[0])
    return _called(planner, node, planner.steps.inverse(_array(planner, below)))


def _matrix_power(planner: Planner, node: Node) -> Signed:
    base, exponent = node.args
    if exponent.op is CONSTANT:
        power = exponent.params[0]
        if power.denominator != 1:
            raise FormulaError(f"a matrix power needs a whole exponent, this one is {power}")
        below = _array(planner, planner.value(base))
        return _called(planner, node, planner.steps.step("matrix power", below, params=(int(power),)))
    whole = planner.steps.step("whole", planner.value(exponent), scalar=True)
    below = _array(planner, planner.value(base))
    return _called(planner, node, planner.steps.step("symbolic power", below, whole))


def _trace(planner: Planner, node: Node) -> Signed:
    """tr(A*B) as the sum of A .* B', which takes n² multiplications in place of n³."""
    arg = node.args[0]
    below = arg.args[0] if arg.op is TRANSPOSE and planner.absorbed(arg) else arg
    if not planner.absorbed(below):
        return call(planner, node)
    scalars, chains = planner.chain_of(below)
    complete = [chain for chain in chains if chain[0].rows == 1]
    numbers = [dense(associate(chain, planner.steps), planner.steps) for chain in complete]
    if len(complete) < len(chains):
        numbers.append(_trace_of_chain(planner, chains[-1]))
    return planner.scaled(scalars, numbers, None)


def _trace_of_chain(planner: Planner, chain: list[Factor]) -> int:
    steps = planner.steps
    for k in range(1, len(chain)):
        if chain[k].rows == 1:  # a trace may be rotated, and from here on it is a number
            return dense(associate(chain[k:] + chain[:k], steps), steps)
    halves = _halves(chain, steps)
    if halves is None:
        whole = associate(chain, steps)
        step = identity(whole, planner) if whole.step < 0 and whole.kind == "diagonal" else dense(whole, steps)
        return steps.step("tr", step, scalar=True)
    left, right = (dense(half, steps) for half in halves)
    if steps.listed[left].what == "transpose":
        return steps.step("sum", steps.times(steps.transpose(left), right), scalar=True)
    return steps.step("sum", steps.times(left, steps.transpose(right)), scalar=True)


def _halves(chain: list[Factor], steps: Steps) -> tuple[Factor, Factor] | None:
    """The chain in two parts, each cheap to multiply out, or None where one part is not a matrix in itself."""
    best: tuple[float, int] | None = None
    for k in range(1, len(chain)):
        parts = chain[:k], chain[k:]
        if any(len(part) == 1 and part[0].kind != "dense" for part in parts):
            continue
        cost = sum(steps.weight(p[0].rows) * steps.weight(p[-1].cols) * (len(p) - 1) for p in parts)
        if best is None or cost < best[0]:
            best = cost, k
    if best is None:
        return None
    return associate(chain[: best[1]], steps), associate(chain[best[1] :], steps)


def _rearranged(planner: Planner, node: Node) -> Signed:
    """einops' rearrange: split the sides into letters, reorder them, join them."""
    before, after = split_pattern(node.params[0])
    sizes = dict(node.params[1])
    letters = before[0] + before[1]
    split = tuple(sizes[letter] for letter in letters)
    order = tuple(letters.index(letter) for letter in after[0] + after[1])
    below = _array(planner, planner.value(node.args[0]))
    return _called(planner, node, planner.steps.step("rearrange", below, params=(split, order, _joined(after, sizes))))


def _joined(sides: tuple[list[str], ...] | Sequence[list[str]], sizes: Mapping[str, AnySize]) -> Shape:
    total: list[AnySize] = []
    for side in sides:
        size: AnySize = 1
        for letter in side:
            size = size * sizes[letter]
        total.append(size)
    return total[0], total[1]


def _array(planner: Planner, step: int) -> int:
    """A number as a 1×1 array, for operations that want matrices."""
    return planner.steps.step("array", step) if planner.steps.scalar(step) else step


def _called(planner: Planner, node: Node, step: int) -> Signed:
    return 1, planner.steps.corner(step) if node.scalar else step


def call(planner: Planner, node: Node) -> Signed:
    """Any other operation, by its template in the table."""
    op = node.op
    if op.code is None:
        raise FormulaError(f"{op.name} has no numeric value: {op.refusal}")
    args = [planner.value(arg) for arg in node.args]
    if op.derivative is not None or op is CONJUGATE:
        return 1, planner.steps.step(op.name, *args, params=node.params, scalar=node.scalar)
    args = [_array(planner, arg) for arg in args]
    if op.signature is not None and not any(side.letters for side in op.signature.output):
        return 1, planner.steps.step(op.name, *args, params=node.params, scalar=True)
    return _called(planner, node, planner.steps.step(op.name, *args, params=node.params))


RULES: dict[Op, Rule] = {
    VARIABLE: _variable, CONSTANT: _constant, SIZE: _size, UNIT: _unit, TRANSPOSE: _transposed, PRODUCT: _multiplied,
    ADD: _sum, HADAMARD: _entrywise_product, POWER: _power, INVERSE: _inverse, MATRIX_POWER: _matrix_power,
    TRACE: _trace, REARRANGE: _rearranged,
}  # fmt: skip
