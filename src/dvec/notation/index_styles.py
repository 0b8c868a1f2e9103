"""Entries as text, in Unicode and in LaTeX. Brackets and fractions are those of matrix notation.

May import core, operations and the rest of notation.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from fractions import Fraction

from dvec.core.node import Node
from dvec.notation.index_entries import Entry, Index
from dvec.notation.index_names import LETTERS, LOWERED, Names
from dvec.notation.names import latex_name
from dvec.notation.printing import ATOM, OPEN, PRODUCT_LEVEL, SUM, Piece, Printer
from dvec.notation.styles import LatexPrinter, UnicodePrinter

Scope = dict[Index, str]
_SUBSCRIPTS = dict(zip("0123456789aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", strict=True))


class Style:
    """Plain text, and the walk: from the outside in for names, from the inside out for what is written.

    A power below a line is passed up without the line, which a product then draws for all its factors.
    """

    letters = LETTERS

    def __init__(self, printer: Printer) -> None:
        self.printer = printer

    def write(self, root: Entry, taken: Collection[str]) -> str:
        """The entry as text; summed indices get names that are not taken."""
        names = Names(taken, root.free, self.letters)
        stack: list[tuple[Entry, Scope, bool]] = [(root, {index: index.name for index in root.free}, False)]
        done: list[Piece] = []
        while stack:
            entry, scope, ready = stack.pop()
            if not ready:
                scope = self._opened(entry, scope, names)
                stack.append((entry, scope, True))
                stack.extend((part, scope, False) for part in reversed(entry.parts))
                continue
            start = len(done) - len(entry.parts)
            parts = done[start:]
            if entry.kind != "times":
                parts = [self._lined(part, piece) for part, piece in zip(entry.parts, parts, strict=True)]
            done[start:] = [self.piece(entry, parts, scope)]
        return self._lined(root, done[0]).text

    @staticmethod
    def _opened(entry: Entry, scope: Scope, names: Names) -> Scope:
        """The names inside an entry: a sum adds its own."""
        if entry.kind != "sum":
            return scope
        scope = {index: name for index, name in scope.items() if index not in entry.value}
        for index in entry.value:
            scope[index] = names.name(index, scope.values())
        return scope

    def _lined(self, entry: Entry, piece: Piece) -> Piece:
        return self.printer.fraction([], [piece]) if _below(entry) else piece

    def piece(self, entry: Entry, parts: list[Piece], scope: Scope) -> Piece:
        kind, value = entry.kind, entry.value
        if kind == "number":
            return self.printer.number(value)
        if kind == "atom":
            return self.atom(value[0], [scope[index] for index in value[1:] if index is not None])
        if kind == "delta":
            return self.delta(value[0], [scope[index] for index in value])
        if kind == "plus":
            return self._plus(parts)
        if kind == "times":
            return self._times(entry, parts)
        if kind == "power":
            return self._power(entry, *parts)
        if kind == "call":
            return self.printer.function(value, parts)
        return self.sum([scope[index] for index in value], parts[0])

    # ------------------------------------------------------------------ sums, products, powers

    @staticmethod
    def _plus(parts: list[Piece]) -> Piece:
        text = parts[0].text
        for part in parts[1:]:
            negative = part.level == SUM and part.text.startswith("-")
            text += f" - {part.text[1:]}" if negative else f" + {part.text}"
        return Piece(text, SUM, sum(part.tokens for part in parts) + len(parts) - 1)

    def _times(self, entry: Entry, parts: list[Piece]) -> Piece:
        above: list[Piece] = []
        below: list[Piece] = []
        negative = False
        for factor, piece in zip(entry.parts, parts, strict=True):
            if factor.kind == "number":
                negative = factor.value < 0
                self._coefficient(abs(factor.value), above, below)
            else:
                (below if _below(factor) else above).append(piece)
        if above and entry.parts[-1].kind == "sum":
            above[-1] = Piece(above[-1].text, OPEN, above[-1].tokens)
        found = self._over_number(above, below) or self.printer.fraction(above, below)
        if not negative:
            return found
        found = self.printer.bracketed(found, PRODUCT_LEVEL)
        return Piece(f"-{found.text}", SUM, found.tokens + 1)

    def _over_number(self, above: list[Piece], below: list[Piece]) -> Piece | None:
        """lambda/2*(…) rather than lambda*(…)/2."""
        front = next((k for k, piece in enumerate(above) if piece.level != ATOM or piece.tokens > 6), len(above))
        if len(below) != 1 or not below[0].text.isdigit() or not 0 < front < len(above):
            return None
        quotient = self.printer.fraction(above[:front], below)
        return self.printer.product_of([Piece(quotient.text, OPEN, quotient.tokens), *above[front:]])

    def _coefficient(self, value: Fraction, above: list[Piece], below: list[Piece]) -> None:
        whole = self.printer.number(value)
        if value.denominator == 1 or whole.level == ATOM:
            above += [whole] if value != 1 else []
            return
        above += [self.printer.number(Fraction(value.numerator))] if value.numerator != 1 else []
        below.append(self.printer.number(Fraction(value.denominator)))

    def _power(self, entry: Entry, base: Piece, exponent: Piece) -> Piece:
        value = entry.parts[1].value if entry.parts[1].kind == "number" else None
        if value is not None:
            if abs(value) == 1:
                return base
            if abs(value) == Fraction(1, 2):
                return self.printer.root(base)
            exponent = self.printer.number(abs(value))
        return self.printer.power(base, exponent, entrywise=False)

    # ------------------------------------------------------------------ what styles change

    def atom(self, node: Node, indices: list[str]) -> Piece:
        """A formula in matrix notation, or one entry of it."""
        piece = self.printer.piece(node)
        return self.indexed(self.printer.bracketed(piece), indices) if indices else piece

    def indexed(self, base: Piece, indices: list[str]) -> Piece:
        return Piece(f"{base.text}[{','.join(indices)}]", ATOM, base.tokens + 2 * len(indices) + 1)

    def delta(self, index: Index, indices: list[str]) -> Piece:
        return self.indexed(Piece(f"eye({index.size})", ATOM, 4), indices)

    def sum(self, indices: list[str], body: Piece) -> Piece:
        return Piece(f"sum({','.join(indices)}: {body.text})", ATOM, body.tokens + 2 * len(indices) + 3)


class UnicodeStyle(Style):
    """For the eye on a terminal: Σₐ Uᵢₐ Vⱼₐ; indices in brackets where Unicode lacks the letters."""

    letters = LOWERED
    lowered = True

    def write(self, root: Entry, taken: Collection[str]) -> str:
        try:
            return super().write(root, taken)
        except KeyError:
            self.lowered, self.letters = False, LETTERS
            return super().write(root, taken)

    def indexed(self, base: Piece, indices: list[str]) -> Piece:
        if not self.lowered:
            return super().indexed(base, indices)
        return Piece(base.text + self._subscript(indices), ATOM, base.tokens + len(indices))

    def delta(self, index: Index, indices: list[str]) -> Piece:
        return self.indexed(Piece("δ", ATOM, 1), indices)

    def sum(self, indices: list[str], body: Piece) -> Piece:
        below = self._subscript(indices) if self.lowered else f"[{','.join(indices)}]"
        body = self.printer.bracketed(body, PRODUCT_LEVEL)
        return Piece(f"Σ{below} {body.text}", PRODUCT_LEVEL, body.tokens + 2)

    @staticmethod
    def _subscript(indices: list[str]) -> str:
        return "".join(_SUBSCRIPTS[letter] for name in indices for letter in name)


class LatexStyle(Style):
    """For papers: \\sum_{a} U_{ia} V_{ja}"""

    def indexed(self, base: Piece, indices: list[str]) -> Piece:
        text = f"{{{base.text}}}" if base.text.endswith("}") and "_{" in base.text else base.text
        return Piece(f"{text}_{{{_joined(indices)}}}", ATOM, base.tokens + len(indices))

    def delta(self, index: Index, indices: list[str]) -> Piece:
        return Piece(rf"\delta_{{{_joined(indices)}}}", ATOM, 1 + len(indices))

    def sum(self, indices: list[str], body: Piece) -> Piece:
        body = self.printer.bracketed(body, PRODUCT_LEVEL)
        return Piece(rf"\sum_{{{','.join(map(latex_name, indices))}}} {body.text}", PRODUCT_LEVEL, body.tokens + 2)


def _joined(indices: list[str]) -> str:
    return ("" if all(len(name) == 1 for name in indices) else ",").join(map(latex_name, indices))


def _below(entry: Entry) -> bool:
    """Whether an entry is a power with a negative number for an exponent."""
    return entry.kind == "power" and entry.parts[1].kind == "number" and entry.parts[1].value < 0


def text_style(sizes: Mapping[str, str], decimals: bool) -> Style:
    return Style(Printer(sizes, decimals))


def unicode_style(sizes: Mapping[str, str], decimals: bool) -> Style:
    return UnicodeStyle(UnicodePrinter(sizes, decimals))


def latex_style(sizes: Mapping[str, str], decimals: bool) -> Style:
    return LatexStyle(LatexPrinter(sizes, decimals))
