"""The part of a generated module that checks its derivative: random data, finite differences, the comparison.

May import core, sampling and the source of plans.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from dvec.core.errors import DataError
from dvec.core.layouts import Pattern
from dvec.core.node import Node
from dvec.evaluation.arrays import Bound, bind
from dvec.evaluation.draws import satisfies
from dvec.evaluation.interpreter import run
from dvec.evaluation.names import told
from dvec.evaluation.plan import plan
from dvec.evaluation.sampling import NoData, Sample, Sampler
from dvec.evaluation.source import Names, body_of, quoted, size_text

if TYPE_CHECKING:
    from dvec.evaluation.emit import Signature

_SEEDS = 200
_TOLERANCE = {1: 1e-6, 2: 1e-4}
_STEP = {1: "1e-3", 2: "2e-3"}

# Random entries by style, then the structures that are declared, in this order.
_ENTRIES = {
    "any": "_rng.normal(size={size})",
    "positive": "_rng.uniform(0.5, 1.5, size={size})",
    "negative": "-_rng.uniform(0.5, 1.5, size={size})",
    "small": "0.3 * _rng.normal(size={size})",
    "tiny": "0.1 * _rng.normal(size={size})",
    "large": "3 * _rng.normal(size={size})",
    "near identity": "np.eye({n}) + 0.2 * _rng.normal(size={size})",
}
_STRUCTURES = {
    "toeplitz": "_toeplitz({0})",
    "orthogonal": "(lambda q: q * _rng.choice([-1.0, 1.0], size=len(q)))(np.linalg.qr({0})[0])",
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


class Check(NamedTuple):
    """What the module does when run, the helpers for it, and a sentence on both."""

    main: str
    helpers: dict[str, str]
    note: str


def emit_check(checked: Checked, signature: Signature, seed: int) -> Check:
    """The check of a derivative; where there is none, what is in the way."""
    if checked.wrt.complex:
        return _no_check(checked, "derivatives by complex variables have no check of their own")
    if checked.structure is not None and checked.structure not in _DIRECTIONS:
        return _no_check(checked, f"there is no check for a variable that is {' and '.join(checked.structure)}")
    if checked.order == 2 and checked.target is not None:
        return _no_check(checked, "second derivatives by parts of a variable have no check of their own")
    roots = [checked.formula, checked.derivative, checked.wrt, checked.second, checked.target or checked.wrt]
    sampler = Sampler(roots, seed)
    try:
        sample = sampler.sample()
    except NoData as problem:
        return _no_check(checked, str(problem))
    data, found_seed = _working_data(sampler, sample, signature)
    differences = _first(checked, signature) if checked.order == 1 else _second(checked, signature)
    step, tolerance = _STEP[checked.order], _TOLERANCE[checked.order]
    main = _MAIN.format(seed=found_seed, name=checked.name, tolerance=tolerance, step=step, noise=f"{10 / tolerance:g}")
    helpers = {key: text for key, text in _HELPERS.items() if f"{key}(" in data}
    note = "Run it to check the derivative against finite differences."
    return Check("\n\n\n".join([data, differences, main]), helpers, note)


def _no_check(checked: Checked, reason: str) -> Check:
    main = f'if __name__ == "__main__":\n    print({quoted(f"{checked.name} not checked: {reason}")})'
    return Check(main, {}, f"It does not check itself: {reason}.")


# Users' names have no underscore in front; those that the check binds have. The scale of the error is that of the
# derivative, however small, unless it drowns in the rounding of finite differences (half the step gives other noise).
_MAIN = """if __name__ == "__main__":
    _arguments = _random_arguments(_seed={seed})
    _found, _value = {name}(**_arguments), function(**_arguments)
    _wanted, _again = _differences(_arguments, _h={step}), _differences(_arguments, _h={step} / 2)
    _noise = np.max(np.abs(_wanted - _again))  # what finite differences do not tell
    _scale = max(np.max(np.abs(_wanted)), {noise} * _noise, 1e-8 * np.max(np.abs(_value)), 1e-300)
    _error = np.max(np.abs(_found - _wanted.reshape(np.shape(_found)))) / _scale
    _ok = _error <= {tolerance}
    print(
        f"{name} {{'agrees with' if _ok else 'differs from'}} finite differences:"
        f" relative error {{_error:.1e}} ({{'ok' if _ok else 'FAILED'}})"
    )
    raise SystemExit(0 if _ok else 1)"""


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
    values = {name: arguments[python] for name, python in signature.names.variables.items()}
    arrays = bind(signature.variables, (), {}, values).arrays
    if not all(
        satisfies(np.atleast_2d(arrays[v.params[0]]), name) for v in signature.variables for name in v.params[3]
    ):
        return False
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
    lines = ["def _random_arguments(_seed):", '    """Random arguments on which the formula exists."""']
    lines.append("    _rng = np.random.default_rng(_seed)")
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
    ("symmetric", "projected"): "[(_unit + _unit.T) / 2 for _unit in _units]",
    ("skew", "projected"): "[(_unit - _unit.T) / 2 for _unit in _units]",
    ("diagonal", "projected"): "[np.diag(np.diag(_unit)) for _unit in _units]",
    ("lower triangular", "projected"): "[np.tril(_unit) for _unit in _units]",
    ("upper triangular", "projected"): "[np.triu(_unit) for _unit in _units]",
    ("symmetric", "entries"): "[np.maximum(_unit, _unit.T) for _unit in _units]",
    ("symmetric", "free"): "[np.maximum(_unit, _unit.T) for _unit in _units if not np.any(np.triu(_unit, 1))]",
    ("diagonal", "free"): "[_unit for _unit in _units if np.trace(_unit)]",
}

_FIRST = '''def _differences(_arguments, _h):
    """The derivative by {name}, by central finite differences of the function."""
    _X = np.asarray(_arguments["{name}"], dtype=float)
    _units = np.eye(_X.size).reshape(_X.size, *_X.shape){directions}

    def _at(_step):
        return np.asarray(function(**{{**_arguments, "{name}": _X + _step}}))

    def _slope(_u):
        return (8 * (_at(_u) - _at(-_u)) - _at(2 * _u) + _at(-2 * _u)) / (12 * _h)

    _D = np.array([_slope(_h * _unit) for _unit in _units])
    return _D{layout}'''

_SECOND = '''def _differences(_arguments, _h):
    """The second derivative by {both}, by central finite differences of the function."""

    def _directions(_name):
        _shape = np.shape(_arguments[_name])
        _units = [_unit.reshape(_shape, order="F") for _unit in np.eye(int(np.prod(_shape)))]
        return {directions}

    def _at(_first, _second):
        _moved = dict(_arguments)
        _moved["{first}"] = _moved["{first}"] + _first
        _moved["{second}"] = _moved["{second}"] + _second
        return function(**_moved)

    def _quotient(_u, _v, _h):
        _u, _v = _h * _u, _h * _v
        return (_at(_u, _v) - _at(_u, -_v) - _at(-_u, _v) + _at(-_u, -_v)) / (4 * _h * _h)

    def _slope(_u, _v):
        return (4 * _quotient(_u, _v, _h) - _quotient(_u, _v, 2 * _h)) / 3

    return np.array([[_slope(_u, _v) for _v in _directions("{second}")] for _u in _directions("{first}")])'''


def _first(checked: Checked, signature: Signature) -> str:
    name = signature.names.variables[checked.wrt.params[0]]
    directions, letters, shape = _moves(checked, signature)
    axes = letters + _axes(checked.formula, "ib")
    wanted = [letter for letter in checked.pattern.rows + checked.pattern.cols if letter in axes]
    wanted += [letter for letter in axes if letter not in wanted]
    order = [axes.index(letter) for letter in wanted]
    layout = ""
    if order != sorted(order):
        layout = f".reshape({shape}*_D.shape[1:]).transpose({', '.join(map(str, order))})"
    return _FIRST.format(name=name, layout=layout, directions=directions)


def _moves(checked: Checked, signature: Signature) -> tuple[str, str, str]:
    """Lines that make the directions, the letters of the axes they run over, and the lengths of these."""
    if checked.target is not None:
        lines = ["_units = _units[:, :, None]"] if checked.wrt.cols == 1 else []
        indices = {symbol: f'_arguments["{name}"]' for symbol, name in signature.names.indices.items()}
        names = Names({checked.wrt.params[0]: "_unit"}, signature.names.sizes, indices)
        picked = body_of(plan([checked.target]), names).results[0].text
        lines.append(f"_picked = np.array([{picked} for _unit in _units])")
        lines.append("_units = np.tensordot(_picked, _units, axes=(0, 0)).reshape(-1, *_X.shape)")
        letters = "" if checked.target.scalar else "aj"
        return "".join(f"\n    {line}" for line in lines), letters, "*_picked.shape[1:], " if letters else ""
    if checked.structure is not None:
        line = f"\n    _units = {_DIRECTIONS[checked.structure]}"
        if checked.structure[1] == "free":  # column by column, as vech has them
            line = line.replace("in _units", "in _units.swapaxes(1, 2)")
            return line, "a", "len(_units), "
        return line, "aj", "*_X.shape, "
    letters = _axes(checked.wrt, "aj")
    return "", letters, "*_X.shape, " if letters else ""


def _axes(node: Node, letters: str) -> str:
    """The letters of the axes that a value has as users hold it."""
    return "" if node.scalar else letters[0] if node.cols == 1 else letters


def _second(checked: Checked, signature: Signature) -> str:
    names = signature.names.variables
    first, other = names[checked.wrt.params[0]], names[checked.second.params[0]]
    both = first if first == other else f"{first} and {other}"
    directions = _DIRECTIONS[checked.structure] if checked.structure else "_units"
    return _SECOND.format(first=first, second=other, both=both, directions=directions)
