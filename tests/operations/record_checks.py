"""What must hold for every record of the table: its columns checked against each other and against definitions.

Every check takes a record and raises AssertionError; `test_table` runs them on the table, `test_mutations` on records
that were spoiled on purpose. Data are random, sizes all different, matrices as unsymmetric as the domain allows.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pytest
import reference
from checks import TOLERANCE, assert_printable, assert_round_trip, four_indices, given_values, matrix_value, sample_of

from dvec.answers.expr import of_node
from dvec.calculus.layout import lay_out
from dvec.calculus.linear_map import LinearMap, differential_of
from dvec.core.errors import FormulaError, NotDifferentiable
from dvec.core.layouts import BLOCK, VEC
from dvec.core.node import TABLE, Node, Op, constant, make, variable
from dvec.core.properties import IMPLIES, SQUARE, closure
from dvec.core.sizes import AnySize, named_size, size_value, triangle
from dvec.evaluation.draws import draw

m, n, k, p, q = (named_size(letter) for letter in "mnkpq")
Arguments = tuple[tuple[Node, ...], tuple[Any, ...]]

# ------------------------------------------------------------------ an application of every operation

PATTERN = "(b i) (j a) -> (i a) (j b)"
OWN_ARGUMENTS: dict[str, Callable[[], Arguments]] = {
    "variable": lambda: ((), ("A", m, n, frozenset())),
    "constant": lambda: ((), (constant("7/5").params[0],)),
    "+": lambda: (tuple(variable(x, m, n) for x in "ABC"), ()),
    "*": lambda: ((variable("c"), variable("A", m, n), variable("B", n, k), variable("C", k, p)), ()),
    ".*": lambda: (tuple(variable(x, m, n) for x in "ABC"), ()),
    ".^": lambda: ((variable("A", m, n), variable("B", m, n)), ()),
    "^": lambda: ((variable("A", n, n), constant(3)), ()),
    "size": lambda: ((), (m * n,)),
    "unit": lambda: ((), (n, 2)),
    "duplication": lambda: ((), (n,)),
    "elimination": lambda: ((), (n,)),
    "vech": lambda: ((variable("A", n, n),), ()),
    "unvech": lambda: ((variable("x", triangle(n), 1),), (n,)),
    "rearrange": lambda: ((variable("A", m * n, k * p),), (PATTERN, (("b", m), ("i", n), ("j", k), ("a", p)))),
    "diff": lambda: ((TABLE["tr"](variable("A", n, n) @ variable("A", n, n)), variable("A", n, n)), ("mixed",)),
}  # fmt: skip
DECLARED = {"symmetric": ("symmetric",)}  # by domain: what the argument must be declared


def arguments(op: Op, properties: tuple[str, ...] | None = None) -> Arguments:
    """Variables of different sizes, as the signature asks for, and parameters."""
    if op.name in OWN_ARGUMENTS:
        return OWN_ARGUMENTS[op.name]()
    assert op.signature is not None, f"no arguments are known for {op.name}"
    letters = dict(zip("mnijkl", (m, n, m, n, k, p), strict=True))
    args = tuple(
        variable(name, *(side.value(letters) for side in sides), DECLARED.get(op.domain or "", ()))
        for name, sides in zip("ABCD", op.signature.inputs, strict=False)
    )
    return args, tuple(letters[name] for name in op.signature.parameters)


class Case:
    """An operation on variables with data, on which everything about it can be evaluated."""

    def __init__(self, op: Op, args: tuple[Node, ...] | None = None, params: tuple[Any, ...] = ()) -> None:
        self.op = op
        self.args, self.params = arguments(op) if args is None else (args, params)
        self.node = make(op, self.args, self.params)
        self.sample = sample_of([self.node])
        self.sizes = self.sample.bound.sizes
        self.rng = np.random.default_rng(7)

    def array(self, node: Node) -> Any:
        return self.value(node)

    def value(self, node: Node, more: dict[str, Any] | None = None) -> Any:
        """By definition, of any formula in the variables of this case."""
        values = {**self.sample.bound.arrays, **(more or {})}
        return reference.value(node, values, self.sizes, self.sample.bound.indices)

    def of(self, arrays: list[Any]) -> Any:
        """The operation on other arrays, by definition."""
        params = [reference.number(parameter, self.sizes, {}) for parameter in self.params]
        return np.asarray(reference.VALUES[self.op.name](*arrays, *params))

    def random(self, size: tuple[AnySize, AnySize]) -> Any:
        return self.rng.normal(size=[size_value(side, self.sizes) for side in size])


def same(found: Any, expected: Any, what: str, tolerance: float = TOLERANCE) -> None:
    found, expected = np.asarray(found), np.asarray(expected)
    assert found.shape == expected.shape, f"{what}: {found.shape}, expected {expected.shape}"
    scale = max(1.0, float(np.max(np.abs(expected), initial=0.0)))
    error = float(np.max(np.abs(found - expected), initial=0.0))
    assert error <= tolerance * scale, f"{what}:\n{found}\nexpected\n{expected}"


# ------------------------------------------------------------------ value and size


def check_value(op: Op) -> None:
    """The declared size is the evaluated size, and the interpreter's value is the one by definition."""
    for case in cases_of_all_shapes(op):
        expected = case.value(case.node)
        assert expected.shape == tuple(size_value(side, case.sizes) for side in case.node.size), "declared size"
        same(matrix_value(of_node(case.node), case.sample), expected, "value")


