"""Numbers and counts as a reader of the report sees them.

May import NumPy.
"""

from typing import Any

import numpy as np


def number(value: Any, digits: int = 6) -> str:
    """A number to a few significant digits; a complex one as a + bi."""
    if value is None:
        return "-"
    if isinstance(value, int | np.integer):
        return f"{int(value):,}"
    if np.iscomplexobj(value) and value.imag:
        sign = "-" if value.imag < 0 else "+"
        return f"{_plain(value.real, digits)} {sign} {_plain(abs(value.imag), digits)}i"
    return _plain(float(np.real(value)), digits)


def determinant(value: Any, log: float | None) -> str:
    """A determinant; by the logarithm of its modulus where it is out of range."""
    if log is None or not np.isfinite(log) or abs(log) < 700:
        return number(value)
    return f"of modulus exp({number(log)})"


def count(how_many: int, what: str) -> str:
    """`3 columns`, `1 column`."""
    return f"{how_many:,} {what}{'' if how_many == 1 else 's'}"


def _plain(value: float, digits: int) -> str:
    return f"{value + 0.0:.{digits}g}"
