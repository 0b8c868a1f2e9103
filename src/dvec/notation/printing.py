"""Formulas as text that parses back: one walk, bottom up, shared by all styles of writing.

May import core and operations.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from dvec.core.algebra import ADD, EYE, HADAMARD, POWER, PRODUCT, TRANSPOSE, transposed
from dvec.core.node import CONSTANT, VARIABLE, Node, make, postorder
from dvec.core.sizes import AnySize, names_of
from dvec.operations.constants import SIZE, UNIT
from dvec.operations.matrix_functions import INVERSE, MATRIX_POWER
from dvec.operations.reductions import TRACE
from dvec.operations.structure import RVEC, VEC

# How tightly what was printed holds together.
# An OPEN piece is a product that needs no brackets among the factors of another. A power binds as an index and a
# transposition do, but what follows its exponent would be read as part of the exponent.
SUM, PRODUCT_LEVEL, ENTRYWISE_LEVEL, OPEN, RAISED, POSTFIX, ATOM = range(7)

LONGEST_TEXT = 2000  # tokens; beyond this, shared and large parts get names
LARGEST_UNNAMED = 300
_ONE, _HALF = Fraction(1), Fraction(1, 2)
LARGEST_TURNED = 300  # tokens; larger parts are not tried in transposed form


class Piece(NamedTuple):
    """Printed text, how tightly it holds together, and how many tokens it has."""

    text: str
    level: int
    tokens: int


class Printer:
    """Plain text. Other styles change the small methods; the walk and the choice of form are here.

    `sizes` says how a size is written as a number of the formula ({"m": "rows(A)"}); `decimals` prints 1/2 as 0.5.
    """

    times = "*"
    entrywise_times = ".*"
    transpose_mark = "'"
    transpose_signs: tuple[str, ...] = ("'", "^T")
    comma = ", "
    where = " where "

    def __init__(
        self, sizes: Mapping[str, str] | None = None, decimals: bool = False, names: Mapping[str, str] | None = None
    ) -> None:
        self.sizes = sizes or {}
        self.names = names or {}  # how some variables are written, where their names do not say it
        self.decimals = decimals
        self.pieces: dict[Node, Piece] = {}
        self.turned: dict[Node, Piece] = {}

    # ------------------------------------------------------------------ the walk

    def write(self, root: Node) -> str:
        """The formula; beyond 2,000 tokens with names for shared parts."""
        for node in postorder(root, self.pieces.__contains__):
            # The text is not made where it would be too long: it can be exponentially longer than the formula.
            if node.args and sum([self.pieces[a].tokens for a in node.args]) > LONGEST_TEXT:
                return self._with_names(root)
            self.pieces[node] = self._shorter(node)
        piece = self.pieces[root]
        return piece.text if piece.tokens <= LONGEST_TEXT else self._with_names(root)

    def piece(self, root: Node) -> Piece:
        if root not in self.pieces:
            for node in postorder(root, self.pieces.__contains__):
                self.pieces[node] = self._shorter(node)
        return self.pieces[root]

    def _with_names(self, root: Node) -> str:
        parents: dict[Node, int] = {}
        names: set[str] = set()
        for node in postorder(root):
            for arg in node.args:
                parents[arg] = parents.get(arg, 0) + 1
            if node.op is VARIABLE:
                names |= {node.params[0], *map(str, names_of(node.rows) | names_of(node.cols))}
        definitions: list[str] = []
        self.pieces.clear()
        self.turned.clear()
        number = 0
        for node in postorder(root):
            piece = self._shorter(node)
            shared = parents.get(node, 0) > 1 and piece.tokens > 4
            if node is not root and node.args and (shared or piece.tokens > LARGEST_UNNAMED):
                number += 1
                while f"T{number}" in names:
                    number += 1
                name = self.name(f"T{number}")
                definitions.append(f"{name} = {piece.text}")
                piece = Piece(name, ATOM, 1)
                self.turned[node] = Piece(f"{name}{self.transpose_mark}", POSTFIX, 2)
            self.pieces[node] = piece
        return self.pieces[root].text + self.where + "; ".join(reversed(definitions))

    def _shorter(self, node: Node) -> Piece:
        """The formula or its transpose transposed, whichever is clearly shorter."""
        plain = self.pieces[node] = self._plain(node)
        if node.op not in (ADD, PRODUCT) or node.scalar or plain.tokens > LARGEST_TURNED:
            return plain
        if sum(map(plain.text.count, self.transpose_signs)) < 2:
            return plain  # a mark that goes saves three tokens at most, too few for the new one and its brackets
        other = self._turned(node)
        if other.level == POSTFIX:
            return plain
        saved = plain.tokens - other.tokens - (1 if other.level == ATOM else 3)
        if saved < (2 if node.op is PRODUCT else 3):
            return plain
        if node.op is PRODUCT and other.text.startswith("-"):
            piece = self.transposed(Piece(other.text[1:], PRODUCT_LEVEL, other.tokens - 1), node)
            return Piece(f"-{piece.text}", SUM, piece.tokens + 1)
        return self.transposed(other, node)

    def _plain(self, node: Node) -> Piece:
        op = node.op
        if op is VARIABLE:
            name = node.params[0]
            return Piece(self.names.get(name) or self.name(name), ATOM, 1)
        if op is CONSTANT:
            return self.number(node.params[0])
        if op is ADD:
            return self._sum(node, False)
        if op is PRODUCT:
            return self._product(node, False)
        if op is HADAMARD:
            return self._entrywise(node)
        if op is POWER:
            return self._power(node)
        if op is MATRIX_POWER:
            return self.power(self.pieces[node.args[0]], self.pieces[node.args[1]], entrywise=False)
        if op is TRANSPOSE:
            return self._transpose(node.args[0])
        if op is INVERSE and node.args[0].op is TRANSPOSE:
            return self.transposed(self.function(node, [self.pieces[node.args[0].args[0]]]), node)
        if op is SIZE:
            return self._size(node.params[0])
        if op is UNIT:
            return self.unit(node, False)
        return self.function(node, [self.pieces[a] for a in node.args])

    def _transpose(self, inner: Node) -> Piece:
        if inner.op is ADD or inner.op is HADAMARD:
            plain = self.pieces[inner]
            # A sum that is printed as a transpose already is turned, not transposed twice.
            return self._turned(inner) if plain.level == POSTFIX else self.transposed(plain, inner)
        if inner.op is VEC:  # vec(A')' is rvec(A)
            argument, plain = self._turned(inner.args[0]), self.pieces[inner.args[0]]
            if argument.tokens > plain.tokens:
                return self.transposed(self.pieces[inner], inner)
            return self.function(make(RVEC, (transposed(inner.args[0]),)), [argument])
        return self._turned(inner)

    def _turned(self, node: Node) -> Piece:
        """The transpose of a node, its marks at the leaves."""
        found = self.turned.get(node)
        if found is None:
            if self.piece(node).tokens <= LARGEST_TURNED:
                for inner in postorder(node, self.turned.__contains__):  # from below, so that nothing recurses
                    self.turned[inner] = self._turn(inner)
            else:
                self.turned[node] = self._turn(node)
            found = self.turned[node]
        return found

    def _turn(self, node: Node) -> Piece:
        if node.scalar or (node.op is VARIABLE and node.has("symmetric")):
            return self.piece(node)
        if node.op is TRANSPOSE:
            return self.piece(node.args[0])
        if self.piece(node).tokens <= LARGEST_TURNED:
            if node.op is ADD:
                return self._sum(node, True)
            if node.op is PRODUCT:
                return self._product(node, True)
        if node.op.transpose is not None and self.piece(node).tokens <= LARGEST_TURNED:
            other = _undoubled(node.op.transpose(*node.args, *node.params))
            if other is node:
                return self.piece(node)
            piece, marked = self.piece(other), self.transposed(self.piece(node), node)
            return piece if piece.tokens <= marked.tokens else marked
        if node.op is UNIT:
            return self.unit(node, True)
        return self.transposed(self.piece(node), node)

    def _of(self, node: Node, turned: bool) -> Piece:
        return self._turned(node) if turned else self.piece(node)

    # ------------------------------------------------------------------ sums

    def _sum(self, node: Node, turned: bool) -> Piece:
        texts: list[str] = []
        tokens = len(node.args) - 1
        for position, term in enumerate(node.args):
            sign, piece = self._signed(term, turned)
            if piece.level < PRODUCT_LEVEL:
                piece = self.bracketed(piece)
            if position == 0:
                texts.append(piece.text if sign > 0 else f"-{piece.text}")
                tokens += sign < 0
            else:
                texts.append(f" {'+' if sign > 0 else '-'} {piece.text}")
            tokens += piece.tokens
        return Piece("".join(texts), SUM, tokens)

    def _signed(self, term: Node, turned: bool) -> tuple[int, Piece]:
        """A term as sign and what follows it."""
        if term.op is CONSTANT and term.params[0] < 0:
            return -1, self.number(-term.params[0])
        if term.op is PRODUCT and term.args[0].op is CONSTANT and term.args[0].params[0] < 0:
            return -1, self._unsigned_product(term, -term.args[0].params[0], turned)
        return 1, self._of(term, turned)

    # ------------------------------------------------------------------ products

    def _product(self, node: Node, turned: bool) -> Piece:
        first = node.args[0]
        if first.op is CONSTANT and first.params[0] < 0:
            piece = self.bracketed(self._unsigned_product(node, -first.params[0], turned), PRODUCT_LEVEL)
            return Piece(f"-{piece.text}", SUM, piece.tokens + 1)
        return self._unsigned_product(node, first.params[0] if first.op is CONSTANT else _ONE, turned)

    def _unsigned_product(self, node: Node, coefficient: Fraction, turned: bool) -> Piece:
        factors = node.args[1:] if node.args[0].op is CONSTANT else node.args
        for factor in factors:  # a number typed in the middle, as in a/2*x
            if factor.op is CONSTANT and factor.params[0] > 0:
                coefficient *= factor.params[0]
        below: list[Piece] = []
        above: list[Piece] = []
        chain: list[Node] = []
        for factor in factors:
            if factor.op is CONSTANT and factor.params[0] > 0:
                continue
            if not factor.scalar:
                chain.append(factor)
            elif (exponent := negative_exponent(factor)) is not None:
                below.append(self._to_power(factor.args[0], -exponent))
            else:
                above.append(self.piece(factor))
        denominators = self._denominators(transposed(chain[0]) if turned else chain[0]) if len(chain) == 1 else []
        if not denominators:
            if above and not chain:
                above[-1] = self._open(above[-1])
            above += self._chain(chain, turned)
        decimal = self._decimal(coefficient)
        if decimal is not None:
            above.insert(0, decimal)
        else:
            if coefficient.numerator != 1:
                above.insert(0, self.number(Fraction(coefficient.numerator)))
            if coefficient.denominator != 1:
                below.insert(0, self.number(Fraction(coefficient.denominator)))
        return self._over_entries(above, below, denominators) if denominators else self.fraction(above, below)

    def _denominators(self, node: Node) -> list[Piece]:
        """What an entrywise product without numerators is divided by: x and y.^2 of 1./x./y.^2; [] for others."""
        inner = node.args[0] if node.op is TRANSPOSE else node
        found: list[Piece] = []
        for factor in inner.args if inner.op is HADAMARD else (inner,):
            exponent = negative_exponent(factor)
            if exponent is None:
                return []
            base = factor.args[0]
            found.append(self._to_power(base if inner is node else transposed(base), -exponent))
        return found

    def _over_entries(self, above: list[Piece], below: list[Piece], denominators: list[Piece]) -> Piece:
        """Scalars take the place of the 1 and join the first denominator: 2*a./(3*x)"""
        if above:
            top = self.product_of([self.bracketed(p, RAISED) for p in above])
            above = [Piece(top.text, RAISED, top.tokens)]  # 2*a./x needs no brackets: both readings are the same
        if below:
            denominators = [self.product_of([*below, self._open(denominators[0])]), *denominators[1:]]
        return self.entrywise_fraction(above, denominators)

    @staticmethod
    def _open(piece: Piece) -> Piece:
        """A scalar such as x'*y needs no brackets as the last factor."""
        return (
            Piece(piece.text, OPEN, piece.tokens) if piece.level == PRODUCT_LEVEL and "/" not in piece.text else piece
        )

    def _decimal(self, value: Fraction) -> Piece | None:
        if not self.decimals or value.denominator == 1:
            return None
        text = repr(float(value))
        return Piece(text, ATOM, 1) if Fraction(text) == value and len(text) <= 12 and "e" not in text else None

    def _to_power(self, base: Node, exponent: Fraction) -> Piece:
        if exponent == 1:
            return self.piece(base)
        if exponent == _HALF:
            return self.root(self.piece(base))
        return self.power(self.piece(base), self.number(exponent), entrywise=not base.scalar)

    def _chain(self, chain: list[Node], turned: bool) -> list[Piece]:
        """The matrix factors, unit vectors written as indices of their neighbours: X'*e*e'*X is X[i,:]'*X[i,:]."""
        if turned:
            return self._chain([transposed(f) for f in reversed(chain)], False)
        pieces: list[Piece] = []
        start = 0
        for end, factor in enumerate(chain, 1):
            if factor.cols == 1 or end == len(chain):  # what a link of width 1 joins stands on its own
                pieces += self._link(chain[start:end])
                start = end
        return pieces

    def _link(self, chain: list[Node]) -> list[Piece]:
        """Factors in a row, unit vectors at their ends written as indices of their neighbours."""
        start, end = 0, len(chain)
        first = last = None
        if end > 1 and chain[0].op is TRANSPOSE and chain[0].args[0].op is UNIT:
            first, start = chain[0].args[0].params[1], 1
        if end - start > 1 and chain[-1].op is UNIT:
            last, end = chain[-1].params[1], end - 1
        inner = chain[start:end]
        if first is None and last is None:
            return [self.piece(f) for f in inner]
        if len(inner) == 1:
            return [self._indexed(inner[0], first, last)]
        pieces = [self.piece(f) for f in inner]
        if first is not None:
            pieces[0] = self._indexed(inner[0], first, None)
        if last is not None:
            pieces[-1] = self._indexed(inner[-1], None, last)
        return pieces

    def _indexed(self, node: Node, row: int | str | None, col: int | str | None) -> Piece:
        """A row, a column or an entry; of a transpose those of what it transposes: X'[i,:] is X[:,i]'."""
        if node.op is UNIT:
            return self._unit_entry(node, row)
        base, other = self.piece(node), self._turned(node)
        turned = other.tokens < base.tokens
        if turned:
            base, row, col = other, col, row
        base = self.bracketed(base, POSTFIX)
        if (node.rows if turned else node.cols) == 1:
            return self.index(base, row, "")
        piece = self.index(base, row, col)
        return self.transposed(piece, node) if turned and (row is None or col is None) else piece

    def _unit_entry(self, node: Node, row: int | str | None) -> Piece:
        """An entry of a unit vector: eye(n)[j,i]"""
        return self.index(self._identity(node), row, node.params[1])

    def _identity(self, node: Node) -> Piece:
        return self.function(make(EYE, (), (node.params[0],)), [])

    def _entrywise(self, node: Node) -> Piece:
        above: list[Piece] = []
        below: list[Piece] = []
        for factor in node.args:
            exponent = negative_exponent(factor)
            if exponent is not None:
                below.append(self._to_power(factor.args[0], -exponent))
            else:
                above.append(self.piece(factor))
        return self.entrywise_fraction(above, below)

    def _power(self, node: Node) -> Piece:
        base, exponent = node.args
        negative = negative_exponent(node)
        if negative is not None:
            below = [self._to_power(base, -negative)]
            return self.fraction([], below) if node.scalar else self.entrywise_fraction([], below)
        if exponent.op is CONSTANT:
            return self._to_power(base, exponent.params[0])
        return self.power(self.pieces[base], self.pieces[exponent], entrywise=not base.scalar)

    def _size(self, size: AnySize) -> Piece:
        names = names_of(size)
        if not names <= self.sizes.keys():
            identity = make(EYE, (), (size,))
            return self.function(make(TRACE, (identity,)), [self.function(identity, [])])
        text = re.sub(r"[^\W\d]\w*", lambda match: self.side(self.sizes[match[0]]), self.size(str(size)))
        tokens = len(re.findall(r"\w+|[^\s\w]", text))
        level = SUM if " " in text else PRODUCT_LEVEL if "*" in text or "/" in text else RAISED if "^" in text else ATOM
        return Piece(text, level, tokens)

    # ------------------------------------------------------------------ what styles change

    def bracketed(self, piece: Piece, level: int = ATOM) -> Piece:
        """The piece, in brackets if it holds together less than the level asks."""
        return piece if piece.level >= level else Piece(f"({piece.text})", ATOM, piece.tokens + 2)

    def name(self, name: str) -> str:
        return name

    def size(self, text: str) -> str:
        return text

    def side(self, text: str) -> str:
        """rows(A) or cols(A)"""
        return text

    def between(self, left: str, right: str) -> str:
        """The sign between two factors."""
        return self.times

    def number(self, value: Fraction) -> Piece:
        if value < 0:
            piece = self.number(-value)
            return Piece(f"-{piece.text}", SUM, piece.tokens + 1)
        decimal = self._decimal(value)
        if decimal is not None:
            return decimal
        if value.denominator == 1:
            return Piece(str(value.numerator), ATOM, 1)
        return Piece(f"{value.numerator}/{value.denominator}", PRODUCT_LEVEL, 3)

    def transposed(self, piece: Piece, node: Node) -> Piece:
        """The transpose of a printed node; of something complex the plain mark would have two meanings."""
        piece = self.bracketed(piece, POSTFIX)
        if node.complex and self.transpose_mark == "'":
            return Piece(piece.text + "^T", RAISED, piece.tokens + 2)
        return Piece(piece.text + self.transpose_mark, POSTFIX, piece.tokens + 1)

    def product_of(self, pieces: list[Piece]) -> Piece:
        if len(pieces) == 1:
            piece = pieces[0]
            return Piece(piece.text, PRODUCT_LEVEL, piece.tokens) if piece.level == OPEN else piece
        joined = [self.bracketed(p, OPEN) for p in pieces[:-1]]
        # 2*A.*X reads as (2*A).*X, which is the same
        keep_last = (
            pieces[-1].level == ENTRYWISE_LEVEL and all(p.level == ATOM for p in pieces[:-1]) and len(pieces) == 2
        )
        joined.append(pieces[-1] if keep_last and self._is_number(pieces[0]) else self.bracketed(pieces[-1], OPEN))
        return Piece(self.in_a_row(joined), PRODUCT_LEVEL, sum([p.tokens for p in joined]) + len(joined) - 1)

    def in_a_row(self, factors: list[Piece]) -> str:
        texts = [p.text for p in factors]
        return texts[0] + "".join([self.between(left, right) + right for left, right in pairwise(texts)])

    @staticmethod
    def _is_number(piece: Piece) -> bool:
        return piece.text[:1].isdigit()

    def fraction(self, above: list[Piece], below: list[Piece]) -> Piece:
        top = self.product_of(above) if above else Piece("1", ATOM, 1)
        if not below:
            return top
        bottom = self.product_of(below)
        bottom = self.bracketed(bottom, RAISED)
        top = self.bracketed(top, PRODUCT_LEVEL)
        return Piece(f"{top.text}/{bottom.text}", PRODUCT_LEVEL, top.tokens + bottom.tokens + 1)

    def entrywise_fraction(self, above: list[Piece], below: list[Piece]) -> Piece:
        parts = [self.bracketed(p, RAISED) for p in above]
        text = self.entrywise_times.join(p.text for p in parts) or "1"
        tokens = sum(p.tokens for p in parts) + max(len(parts) - 1, 0) + (not parts)
        for p in below:
            p = self.bracketed(p, RAISED)
            text += f"./{p.text}"
            tokens += 1 + p.tokens
        return Piece(text, ENTRYWISE_LEVEL, tokens)

    def power(self, base: Piece, exponent: Piece, entrywise: bool) -> Piece:
        base, exponent = self.bracketed(base), self.bracketed(exponent)
        if exponent.text[-1] == "]":  # an index would be one of the whole power
            exponent = Piece(f"({exponent.text})", ATOM, exponent.tokens + 2)
        if base.text[:1].isdigit() and entrywise:
            base = Piece(f"({base.text})", ATOM, base.tokens + 2)
        mark = ".^" if entrywise else "^"
        return Piece(f"{base.text}{mark}{exponent.text}", RAISED, base.tokens + 1 + exponent.tokens)

    def root(self, base: Piece) -> Piece:
        return Piece(f"sqrt({base.text})", ATOM, base.tokens + 3)

    def index(self, base: Piece, row: int | str | None, col: int | str | None) -> Piece:
        """X[i,j], with None for a colon; col "" for a column's single index."""
        inside = f"{':' if row is None else row}" + ("" if col == "" else f",{':' if col is None else col}")
        return Piece(f"{base.text}[{inside}]", ATOM, base.tokens + 3 + 2 * (col != ""))

    def unit(self, node: Node, turned: bool) -> Piece:
        """A unit vector as a column, or a row, of the identity."""
        row, col = (node.params[1], None) if turned else (None, node.params[1])
        return self.index(self._identity(node), row, col)

    def function(self, node: Node, args: list[Piece]) -> Piece:
        """An operation by its name, or as its record says."""
        op = node.op
        if op.text is not None:
            return self.template(op.text, node, args)
        inside = [a.text for a in args] + [parameter_text(p) for p in node.params]
        tokens = 2 + sum(a.tokens for a in args) + len(args) + 2 * len(node.params)
        return Piece(f"{op.name}({self.comma.join(inside)})", ATOM, tokens)

    def template(self, template: str, node: Node, args: list[Piece]) -> Piece:
        text = template.format(*(a.text for a in args), **parameters(node))
        return Piece(
            text, ATOM if text[-1] in ")]" or text.isidentifier() else POSTFIX, 3 + sum(a.tokens for a in args)
        )


