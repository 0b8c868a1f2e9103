"""What the commands print for other programs: JSON, and numbers as text.

May import the standard library.
"""

from __future__ import annotations

import json
import math
import re
import sys
from collections.abc import Sequence
from typing import Any

DIFF_KEYS = (
    "formula", "wrt", "order", "layout", "convention", "shape", "text", "unicode", "latex", "given", "sizes", "kinds",
    "steps", "code", "verification",
)  # fmt: skip


def as_json(everything: dict[str, Any]) -> str:
    """One object: on one line in a pipe, one line a key for a reader."""
    pairs = [f"{json.dumps(k)}: {json.dumps(v, ensure_ascii=False, allow_nan=False)}" for k, v in everything.items()]
    return "{\n  " + ",\n  ".join(pairs) + "\n}" if sys.stdout.isatty() else "{" + ", ".join(pairs) + "}"


def derivative_object(
    found: Any, formula: str, wrt: str, *, order: int, given: str, sizes: dict[str, list[int | str]],
    kinds: dict[str, str], steps: Sequence[Any] | None, code: str | None, verification: dict[str, Any] | None,
) -> dict[str, Any]:  # fmt: skip
    """What `dvec diff --json` prints, for a formula in matrices and for explicit entries alike."""
    told = steps and [{"rule": step.rule, "text": step.text, "latex": step.latex} for step in steps]
    values = (
        formula, wrt, order, found.layout, found.convention, list(found.shape), found.text, found.unicode, found.latex,
        given, sizes, kinds, told, code, verification,
    )  # fmt: skip
    return dict(zip(DIFF_KEYS, values, strict=True))


def visible(text: str) -> str:
    r"""A text for a terminal, which must not obey what was typed: a sign in place of each control character.

    >>> visible("a\x1b[31m\r\x9b\u202e")
    'a␛[31m␍��'
    """
    return re.sub(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]", _picture, text)


def _picture(found: re.Match[str]) -> str:
    code = ord(found[0])
    return chr(0x2400 + code) if code < 0x20 else "␡" if code == 0x7F else "\N{REPLACEMENT CHARACTER}"


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