def check_code(op: Op) -> None:
    """The emitted NumPy source gives the same numbers."""
    for case in cases_of_all_shapes(op):
        function = of_node(case.node).compile()
        values = {k: v for k, v in given_values(case.sample).items() if k in inspect.signature(function).parameters}
        expected = case.value(case.node)
        same(np.asarray(function(**values)).reshape(expected.shape), expected, "compiled")


# ------------------------------------------------------------------ differential, adjoint, matrix


def local_map(case: Case, position: int) -> LinearMap:
    """The differential in one argument, as the columns maps, derivative or differential say."""
    identity = LinearMap.identity(case.args[position].size)
    if case.op.name == "+":
        return identity
    return differential_of(case.op, case.args, case.params, position, identity)


def differentiable(op: Op) -> list[int]:
    """The positions of arguments in which the record has a derivative."""
    count = len(arguments(op)[0])
    if op.name == "+" or callable(op.maps) or op.derivative is not None:
        return list(range(count))
    if op.maps:
        return list(range(len(op.maps)))
    return [position for position, rule in enumerate(op.differential) if rule is not None]


def along(case: Case, position: int, direction: Any) -> Any:
    """d/dt of the operation, by definition, when one argument moves; central differences, extrapolated."""
    arrays = [case.value(a) for a in case.args]

    def moved(t: float) -> Any:
        return case.of([*arrays[:position], arrays[position] + t * direction, *arrays[position + 1 :]])

    quotients = [(moved(h) - moved(-h)) / (2 * h) for h in (1e-3, 5e-4)]
    return (4 * quotients[1] - quotients[0]) / 3


def check_differential(op: Op) -> None:
    """It equals finite differences along random directions."""
    case = Case(op)
    for position in differentiable(op):
        X = case.args[position]
        L = local_map(case, position)
        dX = variable("dX", X.rows, X.cols)
        for _ in range(2):
            direction = case.random(X.size)
            found = case.value(L.applied(dX), {"dX": direction})
            same(found, along(case, position, direction), f"differential in argument {position}")


def check_adjoint(op: Op) -> None:
    """⟨Y, L(dX)⟩ = ⟨L*(Y), dX⟩"""
    case = Case(op)
    for position in differentiable(op):
        X = case.args[position]
        L = local_map(case, position)
        Y = variable("Y", *case.node.size)
        data = {"Y": case.random(Y.size), "dX": case.random(X.size)}
        back = case.value(L.adjoint(Y), data)
        assert back.shape == data["dX"].shape, f"size of the adjoint in argument {position}"
        there = np.sum(data["Y"] * along(case, position, data["dX"]))
        same(np.sum(back * data["dX"]), there, f"adjoint in argument {position}")
        turned = case.value(L.transposed_map().applied(Y), data)
        same(turned, back, f"the adjoint as a map, in argument {position}")


