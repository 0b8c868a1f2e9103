"""From a formula and what to differentiate by, to the derivative in its layout, in its shortest form.

May import core, operations, rewrite and the rest of calculus.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import ParamSpec, TypeVar

from dvec.calculus.derivative import dependent, gradient, linear_map
from dvec.calculus.layout import lay_out
from dvec.calculus.linear_map import LinearMap
from dvec.calculus.structure import Structure, structure_of, unstructured
from dvec.core.algebra import ONE
from dvec.core.atoms import RankOne
from dvec.core.errors import FormulaError, NotDifferentiable
from dvec.core.layouts import VEC, Pattern, pattern_of
from dvec.core.node import VARIABLE, Node, rebuild, substitute, variable, variables_of
from dvec.core.properties import STRUCTURES
from dvec.core.signature import Shape
from dvec.operations.derivative import DERIVATIVE
from dvec.rewrite.canonical import Canonical
from dvec.rewrite.shortest import Shortest
from dvec.rewrite.turning import typed_parts

_P = ParamSpec("_P")
_T = TypeVar("_T")


@dataclass(frozen=True)
class Result:
    """A derivative as a node, with all that is needed to lay it out, check it and say what it is."""

    node: Node
    formula: Node  # as typed, inner derivatives expanded
    target: Node
    second: Node | None
    of: Shape
    by: Shape
    pattern: Pattern
    order: int
    structure: Structure | None
    map: LinearMap  # from the target (or the free parameters) to the value, or to the gradient for order 2
    gradient: Node | None = None  # for order 2, the gradient that was differentiated, in its shortest form


def expanded(formula: Node) -> Node:
    """The formula with every diff(F, X) inside it carried out."""
    if not formula.holds(DERIVATIVE):
        return formula

    def change(node: Node) -> Node | None:
        if node.op is not DERIVATIVE:
            return None
        return differentiate(node.args[0], node.args[1], layout=node.params[0]).node

    return rebuild(formula, change)


def refuse_complex(formula: Node, X: Node) -> None:
    """Derivatives by complex variables, and of moduli of complex expressions, need conj(dX): they are not built yet."""
    if X.complex:
        raise NotDifferentiable(f"derivatives by complex variables such as {X.params[0]} are not built yet")
    if formula.holds_complex:
        for node in dependent(formula, X):
            if node.op.real and any(a.complex for a in node.args):
                message = f"{node.op.name} of something complex cannot be differentiated yet"
                raise NotDifferentiable.because_of(node.op, message)


def target_variable(target: Node) -> Node:
    """The variable that an entry, a row, a column or a transpose is of."""
    names = variables_of(target)
    if len(names) != 1:
        raise FormulaError("a derivative is taken by one variable, an entry, a row or a column of it, or its transpose")
    return names[0]


def coordinates(target: Node, X: Node) -> LinearMap:
    """The map from the target's entries into X: the adjoint of X ↦ target, which picks or turns entries."""
    return linear_map(target, X).transposed_map()


def uncollected(function: Callable[_P, _T]) -> Callable[_P, _T]:
    """Without the cyclic garbage collector: nodes form no cycles, and of a deep network there are a hundred thousand,
    all of which it would visit again and again (a third of the time for 10,000 layers)."""

    @wraps(function)
    def without_collector(*args: _P.args, **kwargs: _P.kwargs) -> _T:
        if not gc.isenabled():
            return function(*args, **kwargs)
        gc.disable()
        try:
            return function(*args, **kwargs)
        finally:
            gc.enable()

    return without_collector


@uncollected
def differentiate(
    formula: Node, target: Node, layout: str = "mixed", order: int = 1, structure: str = "projected",
    second: Node | None = None,
) -> Result:  # fmt: skip
    """The derivative of the formula by the target (`second`: and then by that), laid out, shortened.

    Raises `NotDifferentiable` where there is none in closed form, `FormulaError` for what makes no sense.
    """
    return _differentiated(expanded(formula), target, layout, order, structure, second)


def _differentiated(
    formula: Node, target: Node, layout: str, order: int, structure: str, second: Node | None
) -> Result:
    if order == 1:
        return _first_order(formula, target, layout, structure)
    if order != 2:
        raise FormulaError(f"the order is 1 or 2, not {order!r}")
    if not formula.scalar and target.scalar and second is None:
        once = _first_order(formula, target, layout, structure)
        again = _first_order(once.node, target, layout, structure)
        return Result(again.node, formula, target, None, again.of, again.by, again.pattern, 2, None, again.map)
    return _second_order(formula, target, second or target, layout, structure)


