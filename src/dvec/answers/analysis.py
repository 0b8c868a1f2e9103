"""Taylor polynomials, and what kind of critical point a point is.

May import every room but the faces.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dvec.answers.calls import diff
from dvec.answers.depth import refuse_deep
from dvec.answers.expr import Expr, as_expr, merged, of_node
from dvec.calculus import taylor as calculus
from dvec.core.errors import DataError, FormulaError
from dvec.core.node import VARIABLE, Node
from dvec.notation import parser


def taylor(f: Expr | str, wrt: str, order: int, step: str = "h", given: str = "") -> Expr:
    """The Taylor polynomial of f(x + h) in matrix language, to any order, by repeated differentials along h.

    `step` names h, which has the size of the variable. Raises `FormulaError` for a name that is taken.
    Source: Magnus & Neudecker, Matrix Differential Calculus, sec. 6.7.

    >>> import dvec
    >>> dvec.taylor("logdet(X)", "X", order=2, step="H").text
    'logdet(X) + tr(inv(X)*H) - tr(inv(X)*H*inv(X)*H)/2'
    """
    formula = as_expr(f, given)
    X = parser.parse_target(wrt, formula.scope)
    if X.op is not VARIABLE:
        raise FormulaError("a Taylor polynomial is in a variable, not in a part of one")
    if not step.isidentifier():
        raise FormulaError(f"{step!r} is no name for the step")
    if step in formula.scope.variables:
        raise FormulaError(f"{step} is a variable of the formula: choose another name for the step")
    refuse_deep(formula.node, formula.source, [X], order)
    node, H = calculus.taylor(formula.node, X, order, step)
    return Expr(node, merged(formula.scope, of_node(H).scope), formula.decimals)


def directions_within(X: Node, shape: tuple[int, ...]) -> Any:
    """An orthonormal basis, on vec, of the space of a structured variable; None where it is the whole space."""
    import numpy as np

    from dvec.answers.checking import PROJECTIONS
    from dvec.calculus.structure import structure_of

    structure = structure_of(X, "projected")
    if structure is None:
        return None
    units = np.eye(int(np.prod(shape)))
    project = PROJECTIONS[structure.kind]
    images = [np.ravel(project(u.reshape(shape, order="F")), order="F") for u in units]
    values, vectors = np.linalg.eigh(np.stack(images, axis=1))
    return vectors[:, values > 0.5]


def classify_critical_point(
    f: Expr | str, point: Any, wrt: str, given: str = "", values: Mapping[str, Any] | None = None
) -> str:
    """What kind of critical point a point is, by the eigenvalues of the Hessian there.

    "local minimum" (all positive), "local maximum" (all negative), "saddle point" (both signs present, zeros or not),
    "undecided" (a zero and one sign, or all zero). Raises `DataError` where the gradient is not zero.
    Source: Nocedal & Wright, Numerical Optimization, theorems 2.3 and 2.4.

    >>> import dvec
    >>> dvec.classify_critical_point("x'*x", [0.0, 0.0], "x")
    'local minimum'
    """
    import numpy as np

    formula = as_expr(f, given)
    if formula.shape != ():
        raise FormulaError("critical points are of a scalar function")
    at = {**(values or {}), wrt: np.asarray(point, dtype=float)}
    slope = np.ravel(diff(formula, wrt, structure="ignore").evaluate(at), order="F")
    curvature = np.atleast_2d(diff(formula, wrt, order=2, structure="ignore").evaluate(at))
    X = parser.parse_target(wrt, formula.scope)
    within = directions_within(X, np.shape(at[wrt]))
    if within is not None:  # of a symmetric variable only symmetric directions count
        slope, curvature = within.T @ slope, within.T @ curvature @ within
    scale = float(np.max(np.abs(curvature), initial=0.0)) * (1 + float(np.max(np.abs(at[wrt]), initial=0.0))) + 1.0
    if not (np.all(np.isfinite(slope)) and np.all(np.isfinite(curvature))):
        raise DataError("the gradient or the Hessian is not finite at this point")
    if (largest := float(np.max(np.abs(slope), initial=0.0))) > 1e-6 * scale:
        raise DataError(f"this is no critical point: the gradient there is as large as {largest:.3g}")
    eigenvalues = np.linalg.eigvalsh((curvature + curvature.T) / 2)
    zero = len(eigenvalues) * 1e-10 * float(np.max(np.abs(eigenvalues), initial=0.0))
    positive, negative = bool(np.any(eigenvalues > zero)), bool(np.any(eigenvalues < -zero))
    if positive and negative:
        return "saddle point"
    if np.any(np.abs(eigenvalues) <= zero):
        return "undecided"
    return "local minimum" if positive else "local maximum"
