"""NumPy source text of a plan: expressions with as few brackets as needed, shared and long parts named T0, T1, …

May import core, the plan's steps and templates.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from fractions import Fraction
from typing import Any, NamedTuple, cast

from dvec.core.sizes import AnySize
from dvec.evaluation.steps import Index, Program, Step
from dvec.evaluation.templates import parameters_of, template_of

WIDTH = 84
SUM, PRODUCT, MINUS, POWER, ATOM = 1, 2, 3, 4, 5
# How tightly the result binds, and how tightly each operand must.
_BINDING = {
    "add": (SUM, (SUM, PRODUCT)),
    "subtract": (SUM, (SUM, PRODUCT)),
    "times": (PRODUCT, (PRODUCT, MINUS)),
    "divide": (PRODUCT, (PRODUCT, MINUS)),
    "matmul": (PRODUCT, (PRODUCT, MINUS)),
    "negative": (MINUS, (MINUS,)),
    "power": (POWER, (ATOM, MINUS)),
}
# * and @ bind alike in Python; brackets tell readers which comes first.
_APART = {"matmul": ("times", "divide"), "times": ("matmul",)}
_SHORTER = {'.reshape(-1, 1, order="F")[:, 0]': '.ravel(order="F")', "[:, None][:, 0]": ""}
_FREE = ("variable", "number", "size")  # as short as a name
_FREE_OF = ("transpose",)  # cost nothing to write twice
_ARITHMETIC = ("negative", "add", "subtract", "times")
_MAY_FAIL = ("divide", "power")  # Python's own numbers refuse 1 / 0 and 10.0 ** 400, NumPy's are infinite then
_HOLE = re.compile(r"\{(\w+)\}")
_LAMBDA = "(lambda "


class Text(NamedTuple):
    """Source of an expression and how tightly it binds."""

    text: str
    binds: int

    def within(self, binds: int) -> str:
        return self.text if self.binds >= binds else f"({self.text})"


class Body(NamedTuple):
    """The lines of a function, the texts of what it returns (and whether these are Python's own numbers), and what it
    uses: sizes, and helpers by name, as text."""

    lines: list[str]
    results: list[Text]
    python: list[bool]
    sizes: list[str]
    helpers: dict[str, str]


class Names(NamedTuple):
    """What variables, sizes and index symbols are called in the source."""

    variables: Mapping[str, str]
    sizes: Mapping[str, str]
    indices: Mapping[str, str]

    def taken(self) -> set[str]:
        return {*self.variables.values(), *self.sizes.values(), *self.indices.values()}


def body_of(program: Program, names: Names) -> Body:
    """The source of a program."""
    return _Writer(program, names).body()


class _Writer:
    def __init__(self, program: Program, names: Names) -> None:
        self.steps = program.steps
        self.outputs = program.outputs
        self.names = names
        self.taken = names.taken()
        self.texts: list[Text] = []
        self.python: list[bool] = []  # whether a step gives one of Python's own numbers
        self.lines: list[str] = []
        self.helpers: dict[str, str] = {}
        self.uses = Counter(arg for step in self.steps for arg in step.args)
        self.uses.update(self.outputs)
        self.count = 0

    def body(self) -> Body:
        for place, step in enumerate(self.steps):
            self.python.append(self._is_python(step))
            self.texts.append(self._text(step))
            if self.uses[place] > 1 and not self._cheap(place):
                self._assign(place)
        sizes = self._sizes_used()
        results, python = [self.texts[output] for output in self.outputs], [self.python[o] for o in self.outputs]
        return Body(self.lines, results, python, sizes, self.helpers)

    def _is_python(self, step: Step) -> bool:
        if step.what in _ARITHMETIC:
            return all(self.python[arg] for arg in step.args)
        if step.what in ("number", "size", "variable"):
            return step.what != "variable"
        return template_of(step.what).startswith("float(")

    def _cheap(self, place: int) -> bool:
        step = self.steps[place]
        if step.what in _FREE_OF:
            return self._cheap(step.args[0]) or self.texts[step.args[0]].text.isidentifier()
        return step.what in _FREE

    def _assign(self, place: int) -> None:
        if self.texts[place].text.isidentifier():
            return
        while f"T{self.count}" in self.taken:
            self.count += 1
        name = f"T{self.count}"
        self.count += 1
        self.lines.append(f"{name} = {self.texts[place].text}")
        self.texts[place] = Text(name, ATOM)

    def _text(self, step: Step) -> Text:
        """The source of one step; its longest arguments are named if the line gets too long."""
        if step.what == "variable":
            return Text(self.names.variables[step.params[0]], ATOM)
        if step.what == "number":
            return number_text(step.params[0])
        template = self._hoisted(step.what)
        for k, arg in enumerate(step.args):
            if template.count(f"{{{k}}}") > 1 and not self._cheap(arg):
                self._assign(arg)
        text = self._filled(template, step)
        while len(text.text) > WIDTH - 6:
            long = [arg for arg in step.args if len(self.texts[arg].text) > 12]
            if not long:
                break
            self._assign(max(long, key=lambda arg: len(self.texts[arg].text)))
            text = self._filled(template, step)
        return text

    def _hoisted(self, what: str) -> str:
        """The template; a lambda in it becomes a helper with a name: (lambda x: e)({0}) is _softmax({0})."""
        template = template_of(what).replace("'", '"')
        if not template.startswith(_LAMBDA):
            return template
        end = closing(template, 0)
        head, _, inner = template[len(_LAMBDA) : end].partition(": ")
        name = f"_{re.sub(r'[^a-z0-9]', '_', what)}"
        self.helpers[name] = f"def {name}({head}):\n    return {inner}"
        return name + template[end + 1 :]

    def _filled(self, template: str, step: Step) -> Text:
        binds, operands = _BINDING.get(step.what, (ATOM, ()))
        parameters = dict(zip(parameters_of(step.what), step.params, strict=True))

        def fill(hole: re.Match[str]) -> str:
            key = hole[1]
            if key.isdigit():
                arg = step.args[int(key)]
                need = operands[int(key)] if operands else _needed(template, hole)
                if self.steps[arg].what in _APART.get(step.what, ()):
                    need = MINUS
                if key == "1" and step.what in _MAY_FAIL and all(self.python[a] for a in step.args):
                    return f"np.float64({self.texts[arg].text})"
                return self.texts[arg].within(need)
            return self._parameter(parameters[key]).within(_needed(template, hole))

        if step.what == "size":
            return self._parameter(step.params[0])
        text = _HOLE.sub(fill, template)
        for long, short in _SHORTER.items():
            text = text.replace(long, short)
        return Text(text, binds)

    def _parameter(self, value: Any) -> Text:
        if isinstance(value, Index):
            if isinstance(value.at, int):
                return Text(str(value.at - 1), ATOM)
            return Text(f"{self.names.indices[value.at]} - 1", SUM)
        if isinstance(value, tuple):
            inside = ", ".join(self._parameter(part).text for part in cast("tuple[Any, ...]", value))
            return Text(f"({inside})", ATOM)
        return size_text(value, self.names.sizes)

    def _sizes_used(self) -> list[str]:
        used: dict[str, None] = {}
        for step in self.steps:
            if step.what not in ("variable", "number"):
                for param in step.params:
                    used.update(dict.fromkeys(size_names(param)))
        return list(used)


def size_names(param: Any) -> list[str]:
    """The size names in a parameter."""
    if isinstance(param, Index | int | str):
        return []
    if isinstance(param, tuple):
        return [name for part in cast("tuple[Any, ...]", param) for name in size_names(part)]
    return sorted(param.names)


def closing(text: str, opening: int) -> int:
    """Where the bracket at a place closes."""
    depth = 0
    for place in range(opening, len(text)):
        depth += (text[place] in "([{") - (text[place] in ")]}")
        if depth == 0:
            return place
    raise AssertionError(text)


def _needed(template: str, hole: re.Match[str]) -> int:
    """How tightly what fills a hole must bind: not at all between brackets and commas."""
    before, after = template[: hole.start()].rstrip(" "), template[hole.end() :]
    return 0 if before[-1:] in ("(", "[", ",") and after[:1] in (")", "]", ",") else ATOM


def quoted(text: str) -> str:
    """A string in Python."""
    return json.dumps(text, ensure_ascii=False)


def number_text(value: Fraction) -> Text:
    """A number: whole, decimal where that is exact and short, else a quotient."""
    if value.denominator == 1:
        whole = str(value.numerator) if abs(value.numerator) < 10**16 else _decimal(value)
        return Text(whole, ATOM if value >= 0 else MINUS)
    decimal = _decimal(value)
    if max(abs(value.numerator), value.denominator) > 10**15 or (len(decimal) < 8 and Fraction(decimal) == value):
        return Text(decimal, ATOM if value >= 0 else MINUS)
    return Text(f"{value.numerator} / {value.denominator}", PRODUCT)


def _decimal(value: Fraction) -> str:
    try:
        return repr(float(value))
    except OverflowError:
        return "np.inf" if value > 0 else "-np.inf"


def size_text(size: AnySize, names: Mapping[str, str]) -> Text:
    """A size in Python: m * n, p + q, (n**2 + n) // 2."""
    if isinstance(size, int):
        return Text(str(size), ATOM)
    divisor = 1
    for _, factor in size.terms:
        divisor = divisor * factor.denominator // _common(divisor, factor.denominator)
    terms = [_monomial(monomial, int(factor * divisor), names) for monomial, factor in size.terms]
    text = " + ".join(term.text for term in terms).replace("+ -", "- ")
    total = terms[0] if len(terms) == 1 else Text(text, SUM)
    return total if divisor == 1 else Text(f"{total.within(PRODUCT)} // {divisor}", PRODUCT)


def _common(a: int, b: int) -> int:
    while b:
        a, b = b, a % b
    return a


def _monomial(monomial: tuple[str, ...], factor: int, names: Mapping[str, str]) -> Text:
    counted = Counter(monomial)
    parts = [names[name] + (f"**{power}" if power > 1 else "") for name, power in sorted(counted.items())]
    if abs(factor) != 1 or not parts:
        parts.insert(0, str(abs(factor)))
    binds = PRODUCT if len(parts) > 1 else POWER if "**" in parts[0] else ATOM
    return Text(("-" if factor < 0 else "") + " * ".join(parts), binds if factor > 0 else SUM)
