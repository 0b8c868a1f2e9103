"""The functions of the public face: parse, diff, hessian, evaluate, simplify, and Python's way to build formulas.

May import every room but the faces.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import inf
from numbers import Real
from typing import Any

from dvec.answers.arguments import size_of, written
from dvec.answers.depth import ON_A_COMMAND_LINE, refuse_deep
from dvec.answers.derivative import Derivative
from dvec.answers.expr import Expr, as_expr, merged, of_node
from dvec.calculus import differentiate as calculus
from dvec.core.errors import FormulaError, NotDifferentiable
from dvec.core.node import Node, constant, variable, variables_of
from dvec.core.properties import IMPLIES, SQUARE
from dvec.core.sizes import AnySize, Size
from dvec.notation import parser
from dvec.notation.declarations import Scope, sizes_of
from dvec.notation.functions import FORMS, Form
from dvec.notation.printing import size_texts
from dvec.rewrite.shortest import shortest

__all__ = [
    "diff",
    "differential",
    "evaluate",
    "function",
    "hessian",
    "index_form",
    "matrix",
    "parse",
    "scalar",
    "simplify",
    "sizes",
    "vector",
]


def parse(text: str, given: str = "") -> Expr:
    """The formula that a text stands for.

    `given` declares what differs from the kinds that names have by themselves (a…g scalars, h…z vectors, A…Z matrices):
    "a, b: vector(n); S: matrix(n, n) symmetric". Raises `FormulaError`, with the place, for what cannot be understood.

    >>> import dvec
    >>> dvec.parse("tr(A*B)").given
    'A: matrix(m, n); B: matrix(n, m)'
    """
    return as_expr(text, given)


@calculus.uncollected
def diff(
    f: Expr | str, wrt: Any, given: str = "", layout: str = "mixed", order: int = 1, structure: str = "projected"
) -> Any:
    """The derivative of a formula in closed form, in the layout asked for.

    `wrt` is a variable ("U"), an entry, row or column of one ("U[i,a]", "U[i,:]"), its transpose ("X'"), with order 2
    also a pair of variables; a list of variables gives a dictionary of derivatives. `layout` is mixed, vec, block,
    numerator, denominator or a pattern such as "(i b) (a j)"; see docs/layouts.md. `structure` says what a derivative
    by a variable declared symmetric (diagonal, …) means: "projected", "free" or "ignore".

    Raises `FormulaError` for input that makes no sense and `NotDifferentiable` where there is no derivative in closed
    form. Source: Magnus & Neudecker, Matrix Differential Calculus, chapters 5 and 9.

    >>> import dvec
    >>> dvec.diff("tr(A*X*B)", "X").text
    "A'*B'"
    >>> dvec.diff("A*X*B", "X").text
    "kron(B', A)"
    """
    if isinstance(wrt, list):
        targets: Sequence[Any] = wrt  # pyright: ignore[reportUnknownVariableType]
        return {str(name): diff(f, name, given, layout, order, structure) for name in targets}
    pair: tuple[Any, ...] = wrt if isinstance(wrt, tuple) else (wrt,)
    if len(pair) != 1 and (len(pair) != 2 or order != 2):
        raise FormulaError("a derivative is taken by one variable; a pair of variables goes with order=2")
    formula = _with_targets(f, given, pair)
    targets = [_target(w, formula) for w in pair]
    refuse_deep(formula.node, formula.source, targets, order)
    second = targets[1] if len(targets) == 2 else None
    try:
        result = calculus.differentiate(formula.node, targets[0], str(layout), order, structure, second)
    except NotDifferentiable as refusal:
        raise _placed(refusal, formula, targets) from None
    return Derivative(result, formula, ", ".join(map(str, pair)), str(layout))


def _placed(refusal: NotDifferentiable, formula: Expr, targets: Sequence[Node]) -> NotDifferentiable:
    """What has no derivative, with its place in the text if it is the only one of its kind there."""
    if formula.source is None or refusal.operation is None:
        return refusal
    variables = {X for target in targets for X in variables_of(target)}

    def is_due(node: Node) -> bool:
        return node.op is refusal.operation and not variables.isdisjoint(variables_of(node))

    places = parser.places_of(formula.source, formula.scope, is_due)
    return refusal.at(formula.source, places[0]) if len(places) == 1 else refusal


def typed(text: str, wrt: str | tuple[str, ...], given: str, order: int) -> Expr:
    """A formula typed on a command line, where its derivative is to be found, checked and shown within seconds."""
    pair = (wrt,) if isinstance(wrt, str) else wrt
    formula = _with_targets(text, given, pair)
    refuse_deep(formula.node, formula.source, [_target(w, formula) for w in pair], order, ON_A_COMMAND_LINE)
    return formula


def _with_targets(f: Expr | str, given: str, targets: Sequence[Any]) -> Expr:
    """The formula; letters used as indices in what it is differentiated by are kept free of inferred sizes."""
    return as_expr(f, given, {c for w in targets if isinstance(w, str) for c in w.partition("[")[2] if c.isalpha()})


def _target(wrt: Any, formula: Expr) -> Node:
    """What to differentiate by; the names in it must be the formula's, and mean the same there."""
    if isinstance(wrt, Expr):
        merged(formula.scope, wrt.scope)
        for X in variables_of(wrt.node):
            if X.params[0] not in formula.scope.variables:
                raise FormulaError(parser.unknown_variable(X.params[0], formula.scope))
        return wrt.node
    if not isinstance(wrt, str):
        raise FormulaError(f"what to differentiate by is a name or an expression, not {type(wrt).__name__}")
    return parser.parse_target(wrt, formula.scope)


