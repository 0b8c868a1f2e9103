"""Source of functions and modules in NumPy: a formula, its derivative, and a check of the one against the other.

May import core, rewrite, the plan, the prelude and the self-check.
"""

from __future__ import annotations

import inspect
import keyword
import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from dvec.core.layouts import Pattern
from dvec.core.node import Node
from dvec.core.sizes import AnySize, Size, names_of
from dvec.evaluation import prelude
from dvec.evaluation.names import kind, names_in, relations, sizes_in, told
from dvec.evaluation.plan import plan
from dvec.evaluation.source import ATOM, MINUS, Body, Names, Text, body_of, closing, quoted, size_text
from dvec.evaluation.stable import stable
from dvec.evaluation.steps import Program
from dvec.evaluation.templates import READ_ONLY, VIEWS

# What templates read: a user's variable of that name gets an underscore. All that our own lines bind begins with one.
RESERVED = frozenset(["np", "math", "scipy", "float", "len"])


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
    variables, needed, symbols = names_in(roots)
    all_sizes = sizes_in(roots)
    learned = {str(size) for v in variables for size in v.size} | {n for s in relations(variables, ()) for n in s.names}
    taken: set[str] = set()
    names = Names(
        _safe_names([node.params[0] for node in variables], taken),
        _safe_names(all_sizes, taken, "_size"),
        _safe_names(list(symbols), taken, "_index"),
    )
    return Signature(variables, [n for n in all_sizes if n in needed and n not in learned], symbols, names)


def _safe_names(names: Sequence[str], taken: set[str], suffix: str = "") -> dict[str, str]:
    """Python names; those that need no change come first, so that no other takes their place."""
    first = sorted(names, key=lambda name: safe_name(name, set()) != name)
    found = {name: safe_name(name, taken, suffix) for name in first}
    return {name: found[name] for name in names}


def safe_name(name: str, taken: set[str], suffix: str = "") -> str:
    """A Python name for something typed by a user: keywords and our own names get an underscore, clashes a suffix."""
    python = "".join(c if f"a{c}".isidentifier() else "_" for c in unicodedata.normalize("NFKC", name))
    if not python.isidentifier() or python.startswith("_"):  # names with an underscore in front are ours
        python = f"v{python}"
    if python in taken:
        python += suffix
    while python in taken or keyword.iskeyword(python) or python in RESERVED:
        python += "_"
    taken.add(python)
    return python


# ------------------------------------------------------------------ one function


def emit_function(node: Node, name: str = "function", summary: str = "") -> str:
    """A module with one function of keyword arguments that computes the formula; `summary` opens its docstring."""
    source = function_source(node, name, summary, signature_of([node]))
    return assembled("Written by dvec.", [source.text], source.helpers)


def function_source(node: Node, name: str, summary: str, signature: Signature, checked: bool = True) -> Source:
    """A function of all arguments of a signature, whether it needs them or not.

    If they are checked already, it takes them by place: the variables, all sizes, the index symbols.
    """
    program = plan([node])
    body = body_of(program, signature.names)
    if checked:
        header = f"*, {', '.join(signature.arguments)}" if signature.arguments else ""
        opening = [*docstring(node, summary, signature), *_checks(signature, body)]
    else:
        header, opening = ", ".join(name for group in signature.names for name in group.values()), list[str]()
    lines = [*opening, *body.lines, f"return {_returned(node, program, body)}"]
    text = "\n".join([f"def {name}({header}):", *("    " + line if line else "" for line in lines)])
    return Source(text, body.helpers)


def docstring(node: Node, summary: str, signature: Signature) -> list[str]:
    """The lines of a docstring: what a function computes, and what its arguments are."""
    first = _within_quotes(summary or "The value of the formula.")
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
    """The lines that turn arguments into arrays of agreeing sizes; sizes such as m*n come after the arrays."""
    names, symbols = signature.names, signature.symbols
    needed = {*body.sizes, *(name for sides in symbols.values() for of in sides for name in names_of(of))}
    arrays = [v for v in signature.variables if not v.scalar]
    known = [names.sizes[name] for name in signature.free_sizes]
    given = ", ".join(f'"{name}": (_count("{name}", {name}), "")' for name in known)
    lines = [f"_sizes = {{{given}}}"] if arrays or known else []
    lines += [_array_check(v, names) for v in arrays]
    lines += [_scalar_check(v, names) for v in signature.variables if v.scalar]
    lines += [_relation(size, names) for size in relations(signature.variables, signature.free_sizes)]
    found = [names.sizes[name] for name in names.sizes if name in needed]
    if found:
        lines.append(f"{', '.join(found)} = " + ", ".join(f'_sizes["{name}"][0]' for name in found))
    for symbol, sides in symbols.items():
        at = names.indices[symbol]
        lines += [f'{at} = _index("{at}", {at}, {quoted(str(of))}, {size_text(of, names.sizes).text})' for of in sides]
    return lines


