"""Formulas in Unicode and in LaTeX: the same walk as plain text, other signs.

May import core, operations and the rest of notation.
"""

from __future__ import annotations

import re
from collections.abc import Set

from dvec.core.algebra import EYE
from dvec.core.node import VARIABLE, Node, Op, postorder
from dvec.notation.names import latex_name, superscript, unicode_name
from dvec.notation.printing import (
    ATOM,
    ENTRYWISE_LEVEL,
    OPEN,
    POSTFIX,
    PRODUCT_LEVEL,
    RAISED,
    SUM,
    Piece,
    Printer,
    parameter_text,
    parameters,
)
from dvec.operations.constants import COMMUTATION, DUPLICATION, ELIMINATION, SIZE, UNIT

_BARS = ("‖", r"\|", r"\left|")
_SUMS = ("{0} ⊕ {1}", r"{0} \oplus {1}")
_LETTERS: dict[Op, str] = {EYE: "I", SIZE: "I", UNIT: "eI", COMMUTATION: "K", DUPLICATION: "D", ELIMINATION: "L"}
_FUNCTIONS = (r"\sigma", r"\lambda_{max}", r"\lambda_{min}")  # what variables may be called too
_INDEXED = re.compile(r"_\{[^{}]*\}$")


class UnicodePrinter(Printer):
    """For the eye on a terminal: 2 (U Vᵀ - Y) V + λ U"""

    times = " "
    entrywise_times = " ⊙ "
    transpose_mark = "ᵀ"
    transpose_signs = ("ᵀ",)

    def name(self, name: str) -> str:
        return unicode_name(name)

    def between(self, left: str, right: str) -> str:
        return "·" if run_together(left, right, ("σ",), "(") else self.times

    def transposed(self, piece: Piece, node: Node) -> Piece:
        if piece.level >= POSTFIX and piece.text.endswith("⁻¹"):  # an inverse, no sum that ends in one
            return Piece(piece.text[:-1] + "ᵀ", POSTFIX, piece.tokens)
        return super().transposed(piece, node)

    def power(self, base: Piece, exponent: Piece, entrywise: bool) -> Piece:
        raised = superscript(exponent.text)
        if raised is None:
            return super().power(base, exponent, entrywise)
        base = self.bracketed(base)
        mark = "∘" if entrywise else ""
        return Piece(base.text + mark + raised, RAISED, base.tokens + 2)

    def root(self, base: Piece) -> Piece:
        return Piece(f"√{self.bracketed(base).text}", POSTFIX, base.tokens + 1)

    def function(self, node: Node, args: list[Piece]) -> Piece:
        if node.op.unicode is None:
            return super().function(node, args)
        return styled(self, node.op.unicode, node, args)


