"""What the names of a formula mean: declarations as they are typed, and as they are given back.

May import core.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from dvec.core.errors import FormulaError, Span
from dvec.core.node import Node
from dvec.core.properties import IMPLIES, SQUARE, closure
from dvec.core.sizes import AnySize, named_size
from dvec.notation.inference import Symbol, symbol_of_kind
from dvec.notation.reading import read_size
from dvec.notation.suggestions import closest
from dvec.notation.tokens import typed_name
from dvec.notation.unification import Unknown


@dataclass(frozen=True, slots=True)
class Scope:
    """The meaning of names: variables in order of appearance (also those declared and not used), and names of sizes."""

    variables: dict[str, Node]
    sizes: tuple[str, ...] = ()
    inferred: frozenset[str] = frozenset()  # the sizes that nobody named

    def given(self) -> str:
        """Declarations that give a text the same meaning anywhere."""
        groups: dict[str, list[str]] = {}
        for name, node in self.variables.items():
            groups.setdefault(type_text(node), []).append(name)
        return "; ".join(f"{', '.join(names)}: {kind}" for kind, names in groups.items())


def type_text(node: Node) -> str:
    """'matrix(m, n) symmetric', as it would be declared."""
    rows, cols = node.rows, node.cols
    kind = "scalar" if node.scalar else f"vector({rows})" if cols == 1 else f"matrix({rows}, {cols})"
    return " ".join([kind, *_declared(node.params[3])])


def _declared(properties: frozenset[str]) -> list[str]:
    """The fewest properties that imply all of these."""
    kept = [name for name in IMPLIES if name in properties]
    for name in reversed(list(kept)):
        if closure(frozenset(kept) - {name}) == properties:
            kept.remove(name)
    return kept


def sizes_of(variables: Iterable[Node]) -> tuple[str, ...]:
    """The names of sizes in variables, in order of appearance."""
    found: dict[str, None] = {}
    for node in variables:
        for side in (node.rows, node.cols):
            if isinstance(side, int):
                continue
            if side.text.isidentifier():
                found[side.text] = None
            else:
                found |= dict.fromkeys(sorted(side.names))
    return tuple(found)


# ---------------------------------------------------------------- declarations as typed

_PARENTHESIS = re.compile(r"[()]")
_DECLARATION = re.compile(r"[^;\n]+")
_NAME = re.compile(r"\s*([^\W\d_]\w*)\s*")
_TYPE = re.compile(r"\s*([^\W\d]\w*)\s*")
_WORD = re.compile(r"[\s,\"'“”]*([A-Za-z]+)-?[\s,\"'“”]*")
_FORGOTTEN = {
    "row": "declare a row as matrix(1, n)", "real": "real is what everything is unless declared complex",
    "spd": "write symmetric positive definite", "psd": "write symmetric positive semidefinite",
    "pd": "write positive definite", "nonsingular": "write invertible", "regular": "write invertible",
    "square": "a square matrix has two equal sizes: matrix(n, n)", "antisymmetric": "write skew",
    "skewsymmetric": "write skew", "selfadjoint": "write hermitian", "nonnegative": "positive is what can be declared",
    "full": "write full column rank or full row rank",
}  # fmt: skip


def parse_declarations(given: str) -> dict[str, Symbol]:
    """What `given` says of each name: "a, b: vector(n); S: matrix(n, n) symmetric; lambda: scalar"."""
    symbols: dict[str, Symbol] = {}
    for part in _DECLARATION.finditer(given):
        if part[0].strip():
            _declare(given, part.start(), part.end(), symbols)
    return symbols


def _error(given: str, message: str, start: int, end: int) -> FormulaError:
    return FormulaError(f"{message} (in the declarations)", given, Span(start, max(end, start + 1)))


def _declare(given: str, start: int, end: int, symbols: dict[str, Symbol]) -> None:
    colon = given.find(":", start, end)
    if colon < 0:
        raise _error(given, "a declaration is names, a colon and a kind, as in A, B: matrix(m, n)", start, end)
    found = _TYPE.match(given, colon + 1, end)
    if found is None:
        raise _error(given, "scalar, vector or matrix is expected here", colon + 1, end)
    kind = found[1]
    if kind not in ("scalar", "vector", "matrix"):
        hint = (
            _FORGOTTEN.get(kind.lower()) or f"did you mean {closest(kind, ['scalar', 'vector', 'matrix']) or 'matrix'}?"
        )
        raise _error(
            given, f"{kind} is no kind: scalar, vector(n) or matrix(m, n); {hint}", found.start(1), found.end(1)
        )
    sizes, at = _sizes(given, kind, found.end(), end)
    properties = _properties(given, at, end)
    for name, name_start, name_end in _names(given, start, colon):
        if name in symbols:
            raise _error(given, f"{name} is declared twice", name_start, name_end)
        symbol = symbols[name] = symbol_of_kind(name, kind)
        if sizes:
            symbol.rows, symbol.cols = sizes
        symbol.properties = properties
        _check_square(given, symbol, name_start, name_end)


def _names(given: str, start: int, end: int) -> Iterable[tuple[str, int, int]]:
    while True:
        found = _NAME.match(given, start, end)
        if found is None:
            raise _error(given, "the name of a variable is expected here", start, min(start + 1, end))
        try:
            name = found[1] if found[1].isascii() else typed_name(given, found[1], found.start(1))
            yield name, found.start(1), found.end(1)
        except FormulaError as error:
            raise _error(given, error.message, *(error.span or found.span(1))) from None
        if found.end() == end:
            return
        if given[found.end()] != ",":
            raise _error(given, "names are set apart by commas", found.end(), found.end() + 1)
        start = found.end() + 1


def _sizes(given: str, kind: str, at: int, end: int) -> tuple[tuple[AnySize, AnySize] | None, int]:
    """The sizes in parentheses behind a kind, and where they end."""
    if given[at : at + 1] != "(" or at >= end:
        return ((1, 1) if kind == "scalar" else None), at
    close, depth = at, 1
    while depth:
        found = _PARENTHESIS.search(given, close + 1, end)
        if found is None:
            raise _error(given, "this parenthesis is never closed", at, at + 1)
        close = found.start()
        depth += 1 if found[0] == "(" else -1
    sizes: list[AnySize] = []
    start = at + 1
    for text in given[at + 1 : close].split(","):
        sizes.append(_size(given, start, start + len(text)))
        start += len(text) + 1
    wanted = {"scalar": 0, "vector": 1, "matrix": 2}[kind]
    if kind == "vector" and len(sizes) == 2 and sizes[1] == 1:
        sizes.pop()
    if len(sizes) != wanted:
        usage = {
            "scalar": "a scalar has none",
            "vector": "a vector has one, vector(n)",
            "matrix": "a matrix has two, matrix(m, n)",
        }
        count = f"here {'is' if len(sizes) == 1 else 'are'} {len(sizes)} size{'s' * (len(sizes) != 1)}"
        raise _error(given, f"{count}: {usage[kind]}", at, close + 1)
    return (sizes[0], sizes[1] if wanted == 2 else 1), close + 1


def _size(given: str, start: int, end: int) -> AnySize:
    text = given[start:end].strip()
    if text.isascii() and text.isdigit() and len(text) < 19:
        size: AnySize = int(text)
    elif text.isascii() and text.isalpha():
        size = named_size(text)
    else:
        try:
            size = read_size(given[start:end])
        except FormulaError as error:
            first, last = error.span or (0, end - start)
            raise _error(given, error.message, start + first, start + last) from None
    if isinstance(size, int) and size < 1:
        raise _error(given, "a size is at least 1", start, end)
    return size


def _properties(given: str, at: int, end: int) -> frozenset[str]:
    words: list[tuple[str, int, int]] = []
    while at < end and given[at:end].strip():
        found = _WORD.match(given, at, end)
        if found is None:
            at += len(given[at:end]) - len(given[at:end].lstrip())
            hint = ": declarations are set apart by ;" if given[at] == ":" else ""
            raise _error(given, f"{given[at]} has no meaning in a declaration{hint}", at, at + 1)
        word = found[1].lower()
        if word == "definite" and words and words[-1][0] == "semi":  # semi-definite
            word = "semidefinite"
            words.pop()
        words.append((word, found.start(1), found.end(1)))
        at = found.end()
    properties: set[str] = set()
    position = 0
    while position < len(words):
        word, start, stop = words[position]
        for length in (3, 2, 1):
            phrase = " ".join(w for w, _, _ in words[position : position + length])
            if phrase in IMPLIES:
                properties.add(phrase)
                position += length
                break
        else:
            if word not in ("and", "real"):
                hint = (
                    _FORGOTTEN.get(word) or f"did you mean {closest(word, IMPLIES) or 'one of ' + ', '.join(IMPLIES)}?"
                )
                raise _error(given, f"{word} is no property that can be declared: {hint}", start, stop)
            position += 1
    return closure(frozenset(properties))


def _check_square(given: str, symbol: Symbol, start: int, end: int) -> None:
    """A property of square matrices makes sizes that were left out equal; others are refused."""
    needed = symbol.properties & SQUARE
    if not needed or symbol.rows is symbol.cols or symbol.rows == symbol.cols:
        return
    if isinstance(symbol.rows, Unknown) and isinstance(symbol.cols, Unknown):
        symbol.cols = symbol.rows
        return
    what = f"{symbol.rows}×{symbol.cols}" if not isinstance(symbol.rows, Unknown) else "a vector"
    told = next(name for name in _declared(symbol.properties) if closure(frozenset([name])) & SQUARE)
    raise _error(given, f"{symbol.name} is {what}: only a square matrix can be {told}", start, end)
