"""Cuts a formula typed as text into tokens. The grammar is in syntax.

May import core.
"""

from __future__ import annotations

import re
import unicodedata

from dvec.core.errors import FormulaError, Span
from dvec.core.node import LONGEST_NUMBER

Token = tuple[str, str, int, int]
"""Kind, value, start and end. Kinds: name, number, imaginary, string, op, power, postfix, where, end, and the marks
( ) [ ] , ; : = which are their own kind."""

LATEX_LATER = "this looks like LaTeX, which is not built yet: write the formula as text, as in norm2(A*x - b)^2"

_SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺ᵀᴴ"
_PLAIN = str.maketrans(_SUPERSCRIPTS, "0123456789-+TH")

# A dot before * / ^ + - ' belongs to the operator unless a digit follows it: 1./x is 1 ./ x, and 0.5*x is 0.5 * x.
_TOKEN = re.compile(
    rf"""\s*(?:
    ([^\W\d_{_SUPERSCRIPTS}][^\W{_SUPERSCRIPTS}]*)
    | ((?:[0-9]+(?:\.(?:[0-9]+|(?![*/^+\-'’′−\\])))?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)([ij](?!\w))?
    | (\^\s*\+|\.[*/^+\-−'’′]|\*\*|==|[-+*/\\^'()\[\],;:=@"·⋅∗×∘⊙⊗⊕−–÷∕’′⊤])
    | ([⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+|⁻?[ᵀᴴ]|⁺)
    | (\Z) | (.))""",
    re.VERBOSE | re.DOTALL,
)
_NAME, _NUMBER, _IMAGINARY, _MARK, _SUPERSCRIPT, _END = 1, 2, 3, 4, 5, 6

_SAME_AS = {
    "@": "*", "·": "*", "⋅": "*", "∗": "*", "×": "*", "∘": ".*", "⊙": ".*", "−": "-", "–": "-", ".−": ".-",
    "÷": "/", "∕": "/", "’": "'", "′": "'", ".’": ".'", ".′": ".'", "==": "=",
}  # fmt: skip
_KIND = {
    **dict.fromkeys(["+", "-", "*", "/", "\\", ".*", "./", ".+", ".-", "⊗", "⊕"], "op"),
    **dict.fromkeys(["^", ".^"], "power"),
    **dict.fromkeys(["'", ".'", "+", "T", "H", "-T", "-H"], "postfix"),
    **{mark: mark for mark in "()[],;:="},
}
_KIND["+"] = "op"
_ENDS_OPERAND = frozenset(["postfix", ")", "]"])

_LETTERS = [
    "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu", "nu", "xi",
    "omicron", "pi", "rho", "sigma", "tau", "upsilon", "phi", "chi", "psi", "omega",
]  # fmt: skip
GREEK = frozenset(_LETTERS)
"""The names of the Greek letters; λ and lambda are the same name."""


def _greek_letters() -> dict[int, str]:
    codes = [code for code in range(0x3B1, 0x3CA) if code != 0x3C2]  # α to ω without the final ς
    table = dict(zip(codes, _LETTERS, strict=True))
    table |= {code - 0x20: name.capitalize() for code, name in table.items()}
    return table | {0x3C2: "sigma", 0x3F5: "epsilon", 0x3D5: "phi", 0x3D1: "theta", 0x3F1: "rho", 0x3F0: "kappa"}


_GREEK_LETTERS = _greek_letters()


def normal_name(name: str) -> str:
    """The name by which a variable is known however it was typed: λ₁ is lambda1, the micro sign is mu."""
    return name if name.isascii() else unicodedata.normalize("NFKC", name).translate(_GREEK_LETTERS)


def typed_name(text: str, typed: str, start: int) -> str:
    """A name with signs that are not plain letters: of those that look like numbers or exponents only subscripts."""
    for place, sign in enumerate(typed, start):
        plain = unicodedata.normalize("NFKC", sign).replace("⁄", "/")
        if unicodedata.decomposition(sign).startswith("<super>"):
            raise FormulaError(
                f"the superscript {sign} is not understood: write ^{plain}", text, Span(place, place + 1)
            )
        if not (plain if place == start else f"_{plain}").isidentifier():
            raise FormulaError(f"{sign} is not understood: write ({plain})", text, Span(place, place + 1))
    return normal_name(typed)


