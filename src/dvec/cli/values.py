"""Values on the command line: NAME=FILE, NAME='[1,2;3,4]', NAME=2.5. Nothing typed is ever executed.

May import NumPy; the answers, for numbers such as 1/3 or sqrt(2); dvec.linalg's readers (and so SciPy) where a file is
not one of the plain ones.
"""

from __future__ import annotations

import io
import re
import sys
import warnings
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import dvec
from dvec.core.errors import DataError
from dvec.notation.tokens import normal_name

_ASSIGNMENT = re.compile(r"\s*([^\W\d_]\w*)\s*=(?!=)\s*(.*)", re.DOTALL)
_NUMBER = re.compile(r"\s*[-+−]?((\d+\.?\d*|\.\d+)([eE][-+]?\d+)?|inf(inity)?|nan)\s*", re.IGNORECASE)


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
        if text == "-":
            return _from_stdin(name)
        constant = _constant(text)
        return _from_file(text, name) if constant is None else constant
    except ValueError as wrong:
        raise DataError(f"{name}: {wrong}") from None


def _plain_number(text: str) -> int | float:
    number = float(text.replace("−", "-"))
    return int(number) if re.fullmatch(r"\s*[-+−]?\d+\s*", text) else number


def _constant(text: str) -> Any:
    """The value of a formula without variables (1/3, pi, eye(3)) or of a complex number; None where it is neither."""
    try:
        return complex(text.replace("−", "-").replace("i", "j").replace(" ", ""))
    except ValueError:
        pass
    try:
        expr = dvec.parse(text)
        return None if expr.scope.variables else expr.evaluate()
    except ValueError:
        return None


def refuse_nested(text: str) -> None:
    """Brackets in brackets, as Python writes a matrix: says how it is written here."""
    if re.match(r"\[\s*\[", text):
        rows = re.sub(r"\]\s*,?\s*\[", ";", text).strip("[] ")
        raise DataError(f"rows are set apart by semicolons, not by brackets: write '[{rows}]'")


def literal(text: str) -> Any:
    """The matrix written as `[1, 2; 3, 4]`; its entries are numbers, or formulas without variables.

    >>> literal("[1, 1/4; -2, sqrt(4)]")
    array([[ 1.  ,  0.25],
           [-2.  ,  2.  ]])
    """
    import numpy as np

    refuse_nested(text)
    if not text.endswith("]"):
        raise DataError(f"the bracket of {text!r} is never closed")
    rows = [_entries(row) for row in re.split(r"[;\n]", text[1:-1]) if row.strip()]
    if not rows:
        raise DataError(f"there is no number in {text!r}")
    for place, row in enumerate(rows, 1):
        if len(row) != len(rows[0]):
            count = f"{len(row)} {'entry' if len(row) == 1 else 'entries'}"
            raise DataError(f"row {place} of {text!r} has {count}, row 1 has {len(rows[0])}")
    return np.array([[_entry(entry) for entry in row] for row in rows])


def _entries(row: str) -> list[str]:
    return row.split(",") if "," in row else row.split()


def _entry(text: str) -> float | complex:
    if _NUMBER.fullmatch(text):
        return float(text.replace("−", "-"))
    value = _constant(text)
    if isinstance(value, (int, float, complex)):
        return value
    raise DataError(f"the entry {text.strip()!r} is no number")


# ---------------------------------------------------------------- files


def _from_file(path: str, name: str) -> Any:
    """A .npy, .npz or plain .csv by NumPy alone; all else, and what is wrong with it, by dvec.linalg's readers."""
    suffix = Path(path).suffix.lower()
    if suffix in (".npy", ".npz"):
        try:
            with Path(path).open("rb") as file:
                return _numpys(file, name)
        except OSError as error:
            raise DataError(f"{path} cannot be read: {error.strerror or error}") from None
        except ValueError as wrong:
            raise DataError(f"{path}: {wrong}") from None
    table = _plain_table(path) if suffix == ".csv" else None
    if table is not None:
        return table
    from dvec.linalg.files import read_matrix

    return read_matrix(path)


def _plain_table(path: str) -> Any:
    import numpy as np

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # of a file without numbers NumPy only warns
            return np.loadtxt(path, delimiter=",", ndmin=2)
    except Exception:  # NumPy raises many kinds; the other reader says in words what is wrong
        return None


def _from_stdin(name: str) -> Any:
    from dvec.linalg.files import read_bytes

    content = sys.stdin.buffer.read()
    return _numpys(io.BytesIO(content), name) if content.startswith((_NPY, _ZIP)) else read_bytes(content)


_NPY, _ZIP = b"\x93NUMPY", b"PK"


def _numpys(file: BinaryIO, name: str) -> Any:
    """What NumPy or SciPy saved: one array, the one of several that has the variable's name, or a sparse matrix."""
    import numpy as np

    start = file.read(len(_NPY))
    file.seek(0)
    if not start:
        raise DataError("the file is empty")
    if not start.startswith((_NPY, _ZIP)):
        raise DataError("this is no .npy or .npz file: it does not begin as one")
    try:
        if start == _NPY:
            return np.load(file, allow_pickle=False)
        with np.load(file, allow_pickle=False) as archive:
            names = list(archive.files)
            if {"format", "shape", "data"} <= set(names):
                from scipy.sparse import load_npz

                file.seek(0)
                return load_npz(file)
            wanted = names if len(names) == 1 else [n for n in names if normal_name(n) == name]
            if wanted:
                return archive[wanted[0]]
    except Exception as wrong:  # zipfile, NumPy and SciPy raise many kinds, in words that help nobody
        objects = "pickle" in str(wrong)
        raise DataError("it holds Python objects, and numbers are needed" if objects else
                        "it is damaged, or was cut short") from None  # fmt: skip
    raise DataError(f"it holds {len(names)} arrays ({', '.join(names) or 'none'}), and none is called {name}")