def _scalar_check(variable: Node, names: Names) -> str:
    name = names.variables[variable.params[0]]
    return f'{name} = _scalar("{name}", {name}{_complex(variable)})'


def _array_check(variable: Node, names: Names) -> str:
    name = names.variables[variable.params[0]]
    rows, cols = (quoted(names.sizes.get(str(s), str(s))) if isinstance(s, Size) else s for s in variable.size)
    return f'{name} = _array("{name}", {name}, {quoted(kind(variable))}, ({rows}, {cols}), _sizes{_complex(variable)})'


def _complex(variable: Node) -> str:
    return ", real=False" if variable.complex else ""


def _relation(size: Size, names: Names) -> str:
    own = sorted(names.sizes[name] for name in size.names)
    listed = ", ".join(quoted(name) for name in own) + "," * (len(own) == 1)
    value = f"lambda {', '.join(own)}: {size_text(size, names.sizes).text}"
    return f"_relate(_sizes, {quoted(str(size))}, ({listed}), {value})"


def _returned(node: Node, program: Program, body: Body) -> str:
    """What is returned, as users hold it: a float, a flat column, an array that shares no memory with an argument."""
    result = body.results[0]
    if node.scalar:
        return f"float({result.text})" if body.python[0] else result.text
    held = _flat(result) if node.cols == 1 else result
    return f"{held.within(ATOM)}.copy()" if _is_view(program) else held.text


def _flat(column: Text) -> Text:
    text = column.text
    if text.endswith("[:, None]") and column.within(ATOM) == text:  # of a sum it is the last term's own
        return Text(text.removesuffix("[:, None]"), ATOM)
    if text.startswith("-(") and closing(text, 1) == len(text) - 1:
        return Text(f"{text}[:, 0]", MINUS)
    return Text(f"{column.within(ATOM)}[:, 0]", ATOM)


def _is_view(program: Program) -> bool:
    """Whether the result may be (a view of) an argument, or read-only."""
    step = program.steps[program.outputs[0]]
    while step.what in VIEWS:
        if step.what in READ_ONLY:
            return True
        step = program.steps[step.args[0]]
    return step.what == "variable"


# ------------------------------------------------------------------ modules


CHECKS = {name: function for name, function in vars(prelude).items() if inspect.isfunction(function)}


def _carried(text: str) -> list[str]:
    """The source of the checks that a text uses, and of those that they use."""
    names = list[str]()
    sources = {name: inspect.getsource(function).rstrip("\n") for name, function in CHECKS.items()}
    todo = [text]
    while todo:
        used = todo.pop()
        new = [name for name in sources if name not in names and re.search(rf"\b{name}\(", used)]
        names += new
        todo += [sources[name] for name in new]
    return [re.sub(r"\bDataError\b", "ValueError", sources[name]) for name in sources if name in names]


def imports(text: str) -> list[str]:
    """The import lines that a text needs."""
    lines = ["import math"] if "math." in text else []
    lines += [""] if lines else []
    lines.append("import numpy as np")
    return [*lines, "import scipy.linalg"] if "scipy." in text else lines


def assembled(docstring: str, functions: Sequence[str], helpers: Mapping[str, str], main: str = "") -> str:
    """A module: docstring, imports, functions, helpers, and what it does when run."""
    parts = [*functions, *helpers.values()]
    text = "\n\n\n".join([*parts, *_carried("\n".join(parts)), *([main] if main else [])])
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
    are found on which the formula exists, there is no check, and the module says why.
    """
    target = None if target is wrt else target
    signature = signature_of([formula, derivative, wrt, second or wrt, target or wrt])
    about = f"The derivative by {wrt_text or wrt.params[0]}"
    about += f": {derivative_text}" if derivative_text else "."
    function = function_source(stable(formula), "function", formula_text, signature)
    gradient = function_source(derivative, name, _shortened(about), signature)
    main, helpers, note = "", dict[str, str](), ""
    if check:
        from dvec.evaluation.selfcheck import Checked, emit_check  # it needs NumPy, the rest of this module does not

        checked = Checked(formula, derivative, wrt, second or wrt, target, structure, pattern, order, name)
        main, helpers, note = emit_check(checked, signature, seed)
    docstring = f"f = {formula_text}\n\n{about}\n\nWritten by dvec. {note}".rstrip()
    helpers = {**function.helpers, **gradient.helpers, **helpers}
    return assembled(_within_quotes(docstring), [function.text, gradient.text], helpers, main)


def _within_quotes(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"""', "'''")


def _shortened(text: str, width: int = 110) -> str:
    return text if len(text) <= width else text[: width - 1].rstrip() + "…"
