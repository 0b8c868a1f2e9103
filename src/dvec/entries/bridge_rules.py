"""The table of the bridge: the entries of each operation that its einsum string does not give.

May import core, operations and the rest of this room but the bridge.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import reduce
from itertools import product
from typing import Any

from dvec.core import algebra
from dvec.core.errors import DataError, FormulaError
from dvec.core.layouts import pattern_of
from dvec.core.node import Op
from dvec.core.sizes import triangle
from dvec.entries.derivatives import laid_out, table
from dvec.entries.indices import entry_by_entry, explicit, matrix_product
from dvec.entries.reading import Explicit, read_variables
from dvec.entries.spectra import SPECTRAL_RULES, gram, inverse
from dvec.entries.symbolic import Expr, sp
from dvec.operations import constants, derivative, matrix_functions, norms, reductions, structure
from dvec.operations.structure import split_pattern

LARGEST_POWER = 64


@dataclass(frozen=True)
class Call:
    """An operation to work out: values of its arguments, parameters as numbers, the size of the result."""

    args: list[Explicit]
    params: tuple[Any, ...]
    shape: tuple[int, int]
    sizes: Mapping[str, int]
    complex: bool


def _entries(call: Call, entry: Callable[[int, int], Any]) -> Explicit:
    return entry_by_entry(call.shape, entry)


def _scalar(value: Any) -> Explicit:
    return Explicit(1, 1, (value,))


# ------------------------------------------------------------------ sums, products, powers


def _sum(call: Call) -> Explicit:
    return Explicit(*call.shape, tuple(sp.Add(*terms) for terms in zip(*(a.flat for a in call.args), strict=True)))


def _product(call: Call) -> Explicit:
    scalars = sp.Mul(*(a.flat[0] for a in call.args if a.shape == (1, 1)))
    chain = [a for a in call.args if a.shape != (1, 1)]
    if not chain:
        return _scalar(scalars)
    whole = reduce(matrix_product, chain)
    return Explicit(whole.rows, whole.cols, tuple(scalars * e for e in whole.flat))


def _hadamard(call: Call) -> Explicit:
    return Explicit(*call.shape, tuple(sp.Mul(*factors) for factors in zip(*(a.flat for a in call.args), strict=True)))


def _power(call: Call) -> Explicit:
    base, exponent = call.args
    exponents = exponent.flat * len(base.flat) if exponent.shape == (1, 1) else exponent.flat
    return Explicit(*call.shape, tuple(b**p for b, p in zip(base.flat, exponents, strict=True)))


def _matrix_power(call: Call) -> Explicit:
    base, exponent = call.args[0], call.args[1].flat[0]
    if not exponent.is_Integer or abs(exponent) > LARGEST_POWER:
        raise FormulaError(f"a matrix to the power {exponent} has no explicit entries: whole numbers up to 64 have")
    one = entry_by_entry(base.shape, lambda i, j: int(i == j))
    return reduce(matrix_product, [inverse(base) if exponent < 0 else base] * abs(int(exponent)) or [one])


# ------------------------------------------------------------------ constants


def _unit(call: Call) -> Explicit:
    index = call.params[1]
    if isinstance(index, str):
        if index not in call.sizes:
            raise DataError(f"the index {index} has no value: give it one beside the sizes")
        index = call.sizes[index]
    if not 1 <= index <= call.shape[0]:
        raise DataError(f"the index {call.params[1]} = {index} is not between 1 and {call.shape[0]}")
    return _entries(call, lambda i, j: int(i == index - 1))


def _commutation(call: Call) -> Explicit:
    """K vec(A) = vec(A'): row j + i n takes the entry i + j m."""
    m, n = call.params
    return _entries(call, lambda r, c: int(divmod(r, n) == divmod(c, m)[::-1]))


def _triangle(n: int) -> dict[tuple[int, int], int]:
    """The place in vech of each entry of the lower triangle."""
    return {(i, j): k for k, (j, i) in enumerate((j, i) for j in range(n) for i in range(j, n))}


def _duplication(call: Call) -> Explicit:
    n, places = call.params[0], _triangle(call.params[0])
    return _entries(call, lambda r, k: int(places[max(r % n, r // n), min(r % n, r // n)] == k))


def _elimination(call: Call) -> Explicit:
    n, places = call.params[0], _triangle(call.params[0])
    return _entries(call, lambda k, c: int(places.get((c % n, c // n)) == k))


# ------------------------------------------------------------------ entries moved about


def _vech(call: Call) -> Explicit:
    A = call.args[0]
    return Explicit(*call.shape, tuple(A[i, j] for j in range(A.cols) for i in range(j, A.rows)))


def _unvech(call: Call) -> Explicit:
    places = _triangle(call.params[0])
    assert len(places) == triangle(call.params[0])
    return _entries(call, lambda i, j: call.args[0].flat[places[max(i, j), min(i, j)]])


def _direct_sum(call: Call) -> Explicit:
    A, B = call.args

    def entry(i: int, j: int) -> Expr | int:
        if i < A.rows and j < A.cols:
            return A[i, j]
        return B[i - A.rows, j - A.cols] if i >= A.rows and j >= A.cols else 0

    return _entries(call, entry)


def _rearrange(call: Call) -> Explicit:
    (rows, cols), (new_rows, new_cols) = split_pattern(call.params[0])
    sizes = dict(call.params[1])
    found: dict[tuple[int, int], Expr] = {}
    letters = rows + cols
    for values in product(*(range(sizes[letter]) for letter in letters)):
        at = dict(zip(letters, values, strict=True))
        found[_flat(new_rows, at, sizes), _flat(new_cols, at, sizes)] = call.args[0][
            _flat(rows, at, sizes), _flat(cols, at, sizes)
        ]
    return _entries(call, lambda i, j: found[i, j])


def _flat(letters: list[str], at: dict[str, int], sizes: dict[str, int]) -> int:
    return reduce(lambda total, letter: total * sizes[letter] + at[letter], letters, 0)


# ------------------------------------------------------------------ scalars of a matrix


def _determinant(call: Call) -> Explicit:
    return _scalar(call.args[0].matrix.det(method="berkowitz"))


def _logdet(call: Call) -> Explicit:
    """log |det A| as log(det² A)/2, which has a derivative without absolute values."""
    value = _determinant(call).flat[0]
    return _scalar(sp.log(value * (sp.conjugate(value) if call.complex else value)) / 2)


def _softmax(call: Call) -> Explicit:
    powers = [sp.exp(e) for e in call.args[0].flat]
    return Explicit(*call.shape, tuple(p / sp.Add(*powers) for p in powers))


def _norm2(call: Call) -> Explicit:
    A = call.args[0]
    return _scalar(sp.sqrt(sp.Add(*(e * (sp.conjugate(e) if call.complex else e) for e in A.flat))))


def _largest_column_sum(A: Explicit) -> Expr:
    return sp.Max(*(sp.Add(*(sp.Abs(A[i, j]) for i in range(A.rows))) for j in range(A.cols)))


def _transposed(A: Explicit) -> Explicit:
    return entry_by_entry((A.cols, A.rows), lambda i, j: A[j, i])


def _first_largest(call: Call) -> Explicit:
    flat = call.args[0].flat

    def mark(k: int) -> Expr:
        wins = [flat[k] > e for e in flat[:k]] + [flat[k] >= e for e in flat[k + 1 :]]
        return sp.Piecewise((1, sp.And(*wins)), (0, True))

    return Explicit(*call.shape, tuple(mark(k) for k in range(len(flat))))


def _pseudoinverse(call: Call) -> Explicit:
    """By the smaller Gram matrix where that is regular, else from a factorisation A = B C of full rank."""
    A = call.args[0]
    small = gram(A, call.complex)
    if sp.simplify(small.matrix.det(method="berkowitz")) == 0:
        return explicit(A.matrix.pinv(method="RD"))
    adjoint = _adjoint(A, call.complex)
    return matrix_product(inverse(small), adjoint) if A.rows >= A.cols else matrix_product(adjoint, inverse(small))


def _adjoint(A: Explicit, conjugated: bool) -> Explicit:
    return entry_by_entry((A.cols, A.rows), lambda i, j: sp.conjugate(A[j, i]) if conjugated else A[j, i])


def _derivative(call: Call) -> Explicit:
    of, by = call.args[0], read_variables(call.args[1])
    return explicit(laid_out(table(of, by), pattern_of(call.params[0], of.shape, by.shape), of.shape, by.shape))


RULES: dict[Op, Callable[[Call], Explicit]] = {
    algebra.EYE: lambda call: _entries(call, lambda i, j: int(i == j)),
    algebra.ONES: lambda call: _entries(call, lambda i, j: 1),
    algebra.ZEROS: lambda call: _entries(call, lambda i, j: 0),
    algebra.ADD: _sum,
    algebra.PRODUCT: _product,
    algebra.HADAMARD: _hadamard,
    algebra.POWER: _power,
    algebra.CONJUGATE: lambda call: Explicit(*call.shape, tuple(sp.conjugate(e) for e in call.args[0].flat)),
    constants.PI: lambda call: _scalar(sp.pi),
    constants.SIZE: lambda call: _scalar(sp.Integer(call.params[0])),
    constants.UNIT: _unit,
    constants.COMMUTATION: _commutation,
    constants.DUPLICATION: _duplication,
    constants.ELIMINATION: _elimination,
    derivative.DERIVATIVE: _derivative,
    matrix_functions.INVERSE: lambda call: inverse(call.args[0]),
    matrix_functions.MATRIX_POWER: _matrix_power,
    matrix_functions.PSEUDOINVERSE: _pseudoinverse,
    norms.NORM2: _norm2,
    norms.NORM1: lambda call: _scalar(sp.Add(*(sp.Abs(e) for e in call.args[0].flat))),
    norms.INDUCED1: lambda call: _scalar(_largest_column_sum(call.args[0])),
    norms.INDUCED_INF: lambda call: _scalar(_largest_column_sum(_transposed(call.args[0]))),
    norms.MAXNORM: lambda call: _scalar(sp.Max(*(sp.Abs(e) for e in call.args[0].flat))),
    norms.INDMAX: _first_largest,
    reductions.DET: _determinant,
    reductions.LOGDET: _logdet,
    reductions.RANK: lambda call: _scalar(sp.Integer(call.args[0].matrix.rank())),
    reductions.SOFTMAX: _softmax,
    reductions.LOGSUMEXP: lambda call: _scalar(sp.log(sp.Add(*(sp.exp(e) for e in call.args[0].flat)))),
    structure.DSUM: _direct_sum,
    structure.TRIL: lambda call: _entries(call, lambda i, j: call.args[0][i, j] if i >= j else 0),
    structure.TRIU: lambda call: _entries(call, lambda i, j: call.args[0][i, j] if i <= j else 0),
    structure.VECH: _vech,
    structure.UNVECH: _unvech,
    structure.REARRANGE: _rearrange,
    **{op: (lambda call, rule=rule: rule(call.args[0], call.complex)) for op, rule in SPECTRAL_RULES.items()},
}
"""The rank is that of almost all values of the symbols."""
