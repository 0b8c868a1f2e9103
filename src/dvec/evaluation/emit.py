"""Source of functions and modules in NumPy: a formula, its derivative, and a check of the one against the other.

May import core, the plan, the prelude and the self-check.
"""

from __future__ import annotations

import inspect
import keyword
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from dvec.core.errors import DataError
from dvec.core.layouts import Pattern
from dvec.core.node import VARIABLE, Node
from dvec.core.sizes import AnySize, Size, named_size, names_of
from dvec.evaluation import prelude
from dvec.evaluation.names import kind, names_in, sizes_in, told
from dvec.evaluation.plan import plan
from dvec.evaluation.source import ATOM, PRODUCT, Body, Names, Text, body_of, closing, size_text

# Names that the source itself uses.
_RESERVED = frozenset(
    ["np", "math", "scipy", "sizes", "float", "int", "range", "len", "abs", "list", "zip", "rng", "data"]
)


class Signature(NamedTuple):
    """What the functions of a module take: the variables, the sizes no variable gives, and index symbols."""

    variables: list[Node]
    free_sizes: list[str]
    symbols: Mapping[str, Sequence[AnySize]]
    names: Names

    @property
    def arguments(self) -> list[str]:
        return [
            *(self.names.variables[node.params[0]] for node in self.variables),
            *(self.names.sizes[name] for name in self.free_sizes),
            *(self.names.indices[name] for name in self.symbols),
        ]


class Source(NamedTuple):
    """Functions as text, and the helpers they need."""

    text: str
    helpers: dict[str, str]


def signature_of(roots: Sequence[Node]) -> Signature:
    """The arguments of functions that compute these formulas, variables in order of appearance."""
    variables, _, symbols = names_in(roots)
    all_sizes = sizes_in(roots)
    learned = {name for step in learning_order(variables) for name in step.learns}
    taken: set[str] = set()
    names = Names(
        {node.params[0]: safe_name(node.params[0], taken) for node in variables},
        {name: safe_name(name, taken, "_size") for name in all_sizes},
        {name: safe_name(name, taken, "_index") for name in symbols},
    )
    return Signature(variables, [name for name in all_sizes if name not in learned], symbols, names)


class Learning(NamedTuple):
    """One array to be checked, the size names its shape teaches, and those that must be known before."""

    variable: Node
    learns: list[str]
    needs: set[str]


def learning_order(variables: Sequence[Node]) -> list[Learning]:
    """Arrays in an order in which each one's sizes are single names or follow from what is known: x of m*n after m."""
    order: list[Learning] = []
    known: set[str] = set()
    todo = [v for v in variables if not v.scalar]
    while todo:
        learned = [(v, _learned(v, known)) for v in todo]
        ready = [(v, names) for v, names in learned if names is not None and not _composite(v)] or [
            (v, names) for v, names in learned if names is not None
        ]
        if not ready:  # what is left takes its sizes from arguments
            return order + [Learning(v, [], {n for size in v.size for n in names_of(size)}) for v in todo]
        variable, names = ready[0]
        needs = {name for size in variable.size if str(size) not in names for name in names_of(size)} - set(names)
        order.append(Learning(variable, names, needs if _composite(variable) else set()))
        known.update(names)
        todo.remove(variable)
    return order


def _composite(variable: Node) -> bool:
    return any(isinstance(size, Size) and names_of(size) != {str(size)} for size in variable.size)


def _learned(variable: Node, known: set[str]) -> list[str] | None:
    """The new names in the sizes of a variable, if each side has at most one and that only as a factor or a term."""
    rows, cols = (names_of(size) - known for size in variable.size)
    if rows & cols and _composite(variable):
        return None  # m×m^2: one side would have to be solved with the other
    found: list[str] = []
    for size in variable.size:
        new = names_of(size) - known - set(found)
        if len(new) > 1 or (new and not linear(size, next(iter(new)))):
            return None
        found.extend(new)
    return found


def linear(size: AnySize, name: str) -> bool:
    """Whether a size is c*name, or c*name plus the rest, with whole numbers."""
    return isinstance(size, Size) and all(
        monomial.count(name) <= 1 and factor.denominator == 1 for monomial, factor in size.terms
    )


def safe_name(name: str, taken: set[str], suffix: str = "") -> str:
    """A Python name for something typed by a user: keywords and our own names get an underscore, clashes a suffix."""
    python = unicodedata.normalize("NFKC", name)
    if not python.isidentifier():
        python = "".join(c if f"a{c}".isidentifier() else "_" for c in python)
        python = python if python.isidentifier() else f"v{python}"
    if python in taken:
        python += suffix
    while python in taken or keyword.iskeyword(python) or python in _RESERVED:
        python += "_"
    taken.add(python)
    return python


# ------------------------------------------------------------------ one function


