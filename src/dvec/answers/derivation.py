"""A derivation as a lecturer would write it: steps with the rule that each applies, as text, Unicode and LaTeX.

May import every room but the faces.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, count

from dvec.answers.expr import Expr
from dvec.calculus.derivative import dependent
from dvec.calculus.differentiate import Result, differentiate, refuse_name, target_variable, unstructured
from dvec.calculus.steps import Equation, by_differentials
from dvec.core.algebra import POWER, PRODUCT
from dvec.core.layouts import VEC
from dvec.core.node import VARIABLE, Node, make, postorder, substitute, variable
from dvec.notation.names import latex_name, unicode_name
from dvec.notation.printing import Printer, size_texts
from dvec.notation.styles import LatexPrinter, UnicodePrinter
from dvec.operations.derivative import DIFFERENTIAL
from dvec.operations.matrix_functions import MATRIX_POWER
from dvec.operations.structure import vec
from dvec.rewrite.canonical import Canonical
from dvec.rewrite.turning import typed_parts

_GRADIENTS = ("G", "D", "N")

Heads = tuple[str, str, str]
"""The left side of a step as text, Unicode and LaTeX."""


@dataclass(frozen=True)
class Step:
    """One step of a derivation.

    `left` and `right` are the two sides as nodes, where they are formulas; `named` says of which function a variable in
    them (df) is the differential, `derivative` what the right side is where the left is a derivative (∂f/∂U).
    """

    rule: str
    text: str
    unicode: str
    latex: str
    left: Node | None = None
    right: Node | None = None
    named: Mapping[Node, Node] = field(default_factory=dict[Node, Node])
    derivative: Result | None = None

    def __str__(self) -> str:
        return f"{self.text}    ({self.rule})"


class _Writer:
    """Writes equations of one derivation in three styles."""

    def __init__(self, formula: Expr, X: Node, names: dict[str, str]) -> None:
        self.functions = names  # d of which nodes has a name: "f" -> df
        x = X.params[0]
        latex = {f"d{name}": rf"\mathrm{{d}}{latex_name(name)}" for name in (x, *names.values())}
        plain = {f"d{name}": f"d{unicode_name(name)}" for name in (x, *names.values())}
        sizes = size_texts(formula.scope.variables)
        decimals = formula.decimals
        self.printers = (
            Printer(sizes, decimals), UnicodePrinter(sizes, decimals, plain), LatexPrinter(sizes, decimals, latex)
        )  # fmt: skip

    def sides(self, left: Node | Heads, right: Node) -> Heads:
        heads = left if isinstance(left, tuple) else tuple(p.write(left) for p in self.printers)
        text, uni, tex = (f"{h} = {p.write(right)}" for h, p in zip(heads, self.printers, strict=True))
        return text, uni, tex

    def step(
        self, rule: str, left: Node | Heads, right: Node, named: Mapping[Node, Node] | None = None
    ) -> Step:  # fmt: skip
        text, uni, tex = self.sides(left, right)
        return Step(rule, text, uni, tex, None if isinstance(left, tuple) else left, right, named or {})


def written(rule: str, heads: Heads, derivative: Result, formula: Expr) -> Step:
    """A step from the left side ∂f/∂X to the derivative in matrix notation."""
    sizes, node = size_texts(formula.scope.variables), derivative.node
    text, uni, tex = (kind(sizes, formula.decimals).write(node) for kind in (Printer, UnicodePrinter, LatexPrinter))
    return Step(
        rule, f"{heads[0]} = {text}", f"{heads[1]} = {uni}", f"{heads[2]} = {tex}", right=node, derivative=derivative
    )  # fmt: skip


def partial(name: str, by: str, second: bool = False) -> Heads:
    """∂f/∂X in three styles"""
    square = "²" if second else ""
    uni = f"∂{square}{unicode_name(name)}/∂{by}"
    power = "^2" if second else ""
    tex = rf"\frac{{\partial{power} {latex_name(name)}}}{{\partial {by}}}"
    return f"∂{square}{name}/∂{by}", uni, tex


def steps(result: Result, formula: Expr, layout: str) -> list[Step]:
    """The derivation by differentials, ending with the answer."""
    for target in (result.target, result.second):
        if target is not None:
            refuse_name(result.formula, target_variable(target))
    found: dict[str, Step] = {}  # a Hessian meets the differentials of its gradient again
    for step in _all_steps(result, formula, layout):
        found.setdefault(step.text, step)
    return list(found.values())


def _all_steps(result: Result, formula: Expr, layout: str) -> Iterator[Step]:
    if result.order == 2 and result.gradient is not None:
        yield from _second_order(result, formula)
        return
    if result.order == 2:
        first = differentiate(result.formula, result.target)
        yield from _first_order(first, formula, result.formula, function_name(result.formula, formula), layout)
        yield from _first_order(result, formula, first.node, _gradient_name(result.formula, formula), layout)
        return
    yield from _first_order(result, formula, result.formula, function_name(result.formula, formula), layout)


def _second_order(result: Result, formula: Expr) -> Iterator[Step]:
    X = target_variable(result.target)
    assert result.gradient is not None
    first = differentiate(result.formula, X, structure="ignore")
    yield from _first_order(first, formula, result.formula, function_name(result.formula, formula), "mixed")
    Z = target_variable(result.second) if result.second is not None else X
    name = _gradient_name(result.formula, formula)
    writer = _Writer(formula, Z, {"": name})
    G = result.gradient
    yield writer.step("the gradient", (name, name, name), G)
    yield from _equations(writer, G, Z, None, name)
    second = differentiate(G, Z, layout="vec", structure="ignore")
    dZ = variable(f"d{Z.params[0]}", Z.rows, Z.cols)
    yield _vectorised(writer, name, second.node, dZ, G)
    by = (
        f"∂vec {X.params[0]} ∂(vec {Z.params[0]})'"
        if not (X.column and Z.column)
        else f"∂{X.params[0]} ∂{Z.params[0]}'"
    )
    text = f"∂²{function_name(result.formula, formula)}/{by}"
    tex_by = rf"\partial {_vec_tex(X)} \, \partial {_vec_tex(Z)}^{{\top}}"
    tex = rf"\frac{{\partial^2 {function_name(result.formula, formula)}}}{{{tex_by}}}"
    yield writer.step(
        "identification of the Hessian" + _because(result), (text, text.replace("'", "ᵀ"), tex), result.node
    )


def _vec_tex(X: Node) -> str:
    name = latex_name(X.params[0])
    return name if X.column else rf"\operatorname{{vec}}({name})"


def free_name(wishes: Sequence[str], taken: Collection[str]) -> str:
    """The first wish that is not taken, nor taken when a d stands before it; then the first with a number."""
    numbered = (f"{wishes[0]}{number}" for number in count(1))
    return next(name for name in chain(wishes, numbered) if name not in taken and f"d{name}" not in taken)


def function_name(node: Node, formula: Expr) -> str:
    """A name for the function that no variable has."""
    return free_name(("f", "g", "q") if node.scalar else ("F", "G", "Q"), formula.scope.variables)


def _gradient_name(node: Node, formula: Expr) -> str:
    """A name for the first derivative of the function, where that is differentiated again."""
    return free_name(_GRADIENTS, {*formula.scope.variables, function_name(node, formula)})


def _first_order(result: Result, formula: Expr, F: Node, name: str, layout: str) -> Iterator[Step]:
    X = target_variable(result.target)
    writer = _Writer(formula, X, {"": name})
    G = differentiate(F, X, structure="ignore").node if F.scalar else None
    yield from _equations(writer, F, X, G, name)
    x = X.params[0]
    if F.scalar or X.scalar:
        whole = G if G is not None else differentiate(F, X).node
        taken = {*formula.scope.variables, name}
        rule = f"identification of the gradient in d{name} = ⟨{free_name(_GRADIENTS, taken)}, d{x}⟩"
        if X.scalar:
            rule = f"identification of the derivative in d{name} = {free_name(_GRADIENTS[1:], taken)}*d{x}"
        yield writer.step(rule, partial(name, x), whole)
        if result.node is not whole:
            yield writer.step(
                _last_rule(result, layout), partial(name, _target_text(result, writer, layout)), result.node
            )
        return
    J = differentiate(F, X, layout="vec", structure="ignore").node
    dX = variable(f"d{x}", X.rows, X.cols)
    plain = F.column and X.column
    yield _vectorised(writer, name, J, dX, F)
    by = f"{x}'" if X.column else f"(vec {x})'"
    of = name if F.column else f"vec {name}"
    of_tex = latex_name(name) if F.column else rf"\operatorname{{vec}} {latex_name(name)}"
    tex = rf"\frac{{\partial {of_tex}}}{{\partial {_vec_tex(X)}^{{\top}}}}"
    yield writer.step("identification of the Jacobian", (f"∂{of}/∂{by}", f"∂{of}/∂{by}".replace("'", "ᵀ"), tex), J)
    if result.node is not J and not (plain and result.pattern == VEC):
        yield writer.step(_last_rule(result, layout), partial(name, _target_text(result, writer, layout)), result.node)


def _because(result: Result) -> str:
    return f", {result.structure.sentence}" if result.structure is not None else ""


def _last_rule(result: Result, layout: str) -> str:
    if result.structure is not None:
        return result.structure.sentence
    if result.target.op is not VARIABLE:
        return "the part that was asked for"
    return f"the layout '{layout}'"


def _target_text(result: Result, writer: _Writer, layout: str) -> str:
    text = writer.printers[0].write(result.target)
    return f"{text}'" if layout == "numerator" and result.of == (1, 1) else text


def _vectorised(writer: _Writer, name: str, J: Node, dX: Node, F: Node) -> Step:
    """vec(dF) = J vec(dX)"""
    named = variable(f"d{name}", F.rows, F.cols, ["complex"] * F.complex)
    plain = F.column and dX.column
    d = dX.params[0]
    rule = f"a matrix times {d}" if plain else f"vec of a product: vec(P*{d}*Q) = kron(Q', P)*vec({d})"
    return writer.step(rule, vec(named), make(PRODUCT, (*(J.args if J.op is PRODUCT else (J,)), vec(dX))), {named: F})


def _equations(writer: _Writer, F: Node, X: Node, G: Node | None, name: str) -> Iterator[Step]:
    """The steps of dF, with d of the whole written by its name."""
    plain = unstructured(X)
    ctx = Canonical()
    raw = substitute(F, {X: plain})
    canonical = ctx(raw)
    typed = typed_parts(raw, ctx)
    if plain not in dependent(canonical, plain):
        return
    new_operations = {n.op for n in postorder(canonical)} - {n.op for n in postorder(raw)}
    new_operations -= {POWER, MATRIX_POWER}
    if any(op.derivative is not None or op.differential for op in new_operations):
        known = ", ".join(sorted(op.name for op in new_operations if op.derivative is not None or op.differential))
        yield writer.step(f"{known} recognised", (name, name, latex_name(name)), substitute(canonical, {plain: X}))
    whole, named = make(DIFFERENTIAL, (canonical,)), variable(f"d{name}", F.rows, F.cols, ["complex"] * F.complex)
    gradient = None if G is None else substitute(G, {X: plain})
    for equation in by_differentials(canonical, plain, gradient, typed):
        yield _named(writer, equation, {whole: named, plain: X}, {named: F})


def _named(writer: _Writer, equation: Equation, names: dict[Node, Node], functions: dict[Node, Node]) -> Step:
    return writer.step(equation.rule, substitute(equation.left, names), substitute(equation.right, names), functions)