def _undoubled(node: Node) -> Node:
    """The node without transposes of transposes among its arguments."""
    args = tuple(transposed(a.args[0]) if a.op is TRANSPOSE else a for a in node.args)
    return node if args == node.args else make(node.op, args, node.params)


def negative_exponent(node: Node) -> Fraction | None:
    """The exponent of a power with a negative number for an exponent."""
    if node.op is POWER and node.args[1].op is CONSTANT and node.args[1].params[0] < 0:
        return node.args[1].params[0]
    return None


def parameters(node: Node) -> dict[str, str]:
    """The parameters of a node by the names that its templates use."""
    names: tuple[str, ...] = node.op.parameters
    return {name: str(value) for name, value in zip(names, node.params, strict=False)}


def parameter_text(value: object) -> str:
    """A parameter inside a call: a size, an index, a pattern in quotes, the sizes of a pattern's letters."""
    if isinstance(value, tuple):
        return ", ".join(f"{letter}={size}" for letter, size in value)  # pyright: ignore[reportUnknownVariableType]
    return f"'{value}'" if isinstance(value, str) and not value.isidentifier() else str(value)


def size_texts(variables: Mapping[str, Node]) -> dict[str, str]:
    """How each size is written as a number of a formula: by the first variable that has it."""
    found: dict[str, str] = {}
    for name, node in variables.items():
        for side, function in ((node.rows, "rows"), (node.cols, "cols")):
            if not isinstance(side, int) and len(side.names) == 1 and side.text in side.names:
                found.setdefault(side.text, f"{function}({name})")
    return found
