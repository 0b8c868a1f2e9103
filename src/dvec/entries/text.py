"""Explicit matrices from text: "[2*x*y, y^2; x^2, x]", where every name is a scalar and "a(u,v)" a function.

May import core, the tokenizer and the names of functions of notation, SymPy.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any, NoReturn

from dvec.core.errors import FormulaError, Span
from dvec.entries.functions import ENTRYWISE
from dvec.entries.scalars import derivative_of
from dvec.entries.symbolic import sp
from dvec.notation.functions import FORMS
from dvec.notation.tokens import Token, tokenize

DEEPEST = 40
"""Parentheses within parentheses. SymPy works by recursion: much deeper expressions exhaust Python's stack."""
LARGEST_POWER_BITS = 20_000
"""Bits of a power of numbers that is worked out."""

_SAME = {".*": "*", "./": "/", ".+": "+", ".-": "-", ".^": "^"}
_BINDING = {"+": 1, "-": 1, "*": 2, "/": 2, "negative": 3, "^": 4, "(": 0, "call": 0}
_ENDS = frozenset([",", ";", "]", "end"])

Value = list[Any]
"""The summands of a value: a long sum is put together once."""


def parse_text(text: str) -> tuple[int, int, tuple[Any, ...], bool]:
    """Rows, columns, entries row by row, and whether a bare scalar was typed. Nothing is evaluated as code.

    Raises `FormulaError` with a caret.
    """
    tokens = tokenize(text)
    _refuse_double_names(text, tokens)
    if tokens[0][0] != "[":
        entry, end = _Entry(text, tokens, 0).read()
        if tokens[end][0] != "end":
            _refuse_mark(text, tokens[end])
        return 1, 1, (entry,), True
    return _bracketed(text, tokens)


def _bracketed(text: str, tokens: list[Token]) -> tuple[int, int, tuple[Any, ...], bool]:
    rows: list[list[Any]] = [[]]
    starts, position = [tokens[0][3]], 0
    while tokens[position][0] != "]":
        entry, position = _Entry(text, tokens, position + 1).read()
        rows[-1].append(entry)
        mark = tokens[position]
        if mark[0] == "end":
            raise FormulaError("the bracket [ is never closed", text, Span(tokens[0][2], tokens[0][3]))
        if mark[0] != ",":
            _refuse_ragged(text, rows, Span(starts[-1], mark[2]))
        if mark[0] == ";":
            rows.append([])
            starts.append(mark[3])
    if tokens[position + 1][0] != "end":
        after = tokens[position + 1]
        raise FormulaError(
            "an explicit matrix ends with its bracket; operations on it are written inside, entry by entry", text,
            Span(after[2], after[3]),
        )  # fmt: skip
    return len(rows), len(rows[0]), tuple(entry for row in rows for entry in row), False


def _refuse_ragged(text: str, rows: list[list[Any]], span: Span) -> None:
    if len(rows[-1]) != len(rows[0]):
        raise FormulaError(
            f"row {len(rows)} has {len(rows[-1])} {_entries(len(rows[-1]))}, the first row has {len(rows[0])}",
            text,
            span,
        )


def _entries(count: int) -> str:
    return "entry" if count == 1 else "entries"


def _refuse_double_names(text: str, tokens: list[Token]) -> None:
    """x(y + 1) beside x is more likely a product than a function of the variable's name."""
    called = {t[1]: t for t, after in pairwise(tokens) if t[0] == "name" and after[0] == "("}
    for token, after in pairwise(tokens):
        if token[0] == "name" and after[0] != "(" and token[1] in called and token[1] not in ENTRYWISE:
            _, name, start, end = called[token[1]]
            raise FormulaError(
                f"{name} stands for a number and for a function; write {name}*(…) for a product", text, Span(start, end)
            )