def check_matrix(op: Op) -> None:
    """M vec(dX) = vec(L(dX)), and the block layout holds the same entries; from finite differences along all units."""
    case = Case(op)
    for position in differentiable(op):
        X = case.args[position]
        L = local_map(case, position)
        units = np.eye(case.value(X).size).reshape(-1, *case.value(X).shape)
        D = np.stack([along(case, position, unit) for unit in units]).reshape(
            *units.shape[1:], *case.value(case.node).shape
        )
        wanted = D.transpose(2, 3, 0, 1)  # D[i,b,a,j]
        sizes = dict(zip("ibaj", wanted.shape, strict=True))
        for name, pattern in (("vec", VEC), ("block", BLOCK)):
            page = case.value(lay_out(L, pattern))
            found = four_indices(page, (pattern.rows, pattern.cols), sizes)
            same(found, wanted, f"{name} layout in argument {position}")


def check_trace(op: Op) -> None:
    """d tr f(X) = tr(f'(X) dX), through the column trace_derivative."""
    if op.trace_derivative is None:
        return
    case = Case(op)
    X = case.args[0]
    dX = variable("dX", X.rows, X.cols)
    direction = case.random(X.size)
    found = case.value(TABLE["tr"](op.trace_derivative(*case.args, *case.params) @ dX), {"dX": direction})
    same(found[0, 0], np.trace(along(case, 0, direction)), "trace derivative")


def check_linearize(op: Op) -> None:
    """Where a record looks into its argument, what it says of f(X) is the differential, for every f it looks for."""
    if op.linearize is None:
        return
    for inside in [f for f in TABLE.values() if f.trace_derivative is not None]:
        case = Case(inside)
        dX = variable("dX", *case.args[0].size)
        direction = case.random(dX.size)
        parts = op.linearize(op(case.node))
        assert parts is not None
        maps = [LinearMap.identity(inner.size).then(atoms, (1, 1)) for inner, atoms in parts]
        found = sum(case.value(L.applied(dX), {"dX": direction}) for L in maps)
        outside = Case(op, (variable("A", *case.node.size),))
        same(found, outside.of([along(case, 0, direction)]), f"{op.name} of {inside.name}")


def check_refusal(op: Op) -> None:
    """What has no derivative says why; what has one has it in every argument that it does not refuse."""
    if op.name in ("variable", "constant", "+") or not arguments(op)[0]:
        return
    case = Case(op)
    rest = set(range(len(case.args))) - set(differentiable(op))
    assert not rest or op.refusal, f"no derivative in arguments {rest}, and no reason given"
    for position in rest:
        with pytest.raises(NotDifferentiable, match=re.escape(op.refusal)):
            local_map(case, position)


# ------------------------------------------------------------------ the einsum string, by itself

_SIDE = re.compile(r"\(([a-z]+)\)|([a-z1])")


class Einsum:
    """An einsum string with groups, read anew: inputs and output as pairs of words of letters, "" for a side of 1."""

    def __init__(self, text: str) -> None:
        head, _, tail = text.rpartition(";")
        inputs, _, output = tail.partition("->")
        self.parameters = [name for name in head.split(",") if name]
        self.inputs = [self._sides(part) for part in inputs.split(",")]
        self.output = self._sides(output)

    @staticmethod
    def _sides(text: str) -> tuple[str, str]:
        rows, cols = (group or single.replace("1", "") for group, single in _SIDE.findall(text))
        return rows, cols

    def sizes(self, arrays: list[Any], parameters: Iterable[int]) -> dict[str, int]:
        found = dict(zip(self.parameters, parameters, strict=True))
        for sides, array in zip(self.inputs, arrays, strict=True):
            found |= {side: length for side, length in zip(sides, array.shape, strict=True) if len(side) == 1}
        return found

    def value(self, arrays: list[Any], parameters: Iterable[int]) -> Any:
        sizes = self.sizes(arrays, parameters)
        split = [
            array.reshape([sizes[x] for x in rows + cols])
            for (rows, cols), array in zip(self.inputs, arrays, strict=True)
        ]
        rows, cols = self.output
        letters = dict.fromkeys("".join(r + c for r, c in self.inputs))
        once = "".join(dict.fromkeys(rows + cols))
        total = np.einsum(f"{','.join(r + c for r, c in self.inputs)}->{once}", *split)
        if len(once) < len(rows + cols):  # a letter twice in the output: a diagonal
            (twice,) = (x for x in once if (rows + cols).count(x) == 2)
            assert rows + cols == twice * 2
            total = np.diag(total)
        assert set(rows + cols) <= set(letters)
        side = lambda word: int(np.prod([sizes[x] for x in word]))  # noqa: E731
        return total.reshape(side(rows), side(cols))