def tokenize(text: str) -> list[Token]:
    """The tokens of a formula, the last one of kind end."""
    tokens: list[Token] = []
    append, match = tokens.append, _TOKEN.match
    position, operand_ended = 0, False
    while True:
        found = match(text, position)
        assert found is not None
        group = found.lastindex
        assert group is not None
        value = found[group]
        end = found.end()
        start = end - len(value)
        if group == _NAME:
            if value == "where" and operand_ended:
                operand_ended = False
                append(("where", value, start, end))
            else:
                operand_ended = True
                append(("name", value if value.isascii() else typed_name(text, value, start), start, end))
        elif group == _MARK:
            value = _SAME_AS.get(value, value)
            kind = _KIND.get(value)
            if kind is None or (kind == "postfix" and not operand_ended):
                end = _uncommon(text, tokens, value, start, end)
                kind = tokens[-1][0]
                operand_ended = kind in ("string", "postfix")
            else:
                operand_ended = kind in _ENDS_OPERAND
                append((kind, value, start, end))
        elif group == _NUMBER:
            operand_ended = True
            append(("number", _checked(text, value, start, end), start, end))
        elif group == _END:
            append(("end", "", start, end))
            return tokens
        elif group == _SUPERSCRIPT:
            operand_ended = True
            _superscript(tokens, _checked(text, value.translate(_PLAIN), start, end), start, end)
        elif group == _IMAGINARY:
            operand_ended = True
            append(("imaginary", _checked(text, found[_NUMBER], start, end), found.start(_NUMBER), end))
        else:
            raise _unexpected(text, value, start)
        position = end


def _superscript(tokens: list[Token], value: str, start: int, end: int) -> None:
    if value.lstrip("-").isdigit():
        tokens.append(("power", "^", start, start))
        if value[0] == "-":
            tokens.append(("op", "-", start, start + 1))
            value, start = value[1:], start + 1
        tokens.append(("number", value, start, end))
    else:
        tokens.append(("postfix", value, start, end))


def _uncommon(text: str, tokens: list[Token], value: str, start: int, end: int) -> int:
    """Takes a string, ^+, or a sign that only looks like one of ours; returns where to go on."""
    if value[0] == "^":
        tokens.append(("postfix", "+", start, end))
        return end
    if value == "⊤":
        if not (tokens and tokens[-1][1] == "^"):
            tokens.append(("power", "^", start, start))
        tokens.append(("name", "T", start, end))
        return end
    if value == "**":
        raise FormulaError("** is not an operator here: write A^k, or A.^k entry by entry", text, Span(start, end))
    if value in ("'", '"'):
        close = text.find(text[start], end)
        if close < 0:
            raise FormulaError(
                "a quote that is never closed; a transpose stands behind what it transposes, as in A'",
                text, Span(start, end),
            )  # fmt: skip
        tokens.append(("string", text[end:close], start, close + 1))
        return close + 1
    raise FormulaError(f"{value} needs something in front of it", text, Span(start, end))


def _checked(text: str, digits: str, start: int, end: int) -> str:
    """The number, if it is not too long to be worked with exactly."""
    if len(digits) <= LONGEST_NUMBER and digits.isdigit():
        return digits
    _, _, exponent = digits.lower().partition("e")
    if len(digits) > LONGEST_NUMBER or (exponent and len(exponent) > 5) or abs(int(exponent or 0)) > LONGEST_NUMBER:
        raise FormulaError(
            f"a number of more than {LONGEST_NUMBER:,} digits is not worked with", text, Span(start, end)
        )
    return digits


_MODULES = frozenset(["np", "numpy", "jnp", "jax", "torch", "tf", "math", "scipy", "sp", "cupy", "cp"])


def _about_dot(text: str, start: int) -> str:
    """What is said of a dot that is no part of a number or an operator, as in A.T and np.log(x)."""
    before, name = re.search(r"\w*\Z", text[max(0, start - 60) : start]), re.match(r"\w*", text[start + 1 : start + 60])
    assert before is not None
    assert name is not None
    if name[0] in ("T", "H"):
        return "the transpose is written A'" if name[0] == "T" else "the Hermitian transpose is written A^H"
    if before[0] in _MODULES and name[0]:
        return f"functions have no {before[0]}. in front: write {name[0]}(…)"
    if len(name[0]) > 1:
        return f"functions stand in front, with what they are taken of in parentheses: {name[0]}(…)"
    return "a dot stands only in a number or before * / ^ + - '"


def _unexpected(text: str, value: str, start: int) -> FormulaError:
    span = Span(start, start + 1)
    if value in "{}$&~" or (value == "|" and text[start - 1 : start] == "\\"):
        return FormulaError(LATEX_LATER, text, span)
    if value in "|‖":
        return FormulaError(
            f"{value} is not understood: write abs(x), det(A), normF(A) or norm2(x) for what stands between bars",
            text,
            span,
        )
    if value in "†":
        return FormulaError("† has two meanings: write A^H (Hermitian transpose) or A^+ (pseudo-inverse)", text, span)
    if value == ".":
        return FormulaError(_about_dot(text, start), text, span)
    return FormulaError(f"the character {value} has no meaning here", text, span)