def emit_function(node: Node, name: str = "function", summary: str = "") -> str:
    """A module with one function of keyword arguments that computes the formula; `summary` opens its docstring."""
    source = function_source(node, name, summary, signature_of([node]))
    return assembled("Written by dvec.", [source.text], source.helpers)


def function_source(node: Node, name: str, summary: str, signature: Signature) -> Source:
    """A function of all arguments of a signature, whether it needs them or not."""
    body = body_of(plan([node]), signature.names)
    lines = [f"def {name}({_header(signature)}):", *_docstring(node, summary, signature)]
    lines += _checks(signature, body)
    lines += body.lines
    lines.append(f"return {_returned(node, body.results[0])}")
    text = "\n".join([lines[0], *("    " + line if line else "" for line in lines[1:])])
    return Source(text, {**_helpers_used(text), **body.helpers})


def _header(signature: Signature) -> str:
    return f"*, {', '.join(signature.arguments)}" if signature.arguments else ""


def _docstring(node: Node, summary: str, signature: Signature) -> list[str]:
    first = (summary or "The value of the formula.").replace("\\", "\\\\").replace('"""', "'''")
    described = [f"{signature.names.variables[v.params[0]]}: {_described(v)}" for v in signature.variables]
    described += [f"{signature.names.sizes[name]}: a size" for name in signature.free_sizes]
    described += [
        f"{signature.names.indices[s]}: an index from 1 to {' and '.join(map(str, of))}"
        for s, of in signature.symbols.items()
    ]
    return [f'"""{first}', "", *wrapped("; ".join(described) + "." if described else "It takes no arguments."), '"""']


def _described(variable: Node) -> str:
    properties = ", ".join(sorted(told(variable.params[3])))
    return kind(variable) + (f" ({properties})" if properties else "")


def wrapped(text: str, width: int = 84) -> list[str]:
    """Text in lines."""
    lines: list[str] = [""]
    for word in text.split(" "):
        if lines[-1] and len(lines[-1]) + len(word) >= width:
            lines.append("")
        lines[-1] += (" " if lines[-1] else "") + word
    return lines


def _checks(signature: Signature, body: Body) -> list[str]:
    """The lines that turn arguments into arrays of agreeing sizes; those with sizes such as m*n come last."""
    names = signature.names
    order = learning_order(signature.variables)
    needed = {name for sides in signature.symbols.values() for of in sides for name in names_of(of)} | set(body.sizes)
    needed |= {name for step in order for name in step.needs}
    lines = ["sizes = {}"] if order else []
    done = set(signature.free_sizes)
    if done and order:
        pairs = ", ".join(f'"{names.sizes[name]}": {names.sizes[name]}' for name in signature.free_sizes)
        lines = [f"sizes = {{{pairs}}}"]
    for variable, learns, needs in order:
        lines += _made_known(sorted(needs - done), names)
        done |= needs
        lines += _array_check(variable, learns, names)
        done |= set(learns) - {str(size) for size in variable.size}  # those worked out have a variable of their own
    lines += [_number_check(v, names) for v in signature.variables if v.scalar]
    lines += _made_known([name for name in names.sizes if name in needed - done], names)
    for symbol, sides in signature.symbols.items():
        index = names.indices[symbol]
        lines += [f'{index} = _index("{index}", {index}, {size_text(of, names.sizes).text})' for of in sides]
    return lines


def _made_known(sizes: Sequence[str], names: Names) -> list[str]:
    found = [names.sizes[name] for name in sizes]
    if not found:
        return []
    return [f"{', '.join(found)} = " + ", ".join(f'sizes["{name}"]' for name in found)]


def _number_check(variable: Node, names: Names) -> str:
    name = names.variables[variable.params[0]]
    return f'{name} = _number("{name}", {name})'


def _array_check(variable: Node, learns: Sequence[str], names: Names) -> list[str]:
    name = names.variables[variable.params[0]]
    lines: list[str] = []
    sides: list[str] = []
    for axis, size in enumerate(variable.size):
        new = [n for n in learns if n in names_of(size) and str(size) != n]
        if new and isinstance(size, Size):
            count, rest = _solved(size, new[0], names)
            length = f"np.shape({name})[{axis}]"
            length = f"({length}{rest}){count}" if rest and count else f"{length}{rest}{count}"
            lines.append(f'sizes["{names.sizes[new[0]]}"] = {length}')
            lines += _made_known(new, names)
        text = size_text(size, names.sizes).text
        sides.append(f'"{text}"' if isinstance(size, Size) and str(size) in names.sizes else text)
    return [*lines, f'{name} = _array("{name}", {name}, ({sides[0]}, {sides[1]}), sizes)']


