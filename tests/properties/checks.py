"""What must hold for every formula and every derivative, checked on one sample of random data."""

from __future__ import annotations

import warnings
from itertools import permutations
from typing import Any

import numpy as np
import reference
from formulas import Problem
from readback import Untold, plain_of_latex, plain_of_unicode

from dvec.answers.calls import diff, differential, parse, simplify
from dvec.answers.expr import Expr, of_node
from dvec.calculus.differentiate import expanded
from dvec.core.errors import DataError, FormulaError, NotDifferentiable
from dvec.core.node import VARIABLE, Node, postorder
from dvec.core.sizes import size_value
from dvec.evaluation.sampling import NoData, Sample, Sampler
from dvec.rewrite.canonical import Canonical

UNDECIDED = ("no random data", "finite differences do not settle", "lost in rounding")  # in what verification says
TOLERANCE = 1e-7  # relative to the largest number met on the way
ROUNDED = 1e-14  # what some dozens of operations change


class Undecided(Exception):  # noqa: N818
    """No data can be drawn on which the formula exists, or finite differences do not settle."""


# ------------------------------------------------------------------ values


def sample_of(nodes: list[Node], seed: int = 0) -> Sample:
    try:
        return Sampler(nodes, seed).sample()
    except NoData as problem:
        raise Undecided(str(problem)) from None


def given_values(sample: Sample) -> dict[str, Any]:
    bound = sample.bound
    return {**bound.sizes, **bound.indices, **bound.arrays}


def matrix_value(expr: Any, sample: Sample) -> Any:
    """The value as a 2-D array, whose shape is what the size of the expression says."""
    value = np.asarray(expr.evaluate(given_values(sample)))
    node: Node = expr.node if isinstance(expr, Expr) else expr.expr.node
    rows, cols = (size_value(side, sample.bound.sizes) for side in node.size)
    assert value.shape == (() if node.scalar else (rows,) if node.cols == 1 else (rows, cols)), "shape of the value"
    return value.reshape(rows, cols)


def scale_of(sample: Sample) -> float:
    """The largest number among all intermediate results: rounding is relative to it."""
    return max(1.0, *(float(np.max(np.abs(r), initial=0.0)) for r in sample.results))


def assert_same(one: Any, other: Any, scale: float, what: str, node: Node, sample: Sample) -> None:
    """Two values of the node on the sample. Undecided where rounding of the data alone would set them so far apart."""
    assert one.shape == other.shape, f"{what}: {one.shape} against {other.shape}"
    error = float(np.max(np.abs(one - other), initial=0.0))
    if TOLERANCE * scale < error <= moved_by_rounding(node, sample):
        raise Undecided("lost in rounding")
    assert error <= TOLERANCE * scale, f"{what}: {error:.1e} apart at scale {scale:.1e}\n{one}\n{other}"


def moved_by_rounding(node: Node, sample: Sample) -> float:
    """How far a change of the data by some roundings moves the value: logdet(Q)*a^2 is noise where a is 1e9."""
    bound, node = sample.bound, expanded(node)
    value = reference.value(node, bound.arrays, bound.sizes, bound.indices)
    moved: list[float] = []
    for number in range(1, 4):  # one alone may happen to change nothing
        changed = {name: _moved(np.asarray(array), number) for name, array in bound.arrays.items()}
        other = reference.value(node, changed, bound.sizes, bound.indices)
        moved.append(float(np.max(np.abs(value - other), initial=0.0)))
    return max(moved)


def _moved(a: Any, number: int) -> Any:
    return a + ROUNDED * a * np.cos(number * np.arange(1, a.size + 1)).reshape(a.shape)


# ------------------------------------------------------------------ text


def assert_round_trip(expr: Expr) -> Expr:
    """canonical(parse(text(e))) is canonical(e)."""
    again = parse(expr.text, expr.given)
    ctx = Canonical()
    assert ctx(expanded(again.node)) is ctx(expanded(expr.node)), f"read back differently: {expr.text}   [{expr.given}]"
    return again


def assert_printable(expr: Expr, sample: Sample | None = None) -> None:
    """Unicode and LaTeX mean what the formula means: read back as their reader would, they have its values."""
    assert_latex_nests(expr.latex)
    try:
        sample = sample or sample_of([expanded(expr.node)])
    except Undecided:
        return
    value, scale = matrix_value(expr, sample), scale_of(sample)
    for shown, read in ((expr.unicode, plain_of_unicode), (expr.latex, plain_of_latex)):
        try:
            plain = read(expr)
        except Untold:  # e_{1} and unvech(x) of two sizes in one formula, in LaTeX
            continue
        try:
            found = matrix_value(parse(plain, expr.given), sample)
        except FormulaError as error:
            raise AssertionError(f"{shown} reads as {plain}: {error}   [{expr.given}]") from None
        assert_same(found, value, scale, f"{shown} reads as {plain}   [{expr.given}]", expr.node, sample)


