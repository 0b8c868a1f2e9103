"""Derivatives laid out by NumPy alone: D[i,b,a,j] by a plain loop, then transposed and reshaped as a pattern says."""

import numpy as np
import sympy as sp


def four_indices(Y, X):
    """D[i,b,a,j] = ∂Y[i,b]/∂X[a,j] as an object array, by SymPy's own scalar derivative."""
    D = np.empty((*Y.shape, *X.shape), dtype=object)
    for i, b, a, j in np.ndindex(*D.shape):
        D[i, b, a, j] = sp.diff(Y[i, b], X[a, j])
    return D


def on_page(D, rows, cols):
    """D with the letters of `rows` down the page and those of `cols` across, the last of each running fastest."""
    letters = rows + cols
    missing = [letter for letter in "ibaj" if letter not in letters]
    order = ["ibaj".index(letter) for letter in [*missing, *letters]]
    moved = D.transpose(order)
    size = int(np.prod([D.shape["ibaj".index(letter)] for letter in rows], initial=1))
    return sp.Matrix(moved.reshape(size, -1).tolist())


SHAPES = {"scalar": (1, 1), "row": (1, 3), "column": (3, 1), "matrix": (2, 3)}
X_SHAPES = {"scalar": (1, 1), "row": (1, 2), "column": (2, 1), "matrix": (3, 2)}


def example(of, by):
    """A matrix of the kind `of` whose entries depend differently on each entry of a matrix of the kind `by`."""
    X = sp.Matrix(*by, lambda r, c: sp.Symbol(f"x{r}{c}"))
    Y = sp.Matrix(
        *of, lambda r, c: sum((r + 2) ** k * s ** (c + 1) for k, s in enumerate(X)) + sp.sin(sp.prod(list(X)))
    )
    return Y, X
