"""Values on the command line: NAME=FILE, NAME='[1,2;3,4]', NAME=2.5. Nothing typed is ever executed.

May import NumPy; the answers, for entries such as 1/3 or sqrt(2); dvec.linalg's readers (and so SciPy) where a file
is not one of the plain ones.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import dvec
from dvec.core.errors import DataError
from dvec.notation.tokens import normal_name

_ASSIGNMENT = re.compile(r"\s*([^\W\d_]\w*)\s*=(?!=)\s*(.*)", re.DOTALL)
_NUMBER = re.compile(r"\s*[-+−]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*")


def read_values(texts: Iterable[str], variables: Mapping[str, Any]) -> dict[str, Any]:
    """Arrays and numbers by name; a single row given for a column vector is its entries."""
    values: dict[str, Any] = {}
    for text in texts:
        found = _ASSIGNMENT.fullmatch(text)
        if found is None:
            raise DataError(f"{text!r} is no value: write NAME=FILE, NAME='[1,2;3,4]' or NAME=2.5")
        name = normal_name(found[1])
        if name in values:
            raise DataError(f"{name} is given twice")
        value = _value(name, found[2].strip())
        node = variables.get(name)
        row = node is not None and node.cols == 1 and getattr(value, "ndim", 0) == 2 and value.shape[0] == 1
        values[name] = value.ravel() if row else value
    return values


def _value(name: str, text: str) -> Any:
    if text.startswith("["):
        return literal(text)
    if _NUMBER.fullmatch(text):
        return _plain_number(text)
    try:
        return _from_stdin() if text == "-" else _from_file(text)
    except ValueError as wrong:
        raise DataError(f"{name}: {wrong}") from None


def _plain_number(text: str) -> int | float:
    number = float(text.replace("−", "-"))
    return int(number) if number.is_integer() and re.fullmatch(r"\s*[-+−]?\d+\s*", text) else number


def literal(text: str) -> Any:
    """The matrix written as `[1, 2; 3, 4]`; its entries are numbers, or formulas without variables.

    >>> literal("[1, 1/4; -2, sqrt(4)]")
    array([[ 1.  ,  0.25],
           [-2.  ,  2.  ]])
    """
    import numpy as np

    if not text.endswith("]"):
        raise DataError(f"the bracket of {text!r} is never closed")
    rows = [_entries(row) for row in re.split(r"[;\n]", text[1:-1]) if row.strip()]
    if not rows:
        raise DataError(f"there is no number in {text!r}")
    for place, row in enumerate(rows, 1):
        if len(row) != len(rows[0]):
            raise DataError(f"row {place} of {text!r} has {len(row)} entries, row 1 has {len(rows[0])}")
    return np.array([[_entry(entry) for entry in row] for row in rows])


def _entries(row: str) -> list[str]:
    return row.split(",") if "," in row else row.split()


def _entry(text: str) -> float | complex:
    if _NUMBER.fullmatch(text):
        return float(text.replace("−", "-"))
    try:
        return complex(text.replace("−", "-").replace("i", "j").replace(" ", ""))
    except ValueError:
        pass
    try:
        return dvec.parse(text).evaluate()
    except ValueError as wrong:
        raise DataError(f"the entry {text.strip()!r} is no number: {str(wrong).splitlines()[0]}") from None


# ---------------------------------------------------------------- files


def _from_file(path: str) -> Any:
    """A plain .npy, .npz or .csv by NumPy alone; all else, and what is wrong, by dvec.linalg's readers."""
    import numpy as np

    suffix = Path(path).suffix.lower()
    try:
        if suffix == ".npy":
            with Path(path).open("rb") as file:
                return np.load(file, allow_pickle=False)
        if suffix == ".npz":
            with Path(path).open("rb") as file:
                return _only_array(file)
        if suffix == ".csv":
            return np.loadtxt(path, delimiter=",", ndmin=2)
    except Exception:  # NumPy raises many kinds; the reader below says in words what is wrong with the file
        pass
    from dvec.linalg.files import read_matrix

    return read_matrix(path)


def _only_array(file: BinaryIO) -> Any:
    import numpy as np

    with np.load(file, allow_pickle=False) as archive:
        (name,) = archive.files
        return archive[name]


def _from_stdin() -> Any:
    from dvec.linalg.files import read_bytes

    return read_bytes(sys.stdin.buffer.read())