def check_einsum(op: Op) -> None:
    """The string alone gives the value, and with it the adjoint and the matrix in every argument."""
    if op.einsum is None:
        return
    case = Case(op)
    string = Einsum(op.einsum)
    arrays = [case.value(a) for a in case.args]
    parameters = [size_value(size, case.sizes) for size in case.params]
    same(string.value(arrays, parameters), case.value(case.node), "value from the string")
    for position, X in enumerate(case.args):
        L = local_map(case, position)
        units = np.eye(arrays[position].size).reshape(-1, *arrays[position].shape)
        columns = np.stack(
            [string.value([*arrays[:position], unit, *arrays[position + 1 :]], parameters) for unit in units]
        )
        Y, dX = variable("Y", *case.node.size), variable("dX", X.rows, X.cols)
        data = {"Y": case.random(Y.size), "dX": case.random(X.size)}
        forwards = np.tensordot(data["dX"].ravel(), columns, 1)
        same(case.value(L.applied(dX), data), forwards, f"map and string, argument {position}")
        backwards = np.einsum("ukl,kl->u", columns, data["Y"]).reshape(data["dX"].shape)
        same(case.value(L.adjoint(Y), data), backwards, f"adjoint and string, argument {position}")
        matrix = case.value(lay_out(L, VEC)) @ reference.vec(data["dX"])
        same(matrix, reference.vec(forwards), f"matrix and string, argument {position}")


# ------------------------------------------------------------------ text and print


def check_text(op: Op) -> None:
    """The text reads back to the same expression and the same numbers."""
    case = Case(op)
    expr = of_node(case.node)
    again = assert_round_trip(expr)
    same(matrix_value(again, case.sample), case.value(case.node), f"read back from {expr.text}")


def check_print(op: Op) -> None:
    """LaTeX and Unicode are there, with balanced brackets, and name every argument."""
    case = Case(op)
    expr = of_node(case.node)
    assert_printable(expr)
    for shown in (expr.text, expr.unicode, expr.latex):
        for arg in case.args:
            if arg.op.name == "variable":
                assert arg.params[0] in shown, f"{arg.params[0]} is not in {shown}"


# ------------------------------------------------------------------ columns for the canonical form


def check_transpose(op: Op) -> None:
    if op.transpose is None:
        return
    for case in cases_of_all_shapes(op):
        turned = op.transpose(*case.args, *case.params)
        same(case.value(turned), case.value(case.node).T, "transpose")


def check_conjugate(op: Op) -> None:
    """Of real arguments the conjugate is the value itself."""
    if op.conjugate is None:
        return
    case = Case(op)
    same(case.value(op.conjugate(*case.args, *case.params)), case.value(case.node), "conjugate")


def check_inverse(op: Op) -> None:
    """Where the record says what the inverse is: of some arguments it may not."""
    if op.inverse is None:
        return
    case = Case(op)
    inverse = op.inverse(*case.args, *case.params)
    if inverse is None:
        case = Case(op, tuple(variable(name, side, side) for name, side in zip("AB", (m, n), strict=True)))
        inverse = op.inverse(*case.args)
    assert inverse is not None
    value = case.value(case.node)
    same(case.value(inverse) @ value, np.eye(len(value)), "inverse")


def check_definition(op: Op) -> None:
    """What an operation is an abbreviation of has its value."""
    if op.definition is not None:
        case = Case(op)
        same(case.value(op.definition(*case.args, *case.params)), case.value(case.node), "definition")


def check_homogeneous(op: Op) -> None:
    """f(c A) = c f(A), for negative numbers c too."""
    case = Case(op)
    arrays = [case.value(a) for a in case.args]
    for position in op.homogeneous:
        for c in (-2.5, 0.75):
            scaled = case.of([c * a if at == position else a for at, a in enumerate(arrays)])
            same(scaled, c * case.value(case.node), f"homogeneous in argument {position}")


def check_parity(op: Op) -> None:
    """f(-A) = f(A) or -f(A), or neither, where the function has values on both sides of 0."""
    if op.derivative is None or op.domain == "positive":
        return
    case = Case(op)
    (array,) = [case.value(a) for a in case.args]
    opposite, value = case.of([-array]), case.value(case.node)
    if op.parity:
        same(opposite, op.parity * value, "parity")
    else:
        assert not np.allclose(opposite, value)
        assert not np.allclose(opposite, -value)