def hessian(f: Expr | str, wrt: Any, given: str = "") -> Derivative:
    """The second derivative of a scalar: n×n by a vector, by a matrix ∂²f/∂vec X ∂(vec X)' in Kronecker form.

    >>> import dvec
    >>> dvec.hessian("x'*A*x", "x").text
    "A + A'"
    """
    return diff(f, wrt, given, order=2)


def differential(f: Expr | str, wrt: str, given: str = "") -> Expr:
    """dF, linear in the differential of the variable, which is named d followed by the variable's name.

    >>> import dvec
    >>> dvec.differential("inv(X)", "X").text
    '-inv(X)*dX*inv(X)'
    """
    formula = _with_targets(f, given, [wrt])
    X = _target(wrt, formula)
    refuse_deep(formula.node, formula.source, [X], 1)
    try:
        node = calculus.differential(formula.node, X)
    except NotDifferentiable as refusal:
        raise _placed(refusal, formula, [X]) from None
    scope = merged(formula.scope, of_node(node).scope)
    return Expr(node, scope)


def index_form(formula: Expr | str, given: str = "") -> str:
    """The formula entry by entry in index notation, with free indices i (row) and j (column).

    >>> import dvec
    >>> dvec.index_form("U*V'")
    'sum(a: U[i,a]*V[j,a])'
    """
    from dvec.notation import index_form as notation

    expr = as_expr(formula, given)
    return notation.index_form(calculus.expanded(expr.node), size_texts(expr.scope.variables))


def evaluate(formula: Expr | str, values: Mapping[str, Any], given: str = "") -> Any:
    """The value of a formula in NumPy; see `Expr.evaluate`.

    >>> import dvec
    >>> dvec.evaluate("a^2 + 1", {"a": 3})
    10.0
    """
    return as_expr(formula, given).evaluate(values)


def simplify(formula: Expr | str, given: str = "") -> Expr:
    """The formula in its shortest form.

    >>> import dvec
    >>> dvec.simplify("inv(A)*A*x + x").text
    '2*x'
    """
    expr = as_expr(formula, given)
    return Expr(shortest(calculus.expanded(expr.node)), expr.scope, expr.decimals)


# ------------------------------------------------------------------ building formulas in Python