def _solved(size: Size, name: str, names: Names) -> tuple[str, str]:
    """How a name follows from a length: by what to divide, after what is taken away."""
    factor: AnySize = 0
    rest: AnySize = 0
    for monomial, count in size.terms:
        part: AnySize = int(count)
        for other in monomial:
            part = part * (1 if other == name else named_size(other))
        factor, rest = (factor + part, rest) if name in monomial else (factor, rest + part)
    minus = "" if rest == 0 else f" - {size_text(rest, names.sizes).within(PRODUCT)}"
    return ("" if factor == 1 else f" // {size_text(factor, names.sizes).within(ATOM)}"), minus


def _returned(node: Node, result: Text) -> str:
    if node.op is VARIABLE and not node.scalar:
        return f"{result.text}[:, 0].copy()" if node.cols == 1 else f"{result.text}.copy()"
    if node.scalar or node.cols != 1:
        return result.text
    if result.text.endswith("[:, None]") and result.within(ATOM) == result.text:  # of a sum it is the last term's own
        return result.text.removesuffix("[:, None]")
    negated = result.text.startswith("-(") and closing(result.text, 1) == len(result.text) - 1
    return f"{result.text if negated else result.within(ATOM)}[:, 0]"


def _helpers_used(text: str) -> dict[str, str]:
    return {name: "" for name in ("_array", "_number", "_index", "_whole") if f"{name}(" in text}


# ------------------------------------------------------------------ modules


def helpers_source(helpers: Mapping[str, str]) -> list[str]:
    """The source of helpers: ours from the prelude, those lifted out of templates as they are."""
    found: list[str] = []
    for name, text in helpers.items():
        source = text or inspect.getsource(getattr(prelude, name))
        found.append(source.rstrip("\n"))
    return found


def imports(text: str) -> list[str]:
    """The import lines that a text needs."""
    lines = ["import math"] if "math." in text else []
    lines += ["import sys"] if "sys." in text else []
    lines += [""] if lines else []
    lines.append("import numpy as np")
    return [*lines, "import scipy.linalg"] if "scipy." in text else lines


def assembled(docstring: str, functions: Sequence[str], helpers: Mapping[str, str], main: str = "") -> str:
    """A module: docstring, imports, functions, helpers, and what it does when run."""
    parts = [*functions, *helpers_source(helpers), *([main] if main else [])]
    text = "\n\n\n".join(parts)
    return f'"""{docstring}\n"""\n\n' + "\n".join(imports(text)) + f"\n\n\n{text}\n"


def emit_module(
    formula: Node, derivative: Node, wrt: Node, pattern: Pattern, *, formula_text: str = "", derivative_text: str = "",
    wrt_text: str = "", name: str = "gradient", order: int = 1, second: Node | None = None, target: Node | None = None,
    structure: tuple[str, str] | None = None, check: bool = True, seed: int = 0,
) -> str:  # fmt: skip
    """A module with `function` and `gradient` that checks its own gradient by finite differences when run.

    `wrt` is the variable; `target` the part of it that the derivative is by (an entry, a row, its transpose), where it
    is not the whole; `structure` its kind and one of "projected", "free" (by the vector of free parameters) and
    "entries" (free, in the shape of the variable). With check=False, for complex variables, and where no random data
    are found on which the formula exists, there is no check.
    """
    target = None if target is wrt else target
    signature = signature_of([formula, derivative, wrt, second or wrt, target or wrt])
    about = f"The derivative by {wrt_text or wrt.params[0]}"
    about += f": {derivative_text}" if derivative_text else "."
    function = function_source(formula, "function", formula_text, signature)
    gradient = function_source(derivative, name, _shortened(about), signature)
    main = None
    if check and not wrt.complex:
        from dvec.evaluation.selfcheck import Checked, emit_check  # it needs NumPy, the rest of this module does not

        checked = Checked(formula, derivative, wrt, second or wrt, target, structure, pattern, order, name)
        main = emit_check(checked, signature, seed)
    run = " Run it to check the derivative against finite differences." if main else ""
    docstring = f"f = {formula_text}\n\n{about}\n\nWritten by dvec.{run}".replace("\\", "\\\\").replace('"""', "'''")
    main_text, helpers = main or ("", {})
    return assembled(
        docstring, [function.text, gradient.text], {**function.helpers, **gradient.helpers, **helpers}, main_text
    )


def _shortened(text: str, width: int = 110) -> str:
    return text if len(text) <= width else text[: width - 1].rstrip() + "…"


# ------------------------------------------------------------------ functions to call


def compile_function(node: Node, name: str = "function") -> Callable[..., Any]:
    """The formula as a Python function of keyword arrays, named as `emit_function` names them.

    Wrong arguments raise `DataError`. The source is ours: names typed by users are checked identifiers.
    """
    text = emit_function(node, name)
    scope: dict[str, Any] = {"ValueError": DataError}  # so that the prelude's complaints are dvec's
    exec(compile(text, f"<dvec {name}>", "exec"), scope)
    return scope[name]