def check_invariant(op: Op) -> None:
    """f(A') = f(A)"""
    if not op.invariant:
        return
    for case in cases_of_all_shapes(op):
        (array,) = [case.value(a) for a in case.args]
        same(case.of([array.T]), case.value(case.node), "invariant under transposition")


def check_real(op: Op) -> None:
    """A record that says `real` gives real values of complex arguments."""
    if not op.real:
        return
    case = Case(op)
    rng = case.rng
    arrays = [case.value(a) + 1j * rng.normal(size=case.value(a).shape) for a in case.args]
    arrays = [a + a.conj().T if op.domain == "symmetric" else a for a in arrays]
    assert np.isrealobj(COMPLEX_VALUES[op.name](*arrays)) or op.name in ("sign",)


COMPLEX_VALUES: dict[str, Callable[..., Any]] = {
    "abs": np.abs, "logdet": lambda a: np.linalg.slogdet(a)[1], "rank": np.linalg.matrix_rank,
    "norm2": np.linalg.norm, "norm1": lambda a: np.sum(np.abs(a)), "norm": lambda a: np.linalg.norm(a, 2),
    "norm_1": lambda a: np.linalg.norm(a, 1), "norm_inf": lambda a: np.linalg.norm(a, np.inf),
    "norm_nuc": lambda a: np.linalg.norm(a, "nuc"), "norm_max": lambda a: np.max(np.abs(a)),
    "eigmax": lambda a: np.linalg.eigvalsh(a)[-1], "eigmin": lambda a: np.linalg.eigvalsh(a)[0],
    "indmax": lambda a: np.abs(a) == np.max(np.abs(a)),
}  # fmt: skip


def cases_of_all_shapes(op: Op) -> Iterable[Case]:
    """The usual case, and one whose powers have scalars in the exponent."""
    yield Case(op)
    if op.name == ".^":
        yield Case(op, (variable("A", m, n), variable("c")))
    if op.name == "^":
        yield Case(op, (variable("A", n, n), constant(-2)))
        yield Case(op, (variable("A", n, n), variable("k", 1, 1, ["integer"])))


# ------------------------------------------------------------------ properties: what is claimed holds

REAL_PROPERTIES = sorted(set(IMPLIES) - {"complex", "hermitian", "unitary"})


def _symmetric(a: Any) -> bool:
    return a.shape[0] == a.shape[1] and bool(np.allclose(a, a.T))


def _eigenvalues(a: Any) -> Any:
    return np.linalg.eigvalsh((a + a.T) / 2)


def _rank(a: Any) -> int:
    return int(np.linalg.matrix_rank(a, tol=1e-8 * max(1.0, float(np.max(np.abs(a), initial=0)))))


HOLDS: dict[str, Callable[[Any], Any]] = {
    "symmetric": _symmetric,
    "skew": lambda a: np.allclose(a, -a.T),
    "diagonal": lambda a: np.allclose(a, np.diag(np.diag(a))),
    "orthogonal": lambda a: np.allclose(a @ a.T, np.eye(len(a))),
    "positive definite": lambda a: _symmetric(a) and _eigenvalues(a)[0] > 0,
    "positive semidefinite": lambda a: _symmetric(a) and _eigenvalues(a)[0] > -1e-9 * max(1.0, np.abs(a).max()),
    "invertible": lambda a: a.shape[0] == a.shape[1] and _rank(a) == len(a),
    "lower triangular": lambda a: np.allclose(a, np.tril(a)),
    "upper triangular": lambda a: np.allclose(a, np.triu(a)),
    "toeplitz": lambda a: np.allclose(a[1:, 1:], a[:-1, :-1]),
    "full column rank": lambda a: _rank(a) == a.shape[1],
    "full row rank": lambda a: _rank(a) == a.shape[0],
    "positive": lambda a: (a > 0).all(),
    "integer": lambda a: np.allclose(a, np.round(a)),
}  # fmt: skip


def property_cases(op: Op) -> Iterable[Arguments]:
    """The operation on arguments with every declarable property: one property for each, all pairs for two."""
    plain, params = arguments(op)
    shapes = PROPERTY_SHAPES.get(op.name) or [plain, *_square(op, plain)]
    for args in shapes:
        yield from ((chosen, params) for chosen in _with_properties(args))


