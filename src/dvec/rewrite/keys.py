"""Exact keys of canonical formulas: equal up to the order of sums, transposition of scalars, rotation of traces.

May import core and operations.
"""

from __future__ import annotations

from typing import Any

from dvec.core.algebra import ADD, HADAMARD, PRODUCT, TRANSPOSE
from dvec.core.node import CONSTANT, VARIABLE, Node, postorder
from dvec.operations.reductions import TRACE

LONGEST_ROTATED = 200  # longer traces are compared as they stand: rotation costs the square of the length


class Keys:
    """Numbers that are equal exactly for formulas that the canonical form holds equal; each is computed once."""

    def __init__(self) -> None:
        self._numbers: dict[Any, int] = {}
        self._key: dict[Node, int] = {}
        self._turned: dict[Node, int] = {}

    def key(self, node: Node) -> int:
        known = self._key
        found = known.get(node)
        if found is None:
            for arg in node.args:
                if arg not in known:
                    self._see_to(arg)
            self._compute(node)
            found = known[node]
        return found

    def _see_to(self, node: Node) -> None:
        if node not in self._key:
            for n in postorder(node, self._key.__contains__):
                self._compute(n)

    def transposed(self, node: Node) -> int:
        """The key that the transpose of the node has."""
        self.key(node)
        return self._turned[node]

    def of_sum(self, terms: list[Node]) -> int:
        return self._number(("+", frozenset(map(self.key, terms))))

    def _number(self, structure: Any) -> int:
        return self._numbers.setdefault(structure, len(self._numbers))

    def _compute(self, n: Node) -> None:
        key, turned = self._key, self._turned
        op = n.op
        if op is TRANSPOSE:
            key[n], turned[n] = turned[n.args[0]], key[n.args[0]]
            return
        if op is PRODUCT:
            key[n], turned[n] = self._product(n)
            return
        here = self._number(self._structure(n, self._key))
        key[n] = here
        if n.scalar or (op is HADAMARD and n.has("diagonal")):
            turned[n] = here
        elif op is ADD or op is HADAMARD:
            turned[n] = self._number(self._structure(n, self._turned))
        elif op is VARIABLE:
            turned[n] = here if n.has("symmetric") else self._number(("'", here))
        elif op.derivative is not None:  # f(X)' = f(X')
            turned[n] = self._number((op.name, n.params, tuple([turned[a] for a in n.args])))
        elif op.transpose is not None:
            turned[n] = self._of_transpose(n)
        else:
            turned[n] = self._number(("'", here))

    def _of_transpose(self, n: Node) -> int:
        """The record says what the transpose is; its arguments are transposes of ours, whose keys are known."""
        assert n.op.transpose is not None
        other = n.op.transpose(*n.args, *n.params)
        if other is n:
            return self._key[n]
        for arg in other.args:
            self._see_to(arg)
        if other.op in (ADD, HADAMARD, PRODUCT, TRANSPOSE):
            return self._number(("'", self._key[n]))
        return self._number(self._structure(other, self._key))

    def _structure(self, n: Node, of: dict[Node, int]) -> Any:
        op = n.op
        if op is VARIABLE or op is CONSTANT:
            return n
        if op is ADD or op is HADAMARD:
            return (op.name, frozenset([of[a] for a in n.args]))
        if op is TRACE:
            return ("tr", self._rotated(n.args[0]))
        if op.invariant:
            arg = n.args[0]
            return (op.name, n.params, min(self._key[arg], self._turned[arg]))
        return (op.name, n.params, tuple([self._key[a] for a in n.args]))

    def _product(self, n: Node) -> tuple[int, int]:
        """The keys of a product and of its transpose."""
        scalars: list[int] = []
        chain: list[int] = []
        turned: list[int] = []
        for a in n.args:
            if a.scalar:
                scalars.append(self._key[a])
            else:
                chain.append(self._key[a])
                turned.append(self._turned[a])
        turned.reverse()
        if n.scalar:
            here = self._number(("*", frozenset(scalars), tuple(min(chain, turned))))
            return here, here
        outer = frozenset(scalars)
        return self._number(("*", outer, tuple(chain))), self._number(("*", outer, tuple(turned)))

    def _rotated(self, arg: Node) -> Any:
        """The least of all rotations of the chain under a trace and of its transpose."""
        chain = arg.args if arg.op is PRODUCT else (arg,)
        forwards = [self._key[a] for a in chain]
        backwards = [self._turned[a] for a in reversed(chain)]
        if len(chain) > LONGEST_ROTATED:
            return min(tuple(forwards), tuple(backwards))
        rotations = [tuple(k[i:] + k[:i]) for k in (forwards, backwards) for i in range(len(k))]
        return min(rotations)
