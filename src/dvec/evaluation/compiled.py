"""Formulas as Python functions of keyword arrays: checked as `evaluate` checks them, computed by emitted source.

May import core, notation, the arrays, the interpreter and the emitted source.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from inspect import Parameter
from inspect import Signature as Parameters
from typing import Any

import numpy as np

from dvec.core.errors import DataError
from dvec.core.node import Node, variables_of
from dvec.evaluation.arrays import Binder
from dvec.evaluation.emit import CHECKS, Signature, docstring, function_source, imports, signature_of
from dvec.evaluation.interpreter import evaluate
from dvec.evaluation.names import names_in
from dvec.notation.tokens import normal_name


def compile_function(node: Node, others: Iterable[Node] = (), name: str = "function") -> Callable[..., Any]:
    """The formula as a Python function of keyword arrays, named as `emit_function` names them.

    `others` are further variables that may be given, since sizes can follow from them; whatever else is given and not
    needed does no harm. Wrong arguments raise `DataError`. The source is ours: names typed by users are checked
    identifiers.
    """
    signature = signature_of([node, *others])
    names = signature.names
    _, needed, symbols = names_in([node])
    required = {variable.params[0] for variable in variables_of(node)}
    binder = Binder(signature.variables, needed, symbols, names.variables.keys() - required)
    compute = _compiled(node, name, signature)
    in_formula = formula_names(signature)
    clashes = [{key: python for key, python in part.items() if key != python} for part in names[1:]]

    def function(**given: Any) -> Any:
        values = renamed(given, in_formula)
        sizes, indices = ({key: given[python] for key, python in part.items() if python in given} for part in clashes)
        bound = binder(values, sizes, indices)
        arguments = [bound.arrays.get(key) for key in names.variables]
        arguments += [bound.sizes.get(key) for key in names.sizes]
        arguments += [bound.indices[key] for key in names.indices]
        try:
            with np.errstate(all="ignore"):
                value = compute(*arguments)
        except DataError:
            raise
        except (ValueError, IndexError) as error:
            evaluate(node, {**bound.indices, **values}, bound.sizes)  # step by step: it says which one fails, and why
            raise DataError(str(error)) from error
        return (complex(value) if np.iscomplexobj(value) else float(value)) if node.scalar else value

    required = {names.variables[key] for key in required} | {names.sizes[key] for key in signature.free_sizes}
    required |= set(names.indices.values())
    parameters = [
        Parameter(key, Parameter.KEYWORD_ONLY, default=Parameter.empty if key in required else None)
        for key in signature.arguments
    ]
    function.__name__ = function.__qualname__ = name
    function.__doc__ = "\n".join(docstring(node, "", signature)).strip('"\n')
    function.__signature__ = Parameters(parameters)  # type: ignore[attr-defined]
    return function


def _compiled(node: Node, name: str, signature: Signature) -> Callable[..., Any]:
    """A function of checked arguments by place: all variables, all sizes, all indices."""
    source = function_source(node, name, "", signature, checked=False)
    text = "\n\n".join([source.text, *source.helpers.values()])
    text = "\n".join([*imports(text), text])
    scope: dict[str, Any] = dict(CHECKS)
    exec(compile(text, f"<dvec {name}>", "exec"), scope)
    return scope[name]


def formula_names(signature: Signature) -> dict[str, str]:
    """The formula's own names by the names of arguments: lambda by lambda_, and by lambda too."""
    found: dict[str, str] = {}
    for part in signature.names:  # a size that is called like a variable has no name of its own among values
        new = {name: python for name, python in part.items() if name not in found}
        found |= {python: name for name, python in new.items() if python not in found} | {name: name for name in new}
    return found


def renamed(given: Mapping[str, Any], in_formula: Mapping[str, str]) -> dict[str, Any]:
    """Values by the formula's own names."""
    return {in_formula.get(k) or in_formula.get(normal_name(k), normal_name(k)): value for k, value in given.items()}
