"""What the commands print for other programs: JSON, and numbers as text.

May import the standard library.
"""

from __future__ import annotations

import json
import math
import sys
from typing import Any

DIFF_KEYS = (
    "formula", "wrt", "order", "layout", "convention", "shape", "text", "unicode", "latex", "given", "sizes", "kinds",
    "steps", "code", "verification",
)  # fmt: skip


def as_json(everything: dict[str, Any]) -> str:
    """One object: on one line in a pipe, one line a key for a reader."""
    pairs = [f"{json.dumps(k)}: {json.dumps(v, ensure_ascii=False, allow_nan=False)}" for k, v in everything.items()]
    return "{\n  " + ",\n  ".join(pairs) + "\n}" if sys.stdout.isatty() else "{" + ", ".join(pairs) + "}"


def sizes(scope: Any) -> dict[str, list[int | str]]:
    """The size of each variable as written: [] for a scalar, ["n"] for a vector, ["m", "n"] for a matrix."""
    return {name: [_side(side) for side in _sides(node)] for name, node in scope.variables.items()}


def kinds(scope: Any) -> dict[str, str]:
    """The kind of each variable: scalar, vector or matrix."""
    return {name: ("scalar", "vector", "matrix")[len(_sides(node))] for name, node in scope.variables.items()}


def _sides(node: Any) -> tuple[Any, ...]:
    return () if node.scalar else (node.rows,) if node.cols == 1 else (node.rows, node.cols)


def _side(side: Any) -> int | str:
    return side if isinstance(side, int) else str(side)


def number(value: Any) -> str:
    """A number as text that reads back as the same number.

    >>> number(3.0), number(0.1), number(1 + 2j), number(float("inf"))
    ('3', '0.1', '1+2i', 'inf')
    """
    if isinstance(value, complex):
        sign = "" if value.imag < 0 or math.isnan(value.imag) else "+"
        return f"{number(value.real)}{sign}{number(value.imag)}i"
    return repr(float(value)).removesuffix(".0")


def table(value: Any) -> str:
    """A value as lines of numbers between commas: a scalar, a column one number a line, a matrix row by row."""
    rows = value.tolist() if hasattr(value, "tolist") else value
    if not isinstance(rows, list):
        return number(rows)
    return "\n".join(",".join(map(number, row)) if isinstance(row, list) else number(row) for row in rows)


def json_numbers(value: Any) -> Any:
    """Numbers in lists, as JSON can hold them: what is complex or not finite becomes text."""
    rows = value.tolist() if hasattr(value, "tolist") else value
    if isinstance(rows, list):
        return [json_numbers(row) for row in rows]
    return number(rows) if isinstance(rows, complex) or not math.isfinite(rows) else rows
