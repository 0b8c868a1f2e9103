"""Names of summed indices, chosen as a person would: i, j, then a, b, c, and the same letter for the same size.

May import core.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import count

from dvec.core.sizes import AnySize
from dvec.notation.index_entries import Index

LETTERS = "ijabcdklhpqrstuvwfg"
LOWERED = "ijaklhprstuvmno"  # those that Unicode has as subscripts


class Names:
    """Hands out names while a formula is written from left to right and from the outside in."""

    def __init__(self, taken: Collection[str], free: Collection[Index], letters: str = LETTERS) -> None:
        self._taken = set(taken)
        self._letters = letters
        self._of_size: dict[AnySize, list[str]] = {}
        for index in sorted(free, key=lambda index: index.name):
            self._taken.add(index.name)
            if not index.name.isdigit():
                self._of_size.setdefault(index.size, []).append(index.name)

    def name(self, index: Index, live: Collection[str]) -> str:
        """A name for an index: one that ran over the same size before and is not in use where it is summed, or new."""
        same = self._of_size.setdefault(index.size, [])
        for name in same:
            if name not in live:
                return name
        name = self.fresh()
        self._taken.add(name)
        same.append(name)
        return name

    def fresh(self, wish: str = "", other: str = "") -> str:
        """A name that is not taken, the wish if possible."""
        return next(name for name in self._candidates(wish) if name not in self._taken and name != other)

    def _candidates(self, wish: str) -> Iterator[str]:
        if wish:
            yield wish
        yield from self._letters
        yield from (f"i{number}" for number in count(1))
