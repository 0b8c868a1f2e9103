"""The first phase of parsing: from tokens to untyped pieces, by operator precedence on a stack of its own.

May import core and operations. No recursion: a formula may be as deep as it likes.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING

from dvec.core.errors import FormulaError, Span
from dvec.notation.functions import FORMS, Form
from dvec.notation.index_sums import COUNTS, Binder, BoundIndex, bind, bound_names
from dvec.notation.size_expressions import mark
from dvec.notation.suggestions import function_hint
from dvec.notation.tokens import LATEX_LATER, Token
from dvec.notation.tree import Item

if TYPE_CHECKING:
    from dvec.notation.lifting import Lifting

# Levels of precedence. A frame of level 0 is opened by a parenthesis or by the text itself.
_OUTER, _SUM, _PRODUCT, _MINUS, _POWER = range(5)

# What an operator builds, at which level, and how its right operand enters.
_OPERATORS: dict[str, tuple[int, str, str]] = {
    "+": (_SUM, "sum", ""), "-": (_SUM, "sum", "neg"),
    ".+": (_SUM, "spread", ""), ".-": (_SUM, "spread", "neg"),
    "⊕": (_SUM, "dsum", ""),
    "*": (_PRODUCT, "product", ""), "/": (_PRODUCT, "product", "over"),
    ".*": (_PRODUCT, "hadamard", ""), "./": (_PRODUCT, "hadamard", "dotover"),
    "\\": (_PRODUCT, "left", ""), "⊗": (_PRODUCT, "kron", ""),
}  # fmt: skip
_CHAINS = frozenset(["sum", "product", "hadamard"])
STOPS = frozenset(["end", "=", ";", "where"])
_AFTER_TEXT = frozenset([",", ")", "end"])  # the end, so that it is the parenthesis that is missed


class _Frame:
    """An operation that still waits for operands."""

    __slots__ = ("args", "binder", "form", "keys", "kind", "level", "pending", "start")

    def __init__(self, level: int, kind: str, start: int, args: list[Item], pending: str = "") -> None:
        self.level = level
        self.kind = kind
        self.start = start
        self.args = args
        self.pending = pending
        self.form: Form | None = None
        self.binder: Binder | None = None
        self.keys: list[str] = []


class Reader:
    """Reads expressions from a list of tokens; `at` is the token to be read next."""

    def __init__(self, source: str, tokens: list[Token]) -> None:
        self.source = source
        self.tokens = tokens
        self.at = 0
        self.items: list[Item] = []
        self.frames: list[_Frame] = []
        self.operand = Item("nothing", [], None, 0, 0)
        self.bound: dict[str, BoundIndex] = {}

    @cached_property
    def lifting(self) -> Lifting:
        """One for all index sums of the text; loaded when there is one, so that other formulas start sooner."""
        from dvec.notation.lifting import Lifting

        return Lifting()

    def error(self, message: str, start: int, end: int) -> FormulaError:
        return FormulaError(message, self.source, Span(start, end))

    def expression(self) -> Item:
        """Reads up to the end, or to a mark that ends an expression, which is left to be read."""
        tokens = self.tokens
        self.frames = frames = [_Frame(_OUTER, "start", tokens[self.at][2], [])]
        while True:
            self._operand()
            while True:
                token = tokens[self.at]
                kind = token[0]
                if frames[-1].level == _POWER:
                    self._close_power(kind)
                if kind == "op":
                    self.at += 1
                    self._binary(token[1])
                    break
                if kind in STOPS:
                    return self._finish()
                if self._suffix(token):
                    break

    # -------------------------------------------------------------- operands

    def _operand(self) -> None:
        """Reads what an operand begins with, up to its first complete piece."""
        while True:
            kind, value, start, end = self.tokens[self.at]
            self.at += 1
            if kind == "name":
                if self.tokens[self.at][0] == "(":
                    self._open_call(value, start, end)
                    continue
                if value in self.bound:
                    what = f"{value} is an index here: it stands in brackets only, as in X[{value},:]"
                    raise self.error(what, start, end)
                self._complete(Item("name", [], value, start, end))
                return
            if kind == "number":
                self._complete(Item("number", [], Fraction(value), start, end))
                return
            if kind == "op" and value == "-":
                top = self.frames[-1]
                if top.level == _POWER:
                    top.pending = "" if top.pending else "neg"
                elif top.kind == "neg":  # nothing stands between the two
                    self.frames.pop()
                else:
                    self.frames.append(_Frame(_MINUS, "neg", start, []))
            elif kind == "(":
                self.frames.append(_Frame(_OUTER, "group", start, []))
            elif kind == "op" and value == "+" and self.frames[-1].level != _POWER:
                continue
            elif kind == "string" and self.frames[-1].kind == "call" and self.tokens[self.at][0] in _AFTER_TEXT:
                self.operand = Item("string", [], value, start, end)
                return
            elif kind == "imaginary":
                self._complete(Item("imaginary", [], Fraction(value), start, end))
                return
            else:
                raise self._no_operand(kind, value, start, end)

    def _complete(self, item: Item) -> None:
        self.items.append(item)
        self.operand = item

    def _open_call(self, name: str, start: int, end: int) -> None:
        form = FORMS.get(name)
        if name in COUNTS and (names := bound_names(self.tokens, self.at)):
            self._open_binder(name, names, start)
            return
        if form is None:
            raise self.error(function_hint(name, FORMS), start, end)
        frame = _Frame(_OUTER, "call", start, [])
        frame.form = form
        self.frames.append(frame)
        self.at += 1
        if self.tokens[self.at][0] == ")":
            raise self.error(f"{form.name} needs something in its parentheses: {form.usage}", start, end)

    def _open_binder(self, kind: str, names: list[Token], start: int) -> None:
        """Begins sum(i, j: …): the indices are known up to the closing parenthesis."""
        frame = _Frame(_OUTER, "binder", start, [])
        frame.binder = Binder(kind, bind(kind, names, self.bound, self.source), self.lifting)
        self.bound |= {index.name: index for index in frame.binder.indices}
        self.frames.append(frame)
        self.at += 2 * len(names) + 1

    def _no_operand(self, kind: str, value: str, start: int, end: int) -> FormulaError:
        if kind == "[":
            return self.error("explicit matrices [a, b; c, d] are not built yet", start, end)
        if kind == "string":
            return self.error(f"the text '{value}' is no part of a formula", start, end)
        if kind == "end":
            what = "the formula is empty" if start == 0 or self.at == 1 else "the formula ends too early"
            return self.error(f"{what}: a variable, a number or a parenthesis is expected here", start, end)
        if kind == ":" and (later := self._binder()):
            return self.error(later, start, end)
        if value == "\\":
            return self.error(LATEX_LATER, start, end)
        return self.error(f"a variable, a number or a parenthesis is expected in place of {value}", start, end)

    def _binder(self) -> str | None:
        """What is wrong with a colon inside parentheses."""
        calls = [f.form.name for f in self.frames if f.form is not None]
        usage = COUNTS.get(calls[-1]) if calls else None
        return f"in front of a colon the names of indices are expected: {usage}" if usage else None

    # -------------------------------------------------------------- operators between two operands

    def _binary(self, sign: str) -> None:
        level, kind, pending = _OPERATORS[sign]
        frames = self.frames
        top = frames[-1]
        while top.level > level:
            self._reduce()
            top = frames[-1]
        if top.level == level:
            if top.kind == kind and kind in _CHAINS:
                self._take(top)
                top.pending = pending
                return
            self._reduce()
        frames.append(_Frame(level, kind, self.operand.start, [self.operand], pending))

    def _take(self, frame: _Frame) -> None:
        """Adds the operand to a chain, wrapped as its operator says."""
        item = self.operand
        if frame.pending:
            item = Item(frame.pending, [item], None, item.start, item.end)
            self.items.append(item)
        frame.args.append(item)

    def _reduce(self) -> None:
        """Turns the topmost operation into an operand."""
        frame = self.frames.pop()
        if frame.kind == "neg":
            frame.args.append(self.operand)
        else:
            self._take(frame)
        item = Item(frame.kind, frame.args, None, frame.start, self.operand.end)
        form = FORMS.get(frame.kind)
        if form is not None and frame.kind in ("kron", "dsum"):
            item.kind, item.value = "call", form
        self._complete(item)

    def _finish(self) -> Item:
        while self.frames[-1].level > _OUTER:
            self._reduce()
        frame = self.frames.pop()
        if frame.kind != "start":
            kind, value, start, end = self.tokens[self.at]
            if kind == "end":
                what = "this parenthesis" if frame.form is None else f"the parenthesis of {frame.form.name}"
                raise self.error(f"{what} is never closed", frame.start, frame.start + 1)
            raise self.error(f"{value} stands inside parentheses that are not closed", start, end)
        return self.operand

    # -------------------------------------------------------------- what may follow an operand

    def _suffix(self, token: Token) -> bool:
        """Reads one token behind an operand; returns whether another operand must follow."""
        kind, value, start, end = token
        self.at += 1
        if kind == ")":
            self._close(start, end)
            return False
        if kind == "postfix":
            self._postfix(value, end)
            return False
        if kind == ",":
            self._comma(start, end)
            return True
        if kind == "power":
            return self._power(value)
        if kind == "[":
            self._index(start)
            return False
        raise self._no_operator(kind, value, start, end)

    def _postfix(self, value: str, end: int) -> None:
        self._complete(Item("postfix", [self.operand], value, self.operand.start, end))

    def _no_operator(self, kind: str, value: str, start: int, end: int) -> FormulaError:
        if kind == ":" and (later := self._binder()):
            return self.error(later, start, end)
        if kind in ("]", ":"):
            return self.error(f"{value} has no meaning here", start, end)
        before = self.source[self.operand.start : self.operand.end]
        before = before if len(before) <= 30 else "…" + before[-28:]
        if kind == "string":
            return self.error(f"the text '{value}' is no part of a formula", start, end)
        if before.endswith("^+"):
            return self.error("^+ is the pseudo-inverse: leave the + out for a power", start - 1, start)
        function = self.operand.args[0] if self.operand.kind == "power" else self.operand
        if function.kind == "name" and function.value in FORMS:
            power = self.source[function.end : self.operand.end]
            return self.error(f"a function has parentheses: write {function.value}(…){power}", start, end)
        value = "(…)" if value == "(" else value
        return self.error(f"an operator is missing: write {before}*{value}", start, end)

    # -------------------------------------------------------------- powers

    def _power(self, sign: str) -> bool:
        """Behind ^ or .^: takes ^T, ^H, ^-T, ^-H whole; of anything else reads the exponent."""
        frame = _Frame(_POWER, "power" if sign == "^" else "dotpower", self.operand.start, [self.operand])
        if sign == "^":
            kind, value, _, end = self.tokens[self.at]
            minus = kind == "op" and value == "-"
            if minus:
                kind, value, _, end = self.tokens[self.at + 1]
            if kind == "name" and value in ("T", "H"):
                self.at += 2 if minus else 1
                self._postfix("-" + value if minus else value, end)
                self._refuse_tower(self.tokens[self.at][0])
                return False
        self.frames.append(frame)
        return True

    def _close_power(self, following: str) -> None:
        frame = self.frames.pop()
        self._take(frame)
        self._complete(Item(frame.kind, frame.args, None, frame.start, self.operand.end))
        self._refuse_tower(following)

    def _refuse_tower(self, following: str) -> None:
        if following == "power":
            _, value, start, end = self.tokens[self.at]
            raise self.error(
                f"a power of a power without parentheses: write (a{value}b)^c or a{value}(b^c)",
                start,
                max(end, start + 1),
            )

    # -------------------------------------------------------------- parentheses, calls and indices

    def _close(self, start: int, end: int) -> None:
        frames = self.frames
        while frames[-1].level > _OUTER:
            self._reduce()
        frame = frames.pop()
        if frame.kind == "group":
            item = self.operand
            item.grouped, item.start, item.end = True, frame.start, end
        elif frame.kind == "call":
            frame.args.append(self.operand)
            self._call(frame, end)
        elif frame.binder is not None:
            for index in frame.binder.indices:
                del self.bound[index.name]
            self._complete(Item("binder", [self.operand], frame.binder, frame.start, end))
        else:
            raise self.error("there is no opening parenthesis for this one", start, end)

    def _comma(self, start: int, end: int) -> None:
        frames = self.frames
        while frames[-1].level > _OUTER:
            self._reduce()
        frame = frames[-1]
        if frame.kind != "call":
            raise self.error("a comma stands only between the arguments of a function", start, end)
        frame.args.append(self.operand)
        kind, value, start, end = self.tokens[self.at]
        if kind == "name" and self.tokens[self.at + 1][0] == "=":
            assert frame.form is not None
            if not frame.form.keys:
                raise self.error(f"{frame.form.name} takes no named arguments: {frame.form.usage}", start, end)
            if value in frame.keys:
                raise self.error(f"{value} is given twice", start, end)
            frame.keys.append(value)
            self.at += 2
        elif frame.keys:
            raise self.error("named arguments come last", start, end)

    def _call(self, frame: _Frame, end: int) -> None:
        form, args = frame.form, frame.args
        assert form is not None
        item = Item("call", args, form, frame.start, end)
        unnamed = len(args) - len(frame.keys)
        if not form.least <= unnamed <= form.most:
            raise self.error(form.complaint(unnamed), frame.start, end)
        for position, arg in enumerate(args):
            if position >= form.inputs:
                if position < unnamed - form.sizes:
                    self._as_option(form, arg)
                else:
                    self._as_size(form, arg)
            elif arg.kind == "string":
                raise self.error(f"{form.name} takes no text here: {form.usage}", arg.start, arg.end)
        if form.keys:
            names = [Item("string", [], key, frame.start, end) for key in frame.keys]
            item.args = [*args[:unnamed], *(part for pair in zip(names, args[unnamed:], strict=True) for part in pair)]
        self._complete(item)

    def _as_option(self, form: Form, arg: Item) -> None:
        """An argument such as 'fro', 2 or inf in norm(A, 2): a word, not a formula."""
        if arg.kind in ("name", "number") and self.items and self.items[-1] is arg:
            self.items.pop()
            arg.value = str(arg.value)
            arg.kind = "string"
        if arg.kind != "string":
            raise self.error(f"{form.name} does not understand this: {form.usage}", arg.start, arg.end)

    def _as_size(self, form: Form, arg: Item) -> None:
        wrong = mark(arg)
        if wrong is not None:
            what = f"{form.name} needs a size here, a whole number or a name such as n: {form.usage}"
            raise self.error(what, wrong.start, wrong.end)

    def _index(self, start: int) -> None:
        """Reads [i, j], [i, :], [:, j] or [i] behind an operand."""
        if self.operand.kind in ("number", "imaginary"):
            raise self.error("a number has no entries", start, start + 1)
        entries: list[str | BoundIndex] = []
        while True:
            kind, value, at, end = self.tokens[self.at]
            if kind == "number" and value.isdigit():
                if int(value) == 0:
                    raise self.error("indices count from 1", at, end)
            elif kind not in ("name", ":"):
                raise self.error(
                    "an index is a whole number counted from 1, a symbol such as i, or :", at, max(end, at + 1)
                )
            entries.append(self.bound.get(value, value))
            kind, value, at, end = self.tokens[self.at + 1]
            self.at += 2
            if kind == "]":
                break
            if kind != "," or len(entries) == 2:
                raise self.error(
                    "an index is closed by ]: [i,j] an entry, [i,:] a row, [:,j] a column, [i] of a vector",
                    at, max(end, at + 1),
                )  # fmt: skip
        item = Item("index", [self.operand], tuple(entries), self.operand.start, end)
        self._complete(item)
