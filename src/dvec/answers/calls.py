"""The functions of the public face: parse, diff, hessian, evaluate, simplify, and Python's way to build formulas.

May import every room but the faces.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dvec.answers.derivative import Derivative
from dvec.answers.expr import Expr, as_expr, merged, of_formula, of_node
from dvec.calculus import differentiate as calculus
from dvec.core.errors import FormulaError
from dvec.core.node import Node, substitute, variable
from dvec.core.properties import IMPLIES
from dvec.core.sizes import AnySize, Size, named_size
from dvec.notation import parser
from dvec.notation.declarations import Scope, sizes_of
from dvec.notation.functions import FORMS
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


def diff(
    f: Expr | str, wrt: Any, given: str = "", layout: str = "mixed", order: int = 1, structure: str = "projected"
) -> Any:
    """The derivative of a formula in closed form, in the layout asked for.

    `wrt` is a variable ("U"), an entry, row or column of one ("U[i,a]", "U[i,:]"), its transpose ("X'"), with order 2
    also a pair of variables; a list of variables gives a dictionary of derivatives. `layout` is mixed, vec, block,
    numerator, denominator or a pattern such as "(i b) (a j)"; see API section 3. `structure` says what a derivative by
    a variable declared symmetric (diagonal, …) means: "projected", "free" or "ignore".

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
    pair = wrt if isinstance(wrt, tuple) else (wrt,)  # pyright: ignore[reportUnknownVariableType]
    if len(pair) > 2 or (len(pair) == 2 and order != 2):  # pyright: ignore[reportUnknownArgumentType]
        raise FormulaError("a pair of variables goes with order=2")
    formula = _with_targets(f, given, pair)
    targets = [_target(w, formula) for w in pair]
    second = targets[1] if len(targets) == 2 else None
    result = calculus.differentiate(formula.node, targets[0], str(layout), order, structure, second)
    return Derivative(result, formula, ", ".join(map(str, pair)), str(layout))


def _with_targets(f: Expr | str, given: str, targets: Sequence[Any]) -> Expr:
    """The formula; letters used as indices in what it is differentiated by are kept free of inferred sizes."""
    if isinstance(f, Expr):
        return as_expr(f, given)
    if not isinstance(f, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise FormulaError(f"a formula is text or an expression, not {type(f).__name__}")
    letters = {c for w in targets if isinstance(w, str) for c in w.partition("[")[2] if c.isalpha()}
    return of_formula(parser.parse(f, given, reserved=letters))


def _target(wrt: Any, formula: Expr) -> Node:
    if isinstance(wrt, Expr):
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
    node = calculus.differential(formula.node, X)
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
    """Symbolic sizes by name: `m, n = dvec.sizes("m n")`. They may be added and multiplied."""
    return tuple(named_size(name) for name in names.replace(",", " ").split())  # pyright: ignore[reportReturnType]


_PROPERTY = {"positive_definite": "positive definite", "positive_semidefinite": "positive semidefinite",
             "lower_triangular": "lower triangular", "upper_triangular": "upper triangular",
             "full_column_rank": "full column rank", "full_row_rank": "full row rank"}  # fmt: skip


def _variable(name: str, rows: AnySize, cols: AnySize, properties: dict[str, bool]) -> Expr:
    if not name.isidentifier():
        raise FormulaError(f"{name!r} is no name for a variable")
    wanted = [_PROPERTY.get(p, p) for p, on in properties.items() if on]
    known = parser.parse_declarations(f"{name}: scalar")  # also refuses names that the language has taken
    if unknown := [p for p in wanted if p not in IMPLIES]:
        raise FormulaError(f"unknown property {unknown[0]!r}: one of {', '.join(IMPLIES)}")
    node = variable(next(iter(known)), rows, cols, wanted)
    scope = Scope({node.params[0]: node}, sizes_of([node]))
    return Expr(node, scope)


def scalar(name: str, **properties: bool) -> Expr:
    """A scalar variable: `lam = dvec.scalar("lambda", positive=True)`."""
    return _variable(name, 1, 1, properties)


def vector(name: str, n: AnySize, **properties: bool) -> Expr:
    """A column vector variable: `x = dvec.vector("x", n)`."""
    if not isinstance(name, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise FormulaError('a vector has a name and a size: dvec.vector("x", n)')
    return _variable(name, n, 1, properties)


def matrix(name: str, m: AnySize, n: AnySize, **properties: bool) -> Expr:
    """A matrix variable: `S = dvec.matrix("S", n, n, symmetric=True)`."""
    if not isinstance(name, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise FormulaError('a matrix has a name and two sizes: dvec.matrix("X", m, n)')
    return _variable(name, m, n, properties)


def function(name: str) -> Callable[..., Expr] | None:
    """The function of the language with this name as a Python function of expressions, sizes and options."""
    if name not in FORMS:
        return None

    def call(*args: Any) -> Expr:
        stand_ins: dict[str, Node] = {}
        actual: dict[Node, Node] = {}
        written: list[str] = []
        scope = Scope({})
        decimals = False
        for k, arg in enumerate(args):
            if isinstance(arg, Expr):
                stand_in = variable(f"Arg{k}", arg.node.rows, arg.node.cols, arg.node.properties)
                stand_ins[f"Arg{k}"] = stand_in
                actual[stand_in] = arg.node
                scope = merged(scope, arg.scope)
                written.append(f"Arg{k}")
                decimals = decimals or arg.decimals
            elif isinstance(arg, str):
                written.append("'" + arg.replace("'", "") + "'")
            elif isinstance(arg, int | float | Size):
                written.append(str(arg))
            else:
                raise FormulaError(f"{name} takes expressions, numbers and sizes, not {type(arg).__name__}")
        inner = parser.parse(f"{name}({', '.join(written)})", scope=Scope(stand_ins, sizes_of(stand_ins.values())))
        return Expr(substitute(inner.node, actual), scope, decimals)

    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"{FORMS[name].usage}: see the formula language."
    return call
