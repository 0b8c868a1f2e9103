"""A derivative as users hold it: the result in its layout, what the layout means, its check and its code.

May import every room but the faces.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from numbers import Integral
from typing import TYPE_CHECKING, Any

from dvec.answers.arguments import named_values
from dvec.answers.expr import Expr, check_target
from dvec.calculus.differentiate import Result, target_variable
from dvec.core.errors import DataError, FormulaError
from dvec.core.layouts import NAMED, Pattern

if TYPE_CHECKING:
    from scipy.sparse.linalg import LinearOperator

    from dvec.answers.derivation import Step
    from dvec.evaluation.verification import Verification

_LAYOUTS = {
    "vec": "vec: entry ((b,i),(j,a)) is ∂Y[i,b]/∂X[a,j], columns stacked both ways: d vec Y = D · d vec X",
    "block": "block: entry ((i,a),(j,b)) is ∂Y[i,b]/∂X[a,j], blocks of the derivatives of rows by columns",
}


class Derivative:
    """The derivative of a formula: `.text`, `.latex`, `.unicode`, `.evaluate(values)`, `.verify()`, `.code("numpy")`.

    >>> import dvec
    >>> d = dvec.diff("norm2(A*x - b)^2", "x", given="b: vector")
    >>> d.text
    "2*A'*(A*x - b)"
    >>> d.shape
    ('n',)
    """

    def __init__(self, result: Result, formula: Expr, wrt: str, layout: str) -> None:
        self.result = result
        self.wrt = wrt
        self.formula = formula
        self.layout = layout
        self.expr = Expr(result.node, formula.scope, formula.decimals)  # pyright: ignore[reportPrivateUsage]

    @property
    def text(self) -> str:
        """The result as plain text, which parses back to an equal formula under `given`.

        Where it would be longer than 2,000 tokens, shared parts have names: "… where T1 = …".

        >>> import dvec
        >>> dvec.diff("log(sum(exp(A*x)))", "x").text
        "A'*softmax(A*x)"
        """
        return self.expr.text

    @property
    def latex(self) -> str:
        r"""The result as LaTeX, without dollar signs; notebooks show the derivative by it.

        >>> import dvec
        >>> print(dvec.diff("norm2(A*x - b)^2", "x", given="b: vector").latex)
        2 A^{\top} \left(A x - b\right)
        """
        return self.expr.latex

    @property
    def unicode(self) -> str:
        """The result for the eye, on a terminal.

        >>> import dvec
        >>> print(dvec.diff("norm2(A*x - b)^2", "x", given="b: vector").unicode)
        2 Aᵀ (A x - b)
        """
        return self.expr.unicode

    @property
    def shape(self) -> tuple[int | str, ...]:
        """The size as written: () for a scalar, ("n",) for a column, (1, "n") for a row, else ("m", "n")."""
        return self.expr.shape

    @property
    def given(self) -> str:
        """Declarations that make `text` mean the same anywhere."""
        return self.expr.given

    @property
    def convention(self) -> str:
        """A sentence by which the layout (and the treatment of a structured variable) can be checked."""
        parts = [_layout_sentence(self.layout, self.result)]
        if self.result.structure is not None:
            parts.append(f"structure {self.result.structure.name}: {self.result.structure.sentence}")
        return "; ".join(parts)

    @property
    def steps(self) -> list[Step]:
        """The derivation by differentials: a list of steps with `.rule`, `.text`, `.unicode`, `.latex`.

        >>> import dvec
        >>> for step in dvec.diff("a'*inv(X)*b", "X", given="a, b: vector").steps:
        ...     print(step.text)
        df = a'*d(inv(X))*b
        d(inv(X)) = -inv(X)*dX*inv(X)
        df = -tr(inv(X)*b*a'*inv(X)*dX)
        ∂f/∂X = -inv(X)'*a*b'*inv(X)'
        """
        return self.derivation()

    def derivation(self, by: str = "differentials") -> list[Step]:
        """The derivation by "differentials" (see `steps`), or by "entries": from one entry to a row to the whole.

        >>> import dvec
        >>> for step in dvec.diff("norm2(U*V')^2", "U").derivation(by="entries"):
        ...     print(step.text)
        f = sum(i,j: sum(a: U[i,a]*V[j,a])^2)
        ∂f/∂U[i,a] = 2*sum(j,b: U[i,j]*V[b,j]*V[b,a])
        ∂f/∂U[i,a] = 2*U[i,:]*V'*V[:,a]
        ∂f/∂U[i,:] = 2*U[i,:]*V'*V
        ∂f/∂U = 2*U*V'*V
        """
        if by == "entries":
            from dvec.answers.derivation_entries import by_entries

            return by_entries(self.result, self.formula, self.layout)
        from dvec.answers.derivation import steps

        if by != "differentials":
            raise FormulaError(f"a derivation goes by 'differentials' or by 'entries', not by {by!r}")
        return steps(self.result, self.formula, self.layout)

    def verify_steps(self, samples: int = 2, seed: int = 0) -> Verification:
        """Checks both sides of every step of `steps` on random data, differentials by finite differences."""
        from dvec.answers.checking_steps import verify_steps

        return verify_steps(self.result, self.steps, samples, seed)

    def evaluate(self, values: Mapping[str, Any] | None = None, **named: Any) -> Any:
        """The derivative's value for arrays by name: a float, a 1-D array for a column, else a 2-D array.

        Arguments and errors are those of `Expr.evaluate`. Variables that the derivative has lost may be given: the size
        of the answer can follow from them.

        >>> import dvec, numpy as np
        >>> dvec.diff("c*tr(X)", "X").evaluate({"c": 2, "X": np.ones((2, 2))})
        array([[2., 0.],
               [0., 2.]])
        """
        return self.expr.evaluate(values, **named)

    def compile(self, backend: str = "numpy") -> Callable[..., Any]:
        """A function of keyword arrays that gives what `evaluate` gives, without planning the computation every time.

        It takes all variables of the formula; those without a default are needed. It raises `DataError` for arguments
        that do not fit; a `backend` other than "numpy" is not built yet and raises `FormulaError`.

        >>> import dvec, numpy as np
        >>> gradient = dvec.diff("lambda*norm2(x)^2", "x").compile()
        >>> gradient(lambda_=0.5, x=[1.0, 2.0])
        array([1., 2.])
        """
        return self.expr.compile(backend)

    def code(self, target: str = "numpy") -> str:
        """Source text of a module: the formula as `function`, its `gradient` (`jacobian`, `hessian`), and a check.

        The functions take keyword arrays, all variables of the formula, and say in a `ValueError` what is wrong with
        them. The module needs NumPy (SciPy for functions such as `expm`), not dvec. When it is run, it compares the
        derivative with finite differences of the function on random data, prints the verdict and exits with 1 if they
        differ; where there is no such check, it says why. `target` is "numpy", or "latex" for `.latex`; others raise
        `FormulaError`.

        >>> import dvec
        >>> source = dvec.diff("x'*A*x", "x").code("numpy")
        >>> [line for line in source.splitlines() if line.startswith("def ")][:2]
        ['def function(*, x, A):', 'def gradient(*, x, A):']
        """
        if target == "latex":
            return self.latex
        check_target(target)
        from dvec.evaluation.emit import emit_module

        result = self.result
        structure = None
        if result.structure is not None:
            in_shape = result.structure.entries is not None and result.order == 1 and result.formula.scalar
            structure = result.structure.kind, "entries" if in_shape else result.structure.name
        return emit_module(
            result.formula, result.node, target_variable(result.target), result.pattern, order=result.order,
            formula_text=self.formula.source or self.formula.text, derivative_text=self.text, wrt_text=str(self.wrt),
            second=target_variable(result.second) if result.second is not None else None, target=result.target,
            name="hessian" if result.order == 2 else "gradient" if result.formula.scalar else "jacobian",
            structure=structure,
        )  # fmt: skip

    def operator(self, values: Mapping[str, Any]) -> LinearOperator:
        """A Jacobian or Hessian at given values as a `scipy.sparse.linalg.LinearOperator` that never forms the matrix.

        It acts as the `vec` layout does: vec(dX) to vec(dY). Raises `FormulaError` for other layouts.

        >>> import dvec, numpy as np
        >>> d = dvec.diff("A*X*B", "X")
        >>> J = d.operator({"A": np.eye(2), "X": np.ones((2, 3)), "B": np.eye(3)})
        >>> J.shape, J @ np.arange(6.0)
        ((6, 6), array([0., 1., 2., 3., 4., 5.]))
        """
        from dvec.answers.operators import operator

        if self.result.order == 1 and self.layout not in ("mixed", "vec"):
            raise FormulaError(f"an operator acts in the layout 'vec', not {self.layout!r}")
        return operator(self.result, self.formula, named_values(values, {}))

    def verify(self, samples: int = 3, seed: int = 0) -> Verification:
        """Compares with finite differences of the formula as typed, on random data that has the declared properties.

        Each of the `samples` has data of its own, sizes that differ as far as possible, and lies where the formula
        exists; `seed` makes them the same every time. The result has `.ok`, true where all samples agree,
        `.max_relative_error`, `.samples` (how many were compared) and `.reason`, which says what is wrong, or why it
        could not be checked. Raises `DataError` if `samples` is below 1.

        >>> import dvec
        >>> checked = dvec.diff("log(det(X))", "X").verify(samples=2)
        >>> checked.ok, checked.samples, checked.max_relative_error < 1e-6
        (True, 2, True)
        """
        from dvec.answers.checking import verify

        if not isinstance(samples, Integral):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise DataError(f"the number of samples is a whole number, not {samples!r}")
        return verify(self.result, samples, seed, self.formula.node)

    def _repr_latex_(self) -> str:
        return self.expr._repr_latex_()  # pyright: ignore[reportPrivateUsage]

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"Derivative({self.text!r})"


def _layout_sentence(layout: str, result: Result) -> str:
    pattern = result.pattern
    if result.order == 2:
        if result.second is not None and result.second is not result.target:
            return "mixed second derivative: ∂²f/∂vec X ∂(vec Z)', vec stacking columns"
        X = target_variable(result.target)
        return "Hessian: ∂²f/∂x ∂x'" if X.column else "Hessian: ∂²f/∂vec X ∂(vec X)', vec stacking columns"
    if layout in _LAYOUTS:
        return _LAYOUTS[layout]
    if layout not in NAMED:
        return f"entry {_entry(pattern)} is ∂Y[i,b]/∂X[a,j]"
    if result.by == (1, 1):
        shape = "the transpose of Y" if layout == "denominator" else "the shape of Y"
        return f"{layout}: a derivative by a scalar has {shape}"
    if result.of == (1, 1):
        name = "∂f/∂X'" if layout == "numerator" else "∂f/∂X"
        shape = "the shape of X'" if layout == "numerator" else "the shape of X"
        return f"{layout}: the gradient {name} has {shape}"
    if pattern in (Pattern("i", "a"), Pattern("a", "i")):
        entry = "∂y[i]/∂x[a]"
        place = "(i,a)" if pattern.rows == "i" else "(a,i)"
        return f"{layout}: the Jacobian, entry {place} is {entry}"
    return f"{layout}, here " + _LAYOUTS["vec"]


def _entry(pattern: Pattern) -> str:
    return f"(({','.join(pattern.rows)}),({','.join(pattern.cols)}))"