class LatexPrinter(Printer):
    """For papers: 2 \\left(U V^{\\top} - Y\\right) V + \\lambda U"""

    times = " "
    entrywise_times = r" \odot "
    transpose_mark = r"^{\top}"
    transpose_signs = (r"\top",)
    where = r" \quad \text{where } "
    written: Set[str] = frozenset()  # the names in the formula
    special: Set[str] = frozenset()  # the letters of its constant matrices

    def write(self, root: Node) -> str:
        """The formula; an entry of x is no x_{1} beside a variable of that name, an entry of e no unit vector."""
        nodes = list(postorder(root))
        self.written = {self.name(node.params[0]) for node in nodes if node.op is VARIABLE}
        self.special = {letter for node in nodes for letter in _LETTERS.get(node.op, "")}
        return super().write(root)

    def name(self, name: str) -> str:
        return latex_name(name)

    def side(self, text: str) -> str:
        function, _, name = text.rstrip(")").partition("(")
        return rf"\operatorname{{{function}}}\left({self.name(name)}\right)"

    def size(self, text: str) -> str:
        return re.sub(r"\^(\d+)", r"^{\1}", text)

    def between(self, left: str, right: str) -> str:
        return r" \cdot " if run_together(left, right, _FUNCTIONS, r"\left(") else self.times

    def bracketed(self, piece: Piece, level: int = ATOM) -> Piece:
        if piece.level >= level:
            return piece
        return Piece(rf"\left({piece.text}\right)", ATOM, piece.tokens + 2)

    def transposed(self, piece: Piece, node: Node) -> Piece:
        if piece.level >= POSTFIX and piece.text.endswith("^{-1}"):  # an inverse, no sum that ends in one
            return Piece(piece.text[: -len("^{-1}")] + r"^{-\top}", POSTFIX, piece.tokens)
        piece = self.bracketed(piece)  # two superscripts in a row are no LaTeX
        return Piece(piece.text + self.transpose_mark, POSTFIX, piece.tokens + 1)

    def product_of(self, pieces: list[Piece]) -> Piece:
        if len(pieces) == 1:
            return super().product_of(pieces)
        joined = [self.bracketed(p, OPEN) for p in pieces]
        return Piece(self.in_a_row(joined), PRODUCT_LEVEL, sum(p.tokens for p in joined))

    def fraction(self, above: list[Piece], below: list[Piece]) -> Piece:
        if not below:
            return self.product_of(above) if above else Piece("1", ATOM, 1)
        bottom = self.product_of(below)
        matrices = [p for p in above if p.level < POSTFIX or len(above) > 3]
        if len(above) > 1 and matrices and below and len(below) == 1 and bottom.text.isdigit():
            front, rest = self._numbers(above)
            inner = self.product_of(rest)
            head = rf"\frac{{{front}}}{{{bottom.text}}}"
            return Piece(f"{head} {self.bracketed(inner, OPEN).text}", PRODUCT_LEVEL, inner.tokens + 3)
        top = self.product_of(above) if above else Piece("1", ATOM, 1)
        return Piece(rf"\frac{{{top.text}}}{{{bottom.text}}}", OPEN, top.tokens + bottom.tokens + 1)

    @staticmethod
    def _numbers(above: list[Piece]) -> tuple[str, list[Piece]]:
        return (above[0].text, above[1:]) if above[0].text.isdigit() else ("1", above)

    def entrywise_fraction(self, above: list[Piece], below: list[Piece]) -> Piece:
        if not below:
            return super().entrywise_fraction(above, below)
        top = self._row(above) if above else "1"
        tokens = sum(p.tokens + 1 for p in (*above, *below))
        return Piece(rf"{top} \oslash {self._row(below)}", ENTRYWISE_LEVEL, tokens)

    def _row(self, factors: list[Piece]) -> str:
        """Factors of an entrywise product beside the sign of division: several stand in brackets."""
        piece = super().entrywise_fraction(factors, [])
        return self.bracketed(piece, RAISED if len(factors) > 1 else SUM).text

    def power(self, base: Piece, exponent: Piece, entrywise: bool) -> Piece:
        base = self.bracketed(base)
        mark = r"\odot " if entrywise else ""
        return Piece(f"{base.text}^{{{mark}{exponent.text}}}", RAISED, base.tokens + exponent.tokens + 1)

    def root(self, base: Piece) -> Piece:
        return Piece(rf"\sqrt{{{base.text}}}", ATOM, base.tokens + 1)

    def index(self, base: Piece, row: int | str | None, col: int | str | None) -> Piece:
        inside = f"{':' if row is None else row}" + ("" if col == "" else f",{':' if col is None else col}")
        base = self.bracketed(base)
        if _INDEXED.search(base.text) or base.text in self.special or f"{base.text}_{{{inside}}}" in self.written:
            base = self.bracketed(base, ATOM + 1)  # two subscripts in a row are no LaTeX
        return Piece(f"{base.text}_{{{inside}}}", ATOM, base.tokens + 3)

    def unit(self, node: Node, turned: bool) -> Piece:
        piece = self.function(node, [])
        if piece.text in self.written:  # a variable is called e_1
            return super().unit(node, turned)
        return self.transposed(piece, node) if turned else piece

    def function(self, node: Node, args: list[Piece]) -> Piece:
        template = node.op.latex
        if template is None:
            inside = ", ".join([*(a.text for a in args), *map(_parameter, node.params)])
            name = node.op.name.replace("_", r"\_")
            return Piece(rf"\operatorname{{{name}}}\left({inside}\right)", ATOM, sum(a.tokens for a in args) + 3)
        if "({0})" in template:
            template = template.replace("({0})", r"\left({0}\right)")
        return styled(self, template, node, args)


def run_together(left: str, right: str, functions: tuple[str, ...], bracket: str) -> bool:
    """Whether two factors would be read as one number, or a variable and a bracket as a function of what is in it."""
    return (left[-1:].isdecimal() and right[:1].isdecimal()) or (left in functions and right.startswith(bracket))


def _parameter(value: object) -> str:
    text = parameter_text(value)
    return rf"\text{{{text}}}".replace("->", r"$\to$").replace("'", "") if isinstance(value, str) else text


def styled(printer: Printer, template: str, node: Node, args: list[Piece]) -> Piece:
    """A template filled in; arguments in brackets where the sign stands beside them rather than around them."""
    bars = next((sign for sign in _BARS if template.startswith(sign)), None)
    if template.startswith("{0} "):
        least, level = POSTFIX, SUM if template in _SUMS else ENTRYWISE_LEVEL
    elif template.startswith("{0}"):
        least, level = ATOM, POSTFIX
    elif bars is not None:  # bars within bars would be taken for the ones that close
        least, level = (ATOM + 1 if bars in args[0].text else SUM), ATOM
    else:  # what is raised behind a bar would be so under the logarithm
        least, level = SUM, RAISED if template.endswith("|") else ATOM
    text = template.format(
        *(printer.bracketed(a, least).text for a in args), **{k: printer.size(v) for k, v in parameters(node).items()}
    )
    return Piece(text, level, 2 + sum(a.tokens for a in args))
