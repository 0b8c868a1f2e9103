"""The check of a derivative of explicit entries by central differences of the entries themselves, and its source text.

May import core and the readers of this room.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dvec.core.errors import DataError
from dvec.entries.reading import Explicit
from dvec.entries.symbolic import Expr, Matrix, mpmath, sp

_DIGITS = 50
_STEP = mpmath.mpf(10) ** -12
_TOLERANCE = 1e-9


@dataclass(frozen=True)
class Verification:
    """The outcome of a check on random data; `.ok` is None where no point was found at which everything exists."""

    ok: bool | None
    max_relative_error: float
    samples: int


def verify(of: Explicit, by: Explicit, place: Any, samples: int, seed: int) -> Verification:
    """Compares `place(i, b, a, j)` with (Y(x + h) − Y(x − h))/2h in 50 digits: no rule of differentiation is used.

    Undefined functions a(u,v) are given a meaning, the same in Y and in the derivative.
    """
    numbers = random.Random(seed)
    worst, done = 0.0, 0
    for _ in range(8 * samples):
        free = sorted({s for e in (*of.flat, *by.flat) for s in e.free_symbols}, key=str)
        point = {s: sp.Float(str(round(numbers.uniform(0.2, 1.8), 6)), _DIGITS) for s in free}
        error = _error(of, by, place, point)
        if error is not None:
            worst, done = max(worst, error), done + 1
        if done == samples:
            break
    return Verification(worst < _TOLERANCE if done else None, worst, done)


def _error(of: Explicit, by: Explicit, place: Any, point: dict[Any, Any]) -> float | None:
    """The largest relative error over all entries, None where one of them does not exist."""
    worst = 0.0
    for k, y in enumerate(map(with_meaning, of.flat)):
        for v, x in enumerate(by.flat):
            ahead, back = (_value(y, {**point, x: point[x] + sign * _STEP}) for sign in (1, -1))
            stated = _value(with_meaning(place(*divmod(k, of.cols), *divmod(v, by.cols))), point)
            if ahead is None or back is None or stated is None:
                return None
            slope = (ahead - back) / (2 * _STEP)
            worst = max(worst, float(abs(slope - stated) / (1 + abs(slope))))
    return worst


def _value(expression: Expr, point: dict[Any, Any]) -> Any:
    value = sp.N(expression.subs(point), _DIGITS)
    if not value.is_number or value.has(sp.nan, sp.zoo, sp.oo, sp.Integral) or not value.is_comparable:
        return None
    return mpmath.mpmathify(value)


def with_meaning(expression: Expr) -> Expr:
    """a(u, v) replaced by a smooth function of its arguments that depends on the name."""
    heads = {found.func: found for found in expression.atoms(sp.core.function.AppliedUndef)}
    for head in heads:
        expression = expression.replace(head, _meaning(head.__name__))
    return expression.doit(integrals=False) if heads else expression


def _meaning(name: str) -> Callable[..., Expr]:
    shift = sp.Rational(sum(map(ord, name)) % 17 + 1, 7)
    return lambda *args: sp.cos(shift + sp.Add(*(a / (k + 2) for k, a in enumerate(args)))) + sp.Mul(*args)


def _numpy(matrix: Matrix) -> str:
    return _python(matrix, sp.printing.numpy.NumPyPrinter, "np", "numpy")


def _jax(matrix: Matrix) -> str:
    return _python(matrix, sp.printing.numpy.JaxPrinter, "jnp", "jax.numpy")


def _julia(matrix: Matrix) -> str:
    return f"function derivative({_arguments(matrix)})\n    return {sp.julia_code(matrix)}\nend\n"


def _matlab(matrix: Matrix) -> str:
    return f"derivative = @({_arguments(matrix)}) {sp.octave_code(matrix)};\n"


_TARGETS: dict[str, Callable[[Any], str]] = {
    "numpy": _numpy,
    "jax": _jax,
    "julia": _julia,
    "matlab": _matlab,
    "latex": sp.latex,
}


def code(matrix: Any, target: str) -> str:
    """Source text of the matrix as a function of its symbols, in alphabetic order."""
    if target not in _TARGETS:
        raise DataError(f"no code for the target {target!r}: one of {', '.join(sorted(_TARGETS))}")
    if matrix.atoms(sp.core.function.AppliedUndef):
        raise DataError("functions such as a(u,v) have no code: only their names are known")
    return _TARGETS[target](matrix)


def _arguments(matrix: Any) -> str:
    return ", ".join(sorted(s.name for s in matrix.free_symbols))


def _python(matrix: Any, printer: Any, short: str, module: str) -> str:
    text = printer({"fully_qualified_modules": True}).doprint(matrix).replace(f"{module}.", f"{short}.")
    return f"import {module} as {short}\n\n\ndef derivative({_arguments(matrix)}):\n    return {text}\n"