def _refuse_mark(text: str, token: Token) -> NoReturn:
    kind, value, start, end = token
    span = Span(start, end)
    if kind in ("name", "number", "imaginary", "(", "["):
        raise FormulaError("an operator or a comma is missing here, as in 2*x or [x, y]", text, span)
    if kind == "end":
        raise FormulaError("the formula ends too early", text, span)
    if kind == "postfix":
        raise FormulaError(f"{value} belongs to matrices; an entry is a scalar", text, span)
    if value in ("⊗", "⊕", "\\"):
        raise FormulaError(f"{value} stands between matrices; an entry is a scalar", text, span)
    raise FormulaError(f"{value or kind} has no place here: a matrix is written [a, b; c, d]", text, span)


class _Entry:
    """Reads one scalar expression by operator precedence, with stacks of its own in place of recursion."""

    def __init__(self, text: str, tokens: list[Token], position: int) -> None:
        self.text, self.tokens, self.position = text, tokens, position
        self.values: list[Value] = []
        self.waiting: list[tuple[str, Token]] = []
        self.counts: list[int] = []  # arguments read so far, for each call that is open
        self.open = 0

    def read(self) -> tuple[Any, int]:
        """The expression, and the position of the token that ends it."""
        while True:
            self._operand()
            if not self._operator():
                self._reduce(0)
                return sp.Add(*self.values[0]), self.position

    def _take(self) -> Token:
        token = self.tokens[self.position]
        self.position += 1
        return token

    def _refuse(self, message: str, token: Token) -> NoReturn:
        raise FormulaError(message, self.text, Span(token[2], max(token[3], token[2] + 1)))

    # ---------------------------------------------------------------- operands

    def _operand(self) -> None:
        while True:
            token = self._take()
            kind, value = token[0], _SAME.get(token[1], token[1])
            if kind == "number":
                return self.values.append([sp.Rational(value)])
            if kind == "imaginary":
                return self.values.append([sp.Rational(value) * sp.I])
            if kind == "name" and self.tokens[self.position][0] != "(":
                return self.values.append([sp.pi if value == "pi" else sp.Symbol(value)])
            if kind == "name":
                self._check_function(token)
                self.waiting.append(("call", token))
                self.counts.append(1)
                self._open(self._take())
            elif kind == "(":
                self.waiting.append(("(", token))
                self._open(token)
            elif value == "-":
                self.waiting.append(("negative", token))
            elif value != "+":
                self._refuse_operand(token)

    def _open(self, token: Token) -> None:
        self.open += 1
        if self.open > DEEPEST:
            self._refuse(f"parentheses are nested more than {DEEPEST} deep", token)

    def _check_function(self, token: Token) -> None:
        name = token[1]
        if name in FORMS and len(name) > 1 and name not in ENTRYWISE and name not in _OPERATORS:
            self._refuse(f"{name} takes a matrix; the entries of an explicit matrix are scalars", token)

    def _refuse_operand(self, token: Token) -> NoReturn:
        if token[0] == "[":
            self._refuse("an entry is a scalar expression, not a matrix of its own", token)
        if token[0] in (",", ";", "]", ")"):
            self._refuse(f"an entry is missing before {token[0]}", token)
        _refuse_mark(self.text, token)

    # ---------------------------------------------------------------- operators

    def _operator(self) -> bool:
        """Takes what follows an operand; False where the expression ends."""
        while True:
            token = self.tokens[self.position]
            kind, value = token[0], _SAME.get(token[1], token[1])
            if kind == ")":
                self._close(token)
            elif kind == "," and self._in_call():
                self._reduce(0)
                self.counts[-1] += 1
                self.position += 1
                return True
            elif kind in _ENDS:
                if self.open:
                    self._refuse("the parenthesis is never closed", self._innermost())
                return False
            elif value in _BINDING and kind in ("op", "power"):
                self._binary(value, token)
                return True
            else:
                _refuse_mark(self.text, token)

    def _in_call(self) -> bool:
        opened = [name for name, _ in self.waiting if name in ("(", "call")]
        return bool(opened) and opened[-1] == "call"

    def _innermost(self) -> Token:
        return next(token for name, token in reversed(self.waiting) if name in ("(", "call"))

    def _binary(self, sign: str, token: Token) -> None:
        if sign == "^":
            below = next((name for name, _ in reversed(self.waiting) if name != "negative"), "")
            if below == "^":
                self._refuse("a^b^c has two readings: write (a^b)^c or a^(b^c)", token)
        self._reduce(_BINDING[sign])
        self.waiting.append((sign, token))
        self.position += 1

    def _close(self, token: Token) -> None:
        self._reduce(0)
        if not self.waiting:
            self._refuse("this parenthesis was never opened", token)
        name, opener = self.waiting.pop()
        self.open -= 1
        self.position += 1
        if name == "call":
            count = self.counts.pop()
            arguments = [sp.Add(*v) for v in self.values[-count:]]
            del self.values[-count:]
            self.values.append([self._finite(_called(opener[1], arguments, self, opener), opener)])

    def _reduce(self, binding: int) -> None:
        """Works out the waiting operators that bind at least as tightly, down to an open parenthesis."""
        while self.waiting and _BINDING[self.waiting[-1][0]] >= max(binding, 1):
            sign, token = self.waiting.pop()
            right = self.values.pop()
            if sign == "negative":
                self.values.append([-e for e in right])
            elif sign in "+-":
                self.values[-1].extend(right if sign == "+" else [-e for e in right])
            else:
                left = sp.Add(*self.values.pop())
                self.values.append([self._finite(self._combined(sign, left, sp.Add(*right), token), token)])

    def _combined(self, sign: str, left: Any, right: Any, token: Token) -> Any:
        if sign == "*":
            return left * right
        if sign == "/":
            return left / right
        if left.is_Rational and right.is_Rational:
            bits = max(int(left.p).bit_length(), int(left.q).bit_length())
            if bits * abs(right) > LARGEST_POWER_BITS and abs(left) != 1:
                self._refuse("this power is too large to be worked out", token)
        return left**right

    def _finite(self, value: Any, token: Token) -> Any:
        if value.has(sp.nan, sp.zoo, sp.oo, -sp.oo):
            self._refuse("this has no finite value", token)
        return value


