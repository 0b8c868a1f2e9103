"""Explicit matrices as users give them: SymPy objects, nested lists, arrays, text; checked, in one form.

May import core, SymPy and the text reader of this room.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

from dvec.core.errors import DataError
from dvec.entries.symbolic import Expr, Matrix, Symbol, sp
from dvec.entries.text import parse_text


@dataclass(frozen=True)
class Explicit:
    """A matrix written out entry by entry, row after row. `plain` says that a bare scalar was given."""

    rows: int
    cols: int
    flat: tuple[Expr, ...]
    plain: bool = False

    def __getitem__(self, place: tuple[int, int]) -> Expr:
        return self.flat[place[0] * self.cols + place[1]]

    @property
    def shape(self) -> tuple[int, int]:
        return self.rows, self.cols

    @property
    def kind(self) -> str:
        """`"scalar"`, `"row"`, `"column"` or `"matrix"`."""
        if self.rows == 1:
            return "scalar" if self.cols == 1 else "row"
        return "column" if self.cols == 1 else "matrix"

    @cached_property
    def by_columns(self) -> tuple[Expr, ...]:
        """The entries of vec: column after column."""
        return tuple(self[i, j] for j in range(self.cols) for i in range(self.rows))

    @property
    def matrix(self) -> Matrix:
        return sp.Matrix(self.rows, self.cols, list(self.flat))

    def like(self, entries: Iterable[Expr]) -> Any:
        """Entries in this one's shape: a SymPy matrix, or an expression where a bare scalar was given."""
        flat = list(entries)
        return flat[0] if self.plain else sp.Matrix(self.rows, self.cols, flat)


def read(value: Any) -> Explicit:
    """Any accepted input as an explicit matrix.

    Raises `FormulaError` for a text that cannot be understood and `DataError` for what is no matrix of scalars.
    """
    if isinstance(value, Explicit):
        return value
    if isinstance(value, str):
        return Explicit(*parse_text(value))
    if isinstance(value, sp.MatrixBase):
        return _checked(value.rows, value.cols, value.flat())
    if isinstance(value, sp.MatrixExpr):
        return read(value.as_explicit()) if _has_numbers(value) else _refuse_abstract(value)
    if hasattr(value, "tolist") and hasattr(value, "ndim"):
        if value.ndim > 2:
            raise DataError(f"not a matrix: an array with {value.ndim} axes; a matrix has two, a column may have one")
        return read(value.tolist())
    if isinstance(value, Sequence):
        rows: list[Any] = list(value)  # pyright: ignore[reportUnknownArgumentType]
        return _from_lists(rows)
    return Explicit(1, 1, (_scalar(value, None),), plain=True)


def read_variables(value: Any, of: Explicit | None = None) -> Explicit:
    """What to differentiate by: plain symbols, each once; names in text are the symbols of that name in `of`."""
    found = read(value)
    if of is not None:
        found = _same_symbols(found, of, isinstance(value, str))
    seen: set[Expr] = set()
    for index, entry in enumerate(found.flat):
        if not isinstance(entry, sp.Symbol):
            raise DataError(
                f"{_place(index, found)} of what to differentiate by is {entry}, which is not a plain symbol"
                + ("; a matrix of its own symbols is written out as '[x, y; z, w]'" if found.flat[1:] else "")
            )
        if entry in seen:
            raise DataError(
                f"the variable {entry} stands twice in what to differentiate by; each entry must be a variable of its "
                "own (for a symmetric matrix, differentiate by the list of its distinct entries)"
            )
        seen.add(entry)
    return found


def _same_symbols(found: Explicit, of: Explicit, text: bool) -> Explicit:
    """SymPy's symbols x and x, one of them declared positive, are two; nobody means that."""
    named: dict[str, set[Expr]] = {}
    for symbol in set[Expr]().union(*(entry.free_symbols for entry in of.flat)):
        named.setdefault(str(symbol), set()).add(symbol)
    entries: list[Expr] = []
    for entry in found.flat:
        here = named.get(str(entry), {entry}) if isinstance(entry, sp.Symbol) else {entry}
        if entry not in here and not (text and len(here) == 1):
            raise DataError(
                f"the function has a symbol {entry} that is not the variable {entry}: they differ in their assumptions "
                "(positive, real, …); give both as the same SymPy symbol"
            )
        entries.append(entry if entry in here else next(iter(here)))
    return Explicit(found.rows, found.cols, tuple(entries), found.plain)