def _square(op: Op, args: tuple[Node, ...]) -> list[tuple[Node, ...]]:
    """Square matrices, of which most is claimed, where any will do."""
    squares = tuple(variable(a.params[0], n, n) for a in args if a.op.name == "variable")
    if len(squares) < len(args) or not args or op.signature is None or op.signature.parameters:
        return []
    try:
        make(op, squares)
    except FormulaError:
        return []
    return [squares]


A_nn, B_nn, c_11, A_mn, x_n = (
    variable("A", n, n), variable("B", n, n), variable("c"), variable("A", m, n), variable("x", n, 1),
)  # fmt: skip
PROPERTY_SHAPES: dict[str, list[tuple[Node, ...]]] = {
    "+": [(A_nn, B_nn), (A_mn, variable("B", m, n)), (A_nn, variable("c") * TABLE["eye"](params=(n,)))],
    ".*": [(A_nn, B_nn), (A_mn, variable("B", m, n))],
    ".^": [(A_nn, constant(2)), (A_nn, constant("1/2")), (A_nn, c_11), (A_nn, B_nn), (A_mn, constant(-1))],
    "^": [(A_nn, constant(e)) for e in (2, 3, -1, -2, 0)],
    "*": [
        (A_nn, B_nn), (c_11, A_nn), (c_11, A_mn), (constant(-2), A_nn), (constant(3), A_nn), (A_mn.T, A_mn),
        (A_mn, A_mn.T), (A_mn, B_nn, A_mn.T), (A_mn.T, variable("B", m, m), A_mn), (A_nn, B_nn, A_nn.T),
        (A_nn, B_nn, A_nn), (A_nn, A_nn), (A_nn, A_nn, A_nn), (x_n.T, x_n), (x_n.T, A_nn, x_n), (x_n, x_n.T),
        (constant(-1), A_nn.T, A_nn), (c_11, A_nn.T, A_nn), (c_11, variable("d")), (A_nn, B_nn, B_nn.T, A_nn.T),
        (A_nn, TABLE["inv"](B_nn)),
    ],
}  # fmt: skip


def _with_properties(args: tuple[Node, ...]) -> Iterable[tuple[Node, ...]]:
    """The arguments with one property each: every single one, and every pair for the first two variables."""
    names = list(dict.fromkeys(v for a in args for v in _variables(a)))
    firsts: list[tuple[str, ...]] = [(), *((name,) for name in REAL_PROPERTIES)]
    for one in firsts:
        for other in firsts if len(names) > 1 else [()]:
            wanted = dict(zip(names, (one, other), strict=False))
            try:
                changed = {v: variable(v.params[0], v.rows, v.cols, own) for v, own in wanted.items()}
            except FormulaError:  # only square matrices have this property
                continue
            yield tuple(_replaced(a, changed) for a in args)


def _variables(node: Node) -> list[Node]:
    return [node] if node.op.name == "variable" else [v for a in node.args for v in _variables(a)]


def _replaced(node: Node, changed: dict[Node, Node]) -> Node:
    if node.op.name == "variable":
        return changed.get(node, node)
    return make(node.op, tuple(_replaced(a, changed) for a in node.args), node.params)


CLAIM_SIZES = {"m": 4, "n": 3, "k": 2, "p": 5}


def check_properties(op: Op) -> None:
    """Every property that the record claims holds on random data with the declared ones."""
    if op.properties is None or op.name in ("variable", "diff"):
        return
    rng = np.random.default_rng(3)
    for args, params in property_cases(op):
        node = make(op, args, params)
        claims = set(op.properties(*args, *params))
        claims = closure(frozenset(claims if node.square else claims - SQUARE))
        if not claims:
            continue
        for sizes in (CLAIM_SIZES, {**CLAIM_SIZES, "m": 3, "n": 4}):
            for style in ("any", "negative"):
                arrays = _drawn(rng, args, sizes, style)
                if arrays is None:
                    continue
                value = _value_or_none(node, arrays, sizes)
                if value is None:
                    continue
                for claim in sorted(claims):
                    assert HOLDS[claim](value), (
                        f"{claim} is claimed of {of_node(node).text} [{of_node(node).given}]:\n{value}"
                    )


