"""The part of a generated module that checks its derivative: random data, finite differences, the comparison.

May import core, sampling and the source of plans.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from dvec.core.errors import DataError
from dvec.core.layouts import Pattern
from dvec.core.node import Node
from dvec.evaluation.arrays import Bound, as_matrix
from dvec.evaluation.draws import satisfies
from dvec.evaluation.interpreter import run
from dvec.evaluation.names import names_in, told
from dvec.evaluation.plan import plan
from dvec.evaluation.sampling import NoData, Sample, Sampler
from dvec.evaluation.source import Names, body_of, size_text

if TYPE_CHECKING:
    from dvec.evaluation.emit import Signature

_SEEDS = 200
_TOLERANCE = {1: "1e-6", 2: "1e-4"}

# Random entries by style, then the structures that are declared, in this order.
_ENTRIES = {
    "any": "rng.normal(size={size})",
    "positive": "rng.uniform(0.5, 1.5, size={size})",
    "negative": "-rng.uniform(0.5, 1.5, size={size})",
    "small": "0.3 * rng.normal(size={size})",
    "tiny": "0.1 * rng.normal(size={size})",
    "large": "3 * rng.normal(size={size})",
    "near identity": "np.eye({n}) + 0.2 * rng.normal(size={size})",
}
_STRUCTURES = {
    "toeplitz": "_toeplitz({0})",
    "orthogonal": "np.linalg.qr({0})[0]",
    "positive definite": "_definite({0})",
    "positive semidefinite": "_definite({0})",
    "diagonal": "np.diag(np.diag({0}))",
    "symmetric": "_symmetric({0})",
    "skew": "_skew({0})",
    "lower triangular": "np.tril({0})",
    "upper triangular": "np.triu({0})",
    "integer": "np.round(3 * {0})",
}
_HELPERS = {
    "_definite": "def _definite(a):\n    return a @ a.T / len(a) + np.eye(len(a)) / 2",
    "_symmetric": "def _symmetric(a):\n    return (a + a.T) / 2",
    "_toeplitz": "def _toeplitz(a):\n    rows = range(len(a))\n    cols = range(a.shape[1])\n"
    "    return np.array([[a[max(i - j, 0), max(j - i, 0)] for j in cols] for i in rows])",
    "_skew": "def _skew(a):\n    return (a - a.T) / 2",
}


class Checked(NamedTuple):
    """What the check compares: see `emit.emit_module`."""

    formula: Node
    derivative: Node
    wrt: Node
    second: Node
    target: Node | None
    structure: tuple[str, str] | None
    pattern: Pattern
    order: int
    name: str


def emit_check(checked: Checked, signature: Signature, seed: int) -> tuple[str, dict[str, str]] | None:
    """What the module does when run, and the helpers for it; None if there is no such check or no random data."""
    known = checked.structure is None or checked.structure in _DIRECTIONS
    if not known or (checked.order == 2 and checked.target is not None):
        return None
    roots = [checked.formula, checked.derivative, checked.wrt, checked.second, checked.target or checked.wrt]
    sampler = Sampler(roots, seed)
    try:
        sample = sampler.sample()
    except NoData:
        return None
    data, found_seed = _working_data(sampler, sample, signature)
    differences = _first(checked, signature) if checked.order == 1 else _second(checked, signature)
    main = _MAIN.format(seed=found_seed, name=checked.name, tolerance=_TOLERANCE[checked.order])
    helpers = {key: text for key, text in _HELPERS.items() if f"{key}(" in data}
    return "\n\n\n".join([data, differences, main]), helpers


_MAIN = """if __name__ == "__main__":
    arguments = _random_arguments(seed={seed})
    found, wanted = {name}(**arguments), _differences(arguments)
    difference = np.abs(found - wanted.reshape(np.shape(found)))
    error = np.max(difference) / max(np.max(np.abs(wanted)), 1e-3)
    print(f"largest relative difference from finite differences: {{error:.1e}}")
    raise SystemExit(0 if error <= {tolerance} else 1)"""


# ------------------------------------------------------------------ random data


def _working_data(sampler: Sampler, sample: Sample, signature: Signature) -> tuple[str, int]:
    """A function that draws arguments, and a seed with which the formula exists on them; else the sample, in full."""
    drawn = {node.params[0]: _drawn(node, sample, signature) for node in signature.variables}
    text = _data_function(drawn, sample, signature)
    scope: dict[str, Any] = {"np": np}
    exec("\n".join([*_HELPERS.values(), text]), scope)  # our own text; names in it are checked identifiers
    for seed in range(_SEEDS):
        if _works(sampler, sample, scope["_random_arguments"](seed), signature):
            return text, seed
    literal = {name: _literal(array) for name, array in sample.bound.arrays.items()}
    return _data_function(literal, sample, signature), 0


def _works(sampler: Sampler, sample: Sample, arguments: dict[str, Any], signature: Signature) -> bool:
    names = signature.names.variables
    arrays: dict[str, Any] = {}
    for node in signature.variables:
        array = as_matrix(arguments[names[node.params[0]]], node)
        if not all(satisfies(array, name) for name in node.params[3]):
            return False
        arrays[node.params[0]] = array[0, 0] if node.scalar else array
    try:
        return sampler.problem(run(sampler.program, Bound(arrays, *sample.bound[1:])), 0) is None
    except DataError:
        return False


def _drawn(node: Node, sample: Sample, signature: Signature) -> str:
    properties, style = node.params[3], sample.styles[node.params[0]]
    rows, cols = (size_text(size, signature.names.sizes).text for size in node.size)
    if node.complex or style == "whole":
        return _literal(sample.bound.arrays[node.params[0]])
    if style == "near identity" and node.rows != node.cols:
        style = "any"
    style = "positive" if "positive" in properties and style != "near identity" else style
    shape = f"({rows}, {cols})" if node.cols != 1 else rows
    text = _ENTRIES[style].format(size=shape, n=rows).replace("size=1)", ")").replace(", )", ")")
    for name, template in _STRUCTURES.items():
        if name in told(properties):
            text = template.format(text)
    return text


def _literal(array: Any) -> str:
    rounded = np.asarray(array)
    if rounded.ndim == 0:
        return repr(rounded.item())
    return f"np.array({(rounded[:, 0] if rounded.shape[1] == 1 else rounded).tolist()})"


def _data_function(drawn: dict[str, str], sample: Sample, signature: Signature) -> str:
    names = signature.names
    sizes = {names.sizes[name]: value for name, value in sample.bound.sizes.items()}
    lines = ["def _random_arguments(seed):", '    """Random arguments on which the formula exists."""']
    lines.append("    rng = np.random.default_rng(seed)")
    if sizes:
        lines.append(f"    {', '.join(sizes)} = {', '.join(map(str, sizes.values()))}")
    lines.append("    return {")
    lines += [f'        "{names.variables[name]}": {text},' for name, text in drawn.items()]
    lines += [f'        "{names.sizes[name]}": {names.sizes[name]},' for name in signature.free_sizes]
    lines += [f'        "{names.indices[name]}": {at},' for name, at in sample.bound.indices.items()]
    return "\n".join([*lines, "    }"])


# ------------------------------------------------------------------ finite differences


# What the derivative is by, where it is not each entry by itself: directions made of the unit matrices.
_DIRECTIONS = {
    ("symmetric", "projected"): "[(unit + unit.T) / 2 for unit in units]",
    ("skew", "projected"): "[(unit - unit.T) / 2 for unit in units]",
    ("diagonal", "projected"): "[np.diag(np.diag(unit)) for unit in units]",
    ("lower triangular", "projected"): "[np.tril(unit) for unit in units]",
    ("upper triangular", "projected"): "[np.triu(unit) for unit in units]",
    ("symmetric", "entries"): "[np.maximum(unit, unit.T) for unit in units]",
    ("symmetric", "free"): "[np.maximum(unit, unit.T) for unit in units if not np.any(np.triu(unit, 1))]",
    ("diagonal", "free"): "[unit for unit in units if np.trace(unit)]",
}

_FIRST = '''def _differences(arguments, h=1e-3):
    """The derivative by {name}, by central finite differences of the function."""
    {name} = np.asarray(arguments["{name}"], dtype=float)
    units = np.eye({name}.size).reshape({name}.size, *{name}.shape){directions}

    def at(step):
        return np.asarray(function(**{{**arguments, "{name}": {name} + step}}))

    def slope(u):
        return (8 * (at(u) - at(-u)) - at(2 * u) + at(-2 * u)) / (12 * h)

    D = np.array([slope(h * unit) for unit in units])
    return D{layout}'''

_SECOND = '''def _differences(arguments, h=2e-3):
    """The second derivative by {both}, by central finite differences of the function."""

    def directions(name):
        shape = np.shape(arguments[name])
        units = [unit.reshape(shape, order="F") for unit in np.eye(int(np.prod(shape)))]
        return {directions}

    def at(first, second):
        moved = dict(arguments)
        moved["{first}"] = moved["{first}"] + first
        moved["{second}"] = moved["{second}"] + second
        return function(**moved)

    def quotient(u, v, h):
        u, v = h * u, h * v
        return (at(u, v) - at(u, -v) - at(-u, v) + at(-u, -v)) / (4 * h * h)

    def slope(u, v):
        return (4 * quotient(u, v, h) - quotient(u, v, 2 * h)) / 3

    return np.array([[slope(u, v) for v in directions("{second}")] for u in directions("{first}")])'''


def _first(checked: Checked, signature: Signature) -> str:
    name = signature.names.variables[checked.wrt.params[0]]
    directions, letters, shape = _moves(checked, signature, name)
    axes = letters + _axes(checked.formula, "ib")
    wanted = [letter for letter in checked.pattern.rows + checked.pattern.cols if letter in axes]
    wanted += [letter for letter in axes if letter not in wanted]
    order = [axes.index(letter) for letter in wanted]
    layout = ""
    if order != sorted(order):
        layout = f".reshape({shape}*D.shape[1:]).transpose({', '.join(map(str, order))})"
    return _FIRST.format(name=name, layout=layout, directions=directions)


def _moves(checked: Checked, signature: Signature, name: str) -> tuple[str, str, str]:
    """Lines that make the directions, the letters of the axes they run over, and the lengths of these."""
    if checked.target is not None:
        symbols = [signature.names.indices[s] for s in names_in([checked.target])[2]]
        lines = [f'{symbol} = arguments["{symbol}"]' for symbol in symbols]
        if checked.wrt.cols == 1:
            lines.append("units = units[:, :, None]")
        names = Names({checked.wrt.params[0]: "unit"}, signature.names.sizes, signature.names.indices)
        picked = body_of(plan([checked.target]), names).results[0].text
        lines.append(f"picked = np.array([{picked} for unit in units])")
        lines.append(f"units = np.tensordot(picked, units, axes=(0, 0)).reshape(-1, *{name}.shape)")
        letters = "" if checked.target.scalar else "aj"
        return "".join(f"\n    {line}" for line in lines), letters, "*picked.shape[1:], " if letters else ""
    if checked.structure is not None:
        line = f"\n    units = {_DIRECTIONS[checked.structure]}"
        if checked.structure[1] == "free":  # column by column, as vech has them
            line = line.replace("in units", "in units.swapaxes(1, 2)")
            return line, "a", "len(units), "
        return line, "aj", f"*{name}.shape, "
    letters = _axes(checked.wrt, "aj")
    return "", letters, f"*{name}.shape, " if letters else ""


def _axes(node: Node, letters: str) -> str:
    """The letters of the axes that a value has as users hold it."""
    return "" if node.scalar else letters[0] if node.cols == 1 else letters


def _second(checked: Checked, signature: Signature) -> str:
    names = signature.names.variables
    first, other = names[checked.wrt.params[0]], names[checked.second.params[0]]
    both = first if first == other else f"{first} and {other}"
    directions = _DIRECTIONS[checked.structure] if checked.structure else "units"
    return _SECOND.format(first=first, second=other, both=both, directions=directions)
