"""The value of a formula on numbers: a plan, run step by step.

May import core, operations, the plan and NumPy; SciPy is loaded by the operations that need it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import cache
from importlib import import_module
from typing import Any

import numpy as np

from dvec.core.errors import DataError
from dvec.core.node import Node, postorder
from dvec.core.sizes import size_value
from dvec.evaluation import prelude
from dvec.evaluation.arrays import Bound, bind, result
from dvec.evaluation.names import names_in
from dvec.evaluation.plan import plan
from dvec.evaluation.steps import Index, Program, Step
from dvec.evaluation.templates import PRIMITIVES, parameters_of, template_of
from dvec.operations.constants import UNIT

Function = Callable[..., Any]
Change = Callable[[Any], Any]


def evaluate(node: Node, values: Mapping[str, Any], sizes: Mapping[str, int] | None = None) -> Any:
    """The value of a formula: a float (complex), a 1-D array for a column, else a 2-D array.

    `values` maps the names of variables to arrays, of sizes and index symbols to whole numbers, and may hold more
    than is needed. Raises `DataError` for what is missing or does not fit.
    """
    variables, needed, symbols = names_in([node])
    bound = bind(variables, needed, symbols, values, sizes)
    _check_indices(node, bound)
    program = plan([node], bound.sizes)
    computed = run(program, bound, keep=False)[program.outputs[0]]
    return result(_fresh(computed, bound), node)


def _check_indices(node: Node, bound: Bound) -> None:
    """Indices typed as numbers, in sides whose size only the arrays tell."""
    for inner in postorder(node):
        if inner.op is UNIT and isinstance(inner.params[1], int):
            size = size_value(inner.params[0], bound.sizes)
            if inner.params[1] > size:
                raise DataError(f"the index {inner.params[1]} is outside 1…{size}")


def _fresh(computed: Any, bound: Bound) -> Any:
    """A copy if the result is a view of what was given, so that nobody changes the one through the other."""
    shared = hasattr(computed, "shape") and any(np.may_share_memory(computed, a) for a in bound.arrays.values())
    return np.array(computed) if shared else computed


# ------------------------------------------------------------------ running a program


def run(program: Program, bound: Bound, keep: bool = True, change: Change | None = None) -> list[Any]:
    """The results of all steps, in order; those that no output needs, and without `keep` those that nobody needs any
    more, are None.

    `change` is made to the result of every step that has arguments, before others use it.
    """
    results: list[Any] = []
    last = {} if keep else {arg: place for place, step in enumerate(program.steps) for arg in step.args}
    needed = needed_for(program)
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        for place, step in enumerate(program.steps):
            if not needed[place]:
                results.append(None)
                continue
            value = run_step(step, bound)(*[results[arg] for arg in step.args])
            results.append(value if change is None or not step.args else change(value))
            for arg in () if keep else step.args:
                if last[arg] == place and arg not in program.outputs:
                    results[arg] = None
    return results


def prepare(program: Program, bound: Bound, varying: frozenset[str], known: list[Any] | None = None) -> Function:
    """A function of the arrays of some variables that gives the values of all roots; the rest is computed once
    (or known, the results of all steps). A second argument is a change, made as `run` makes it.
    """
    results = run(program, bound) if known is None else known
    needed = needed_for(program)
    moving = [step.what == "variable" and step.params[0] in varying for step in program.steps]
    inputs = [(k, step.params[0]) for k, step in enumerate(program.steps) if moving[k]]
    todo: list[tuple[int, Function, tuple[int, ...]]] = []
    for k, step in enumerate(program.steps):
        if needed[k] and any(moving[arg] for arg in step.args):
            moving[k] = True
            todo.append((k, run_step(step, bound), step.args))

    def function(arrays: Mapping[str, Any], change: Change | None = None) -> list[Any]:
        own = results.copy()
        for k, name in inputs:
            own[k] = arrays[name]
        for k, operation, args in todo:
            value = operation(*[own[arg] for arg in args])
            own[k] = value if change is None else change(value)
        return [own[output] for output in program.outputs]

    return function


def needed_for(program: Program) -> list[bool]:
    """Which steps the outputs need."""
    needed = [False] * len(program.steps)
    for output in program.outputs:
        needed[output] = True
    for k in range(len(needed) - 1, -1, -1):
        if needed[k]:
            for arg in program.steps[k].args:
                needed[arg] = True
    return needed


def run_step(step: Step, bound: Bound) -> Function:
    """The step as a function of the results it needs, its parameters filled in."""
    if step.what == "variable":
        value = bound.arrays[step.params[0]]
        return lambda: value
    if step.what == "number":
        number = as_float(step.params[0])
        return lambda: number
    function = function_of(step.what)
    if not step.params:
        return function
    params = [_number(param, bound) for param in step.params]
    return lambda *args: function(*args, *params)


def as_float(value: Fraction) -> Any:
    try:
        return np.float64(value)
    except OverflowError:
        return np.float64("inf")


def _number(param: Any, bound: Bound) -> Any:
    """A parameter as a number: sizes by their values, index symbols counted from 0."""
    if isinstance(param, Index):
        return (bound.indices[param.at] if isinstance(param.at, str) else param.at) - 1
    if isinstance(param, tuple):
        return tuple(_number(part, bound) for part in param)  # pyright: ignore[reportUnknownVariableType]
    return size_value(param, bound.sizes)


@cache
def function_of(what: str) -> Function:
    """A template compiled to a function of its arguments and parameters."""
    template = template_of(what)
    count = max((k + 1 for k in range(4) if f"{{{k}}}" in template), default=0)
    names = [f"a{k}" for k in range(count)]
    parameters = parameters_of(what)
    body = template.format(*names, **{name: name for name in parameters})
    scope: dict[str, Any] = {"np": np, "math": math, "_whole": prelude._whole}  # pyright: ignore[reportPrivateUsage]
    if "scipy.linalg" in template:
        import_module("scipy.linalg")
        scope["scipy"] = import_module("scipy")
    function: Function = eval(f"lambda {', '.join([*names, *parameters])}: {body}", scope)  # our own templates only
    return function if what in PRIMITIVES and "linalg" not in template else _explained(what, function)


def _explained(what: str, function: Function) -> Function:
    """The function with the libraries' own errors turned into sentences."""

    def explained(*args: Any) -> Any:
        try:
            return function(*args)
        except ValueError as error:  # LinAlgError, and what SciPy says of infinite entries
            shape = "×".join(map(str, np.shape(args[0])))
            name = "inv" if what == "solve" else what
            raise DataError(f"{name} of a {shape} matrix: {str(error).lower()}") from None

    return explained