def _drawn(rng: Any, args: tuple[Node, ...], sizes: dict[str, int], style: str) -> dict[str, Any] | None:
    arrays: dict[str, Any] = {}
    for v in dict.fromkeys(v for a in args for v in _variables(a)):
        shape = (size_value(v.rows, sizes), size_value(v.cols, sizes))
        array = draw(rng, shape, v.properties, style)
        if array is None:
            return None
        arrays[v.params[0]] = array
    return arrays


def _value_or_none(node: Node, arrays: dict[str, Any], sizes: dict[str, int]) -> Any:
    """The value, None where it does not exist."""
    try:
        value = reference.value(node, arrays, sizes, {})
    except (np.linalg.LinAlgError, AssertionError):
        return None
    usable = np.isrealobj(value) and np.isfinite(value).all() and np.abs(value).max(initial=0) < 1e8
    return value if usable else None


# ------------------------------------------------------------------ wrong sizes are refused


def rearranged(A: Node, pattern: str = PATTERN, **sizes: AnySize) -> Node:
    return make(TABLE["rearrange"], (A,), (pattern, tuple(sizes.items())))


WRONG: dict[str, list[Callable[[], Any]]] = {
    "+": [
        lambda: A_mn + variable("B", n, m),
        lambda: make(TABLE["+"], (A_mn, c_11)),
        lambda: A_mn + variable("B", m, k),
    ],
    "*": [lambda: A_mn @ variable("B", k, n), lambda: A_mn @ variable("B", m, n), lambda: x_n @ x_n],
    ".*": [lambda: make(TABLE[".*"], (A_mn, variable("B", n, m))), lambda: make(TABLE[".*"], (A_mn, x_n))],
    ".^": [lambda: make(TABLE[".^"], (A_mn, variable("B", n, m))), lambda: make(TABLE[".^"], (c_11, A_mn))],
    "^": [lambda: make(TABLE["^"], (A_mn, constant(2))), lambda: make(TABLE["^"], (A_nn, B_nn))],
    "vech": [lambda: TABLE["vech"](A_mn)],
    "unvech": [
        lambda: TABLE["unvech"](variable("x", triangle(n), 1), params=(m,)),
        lambda: TABLE["unvech"](variable("x", triangle(n), 2), params=(n,)),
        lambda: TABLE["unvech"](x_n, params=(n,)),
    ],
    "rearrange": [
        lambda: rearranged(A_mn, b=m, i=n, j=k, a=p),
        lambda: rearranged(variable("A", m * n, k * p), b=m, i=n, j=k, a=q),
        lambda: rearranged(variable("A", m * n, k * p), b=m, i=n, j=k),
        lambda: rearranged(A_mn, "i j -> i", i=m, j=n),
        lambda: rearranged(A_mn, "i j -> i i", i=m, j=n),
    ],
    "diff": [
        lambda: make(TABLE["diff"], (A_mn, A_mn.T), ("mixed",)),
        lambda: make(TABLE["diff"], (A_mn, A_nn), ("numerator",)),
        lambda: make(TABLE["diff"], (c_11, A_nn), ("nonsense",)),
    ],
}  # fmt: skip


def wrong_applications(op: Op) -> Iterable[tuple[str, Callable[[], Any]]]:
    """Applications with one side of one argument broken: all that the letters of the signature forbid."""
    for number, attempt in enumerate(WRONG.get(op.name, [])):
        yield f"own {number}", attempt
    if op.signature is None:
        return
    args, params = arguments(op)
    fixed = set(op.signature.parameters)
    uses = [letter for sides in op.signature.inputs for side in sides for letter in side.letters]
    for position, sides in enumerate(op.signature.inputs):
        for at, side in enumerate(sides):
            single = len(side.letters) == 1
            if single and uses.count(side.letters[0]) == 1 and side.letters[0] not in fixed:
                continue  # any size will do here
            size = [*args[position].size]
            size[at] = q
            broken = variable("W", *size)
            changed = (*args[:position], broken, *args[position + 1 :])
            yield f"side {at} of argument {position}", lambda changed=changed: make(op, changed, params)


def check_wrong_sizes(op: Op) -> None:
    """Every broken application is refused, every one by a `FormulaError`."""
    for name, attempt in wrong_applications(op):
        try:
            found = attempt()
        except FormulaError:
            continue
        raise AssertionError(f"{name} broken, and not refused: {found!r}")


CHECKS: dict[str, Callable[[Op], None]] = {
    name.removeprefix("check_"): check for name, check in list(globals().items()) if name.startswith("check_")
}
