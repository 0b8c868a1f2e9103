"""How what is no derivative is checked: the formula and what was made of it have the same values on random data.

May import every room but the faces.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import pairwise

import numpy as np

from dvec.answers import checking
from dvec.answers.derivation import Step
from dvec.answers.derivation_entries import entry
from dvec.answers.expr import Expr
from dvec.calculus.differentiate import expanded
from dvec.calculus.linear_map import total
from dvec.calculus.structure import unstructured
from dvec.calculus.taylor import taylor
from dvec.core.algebra import ADD
from dvec.core.layouts import Pattern
from dvec.core.node import Node, substitute, variable
from dvec.evaluation.sampling import NoData, Sampler
from dvec.evaluation.verification import Verification
from dvec.evaluation.verification import verify as compare
from dvec.notation import parser
from dvec.notation.index_form import entry_form
from dvec.operations.derivative import DERIVATIVE

TOLERANCE = 1e-6
_ROUNDING = 1e-6  # a value smaller than that beside the largest on the way to it is measured by the largest
_SAMPLES = 3

_Check = Callable[[], Verification]


def agree(pairs: Sequence[tuple[Node, Node]], samples: int = _SAMPLES, seed: int = 0) -> Verification:
    """Whether the two formulas of each pair have the same value on random data."""
    sampler = Sampler([node for pair in pairs for node in pair], seed)
    worst = 0.0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what libraries say about data that are drawn again anyway
        for checked in range(samples):
            try:
                results = sampler.sample().results
            except NoData as problem:
                return Verification(False, float("inf"), checked, str(problem))
            largest = max((float(np.max(np.abs(result), initial=0.0)) for result in results), default=0.0)
            values = [np.atleast_2d(results[place]) for place in sampler.program.outputs]
            for one, other in zip(values[::2], values[1::2], strict=True):
                scale = max(float(np.max(np.abs([one, other]), initial=0.0)), _ROUNDING * largest, 1e-300)
                worst = max(worst, float(np.max(np.abs(one - other), initial=0.0)) / scale)
            if not worst <= TOLERANCE:
                return Verification(False, worst, checked, f"the values differ: relative error {worst:.1e}")
    return Verification(True, worst, samples, "")


def has_inner(formula: Expr) -> bool:
    """Whether there are derivatives inside a formula."""
    return formula.node.holds(DERIVATIVE)


def verify_inner(formula: Expr) -> Verification:
    """Every derivative inside a formula, diff(F, X), against finite differences."""
    return _all(_inner(formula))


def verify_rewriting(formula: Expr, rewritten: Expr) -> Verification:
    """A formula and another form of it have the same value."""
    return _all([*_inner(formula), partial(agree, [(expanded(formula.node), rewritten.node)])])


def verify_index(formula: Expr, text: str) -> Verification:
    """The text of one entry in index notation, read back, has the value of that entry."""
    node = expanded(formula.node)
    form = entry_form(node)
    read = parser.parse(text, scope=formula.scope).node
    return _all([*_inner(formula), partial(agree, [(entry(node, form.row, form.col), read)])])


def verify_taylor(formula: Expr, wrt: str, order: int, step: str, polynomial: Expr) -> Verification:
    """A Taylor polynomial against finite differences along its step.

    With T_k its terms of degree k in H, T_k(X + sH, H) has the derivative (k+1)·T_{k+1}(X + sH, H) by s: that is
    checked degree by degree, and in the place of T₀ stands the formula that was typed. A structured X leaves its
    structure on the way: then the polynomial of an unstructured one is checked, and the one that is shown against it.
    """
    X = parser.parse_target(wrt, formula.scope)
    plain, H = unstructured(X), variable(step, X.rows, X.cols)
    start = substitute(expanded(formula.node), {X: plain})
    checked = polynomial.node if plain is X else taylor(start, plain, order, step)[0]
    try:
        terms = _by_degree(checked, H, order)
    except NoData as problem:
        return Verification(False, float("inf"), 0, str(problem))
    kept = plain.properties & {"positive", "complex"}  # so that X + sH has them
    s, towards = variable("·s", 1, 1, ["positive"]), variable(step, X.rows, X.cols, kept)
    line = {plain: plain + s * towards, H: towards}
    on_line = [substitute(term, line) for term in (start, *terms[1:])]
    checks: list[_Check] = [*_inner(formula), partial(agree, [(start, terms[0])])]
    for k, (term, following) in enumerate(pairwise(on_line), 1):
        checks.append(partial(compare, term, s, k * following, Pattern("i", "b"), samples=_SAMPLES))
    return _all([*checks, partial(agree, [(substitute(total(terms, start.size), {plain: X}), polynomial.node)])])


def _by_degree(polynomial: Node, H: Node, order: int) -> list[Node]:
    """The terms of each degree in H; what a term is multiplied by when H is doubled tells its degree."""
    addends = polynomial.args if polynomial.op is ADD else (polynomial,)
    sampler = Sampler([*addends, *(substitute(addend, {H: 2 * H}) for addend in addends)])
    results = sampler.sample().results
    values = [np.asarray(results[place]) for place in sampler.program.outputs]
    found: list[list[Node]] = [[] for _ in range(order + 1)]
    for addend, once, doubled in zip(addends, values, values[len(addends) :], strict=False):
        error = [float(np.max(np.abs(doubled - 2.0**k * once), initial=0.0)) for k in range(order + 1)]
        degree = int(np.argmin(error))
        if error[degree] > TOLERANCE * float(np.max(np.abs(doubled), initial=0.0)):
            raise NoData(f"one of its terms is no power of {H.params[0]} up to {order}")
        found[degree].append(addend)
    return [total(terms, polynomial.size) for terms in found]


def verify_entry_steps(formula: Expr, steps: Sequence[Step]) -> Verification:
    """The derivation from entries: each right side, read back, has the value of its formula, and what is said to be a
    derivative agrees with finite differences."""
    pairs = [
        (step.right, parser.parse(step.text.partition(" = ")[2], scope=formula.scope).node)
        for step in steps
        if step.right is not None
    ]
    claims = {step.derivative.node: step.derivative for step in steps if step.derivative is not None}
    return _all([*(partial(checking.verify, claim) for claim in claims.values()), partial(agree, pairs)])


def _inner(formula: Expr) -> Iterator[_Check]:
    for derivative in checking.inner_derivatives(formula.node):
        yield partial(checking.verify, derivative)


def _all(checks: Iterable[_Check]) -> Verification:
    """The first check that is not passed; where all are, the largest error of them."""
    worst, samples = 0.0, _SAMPLES
    for check in checks:
        found = check()
        if not found.ok:
            return found
        worst, samples = max(worst, found.max_relative_error), min(samples, found.samples)
    return Verification(True, worst, samples, "")