def assert_latex_nests(shown: str) -> None:
    assert shown.strip(), "nothing is shown"
    assert shown.count(r"\left") == shown.count(r"\right"), shown
    depth = 0
    for sign in shown:
        depth += (sign == "{") - (sign == "}")
        assert depth >= 0, shown
    assert depth == 0, shown


def assert_canonical(node: Node) -> None:
    """The canonical form of the canonical form is itself."""
    first = Canonical()
    form = first(node)
    assert first(form) is form
    again = Canonical()(form)
    both = Canonical()
    assert both(again) is both(form)


# ------------------------------------------------------------------ layouts


def four_indices(page: Any, pattern: tuple[str, str], sizes: dict[str, int]) -> Any:
    """D[i,b,a,j] from a page whose rows and columns hold these letters, the last one running fastest."""
    letters = "".join(pattern)
    missing = [x for x in "ibaj" if x not in letters]
    assert all(sizes[x] == 1 for x in missing)
    cube = page.reshape([sizes[x] for x in letters] + [1] * len(missing))
    letters += "".join(missing)
    return cube.transpose([letters.index(x) for x in "ibaj"])


VEC, BLOCK = ("bi", "ja"), ("ia", "jb")


def named_layouts(of: tuple[Any, Any], by: tuple[Any, Any]) -> dict[str, tuple[str, str] | None]:
    """What API section 3 says of each name, for these sizes; None where it is refused."""
    if by == (1, 1):
        plain = numerator = ("i", "b")
    elif of == (1, 1):
        plain, numerator = ("a", "j"), ("j", "a")
    elif of[1] == 1 and by[1] == 1:
        plain = numerator = ("i", "a")
    else:
        return {"vec": VEC, "block": BLOCK, "mixed": VEC, "numerator": None, "denominator": None}
    return {"vec": VEC, "block": BLOCK, "mixed": plain, "numerator": numerator, "denominator": numerator[::-1]}


# ------------------------------------------------------------------ a whole problem


