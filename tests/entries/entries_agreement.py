"""Whether two matrices of entries are the same: exactly where they are rational, else to 25 of 40 digits."""

import random

import sympy as sp


def disagreement(left, right, points=2, seed=1):
    """The first place where two matrices differ at random rational points, with both values; None where none does."""
    if left.shape != right.shape:
        return f"shapes {left.shape} and {right.shape}"
    numbers = random.Random(seed)
    symbols = sorted(left.free_symbols | right.free_symbols, key=str)
    for _ in range(points):
        at = {s: sp.Rational(numbers.randint(20, 90), 97) + 2 * diagonal(s.name) for s in symbols}
        for place, (a, b) in enumerate(zip(left.flat(), right.flat(), strict=True)):
            a, b = a.subs(at), b.subs(at)
            if a != b and abs(sp.N(a - b, 40)) > 1e-25:
                return f"entry {divmod(place, left.cols)}: {sp.N(a)} and {sp.N(b)}"
    return None


def diagonal(name):
    """Entries of the diagonal are drawn larger, so that every matrix is regular and has a positive spectrum."""
    row, _, col = name.partition("_")[2].partition("_")
    return row == col