def read_scalar(value: Any, of: str) -> Explicit:
    """A scalar function, or a sentence that says which call takes a matrix."""
    found = read(value)
    if found.shape != (1, 1):
        raise DataError(
            f"{of} needs a scalar function, this is {found.rows}×{found.cols}; jacobian and diff take matrices"
        )
    return found


def read_symbol(value: Any, of: Explicit | None = None) -> Symbol:
    """One variable; a name in text is the symbol of that name in `of`."""
    found = read_variables(value, of)
    if found.shape != (1, 1):
        raise DataError(
            f"one variable is needed here, this is {found.rows}×{found.cols}; diff takes matrices of variables"
        )
    return found.flat[0]  # pyright: ignore[reportReturnType]


def _from_lists(rows: list[Any]) -> Explicit:
    if not rows:
        raise DataError("not a matrix: an empty list has no entries")
    nested = [isinstance(row, (Sequence, sp.MatrixBase)) and not isinstance(row, str) for row in rows]
    if not any(nested):
        return _checked(len(rows), 1, rows)
    if not all(nested):
        raise DataError("not a matrix: some rows are lists and some are single entries")
    lengths = {len(row) for row in rows}
    if len(lengths) > 1:
        found = ", ".join(str(len(row)) for row in rows)
        raise DataError(f"not a matrix: its rows have {found} entries; every row needs as many as the first")
    return _checked(len(rows), lengths.pop(), [entry for row in rows for entry in row])


def _checked(rows: int, cols: int, flat: Sequence[Any]) -> Explicit:
    if not flat:
        raise DataError(f"not a matrix that can be differentiated: it is {rows}×{cols}, without entries")
    return Explicit(rows, cols, tuple(_scalar(e, (k // cols + 1, k % cols + 1)) for k, e in enumerate(flat)))


def _scalar(value: Any, place: tuple[int, int] | None) -> Expr:
    """A SymPy expression for one number, or a sentence naming the place of what is none."""
    where = "this" if place is None else f"entry ({place[0]},{place[1]})"
    if isinstance(value, str):
        rows, cols, flat, _ = parse_text(value)
        value = flat[0] if (rows, cols) == (1, 1) else sp.Tuple(*flat)
    if isinstance(value, bool) or not isinstance(value, (sp.Basic, int, float, complex, Fraction)):
        value = _converted(value, where)
    exact: Any = sp.sympify(value, strict=True)
    if not isinstance(exact, sp.Expr) or getattr(exact, "is_Matrix", False) or not exact.is_commutative:
        raise DataError(f"{where} is not a scalar: {value} ({type(value).__name__})")
    if exact.has(sp.nan, sp.zoo, sp.oo, -sp.oo):
        raise DataError(f"{where} is not a finite scalar: {value}")
    return exact


def _converted(value: Any, where: str) -> Any:
    """NumPy's numbers as Python's; everything else is no scalar."""
    item = getattr(value, "item", None)
    if item is None or getattr(value, "ndim", 0) != 0 or isinstance(value, bool):
        raise DataError(f"{where} is not a scalar: {value!r} ({type(value).__name__})")
    return item()


def _has_numbers(value: Any) -> bool:
    return all(getattr(side, "is_Integer", False) for side in value.shape)


def _refuse_abstract(value: Any) -> Explicit:
    raise DataError(
        f"the matrix {value} has no entries to show: its size is {value.shape[0]}×{value.shape[1]}; "
        "an explicit matrix needs whole numbers for its sides"
    )


def _place(index: int, found: Explicit) -> str:
    return "this" if found.plain else f"entry ({index // found.cols + 1},{index % found.cols + 1})"
