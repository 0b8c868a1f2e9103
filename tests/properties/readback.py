"""A reader of the formulas in Unicode and LaTeX: it says in plain text, every bracket written, what a reader would see.

It knows nothing of the printers but the signs that they use, so that a bracket that is missing shows in the values.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from dvec.answers.expr import Expr
from dvec.core.node import Node, postorder
from dvec.notation.names import latex_name


class Unreadable(AssertionError):  # noqa: N818
    """The formula has no meaning, or more than one."""


class Untold(Exception):  # noqa: N818
    """The formula leaves out what its reader has to know: which of two sizes e_{1} has, or unvech(x)."""


INFIX = {"/": "/", "⊙": ".*", "./": "./", "⊘": "./", "⊗": "kron", "⊕": "dsum", "KR": "khatri"}
DIVIDED = ("/", ".*", "./")
SPECIAL = {
    "I": ("eye", "unit", "size"), "K": ("commutation",), "D": ("duplication",), "L": ("elimination",)
}  # fmt: skip
FIRST_ARE_FORMULAS = {"khatri": 2, "diff": 2} | dict.fromkeys(
    ("eye", "ones", "zeros", "commutation", "duplication", "elimination"), 0
)  # of the arguments, the others being sizes, words and patterns; of all other functions the first

# ------------------------------------------------------------------ what both styles share


class Reader:
    """Sums, products and quotients by recursive descent. What is raised, and what stands alone, the styles read."""

    def __init__(self, source: str, tokens: list[tuple[str, int]], expr: Expr) -> None:
        self.source = source
        self.tokens = [*tokens, ("", len(source))]
        self.at = 0
        self.bars: list[str] = []  # those that are open
        self.nodes = list(postorder(expr.node))

    @property
    def next(self) -> str:
        return self.tokens[self.at][0]

    def skip(self, *signs: str) -> bool:
        found = self.next in signs
        self.at += found
        return found

    def expect(self, sign: str) -> None:
        if not self.skip(sign):
            raise self.error(f"{sign} is expected")

    def error(self, what: str) -> Unreadable:
        at = self.tokens[self.at][1]
        return Unreadable(f"{what}: {self.source[:at]} >>> {self.source[at:]}")

    def whole(self) -> str:
        text = self.sum()
        if self.next:
            raise self.error("not understood")
        return text

    def sum(self) -> str:
        text = f"(-{self.entrywise()})" if self.skip("-") else self.entrywise()
        while self.next in ("+", "-"):
            text += f" {self.take()} {self.entrywise()}"
        return f"({text})"

    def entrywise(self) -> str:
        """Products joined by ⊙ and by signs of division, from left to right; other signs do not mix with them.

        The Kronecker product may: (A ⊗ B)/a is A ⊗ (B/a).
        """
        text, met = self.product(), ""
        while self.next in INFIX:
            sign = INFIX[self.take()]
            if met and not (met in DIVIDED and sign in DIVIDED) and (met, sign) != ("kron", "/"):
                raise self.error(f"a second {sign} without brackets")
            met = sign
            other = self.factor() if sign in ("/", "./") else self.product()
            if not self.ends_product():
                raise self.error("a factor behind a quotient")
            text = f"({text}{sign}{other})" if sign in DIVIDED else f"{sign}({text}, {other})"
        return text

    def product(self) -> str:
        text = self.factor()
        while not self.ends_product():
            self.skip("·", "*")
            text += f"*{self.factor()}"
        return f"({text})"

    def ends_product(self) -> bool:
        sign = self.next
        return sign in ("", "+", "-", ")", ",", "}", *INFIX) or (bool(self.bars) and sign == self.bars[-1])

    def take(self) -> str:
        self.at += 1
        return self.tokens[self.at - 1][0]

    def within(self, closing: str) -> str:
        """A formula in brackets; bars outside of them are out of sight."""
        bars, self.bars = self.bars, []
        text = self.sum()
        self.expect(closing)
        self.bars = bars
        return text

    def barred(self, closing: str) -> str:
        self.bars.append(closing)
        text = self.sum()
        self.expect(closing)
        self.bars.pop()
        return text

    def raw(self, *ends: str) -> str:
        """What stands up to a comma or a bracket, as it is."""
        start, depth = self.tokens[self.at][1], 0
        while self.next and (depth or self.next not in ends):
            sign = self.take()
            depth += sign.endswith(("(", "{")) - (sign in (")", "}"))
        return self.source[start : self.tokens[self.at][1]].strip()

    def arguments(self, name: str) -> str:
        """Behind the opening parenthesis of a function."""
        formulas = FIRST_ARE_FORMULAS.get(name, 1)
        bars, self.bars = self.bars, []
        texts: list[str] = []
        while not texts or self.skip(","):
            texts.append(self.sum() if len(texts) < formulas else self.option())
        self.expect(")")
        self.bars = bars
        if name == "diff":
            texts[1] = texts[1].strip("()")
        return f"{name}({', '.join(texts)})"

    def option(self) -> str:
        return self.raw(",", ")")

    def factor(self) -> str:
        raise NotImplementedError


# ------------------------------------------------------------------ Unicode

_RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺ᵏⁿᵀ"
_LOWERED = str.maketrans(_RAISED, "0123456789-+knT")
_UNICODE = re.compile(
    rf"\s*([^\W\d_{_RAISED}][^\W{_RAISED}]*\(?|\d+(?:\.\d+)?|'[^']*'|∘?[{_RAISED}]+|\[[^\]]*\]|\.[/^]|\S)"
)
_UNICODE_NAMES = {"σ": "sigmoid", "I": "eye", "K": "commutation"}


class UnicodeReader(Reader):
    def __init__(self, source: str, expr: Expr) -> None:
        super().__init__(source, [(m[1], m.start(1)) for m in _UNICODE.finditer(source)], expr)

    def factor(self) -> str:
        if self.skip("√"):
            text = self.atom()
            if self.next[:1] in "∘^" + _RAISED.replace("ᵀ", "") and self.next:
                raise self.error("a power of a root, or the root of a power")
            text = f"sqrt({text})"
        else:
            text = self.atom()
        while self.next[:1] in ("∘", "[", *_RAISED) and self.next:
            text = f"({text}{self.next if self.next[0] == '[' else raised(self.next)})"
            self.at += 1
        if self.next in ("^", ".^"):
            text = f"({text}{self.take()}({self.atom()}))"
        while self.next[:1] == "[":
            text = f"{text}{self.take()}"
        return text

    def atom(self) -> str:
        sign = self.take()
        if sign == "(":
            text = self.within(")")
        elif sign == "‖":
            text = f"norm2({self.barred('‖')})"
        elif sign.endswith("("):
            text = self.arguments(_UNICODE_NAMES.get(sign[:-1], sign[:-1]))
        elif sign[:1].isalnum():
            if sign[0].isdecimal() and self.next[:1].isdecimal():
                raise self.error("two numbers in a row")
            text = sign
        else:
            self.at -= 1
            raise self.error("a factor is expected")
        while self.next[:1] == "[":
            text = f"{text}{self.take()}"
        return text


def raised(sign: str) -> str:
    dot, exponent = (".", sign[1:]) if sign[0] == "∘" else ("", sign)
    exponent = exponent.translate(_LOWERED)
    return f"{dot}^{exponent}" if exponent in ("T", "-T", "+") else f"{dot}^({exponent})"


# ------------------------------------------------------------------ LaTeX

_LATEX = re.compile(
    r"\s*(\\odot_\{\\mathrm\{KR\}\}|\\left(?:\(|\||\\\|)|\\right(?:\)|\||\\\|)|\\text\{[^}]*\}|\\[A-Za-z]+|\\.|\d+(?:\.\d+)?|\S)"
)
_SIGNS = {
    r"\left(": "(", r"\right)": ")", r"\odot": "⊙", r"\oslash": "⊘", r"\otimes": "⊗", r"\oplus": "⊕", r"\cdot": "·",
    r"\odot_{\mathrm{KR}}": "KR",
}  # fmt: skip
_FUNCTIONS = {r"\arcsin": "asin", r"\arccos": "acos", r"\arctan": "atan"} | {
    rf"\{name}": name for name in ("exp", "log", "sin", "cos", "tan", "sinh", "cosh", "tanh", "det")
}
_NORMS = {
    "": "norm2({})", "1": "norm1({})", "2": "norm({})", r"1\to 1": "norm({}, 1)", r"\infty": "norm({}, inf)",
    "*": "norm({}, 'nuc')", r"\max": "norm({}, 'max')",
}  # fmt: skip


class LatexReader(Reader):
    def __init__(self, source: str, expr: Expr) -> None:
        tokens = [(_SIGNS.get(m[1], m[1]), m.start(1)) for m in _LATEX.finditer(source)]
        super().__init__(source, tokens, expr)
        self.names = {latex_name(name): name for name in expr.scope.variables}
        self.occurs = {node.op.name for node in self.nodes}

    def ends_product(self) -> bool:
        return super().ends_product() or self.next in (r"\right|", "=", ";")

    def factor(self) -> str:
        text = self.atom()
        if self.next == "_":
            text = f"{text}[{self.subscript()}]"
        if self.skip("^"):
            self.expect("{")
            text = f"({self.raised(text)})"
            if self.next in ("^", "_"):
                raise self.error("two superscripts in a row, or an index behind one")
        return text

    def subscript(self) -> str:
        self.expect("_")
        if self.skip("{"):
            text = self.raw("}")
            self.expect("}")
            return text
        return self.take()

    def option(self) -> str:
        word = re.fullmatch(r"\\text\{(.*)\}", text := super().option())
        return f"'{word[1]}'".replace(r"$\to$", "->") if word else text

    def sizes(self) -> str:
        return re.sub("[{}]", "", self.subscript().replace(r"\times ", ", "))

    def raised(self, base: str) -> str:
        for sign, plain in ((r"\top", "^T"), (r"-\top", "^-T"), ("+", "^+")):
            start = self.at
            if self.raw("}") == sign:
                self.expect("}")
                return base + plain
            self.at = start
        if self.raw("}") == "1/2":
            self.expect("}")
            return f"sqrtm({base})"
        self.at = start
        mark = ".^" if self.skip("⊙") else "^"
        return f"{base}{mark}{self.within('}')}"

    def braces(self) -> str:
        self.expect("{")
        return self.within("}")

    def word(self) -> str:
        self.expect("{")
        text = self.raw("}")
        self.expect("}")
        return text.replace(r"\_", "_")

    def atom(self) -> str:
        sign = self.take()
        if sign == "(":
            return self.within(")")
        if sign == r"\left|":
            return "abs(" + self.barred(r"\right|") + ")"
        if sign == r"\|":
            text = self.barred(r"\|")
            return _NORMS[self.subscript() if self.next == "_" else ""].format(text)
        if sign == r"\frac":
            return f"({self.braces()}/{self.braces()})"
        if sign == r"\sqrt":
            return f"sqrt({self.braces()})"
        if sign == r"\overline":
            return f"conj({self.braces()})"
        if sign == r"\log" and self.next == r"\left|":
            return f"log({self.factor()})"  # log |x|² is the logarithm of a square
        if sign in _FUNCTIONS:
            self.expect("(")
            return self.arguments(_FUNCTIONS[sign])
        if sign == r"\operatorname":
            return self.operator()
        if sign == r"\mathbf":
            name = {"1": "ones", "0": "zeros"}[self.word()]
            return f"{name}({self.sizes()})"
        if sign == r"\sigma" and self.skip("("):
            return self.arguments("sigmoid")
        if sign == r"\pi":
            return "pi"
        if sign == r"\lambda" and self.next == "_":
            return self.lambda_()
        if sign[:1].isdecimal():
            if self.next[:1].isdecimal():
                raise self.error("two numbers in a row")
            return sign
        return self.name(sign)

    def operator(self) -> str:
        name = self.word()
        sizes = self.sizes() if self.next == "_" else ""
        self.expect("(")
        text = self.arguments(name)
        if name == "unvech":
            sizes = self.one_of({str(n.params[0]) for n in self.nodes if n.op.name == name})
        return f"{text[:-1]}, {sizes})" if sizes else text

    def lambda_(self) -> str:
        start = self.at
        kind = self.subscript()
        if kind in (r"\max", r"\min"):
            self.expect("(")
            return self.arguments(f"eig{kind[1:]}")
        self.at = start
        return self.name(r"\lambda")

    def name(self, sign: str) -> str:
        """A variable, an entry of one, or a constant matrix with its sizes for an index."""
        base = f"\\mathrm{{{self.word()}}}" if sign == r"\mathrm" else sign
        if self.next != "_":
            if base not in self.names:
                raise self.error(f"{base} is no variable")
            return self.names[base]
        start = self.at
        subscript = self.subscript()
        known = self.names.get(f"{base}_{{{subscript}}}")
        if known is not None:
            return known
        units = {str(n.params[0]) for n in self.nodes if self.is_unit(n, subscript)}
        if base == "e" and units:
            return f"eye({self.one_of(units)})[:,{subscript}]"
        if base in SPECIAL and self.occurs.intersection(SPECIAL[base]):
            return f"{SPECIAL[base][0]}({re.sub('[{}]', '', subscript)})"
        if base == "T" and base not in self.names:  # a part that is defined behind "where"
            return f"T{subscript}"
        if base not in self.names:
            raise self.error(f"{base}_{{{subscript}}} is no variable")
        self.at = start
        return self.names[base]

    @staticmethod
    def is_unit(node: Node, subscript: str) -> bool:
        return node.op.name == "unit" and str(node.params[1]) == subscript

    @staticmethod
    def one_of(found: set[str]) -> str:
        if len(found) != 1:
            raise Untold(f"one of {found}")
        return found.pop()


# ------------------------------------------------------------------ the whole formula


def _with_names(source: str, where: str, read: Callable[[str], str], name: Callable[[str], str]) -> str:
    """A formula, and the definitions of its parts behind "where"."""
    body, _, rest = source.partition(where)
    pairs = [part.split(" = ", 1) for part in rest.split("; ")] if rest else []
    definitions = "; ".join(f"{name(left)} = {read(right)}" for left, right in pairs)
    return read(body) + (f" where {definitions}" if definitions else "")


def plain_of_unicode(expr: Expr) -> str:
    return _with_names(expr.unicode, " where ", lambda text: UnicodeReader(text, expr).whole(), str)


def plain_of_latex(expr: Expr) -> str:
    read = lambda text: LatexReader(text, expr).whole()  # noqa: E731
    return _with_names(expr.latex, r" \quad \text{where } ", read, lambda name: re.sub(r"\W|_", "", name))
