"""What dvec says when something is wrong with its input; our own faults are `AssertionError`s, never these.

May import nothing of dvec.
"""

import unicodedata
from typing import NamedTuple, Self


class Span(NamedTuple):
    """Where in the typed text something stands: characters start to end, end not included."""

    start: int
    end: int


class _PlacedError(ValueError):
    """What is wrong with a formula; the message shows the place with a caret when the typed text is known."""

    def __init__(self, message: str, source: str | None = None, span: Span | None = None) -> None:
        self.message = message
        self.source = source
        self.span = span
        super().__init__(message if source is None or span is None else f"{message}\n{caret(source, span)}")

    def at(self, source: str, span: Span) -> Self:
        """The same error, placed in a text, unless it already has a place."""
        return self if self.span is not None else type(self)(self.message, source, span)


class FormulaError(_PlacedError):
    """A formula that cannot be understood, or whose sizes do not fit."""


class NotDifferentiable(_PlacedError):  # noqa: N818  (the public name, fixed by the API)
    """A formula that has no derivative, or none that can be written in closed form.

    `operation` is the record of the operation that has none, where it is due to one.
    """

    operation: object = None

    @classmethod
    def because_of(cls, operation: object, message: str) -> Self:
        """The refusal of one operation."""
        refusal = cls(message)
        refusal.operation = operation
        return refusal


class DataError(ValueError):
    """Arrays that are missing, of the wrong shape, or not numbers."""


def caret(source: str, span: Span, width: int = 100) -> str:
    """The line of the text around a span with carets under the span, cut to a readable width."""
    line_start = source.rfind("\n", 0, span.start) + 1
    line_end = source.find("\n", span.start)
    line_end = len(source) if line_end < 0 else line_end
    start, end = span.start, min(max(span.end, span.start + 1), max(line_end, span.start + 1))
    left = max(line_start, start - width // 2)
    right = min(line_end, left + width)
    prefix = "…" if left > line_start else ""
    suffix = "…" if right < line_end else ""
    shown = source[left:right].replace("\t", " ")
    before, under = columns(prefix + source[left:start]), columns(source[start : min(end, right)])
    return f"  {prefix}{shown}{suffix}\n  {' ' * before}{'^' * max(1, under)}"


def columns(text: str) -> int:
    """The width of a text on a terminal, where 日 takes two columns and a combining accent none."""
    if text.isascii():
        return len(text)
    wide = sum(unicodedata.east_asian_width(sign) in "WF" for sign in text)
    return len(text) + wide - sum(unicodedata.category(sign) in ("Mn", "Me", "Cf") for sign in text)
