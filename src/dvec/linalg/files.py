"""Matrices from files and pipes: .npy, .npz, .mtx, .csv and plain text, and literals such as `[1, 2; 3, 4]`.

May import NumPy, SciPy and this room's checks. Nothing read is ever executed: no pickles, no eval.
"""

import io
import re
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import scipy.io
import scipy.sparse as sps

from dvec.linalg._checks import Array


def read_matrix(path: str | Path, key: str | None = None) -> Any:
    """The array, or SciPy sparse matrix, in a file: .npy, .npz, .mtx (also .gz), .csv .tsv .txt.

    `key` names the array wanted from an .npz of several. Raises ValueError, naming the file and what is wrong.
    """
    file = Path(path)
    reader = _readers(key).get(_suffix(file))
    if reader is None:
        known = ", ".join(sorted({suffix for suffix in _readers(None) if not suffix.endswith(".gz")}))
        raise ValueError(f"{file}: a file of a kind not known here; known are {known}.")
    try:
        content = file.read_bytes()
    except OSError as error:
        raise ValueError(f"{file} cannot be read: {error.strerror or error}.") from None
    return _read(content, reader, str(file))


def read_bytes(content: bytes, name: str = "standard input", key: str | None = None) -> Any:
    """The matrix in what was piped in: .npy, .npz or MatrixMarket by their first bytes, text otherwise."""
    kinds: list[tuple[bytes, Callable[[bytes], Any]]] = [
        (b"\x93NUMPY", _npy),
        (b"PK", lambda data: _npz(data, key)),
        (b"%%MatrixMarket", _mtx),
    ]
    reader = next((reader for magic, reader in kinds if content.startswith(magic)), _text)
    return _read(content, reader, name)


def parse_literal(text: str) -> Array:
    """The matrix written as `[1, 2; 3, 4]`: rows split by `;` or line ends, entries by commas or spaces.

    >>> parse_literal("[1, 2; 3, 4]")
    array([[1., 2.],
           [3., 4.]])
    """
    inside = text.strip()
    if inside.startswith("[") != inside.endswith("]"):
        raise ValueError("a bracket is opened and not closed, or the other way round.")
    inside = inside.removeprefix("[").removesuffix("]")
    rows = [row for row in re.split(r"[;\n]", inside) if row.strip()]
    if not rows:
        raise ValueError("there is no number in it.")
    return _table([(number, _fields(row)) for number, row in enumerate(rows, 1)], "row")


def _suffix(file: Path) -> str:
    suffixes = [suffix.lower() for suffix in file.suffixes]
    return "".join(suffixes[-2:]) if suffixes[-1:] == [".gz"] else "".join(suffixes[-1:])


def _readers(key: str | None) -> dict[str, Callable[[bytes], Any]]:
    return {
        ".npy": _npy,
        ".npz": lambda data: _npz(data, key),
        ".mtx": _mtx,
        ".mtx.gz": _mtx_gz,
        **dict.fromkeys((".csv", ".tsv", ".txt", ".dat"), _text),
    }


def _read(content: bytes, reader: Callable[[bytes], Any], name: str) -> Any:
    if not content:
        raise ValueError(f"{name} is empty.")
    try:
        return reader(content)
    except (
        ValueError,
        TypeError,
        EOFError,
        OSError,
        KeyError,
        zipfile.BadZipFile,
        OverflowError,
        MemoryError,
    ) as error:
        raise ValueError(f"{name}: {str(error).rstrip('.')}.") from None


def _npy(data: bytes) -> Any:
    if not data.startswith(b"\x93NUMPY"):
        raise ValueError("this is no .npy file: it does not begin as one")
    if b"'|O'" in data[:200]:
        raise ValueError("it holds Python objects, and numbers are needed")
    return np.load(io.BytesIO(data), allow_pickle=False)


def _npz(data: bytes, key: str | None) -> Any:
    with np.load(io.BytesIO(data), allow_pickle=False) as archive:
        names = list(archive.files)
        if {"format", "shape", "data"} <= set(names):
            return sps.load_npz(io.BytesIO(data))
        if key is None and len(names) == 1:
            return archive[names[0]]
        if key in names:
            return archive[key]
    wanted = "which one is wanted is not said" if key is None else f"none is called {key!r}"
    raise ValueError(f"it holds {len(names)} arrays ({', '.join(names) or 'none'}), and {wanted} (--key NAME).")


def _mtx(data: bytes) -> Any:
    return scipy.io.mmread(io.BytesIO(data))


def _mtx_gz(data: bytes) -> Any:
    import gzip

    return _mtx(gzip.decompress(data))


def _text(data: bytes) -> Any:
    """A table of numbers; a first line without a number is a heading, # and % begin comments."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError("it is neither a known binary format nor UTF-8 text") from None
    if text.lstrip().startswith("["):
        return parse_literal(text)
    fast = _fast_table(text)
    if fast is not None:
        return fast
    lines = [(number, re.split(r"[#%]", line)[0]) for number, line in enumerate(text.splitlines(), 1)]
    rows = [(number, _fields(line)) for number, line in lines if line.strip()]
    if rows and not any(_is_number(field) for field in rows[0][1]):
        rows = rows[1:]
    if not rows:
        raise ValueError("there is no number in it.")
    return _table(rows, "line")


def _fast_table(text: str) -> Array | None:
    """NumPy's own reader, for what is plainly a table with commas or spaces; None for anything else."""
    for delimiter in (",", None):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # text without data is refused later, in our words
                table = np.loadtxt(io.StringIO(text), delimiter=delimiter, ndmin=2, comments=("#", "%"))
        except ValueError:
            continue
        if table.size:
            return table
    return None


def _fields(line: str) -> list[str]:
    """The entries of a line, between commas, semicolons, tabs or else spaces."""
    for mark in (",", ";", "\t"):
        if mark in line:
            fields = [field.strip() for field in line.split(mark)]
            return fields[:-1] if fields[-1] == "" else fields
    return line.split()


def _table(rows: list[tuple[int, list[str]]], unit: str) -> Array:
    width = len(rows[0][1])
    for number, fields in rows:
        if len(fields) != width:
            raise ValueError(f"{unit} {number} has {len(fields)} entries, and {unit} {rows[0][0]} has {width}.")
    values = [[_number(field, number, unit) for field in fields] for number, fields in rows]
    return np.array(values)


def _number(field: str, line: int, unit: str) -> float | complex:
    text = field.replace("−", "-").replace("i", "j") if not re.search(r"inf|nan", field, re.IGNORECASE) else field
    try:
        return float(text)
    except ValueError:
        pass
    try:
        return complex(text.replace(" ", ""))
    except ValueError:
        what = "a missing entry" if not field else f"{field!r}, which is not a number"
        raise ValueError(f"{unit} {line} has {what}.") from None


def _is_number(field: str) -> bool:
    try:
        _number(field, 0, "line")
    except ValueError:
        return False
    return True
