"""The derivative of one scalar expression by one symbol, pointwise and for real variables.

May import SymPy.
"""

from __future__ import annotations

from typing import Any

from dvec.entries.symbolic import Expr, Symbol, sp

ROUGH = (sp.Abs, sp.sign, sp.Heaviside, sp.Max, sp.Min, sp.re, sp.im, sp.conjugate, sp.arg)
"""Functions whose derivative SymPy gives for complex arguments, or as a distribution."""


def real_stand_ins(symbols: set[Any]) -> dict[Any, Any]:
    """A real symbol for each symbol about which nothing is declared."""
    return {s: sp.Dummy(s.name, real=True) for s in symbols if s.is_real is None and s.is_complex is None}


def _zero(*_: Any) -> Expr:
    return sp.S.Zero


def derivative_of(entry: Expr, by: Symbol) -> Expr:
    """∂entry/∂by. Undeclared symbols count as real: |x| has the derivative sign(x).

    At a jump there is no derivative; next to it sign and step have the derivative 0, so no Dirac impulse is written.
    """
    if not entry.has(*ROUGH):
        return entry.diff(by)  # pyright: ignore[reportReturnType]
    real = real_stand_ins(entry.free_symbols)
    found: Any = entry.xreplace(real).diff(real.get(by, by))
    if not entry.has(sp.DiracDelta):
        found = found.replace(sp.DiracDelta, _zero)
    return found.xreplace({stand_in: symbol for symbol, stand_in in real.items()})