def check(problem: Problem, seed: int = 0) -> None:
    """Everything that must hold for a formula and its derivative. Raises `Undecided` where no data can be had."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "logm result may be inaccurate")  # SciPy's word on matrices that are singular
        _check(problem, seed)


def _check(problem: Problem, seed: int) -> None:
    formula = of_node(problem.formula)
    sample = sample_of([expanded(problem.formula), problem.target, problem.second or problem.target], seed)
    scale = scale_of(sample)
    value = matrix_value(formula, sample)
    bound = sample.bound
    expected = reference.value(expanded(problem.formula), bound.arrays, bound.sizes, bound.indices)
    assert_same(value, expected, scale, "the interpreter and the definition", formula.node, sample)
    assert_round_trip(formula)
    assert_printable(formula, sample)
    shorter = simplify(formula)
    assert_same(matrix_value(shorter, sample), value, scale, f"simplified to {shorter.text}", formula.node, sample)
    try:
        d = derivative(problem)
    except NotDifferentiable as refusal:
        if not may_be_refused(problem):
            raise AssertionError(f"refused: {refusal}\n{describe(problem)}") from None
        raise Undecided(str(refusal)) from None
    assert_verified(d, problem, sample, seed)
    both = sample_of([expanded(problem.formula), d.expr.node, problem.target, problem.second or problem.target], seed)
    found = matrix_value(d, both)
    scale = scale_of(both)
    exact = reference.value(d.expr.node, both.bound.arrays, both.bound.sizes, both.bound.indices)
    node = d.expr.node
    assert_same(found, exact, scale, "the interpreter and the definition, of the derivative", node, both)
    again = assert_round_trip(d.expr)
    assert_same(matrix_value(again, both), found, scale, f"read back to other numbers: {d.text}", node, both)
    assert_printable(d.expr, both)
    compiled = compiled_value(d, both).reshape(found.shape)
    assert_same(compiled, found, scale, f"compiled to other numbers: {d.text}", node, both)
    if problem.order == 1:
        assert_layouts(d, problem, found, both, scale)
    if problem.order == 1 and problem.target.op is VARIABLE:
        assert_differential(problem, both, scale)


def compiled_value(d: Any, sample: Sample) -> Any:
    return np.asarray(d.compile()(**given_values(sample)))  # what is not needed is accepted


# ------------------------------------------------------------------ differentials

PROJECTED = {
    "diagonal": lambda a: np.diag(np.diag(a)),
    "symmetric": lambda a: (a + a.T) / 2,
    "skew": lambda a: (a - a.T) / 2,
    "lower triangular": np.tril,
    "upper triangular": np.triu,
}


def assert_differential(problem: Problem, sample: Sample, scale: float) -> None:
    """dF at a direction within the structure of X is the Jacobian, structure ignored, times vec dX."""
    X = problem.target
    if X.has("toeplitz"):
        return
    name = X.params[0]
    at = np.asarray(sample.bound.arrays[name]).reshape([size_value(side, sample.bound.sizes) for side in X.size])
    dX = np.cos(np.arange(at.size) + 1).reshape(at.shape)
    for structure in (s for s in PROJECTED if X.has(s)):
        dX = PROJECTED[structure](dX)
    formula = of_node(problem.formula)
    dF = differential(formula, of_node(X).text)
    values = {**given_values(sample), f"d{name}": dX[0, 0] if X.scalar else dX}
    found = np.asarray(dF.evaluate(values)).reshape(-1, 1, order="F")
    J = diff(formula, of_node(X), layout="vec", structure="ignore")
    what = f"the differential {dF.text}\n{describe(problem)}"
    assert_same(found, matrix_value(J, sample) @ reference.vec(dX), scale, what, J.expr.node, sample)


def may_be_refused(problem: Problem) -> bool:
    """Whether it asks for what has no closed form, or none yet: a second derivative of tr(expm(X)), of tr(X^k)."""
    found = list(postorder(expanded(problem.formula)))
    later = any(n.op.name in ("expm", "logm", "sqrtm") for n in found)
    symbolic = any(n.op.name == "^" and n.args[1].op.name != "constant" for n in found)
    return (later or symbolic) and (problem.order == 2 or any(n.op.name == "diff" for n in postorder(problem.formula)))


def derivative(problem: Problem, layout: str = "mixed") -> Any:
    wrt: Any = of_node(problem.target)
    if problem.second is not None:
        wrt = (wrt, of_node(problem.second))
    return diff(of_node(problem.formula), wrt, layout=layout, order=problem.order, structure=problem.structure)


def assert_verified(d: Any, problem: Problem, sample: Sample, seed: int) -> None:
    verdict = d.verify(samples=1, seed=seed)
    if verdict.ok:
        return
    if not any(words in verdict.reason for words in UNDECIDED):
        raise AssertionError(f"{verdict.reason}\n{describe(problem)}\ngives {d.text}")
    # There are data for the formula: the derivative must exist there too.
    try:
        found = matrix_value(d, sample)
    except DataError as error:
        raise AssertionError(f"the derivative does not exist: {error}\n{describe(problem)}\ngives {d.text}") from None
    assert np.isfinite(found).all(), f"the derivative is not finite\n{describe(problem)}\ngives {d.text}"
    raise Undecided(verdict.reason)


def assert_layouts(d: Any, problem: Problem, found: Any, sample: Sample, scale: float) -> None:
    """Every layout holds the same numbers, where its pattern says."""
    of, by = d.result.of, d.result.by
    sides = [size_value(side, sample.bound.sizes) for side in (*of, *by)]
    sizes = dict(zip("ibaj", sides, strict=True))
    patterns: dict[str, Any] = named_layouts(of, by)
    own = " ".join(f"({' '.join(group)})" for group in problem.pattern)
    patterns[own] = problem.pattern
    wanted = four_indices(found, patterns["mixed"], sizes)
    for layout, pattern in patterns.items():
        if pattern is None:
            try:
                derivative(problem, layout)
            except FormulaError:
                continue
            raise AssertionError(f"{layout} has no rule here, and should be refused\n{describe(problem)}")
        other = derivative(problem, layout)
        try:
            page = matrix_value(other, sample)
        except DataError as error:
            raise AssertionError(f"{layout}: {error}\n{describe(problem)}\ngives {other.text}") from None
        shape = tuple(int(np.prod([sizes[x] for x in group])) for group in pattern)
        assert page.shape == shape, f"{layout}: {page.shape} is not {shape}\n{describe(problem)}\ngives {other.text}"
        what = f"{layout} and mixed differ\n{describe(problem)}\ngives {other.text}\nand {d.text}\n"
        assert_same(four_indices(page, pattern, sizes), wanted, scale, what, d.expr.node, sample)


def describe(problem: Problem) -> str:
    """The call that shows it."""
    formula = of_node(problem.formula)
    wrt: Any = of_node(problem.target).text
    if problem.second is not None:
        wrt = (wrt, of_node(problem.second).text)
    more = f", order={problem.order}" if problem.order != 1 else ""
    more += f", structure={problem.structure!r}" if problem.structure != "projected" else ""
    return f"dvec.diff({formula.text!r}, {wrt!r}, given={formula.given!r}{more})"


def all_patterns() -> list[tuple[str, str]]:
    return [("".join(p[:k]), "".join(p[k:])) for p in permutations("ibaj") for k in range(5)]