def sizes(names: str) -> tuple[Size, ...]:
    """Symbolic sizes by name, separated by blanks or commas; always a tuple. They may be added and multiplied.

    Raises `FormulaError` for what is no name.

    >>> import dvec
    >>> m, n = dvec.sizes("m n")
    >>> dvec.vector("x", m * n + 1).shape
    ('m*n + 1',)
    """
    if not isinstance(names, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise FormulaError(f'sizes are named in one text, as in dvec.sizes("m n"), not by {type(names).__name__}')
    found = [size_of(name) for name in names.replace(",", " ").split()]
    if bad := [size for size in found if not str(size).isidentifier()]:
        raise FormulaError(f"{bad[0]} is no name for a size")
    return tuple(found)  # pyright: ignore[reportReturnType]


_PROPERTY = {"positive_definite": "positive definite", "positive_semidefinite": "positive semidefinite",
             "lower_triangular": "lower triangular", "upper_triangular": "upper triangular",
             "full_column_rank": "full column rank", "full_row_rank": "full row rank"}  # fmt: skip


def _variable(name: str, rows: Any, cols: Any, properties: dict[str, bool], usage: str) -> Expr:
    if not isinstance(name, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise FormulaError(f"a variable has a name: {usage}")
    rows, cols = size_of(rows), size_of(cols)
    if not name.isidentifier():
        raise FormulaError(f"{name!r} is no name for a variable")
    wanted = [_PROPERTY.get(p, p) for p, on in properties.items() if on]
    known = parser.parse_declarations(f"{name}: scalar")  # also refuses names that the language has taken
    if unknown := [p for p in wanted if p not in IMPLIES]:
        raise FormulaError(f"unknown property {unknown[0]!r}: one of {', '.join(IMPLIES)}")
    if rows != cols and (bad := [p for p in wanted if p in SQUARE]):
        raise FormulaError(f"{name} is {rows}×{cols}: only a square matrix can be {bad[0]}")
    node = variable(next(iter(known)), rows, cols, wanted)
    scope = Scope({node.params[0]: node}, sizes_of([node]))
    return Expr(node, scope)


def scalar(name: str, **properties: bool) -> Expr:
    """A scalar variable, with declared properties (`positive`, `integer`, `complex`) as keyword arguments.

    Raises `FormulaError` for what is no name, names that the language has taken, and properties that there are not.

    >>> import dvec
    >>> lam = dvec.scalar("lambda", positive=True)
    >>> (lam**2).text, lam.given
    ('lambda^2', 'lambda: scalar positive')
    """
    return _variable(name, 1, 1, properties, 'dvec.scalar("c")')


def vector(name: str, n: AnySize | str, **properties: bool) -> Expr:
    """A column vector variable; the size `n` is a number, one of `sizes`, or its name. Properties as for `scalar`.

    Raises `FormulaError` for what is no name or no size, and for properties that there are not.

    >>> import dvec
    >>> x, y = dvec.vector("x", "n"), dvec.vector("y", "n")
    >>> (x.T @ y).text, x.shape
    ("x'*y", ('n',))
    """
    return _variable(name, n, 1, properties, 'dvec.vector("x", n), which has a size too')


def matrix(name: str, m: AnySize | str, n: AnySize | str, **properties: bool) -> Expr:
    """An m×n matrix variable; sizes are numbers, some of `sizes`, or their names. Properties are keyword arguments.

    There are those of declarations, with underscores for blanks: symmetric, hermitian, skew, diagonal, orthogonal,
    unitary, positive_definite, positive_semidefinite, invertible, lower_triangular, upper_triangular, toeplitz,
    full_column_rank, full_row_rank, positive, integer, complex. Raises `FormulaError` for others, for what is no name
    or no size, and for properties of square matrices where m and n differ.

    >>> import dvec
    >>> S = dvec.matrix("S", "n", "n", positive_definite=True)
    >>> S.given
    'S: matrix(n, n) positive definite'
    >>> dvec.matrix("X", 2, 3, symmetric=True)
    Traceback (most recent call last):
    dvec.core.errors.FormulaError: X is 2×3: only a square matrix can be symmetric
    """
    return _variable(name, m, n, properties, 'dvec.matrix("X", m, n), which has two sizes too')


def function(name: str) -> Callable[..., Expr] | None:
    """The function of the language with this name as a Python function of expressions, sizes and options."""
    form = FORMS.get(name)
    if form is None:
        return None

    def call(*args: Any) -> Expr:
        operands = {k: arg for k, arg in enumerate(args) if isinstance(arg, Expr)}
        scope = Scope({})
        for operand in operands.values():
            scope = merged(scope, operand.scope)
        inside = [f"Arg{k}" if k in operands else _argument(form, k, arg) for k, arg in enumerate(args)]
        nodes = {k: operand.node for k, operand in operands.items()}
        node = written(f"{name}({', '.join(inside)})", nodes, lambda k: operands[k].text)
        decimals = any(arg.decimals if isinstance(arg, Expr) else isinstance(arg, float) for arg in args[: form.inputs])
        return Expr(node, scope, decimals)

    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"{form.usage}: see the formula language."
    return call


def _argument(form: Form, position: int, value: Any) -> str:
    """A number, a size or an option, as it is typed."""
    if form.sizes and position >= form.inputs:
        return str(size_of(value))
    if isinstance(value, str):
        return "'" + value.replace("'", "") + "'"
    if isinstance(value, Size):
        return str(value)
    if not isinstance(value, Real):
        raise FormulaError(f"{form.name} takes expressions, numbers and sizes, not {type(value).__name__}")
    if form.options and value == inf:
        return "inf"
    exact = constant(value).params[0]
    return repr(float(value)) if isinstance(value, float) and exact.denominator != 1 else str(exact)
