"""A formula as users hold it: operators, text, LaTeX, value, code.

May import every room but the faces.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from numbers import Rational, Real
from operator import index as as_index
from typing import TYPE_CHECKING, Any

from dvec.answers.arguments import named_values, written
from dvec.answers.depth import refuse_deep_inside
from dvec.calculus.differentiate import expanded
from dvec.core.algebra import ones, product
from dvec.core.errors import DataError, FormulaError
from dvec.core.node import Node, constant, variables_of
from dvec.core.sizes import AnySize
from dvec.notation.declarations import Scope, sizes_of, type_text
from dvec.notation.parser import Formula, parse
from dvec.notation.printing import Printer, size_texts
from dvec.notation.styles import LatexPrinter, UnicodePrinter
from dvec.notation.tree import shortened
from dvec.operations.constants import unit
from dvec.operations.entrywise import ABS

if TYPE_CHECKING:
    import numpy as np

    Value = float | complex | np.ndarray[Any, Any]


class Expr:
    r"""A matrix formula, with what its names mean.

    Build one with `dvec.parse("A*x")`, or from `dvec.matrix`, `dvec.vector`, `dvec.scalar` with Python's operators,
    which mean what they mean for 2-D NumPy arrays: `@` is the matrix product, `*` entrywise or scaling, and
    `X[0, 1]` counts from 0. Two expressions are equal if they are the same formula.

    >>> import dvec
    >>> f = dvec.parse("x'*A*x")
    >>> f.text, f.shape
    ("x'*A*x", ())
    >>> print(f.latex)
    x^{\top} A x
    >>> print(f.unicode)
    xᵀ A x
    """

    __array_ufunc__ = None  # NumPy arrays leave mixed expressions to us

    def __init__(self, node: Node, scope: Scope, decimals: bool = False, source: str | None = None) -> None:
        self.node = node
        self.scope = scope
        self.source = source
        self.decimals = decimals

    # ------------------------------------------------------------------ views

    @cached_property
    def text(self) -> str:
        """The formula as plain text, which parses back to an equal formula under `given`."""
        return Printer(self._sizes, self.decimals).write(self.node)

    @cached_property
    def unicode(self) -> str:
        """The formula for the eye, on a terminal, with ᵀ for the transpose and Greek letters as such."""
        return UnicodePrinter(self._sizes, self.decimals).write(self.node)

    @cached_property
    def latex(self) -> str:
        """The formula as LaTeX, without dollar signs; notebooks show an expression by it."""
        return LatexPrinter(self._sizes, self.decimals).write(self.node)

    @property
    def _sizes(self) -> dict[str, str]:
        return size_texts(self.scope.variables)

    @property
    def shape(self) -> tuple[int | str, ...]:
        """The size as written: () for a scalar, ("n",) for a column, (1, "n") for a row, else ("m", "n")."""
        return shape_as_written(self.node)

    @property
    def given(self) -> str:
        """Declarations that make `text` mean the same anywhere."""
        return self.scope.given()

    def evaluate(self, values: Mapping[str, Any] | None = None, **named: Any) -> Value:
        """The value for arrays by name: a float for a scalar, a 1-D array for a column, else a 2-D array.

        `values` maps names to numbers, arrays, nested lists or SciPy's sparse arrays (which are made dense); they may
        be given as keyword arguments too, where names that are Python keywords take an underscore (`lambda_`). A column
        is a 1-D array or n×1, a row a 1-D array or 1×n. Sizes ("n") and index symbols ("i", counted from 1) go by name
        where no array tells them. What is given and not needed does no harm. The result is a new array.

        Raises `DataError` for what is missing, is no array of numbers, is complex where a real variable stands, or does
        not fit, and where a matrix is singular. Infinities and nan are values, and no warning is given for them.

        >>> import dvec, numpy as np
        >>> dvec.parse("A*x").evaluate({"A": np.eye(2), "x": [1.0, 2.0]})
        array([1., 2.])
        >>> dvec.parse("lambda*X[i,1]").evaluate(lambda_=2, X=[[1, 2], [3, 4]], i=2)
        6.0
        >>> dvec.parse("A*x").evaluate(A=np.eye(2), x=[1, 2, 3])
        Traceback (most recent call last):
        dvec.core.errors.DataError: A is 2×2, so n = 2, but x is 3×1 and needs n rows
        """
        from dvec.evaluation.arrays import bind
        from dvec.evaluation.compiled import renamed
        from dvec.evaluation.interpreter import evaluate

        given = renamed(named_values(values, named), self._formula_names)
        # A size may be known only from a variable that the formula itself has lost: tr(X) has the derivative eye(n).
        known = bind([v for name, v in self.scope.variables.items() if name in given], (), {}, given)
        return evaluate(self._computed, given, known.sizes)

    @cached_property
    def _computed(self) -> Node:
        """The formula as it is computed."""
        from dvec.evaluation.stable import stable

        return stable(expanded(self.node))

    @cached_property
    def _formula_names(self) -> dict[str, str]:
        """The names in the formula by the names that they have as arguments."""
        from dvec.evaluation.compiled import formula_names
        from dvec.evaluation.emit import signature_of

        return formula_names(signature_of([self._computed, *self.scope.variables.values()]))

    def entries(self, sizes: Mapping[str, int] | None = None) -> Any:
        """The formula at concrete sizes as a SymPy matrix of scalar expressions, the variables entry by entry.

        A variable with a declared structure shares its symbols: S_1_2 = S_2_1. Needs SymPy: pip install dvec[entries].

        >>> import dvec
        >>> dvec.parse("A*x").entries({"m": 1, "n": 2})
        Matrix([[A_1_1*x_1 + A_1_2*x_2]])
        """
        from dvec.entries.bridge import entries_of

        for name, size in (sizes or {}).items():
            if not isinstance(size, int) or size < 0:  # pyright: ignore[reportUnnecessaryIsInstance]
                raise DataError(f"a size is a whole number, and {name} = {size!r} is none")
        return entries_of(expanded(self.node), sizes or {})

    def compile(self, backend: str = "numpy") -> Callable[..., Value]:
        """A function of keyword arrays that gives what `evaluate` gives, without planning the computation every time.

        It takes what `evaluate` takes and complains as it does (`DataError`). Of its arguments, those without a default
        are needed; the others are variables from which a size may follow. `backend` is "numpy"; others are not built
        yet and raise `FormulaError`.

        >>> import dvec, numpy as np
        >>> f = dvec.parse("lambda*A*x").compile()
        >>> f(lambda_=2, A=np.eye(2), x=[1, 2])
        array([2., 4.])
        """
        check_target(backend)
        from dvec.evaluation.compiled import compile_function

        return compile_function(self._computed, self.scope.variables.values())

    def code(self, target: str = "numpy") -> str:
        """Source text of a module with one function of keyword arrays that computes the value.

        It needs NumPy (and SciPy for functions such as `expm`), not dvec, and checks its arguments as `evaluate` does;
        what is wrong with them it says in a `ValueError`. `target` is "numpy", or "latex" for `.latex`; others raise
        `FormulaError`.

        >>> import dvec
        >>> lines = dvec.parse("inv(A)*x").code().splitlines()
        >>> lines[6], lines[14]
        ('def function(*, A, x):', '    return np.linalg.solve(A, x)[:, 0]')
        """
        if target == "latex":
            return self.latex
        check_target(target)
        from dvec.evaluation.emit import emit_function

        return emit_function(self._computed, "function", self.text)

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex}$"

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"Expr({self.text!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Expr) and other.node is self.node

    def __hash__(self) -> int:
        return hash(self.node)

    # ------------------------------------------------------------------ operators

    def _with(self, other: Any, operation: Callable[[Any, Any], Any], text: str) -> Expr:
        """The operation carried out; `text` is the same in the formula language, which says best what does not fit."""
        if isinstance(other, Real):
            other = Expr(constant(other), Scope({}), not isinstance(other, Rational))
        if not isinstance(other, Expr):
            return NotImplemented
        scope = merged(self.scope, other.scope) if other.scope.variables else self.scope
        try:
            node = operation(self.node, other.node)
        except FormulaError:
            written(text, {0: self.node, 1: other.node}, lambda k: (self, other)[k].text)
            raise
        return Expr(node, scope, self.decimals or other.decimals)

    def __add__(self, other: Any) -> Expr:
        return self._with(other, lambda a, b: a + b, "Arg0 + Arg1")

    def __radd__(self, other: Any) -> Expr:
        return self._with(other, lambda a, b: b + a, "Arg1 + Arg0")

    def __sub__(self, other: Any) -> Expr:
        return self._with(other, lambda a, b: a - b, "Arg0 - Arg1")

    def __rsub__(self, other: Any) -> Expr:
        return self._with(other, lambda a, b: b - a, "Arg1 - Arg0")

    def __mul__(self, other: Any) -> Expr:
        return self._with(other, lambda a, b: a * b, "Arg0.*Arg1")

    def __rmul__(self, other: Any) -> Expr:
        return self._with(other, lambda a, b: b * a, "Arg1.*Arg0")

    def __matmul__(self, other: Any) -> Expr:
        return self._with(other, lambda a, b: a @ b, "Arg0*Arg1")

    def __truediv__(self, other: Any) -> Expr:
        return self._with(other, lambda a, b: a / b, "Arg0./Arg1")

    def __rtruediv__(self, other: Any) -> Expr:
        return self._with(other, lambda a, b: b / a, "Arg1./Arg0")

    def __pow__(self, exponent: Any) -> Expr:
        return self._with(exponent, _power, "Arg0.^Arg1")

    def __rpow__(self, base: Any) -> Expr:
        return self._with(base, lambda a, b: _power(b, a), "Arg1.^Arg0")

    def __neg__(self) -> Expr:
        return Expr(-self.node, self.scope, self.decimals)

    def __pos__(self) -> Expr:
        return self

    def __abs__(self) -> Expr:
        return Expr(ABS(self.node), self.scope, self.decimals)

    @property
    def T(self) -> Expr:
        """The transpose."""
        return Expr(self.node.T, self.scope, self.decimals)

    def __getitem__(self, key: Any) -> Expr:
        """One entry, row or column, counted from 0 as in NumPy; `X[0, 1]` prints as X[1,2]."""
        parts: tuple[Any, ...] = key if isinstance(key, tuple) else (key,)
        if len(parts) not in (1, 2):
            raise FormulaError(f"an index has one or two parts, this one has {len(parts)}")
        rows, cols = (*parts, None)[:2]
        node = self.node
        factors: list[Node] = [node]
        if not _whole(rows):
            factors.insert(0, unit(node.rows, _position(rows, node.rows)).T)
        if cols is not None and not _whole(cols):
            factors.append(unit(node.cols, _position(cols, node.cols)))
        return Expr(product(factors), self.scope, self.decimals)

    def __iter__(self) -> Iterator[Expr]:
        """The rows, as NumPy iterates; there must be a number of them."""
        rows = self.node.rows
        if self.node.scalar or not isinstance(rows, int):
            what = "a scalar has no rows" if self.node.scalar else f"there are {rows} rows, and {rows} is no number"
            raise FormulaError(f"{shortened(self.text)} cannot be run through: {what}")
        return (self[row] for row in range(rows))


def _power(base: Any, exponent: Any) -> Any:
    return (base * ones(*exponent.size) if base.scalar and not exponent.scalar else base) ** exponent


def _whole(index: Any) -> bool:
    if isinstance(index, slice):
        if index != slice(None):
            raise FormulaError("of slices only the whole row or column, ':', is understood")
        return True
    return False


def _position(index: Any, size: AnySize) -> int:
    try:
        index = None if isinstance(index, bool) else as_index(index)
    except TypeError:
        index = None
    if index is None:
        raise FormulaError("an index in Python is a whole number, counted from 0, or ':'")
    position = index + (size if index < 0 and isinstance(size, int) else 0)
    if position < 0 or (isinstance(size, int) and position >= size):
        raise FormulaError(f"the index {index} is outside a side of size {size}")
    return position + 1


def check_target(target: str) -> None:
    """Refuse a code target that is not there."""
    if target != "numpy":
        known = ("jax", "torch", "julia", "matlab", "cupy", "dask")
        raise FormulaError(
            f"code for {target} is not built yet: take 'numpy'"
            if target in known
            else f"unknown target {target!r}: there are 'numpy' and 'latex'"
        )


def shape_as_written(node: Node) -> tuple[int | str, ...]:
    if node.scalar:
        return ()
    sides = tuple(side if isinstance(side, int) else str(side) for side in node.size)
    return sides[:1] if node.cols == 1 else sides


def merged(one: Scope, other: Scope) -> Scope:
    """What names mean in a formula made of two; a name that means two things is refused."""
    if one is other:
        return one
    for name, node in other.variables.items():
        if name in one.variables and one.variables[name] is not node:
            raise FormulaError(f"{name} means two things: {type_text(one.variables[name])} and {type_text(node)}")
    variables = {**one.variables, **other.variables}
    return Scope(variables, sizes_of(variables.values()), one.inferred | other.inferred)


def of_formula(formula: Formula) -> Expr:
    return Expr(formula.node, formula.scope, formula.decimals, formula.source)


def of_node(node: Node) -> Expr:
    variables = {v.params[0]: v for v in variables_of(node)}
    return Expr(node, Scope(variables, sizes_of(variables.values())))


def as_expr(formula: Expr | str, given: str = "", reserved: Iterable[str] = ()) -> Expr:
    """An expression from text, or the expression itself; `reserved` as in `parser.parse`."""
    if not isinstance(given, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise FormulaError(f"declarations are text, as in 'x: vector(n)', not {type(given).__name__}")
    if isinstance(formula, Expr):
        if given:
            raise FormulaError("declarations belong to text: an expression carries its own")
        return formula
    if not isinstance(formula, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise FormulaError(f"a formula is text or an expression, not {type(formula).__name__}")
    found = of_formula(parse(formula, given, reserved=reserved))
    refuse_deep_inside(found.node, formula)
    return found
