"""Text in: formulas, equations, and what derivatives are taken by, as typed nodes with the meaning of their names.

May import core and operations. Three phases: pieces with places (syntax), sizes (inference), nodes (building).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from dvec.core.algebra import ZERO, zeros
from dvec.core.errors import Span
from dvec.core.node import Node, variable
from dvec.core.sizes import Size
from dvec.notation.building import build
from dvec.notation.declarations import Scope, parse_declarations, sizes_of
from dvec.notation.inference import Inference, Symbol
from dvec.notation.reading import read
from dvec.notation.suggestions import closest
from dvec.notation.tree import Item, Tree
from dvec.notation.unification import find

__all__ = ["Formula", "Scope", "parse", "parse_declarations", "parse_equation", "parse_target", "parse_together"]


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula as typed: its node, what its names mean, and whether a decimal point was typed."""

    node: Node
    scope: Scope
    source: str
    decimals: bool = False


def parse(text: str, given: str = "", scope: Scope | None = None, reserved: Iterable[str] = ()) -> Formula:
    """The formula that a text stands for.

    `given` declares names, `scope` holds those that are known already; `reserved` are letters that sizes which nobody
    named must not take, such as the indices in what is differentiated by.
    """
    return parse_together([text], given, scope, reserved)[0]


def parse_together(
    texts: Sequence[str], given: str = "", scope: Scope | None = None, reserved: Iterable[str] = ()
) -> list[Formula]:
    """Several formulas with one meaning of their names and sizes."""
    return _formulas([read(text) for text in texts], given, scope, reserved)


def parse_equation(
    text: str, given: str = "", scope: Scope | None = None, reserved: Iterable[str] = ()
) -> tuple[Formula, Formula]:
    """The two sides of `LHS = RHS`, of equal size where names leave that open; 0 is the zero of the other side's size.

    Sides of different size are no error here: such a claim is well-formed, and false.
    """
    left, right = _formulas([read(text, sides=2)], given, scope, reserved)
    if left.node is ZERO and not right.node.scalar:
        left = replace(left, node=zeros(*right.node.size))
    elif right.node is ZERO and not left.node.scalar:
        right = replace(right, node=zeros(*left.node.size))
    return left, right


def _formulas(trees: list[Tree], given: str, scope: Scope | None, reserved: Iterable[str]) -> list[Formula]:
    inference = Inference(reserved)
    if scope is not None:
        _enter(inference, scope)
    if given:
        inference.enter(parse_declarations(given).values())
    for tree in trees:
        inference.visit(tree)
        if len(tree.roots) == 2:
            _balance(inference, *tree.roots)
    inference.finish()
    variables = _variables(inference)
    known = Scope(variables, _all_sizes(inference, variables, scope), frozenset(inference.inferred))
    return [
        Formula(node, known, _side(tree, root), tree.decimals)
        for tree in trees
        for root, node in zip(tree.roots, build(tree, variables), strict=True)
    ]


def _side(tree: Tree, root: Item) -> str:
    return tree.source if len(tree.roots) == 1 else tree.source[root.start : root.end]


def _enter(inference: Inference, scope: Scope) -> None:
    inference.enter(Symbol(n, v.rows, v.cols, v.params[3], v) for n, v in scope.variables.items())
    inference.size_names.update(scope.sizes)
    inference.inferred.extend(scope.inferred)


def _balance(inference: Inference, left: Item, right: Item) -> None:
    """Makes the sides of an equation equal in size where that is possible."""
    if (left.rows == 1) == (right.rows == 1) and (left.cols == 1) == (right.cols == 1):
        inference.unifier.equal(left.rows, right.rows)
        inference.unifier.equal(left.cols, right.cols)


def _variables(inference: Inference) -> dict[str, Node]:
    found: dict[str, Node] = {}
    for symbol in sorted(inference.symbols.values(), key=lambda s: not s.used):
        if symbol.node is None:
            rows, cols = find(symbol.rows), find(symbol.cols)
            assert isinstance(rows, (int, Size))
            assert isinstance(cols, (int, Size))
            symbol.node = variable(symbol.name, rows, cols, symbol.properties)
        found[symbol.name] = symbol.node
    return found


def _all_sizes(inference: Inference, variables: dict[str, Node], scope: Scope | None) -> tuple[str, ...]:
    of_variables = sizes_of(variables.values())
    others = sorted(inference.size_names.difference(of_variables))
    return (*of_variables, *others) if others else of_variables


# ---------------------------------------------------------------- what a derivative is taken by


def parse_target(text: str, known: Formula | Scope) -> Node:
    """What stands in `wrt`: a variable, an entry, row or column of one, its transpose or conjugate."""
    scope = known.scope if isinstance(known, Formula) else known
    if text in scope.variables:
        return scope.variables[text]
    tree = read(text)
    leaf = tree.roots[0]
    while leaf.kind in ("index", "postfix") or (leaf.kind == "call" and leaf.value.name == "conj"):
        leaf = leaf.args[0]
    if leaf.kind != "name":
        raise tree.error(
            "a derivative is taken by a variable, or by an entry, a row or the transpose of one", tree.roots[0]
        )
    if leaf.value not in scope.variables:
        raise tree.error(unknown_variable(leaf.value, scope), leaf)
    inference = Inference()
    _enter(inference, scope)
    inference.visit(tree)
    for name, (_, item) in inference.indices.items():
        if name in scope.inferred:
            raise tree.error(f"{name} is a size here: choose another letter for the index", item)
    inference.finish()
    return build(tree, scope.variables)[0]


def places_of(text: str, scope: Scope, wanted: Callable[[Node], bool]) -> list[Span]:
    """Where the parts of which `wanted` holds stand in a formula that was read before."""
    tree = read(text)
    inference = Inference()
    _enter(inference, scope)
    inference.visit(tree)
    inference.finish()
    build(tree, scope.variables)
    parts = [item for item in tree.items if item.kind != "size" and wanted(item.node)]
    found = {item.node: Span(item.start, item.end) for item in reversed(parts)}  # names of parts come behind the parts
    return list(found.values())


def unknown_variable(name: str, scope: Scope) -> str:
    """What is said of a name that is none of the formula's, with the one that may have been meant."""
    if not scope.variables:
        return f"the formula has no variable {name}, nor any other"
    near = closest(name, scope.variables)
    names = ", ".join(scope.variables)
    return f"the formula has no variable {name}" + (
        f": did you mean {near}?" if near else f": its variables are {names}"
    )
