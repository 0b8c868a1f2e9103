"""Derivatives of explicit matrices by explicit matrices, entry by entry, in every layout.

May import core and the rest of this room but its output.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

from dvec.core.errors import DataError
from dvec.core.layouts import VEC, Pattern, pattern_of
from dvec.entries.reading import Explicit, read, read_scalar, read_symbol, read_variables
from dvec.entries.scalars import derivative_of
from dvec.entries.symbolic import Expr, Matrix, sp


def diff(Y: Any, X: Any, layout: str = "block") -> Matrix:
    """The derivative of an m×n matrix Y by a p×q matrix X of symbols.

    The one object D[i,b,a,j] = ∂Y[i,b]/∂X[a,j] is laid out as `layout` says: `"block"` (entry (i,a),(j,b), the fifteen
    rules of scalars, rows, columns and matrices in one), `"vec"` (∂vec Y/∂(vec X)ᵀ), `"numerator"`, `"denominator"`,
    `"mixed"`, or a pattern such as `"(i b) (a j)"`. Y and X are SymPy objects, nested lists or text.

    >>> from dvec import entries
    >>> entries.diff("[2*x*y, y^2, y; x^2, 2*x*y, x]", "[x; y]")
    Matrix([
    [2*y,   0, 0],
    [2*x, 2*y, 1],
    [2*x, 2*y, 1],
    [  0, 2*x, 0]])

    Raises `FormulaError` for text or a layout that is not understood, `DataError` for what is no matrix of scalars.
    Source: Magnus & Neudecker, Matrix Differential Calculus, ch. 9 (where `vec` is defended and others are named).
    """
    of = read(Y)
    by = read_variables(X, of)
    return laid_out(table(of, by), pattern_of(layout, of.shape, by.shape), of.shape, by.shape)


def gradient(f: Any, X: Any) -> Matrix:
    """∂f/∂X of a scalar function, in the shape of X.

    >>> from dvec import entries
    >>> entries.gradient("x^2*y", "[x, y]")
    Matrix([[2*x*y, x**2]])

    Source: Petersen & Pedersen, Matrix Cookbook, sec. 2.
    """
    of = read_scalar(f, "the gradient")
    by = read_variables(X, of)
    return sp.Matrix(by.rows, by.cols, [derivative_or_zero(of.flat[0], x) for x in by.flat])


def row_derivative(f: Any, X: Any) -> Matrix:
    """∂f/∂(vec X)ᵀ of a scalar function: one row, the columns of X one after the other.

    >>> from dvec import entries
    >>> entries.row_derivative("x*w + y*z", "[x, y; z, w]")
    Matrix([[w, y, z, x]])

    Source: Magnus & Neudecker, Matrix Differential Calculus, sec. 9.4.
    """
    of = read_scalar(f, "the row derivative")
    by = read_variables(X, of)
    return sp.Matrix([[derivative_or_zero(of.flat[0], x) for x in by.by_columns]])


def jacobian(F: Any, X: Any) -> Matrix:
    """The Jacobian: ∂vec F/∂(vec X)ᵀ, mn×pq; of a scalar function ∂f/∂Xᵀ, the transposed gradient.

    >>> from dvec import entries
    >>> entries.jacobian("[x*y; x + z]", "[x; y; z]")
    Matrix([
    [y, x, 0],
    [1, 0, 1]])

    Source: Magnus & Neudecker, Matrix Differential Calculus, sec. 5.15 and 9.4.
    """
    of = read(F)
    by = read_variables(X, of)
    pattern = pattern_of("numerator", of.shape, by.shape) if of.shape == (1, 1) != by.shape else VEC
    return laid_out(table(of, by), pattern, of.shape, by.shape)


def hessian(f: Any, X: Any) -> Matrix:
    """∂²f/∂vec X ∂(vec X)ᵀ of a scalar function: pq×pq and symmetric.

    >>> from dvec import entries
    >>> entries.hessian("x^2*y", "[x; y]")
    Matrix([
    [2*y, 2*x],
    [2*x,   0]])

    Source: Magnus & Neudecker, Matrix Differential Calculus, sec. 6.3 and 10.
    """
    of = read_scalar(f, "the Hessian")
    by = read_variables(X, of)
    return second_derivatives(of.flat[0], by.by_columns)


def derivative(A: Any, t: Any, order: int = 1) -> Any:
    """dA/dt entry by entry, in the shape of A (an expression, if A is a bare scalar).

    >>> from dvec import entries
    >>> entries.derivative("[t^2, sin(t)]", "t")
    Matrix([[2*t, cos(t)]])

    Source: Petersen & Pedersen, Matrix Cookbook, sec. 2 (derivatives by a scalar).
    """
    of = read(A)
    by = read_symbol(t, of)
    if order < 0:
        raise DataError(f"the order of a derivative is a whole number from 0 on, not {order}")
    found = list(of.flat)
    for _ in range(order):
        found = [derivative_or_zero(entry, by) for entry in found]
    return of.like(found)


def derivative_or_zero(entry: Expr, by: Any) -> Expr:
    """∂entry/∂by, without differentiating what does not contain the symbol."""
    return derivative_of(entry, by) if by in entry.free_symbols else sp.S.Zero


def second_derivatives(f: Expr, symbols: tuple[Expr, ...]) -> Matrix:
    """The Hessian by a list of symbols, each pair differentiated once."""
    first = [derivative_or_zero(f, x) for x in symbols]
    upper = {
        (r, c): derivative_or_zero(first[r], symbols[c]) for r in range(len(symbols)) for c in range(r, len(symbols))
    }
    places = product(range(len(symbols)), repeat=2)
    return sp.Matrix(len(symbols), len(symbols), [upper[min(r, c), max(r, c)] for r, c in places])


Derivatives = Callable[[int, int, int, int], Expr]


def table(of: Explicit, by: Explicit) -> Derivatives:
    """All D[i,b,a,j] = ∂Y[i,b]/∂X[a,j], as a function of the four indices."""
    found: list[list[Expr]] = []
    for entry in of.flat:
        free: set[Any] = entry.free_symbols
        found.append([derivative_of(entry, x) if x in free else sp.S.Zero for x in by.flat])  # pyright: ignore[reportArgumentType]
    n, q = of.cols, by.cols
    return lambda i, b, a, j: found[i * n + b][a * q + j]


def laid_out(entry: Derivatives, pattern: Pattern, of: tuple[int, int], by: tuple[int, int]) -> Matrix:
    """The four-index object on the page: each side runs over its letters, the last one fastest."""
    sizes = {"i": of[0], "b": of[1], "a": by[0], "j": by[1]}
    sides = [list(product(*(range(sizes[letter]) for letter in side))) for side in (pattern.rows, pattern.cols)]
    letters = pattern.rows + pattern.cols
    place = [letters.find(letter) for letter in "ibaj"]
    flat: list[Expr] = []
    for row, column in product(*sides):
        at = (*row, *column, 0)  # the 0 at the end, found as -1, stands for a letter of size 1 that is not on the page
        i, b, a, j = [at[k] for k in place]
        flat.append(entry(i, b, a, j))
    return sp.Matrix(len(sides[0]), len(sides[1]), flat)