def _called(name: str, arguments: list[Any], entry: _Entry, token: Token) -> Any:
    if name in _OPERATORS:
        return _operator(name, arguments, entry, token)
    known = ENTRYWISE.get(name)
    if known is None:
        return sp.Function(name)(*arguments)
    if len(arguments) != 1:
        entry._refuse(f"{name} takes one argument, here are {len(arguments)}", token)  # pyright: ignore[reportPrivateUsage]
    try:
        return known(arguments[0])
    except (TypeError, ValueError):  # SymPy's own words on a function of real numbers at a complex one
        entry._refuse(f"{name} is not defined at {arguments[0]}", token)  # pyright: ignore[reportPrivateUsage]


_OPERATORS = frozenset(["diff", "integral"])


def _operator(name: str, arguments: list[Any], entry: _Entry, token: Token) -> Any:
    """diff(e, x, y …), and integral(e, t) or integral(e, t, a, b), which stays an integral."""
    counts = (2, 4) if name == "integral" else range(2, 20)
    symbols = arguments[1:2] if name == "integral" else arguments[1:]
    if len(arguments) not in counts or not all(isinstance(s, sp.Symbol) for s in symbols):
        form = "integral(e, t) or integral(e, t, a, b)" if name == "integral" else "diff(e, x)"
        entry._refuse(f"{name} is written {form}, by plain variables", token)  # pyright: ignore[reportPrivateUsage]
    if name == "integral":
        return sp.Integral(arguments[0], tuple(arguments[1:]) if len(arguments) == 4 else arguments[1])
    found = arguments[0]
    for symbol in symbols:
        found = derivative_of(found, symbol)
    return found
