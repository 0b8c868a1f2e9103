"""The names in formulas: variables, sizes, index symbols.

May import core and operations; no NumPy.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from dvec.core.node import VARIABLE, Node, postorder
from dvec.core.properties import Properties, closure
from dvec.core.sizes import AnySize, Size, names_of
from dvec.operations.constants import UNIT


def names_in(roots: Sequence[Node]) -> tuple[list[Node], set[str], dict[str, list[AnySize]]]:
    """Variables, the size names that must be known, and index symbols with the sizes of what they index."""
    nodes = list({node: None for root in roots for node in postorder(root)})
    variables = [node for node in nodes if node.op is VARIABLE]
    needed: set[str] = set()
    symbols: dict[str, list[AnySize]] = {}
    for node in nodes:
        if node.op is VARIABLE or not node.params:
            continue
        needed |= _size_names(node.params)
        if node.op is UNIT and isinstance(node.params[1], str):
            sides = symbols.setdefault(node.params[1], [])
            sides += [node.params[0]] * (node.params[0] not in sides)
    return variables, needed, symbols


def sizes_in(roots: Sequence[Node]) -> list[str]:
    """All size names of the formulas, those of variables first, in order of appearance."""
    nodes = {node: None for root in roots for node in postorder(root)}
    found: dict[str, None] = {}
    for node in sorted(nodes, key=lambda node: node.op is not VARIABLE):
        for param in node.params:
            found.update(dict.fromkeys(sorted(_size_names((param,)))))
    return list(found)


def is_composite(size: AnySize) -> bool:
    """Whether a size is made of names, as m*n and p + 1 are, and is not a name itself."""
    return isinstance(size, Size) and names_of(size) != {str(size)}


def relations(variables: Iterable[Node], known: Iterable[str]) -> list[Size]:
    """The sizes of variables that are made of names, in an order in which each leaves at most one name open.

    Names that are the size of a side are known, and so is what follows from the sizes before. Those that never come
    down to one name are left out.
    """
    sides = dict.fromkeys(size for node in variables for size in node.size if isinstance(size, Size))
    todo = [size for size in sides if is_composite(size)]
    found = {*known, *(str(size) for size in sides if not is_composite(size))}
    order: list[Size] = []
    while ready := [size for size in todo if len(size.names - found) <= 1]:
        order.append(ready[0])
        found |= ready[0].names
        todo.remove(ready[0])
    return order


def _size_names(params: tuple[Any, ...]) -> set[str]:
    found: set[str] = set()
    for param in params:
        if isinstance(param, Size):
            found |= names_of(param)
        elif isinstance(param, tuple):
            found |= _size_names(param)  # pyright: ignore[reportUnknownArgumentType]
    return found


@lru_cache(maxsize=256)
def kind(node: Node) -> str:
    """What a variable is, in words."""
    if node.scalar:
        return "a scalar"
    if node.cols == 1:
        return f"a column vector of {node.rows} entries"
    if node.rows == 1:
        return f"a row of {node.cols} entries"
    return f"{_article(str(node.rows))} {node.rows}×{node.cols} matrix"


def _article(word: str) -> str:
    """a or an, by how the first letter (alone: a letter's name) or the number is spoken."""
    vowels = "aefhilmnorsx8" if len(word) == 1 else "aeiou8"
    return "an" if word[0] in vowels else "a"


def told(properties: Properties) -> Properties:
    """The properties that do not follow from the others."""
    return properties - {implied for name in properties for implied in closure(frozenset([name])) - {name}}