class _Work:
    """One answer in the making: its canonical form and the variables as if they had no structure."""

    def __init__(self, formula: Node, *targets: Node) -> None:
        variables = {target_variable(t) for t in targets}
        self.plain = {X: unstructured(X) for X in variables}
        self.changed = {plain: X for X, plain in self.plain.items() if plain is not X}
        self.ctx = Canonical()
        raw = self.plainly(formula)
        self.formula = self.ctx(raw)
        self.typed = typed_parts(raw, self.ctx)
        for X in self.plain.values():
            refuse_complex(self.formula, X)

    def plainly(self, node: Node) -> Node:
        return substitute(node, self.plain) if self.changed else node

    def finish(self, node: Node) -> Node:
        """Back to the declared variables, whose properties now count, and to the shortest form."""
        if not self.changed:
            return Shortest(self.typed, self.ctx)(self.ctx(node))
        ctx = Canonical(self.ctx)
        typed = [ctx(substitute(n, self.changed)) for n in self.typed]
        return Shortest(typed, ctx)(ctx(substitute(node, self.changed)))


def _first_order(formula: Node, target: Node, layout: str, structure: str) -> Result:
    work = _Work(formula, target)
    X = target_variable(target)
    plain_target = work.plainly(target)
    plain = target_variable(plain_target)
    shape = structure_of(X, structure) if target is X else None
    chart = LinearMap.identity(target.size) if target is X else coordinates(plain_target, plain)
    if formula.scalar:
        G = gradient(work.formula, plain)
        of, by = formula.size, target.size
        if shape is not None and shape.entries is not None:
            G = shape.entries.adjoint(G)
        elif shape is not None:
            G, by = shape.embedding.adjoint(work.ctx(G)), shape.embedding.domain
        elif target is not X:
            G = chart.adjoint(work.ctx(G))
        L = LinearMap(((RankOne(ONE, G),),), 1, 1, by)
    else:
        L = linear_map(work.formula, plain)
        if target is not X:
            L = L.after(chart)
        if shape is not None:
            L = L.after(shape.embedding)
        of, by = formula.size, L.domain
    pattern = pattern_of(layout, of, by)
    node = work.finish(lay_out(L, pattern))
    return Result(node, formula, target, None, of, by, pattern, 1, shape, L)


def _second_order(formula: Node, first: Node, second: Node, layout: str, structure: str) -> Result:
    if not formula.scalar:
        raise FormulaError(
            f"a second derivative is taken of a scalar; this formula is {formula.rows}×{formula.cols}: "
            "differentiate its Jacobian, or one entry of it"
        )
    if layout not in ("mixed", "vec"):
        raise FormulaError(
            f"second derivatives are laid out as ∂²f/∂vec X ∂(vec X)': layout 'mixed' or 'vec', not {layout!r}"
        )
    work = _Work(formula, first, second)
    plain_first, plain_second = work.plainly(first), work.plainly(second)
    X, Z = target_variable(plain_first), target_variable(plain_second)
    G = work.ctx(gradient(work.formula, X))
    G = work.ctx(Shortest(work.typed, work.ctx)(G))
    shape = structure_of(first, structure) if first is second and first.op is VARIABLE else None
    L = linear_map(G, Z)
    if plain_second is not Z:
        L = L.after(coordinates(plain_second, Z))
    if plain_first is not X:
        L = linear_map(plain_first, X).after(L)
    if shape is not None:
        L = shape.embedding.transposed_map().after(L.after(shape.embedding))
    node = work.finish(lay_out(L, VEC))
    of = (L.rows, L.cols)
    pattern = pattern_of("mixed" if L.cols == 1 and L.domain[1] == 1 else "vec", of, L.domain)
    return Result(node, formula, first, second, of, L.domain, pattern, 2, shape, L, work.finish(G))


def refuse_name(formula: Node, X: Node) -> None:
    """The differential of X is called dX: no variable of the formula may be."""
    name = f"d{X.params[0]}"
    if any(v.params[0] == name for v in variables_of(formula)):
        raise FormulaError(f"{name} is a variable of the formula, and the differential of {X.params[0]} is called so: "
                           "rename it")  # fmt: skip


def differential(formula: Node, X: Node) -> Node:
    """dF as a formula that is linear in dX."""
    if X.op is not VARIABLE:
        raise NotDifferentiable("a differential is taken along a variable")
    formula = expanded(formula)
    work = _Work(formula, X)
    plain = work.plain[X]
    refuse_name(formula, X)
    dX = variable(f"d{X.params[0]}", X.rows, X.cols, X.properties & (STRUCTURES | {"complex"}))
    return work.finish(linear_map(work.formula, plain).applied(dX))
